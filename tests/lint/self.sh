#!/bin/sh
# The checks can fail: each is shown a small tree that breaks its rule, and must say so.
set -eu
here=$1/tests/lint
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# breaks CHECK FILE TEXT: with this file in the tree the check must fail, and pass without it.
breaks() {
  mkdir -p "$tree/src/cli" "$tree/tests" "$tree/completions" "$tree/man" "$(dirname "$tree/$2")"
  echo 'int x;' >"$tree/src/cli/good.cpp"
  "$here/$1.sh" "$tree" >/dev/null || {
    echo "$1 complains of a good tree"
    exit 1
  }
  printf '%s\n' "$3" >"$tree/$2"
  if "$here/$1.sh" "$tree" >/dev/null; then
    echo "$1 does not see: $3 (in $2)"
    exit 1
  fi
  rm "$tree/$2"
}

breaks include_direction src/agent/a.cpp '#include "relay/serve.hpp"'
breaks include_direction src/relay/a.cpp '#include "agent/stream.hpp"'
breaks include_direction src/common/os/a.cpp '#include "cli/app.hpp"'
breaks include_direction src/common/bond/a.cpp '#include "common/os/clock.hpp"'
breaks include_direction src/common/base/a.hpp '#include "common/crypto/secret.hpp"'
breaks include_direction src/relay/session/a.cpp '#include "relay/access.hpp"'
breaks header_homes src/relay/a.cpp '#include <toml++/toml.h>'
breaks header_homes src/agent/a.cpp '#include <srt/srt.h>'
breaks header_homes src/common/bond/a.cpp '#include <nlohmann/json.hpp>'
breaks header_homes src/common/os/a.cpp '#include <openssl/evp.h>'
breaks file_length src/cli/long.cpp "$(yes 'int y;' | head -n 401)"
breaks machine_paths src/cli/a.cpp "// see /hom""e/somebody/notes"
breaks secrets src/common/http/a.cpp 'use(key.expose());'
breaks secrets src/relay/a.cpp 'log::info("{}", key.expose());'

cc=${CC:-cc}
command -v "$cc" >/dev/null || exit 0
cat >"$tree/pure.c" <<'C'
#include <time.h>
extern int a(void), b(void), c(void), d(void), e(void), f(void), g(void), h(void), i(void), j(void);
long use(void) { return time(0) + a() + b() + c() + d() + e() + f() + g() + h() + i() + j(); }
C
"$cc" -c "$tree/pure.c" -o "$tree/pure.o"
ar rc "$tree/impure.a" "$tree/pure.o"
if "$here/purity.sh" "$tree/impure.a" >/dev/null; then
  echo "purity does not see a call of time()"
  exit 1
fi
