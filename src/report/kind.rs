//! The kinds of reports that can be written to a file.

use super::event::Reporter;
use super::html::HtmlReporter;
use super::json::JsonReporter;
use super::junit::JunitReporter;

/// A kind of report that can be written to a file.
#[derive(Clone, Copy, Debug)]
pub struct ReportKind {
    /// Its name on the command line.
    pub name: &'static str,
    reporter: fn(bool) -> Box<dyn Reporter + Send>,
}

impl ReportKind {
    /// All of them: a new kind is a file of this folder and a line here.
    pub const ALL: &[Self] = &[
        Self { name: "junit", reporter: |strict| Box::new(JunitReporter::new(strict)) },
        Self { name: "json", reporter: |_| Box::new(JsonReporter) },
        Self { name: "html", reporter: |_| Box::<HtmlReporter>::default() },
    ];

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name == name)
    }

    /// A new report of this kind; if it is `strict`, unstable findings fail too.
    pub fn reporter(self, strict: bool) -> Box<dyn Reporter + Send> {
        (self.reporter)(strict)
    }
}
