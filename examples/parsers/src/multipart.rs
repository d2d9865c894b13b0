//! multer: the fields of a form.

use futures_executor::block_on;
use multer::Multipart;

use crate::feed::Feed;
use crate::law::Law;

/// Fields with their whole contents, and the error that ends them.
async fn fields(feed: Feed) -> Vec<String> {
    let (mut form, mut seen) = (Multipart::new(feed, "-x-"), Vec::new());
    loop {
        match form.next_field().await {
            Ok(Some(field)) => {
                let head = format!("{:?} {:?}", field.headers(), field.name());
                seen.push(format!("{head} {:?}", field.bytes().await.map_err(|e| e.to_string())));
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
fn fields_do_not_depend_on_the_cuts() {
    let part = |name: &str, body: &str| {
        format!("---x-\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{body}\r\n")
    };
    let end = "---x---\r\n";
    let streams = [
        part("a", "Zo\u{eb}") + &part("b", "") + end,
        part("a", "\r\n---x\r\n--\r\n-\r") + end,
        part("a", "x") + "---x---",
        part("a", "x") + "---x---\r\nafter",
        part("a", "x"),
        format!("before\r\n{}{end}", part("a", "x")),
        "---x-\r\nContent-Disposition: form-data\r\n\r\nx\r\n---x---\r\n".to_owned(),
        "---x-\nContent-Disposition: form-data; name=a\n\nx\n---x---\n".to_owned(),
        part("a", "x") + "---x-\rX",
        part("a", &"\r\n---x".repeat(40)) + end,
        end.to_owned(),
        String::new(),
    ];
    Law::of("multer `Multipart`").holds(&streams, |segments| block_on(fields(Feed::new(segments))));
}
