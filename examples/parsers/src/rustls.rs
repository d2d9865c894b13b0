//! rustls: what its acceptor reads of a ClientHello that its own client wrote.

use std::sync::Arc;

use rustls::server::Acceptor;
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use crate::law::Law;

/// What the acceptor says of the first message, given the segments as they come.
fn accepted(segments: &[&[u8]]) -> String {
    let mut acceptor = Acceptor::default();
    for segment in segments {
        let mut rest = *segment;
        while !rest.is_empty() {
            if let Err(error) = acceptor.read_tls(&mut rest) {
                return format!("read: {error}");
            }
            match acceptor.accept() {
                Ok(None) => {}
                Ok(Some(accepted)) => {
                    let hello = accepted.client_hello();
                    let alpn: Option<Vec<_>> = hello.alpn().map(Iterator::collect);
                    let suites = hello.cipher_suites();
                    return format!("{:?} {alpn:?} {suites:?}", hello.server_name());
                }
                Err((error, mut alert)) => {
                    let mut told = Vec::new();
                    let _ = alert.write_all(&mut told);
                    return format!("{error} {told:?}");
                }
            }
        }
    }
    "more is wanted".to_owned()
}

/// What a client sends first.
fn hello(name: &str) -> Vec<u8> {
    let mut config = ClientConfig::builder()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = name.to_owned().try_into().expect("a name of a server");
    let mut client = ClientConnection::new(Arc::new(config), name).expect("a client");
    let mut sent = Vec::new();
    while client.wants_write() {
        client.write_tls(&mut sent).expect("a buffer takes all");
    }
    sent
}

#[test]
fn a_client_hello_does_not_depend_on_the_cuts() {
    let whole = hello("xn--zo-jia.example");
    // The same message in two records.
    let (head, message) = whole.split_at(5);
    let record = |part: &[u8]| [&head[..3], &(part.len() as u16).to_be_bytes(), part].concat();
    let divided = [record(&message[..9]), record(&message[9..])].concat();
    let mut torn = whole.clone();
    torn[5] = 2;
    let streams = [
        whole.clone(),
        divided,
        torn,
        whole[..whole.len() - 1].to_vec(),
        [&whole[..], b"\x14\x03\x03\x00\x01\x01"].concat(),
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        b"\x15\x03\x01\x00\x02\x02\x28".to_vec(),
        b"\x16\x03\x01\x00\x00".to_vec(),
        b"\x16\x03\x01\xff\xff\x01".to_vec(),
    ];
    Law::of("rustls `Acceptor`").holds(&streams, accepted);
}
