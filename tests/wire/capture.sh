# shellcheck shell=bash disable=SC2154,SC2317
# A session on loopback, as it is captured: who opened, who ended, and that nobody reset.

# capture COMMAND…: runs it against a new server; the packets' flags are then in the file `flags`,
# a line each, with who sent it.
capture() {
    serve "" 127.0.0.1
    exec {packets}< <(exec tcpdump -i lo --immediate-mode -l -nn "port $port" 2>&1)
    started+=($!)
    next_line "$packets" 10 'listening on *'
    "$@"
    # What is seen behind a packet of ours is all of it.
    echo end >"/dev/udp/127.0.0.1/$port"
    : >flags
    while next_line "$packets" 10 '* IP *' && [[ $line != *UDP* ]]; do
        local from=client
        [[ $line != *"127.0.0.1.$port >"* ]] || from=server
        sed -E "s/.*Flags \[([^]]*)\].* length ([0-9]+).*/$from \1 \2/" <<<"$line" >>flags
    done
}

# Fails unless the file `flags` shows a whole session that $1 was the first to end.
judge() {
    [ "$(head -n 3 flags | cut -d' ' -f1,2 | paste -sd,)" = "client S,server S.,client ." ] ||
        fail "no handshake" "$(head flags)"
    [ "$(grep P flags | cut -d' ' -f1 | sort -u | paste -sd,)" = client,server ] ||
        fail "no data" "$(cat flags)"
    [ "$(grep 'F' flags | cut -d' ' -f1 | paste -sd,)" = "$1" ] ||
        fail "not the FINs of $1" "$(cat flags)"
    ! grep -q ' R' flags || fail "a reset" "$(cat flags)"
}

check_handshake() {
    by_client() { printf 'hi\n' | "$RECUT" connect "127.0.0.1:$port" >said; }
    capture by_client
    [ "$(cat said)" = hi ] || fail "said $(cat said)"
    judge client,server
    rm log
    by_server() {
        mkfifo speech
        exec {speech}<>speech
        printf 'hi\nq\n' >&"$speech"
        "$RECUT" connect "127.0.0.1:$port" <speech >said
    }
    capture by_server
    [ "$(cat said)" = hi ] || fail "said $(cat said)"
    judge server,client
}

# What comes behind `q` is not read; the answer to what came before arrives all the same.
check_tail() {
    talkative() {
        # Where the server has ended before all is said, nobody reads the rest (SIGPIPE).
        { printf 'hi\nq\n' && head -c 100000 /dev/zero | tr '\0' x; } |
            "$RECUT" connect "127.0.0.1:$port" >said || [ "$?" -eq 141 ]
    }
    capture talkative
    [ "$(cat said)" = hi ] || fail "said $(cat said)"
    ! grep -q ' R' flags || fail "a reset" "$(cat flags)"
}
