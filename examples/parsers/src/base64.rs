//! base64: its reader that decodes.

use std::io::Read;

use base64::engine::general_purpose::STANDARD;
use base64::read::DecoderReader;

use crate::feed::Feed;
use crate::law::Law;

#[test]
fn what_is_decoded_does_not_depend_on_the_cuts() {
    let streams = [
        "Wm/Dqw==",
        "aGVsbG8=",
        "aGVsbG8",
        "aGVs\r\nbG8=",
        "a",
        "====",
        "aGVsbG8=aGVs",
        "aG=sbG8=",
        "Wm9=",
        "",
    ];
    let read = |mut reader: DecoderReader<'_, _, Feed>| {
        let mut decoded = Vec::new();
        // What was decoded before an error is not promised to be the same.
        reader.read_to_end(&mut decoded).map(|_| decoded).map_err(|error| error.to_string())
    };
    Law::of("base64 `DecoderReader`")
        .holds(&streams, |segments| read(DecoderReader::new(Feed::new(segments), &STANDARD)));
}
