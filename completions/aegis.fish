# Completion of aegis(1) for fish. Names of streams and tenants come from the local state file, names of
# interfaces from the kernel; nothing asks the network.

function __aegis_interfaces
    for path in /sys/class/net/*
        string replace -r '.*/' '' -- $path
    end
end

function __aegis_streams
    aegis pair list --names 2>/dev/null
end

function __aegis_tenants
    aegis tenant list --names 2>/dev/null
end

# True when the words so far are `aegis $argv...` and nothing of $argv is still to come.
function __aegis_at
    set -l words (commandline -opc)
    set -e words[1]
    for word in $argv
        test "$words[1]" = $word; or return 1
        set -e words[1]
    end
end

function __aegis_ends_with
    set -l words (commandline -opc)
    test "$words[2..-1]" = "$argv"
end

complete -c aegis -f
complete -c aegis -s h -l help -d 'Print help'
complete -c aegis -n '__aegis_ends_with' -l version -d 'Print the version'
complete -c aegis -n '__aegis_ends_with' -a relay -d 'Receive bonded streams'
complete -c aegis -n '__aegis_ends_with' -a stream -d 'Send a live stream'
complete -c aegis -n '__aegis_ends_with' -a link -d 'Set a link of a running agent'
complete -c aegis -n '__aegis_ends_with' -a pair -d 'Pair a rig with a relay'
complete -c aegis -n '__aegis_ends_with' -a tenant -d 'Let others have streams here'
complete -c aegis -n '__aegis_ends_with' -a state -d 'Check, back up or move the state'
complete -c aegis -n '__aegis_ends_with' -a stats -d 'Show what goes on'
complete -c aegis -n '__aegis_ends_with' -a doctor -d 'Check before going on air'
complete -c aegis -n '__aegis_ends_with' -a config -d 'Show what the options come to'

complete -c aegis -n '__aegis_ends_with relay' -a serve -d 'Run the relay'
complete -c aegis -n '__aegis_at relay serve' -l srtla -x -d 'Where bonded senders arrive'
complete -c aegis -n '__aegis_at relay serve' -l srt-publish -x -d 'Where SRT publishers arrive'
complete -c aegis -n '__aegis_at relay serve' -l srt-play -x -d 'Where SRT players arrive'
complete -c aegis -n '__aegis_at relay serve' -l http -x -d 'Where figures are served'
complete -c aegis -n '__aegis_at relay serve' -l tls-cert -rF -d 'Certificate chain for HTTP'
complete -c aegis -n '__aegis_at relay serve' -l tls-key -rF -d 'Its private key'
complete -c aegis -n '__aegis_at relay serve' -l api-key -rF -d 'The key that figures ask for'
complete -c aegis -n '__aegis_at relay serve' -l forward -x -d 'Hand the bonded SRT to this server'
complete -c aegis -n '__aegis_at relay serve' -l grace -x -a '30s 60s 10m' -d 'Players are kept so long'
complete -c aegis -n '__aegis_at relay serve' -l max-age -x -a '12h 24h' -d 'Sessions end at this age'
complete -c aegis -n '__aegis_at relay serve' -l second-publisher -x -a 'refuse replace' -d 'What becomes of it'
complete -c aegis -n '__aegis_at relay serve' -l pair-listen -x -a none -d 'Where rigs pair'
complete -c aegis -n '__aegis_at relay serve' -l require-auth -d 'Paired rigs only'
complete -c aegis -n '__aegis_at relay serve' -l allow -x -d 'Hear callers of this network only'
complete -c aegis -n '__aegis_at relay serve' -l deny -x -d 'Do not hear callers of this network'
complete -c aegis -n '__aegis_at relay serve' -l record -rF -d 'Keep what publishers send here'
complete -c aegis -n '__aegis_at relay serve' -l record-rotate -x -a '10m 30m 60m' -d 'A new file so often'
complete -c aegis -n '__aegis_at relay serve' -l record-keep-free -x -a '1G 10G' -d 'Of the disk'
complete -c aegis -n '__aegis_at relay serve' -l hook -rF -a 'https://' -d 'Tell this what happens'
complete -c aegis -n '__aegis_at relay serve' -l hook-key -rF -d 'Sign what is posted'
complete -c aegis -n '__aegis_at relay serve' -l state -rF -d 'Streams and keys'
complete -c aegis -n '__aegis_at relay serve' -l config -rF -d 'Options from this file'

