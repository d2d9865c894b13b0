//! What each law means, what usually breaks it, and how to mend that, with code.

use super::title::law_title;
use crate::script::Law;

/// A line for each law: its name, and what a finding of that kind says.
pub fn kinds() -> String {
    let line = |law: &Law| format!("  {:<14}{}\n", law.name(), title(*law));
    Law::ALL.iter().map(line).collect()
}

/// What a law means, what usually breaks it, how to mend that, and wrong and right code in several
/// languages; whole lines.
pub fn explanation(law: Law) -> String {
    format!("{}: {}\n\n{}", law.name(), title(law), text(law))
}

fn title(law: Law) -> &'static str {
    law_title(law, false)
}

fn text(law: Law) -> &'static str {
    match law {
        Law::Crashed => include_str!("explain/crashed.md"),
        Law::Differs => include_str!("explain/differs.md"),
        Law::CutOff => include_str!("explain/cut-off.md"),
        Law::Hangs => include_str!("explain/hangs.md"),
        Law::Baseline => include_str!("explain/baseline.md"),
        Law::Unrepeatable => include_str!("explain/unrepeatable.md"),
        Law::Wedged => include_str!("explain/wedged.md"),
        Law::Poisons => include_str!("explain/poisons.md"),
        Law::Starves => include_str!("explain/starves.md"),
        Law::Spins => include_str!("explain/spins.md"),
        Law::Leaks => include_str!("explain/leaks.md"),
        Law::Truncates => include_str!("explain/truncates.md"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_law_is_explained_with_causes_mending_and_code_in_two_languages() {
        let texts: BTreeSet<&str> = Law::ALL.into_iter().map(text).collect();
        assert_eq!(texts.len(), Law::ALL.len());
        for law in Law::ALL {
            let text = explanation(law);
            let parts = ["\nUsual causes\n", "\nHow to mend it\n", "Python\n", "Rust\n"];
            let places =
                parts.map(|part| text.find(part).unwrap_or_else(|| panic!("{law}: {part}")));
            assert!(places.is_sorted(), "{law}");
            for language in ["Python", "Rust"] {
                let wrong = text.find(&format!("\nWrong, in {language}\n    ")).unwrap();
                let right = text.find(&format!("\nRight, in {language}\n    ")).unwrap();
                assert!(wrong < right, "{law}, {language}");
            }
            assert!(text.lines().all(|line| line.chars().count() <= 100), "{law}");
            assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{law}");
        }
    }

    #[test]
    fn each_kind_has_a_line() {
        let kinds = kinds();
        assert_eq!(kinds.lines().count(), Law::ALL.len());
        assert!(kinds.contains("  differs       the same stream gets another answer\n"), "{kinds}");
    }
}
