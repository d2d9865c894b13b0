//! Plays against servers over TCP, Unix sockets and pipes.

#![allow(clippy::unwrap_used)]

mod accusations;
mod cuts;
mod ladders;
mod listening;
mod play;
mod reads;
