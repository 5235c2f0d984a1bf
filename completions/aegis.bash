# Completion of aegis(1) for bash. Names of streams and tenants come from the local state file, names of
# interfaces from the kernel; nothing asks the network.

_aegis_interfaces() {
  local path
  for path in /sys/class/net/*; do
    [[ -d $path ]] && printf '%s\n' "${path##*/}"
  done
}

_aegis_settings() {
  printf '%s\n' on off weight=2 priority=1 cap=2M cap=none data=10G/month data=none used=
}

_aegis_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

_aegis() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]-} below=${COMP_WORDS[2]-} words=
  COMPREPLY=()

  case $before in
    --config | --state | --key | --slate | --agent | --tls-cert | --tls-key | --api-key | --hook | --hook-key | --record | --ca | --uri-file | --png | --passphrase-file)
      _aegis_files "$word"
      return
      ;;
    --input)
      _aegis_files "$word"
      mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W 'test - udp:// rtmp:// rtsp:// srt://' -- "$word")
      return
      ;;
    --link)
      mapfile -t COMPREPLY < <(compgen -W "$(_aegis_interfaces)" -- "$word")
      return
      ;;
    --relay)
      mapfile -t COMPREPLY < <(compgen -W "$(aegis pair list --names 2>/dev/null)" -- "$word")
      return
      ;;
    --only)
      mapfile -t COMPREPLY < <(compgen -W "$(aegis pair list --names 2>/dev/null)" -- "$word")
      return
      ;;
    --for)
      mapfile -t COMPREPLY < <(compgen -W 'moblin irlpro belabox obs noalbs' -- "$word")
      return
      ;;
    --expires)
      mapfile -t COMPREPLY < <(compgen -W '10m 1h 24h' -- "$word")
      return
      ;;
    --pair-listen)
      mapfile -t COMPREPLY < <(compgen -W 'none' -- "$word")
      return
      ;;
    --latency)
      mapfile -t COMPREPLY < <(compgen -W '500ms 1000ms 2000ms 4000ms' -- "$word")
      return
      ;;
    --grace | --max-age | --record-rotate)
      mapfile -t COMPREPLY < <(compgen -W '30s 60s 10m 12h' -- "$word")
      return
      ;;
    --record-keep-free)
      mapfile -t COMPREPLY < <(compgen -W '1G 10G' -- "$word")
      return
      ;;
    --second-publisher)
      mapfile -t COMPREPLY < <(compgen -W 'refuse replace' -- "$word")
      return
      ;;
    --bitrate)
      mapfile -t COMPREPLY < <(compgen -W '2M 4M 6M 8M' -- "$word")
      return
      ;;
    --srtla | --srt-publish | --srt-play | --http | --forward | --allow | --deny | --proxy | --host | --name | --address)
      return
      ;;
  esac

  if ((COMP_CWORD == 1)); then
    words='relay stream link pair tenant state stats doctor config --help --version'
  else
    case $command in
      relay)
        words='serve --help'
        if [[ $below == serve ]] && ((COMP_CWORD > 2)); then
          words='--srtla --srt-publish --srt-play --http --tls-cert --tls-key --api-key --forward'
          words+=' --grace --max-age --second-publisher --allow --deny --pair-listen --require-auth'
          words+=' --record --record-rotate --record-keep-free --hook --hook-key --state --config --help'
        fi
        ;;
      stream)
        words='--input --loop --encode --slate --relay --link --latency --bitrate --proxy --key'
        words+=' --state --config --json --help'
        ;;
      link)
        words='--agent --json --config --help'
        if [[ $word != -* ]]; then
          words=$(_aegis_settings)
          ((COMP_CWORD == 2)) && words=$(_aegis_interfaces)
        fi
        ;;
      pair)
        words='new list show export rename rotate revoke - --uri-file --name --json --state --config --help'
        if ((COMP_CWORD > 2)); then
          case $below in
            new) words='--stock --address --expires --qr --png --encrypt --host --json --state --config --help' ;;
            list) words='--names --json --state --config --help' ;;
            export) words='--for --qr --host --json --state --config --help' ;;
            show) words='--host --json --state --config --help' ;;
            rotate) words='--address --expires --qr --png --host --json --state --config --help' ;;
            rename | revoke) words='--json --state --config --help' ;;
            *) words='--uri-file --name --json --state --config --help' ;;
          esac
          case $below in
            show | export | rename | rotate | revoke)
              ((COMP_CWORD == 3)) && words+=" $(aegis pair list --names 2>/dev/null)"
              ;;
          esac
        fi
        ;;
      tenant)
        words='new list rotate revoke --help'
        if ((COMP_CWORD > 2)); then
          words='--json --state --config --help'
          case $below in
            list) words+=' --names' ;;
            rotate | revoke)
              ((COMP_CWORD == 3)) && words+=" $(aegis tenant list --names 2>/dev/null)"
              ;;
          esac
        fi
        ;;
      state)
        words='check export import --help'
        if ((COMP_CWORD > 2)); then
          words='--json --state --config --help'
          case $below in
            export) words+=' --only --passphrase-file' ;;
            import) words+=' --only --passphrase-file --replace --dry-run' ;;
          esac
          if [[ $below != check && $word != -* ]]; then
            _aegis_files "$word"
            return
          fi
        fi
        ;;
      stats)
        words='--watch --once --json --prometheus --fail-if --api-key --ca --config --help'
        if [[ $word != -* ]]; then
          _aegis_files "$word"
          mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$words http://" -- "$word")
          return
        fi
        ;;
      doctor)
        words='--relay --link --key --state --config --json --help'
        ;;
      config)
        words='show --help'
        if [[ $below == show ]] && ((COMP_CWORD > 2)); then
          words='relay stream link pair tenant state stats doctor config --json --config --help'
        fi
        ;;
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _aegis aegis
