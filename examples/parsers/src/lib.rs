//! The law "the value does not depend on the cuts" over parsers that others published: a file for
//! each crate, with a small adapter and what its users would send. `docs/parsers.md` says what was
//! found.

#![forbid(unsafe_code)]
#![cfg(test)]

mod ansi;
mod asynchronous_codec;
mod base64;
mod chunked;
mod cobs;
mod csv;
mod encodings;
mod eventsource;
mod feed;
mod gzip;
mod h2;
mod httparse;
mod irc;
mod json;
mod json_push;
mod law;
mod mqtt;
mod multipart;
mod redis;
mod resp;
mod rustls;
mod sse_codec;
mod tokio_codecs;
mod utf8;
mod vte;
mod websocket;
mod xml;
mod xml_push;
