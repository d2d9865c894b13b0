//! rxml: events of a parser that is given pieces of a document.

use rxml::error::EndOrError;
use rxml::{Parse, Parser};

use crate::law::Law;

/// Events, where neighbouring text is one, and the error that ends them.
fn events(segments: &[&[u8]]) -> Vec<String> {
    let (mut parser, mut seen, mut buffer) = (Parser::new(), Vec::new(), Vec::new());
    let mut text = String::new();
    for segment in segments.iter().map(Some).chain([None]) {
        buffer.extend_from_slice(segment.copied().unwrap_or_default());
        let mut rest = &buffer[..];
        loop {
            match parser.parse(&mut rest, segment.is_none()) {
                Ok(Some(rxml::Event::Text(_, more))) => text.push_str(&more),
                Ok(Some(event)) => {
                    seen.extend(
                        (!text.is_empty()).then(|| format!("{:?}", std::mem::take(&mut text))),
                    );
                    seen.push(format!("{event:?}"));
                }
                Err(EndOrError::NeedMoreData) => break,
                Ok(None) => break,
                Err(EndOrError::Error(error)) => {
                    seen.push(format!("{text:?} {error}"));
                    return seen;
                }
            }
        }
        let used = buffer.len() - rest.len();
        buffer.drain(..used);
    }
    seen
}

#[test]
fn events_do_not_depend_on_the_cuts() {
    let documents = [
        "<?xml version='1.0' encoding='utf-8'?>\r\n\
         <a b=\"Zo\u{eb}\" c='&lt;'>x &amp; \u{20ac}<b/></a>\r\n",
        "<a><![CDATA[ ]] ]]></a>",
        "<a>\r\n\r\r\n</a>",
        "<s:a xmlns:s='urn:x' s:b='&#x20ac;'><s:c/></s:a>",
        "<a>]]></a>",
        "<a><b></a></b>",
        "<a>&unknown;</a>",
        "<a",
        "\u{feff}<a/>",
        "<a>text",
    ];
    Law::of("rxml `Parser::parse`").holds(&documents, events);
}
