//! What is broken is found, by the law that it breaks and no other, however the server hides it.

use std::time::Duration;

use recut::Options;

use crate::oddity::{
    ONE, by_connect, by_spawn, fails_again, holds, laws, only, options, quick, told,
};

/// A line that is answered at leisure, then one that is taken for a read.
const NAP: &str = "> \"slow\\n\"\n< \"slow\\n\"\n> \"hello\\n\"\n< \"hello\\n\"\n";

#[test]
fn a_nap_before_an_answer_hides_no_defect() {
    let checked = by_spawn("nap", NAP, &quick());
    let finding = only(&checked, "differs");
    fails_again("nap", finding, &quick());
}

#[test]
fn a_nap_hides_no_defect_of_a_server_that_runs_already() {
    only(&by_connect("nap", NAP, &quick()), "differs");
}

#[test]
fn a_nap_does_not_blur_the_cut_map() {
    let checked = by_spawn("nap-one", "> \"hello\\n\"\n< \"hello\\n\"\n", &quick());
    let finding = only(&checked, "differs");
    assert_eq!(finding.delivery, "cut@3", "{}", told(&checked));
    let map = finding.map.as_ref().unwrap();
    let marks = (1..).zip(&map.broken).filter(|(_, broken)| **broken == Some(true));
    assert_eq!(marks.map(|(offset, _)| offset).collect::<Vec<_>>(), [3], "{map:?}");
    fails_again("nap-one", finding, &quick());
}

#[test]
fn an_answer_that_stays_away_until_the_server_closes_is_one_finding() {
    // The server closes after a second, and the full wait sees that.
    let patient = options(Duration::from_secs(2));
    let checked = by_spawn("idle", "> \"hello\\n\"\n< \"<hello\\n\"\n", &patient);
    only(&checked, "cut-off");
}

#[test]
fn what_is_saved_of_an_answer_that_stays_away_fails_again() {
    let patient = Options { max: Some(3), ..options(Duration::from_secs(2)) };
    let script = "deliver cut@3\n> \"hello\\n\"\n< \"<hello\\n\"\n";
    let checked = by_spawn("idle", script, &patient);
    fails_again("idle", only(&checked, "cut-off"), &patient);
}

#[test]
fn a_server_of_one_client_is_judged_by_a_fresh_one_for_each_play() {
    let fresh = Options { fresh: true, ..quick() };
    let checked = by_spawn("serial-exit", ONE, &fresh);
    assert!(laws(&checked).contains(&"differs"), "{}", told(&checked));
    for finding in &checked.findings {
        // It ends because it has served its client: neither a crash nor a wedge.
        assert!(!["crashed", "wedged", "baseline"].contains(&finding.law.name()), "{finding:#?}");
        assert!(finding.is_stable(), "{}", told(&checked));
        assert!(finding.options.contains("--fresh"), "{}", finding.options);
        fails_again("serial-exit", finding, &fresh);
    }
}

#[test]
fn a_one_way_server_that_dies_of_a_cut_crashes() {
    let script = "laws crashed wedged spins leaks\n> \"<13>hello\\n\"\n";
    let checked = by_spawn("sink", script, &quick());
    fails_again("sink", only(&checked, "crashed"), &quick());
}

#[test]
fn a_one_way_server_breaks_the_baseline_unless_the_script_says_that_it_is_one() {
    let checked = by_spawn("sink", "> \"<13>hello\\n\"\n", &quick());
    only(&checked, "baseline");
}

#[test]
fn a_fresh_server_that_dies_after_a_client_has_left_crashes() {
    let fresh = Options { fresh: true, ..quick() };
    let checked = by_spawn("sink-aside", &format!("laws crashed\ndeliver drop\n{ONE}"), &fresh);
    let finding = only(&checked, "crashed");
    assert!(finding.delivery.starts_with("drop@"), "{}", finding.delivery);
}

#[test]
fn what_breaks_now_and_then_does_not_hide_what_breaks_always() {
    for seed in [1, 2, 3, 4] {
        let mode = format!("--seed {seed} mostly");
        let checked =
            by_spawn(&mode, &format!("laws differs\ndeliver bytes,single\n{ONE}"), &quick());
        only(&checked, "differs");
    }
}

#[test]
fn an_answer_without_end_differs() {
    let script = format!("deliver +half-close\n{ONE}");
    let checked = by_spawn("flood", &script, &quick());
    let finding = only(&checked, "differs");
    assert_eq!(finding.delivery, "half-close", "{}", told(&checked));
    fails_again("flood", finding, &quick());
}

#[test]
fn a_header_that_is_taken_for_one_read_is_found_by_a_cut_inside_it() {
    let script = "> hex\"00 00 00 05\" \"hello\"\n< hex\"00 00 00 05\" \"hello\"\n";
    let checked = by_spawn("headers", script, &quick());
    for finding in checked.stable() {
        assert!(["differs", "hangs"].contains(&finding.law.name()), "{}", told(&checked));
        let inside = ["cut@1", "cut@2", "cut@3"];
        assert!(inside.contains(&finding.delivery.as_str()), "{}", told(&checked));
        let map = finding.map.as_ref().unwrap();
        let marks = (1..).zip(&map.broken).filter(|(_, broken)| **broken == Some(true));
        let offsets: Vec<usize> = marks.map(|(offset, _)| offset).collect();
        assert!(!offsets.is_empty() && offsets.iter().all(|offset| *offset < 4), "{map:?}");
        fails_again("headers", finding, &quick());
    }
    assert!(!laws(&checked).is_empty(), "{}", told(&checked));
}

#[test]
fn an_answer_that_is_late_after_a_cut_is_waited_for() {
    let patient = options(Duration::from_secs(1));
    holds(&by_spawn("late", "> \"hi\\n\"\n< \"<hi>\\n\"\n", &patient));
}