complete -c aegis -n '__aegis_at stream' -l input -rF -a 'test - udp:// rtmp:// rtsp:// srt://' -d 'What to send'
complete -c aegis -n '__aegis_at stream' -l loop -d 'Start a file again at its end'
complete -c aegis -n '__aegis_at stream' -l encode -d 'Encode MPEG-TS again, too'
complete -c aegis -n '__aegis_at stream' -l slate -rF -d 'The picture while no input has any'
complete -c aegis -n '__aegis_at stream' -l relay -x -a '(__aegis_streams)' -d 'A pairing or an address'
complete -c aegis -n '__aegis_at stream' -l link -x -a '(__aegis_interfaces)' -d 'Send over this'
complete -c aegis -n '__aegis_at stream' -l latency -x -a '500ms 1000ms 2000ms 4000ms' -d 'Time for repairs'
complete -c aegis -n '__aegis_at stream' -l bitrate -x -a '2M 4M 6M 8M' -d 'Of the encoded video'
complete -c aegis -n '__aegis_at stream' -l proxy -x -d 'Bond the SRT that arrives here'
complete -c aegis -n '__aegis_at stream' -l key -rF -d 'Publish with this key'
complete -c aegis -n '__aegis_at stream' -l state -rF -d 'Streams and keys'
complete -c aegis -n '__aegis_at stream' -l config -rF -d 'Options from this file'
complete -c aegis -n '__aegis_at stream' -l json -d 'Print events as JSON'

complete -c aegis -n '__aegis_ends_with link' -a '(__aegis_interfaces)' -d 'Link'
complete -c aegis -n '__aegis_at link; and not __aegis_ends_with link' -a 'on off weight=2 priority=1 cap=2M cap=none data=10G/month data=none used=' -d 'Setting'
complete -c aegis -n '__aegis_at link' -l agent -rF -d 'The socket of the agent'
complete -c aegis -n '__aegis_at link' -l json -d 'Print the link as JSON'
complete -c aegis -n '__aegis_at link' -l config -rF -d 'Options from this file'

complete -c aegis -n '__aegis_ends_with pair' -a new -d 'Make a stream'
complete -c aegis -n '__aegis_ends_with pair' -a list -d 'List the streams'
complete -c aegis -n '__aegis_ends_with pair' -a show -d 'Print the keys again'
complete -c aegis -n '__aegis_ends_with pair' -a export -d 'Print it as one program takes it'
complete -c aegis -n '__aegis_ends_with pair export' -a '(__aegis_streams)'
complete -c aegis -n '__aegis_at pair export' -l for -x -a 'moblin irlpro belabox obs noalbs' -d 'The program'
complete -c aegis -n '__aegis_at pair export' -l qr -d 'Print a link as a QR code, too'
complete -c aegis -n '__aegis_ends_with pair' -a rename -d 'Call it something else'
complete -c aegis -n '__aegis_ends_with pair' -l uri-file -rF -d 'The code is in this file'
complete -c aegis -n '__aegis_ends_with pair' -l name -x -d 'Call the pairing so'
complete -c aegis -n '__aegis_ends_with pair' -a rotate -d 'Give new keys'
complete -c aegis -n '__aegis_ends_with pair' -a revoke -d 'Remove a stream'
complete -c aegis -n '__aegis_ends_with pair show' -a '(__aegis_streams)'
complete -c aegis -n '__aegis_ends_with pair rename' -a '(__aegis_streams)'
complete -c aegis -n '__aegis_ends_with pair rotate' -a '(__aegis_streams)'
complete -c aegis -n '__aegis_ends_with pair revoke' -a '(__aegis_streams)'
complete -c aegis -n '__aegis_at pair new' -l stock -d 'For programs that are not aegis'
complete -c aegis -n '__aegis_at pair new' -l encrypt -d 'With SRT passphrases'
complete -c aegis -n '__aegis_at pair new' -l host -x -d 'How others reach the relay'
complete -c aegis -n '__aegis_at pair show' -l host -x -d 'How others reach the relay'
complete -c aegis -n '__aegis_at pair rotate' -l host -x -d 'How others reach the relay'
complete -c aegis -n '__aegis_at pair list' -l names -d 'Print the names only'
for command in new rotate
    complete -c aegis -n "__aegis_at pair $command" -l expires -x -a '10m 1h 24h' -d 'The code is good so long'
    complete -c aegis -n "__aegis_at pair $command" -l address -x -d 'Where rigs turn to next'
    complete -c aegis -n "__aegis_at pair $command" -l qr -d 'Print it as a QR code, too'
    complete -c aegis -n "__aegis_at pair $command" -l png -rF -d 'Save the QR code'
