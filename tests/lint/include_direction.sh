#!/bin/sh
# cli -> {agent, relay} -> common; inside common {os, config, http} -> pairing -> bond -> {base, crypto}. The pure
# rooms see pure rooms only.
set -eu
cd "$1/src"
grep -rn --include='*.hpp' --include='*.cpp' '^ *# *include "' . | awk -F: '
  # The room of a path: two folders where there are two ("common/os"), else one ("cli").
  function room_of(path,  parts, n) {
    n = split(path, parts, "/")
    return n > 2 ? parts[1] "/" parts[2] : parts[1]
  }
  function top_of(room) { sub("/.*", "", room); return room }
  function is_outer(room) { return room ~ /^common\/(os|config|http)$/ }
  function allowed(from, to) {
    if (from == to) return 1
    if (from == "common/base") return 0
    if (from == "common/crypto") return to == "common/base"
    if (from == "common/bond") return to ~ /^common\/(base|crypto)$/
    if (from == "common/pairing") return to ~ /^common\/(base|crypto|bond)$/
    if (from == "agent/control" || from == "relay/session") return to ~ /^common\/(base|crypto|bond)$/
    if (is_outer(from)) return top_of(to) == "common"
    if (top_of(from) == "agent") return top_of(to) ~ /^(agent|common)$/
    if (top_of(from) == "relay") return top_of(to) ~ /^(relay|common)$/
    return top_of(from) == "cli"
  }
  {
    file = $1
    sub(/^\.\//, "", file)
    match($0, /"[^"]*"/)
    target = substr($0, RSTART + 1, RLENGTH - 2)
    if (!allowed(room_of(file), room_of(target))) {
      printf "%s:%s: %s may not include %s\n", file, $2, room_of(file), target
      bad = 1
    }
  }
  END { exit bad }'
