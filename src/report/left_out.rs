//! What was left out, told once for all conversations that it holds for.

use std::collections::BTreeMap;
use std::fmt;

use crate::check::{Checked, Omission};
use crate::text::visible;

/// Something that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOutLine {
    /// The set or law; empty for all deliveries but the baseline.
    pub what: String,
    /// Why.
    pub why: String,
    /// In how many conversations.
    pub conversations: usize,
    /// One of them.
    pub example: String,
}

impl fmt::Display for LeftOutLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.what.is_empty() { "all deliveries" } else { &self.what };
        write!(f, "left out: {what}: {} ", self.why)?;
        match self.conversations {
            1 => write!(f, "({})", visible(&self.example)),
            more => write!(f, "({more} conversations)"),
        }
    }
}

/// What was left out of all that was checked, each kind once.
pub fn left_out_lines(checked: &[Checked]) -> Vec<LeftOutLine> {
    let mut lines: BTreeMap<(String, String), LeftOutLine> = BTreeMap::new();
    for conversation in checked {
        let mut left_out = conversation.left_out.clone();
        let unchecked = unchecked(&mut left_out);
        left_out.extend(unchecked);
        for (what, omission) in &left_out {
            let why = reason(omission);
            let line = LeftOutLine {
                what: what.clone(),
                why: why.clone(),
                conversations: 0,
                example: conversation.name.clone(),
            };
            lines.entry((what.clone(), why)).or_insert(line).conversations += 1;
        }
    }
    lines.into_values().collect()
}

/// The laws that were not looked at, as one.
fn unchecked(left_out: &mut Vec<(String, Omission)>) -> Option<(String, Omission)> {
    let is_unchecked = |(_, omission): &(String, Omission)| *omission == Omission::Unchecked;
    let unchecked = left_out.iter().filter(|left| is_unchecked(left));
    let laws: Vec<_> = unchecked.map(|(law, _)| law.as_str()).collect();
    let all = (!laws.is_empty()).then(|| (laws.join(", "), Omission::Unchecked));
    left_out.retain(|left| !is_unchecked(left));
    all
}

fn reason(omission: &Omission) -> String {
    match omission {
        Omission::Planned(left_out) => left_out.to_string(),
        Omission::Budget(played, total) => format!("time is up, {played} of {total} played"),
        Omission::TooLong(needed) => format!(
            "one play takes about {:.1}s, longer than what is left of --budget; a smaller --gap \
             helps",
            needed.as_secs_f64()
        ),
        Omission::Hangs(played, total) => {
            format!("enough plays hung, {played} of {total} played")
        }
        Omission::Unreached(places) => format!("{places} places beyond the end of a burst"),
        Omission::Baseline => "the baseline does not hold".to_owned(),
        Omission::Gone => "the server is gone, or serves nobody any more".to_owned(),
        Omission::DependsOnAnswers => "what is sent depends on what was answered".to_owned(),
        Omission::Unconfirmed => "seen, and not confirmed before the interruption".to_owned(),
        Omission::NoConnection => "the conversation has no such connection".to_owned(),
        Omission::Unchecked => {
            "not checked, there is no server process to look at between plays".to_owned()
        }
        Omission::Unclear => "not checked, plays in between failed or took too long".to_owned(),
        Omission::NoSuchThing => "the target knows no resets".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::check::Tally;

    fn checked(name: &str, left_out: &[(&str, Omission)]) -> Checked {
        let left_out = left_out.iter().map(|(what, why)| ((*what).to_owned(), why.clone()));
        Checked {
            name: name.to_owned(),
            target: String::new(),
            tally: Tally::default(),
            findings: Vec::new(),
            left_out: left_out.collect(),
            interrupted: false,
            target_lost: false,
            error: None,
            elapsed: Duration::ZERO,
        }
    }

    #[test]
    fn each_kind_is_told_once_and_the_laws_nobody_looked_at_are_one() {
        let laws = [("spins", Omission::Unchecked), ("leaks", Omission::Unchecked)];
        let one = checked("one\n", &[("", Omission::Baseline), ("pairs", Omission::Hangs(8, 99))]);
        let two = checked("two", &[&laws[..], &[("pairs", Omission::Budget(3, 99))]].concat());
        let three = checked("three", &laws);
        let lines = left_out_lines(&[one, two, three]);
        let told: Vec<String> = lines.iter().map(LeftOutLine::to_string).collect();
        assert_eq!(
            told,
            [
                "left out: all deliveries: the baseline does not hold (one\\n)",
                "left out: pairs: enough plays hung, 8 of 99 played (one\\n)",
                "left out: pairs: time is up, 3 of 99 played (two)",
                "left out: spins, leaks: not checked, there is no server process to look at \
                 between plays (2 conversations)",
            ]
        );
    }
}