end
for command in new list show export rename rotate revoke
    complete -c aegis -n "__aegis_at pair $command" -l json -d 'Print one JSON document'
    complete -c aegis -n "__aegis_at pair $command" -l state -rF -d 'Streams and keys'
    complete -c aegis -n "__aegis_at pair $command" -l config -rF -d 'Options from this file'
end

complete -c aegis -n '__aegis_ends_with tenant' -a new -d 'Make a tenant'
complete -c aegis -n '__aegis_ends_with tenant' -a list -d 'List the tenants'
complete -c aegis -n '__aegis_ends_with tenant' -a rotate -d 'Give new keys'
complete -c aegis -n '__aegis_ends_with tenant' -a revoke -d 'Remove a tenant and its streams'
complete -c aegis -n '__aegis_ends_with tenant rotate' -a '(__aegis_tenants)'
complete -c aegis -n '__aegis_ends_with tenant revoke' -a '(__aegis_tenants)'
complete -c aegis -n '__aegis_at tenant list' -l names -d 'Print the names only'
for command in new list rotate revoke
    complete -c aegis -n "__aegis_at tenant $command" -l json -d 'Print one JSON document'
    complete -c aegis -n "__aegis_at tenant $command" -l state -rF -d 'Streams and keys'
    complete -c aegis -n "__aegis_at tenant $command" -l config -rF -d 'Options from this file'
end

complete -c aegis -n '__aegis_ends_with state' -a check -d 'What is in it and what is wrong'
complete -c aegis -n '__aegis_ends_with state' -a export -d 'Write it to a sealed file'
complete -c aegis -n '__aegis_ends_with state' -a import -d 'Add what such a file holds'
for command in export import
    complete -c aegis -n "__aegis_at state $command" -F
    complete -c aegis -n "__aegis_at state $command" -l only -x -a '(__aegis_streams)' -d 'This and nothing else'
    complete -c aegis -n "__aegis_at state $command" -l passphrase-file -rF -d 'The passphrase is in this file'
end
complete -c aegis -n '__aegis_at state import' -l replace -d 'In place of all that is here'
complete -c aegis -n '__aegis_at state import' -l dry-run -d 'Change nothing'
for command in check export import
    complete -c aegis -n "__aegis_at state $command" -l json -d 'Print one JSON document'
    complete -c aegis -n "__aegis_at state $command" -l state -rF -d 'Streams and keys'
    complete -c aegis -n "__aegis_at state $command" -l config -rF -d 'Options from this file'
end

complete -c aegis -n '__aegis_at stats' -F
complete -c aegis -n '__aegis_at stats' -l watch -d 'Again every second'
complete -c aegis -n '__aegis_at stats' -l once -d 'Print what is now'
complete -c aegis -n '__aegis_at stats' -l json -d 'Print JSON'
complete -c aegis -n '__aegis_at stats' -l prometheus -d 'Print the rigs'\'' figures for Prometheus'
complete -c aegis -n '__aegis_at stats' -l fail-if -x -d 'Exit with 1 when this holds'
complete -c aegis -n '__aegis_at stats' -l api-key -rF -d 'The key that the relay asks for'
complete -c aegis -n '__aegis_at stats' -l ca -rF -d 'Certificates to trust'
complete -c aegis -n '__aegis_at stats' -l config -rF -d 'Options from this file'

complete -c aegis -n '__aegis_ends_with config' -a show -d 'Print each option as it is'
complete -c aegis -n '__aegis_at config show' -a 'relay stream link pair tenant state stats doctor config' -d 'Its options'
complete -c aegis -n '__aegis_at config show' -l json -d 'Print one JSON document'
complete -c aegis -n '__aegis_at config show' -l config -rF -d 'Options from this file'

complete -c aegis -n '__aegis_at doctor' -l relay -x -a '(__aegis_streams)' -d 'A pairing or an address'
complete -c aegis -n '__aegis_at doctor' -l link -x -a '(__aegis_interfaces)' -d 'Ask over this'
complete -c aegis -n '__aegis_at doctor' -l key -rF -d 'Ask the relay of this key'
complete -c aegis -n '__aegis_at doctor' -l state -rF -d 'Streams and keys'
complete -c aegis -n '__aegis_at doctor' -l config -rF -d 'Options from this file'
complete -c aegis -n '__aegis_at doctor' -l json -d 'Print one JSON document'
