//! `std::net` around a protocol: thin, blocking, a thread a connection.

pub mod client;
pub mod place;
pub mod record;
pub mod relay;
pub mod server;
pub mod tutorial;
