#!/bin/sh
# The man pages as mandoc judges them: not a word of complaint.
set -eu
command -v mandoc >/dev/null || exit 77
# "outdated mandoc.db" speaks about this machine's index, not about the pages.
cd "$1/man" # where mandoc finds the pages that refer to each other
complaints=$(mandoc -T lint -W style ./*.[17] 2>&1 | grep -v "outdated mandoc.db" || true)
[ -z "$complaints" ] || {
  echo "$complaints"
  exit 1
}
