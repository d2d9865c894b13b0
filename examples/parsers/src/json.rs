//! serde_json and struson: values that are read piece by piece.

use serde_json::{Deserializer, Value};
use struson::reader::{JsonReader, JsonStreamReader};

use crate::feed::Feed;
use crate::law::Law;

const DOCUMENTS: [&str; 12] = [
    "{\"na\\u006de\":\"Zo\u{eb} \\ud83d\\ude00 \u{20ac}\",\"n\":[-1.5e+3,0,true,null]} {}\r\n[1]",
    "1 2\n3",
    "12345678901234567890 1e400",
    "\"\\ud83d\"",
    "\"\\x\"",
    "[1,]",
    "{\"a\":1,\"a\":2}",
    "tru",
    "nulll",
    "01",
    "\"tab\there\"",
    "\u{feff}1",
];

#[test]
fn values_of_serde_json_do_not_depend_on_the_cuts() {
    Law::of("serde_json `StreamDeserializer`").holds(&DOCUMENTS, |segments| {
        let values = Deserializer::from_reader(Feed::new(segments)).into_iter::<Value>();
        values.map(|value| format!("{value:?}")).collect::<Vec<_>>()
    });
}

#[test]
fn values_of_struson_do_not_depend_on_the_cuts() {
    let bad: [&[u8]; 2] = [b"\"a\xff\"", b"\"\xe2\x82\""];
    let value = |segments: &[&[u8]]| {
        let mut reader = JsonStreamReader::new(Feed::new(segments));
        let mut copy = Vec::new();
        let mut writer = struson::writer::JsonStreamWriter::new(&mut copy);
        let copied = reader.transfer_to(&mut writer);
        match copied {
            Ok(()) => format!("{:?}", reader.consume_trailing_whitespace()),
            Err(error) => error.to_string(),
        }
    };
    Law::of("struson `JsonStreamReader`").holds(&DOCUMENTS, value).holds(&bad, value);
}
