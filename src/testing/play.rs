//! The harness itself: any script, played against the echo in memory.

use std::num::NonZeroUsize;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;

use super::{Body, BodyResult, Look};
use crate::check::{Checked, Finding, Limits, Mismatch, Options, Player, Wanted, check_once};
use crate::delivery::{Delivery, Set, Shape, Word};
use crate::peer::{Target, TargetError};
use crate::protocol::Echo;
use crate::script::{Action, Conversation, Expected, Law, NoFiles, Payload, Script, literal};
use crate::text::stable_hash;

const ACCUSED: &str = "the echo is accused of nothing: what it answers uncut, it answers cut";
const VERDICT: &str = "it is found where a conversation does not hold uncut, and nowhere else";
const PLAYED: &str = "as many deliveries are played as there are, up to the limit";
const ORDER: &str = "the verdict does not depend on the order of work";
const SAVED: &str = "what is saved of a finding is a script that fails by itself";

pub(super) const BODY: Body = Body {
    name: "play",
    check: play,
    // A deep look samples other deliveries.
    replay: |text| play(text).and_then(|()| play_with(check_echo, text, Look::DEEP)),
    claims: &[ACCUSED, VERDICT, PLAYED, ORDER, SAVED],
    of_streams: false,
};

/// Each of these sets is legal with any conversation and with any `deliver` of its own.
const SETS: [Set; 7] =
    [Set::Uncut, Set::Written, Set::Bytes, Set::Single, Set::Pairs, Set::Drop, Set::Reset];

/// How many deliveries of a script a quick look plays, and a deep one.
const PLAYS: [u64; 2] = [40, 500];

/// Larger conversations are left to `recut check`: bytes that are sent and expected, and events.
const LARGEST: (usize, usize) = (4 << 10, 200);

/// Of the scripts that do not hold uncut only one in this many is made smaller and saved, since
/// that takes long.
const SAVE_ONE_OF: u64 = 16;

static ECHO: LazyLock<Target> = LazyLock::new(|| Target::memory("echo", Echo::default));

/// The harness plays what is written and ends. Its verdict does not depend on the order of its
/// work, and what it says of the echo is true.
///
/// # Errors
///
/// The claim that does not hold.
pub fn play(text: &[u8]) -> BodyResult {
    play_with(check_echo, text, Look::QUICK)
}

fn check_echo(conversation: &Conversation, options: &Options) -> Result<Checked, TargetError> {
    check_once(&ECHO, conversation, options)
}

/// The same for anything that checks a conversation.
///
/// # Errors
///
/// The claim that does not hold.
pub fn play_with(
    check: impl Fn(&Conversation, &Options) -> Result<Checked, TargetError>,
    text: &[u8],
    look: Look,
) -> BodyResult {
    let Some(text) = std::str::from_utf8(text).ok() else { return Ok(()) };
    let Ok(conversation) = Script::resolve("input", text, &[], &NoFiles) else { return Ok(()) };
    let Some(Uncut { holds, answered, cuts }) = uncut(&conversation) else { return Ok(()) };
    let hash = stable_hash(text.as_bytes());
    if !holds && !look.deep && !hash.is_multiple_of(SAVE_ONE_OF) {
        return Ok(());
    }
    let options = |jobs| Options {
        deliver: SETS.map(Word::Set).to_vec(),
        max: Some(PLAYS[usize::from(look.deep)]),
        seed: hash,
        confirm: 1,
        jobs: NonZeroUsize::new(jobs),
        ..Options::default()
    };
    let verdict = |conversation: &Conversation, jobs| check(conversation, &options(jobs));
    let (Ok(one), Ok(three)) = (verdict(&conversation, 1), verdict(&conversation, 3)) else {
        return look.claim(ACCUSED, false, || "the echo can't be reached".into());
    };
    // `$play` differs from play to play, and so may what depends on it.
    if text.contains("$play") {
        return Ok(());
    }
    for finding in &one.findings {
        look.claim(ACCUSED, finding.law == Law::Baseline, || shown(finding))?;
        let again = Conversation::parse("saved", &finding.script);
        let fails = again.is_ok_and(|saved| {
            verdict(&saved, 1).is_ok_and(|checked| !checked.findings.is_empty())
        });
        look.claim(SAVED, fails, || shown(finding))?;
    }
    let is_found = !one.findings.is_empty();
    // If nothing is answered, nothing is tested, and that may be a finding of its own.
    let is_right = is_found != holds || holds && !answered;
    look.claim(VERDICT, is_right, || format!("found {is_found}, holds {holds}"))?;
    let least = cuts.min(PLAYS[usize::from(look.deep)]);
    let played = one.tally.total();
    look.claim(PLAYED, is_found || played >= least, || format!("{played}, at least {least}"))?;
    let told = |checked: &Checked| {
        let findings: Vec<String> = checked.findings.iter().map(shown).collect();
        (findings, checked.tally, checked.left_out.clone())
    };
    let (one, three) = (told(&one), told(&three));
    look.claim(ORDER, one == three, || format!("alone {one:?}, side by side {three:?}"))
}

fn shown(finding: &Finding) -> String {
    let Finding { law, delivery, seen, script, .. } = finding;
    let Mismatch { demand, actual, then, .. } = seen;
    let actual = literal(actual);
    format!("{law} under {delivery}: {demand:?}, got {actual} {then:?}, saved {script:?}")
}

/// A conversation played uncut.
struct Uncut {
    holds: bool,
    /// Whether any byte was answered.
    answered: bool,
    /// How many single cuts there are.
    cuts: u64,
}

/// Plays a conversation uncut; `None` if it is a large one.
fn uncut(conversation: &Conversation) -> Option<Uncut> {
    let stop = AtomicBool::new(false);
    let mut player = Player::new(&ECHO, Limits::default(), &stop);
    let recorded = Wanted { transcript: true, ..Wanted::default() };
    let outcome = player.play(conversation, &Delivery::UNCUT, &Shape::default(), recorded).ok()?;
    let steps = &player.recording().steps;
    let length = |payload: &Payload| payload.known().map_or(0, |bytes| bytes.len());
    let (mut bytes, mut cuts) = (0, 0);
    for step in steps {
        match &step.action {
            Action::Send { payload, .. } => {
                bytes += length(payload);
                cuts += length(payload).saturating_sub(1) as u64;
            }
            Action::Expect { what: Expected::Exact(payload), .. } => bytes += length(payload),
            _ => {}
        }
    }
    let is_small = bytes <= LARGEST.0 && steps.len() <= LARGEST.1;
    let (holds, answered) = (outcome.mismatch.is_none(), outcome.answered);
    is_small.then_some(Uncut { holds, answered, cuts })
}
