//! What happens in a run of checks, as every report is told it.

use std::time::Duration;

use super::omission::OmissionLine;
use super::summary::Summary;
use crate::check::{Checked, Finding};

/// Something that happens in a run of checks.
///
/// [`Start`](Self::Start) comes first and [`Summary`](Self::Summary) last. In between each
/// conversation is told of once: as [`Conversation`](Self::Conversation), followed by what was left
/// out of it; or as [`Error`](Self::Error) or [`LeftOut`](Self::LeftOut), if it was not played. Its
/// findings are told of when they are confirmed, which is before that.
#[derive(Clone, Copy, Debug)]
pub enum ReportEvent<'a> {
    /// The run begins.
    Start {
        /// The other end, as output names it.
        target: &'a str,
        /// What sampling and random deliveries are made from.
        seed: u64,
        /// How many conversations are to be played.
        conversations: usize,
        /// When it begins: so long after the Unix epoch.
        started: Duration,
    },
    /// A conversation was checked. If its server did not come up again in the meantime,
    /// [`Checked::error`] says why; if it was not judged, [`Checked::unchecked`] does.
    Conversation(&'a Checked),
    /// A finding, which names its conversation.
    Finding {
        /// What was found.
        finding: &'a Finding,
        /// The options of the command line that name the target.
        target: &'a str,
        /// The file in which the script was saved that reproduces it.
        saved: Option<&'a str>,
    },
    /// Something of the conversation that was told of last, or a whole conversation, was left out.
    LeftOut(&'a OmissionLine),
    /// A conversation could not be played; or nothing could be, if no conversation is named.
    Error {
        /// The name of the conversation.
        conversation: Option<&'a str>,
        /// What went wrong.
        message: &'a str,
    },
    /// The run is over.
    Summary(&'a Summary),
}

/// A report: it turns events into text, and leaves it to its caller where the text goes.
///
/// # Examples
///
/// ```
/// use recut::report::{ReportEvent, Reporter, Summary};
///
/// /// Counts the conversations aloud.
/// struct Counter(usize);
///
/// impl Reporter for Counter {
///     fn event(&mut self, event: &ReportEvent<'_>) -> String {
///         let ReportEvent::Conversation(_) = event else { return String::new() };
///         self.0 += 1;
///         format!("{}\n", self.0)
///     }
/// }
/// assert_eq!(Counter(0).event(&ReportEvent::Summary(&Summary::default())), "");
/// ```
pub trait Reporter {
    /// What the report says of an event, to be written at once; whole lines, or nothing.
    fn event(&mut self, event: &ReportEvent<'_>) -> String;
}
