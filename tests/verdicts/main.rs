//! The right verdict where a wrong one is near: servers whose answers change by themselves, reach
//! the wrong client, or come late. Each test says what must be concluded, and what must not.

#![allow(clippy::unwrap_used)]

mod accused;
mod blameless;
mod meanings;
mod neighbours;
mod oddity;
mod texts;

mod ends;
