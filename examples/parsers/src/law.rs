//! The law itself, with the counts that `docs/parsers.md` tells.

use std::fmt::Debug;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// What one adapter was tried with.
pub struct Law<'n> {
    name: &'n str,
    streams: usize,
    plays: u64,
    differ: Vec<String>,
}

impl<'n> Law<'n> {
    /// The crate, and the part of it, as the page calls it.
    pub fn of(name: &'n str) -> Self {
        Self { name, streams: 0, plays: 0, differ: Vec::new() }
    }

    /// The value of each stream must not depend on the cuts.
    pub fn holds<T, S>(mut self, streams: &[S], mut value: impl FnMut(&[&[u8]]) -> T) -> Self
    where
        T: PartialEq + Debug,
        S: AsRef<[u8]>,
    {
        for stream in streams {
            self.streams += 1;
            recut::invariant(stream, |segments| {
                self.plays += 1;
                value(segments)
            });
        }
        self
    }

    /// The value of this stream does depend on them, and `example` is what is told first.
    pub fn differs<T>(
        mut self,
        stream: &str,
        example: &str,
        mut value: impl FnMut(&[&[u8]]) -> T,
    ) -> Self
    where
        T: PartialEq + Debug,
    {
        self.streams += 1;
        let call = AssertUnwindSafe(|| {
            recut::invariant(stream, |segments| {
                self.plays += 1;
                value(segments)
            })
        });
        let told = catch_unwind(call).expect_err("it holds: take it off the page");
        let told = told.downcast::<String>().expect("the words of the law");
        assert!(told.contains(&format!("\n  segments  {example}\n")), "{told}");
        self.differ.push(example.to_owned());
        self
    }
}

/// The page has a row for it, with these numbers.
impl Drop for Law<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let found = match &self.differ[..] {
            [] => "holds".to_owned(),
            examples => {
                let code = |example: &String| format!("`{}`", example.replace('|', "\\|"));
                format!("differs at {}", examples.iter().map(code).collect::<Vec<_>>().join(", "))
            }
        };
        let row = format!("| {} | {} | {} |", self.streams, self.plays, found);
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/parsers.md");
        let page = fs::read_to_string(page).expect("docs/parsers.md");
        let is_told = page
            .lines()
            .any(|line| line.starts_with(&format!("| {} |", self.name)) && line.ends_with(&row));
        assert!(is_told, "docs/parsers.md does not say: | {} | … {row}", self.name);
    }
}
