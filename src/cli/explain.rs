//! `recut explain`

use super::output::Output;
use super::{Exit, Failed};
use crate::delivery::Set;
use crate::report::explain::{explanation, kinds};
use crate::script::Law;

/// How much two words must have in common for one to be meant by the other, from 0 to 1.
const ALIKE: f64 = 0.75;

pub(super) fn run(kind: Option<&str>, output: &Output) -> Result<Exit, Failed> {
    let Some(kind) = kind else {
        output.text(&format!(
            "Kinds of findings; `recut explain KIND` says what usually causes one, and how to mend \
             it:\n{}\nDeliveries, of `deliver` in a script and of --deliver:\n{}",
            kinds(),
            deliveries()
        ));
        return Ok(Exit::Held);
    };
    if let Some(law) = Law::ALL.into_iter().find(|law| law.name() == kind) {
        output.text(&explanation(law));
        return Ok(Exit::Held);
    }
    let places = Set::NAMES.into_iter().zip(Set::MEANINGS);
    let set = places.into_iter().find(|(name, _)| word(name) == word(kind));
    if let Some((name, meaning)) = set {
        let example = name.replace("DURATION", "2s").replace("=N", "=500");
        output.text(&format!(
            "{name}: {meaning}\n\n`deliver +{example}` in a script or --deliver +{example} \
             plays it too, -{example} leaves it out.\n"
        ));
        return Ok(Exit::Held);
    }
    Err(Failed::usage(match nearest(kind) {
        Some(name) => format!("there is no kind `{kind}`: did you mean `recut explain {name}`?"),
        None => format!("there is no kind `{kind}`: `recut explain` lists all of them"),
    }))
}

/// A line for each set of deliveries: its name, and what is played.
pub(super) fn deliveries() -> String {
    let sets = Set::NAMES.into_iter().zip(Set::MEANINGS);
    sets.map(|(name, meaning)| format!("  {name:<15}{meaning}\n")).collect()
}

/// The name of a set without its number.
fn word(name: &str) -> &str {
    name.split('=').next().unwrap_or_default()
}

/// The kind or the set whose name is most like a word, if one is.
fn nearest(kind: &str) -> Option<&'static str> {
    let names = Law::ALL.into_iter().map(Law::name).chain(Set::NAMES.into_iter().map(word));
    let alike = names.map(|name| (strsim::jaro_winkler(kind, name), name));
    let best = alike.max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.filter(|(likeness, _)| *likeness >= ALIKE).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_nearly_a_name_is_taken_for_a_mistake() {
        for (typed, meant) in [
            ("differ", Some("differs")),
            ("cutoff", Some("cut-off")),
            ("hang", Some("hangs")),
            ("crash", Some("crashed")),
            ("singel", Some("single")),
            ("halfclose", Some("half-close")),
            ("xyz", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed), meant, "{typed}");
        }
    }
}
