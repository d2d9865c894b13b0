//! A raw stream: bytes that are not a script, as a conversation.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::conversation::{
    Action, Conversation, Expected, Op, PAYLOAD_LIMIT, PREDEFINED, Payload, Settings, Step,
};
use super::literal::literal;
use super::source::{Place, Source, Span};
use super::syntax::Close;

impl Conversation {
    /// A raw stream: `bytes` are sent, then FIN, and the reply is read to EOF or until the server
    /// is quiet.
    ///
    /// # Errors
    ///
    /// If there are more bytes than `PAYLOAD_LIMIT`.
    #[doc(hidden)]
    pub fn raw(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, StreamTooLarge> {
        let name = name.into();
        if bytes.len() > PAYLOAD_LIMIT {
            return Err(StreamTooLarge { name, length: bytes.len() });
        }
        // What a message shows of it: the script that says the same.
        let text = format!("> {}\n> eof\n", literal(&bytes));
        let send_end = text.len() - "\n> eof\n".len();
        let place = |start, end| Place { source: 0, span: Span { start, end } };
        let step = |place, action| Op::Step(Step { place, connection: 0, action });
        let (send, eof) = (place(0, send_end), place(send_end + 1, text.len() - 1));
        let mut ops = Vec::new();
        if !bytes.is_empty() {
            let payload = Payload::bytes(bytes);
            ops.push(step(send, Action::Send { payload, ending: None }));
        }
        let payload = Payload::default();
        ops.push(step(eof, Action::Send { payload, ending: Some(Close::Eof) }));
        ops.push(step(send, Action::Expect { what: Expected::Answer(None), within: None }));
        Ok(Self {
            sources: vec![Arc::new(Source::new(name.clone(), text))],
            files: BTreeSet::new(),
            name,
            settings: Settings::default(),
            connections: vec![String::new()],
            variables: PREDEFINED.map(str::to_owned).to_vec(),
            names: BTreeSet::new(),
            ops,
            raw: true,
            one_way: false,
            ports: Vec::new(),
            claims: Vec::new(),
            result: None,
        })
    }
}

/// A raw stream that is longer than [`PAYLOAD_LIMIT`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamTooLarge {
    /// What the stream is called.
    pub name: String,
    /// How many bytes it has.
    pub length: usize,
}

impl fmt::Display for StreamTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, length } = self;
        write!(f, "{name} has {length} bytes: at most {PAYLOAD_LIMIT} (64 MiB) can be sent")
    }
}

impl std::error::Error for StreamTooLarge {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raw_stream_has_at_most_one_payload() {
        assert!(Conversation::raw("largest", vec![b'x'; PAYLOAD_LIMIT]).is_ok());
        let error = Conversation::raw("big.bin", vec![b'x'; PAYLOAD_LIMIT + 1]).unwrap_err();
        assert_eq!((error.name.as_str(), error.length), ("big.bin", PAYLOAD_LIMIT + 1));
        assert!(error.to_string().starts_with("big.bin has 67108865 bytes"), "{error}");
    }
}
