#!/usr/bin/env bash
# Tells the data of server-sent events, as curl reads them: sse.sh URL
data=
curl -sN -m 5 "$1" | while IFS= read -r line; do
    line=${line%$'\r'}
    case $line in
        'data: '*) data+=${line#data: }$'\n' ;;
        '')
            [ -z "$data" ] || printf '%s\n' "$data"
            data=
            ;;
    esac
done
