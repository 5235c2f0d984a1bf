#!/bin/sh
# Each third-party header has one home, so that a library can be changed in one place.
set -eu
cd "$1/src"
status=0

# only HEADERS (a pattern) HOMES (a pattern of paths): prints every include outside of its home.
only() {
  strays=$(grep -rnE --include='*.hpp' --include='*.cpp' "^ *# *include *[<\"]($1)" . | grep -vE "^\./($2)" || true)
  [ -z "$strays" ] && return
  echo "$strays"
  status=1
}

only 'CLI/' 'cli/'
only 'toml' 'common/config/'
only 'libav|libsw' 'agent/media/'
only 'srt/' 'common/os/srt_'
only 'openssl/' 'common/(crypto|http)/'
only 'curl/' 'common/http/'
only 'qrencode|png' 'cli/qr_code'
only 'boost/' 'common/http/'
only 'spdlog/' 'common/os/log\.'
only 'nlohmann/' '(cli|agent/[a-z_]+\.|agent/media|relay/[a-z_]+\.|common/(config|http|os))'
exit $status
