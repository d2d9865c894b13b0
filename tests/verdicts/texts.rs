//! What a finding shows is what somebody wrote: text is left out, but never made up.

use std::collections::BTreeSet;

use recut::{Checked, Conversation, Options, Target, Tutorial, check_once};

use crate::oddity::told;

const FOX: &str = "The quick brown fox jumps over the lazy dog: Zo\u{EB}\\n";

/// The words of the texts of a script.
fn words(script: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for line in script.lines().filter(|line| line.contains("> \"") || line.contains("< \"")) {
        // Every second piece is inside quotes: none of these texts has a quote of its own.
        for text in line.split('"').skip(1).step_by(2) {
            let text = text.replace("\\n", " ");
            words.extend(text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
        }
    }
    words
}

fn check(script: &str) -> Checked {
    let target = Target::memory("tutorial", Tutorial::default);
    check_once(&target, &Conversation::parse("fox", script).unwrap(), &Options::default()).unwrap()
}

/// The findings of a script, none of which has a word that the script does not have.
fn found_in_its_own_words(script: &str) -> Checked {
    let checked = check(script);
    assert!(checked.stable().count() > 0, "{}", told(&checked));
    for finding in &checked.findings {
        let new: Vec<_> = words(&finding.script).difference(&words(script)).cloned().collect();
        assert!(new.is_empty(), "{new:?} in\n{}", finding.script);
        assert!(!words(&finding.script).is_empty(), "{}", finding.script);
        let again = check(&finding.script);
        assert!(again.stable().any(|other| other.law == finding.law), "{}", finding.script);
    }
    checked
}

#[test]
fn a_shortened_script_has_no_word_that_nobody_wrote() {
    let _ = found_in_its_own_words(&format!("> \"{FOX}\"\n< \"{FOX}\"\n"));
}

#[test]
fn a_baseline_keeps_its_text() {
    let script = format!("> \"{FOX}\"\n< \"{}\"\n", FOX.replace("lazy", "sleepy"));
    let checked = found_in_its_own_words(&script);
    assert_eq!(checked.findings.len(), 1, "{}", told(&checked));
    assert_eq!(checked.findings[0].law.name(), "baseline");
    assert_eq!(words(&checked.findings[0].script), words(&script));
}
