#!/bin/sh
# Every shell script as shellcheck judges it.
set -eu
command -v shellcheck >/dev/null || exit 77
cd "$1"
find tests completions .ci -type f \( -name '*.sh' -o -name '*.bash' -o -path .ci/run -o -path tests/package/run \) -exec shellcheck {} +
