//! What is said of a server of ours that does not come up: where it listens instead of its port,
//! and why its command can't be started.

use std::fmt::Display;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use crate::wire::ListeningPlaces;

/// Where a server listens that does not listen on `port`, and what to do about it; none if nobody
/// is allowed to look. `has_place` says whether its command takes the port as an argument.
pub(super) fn told(places: Option<&ListeningPlaces>, port: u16, has_place: bool) -> Option<String> {
    let places = places?;
    if let Some(first) = places.tcp.first().map(reached) {
        let all = list(&places.tcp);
        let other_host = places.tcp.iter().any(|address| address.port() == port);
        let what_to_do = match (other_host, has_place) {
            (true, _) => "let it listen on {host}, which is 127.0.0.1".to_owned(),
            (false, true) => format!(
                "is {{port}} the right argument? Or start it yourself, and use --connect {first}"
            ),
            (false, false) => format!(
                "give it its port as {{port}} or by the variable PORT, or start it yourself, and \
                 use --connect {first}"
            ),
        };
        return Some(format!("it listens on TCP {all} instead: {what_to_do}"));
    }
    if let Some(path) = places.unix.first() {
        let path = path.display();
        return Some(format!(
            "it listens on the Unix socket {path} and on no TCP port: start it yourself, and use \
             --connect unix:{path}"
        ));
    }
    if let Some(first) = places.udp.first().map(reached) {
        let all = list(&places.udp);
        return Some(format!(
            "it receives on UDP {all} and listens on no TCP port, and recut speaks over a byte \
             stream: start it yourself, and use --stdio 'socat - UDP:{first}'"
        ));
    }
    let what_to_do = match has_place {
        true => "give a slow start more time with --start-timeout",
        false => "the command has no {port}: it must take its port from the variable PORT",
    };
    Some(format!("it listens on no TCP port at all: {what_to_do}"))
}

/// An address at which a client on this machine reaches a server that listens there.
pub(super) fn reached(address: &SocketAddr) -> SocketAddr {
    let host = match address.ip() {
        IpAddr::V4(host) if host.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(host) if host.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        host => host,
    };
    SocketAddr::new(host, address.port())
}

fn list<'a>(addresses: impl IntoIterator<Item = &'a SocketAddr>) -> String {
    let words = addresses.into_iter().map(|address| address as &dyn Display);
    words.map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

/// Why a command can't be started, and what to do; `word` is its first word.
pub fn cannot_start(word: &str, error: &io::Error) -> String {
    let sets_variable = word.split_once('=').is_some_and(|(name, _)| {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        !name.is_empty() && name.chars().all(is_name)
    });
    let is_shells = sets_variable
        || ["alias", "cd", "eval", "exec", "export", "set", "source", "ulimit", "umask", "."]
            .contains(&word);
    let (is_path, is_there) = (word.contains('/'), Path::new(word).exists());
    match error.kind() {
        io::ErrorKind::NotFound if is_shells => format!(
            "`{word}` is a word of the shell, and recut starts none: write sh -c '{word} …'"
        ),
        io::ErrorKind::NotFound if is_path && is_there => format!(
            "`{word}` is there, but the program that runs it is not: is its first line right?"
        ),
        io::ErrorKind::NotFound if is_path => {
            format!("there is no file `{word}`: a path counts from the folder in which recut runs")
        }
        io::ErrorKind::NotFound => {
            format!("there is no program `{word}`: is it installed, and in PATH?")
        }
        io::ErrorKind::PermissionDenied if is_path && Path::new(word).is_dir() => {
            format!("`{word}` is a folder, not a program")
        }
        io::ErrorKind::PermissionDenied => {
            format!("`{word}` may not be executed: does it need `chmod +x`?")
        }
        _ => format!("`{word}`: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(tcp: &[&str], udp: &[&str], unix: &[&str]) -> ListeningPlaces {
        let addresses = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        let unix = unix.iter().map(Into::into).collect();
        ListeningPlaces { tcp: addresses(tcp), udp: addresses(udp), unix }
    }

    #[test]
    fn where_a_server_listens_instead_is_told_with_what_to_do() {
        let told = |places: ListeningPlaces, has| told(Some(&places), 40_000, has).unwrap();
        let redis = places(&["127.0.0.1:6379", "[::1]:6379"], &[], &[]);
        assert_eq!(
            told(redis.clone(), false),
            "it listens on TCP 127.0.0.1:6379 and [::1]:6379 instead: give it its port as {port} \
             or by the variable PORT, or start it yourself, and use --connect 127.0.0.1:6379"
        );
        assert!(told(redis, true).contains("is {port} the right argument? "));
        assert!(told(places(&["10.0.0.1:40000"], &[], &[]), true).contains("listen on {host}, "));
        let all = told(places(&["0.0.0.0:80"], &[], &[]), true);
        assert!(
            all.contains("TCP 0.0.0.0:80 ") && all.ends_with("--connect 127.0.0.1:80"),
            "{all}"
        );
        let six = told(places(&["[::]:80"], &[], &[]), true);
        assert!(six.ends_with("--connect [::1]:80"), "{six}");
        let dns = told(places(&[], &["127.0.0.1:53"], &[]), true);
        assert!(dns.ends_with("and use --stdio 'socat - UDP:127.0.0.1:53'"), "{dns}");
        let unix = told(places(&[], &[], &["/run/x"]), true);
        assert!(unix.ends_with("use --connect unix:/run/x"), "{unix}");
        assert!(told(places(&[], &[], &[]), true).ends_with("--start-timeout"));
        assert!(told(places(&[], &[], &[]), false).contains("the command has no {port}"));
        assert_eq!(super::told(None, 1, true), None);
    }

    #[test]
    fn why_a_command_cannot_be_started_names_its_word() {
        let told = |word: &str, kind: io::ErrorKind| cannot_start(word, &kind.into());
        let missing = |word| told(word, io::ErrorKind::NotFound);
        assert_eq!(
            missing("reddis"),
            "there is no program `reddis`: is it installed, and in PATH?"
        );
        assert!(missing("./nowhere").starts_with("there is no file `./nowhere`: "));
        for path in ["./x=1/server", "/opt/a=b/server", "=x/server"] {
            let told = missing(path);
            assert!(told.starts_with(&format!("there is no file `{path}`: ")), "{told}");
        }
        assert!(missing("PORT=1").ends_with("recut starts none: write sh -c 'PORT=1 …'"));
        assert!(missing("cd").starts_with("`cd` is a word of the shell"));
        assert!(missing("/").contains("is its first line right?"));
        let denied = |word| told(word, io::ErrorKind::PermissionDenied);
        assert!(denied("/").contains("is a folder") && denied("./x").contains("chmod +x"));
        assert!(told("x", io::ErrorKind::OutOfMemory).starts_with("`x`: "));
    }
}
