//! What a check is asked to do.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::play::Limits;
use crate::delivery::{Choice, PlaceWord, Set, Word};
use crate::peer::Target;
use crate::script::{Conversation, Law, LawWord, apply_laws};

/// The most plays of a conversation in memory, unless something else is said.
const MAX_IN_MEMORY: u64 = 10_000;

/// The most plays of a conversation elsewhere, unless something else is said.
const MAX_ELSEWHERE: u64 = 1_000;

/// What a check is asked to do; the defaults are those of the command line.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long plays wait, and for what.
    pub limits: Limits,
    /// Wins over the timeout of a script.
    pub timeout: Option<Duration>,
    /// Changes to the deliveries; they are applied after those of a script.
    pub deliver: Vec<Word>,
    /// Changes to the laws; they are applied after those of a script.
    pub laws: Vec<LawWord>,
    /// The most plays of a conversation; 10,000 in memory and 1,000 elsewhere by default.
    pub max: Option<u64>,
    /// The time for the search in a conversation.
    pub budget: Duration,
    /// What sampling and random deliveries are made from.
    pub seed: u64,
    /// How often a finding is replayed.
    pub confirm: u32,
    /// Whether a server of ours is started anew for every play.
    pub fresh: bool,
    /// Whether servers answer nothing to scripts that expect nothing: of those the laws
    /// [`Law::ONE_WAY`] are looked at.
    pub one_way: bool,
    /// How many plays run side by side; by default one for each processor in memory, and one
    /// elsewhere.
    pub jobs: Option<NonZeroUsize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            timeout: None,
            deliver: Vec::new(),
            laws: Vec::new(),
            max: None,
            budget: Duration::from_secs(60),
            seed: 0,
            confirm: 3,
            fresh: false,
            one_way: false,
            jobs: None,
        }
    }
}

impl Options {
    pub(super) fn max_plays(&self, target: &Target) -> u64 {
        let default = if target.abilities().virtual_time { MAX_IN_MEMORY } else { MAX_ELSEWHERE };
        self.max.unwrap_or(default)
    }

    pub(super) fn jobs(&self, target: &Target) -> usize {
        let one = NonZeroUsize::MIN;
        let default = if target.abilities().virtual_time {
            std::thread::available_parallelism().unwrap_or(one)
        } else {
            one
        };
        self.jobs.unwrap_or(default).get()
    }

    /// The deliveries of a conversation: the default, changed by its script, then by the options.
    pub(super) fn choice<'a>(
        &'a self,
        conversation: &'a Conversation,
        target: &Target,
    ) -> (Choice, Vec<&'a PlaceWord>) {
        let mut sets = vec![Set::Uncut, Set::Written, Set::Bytes, Set::Single, Set::Drop];
        if target.abilities().virtual_time {
            sets.extend([Set::Pairs, Set::All]);
        }
        if target.abilities().shared {
            sets.push(Set::Interleaved);
        }
        let mut choice = Choice::new(&sets);
        let mut unknown = Vec::new();
        let statements = conversation.settings.deliver.iter().map(Vec::as_slice);
        for words in statements.chain([self.deliver.as_slice()]) {
            unknown.extend(choice.apply(words, &conversation.connections).err());
        }
        (choice, unknown)
    }

    /// The sets that not every protocol allows, less those that a list names; none if a list
    /// replaces the default, since whoever wrote it has chosen.
    pub(super) fn untried(&self, conversation: &Conversation) -> Vec<Set> {
        let lists = conversation.settings.deliver.iter().chain([&self.deliver]);
        let mut sets = vec![Set::Joined, Set::HalfClose];
        for word in lists.flatten() {
            match word {
                Word::Set(_) | Word::Place(_) => sets.clear(),
                Word::Plus(named) | Word::Minus(named) => sets.retain(|set| set != named),
            }
        }
        sets
    }

    /// Whether the lists of laws leave nothing to judge: all that is left is the baseline, which
    /// can't be removed, and nobody has named it.
    pub fn judges_nothing(&self, conversation: &Conversation) -> bool {
        let lists = conversation.settings.laws.iter().chain([&self.laws]);
        let baseline = [LawWord::Only(Law::Baseline), LawWord::Plus(Law::Baseline)];
        let is_named = lists.flatten().any(|word| baseline.contains(word));
        !is_named && self.laws(conversation) == [Law::Baseline]
    }

    /// The laws that are looked at in a conversation.
    pub(super) fn laws(&self, conversation: &Conversation) -> Vec<Law> {
        if self.one_way && conversation.expects_nothing() {
            return Law::ONE_WAY.to_vec();
        }
        let mut laws: Vec<Law> = Law::ALL.into_iter().filter(|law| law.is_default()).collect();
        let statements = conversation.settings.laws.iter().map(Vec::as_slice);
        for words in statements.chain([self.laws.as_slice()]) {
            apply_laws(words, &mut laws);
        }
        laws
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_asked_for_was_not_tried() {
        let untried = |script: &str, option: &str| {
            let conversation = Conversation::parse("s", &format!("{script}\n> \"a\"\n")).unwrap();
            let words = option.split_terminator(',').map(|word| word.parse().unwrap());
            let options = Options { deliver: words.collect(), ..Options::default() };
            options.untried(&conversation)
        };
        assert_eq!(untried("", ""), [Set::Joined, Set::HalfClose]);
        assert_eq!(untried("deliver +reset -drop", "+joined"), [Set::HalfClose]);
        assert_eq!(untried("deliver -half-close", ""), [Set::Joined]);
        assert_eq!(untried("deliver +joined", "+half-close"), []);
        assert_eq!(untried("deliver uncut", ""), []);
        assert_eq!(untried("", "cut@1"), []);
    }

    #[test]
    fn laws_that_leave_nothing_to_judge() {
        let judges_nothing = |script: &str, option: &str| {
            let conversation = Conversation::parse("s", &format!("{script}\n> \"a\"\n")).unwrap();
            let words = option.split_terminator(',').map(|word| word.parse().unwrap());
            let options = Options { laws: words.collect(), ..Options::default() };
            options.judges_nothing(&conversation)
        };
        let all = Law::ALL.map(|law| format!("-{law}"));
        assert!(judges_nothing("", &all.join(",")));
        assert!(judges_nothing(&format!("laws {}", all.join(" ")), ""));
        assert!(judges_nothing("laws hangs", "-hangs"));
        for (script, option) in
            [("", ""), ("laws baseline", ""), ("laws hangs", ""), ("laws hangs", "baseline")]
        {
            assert!(!judges_nothing(script, option), "{script}, {option}");
        }
        assert!(!judges_nothing("", &all[1..].join(",")));
    }
}
