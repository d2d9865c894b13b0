# shellcheck shell=bash disable=SC2154
# Other people's clients.

# talks LINE COMMAND…: the line comes back to it, and `q` is its last word.
talks() {
    local said=$1
    shift
    mkfifo feed
    exec {feed}<>feed
    exec {answer}< <(exec "$@" 2>&1 <feed {feed}>&-)
    started+=($!)
    echo "$said" >&"$feed"
    next_line "$answer" 10 "$said*"
    echo q >&"$feed"
    # Not before: some leave at the end of their input, whatever they have not sent.
    next_line "$log" 10 '*closed*quit*'
    exec {feed}>&-
    cat <&"$answer" >/dev/null
}

readonly text='naïve 東京 😀'
check_nc() { serve "" 127.0.0.1 && talks "$text" nc 127.0.0.1 "$port"; }
check_ncat() { serve "" 127.0.0.1 && talks "$text" ncat 127.0.0.1 "$port"; }
check_socat() { serve "" 127.0.0.1 && talks "$text" socat STDIO "TCP:127.0.0.1:$port"; }
check_curl() { serve "" 127.0.0.1 && talks "$text" curl -sN "telnet://127.0.0.1:$port"; }
# Some bytes are commands to it, even in a pipe.
check_telnet() { serve "" 127.0.0.1 && talks hello telnet 127.0.0.1 "$port"; }

check_python() {
    serve "" 127.0.0.1
    python3 - "$port" <<'PYTHON'
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10) as s:
    said = "naïve 東京 😀\n".encode()
    for byte in said:
        s.sendall(bytes([byte]))
    s.shutdown(socket.SHUT_WR)
    answer = b"".join(iter(lambda: s.recv(4096), b""))
    assert answer == said, answer
PYTHON
}

# All that can be delivered, while a thousand others are connected.
check_crowd() {
    ulimit -n "$(ulimit -Hn)"
    serve "" 127.0.0.1
    local fd line
    for _ in {1..1000}; do
        exec {fd}<>"/dev/tcp/127.0.0.1/$port"
        echo hi >&"$fd"
        read -r -t 10 line <&"$fd" || fail "one of the thousand is not answered"
        [ "$line" = hi ] || fail "one of the thousand was told $line"
    done
    "$RECUT" check --color never --connect "127.0.0.1:$port" \
        --deliver +joined,+half-close,+reset >checked 2>&1 || fail "$(cat checked)"
    tail -n 1 checked
}
