# shellcheck shell=bash disable=SC2154
# Two hosts with a cable between them, which loses packets or is cut.

server_host=recut-server-$$
client_host=recut-client-$$
readonly server_address=10.83.0.1

# two_hosts: makes them.
two_hosts() {
    local host
    for host in "$server_host" "$client_host"; do
        ip netns add "$host"
        namespaces+=("$host")
        ip -n "$host" link set lo up
    done
    ip -n "$server_host" link add cable type veth peer name cable netns "$client_host"
    ip -n "$server_host" address add "$server_address/24" dev cable
    ip -n "$client_host" address add 10.83.0.2/24 dev cable
    for host in "$server_host" "$client_host"; do
        # Each segment travels alone, as on a real cable.
        ip -n "$host" link set cable up gso_max_segs 1
    done
}

# drop HOST WHAT: from now on, it does not receive what matches.
drop() {
    ip netns exec "$1" nft -f - <<<"table inet broken {
        chain input {
            type filter hook input priority 0
            iif != lo $2 drop
        }
    }"
}

# There and back through a cable that loses three of ten packets each way.
check_loss() {
    two_hosts
    serve "$server_host" "$server_address"
    local host
    for host in "$server_host" "$client_host"; do
        drop "$host" "numgen random mod 10 < 3"
    done
    yes 'naïve 東京 😀' | head -n 2000 >speech || true
    mkfifo feed
    exec {feed}<>feed
    (on "$client_host" "$RECUT" connect --timeout 30s "$server_address:$port" <feed >answer) &
    started+=($!)
    exec {answer}< <(tail -c +1 -F answer 2>/dev/null)
    started+=($!)
    cat speech >&"$feed"
    head -c "$(wc -c <speech)" <&"$answer" | cmp - speech || fail "the answer is another"
    local lost
    lost=$(ip netns exec "$server_host" ss -tinH state established |
        sed -nE 's/.* retrans:[0-9]+\/([0-9]+).*/\1/p')
    [ "${lost:-0}" -gt 0 ] || fail "the server has sent nothing twice"
    echo "$(wc -c <speech) bytes came back, the server has sent $lost segments twice"
}

# A cable that is cut while one client is silent and another takes an answer.
check_cut() {
    two_hosts
    serve "$server_host" "$server_address" --listen 127.0.0.1:0 --dead-peer-timeout 2s
    local line inside begin ms silent busy
    read -r -t 10 line <&"$listening"
    inside=${line##*:}
    mkfifo feed
    exec {feed}<>feed
    echo hi >&"$feed"
    exec {silent}< <(on "$client_host" "$RECUT" connect "$server_address:$port" <feed)
    started+=($!)
    read -r -t 10 line <&"$silent"
    exec {busy}< <(yes | on "$client_host" "$RECUT" connect "$server_address:$port")
    started+=($!)
    head -c 1000000 <&"$busy" >/dev/null
    begin=${EPOCHREALTIME/./}
    drop "$server_host" ""
    drop "$client_host" ""
    [ "$(echo hi | on "$server_host" timeout 1 "$RECUT" connect "127.0.0.1:$inside")" = hi ] ||
        fail "another client is not served meanwhile"
    next_line "$log" 10 '*closed*10.83.0.2*dead*'
    next_line "$log" 10 '*closed*10.83.0.2*dead*'
    ms=$(((${EPOCHREALTIME/./} - begin) / 1000))
    [ "$ms" -lt 6000 ] || fail "freed only after $ms ms"
    [ -z "$(ip netns exec "$server_host" ss -tnH state established)" ] || fail "a connection is left"
    echo "both were freed $ms ms after the cut, asked for 2 s"
}
