#!/bin/sh
# The completions as each shell reads them, and what they offer.
set -eu
source=$1
binary=$2
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export XDG_STATE_HOME="$home" XDG_CONFIG_HOME="$home"
PATH=$(dirname "$binary"):$PATH
aegis pair new cam --stock --host relay.example.org >/dev/null

bash -n "$source/completions/aegis.bash"
offered=$(bash -c '. "$1/completions/aegis.bash"
  offer() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _aegis; echo "${COMPREPLY[*]}"; }
  offer aegis st; offer aegis stream --link l; offer aegis pair show c; offer aegis relay serve --srt
  offer aegis link l; offer aegis link lo o' - "$source")
expected="stream state stats
lo
cam
--srtla --srt-publish --srt-play
lo
on off"
[ "$offered" = "$expected" ] || {
  printf 'bash offers:\n%s\n' "$offered"
  exit 1
}

checked=bash
if command -v zsh >/dev/null; then
  zsh -n "$source/completions/_aegis"
  checked="$checked zsh"
fi
if command -v fish >/dev/null; then
  fish -n "$source/completions/aegis.fish"
  # shellcheck disable=SC2016
  offered=$(HOME=$home fish -c 'source $argv[1]/completions/aegis.fish
    complete -C "aegis stream --lin"; complete -C "aegis pair rotate "' "$source" | cut -f 1 | tr '\n' ' ')
  [ "$offered" = "--link cam " ] || {
    echo "fish offers: $offered"
    exit 1
  }
  checked="$checked fish"
fi
echo "checked: $checked"
