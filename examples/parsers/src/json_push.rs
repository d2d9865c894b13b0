//! actson: events of a parser that is given pieces of a document.

use actson::feeder::PushJsonFeeder;
use actson::{JsonEvent, JsonParser};

use crate::law::Law;

/// Events with their values, and the error that ends them.
fn events(segments: &[&[u8]]) -> Vec<String> {
    let mut parser = JsonParser::new(PushJsonFeeder::new());
    let (mut seen, mut segments) = (Vec::new(), segments.iter());
    let mut rest: &[u8] = &[];
    loop {
        match parser.next_event() {
            Ok(Some(JsonEvent::NeedMoreInput)) => {
                if rest.is_empty() {
                    rest = segments.next().copied().unwrap_or_default();
                }
                match rest.is_empty() {
                    true => parser.feeder.done(),
                    false => rest = &rest[parser.feeder.push_bytes(rest)..],
                }
            }
            Ok(Some(event)) => {
                let value = match event {
                    JsonEvent::FieldName
                    | JsonEvent::ValueString
                    | JsonEvent::ValueInt
                    | JsonEvent::ValueFloat => format!("{:?}", parser.current_str()),
                    _ => String::new(),
                };
                seen.push(format!("{event:?} {value}"));
            }
            Ok(None) => return seen,
            Err(error) => {
                seen.push(error.to_string());
                return seen;
            }
        }
    }
}

#[test]
fn events_do_not_depend_on_the_cuts() {
    let documents = [
        "{\"na\\u006de\":\"Zo\u{eb} \u{20ac}\",\"n\":[-1.5e+3,0,true,null]}\r\n",
        "12345678901234567890",
        "[1,]",
        "{\"a\":1,\"a\":2}",
        "tru",
        "nulll",
        "01",
        "\"\\x\"",
        "1 2",
        "[\"a\\ud83d\\ude00\"]",
    ];
    Law::of("actson `JsonParser`").holds(&documents, events);
}
