#!/bin/sh
# nginx in the foreground, in a folder of its own that goes when it ends: nginx.sh PORT
servers=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
folder=$(mktemp -d)
# The signal that ends nginx comes here too: wait for nginx, then clean up.
trap : TERM INT HUP
sed -e "s|PORT|$1|" -e "s|FOLDER|$folder|" -e "s|ROOT|\"$servers/www\"|" \
    "$servers/nginx.conf" >"$folder/nginx.conf"
nginx -p "$folder" -e stderr -c "$folder/nginx.conf"
code=$?
rm -rf "$folder"
exit "$code"
