#!/usr/bin/env bash
# A driver: gets a page with curl, once for each line of its input. It saves little, since curl starts
# each time, but shows how a driver looks in a shell.
#
# recut writes 127.0.0.1:PORT, perhaps with NAME=PORT behind it, and waits for one line: the result of
# this conversation. An error is a result, too.
set -u
while read -r address _; do
    code=0
    # The dot keeps the line ends at the end of the page, which $(…) would drop.
    page=$(curl --silent --show-error --max-time 5 --write-out '%{http_code}' "http://$address/" 2>&1
        code=$?; printf .; exit "$code") || code=$?
    # %q makes line ends visible, so that this is one line; a shell writes it at once.
    printf '%d %q\n' "$code" "${page%.}"
done
