//! A check with options, in the words of the command line.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use regex::bytes::Regex;

use super::into_target::{IntoTarget, name_of};
use crate::check::{Checked, Omission, Options, Unchecked, check_once, fit};
use crate::delivery::{Set, Word, contradiction};
use crate::peer::Target;
use crate::protocol::Protocol;
use crate::script::{Conversation, FileSystem, LawWord, LoadError, Script, load, load_stream};

/// How messages call a script that is given as a text.
const SCRIPT: &str = "script";

/// A check with options. They have the names and the words of those of `recut check`, and the same
/// defaults; what a script says itself is changed by them.
///
/// A word that is wrong is a mistake in the test, and panics at once.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use recut::{Check, Law, Tutorial};
///
/// let check = Check::new(Tutorial::default)
///     .deliver("single +bytes")
///     .laws("-starves")
///     .timeout(Duration::from_secs(1))
///     .define("who", "Zoë");
/// let checked = check.run("> $who \"\\n\"\n< $who \"\\n\"\n")?;
/// assert_eq!(checked.findings()[0].law(), Law::CutOff);
/// # Ok::<(), recut::LoadError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is played before `run`"]
pub struct Check {
    pub(super) target: Target,
    pub(super) options: Options,
    define: Vec<(String, Vec<u8>)>,
    /// Whether what holds must be proved to hold.
    proves: bool,
}

impl<T: IntoTarget> From<T> for Check {
    fn from(target: T) -> Self {
        Self::new(target)
    }
}

impl Check {
    /// A check with the defaults.
    pub fn new(target: impl IntoTarget) -> Self {
        let (options, define) = (Options::default(), Vec::new());
        Self { target: target.into_target(), options, define, proves: false }
    }

    /// A check as [`prove`](crate::prove) makes it: `every` is added to the deliveries, and what
    /// holds must be proved to hold.
    ///
    /// # Examples
    ///
    /// ```
    /// use recut::{Check, Echo};
    ///
    /// let check = Check::proving(Echo::default).deliver("+half-close");
    /// check.run("> \"hello\\n\"\n< \"hello\\n\"\n")?.assert();
    /// # Ok::<(), recut::LoadError>(())
    /// ```
    pub fn proving<P, C>(connect: C) -> Self
    where
        P: Protocol + Clone + Eq + Send + 'static,
        C: Fn() -> P + Send + Sync + 'static,
    {
        let target = Target::cloneable(name_of::<P>(), connect);
        Self { proves: true, ..Self::new(target) }
    }

    /// Deliveries, as in `--deliver`: plain words replace the default list, `+word` and `-word`
    /// change it, and the `@` words of a list are one delivery. A second list is applied after the
    /// first.
    ///
    /// # Panics
    ///
    /// If a word is not a delivery.
    ///
    /// # Examples
    ///
    /// ```
    /// use recut::{Check, Echo};
    ///
    /// let checked = Check::new(Echo::default).deliver("bytes").run("> \"é\"\n< \"é\"\n")?;
    /// assert_eq!(checked.deliveries(), 2, "uncut, and byte by byte");
    /// # Ok::<(), recut::LoadError>(())
    /// ```
    #[track_caller]
    pub fn deliver(mut self, list: &str) -> Self {
        let words: Vec<Word> = words("deliver", list);
        if let Some(found) = contradiction(&words) {
            panic!("deliver: {found}");
        }
        self.options.deliver.extend(words);
        self
    }

    /// Laws, as in `--laws`: plain words replace the default list, `+word` and `-word` change it.
    /// A second list is applied after the first.
    ///
    /// # Panics
    ///
    /// If a word is not a law.
    #[track_caller]
    pub fn laws(mut self, list: &str) -> Self {
        let words: Vec<LawWord> = words("laws", list);
        self.options.laws.extend(words);
        self
    }

    /// The most plays of a conversation; by default 10,000 in memory and 1,000 elsewhere.
    pub fn max(mut self, plays: u64) -> Self {
        self.options.max = Some(plays);
        self
    }

    /// The time for the search in a conversation; by default a minute.
    ///
    /// # Panics
    ///
    /// If it is zero: then nothing would be played.
    #[track_caller]
    pub fn budget(mut self, budget: Duration) -> Self {
        assert!(!budget.is_zero(), "budget: without time nothing is played");
        self.options.budget = budget;
        self
    }

    /// What sampling and random deliveries are made from; by default 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    /// How often a finding is replayed; by default 3 times.
    pub fn confirm(mut self, replays: u32) -> Self {
        self.options.confirm = replays;
        self
    }

    /// How many plays run side by side; by default as many as there are processors in memory, and
    /// one elsewhere.
    ///
    /// # Panics
    ///
    /// If it is zero.
    #[track_caller]
    pub fn jobs(mut self, jobs: usize) -> Self {
        let jobs = NonZeroUsize::new(jobs);
        self.options.jobs = Some(jobs.expect("jobs: without any nothing is played"));
        self
    }

    /// How long an expectation may take; by default what the script says in `timeout`, else 5 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// How long to wait at a cut that can't be confirmed; by default 20 ms.
    pub fn gap(mut self, gap: Duration) -> Self {
        self.options.limits.gap = gap;
        self
    }

