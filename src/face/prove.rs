//! Every delivery proved, for cores that can be copied and compared.

use std::any::type_name;

use super::builder::{Check, shown};
use super::into_target::short_name;
use crate::check::{Checked, Unchecked};
use crate::peer::Target;
use crate::protocol::Protocol;

/// Proves that a script holds under every delivery that cuts what it sends: all 2^(n-1)
/// segmentations of each burst of n bytes. A client that vanishes is played too.
///
/// Two ways through a burst that lead to the same state, with the same answer, go on alike: a core
/// whose state does not depend on the cuts needs n(n+1)/2 segments. What is proved rests on this:
/// states that are equal behave alike, copies share nothing, and no time passes between segments.
/// recut looks whether that is so, and gives the proof up by name if it is not. What breaks a claim
/// has the fewest cuts that there can be.
///
/// A verdict without a proof is not green: [`Checked::assert`] panics, and says why there is none.
///
/// # Panics
///
/// If the script does not parse: with the place, and what was expected there.
///
/// # Examples
///
/// ```
/// use recut::Echo; // anything that implements recut::Protocol, Clone and Eq
///
/// let proved = recut::prove(Echo::default, "> \"hello, Zoë\\n\"\n< \"hello, Zoë\\n\"\n");
/// assert!(proved.is_proved());
/// proved.assert();
/// ```
#[track_caller]
pub fn prove<P, F>(core: F, script: &str) -> Checked
where
    P: Protocol + Clone + Eq + Send + 'static,
    F: Fn() -> P + Send + Sync + 'static,
{
    match proving(core).run(script) {
        Ok(checked) => demand_proof(checked),
        Err(error) => panic!("{}", shown(&error)),
    }
}

/// A check that looks for a proof.
pub(super) fn proving<P, F>(core: F) -> Check
where
    P: Protocol + Clone + Eq + Send + 'static,
    F: Fn() -> P + Send + Sync + 'static,
{
    Check::new(Target::cloneable(short_name(type_name::<P>()), core)).deliver("+every")
}

/// A conversation that holds is not green without a proof.
pub(super) fn demand_proof(checked: Checked) -> Checked {
    let is_missing = !checked.is_proved() && checked.stable().next().is_none();
    let unchecked = match checked.unchecked {
        None if is_missing => Some(Unchecked::NotProved),
        unchecked => unchecked,
    };
    Checked { unchecked, ..checked }
}
