//! The kinds of reports that can be written to a file.

use super::event::Reporter;
use super::github::GithubReporter;
use super::html::HtmlReporter;
use super::json::JsonReporter;
use super::junit::JunitReporter;
use super::tap::TapReporter;

/// A kind of report that can be written to a file.
#[derive(Clone, Copy, Debug)]
pub struct ReportKind {
    /// Its name on the command line.
    pub name: &'static str,
    /// Whether it can be read although it is mixed with other output.
    pub is_mixed: bool,
    reporter: fn(bool) -> Box<dyn Reporter + Send>,
}

impl ReportKind {
    /// All of them: a new kind is a file of this folder and a line here.
    pub const ALL: &[Self] = &[
        Self {
            name: "junit",
            is_mixed: false,
            reporter: |strict| Box::new(JunitReporter::new(strict)),
        },
        Self { name: "json", is_mixed: false, reporter: |_| Box::new(JsonReporter) },
        Self { name: "html", is_mixed: false, reporter: |_| Box::<HtmlReporter>::default() },
        Self {
            name: "github",
            is_mixed: true,
            reporter: |strict| Box::new(GithubReporter::new(strict)),
        },
        Self {
            name: "tap",
            is_mixed: false,
            reporter: |strict| Box::new(TapReporter::new(strict)),
        },
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
