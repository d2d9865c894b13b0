//! The same conversation from the other side: what was sent is expected, what was expected is
//! sent.

use super::accepted::Port;
use super::conversation::{Action, Conversation, Expected, Op, Payload, Piece, Step};
use super::error::{ScriptError, ScriptErrorKind as Kind};
use super::source::Place;
use super::syntax::Close;
use super::{PREDEFINED, expected_text};
use crate::delivery::Word;

/// The slot of `$play`.
const PLAY: usize = PREDEFINED.len() - 1;

impl Conversation {
    /// The conversation for a client: its connections are accepted, and both sides have changed
    /// their parts.
    ///
    /// # Errors
    ///
    /// If it expects something that names no bytes to send, if what the client would have to say
    /// differs in each play, if it is a raw stream, or if it asks for a delivery at a place.
    ///
    /// # Examples
    ///
    /// ```
    /// use recut::Conversation;
    ///
    /// let script = Conversation::parse("greet", "> \"hi\\n\"\n< \"hello\\n\"\n").unwrap();
    /// assert!(script.mirrored().is_ok());
    /// let pattern = Conversation::parse("greet", "> \"hi\\n\"\n< line\n").unwrap();
    /// assert!(pattern.mirrored().unwrap_err().to_string().contains("names no bytes to send"));
    /// ```
    #[doc(hidden)]
    pub fn mirrored(&self) -> Result<Self, ScriptError> {
        let first = self.steps().next().map_or(Place::default(), |step| step.place);
        if self.raw {
            return Err(self.not_mirrored(first, "a raw stream says only one side"));
        }
        let is_place = |word: &Word| matches!(word, Word::Place(_));
        if self.settings.deliver.iter().flatten().any(is_place) {
            return Err(self.not_mirrored(first, "an `@` word speaks of what the other side sends"));
        }
        let mut known = vec![false; self.connections.len()];
        let mut mirrored = Self {
            ops: self.mirrored_ops(&self.ops, &mut known)?,
            ports: vec![Port { name: String::new(), slot: None }],
            ..self.clone()
        };
        (mirrored.settings.spawn, mirrored.settings.ready) = (None, None);
        Ok(mirrored)
    }

    /// The burst of a connection, from 1, and the place in it, to which an offset in all that is
    /// sent there belongs. None if there is no such byte, if it begins a burst, or if not all bytes
    /// are known.
    #[doc(hidden)]
    pub fn place_in_bursts(&self, connection: usize, offset: usize) -> Option<(usize, usize)> {
        let (mut burst, mut begin, mut end) = (0, 0, 0);
        let mut is_open = false;
        for step in self.steps() {
            match &step.action {
                Action::Pause(_) => {}
                Action::Send { payload, ending } if step.connection == connection => {
                    let length = payload.known()?.len();
                    if length > 0 && !is_open {
                        (burst, begin) = (burst + 1, end);
                    }
                    end += length;
                    if offset < end {
                        return (offset > begin).then(|| (burst, offset - begin));
                    }
                    is_open = (is_open || length > 0) && ending.is_none();
                }
                _ => is_open = false,
            }
        }
        None
    }

    fn mirrored_ops(&self, ops: &[Op], known: &mut [bool]) -> Result<Vec<Op>, ScriptError> {
        let mut mirrored = Vec::new();
        for op in ops {
            match op {
                Op::Let { .. } => mirrored.push(op.clone()),
                Op::Repeat { times, index, body, place } => {
                    let body = self.mirrored_ops(body, known)?;
                    let (times, index, place) = (*times, *index, *place);
                    mirrored.push(Op::Repeat { times, index, body, place });
                }
                Op::Step(step) => {
                    let is_pause = matches!(step.action, Action::Pause(_));
                    let is_known = is_pause || std::mem::replace(&mut known[step.connection], true);
                    if !is_known && !matches!(step.action, Action::Open) {
                        mirrored.push(Op::Step(Step { action: Action::Listen(0), ..step.clone() }));
                    }
                    for action in self.mirrored_step(step)? {
                        mirrored.push(Op::Step(Step { action, ..step.clone() }));
                    }
                }
            }
        }
        Ok(mirrored)
    }

