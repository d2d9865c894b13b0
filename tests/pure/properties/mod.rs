//! What must hold of the pure modules, whatever comes: properties, one file a subject, with the
//! strategies that the library exports.

mod check;
mod delivery;
mod every;
#[cfg(feature = "cli")]
mod found;
mod planted_core;
mod protocol;
mod recorded;
#[cfg(feature = "cli")]
mod report;
mod script;
mod session;
mod strategies;
