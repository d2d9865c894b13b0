//! Planted defects: what goes wrong in servers, one defect each, and the check that must catch it.
//!
//! The test beside this folder shows that the replay of the corpus catches each; the benchmark of
//! the fuzzer counts how many executions it takes to find it.

mod cores;
mod decoders;
mod harnesses;
mod languages;
mod loops;

use recut::testing::{
    BodyResult, Look, cuts_with, decode_with, play_with, script_with, shell_with,
};

/// A defect.
#[derive(Clone, Copy)]
pub(crate) struct Defect {
    /// Its name.
    pub(crate) name: &'static str,
    /// The fuzz target that must catch it.
    pub(crate) target: &'static str,
    /// The body of that target, around what is defective.
    pub(crate) check: fn(&[u8], Look) -> BodyResult,
}

macro_rules! defects {
    ($($target:literal { $($name:literal $check:expr;)+ })+) => {
        /// All of them, by target.
        pub(crate) const DEFECTS: &[Defect] = &[
            $($(Defect { name: $name, target: $target, check: $check },)+)+
        ];
    };
}

defects! {
    "decode" {
        "ill-formed-panics" decode_with::<decoders::PanicsOnIllFormed>;
        "cut-character-panics" decode_with::<decoders::PanicsOnCutCharacter>;
        "lossy-per-segment" decode_with::<decoders::LossyPerSegment>;
        "cut-3+1-after-ill-formed" decode_with::<decoders::CutAfterIllFormed>;
        "a-replacement-a-byte" decode_with::<decoders::ReplacementPerByte>;
        "buffer-without-bound" decode_with::<decoders::GrowsWithoutBound>;
        "tail-told-again" decode_with::<decoders::TellsTailAgain>;
        "tail-not-counted" decode_with::<decoders::DoesNotCountTail>;
    }
    "cuts" {
        "quit-only-when-alone" |s, l| cuts_with(cores::QuitOnlyAlone::default, s, l);
        "quit-inside-a-word" |s, l| cuts_with(cores::QuitInsideAWord::default, s, l);
        "crlf-not-joined" |s, l| cuts_with(cores::CrLfNotJoined::default, s, l);
        "byte-lost-at-1024" |s, l| cuts_with(cores::LosesAt1024::default, s, l);
        "echo-after-quit" |s, l| cuts_with(cores::EchoesAfterQuit::default, s, l);
        "state-kept" cores::state_kept;
        "whole-lines-only" |s, l| cuts_with(cores::WholeLines::default, s, l);
        "tail-lost" |s, l| cuts_with(cores::LosesTail::default, s, l);
        "quit-told-late" |s, l| cuts_with(cores::QuitsLate::default, s, l);
        "never-ends" |s, l| cuts_with(cores::NeverEnds::default, s, l);
        "quit-needs-newline" |s, l| cuts_with(cores::QuitNeedsNewline::default, s, l);
    }
    "shell" {
        "twice-after-interrupted" |s, l| shell_with(loops::twice_after_interrupted, s, l);
        "short-write-lost" |s, l| shell_with(loops::short_write_lost, s, l);
        "answer-not-flushed" |s, l| shell_with(loops::answer_not_flushed, s, l);
        "last-answer-not-flushed" |s, l| shell_with(loops::last_answer_not_flushed, s, l);
        "second-signal-ends-it" |s, l| shell_with(loops::second_signal_ends_it, s, l);
        "error-swallowed" |s, l| shell_with(loops::error_swallowed, s, l);
        "error-made-anew" |s, l| shell_with(loops::error_made_anew, s, l);
        "reads-after-quit" |s, l| shell_with(loops::reads_after_quit, s, l);
        "a-write-a-byte" |s, l| shell_with(loops::writes_each_byte, s, l);
    }
    "script" {
        "nul-not-printed" script_with::<languages::NulNotPrinted>;
        "columns-kept" script_with::<languages::ColumnsKept>;
        "error-behind-the-text" script_with::<languages::ErrorBehindText>;
        "first-line-only" script_with::<languages::FirstLineOnly>;
        "unresolved-behind-the-text" script_with::<languages::UnresolvedBehindText>;
        "error-in-another-text" script_with::<languages::ErrorInAnotherText>;
        "repeats-without-bound" script_with::<languages::RepeatsWithoutBound>;
    }
    "play" {
        "one-read-one-message" |s, l| play_with(harnesses::one_read_one_message, s, l);
        "finds-nothing" |s, l| play_with(harnesses::finds_nothing, s, l);
        "only-uncut" |s, l| play_with(harnesses::only_uncut, s, l);
        "accuses-everybody" |s, l| play_with(harnesses::accuses_everybody, s, l);
        "wrong-law" |s, l| play_with(harnesses::unrepeatable, s, l);
        "a-share-for-each-job" |s, l| play_with(harnesses::share_for_each_job, s, l);
        "answer-saved-as-claim" |s, l| play_with(harnesses::answer_saved_as_claim, s, l);
    }
}
