//! `recut play`

use super::args::PlayArgs;
use super::load;
use super::output::Output;
use super::signals::interrupts;
use super::target::{options, targets};
use super::{Exit, Failed};
use crate::check::{Mismatch, Player, Waits, Wanted, baseline_broken};
use crate::delivery::{Delivery, Ending, Order, Set, Shape, Word};
use crate::report::caret::Caret;
use crate::report::words;
use crate::script::Conversation;
use crate::text::{print_duration, visible};

pub(super) fn run(args: &PlayArgs, output: &Output) -> Result<Exit, Failed> {
    let common = &args.common;
    let loaded = load::conversation(&args.path, false, &common.define);
    let mut conversation = loaded.map_err(|error| load::failed(&error))?;
    load::warn_of_unused(&common.define, std::slice::from_ref(&conversation), output);
    let target = targets(common, std::slice::from_mut(&mut conversation), false)?.remove(0);
    if common.timeout.is_some() {
        conversation.settings.timeout = common.timeout;
    }
    let stop = interrupts()?;
    let mut player = Player::new(&target, options(common).limits, &stop);
    let delivery = delivery(&conversation)?;
    let recorded = Wanted { transcript: true, waits: Waits::FULL, ..Wanted::default() };
    let failed = |error: crate::peer::TargetError| Failed::unreachable(error.to_string());
    let mut shape = Shape::default();
    if delivery.ending == Ending::HalfClose {
        // Only a play shows which burst is the last.
        player.play(&conversation, &Delivery::UNCUT, &shape, recorded).map_err(failed)?;
        shape = player.recording().shape();
    }
    let played = player.play(&conversation, &delivery, &shape, recorded).map_err(failed)?;
    let script = player.recording().transcript.to_script(&conversation.connections);
    let words = delivery.words(&conversation.connections);
    output.line(&format!("# {words} against {}", visible(&target.to_string())));
    if let Some(timeout) = conversation.settings.timeout {
        output.line(&format!("timeout {}", print_duration(timeout)));
    }
    output.line(script.to_string().trim_end());
    if player.is_stopped() {
        return Ok(Exit::Interrupted);
    }
    let vanishes = matches!(delivery.ending, Ending::Vanish { .. });
    let mut mismatch = match vanishes {
        true => played.mismatch,
        false => baseline_broken(&conversation, &played),
    };
    if mismatch.is_none() && vanishes {
        // A client vanished: the next one must still be served.
        let fresh = player.play(&conversation, &Delivery::UNCUT, &shape, Wanted::default());
        mismatch = fresh.map_err(failed)?.mismatch;
    }
    Ok(match mismatch {
        None => Exit::Held,
        Some(mismatch) => {
            output.note(&message(&conversation, &mismatch));
            Exit::Broken
        }
    })
}

/// The delivery that the script asks for, if it asks for one; else the script as it is written.
fn delivery(conversation: &Conversation) -> Result<Delivery, Failed> {
    let mut choice = crate::delivery::Choice::new(&[]);
    for words in &conversation.settings.deliver {
        let is_place = |word: &Word| matches!(word, Word::Place(_));
        let is_change = |word: &Word| matches!(word, Word::Plus(_) | Word::Minus(_));
        if words.iter().any(is_change) && !words.iter().any(is_place) {
            // Words that only change the default list do not choose one delivery.
            continue;
        }
        choice.apply(words, &conversation.connections).map_err(|place| {
            Failed::usage(format!(
                "{}: the script has no connection for `{place}`",
                conversation.name
            ))
        })?;
    }
    if let Some(delivery) = choice.explicit.first() {
        if delivery.order == Order::Joined && !conversation.has_static_sends() {
            return Err(Failed::usage(
                "`joined` is not possible here: what is sent depends on earlier answers",
            ));
        }
        return Ok(delivery.clone());
    }
    Ok(match choice.sets[..] {
        [Set::Uncut] => Delivery::UNCUT,
        [Set::Bytes] => Delivery::BYTES,
        [Set::Joined] => Delivery::JOINED,
        [Set::HalfClose] => Delivery::HALF_CLOSE,
        _ => Delivery::WRITTEN,
    })
}

fn message(conversation: &Conversation, mismatch: &Mismatch) -> String {
    let source = &conversation.sources[mismatch.place.source];
    let span = mismatch.place.span;
    let (expected, actual) = (words::expected(&mismatch.demand), words::actual_then(mismatch));
    let help = format!("expected {expected}, actual {actual}");
    let caret = Caret {
        title: "this expectation is not met",
        id: Some(mismatch.law.name()),
        path: &source.name,
        text: &source.text,
        span: span.start..span.end,
        label: "",
        help: Some(&help),
    };
    caret.render(true)
}
