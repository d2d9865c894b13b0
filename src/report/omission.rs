//! What was left out, told once for all conversations from which it was left out.

use std::collections::BTreeMap;
use std::fmt;

use super::words::not_proved;
use crate::check::{Checked, Omission};
use crate::text::{counted, visible};

/// What an omission is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OmissionScope {
    /// Every delivery but the baseline.
    AllDeliveries,
    /// A set of deliveries, a single delivery, or laws, by their names.
    Part(String),
    /// Sets that are played on request only, by their names.
    NotTried(String),
    /// Whole conversations.
    Conversations,
    /// Nothing was left out: it is something to know.
    Note,
}

/// Something that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OmissionLine {
    /// What was left out.
    pub scope: OmissionScope,
    /// Why.
    pub why: String,
    /// From how many conversations, or how many they were.
    pub conversations: usize,
    /// The name of one of them.
    pub example: String,
}

impl OmissionLine {
    /// A whole conversation that was not played, and why.
    pub fn not_played(conversation: &str, why: &str) -> Self {
        Self {
            scope: OmissionScope::Conversations,
            why: why.to_owned(),
            conversations: 1,
            example: conversation.to_owned(),
        }
    }
}

impl OmissionScope {
    /// Its name in reports for programs; it is empty for all deliveries.
    pub fn name(&self) -> &str {
        match self {
            Self::AllDeliveries => "",
            Self::Part(name) | Self::NotTried(name) => name,
            Self::Conversations => "whole conversations",
            Self::Note => "note",
        }
    }
}

impl fmt::Display for OmissionLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match &self.scope {
            OmissionScope::AllDeliveries => "all deliveries",
            scope => scope.name(),
        };
        match &self.scope {
            OmissionScope::Note => write!(f, "note: {} ", self.why),
            OmissionScope::NotTried(names) => write!(f, "not tried: {names} ({}) ", self.why),
            _ => write!(f, "left out: {what}: {} ", self.why),
        }?;
        match self.conversations {
            1 => write!(f, "({})", visible(&self.example)),
            more => write!(f, "({more} conversations)"),
        }
    }
}

/// What was left out, each kind once, in the order of its scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OmissionTable(BTreeMap<(OmissionScope, String), OmissionLine>);

impl OmissionTable {
    /// What was left out of one conversation, said once. The laws that were not looked at are one
    /// line.
    pub fn of(checked: &Checked) -> Self {
        let mut table = Self::default();
        let mut add = |name: &str, omission: &Omission| {
            let scope = match name {
                _ if is_note(omission) => OmissionScope::Note,
                "" => OmissionScope::AllDeliveries,
                name if *omission == Omission::NotTried => OmissionScope::NotTried(name.to_owned()),
                name => OmissionScope::Part(name.to_owned()),
            };
            let (why, example) = (reason(name, omission), checked.name.clone());
            table.add(&OmissionLine { scope, why, conversations: 1, example });
        };
        let of_laws = [Omission::Unchecked, Omission::Alone];
        for (name, omission) in &checked.left_out {
            if !of_laws.contains(omission) {
                add(name, omission);
            }
        }
        for omission in of_laws {
            let left_out = checked.left_out.iter().filter(|(_, why)| *why == omission);
            let names: Vec<&str> = left_out.map(|(name, _)| name.as_str()).collect();
            if !names.is_empty() {
                add(&names.join(", "), &omission);
            }
        }
        table.0.values_mut().for_each(|line| line.conversations = 1);
        table
    }

    /// Adds a line, to the one that says the same of other conversations if there is one.
    pub fn add(&mut self, line: &OmissionLine) {
        let key = (line.scope.clone(), line.why.clone());
        let known = self.0.entry(key).or_insert(OmissionLine { conversations: 0, ..line.clone() });
        known.conversations += line.conversations;
    }

    /// The lines.
    pub fn lines(&self) -> impl Iterator<Item = &OmissionLine> {
        self.0.values()
    }
}

/// Whether nothing was left out.
fn is_note(omission: &Omission) -> bool {
    matches!(omission, Omission::Unexpected(_) | Omission::StartUp(_) | Omission::FailsUncut(_))
}

