#!/bin/sh
# A file of more than 400 lines has more than one subject.
set -eu
cd "$1"
find src tests completions man -type f \( -name '*.cpp' -o -name '*.hpp' -o -name '*.sh' -o -name '*.py' \
  -o -name '*.bash' -o -name '*.fish' -o -name '_aegis' -o -name '*.1' -o -name '*.7' \) -exec awk '
  FNR == 401 { print FILENAME ": longer than 400 lines"; bad = 1 }
  END { exit bad }' {} +
