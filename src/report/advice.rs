//! What to do about what a check could not judge.

use crate::check::Unchecked;

/// What to do so that a conversation is judged that was not.
pub(super) fn unchecked(why: &Unchecked) -> &'static str {
    match why {
        Unchecked::FewJudged(..) => {
            "raise --budget, or ask for fewer deliveries with --deliver or --max"
        }
        Unchecked::Volatile => {
            "use a pattern where the answer changes (--ignore RE for a raw stream), or --fresh if \
             the server keeps state between clients"
        }
        Unchecked::CantTell => "check with --spawn to know",
        Unchecked::OurLimit(_) => {
            "make the conversation smaller, or divide it into several scripts"
        }
        Unchecked::NoLaw => {
            "enable other laws with --laws, or let recut start the server with --spawn"
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_reason_has_an_advice_of_its_own() {
        let limit = Unchecked::OurLimit("x".to_owned());
        let few = Unchecked::FewJudged(1, 9);
        let all = [few, Unchecked::Volatile, Unchecked::CantTell, limit, Unchecked::NoLaw];
        assert_eq!(all.iter().map(unchecked).collect::<BTreeSet<_>>().len(), all.len());
        assert!(unchecked(&all[0]).contains("--budget"));
    }
}
