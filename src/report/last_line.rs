//! The last line of a check alone, for whoever watches while a program reads the report.

use super::event::{ReportEvent, Reporter};

/// The last line alone, beside a report for programs.
#[derive(Clone, Copy, Debug, Default)]
pub struct SummaryReporter;

impl Reporter for SummaryReporter {
    fn event(&mut self, event: &ReportEvent<'_>) -> String {
        match event {
            ReportEvent::Summary(summary) => format!("{summary}\n"),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::summary::Summary;
    use super::*;

    #[test]
    fn only_the_last_line_is_told() {
        let summary = Summary::default();
        let reported = SummaryReporter.event(&ReportEvent::Summary(&summary));
        assert_eq!(reported, format!("{summary}\n"));
        let error = ReportEvent::Error { conversation: None, message: "" };
        assert_eq!(SummaryReporter.event(&error), "");
    }
}
