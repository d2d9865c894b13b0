//! Decoders with one defect each.

use recut::protocol::utf8::{Decoder, REPLACEMENT};
use recut::testing::Decodes;

/// A decoder that does all but one thing as recut's own does.
macro_rules! decoder {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* } $($method:item)*) => {
        $(#[$doc])*
        #[derive(Clone, Default)]
        pub(super) struct $name { right: Decoder, $($field: $type),* }

        impl Decodes for $name { $($method)* }
    };
}

/// The rest of a decoder, where nothing is defective.
macro_rules! right {
    (decode) => {
        fn decode(&mut self, segment: &[u8], text: &mut Vec<u8>) {
            self.right.decode(segment, text);
        }
    };
    (finish) => {
        fn finish(&mut self, text: &mut Vec<u8>) {
            self.right.finish(text);
        }
    };
    (pending) => {
        fn pending(&self) -> &[u8] {
            self.right.pending()
        }
    };
    (replaced) => {
        fn replaced(&self) -> u64 {
            self.right.replaced()
        }
    };
}

decoder! {
    /// `decode('utf-8')` raises, and nobody catches it.
    PanicsOnIllFormed {}

    fn decode(&mut self, segment: &[u8], text: &mut Vec<u8>) {
        self.right.decode(segment, text);
        assert_eq!(self.right.replaced(), 0, "invalid start byte");
    }

    right!(finish);
    right!(pending);
    right!(replaced);
}

decoder! {
    /// The same, where a character is cut.
    PanicsOnCutCharacter {}

    fn decode(&mut self, segment: &[u8], text: &mut Vec<u8>) {
        self.right.decode(segment, text);
        assert!(self.right.pending().is_empty(), "unexpected end of data");
    }

    right!(finish);
    right!(pending);
    right!(replaced);
}

decoder! {
    /// Each segment is decoded on its own.
    LossyPerSegment {}

    fn decode(&mut self, segment: &[u8], text: &mut Vec<u8>) {
        self.right.decode(segment, text);
        self.right.finish(text);
    }

    right!(finish);
    right!(pending);
    right!(replaced);
}

decoder! {
    /// Behind ill-formed text, the fourth byte of a character that comes alone is lost.
    CutAfterIllFormed {}

    fn decode(&mut self, segment: &[u8], text: &mut Vec<u8>) {
        if self.right.pending().len() == 3 && self.right.replaced() > 0 {
            self.right.finish(text);
            return self.right.decode(&segment[1..], text);
        }
        self.right.decode(segment, text);
    }

    right!(finish);
    right!(pending);
    right!(replaced);
}

decoder! {
    /// Each ill-formed byte is replaced, not each maximal subpart.
    ReplacementPerByte { shown: Vec<u8> }

    fn decode(&mut self, segment: &[u8], text: &mut Vec<u8>) {
        for byte in segment {
            self.shown.extend_from_slice(self.right.pending());
            let before = self.right.replaced();
            self.right.decode(&[*byte], text);
            if self.right.replaced() > before {
                for _ in 1..self.shown.len() {
                    text.extend_from_slice(REPLACEMENT.as_bytes());
                }
            }
            self.shown.clear();
        }
    }

    right!(finish);
    right!(pending);
    right!(replaced);
}

decoder! {
    /// What waited and turned out ill-formed is never thrown away.
    GrowsWithoutBound { waiting: Vec<u8> }

    fn decode(&mut self, segment: &[u8], text: &mut Vec<u8>) {
        for byte in segment {
            let before = self.right.replaced();
            self.right.decode(&[*byte], text);
            if self.right.pending().is_empty() {
                self.waiting.clear();
            } else if self.right.replaced() > before {
                self.waiting.extend_from_slice(self.right.pending());
            } else {
                self.waiting.push(*byte);
            }
        }
    }

    fn finish(&mut self, text: &mut Vec<u8>) {
        self.right.finish(text);
        self.waiting.clear();
    }

    fn pending(&self) -> &[u8] {
        &self.waiting
    }

    right!(replaced);
}

decoder! {
    /// The truncated character at the end is told each time somebody asks.
    TellsTailAgain {}

    right!(decode);

    fn finish(&mut self, text: &mut Vec<u8>) {
        self.right.clone().finish(text);
    }

    right!(pending);

    fn replaced(&self) -> u64 {
        let mut ended = self.right.clone();
        ended.finish(&mut Vec::new());
        ended.replaced()
    }
}

decoder! {
    /// A truncated character is replaced, and not counted.
    DoesNotCountTail { counted: u64 }

    fn decode(&mut self, segment: &[u8], text: &mut Vec<u8>) {
        self.right.decode(segment, text);
        self.counted = self.right.replaced();
    }

    right!(finish);
    right!(pending);

    fn replaced(&self) -> u64 {
        self.counted
    }
}
