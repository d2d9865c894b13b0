//! What needs no socket, no process and no waiting: the languages, the echo, and checks in memory.
//! It takes seconds.

#![allow(clippy::unwrap_used)]

mod blocking;
mod bridge;
mod check;
mod docs;
mod echo;
mod every;
mod limits;
mod memory;
mod properties;
mod script;
mod sharing;
mod shrinking;
mod task;
mod time;
