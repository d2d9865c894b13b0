//! What is shown: text for a terminal, a page of HTML, JSON Lines, JUnit, TAP, annotations. Nothing
//! here prints; it makes text.
//!
//! A run is a stream of [`ReportEvent`]s, and each report is a [`Reporter`] that is fed with it.
//! [`FindingText`] is what a person reads of a finding: `terminal` adds colours to it, and it needs
//! nothing of the command line but the caret.

mod advice;
pub mod caret;
mod cause;
mod clip;
mod cut_map;
mod difference;
mod event;
#[cfg(feature = "cli")]
pub mod explain;
mod finding;
#[cfg(feature = "cli")]
mod github;
#[cfg(feature = "cli")]
mod html;
#[cfg(feature = "cli")]
mod json;
#[cfg(feature = "cli")]
mod junit;
#[cfg(feature = "cli")]
mod kind;
mod ladder;
mod last_line;
mod marked;
mod meaning;
mod omission;
mod played;
mod proved;
pub mod saved;
mod shown;
mod summary;
#[cfg(feature = "cli")]
mod tap;
mod terminal;
mod title;
mod unblessed;
mod verdict;
pub mod words;

pub use event::{ReportEvent, Reporter};
pub use finding::FindingText;
#[cfg(feature = "cli")]
pub use github::{GithubReporter, without_commands};
#[cfg(feature = "cli")]
pub use html::HtmlReporter;
#[cfg(feature = "cli")]
pub use json::JsonReporter;
#[cfg(feature = "cli")]
pub use junit::JunitReporter;
#[cfg(feature = "cli")]
pub use kind::ReportKind;
pub use last_line::SummaryReporter;
pub use omission::{OmissionLine, OmissionScope, OmissionTable};
pub use summary::Summary;
#[cfg(feature = "cli")]
pub use tap::TapReporter;
pub use terminal::{TerminalOptions, TerminalReporter};
pub use unblessed::unblessed;
pub use verdict::ConversationVerdict;

// Last, since `tests/tidy.rs` takes what follows for tests.
#[cfg(test)]
mod sample;
