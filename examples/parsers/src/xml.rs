//! quick-xml and xml: events of a document that is read piece by piece.

use quick_xml::events::Event;

use crate::feed::Feed;
use crate::law::Law;

const DOCUMENTS: [&str; 13] = [
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
     <a b=\"Zo\u{eb}\" c='&lt;'>x &amp; \u{20ac}<b/></a>\r\n",
    "<a><![CDATA[ ]] ]]> ]]></a>",
    "<a><!-- - -- --></a>",
    "<a><!-- ok - --><?pi x?y ?></a>",
    "<!DOCTYPE a [<!ENTITY b \"c>\">]><a>&b;</a>",
    "<a>\r\n\r\r\n</a>",
    "<a b='>'></a >",
    "<a>]]></a>",
    "<a><b></a></b>",
    "<a",
    "<a>&#x20ac;&#8364;&unknown;</a>",
    "<a>text",
    "<a b=1/>",
];

/// Events, and the error that ends them.
fn events(segments: &[&[u8]]) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_reader(Feed::new(segments));
    let (mut buffer, mut seen) = (Vec::new(), Vec::new());
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Eof) => return seen,
            Ok(event) => seen.push(format!("{event:?}")),
            Err(error) => {
                seen.push(format!("{error} at {}", reader.error_position()));
                return seen;
            }
        }
    }
}

#[test]
fn events_of_quick_xml_do_not_depend_on_the_cuts() {
    Law::of("quick-xml `Reader::read_event_into`").holds(&DOCUMENTS, events).differs(
        "\u{feff}<a/>",
        r#"hex"ef" | "\xbb\xbf<a/>""#,
        events,
    );
}

#[test]
fn events_of_xml_do_not_depend_on_the_cuts() {
    Law::of("xml `EventReader`").holds(&DOCUMENTS, |segments| {
        let events = xml::EventReader::new(std::io::BufReader::new(Feed::new(segments)));
        let mut seen = Vec::new();
        for event in events {
            let is_over = event.is_err();
            seen.push(format!("{event:?}"));
            if is_over {
                break;
            }
        }
        seen
    });
}