    /// How long a silent server counts as quiet; by default 200 ms.
    pub fn quiet_for(mut self, silence: Duration) -> Self {
        self.options.limits.quiet_for = silence;
        self
    }

    /// Takes what matches out of the answer to a raw stream before it is compared.
    ///
    /// # Panics
    ///
    /// If the pattern is not a regular expression.
    #[track_caller]
    pub fn ignore(mut self, pattern: &str) -> Self {
        match Regex::new(pattern) {
            Ok(pattern) => self.options.limits.ignore.push(pattern),
            Err(error) => panic!("ignore: {error}"),
        }
        self
    }

    /// Starts the server anew for every play.
    pub fn fresh(mut self) -> Self {
        self.options.fresh = true;
        self
    }

    /// Servers answer nothing to scripts that expect nothing: what is sent must be read.
    pub fn one_way(mut self) -> Self {
        self.options.one_way = true;
        self
    }

    /// Sets a variable of the script, as `-D` does; it wins over its `let`. A script that does not
    /// use it is not changed by it.
    ///
    /// # Panics
    ///
    /// If it is not the name of a variable.
    #[track_caller]
    pub fn define(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        assert!(is_name, "define: `{name}` is not the name of a variable: letters, digits and `_`");
        self.define.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// Plays a script. Paths in it are relative to the current folder.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the script. A server that can't be started or reached is no
    /// error here: then nothing could be judged, and [`Checked::assert`] says why.
    ///
    /// # Panics
    ///
    /// If the laws leave nothing to judge, or if the script can't be played with the target: it
    /// sends a reset where there are none, or it can't be mirrored for a client.
    #[track_caller]
    pub fn run(&self, script: &str) -> Result<Checked, LoadError> {
        let parsed = Script::resolve(SCRIPT, script, &self.define, &FileSystem);
        let conversation = parsed.map_err(LoadError::Script)?;
        Ok(self.run_conversation(&conversation))
    }

    /// Plays a file: a script, whose own paths are relative to it; or, if its name does not end in
    /// `.recut`, a raw stream, which is sent as it is, and whose answer must not depend on the
    /// delivery.
    ///
    /// # Errors
    ///
    /// If the file can't be read; or everything that is wrong with the script.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    ///
    /// # Examples
    ///
    /// ```
    /// use recut::{Check, Echo};
    ///
    /// let path = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/conversations/greeting.recut");
    /// Check::new(Echo::default).run_file(path)?.assert();
    /// # Ok::<(), recut::LoadError>(())
    /// ```
    #[track_caller]
    pub fn run_file(&self, path: impl AsRef<Path>) -> Result<Checked, LoadError> {
        let conversation = self.conversation(path.as_ref())?;
        Ok(self.run_conversation(&conversation))
    }

    /// Plays a conversation that was parsed, or made, before.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    ///
    /// # Examples
    ///
    /// ```
    /// use recut::{Check, Conversation, Echo};
    ///
    /// let greet = Conversation::parse("greet", "> \"Zoë\\n\"\n< \"Zoë\\n\"\n").unwrap();
    /// Check::new(Echo::default).run_conversation(&greet).assert();
    /// ```
    #[track_caller]
    pub fn run_conversation(&self, conversation: &Conversation) -> Checked {
        let (target, name) = (&self.target, &conversation.name);
        assert!(
            !self.options.judges_nothing(conversation),
            "{name}: `laws` leave nothing to judge: name a law, or remove fewer of them"
        );
        let mut conversation = conversation.clone();
        if let Err(unfit) = fit(target, &mut conversation) {
            panic!("{unfit}");
        }
        let conversation = &conversation;
        let mut options = self.options.clone();
        if self.proves {
            options.deliver.push(Word::Plus(Set::Every));
        }
        match check_once(target, conversation, &options) {
            Ok(checked) if self.proves => proved(checked),
            Ok(checked) => checked,
            Err(error) => Checked {
                unchecked: Some(Unchecked::NotReached(error.to_string())),
                ..Checked::nothing(conversation, target.option(), self.options.seed)
            },
        }
    }

    /// What a file says, with the variables that were set.
    pub(super) fn conversation(&self, path: &Path) -> Result<Conversation, LoadError> {
        match path.extension().is_some_and(|extension| extension == "recut") {
            true => load(path, &self.define),
            false => load_stream(path),
        }
    }
}

/// The same, but nothing is known of what holds and was not proved to hold.
fn proved(checked: Checked) -> Checked {
    let holds = checked.proof.as_ref().is_some_and(|proof| proof.holds);
    if holds || !checked.findings.is_empty() || checked.unchecked.is_some() {
        return checked;
    }
    let why = checked.left_out.iter().find_map(|(_, omission)| match omission {
        Omission::NotProved(why) => Some(*why),
        _ => None,
    });
    Checked { unchecked: Some(Unchecked::NotProved(why)), ..checked }
}

/// The words of a list, as the command line takes them apart.
#[track_caller]
fn words<T>(option: &str, list: &str) -> Vec<T>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    let mut words = Vec::new();
    for word in list.split([',', ' ']).filter(|word| !word.is_empty()) {
        match word.parse() {
            Ok(word) => words.push(word),
            // Not from a closure, so that the panic names the line of the caller.
            Err(why) => panic!("{option}: `{word}`: {why}"),
        }
    }
    assert!(!words.is_empty(), "{option}: expected at least one word");
    words
}
