//! csv-core: fields and records of a reader that is given pieces.

use csv_core::{ReadFieldResult, Reader};

use crate::law::Law;

fn fields(segments: &[&[u8]]) -> Vec<(String, bool)> {
    let (mut reader, mut seen, mut field) = (Reader::new(), Vec::new(), Vec::new());
    // An empty piece is how the reader is told of the end.
    for segment in segments.iter().copied().chain([&b""[..]]) {
        let mut rest = segment;
        loop {
            let mut output = [0; 16];
            let (result, read, written) = reader.read_field(rest, &mut output);
            rest = &rest[read..];
            field.extend_from_slice(&output[..written]);
            match result {
                ReadFieldResult::InputEmpty if segment.is_empty() => {}
                ReadFieldResult::InputEmpty => break,
                ReadFieldResult::OutputFull => {}
                ReadFieldResult::Field { record_end } => {
                    seen.push((String::from_utf8_lossy(&field).into_owned(), record_end));
                    field.clear();
                }
                ReadFieldResult::End => break,
            }
            // An empty piece in the midst would tell of an end that is none.
            if rest.is_empty() && !segment.is_empty() {
                break;
            }
        }
    }
    seen
}

#[test]
fn records_do_not_depend_on_the_cuts() {
    let streams = [
        "a,b\r\nZo\u{eb},\"x \"\"y\"\"\r\n\"\r\n",
        "\"a\nb\",c\n\n\r\n,\n",
        "a\rb\r\nc",
        "\"no end",
        "a,\"b\"c,\"\"\"\"\n",
        "a long field that is larger than the output,x\n",
        "\r\n\n\r",
    ];
    Law::of("csv-core `Reader::read_field`").holds(&streams, fields).differs(
        "\u{feff}a,b\n",
        r#"hex"ef" | "\xbb\xbfa,b\n""#,
        fields,
    );
}
