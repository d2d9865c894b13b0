//! The text of a saved finding: its script, and above it in comments what was found.

use super::words;
use crate::check::Finding;
use crate::text::visible;

/// The text of a saved finding.
pub fn text(finding: &Finding) -> String {
    let Finding { law, source, target, options, seen, .. } = finding;
    let head = [
        format!("{law}: found in {}:{} against {target}", source.name, finding.line()),
        format!("recut check FILE {options}"),
        format!("expected {}", words::expected(&seen.demand)),
        format!("arrived  {}", words::actual_then(seen)),
    ];
    let head: String = head.iter().map(|line| format!("# {}\n", visible(line))).collect();
    head + &finding.script
}
