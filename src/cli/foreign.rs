//! Addresses of what recut does not speak, as `tls:HOST:PORT`, and what to write instead.

/// What an address is typed for: what can be written instead depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AddressUse {
    /// A server to check: a process that speaks to it can stand in its place.
    Target,
    /// A server to connect to.
    Server,
    /// Where to listen.
    Listen,
}

/// What a scheme stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Tcp,
    Tls,
    Udp,
}

/// The schemes that people write before an address, and the port that each has if none is named.
const SCHEMES: [(&str, Transport, Option<&str>); 10] = [
    ("tcp", Transport::Tcp, None),
    ("http", Transport::Tcp, Some("80")),
    ("ws", Transport::Tcp, Some("80")),
    ("redis", Transport::Tcp, Some("6379")),
    ("https", Transport::Tls, Some("443")),
    ("wss", Transport::Tls, Some("443")),
    ("tls", Transport::Tls, Some("443")),
    ("ssl", Transport::Tls, Some("443")),
    ("rediss", Transport::Tls, Some("6379")),
    ("udp", Transport::Udp, None),
];

/// What recut speaks and what to write instead, if an address names something else or has no host.
pub(super) fn advice(address: &str, used: AddressUse) -> Option<String> {
    if let Some(port) = address.strip_prefix(':') {
        let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        return is_port.then(|| no_host(port, used));
    }
    let (scheme, rest) = address.split_once(':')?;
    let known = |(name, _, _): &&(&str, Transport, Option<&str>)| scheme.eq_ignore_ascii_case(name);
    let is_url = rest.starts_with("//");
    let (_, transport, default) = SCHEMES.iter().find(known)?;
    // `redis:6379` is a host of that name, and a port.
    let is_port = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    if is_port {
        return None;
    }
    // Of a URL the user and the path are no part of the address.
    let place = if is_url { &rest[2..] } else { rest };
    let place = place.split(['/', '?', '#']).next().unwrap_or_default();
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    let place = with_port(place, default.unwrap_or("PORT"));
    // What stands there is written into a command: nothing but an address may.
    let place = if is_address(&place) { place } else { "HOST:PORT".to_owned() };
    Some(instead(*transport, &place, used))
}

/// Whether it has the form of an address, or of one whose port is still to be named.
fn is_address(place: &str) -> bool {
    let Some((host, port)) = place.rsplit_once(':') else { return false };
    let is_port = port == "PORT" || port.parse::<u16>().is_ok();
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    is_port
        && match inside {
            Some(inside) => inside.chars().all(|c| c.is_ascii_hexdigit() || ":.%".contains(c)),
            None => !host.is_empty() && host.chars().all(is_host),
        }
}

/// The host and the port of what stands after a scheme.
fn with_port(place: &str, default: &str) -> String {
    let after_brackets = place.rsplit_once(']').map_or(place, |(_, rest)| rest);
    match (place, after_brackets.contains(':')) {
        ("", _) => format!("HOST:{default}"),
        (place, true) => place.to_owned(),
        (place, false) => format!("{place}:{default}"),
    }
}

fn no_host(port: &str, used: AddressUse) -> String {
    match used {
        AddressUse::Listen => format!(
            "it has no host: write 127.0.0.1:{port} for this machine alone, or 0.0.0.0:{port} for \
             all of its networks"
        ),
        AddressUse::Target | AddressUse::Server => {
            format!("it has no host: write 127.0.0.1:{port} for a server on this machine")
        }
    }
}

fn instead(transport: Transport, place: &str, used: AddressUse) -> String {
    let (speaks, what) = match used {
        AddressUse::Target => ("recut speaks over a plain TCP byte stream or unix:PATH", "it"),
        _ => ("recut speaks over a plain TCP byte stream here", "the address"),
    };
    let (lacks, stdio, relay) = match transport {
        Transport::Tcp => {
            return format!("{speaks}, so {what} is written without a scheme: {place}");
        }
        Transport::Tls => (
            "TLS",
            format!("openssl s_client -quiet -connect {place}"),
            format!("openssl:{place},verify=0"),
        ),
        Transport::Udp => ("UDP", format!("socat - UDP:{place}"), format!("udp:{place}")),
    };
    match used {
        AddressUse::Target => {
            let stdio = shell_words::quote(&stdio).into_owned();
            format!("{speaks}, not over {lacks}: let a program do that, with --stdio {stdio}")
        }
        AddressUse::Server => format!(
            "{speaks}, not over {lacks}: let a program stand between, as `socat \
             tcp-listen:7000,reuseaddr,fork {relay}`, and write 127.0.0.1:7000"
        ),
        AddressUse::Listen if transport == Transport::Udp => format!(
            "the address is written without a scheme: {place} (`recut serve` has --udp for UDP)"
        ),
        AddressUse::Listen => format!("{speaks}, not over {lacks}: write {place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_write_instead_is_said_for_a_target() {
        let told = |address| advice(address, AddressUse::Target).unwrap_or_default();
        for (address, part) in [
            ("tls:h.example:853", "--stdio 'openssl s_client -quiet -connect h.example:853'"),
            ("TLS://h:1", "--stdio 'openssl s_client -quiet -connect h:1'"),
            ("ssl:h", "-connect h:443'"),
            ("https://h/path?q#f", "-connect h:443'"),
            ("https://me:secret@h:8443/", "-connect h:8443'"),
            ("udp:127.0.0.1:53", "not over UDP: let a program do that, with --stdio 'socat - UDP:"),
            ("udp:h", "UDP:h:PORT'"),
            ("http://h/a:b", "without a scheme: h:80"),
            ("http://[::1]/", "without a scheme: [::1]:80"),
            ("http://[::1]:8080", "without a scheme: [::1]:8080"),
            ("tcp://h:7", "without a scheme: h:7"),
            ("tcp:h:7", "without a scheme: h:7"),
            ("http://", "without a scheme: HOST:80"),
            ("ws://[::1", "without a scheme: HOST:PORT"),
            ("https://h:99999/x", "-connect HOST:PORT'"),
            ("tls:h`id`:1", "-connect HOST:PORT'"),
            ("tls:h$(id):1", "-connect HOST:PORT'"),
            ("udp:h'a':1", "UDP:HOST:PORT'"),
            (":7777", "it has no host: write 127.0.0.1:7777 for"),
        ] {
            assert!(told(address).contains(part), "{address}");
        }
        assert!(told("tls:h:1").contains("a plain TCP byte stream or unix:PATH, not over TLS"));
    }

    #[test]
    fn an_address_that_is_one_needs_no_advice() {
        let plain = ["127.0.0.1:1", "redis:6379", "tls:443", "[::1]:80", "here", ":", ":http", ""];
        for address in plain {
            for used in [AddressUse::Target, AddressUse::Server, AddressUse::Listen] {
                assert_eq!(advice(address, used), None, "{address}");
            }
        }
    }

    #[test]
    fn where_no_process_can_stand_in_another_way_is_named() {
        let told = |address, used| advice(address, used).unwrap_or_default();
        let server = told("tls:h:853", AddressUse::Server);
        assert!(server.contains("fork openssl:h:853,verify=0`, and write 127.0.0.1:7000"));
        assert!(!server.contains("--stdio") && !server.contains("unix:"), "{server}");
        assert!(told("udp:h:53", AddressUse::Listen).contains("h:53 (`recut serve` has --udp"));
        assert!(told("https://h", AddressUse::Listen).ends_with("not over TLS: write h:443"));
        assert!(told(":7777", AddressUse::Listen).contains("0.0.0.0:7777 for all"));
    }
}