    fn mirrored_step(&self, step: &Step) -> Result<Vec<Action>, ScriptError> {
        let send = |ending| {
            let payload = Payload::default();
            Ok(vec![Action::Send { payload, ending: Some(ending) }])
        };
        match &step.action {
            Action::Open | Action::Listen(_) => Ok(vec![Action::Listen(0)]),
            Action::Pause(_) => Ok(Vec::new()),
            Action::Send { payload, ending } => {
                if payload.pieces.contains(&Piece::Variable(PLAY)) {
                    let why = "the client can't know the $play of recut";
                    return Err(self.not_mirrored(step.place, why));
                }
                let pieces = payload.pieces.iter().filter(|piece| **piece != Piece::Pin);
                let exact = Payload { pieces: pieces.cloned().collect() };
                let exact = (!exact.pieces.is_empty()).then_some(Expected::Exact(exact));
                let end = ending.map(|ending| match ending {
                    Close::Eof => Expected::Eof,
                    Close::Close | Close::Reset => Expected::Closed,
                });
                let expect = |what| Action::Expect { what, within: None };
                Ok(exact.into_iter().chain(end).map(expect).collect())
            }
            Action::Expect { what, .. } => match what {
                Expected::Exact(payload) => {
                    Ok(vec![Action::Send { payload: payload.clone(), ending: None }])
                }
                Expected::Eof | Expected::CleanEof => send(Close::Eof),
                Expected::Closed => send(Close::Close),
                Expected::Reset => send(Close::Reset),
                Expected::Silence(_) => Ok(Vec::new()),
                what => {
                    let why = format!("`{}` names no bytes to send", expected_text(self, what));
                    Err(self.not_mirrored(step.place, &why))
                }
            },
        }
    }

    fn not_mirrored(&self, place: Place, why: &str) -> ScriptError {
        let source = &self.sources[place.source.min(self.sources.len() - 1)];
        ScriptError::new(source, place.span, Kind::NotMirrored(why.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mirrored(text: &str) -> Result<String, String> {
        let conversation = Conversation::parse("s", text).unwrap();
        let mirrored = conversation.mirrored().map_err(|error| error.kind().to_string())?;
        Ok(mirrored.to_script().to_string())
    }

    #[test]
    fn both_sides_change_their_parts() {
        let text = "> \"a\\n\" | \"b\\n\"\n< \"c\\n\"\nbob < \"hi\"\npause 1ms\nbob < silence 1ms\n\
                    > eof\n< eof\nbob > close\nopen bob\nbob > reset\n";
        let there = "listen\n< \"a\\n\" \"b\\n\"\n> \"c\\n\"\nlisten bob\nbob > \"hi\"\n\
                     < eof\n> eof\nbob < closed\nlisten bob\nbob < closed\n";
        assert_eq!(mirrored(text).unwrap(), there);
        let repeated = "repeat 2 as i\n  > \"n=\" $i \"\\n\"\n  < \"n\\n\"\nend\n";
        let there = "listen\n< \"n=1\\n\"\n> \"n\\n\"\n< \"n=2\\n\"\n> \"n\\n\"\n";
        assert_eq!(mirrored(repeated).unwrap(), there);
    }

    #[test]
    fn a_place_in_what_is_sent_is_in_one_of_its_bursts() {
        let text = "> \"abc\"\n> \"de\"\nbob > \"z\"\n> \"fg\"\n< \"x\"\n> \"h\"\n";
        let conversation = Conversation::parse("s", text).unwrap();
        let place = |offset| conversation.place_in_bursts(0, offset);
        assert_eq!([0, 1, 3, 4].map(place), [None, Some((1, 1)), Some((1, 3)), Some((1, 4))]);
        assert_eq!([5, 6, 7, 8].map(place), [None, Some((2, 1)), None, None]);
    }

    #[test]
    fn what_names_no_bytes_can_not_be_sent() {
        for (text, why) in [
            ("> \"a\"\n< line\n", "`line` names no bytes to send"),
            ("> \"a\"\n< 3 bytes\n", "`3 bytes` names no bytes"),
            ("> \"a\"\n< rest\n", "`rest` names no bytes"),
            ("> $play\n< \"a\"\n", "can't know the $play"),
            ("deliver cut@1\n> \"ab\"\n< \"a\"\n", "`@` word"),
        ] {
            let error = mirrored(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
        // What recut says may differ in each play.
        assert!(mirrored("> \"a\"\n< $play\n").is_ok());
        assert!(Conversation::raw("raw", b"a".to_vec()).unwrap().mirrored().is_err());
    }
}
