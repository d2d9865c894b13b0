//! A play in which a law was seen broken, as it went.

use std::time::Duration;

use super::transcript::{Transcript, TranscriptEvent};

/// How many bytes of one answer are kept: what is sent is known, and bounded by the script.
const BYTES: usize = 64 * 1024;

/// How many events are kept at the beginning of a play, and as many at its end.
const EVENTS: usize = 2048;

/// A play in which a law was seen broken, or one before it that led to that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObservedPlay {
    /// The delivery, in `@` words.
    pub delivery: String,
    /// The names of the connections, by their index.
    pub connections: Vec<String>,
    /// What was observed, in order. Of what arrived at once the first 64 KiB are kept.
    pub transcript: Transcript,
    /// How many events were left out in the middle: none, but for plays of very many segments.
    pub left_out: usize,
    /// Before which of the events that are kept they were left out.
    pub left_out_before: usize,
    /// Whether it took real time: a core in memory is played in virtual time.
    pub is_timed: bool,
}

impl ObservedPlay {
    /// A play as it was observed; what is too much to be kept is left out.
    pub(in crate::check) fn new(
        delivery: String,
        connections: &[String],
        transcript: &Transcript,
        is_timed: bool,
    ) -> Self {
        let Transcript { events, times } = transcript;
        let left_out = events.len().saturating_sub(2 * EVENTS);
        let is_kept = |at: usize| left_out == 0 || at < EVENTS || at >= EVENTS + left_out;
        let (mut kept, mut left_out_before) = (Transcript::default(), 0);
        for (at, (event, time)) in events.iter().zip(times).enumerate() {
            if at == EVENTS {
                left_out_before = kept.events.len();
            }
            if is_kept(at) {
                let (event, not_kept) = clipped(event);
                kept.push(*time, event);
                not_kept.into_iter().for_each(|event| kept.push(*time, event));
            }
        }
        let connections = connections.to_vec();
        Self { delivery, connections, transcript: kept, left_out, left_out_before, is_timed }
    }

    /// Whether nothing was cut in it.
    pub fn is_uncut(&self) -> bool {
        self.delivery == "uncut"
    }

    /// Its events, each with the time at which it was observed.
    pub fn timed_events(&self) -> impl Iterator<Item = (Duration, &TranscriptEvent)> {
        self.transcript.times.iter().copied().zip(&self.transcript.events)
    }
}

/// The event as it is kept, and what tells how much of it is not.
fn clipped(event: &TranscriptEvent) -> (TranscriptEvent, Option<TranscriptEvent>) {
    match event {
        TranscriptEvent::Received(connection, bytes) if bytes.len() > BYTES => {
            let kept = TranscriptEvent::Received(*connection, bytes[..BYTES].to_vec());
            (kept, Some(TranscriptEvent::NotKept(*connection, bytes.len() - BYTES)))
        }
        event => (event.clone(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_left_out_in_the_middle() {
        let observed = |events: usize| {
            let mut transcript = Transcript::default();
            for at in 0..events {
                let time = Duration::from_millis(at as u64);
                transcript.push(time, TranscriptEvent::Sent(0, vec![0]));
            }
            ObservedPlay::new("uncut".to_owned(), &[String::new()], &transcript, true)
        };
        let few = observed(2 * EVENTS);
        assert_eq!((few.left_out, few.timed_events().count()), (0, 2 * EVENTS));
        let many = observed(2 * EVENTS + 3);
        assert_eq!((many.left_out, many.timed_events().count()), (3, 2 * EVENTS));
        assert_eq!(many.left_out_before, EVENTS);
        let times: Vec<u128> = many
            .timed_events()
            .map(|(time, _)| time.as_millis())
            .skip(EVENTS - 1)
            .take(2)
            .collect();
        assert_eq!(times, [EVENTS as u128 - 1, EVENTS as u128 + 3]);
    }

    #[test]
    fn of_a_long_answer_the_beginning_is_kept() {
        let mut transcript = Transcript::default();
        transcript.push(Duration::ZERO, TranscriptEvent::Received(0, vec![b'x'; BYTES + 1]));
        let observed = ObservedPlay::new(String::new(), &[], &transcript, false);
        let kept = TranscriptEvent::Received(0, vec![b'x'; BYTES]);
        assert_eq!(observed.transcript.events, [kept, TranscriptEvent::NotKept(0, 1)]);
    }
}
