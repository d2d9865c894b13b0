//! `truncates`: a client does not take a message that stops short for a whole one.

use super::{Rule, Seen, Trial, Unclear};
use crate::check::finding::{Demand, Mismatch, Then};
use crate::check::play::{Player, Wanted};
use crate::delivery::Ending;
use crate::peer::Abilities;
use crate::script::{Law, Place};

/// The law. It is looked at where a connection vanishes inside a line: its line end is what says
/// where a message ends.
pub(super) struct Truncates;

impl Rule for Truncates {
    fn seen(&self, player: &mut Player<'_>, trial: Trial<'_>) -> Seen {
        let Trial { conversation, shape, delivery, .. } = trial;
        let Ending::Vanish { at, .. } = delivery.ending else { return Ok(None) };
        let Some(uncut) = conversation.result.as_ref().filter(|_| shape.is_inside_line(at)) else {
            return Ok(None);
        };
        let wanted = Wanted { transcript: true, ..trial.wanted() };
        let played = player.play(conversation, delivery, shape, wanted).map_err(|_| Unclear)?;
        let recording = player.recording();
        let is_judged = played.mismatch.is_none() && !played.reconnects && played.skipped == 0;
        if !is_judged {
            return Err(Unclear);
        }
        if recording.result.as_ref() != Some(uncut) {
            return Ok(None);
        }
        let last = recording.sent.last().and_then(|sent| sent.step.checked_sub(1));
        let step = last.and_then(|step| recording.steps.get(step));
        let place = step.map_or(Place::default(), |step| step.place);
        let how = match &uncut.end {
            Some(end) => format!("it ended as in the uncut conversation ({end})"),
            None => "it answered as in the uncut conversation".to_owned(),
        };
        let demand = Demand::AnotherResult;
        let mut mismatch =
            Mismatch::of_answer(place, at.connection, demand, &uncut.output, Then::Ended(how));
        mismatch.law = Law::Truncates;
        Ok(Some(mismatch.in_plays(player.watched())))
    }

    fn applies(&self, abilities: Abilities) -> bool {
        abilities.connects
    }
}