fn reason(name: &str, omission: &Omission) -> String {
    match omission {
        Omission::Planned(left_out) => left_out.to_string(),
        Omission::Budget(played, total) => format!("the time was up after {played} of {total}"),
        Omission::TooLong(needed) => format!(
            "one play takes about {:.1}s, which is longer than what is left of --budget; a smaller \
             --gap helps",
            needed.as_secs_f64()
        ),
        Omission::Hangs(played, total) => {
            format!("after {played} of {total}, since enough of them hung")
        }
        Omission::Ended(played, total) => {
            format!("nothing more could be played after {played} of {total}")
        }
        Omission::Returns(played, total) => {
            format!("after {played} of {total}, since the client connects again in each")
        }
        Omission::Impatient(deliveries) => format!(
            "not applicable to {}: the uncut conversation does not hold with the same pause before \
             the burst",
            counted(*deliveries, "delivery", "deliveries")
        ),
        Omission::OneClientAtATime(deliveries) => format!(
            "not applicable to {}: the cut breaks the conversation without the other client, or \
             the other client is not served, or changes an answer, between messages as well",
            counted(*deliveries, "delivery", "deliveries")
        ),
        Omission::Unreached(places) => {
            format!("{} beyond the end of a burst", counted(*places, "place", "places"))
        }
        Omission::Reconnects(plays) => format!(
            "in {} the client lost its connections, and it connects again, so it was not judged",
            counted(*plays, "play", "plays")
        ),
        Omission::Unexpected(connections) => format!(
            "the client also made {} that the script does not listen for",
            counted(*connections, "connection", "connections")
        ),
        Omission::StartUp(percent) => format!(
            "about {percent} % of the time went to the start of the client: a driver, which plays \
             it many times, saves that (--driver)"
        ),
        Omission::FailsUncut(end) => format!(
            "the client ends with {end} when nothing is cut: if that is right, say so with `exit`"
        ),
        Omission::Baseline => "the baseline does not hold".to_owned(),
        Omission::Gone => "the server is gone, or does not serve anybody any more".to_owned(),
        Omission::DependsOnAnswers => "what is sent depends on what was answered".to_owned(),
        Omission::Unconfirmed => {
            "it was seen, but the run was interrupted before it was confirmed".to_owned()
        }
        Omission::ToldAs(law) => format!("it was seen as well, and has the same cause as {law}"),
        Omission::ServesOne => {
            "not asked, because a fresh server answers its second client differently".to_owned()
        }
        Omission::NoTime => {
            "it was seen, but the time was up before it was confirmed: raise --budget".to_owned()
        }
        Omission::LostUnconfirmed => {
            "it was seen, but could not be confirmed, because the server is gone".to_owned()
        }
        Omission::NotAskedFor(law) => {
            format!("what was seen turned out to be {law}, which was not asked for")
        }
        Omission::Changed => {
            "the server answers differently than in the baseline; with --spawn it is started again"
                .to_owned()
        }
        Omission::NoConnection => "the conversation has no such connection".to_owned(),
        Omission::Unchecked => {
            "not checked, because recut does not see the process of this server".to_owned()
        }
        Omission::Alone => {
            "not checked, because each delivery has a server of its own (--fresh)".to_owned()
        }
        Omission::Unclear => {
            "not checked, because plays in between failed or took too long".to_owned()
        }
        Omission::OnlyUncut => "only `uncut` was asked for, so nothing was cut".to_owned(),
        Omission::OnlyBaseline => {
            "only the baseline was to be judged, so nothing was cut".to_owned()
        }
        Omission::NothingToCut => {
            "there is nothing to cut: no burst has more than one byte".to_owned()
        }
        Omission::NotTried => {
            let mut names = name.split(", ");
            let first = names.next().unwrap_or_default();
            let them = if names.next().is_some() { "them" } else { "it" };
            format!("if your protocol allows {them}: deliver +{first}")
        }
        Omission::NotProved(why) => not_proved(*why).to_owned(),
        Omission::NoSuchThing => "connections to this target can't be reset".to_owned(),
        Omission::OfServers => "not applicable to a client".to_owned(),
        Omission::OfClients => "not applicable to a server: it is asked of clients".to_owned(),
        Omission::NoLines => {
            "not checked, because no line of two bytes or more is sent to the client, and only a \
             line end says where a message ends"
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::checked;
    use super::*;

    fn left_out(name: &str, left_out: &[(&str, Omission)]) -> Checked {
        let left_out = left_out.iter().map(|(what, why)| ((*what).to_owned(), why.clone()));
        Checked { left_out: left_out.collect(), ..checked(name) }
    }

    #[test]
    fn each_kind_is_told_once_and_the_laws_nobody_looked_at_are_one() {
        let laws = [("spins", Omission::Unchecked), ("leaks", Omission::Unchecked)];
        let one = left_out("one\n", &[("", Omission::Baseline), ("pairs", Omission::Hangs(8, 99))]);
        let twice = ("pairs", Omission::Budget(3, 99));
        let two = left_out("two", &[&laws[..], &[twice.clone(), twice]].concat());
        let untried = ("joined, half-close", Omission::NotTried);
        let three = left_out("three", &[&laws[..], &[untried]].concat());
        let mut table = OmissionTable::default();
        for checked in [&one, &two, &three] {
            OmissionTable::of(checked).lines().for_each(|line| table.add(line));
        }
        for (conversation, why) in [("four", "a"), ("five", "b"), ("six", "b")] {
            table.add(&OmissionLine::not_played(conversation, why));
        }
        let told: Vec<String> = table.lines().map(OmissionLine::to_string).collect();
        assert_eq!(
            told,
            [
                "left out: all deliveries: the baseline does not hold (one\\n)",
                "left out: pairs: after 8 of 99, since enough of them hung (one\\n)",
                "left out: pairs: the time was up after 3 of 99 (two)",
                "left out: spins, leaks: not checked, because recut does not see the \
                 process of this server (2 conversations)",
                "not tried: joined, half-close (if your protocol allows them: deliver +joined) \
                 (three)",
                "left out: whole conversations: a (four)",
                "left out: whole conversations: b (2 conversations)",
            ]
        );
    }
}
