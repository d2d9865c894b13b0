//! A test in one line: a target and a script in, a verdict out.

use super::builder::Check;
use super::into_target::IntoTarget;
use crate::check::Checked;
use crate::protocol::Protocol;
use crate::report::caret::script_errors;
use crate::script::LoadError;

/// Plays a script under every delivery against a target, with the defaults of `recut check`.
///
/// The target is whatever makes the server's side of a connection, or a [`Target`](crate::Target).
/// Paths in the script are relative to the current folder, which is that of the crate in
/// `cargo test`.
///
/// # Panics
///
/// If the script does not parse: with the place, and what was expected there.
///
/// # Examples
///
/// ```
/// use recut::Echo; // anything that implements recut::Protocol
///
/// // As a test has it: recut::check(MyServer::default, include_str!("greet.recut")).assert();
/// recut::check(Echo::default, "> \"hello, Zoë\\n\"\n< \"hello, Zoë\\n\"\n").assert();
/// ```
#[track_caller]
pub fn check(target: impl IntoTarget, script: &str) -> Checked {
    match Check::new(target).run(script) {
        Ok(checked) => checked,
        Err(error) => panic!("{}", shown(&error)),
    }
}

/// Proves that a script holds under every one of the 2^(n-1) ways in which n bytes can be cut, and
/// plays the other deliveries.
///
/// The core's state must be one that can be copied and compared: a copy shares nothing with what
/// it was copied from, and states that are equal behave alike. Then two ways to the same state with
/// the same answer go on alike, and few segments are all there are. What is found has the fewest
/// cuts that there can be. If a proof is not possible, because the state has too many forms, or
/// `Eq` leaves something out, the verdict is not green, and says why.
///
/// # Panics
///
/// If the script does not parse: with the place, and what was expected there.
///
/// # Examples
///
/// ```
/// use recut::{Echo, Tutorial}; // or anything that implements recut::Protocol, Clone and Eq
///
/// let script = "> \"hello, Zoë\\n\"\n< \"hello, Zoë\\n\"\n";
/// recut::prove(Echo::default, script).assert();
/// assert_eq!(recut::prove(Tutorial::default, script).findings()[0].delivery(), "cut@10");
/// ```
#[track_caller]
pub fn prove<P, C>(connect: C, script: &str) -> Checked
where
    P: Protocol + Clone + Eq + Send + 'static,
    C: Fn() -> P + Send + Sync + 'static,
{
    match Check::proving(connect).run(script) {
        Ok(checked) => checked,
        Err(error) => panic!("{}", shown(&error)),
    }
}

/// Why a script can't be played, with a caret if something is wrong with it.
pub(super) fn shown(error: &LoadError) -> String {
    match error {
        LoadError::Script(errors) => script_errors(errors, false),
        other => other.to_string(),
    }
}
