//! Answers that change, or stay away, by themselves: no delivery is accused of it, and the
//! conversation is not called green.

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use recut::check::Unchecked;
use recut::{Checked, Conversation, Options, Target, check_once};

use crate::oddity::{
    ONE, Running, by_connect, by_spawn, holds, laws, no_delivery_is_to_blame, only, parse, quick,
    spawn, told,
};

const ONCE: &str = "> \"hello\\n\"\n< \"one\\n\"\n";
const OK: &str = "> \"hello\\n\"\n< \"ok\\n\"\n";
const RIGHT: &str = "> \"hello\\n\"\n< \"right\\n\"\n";

/// What the server's chance is made from: the first wrong answer is the fifth, the ninth and the
/// eighth one, so that each check sees one.
const SEEDS: [u64; 3] = [1, 2, 7];

/// Waits for the moment that is so long before the next second, for a second at most.
fn wait_until_before_a_second(before: Duration) {
    let second = Duration::from_secs(1);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let into = Duration::from_nanos(now.subsec_nanos().into());
    let moment = second.saturating_sub(before);
    thread::sleep(if into <= moment { moment - into } else { moment + second - into });
}

/// Checks a clock while the second turns; whether it turned before the first answer, between two
/// of them or behind the last one is a matter of milliseconds, so several moments are tried.
fn while_the_second_turns(target: &Target) {
    let conversation = Conversation::raw("stream", b"x\n".to_vec()).unwrap();
    for before in [30, 12, 8, 5, 3, 2] {
        wait_until_before_a_second(Duration::from_millis(before));
        let checked = check_once(target, &conversation, &quick()).unwrap();
        assert!(laws(&checked).iter().all(|law| *law == "unrepeatable"), "{}", told(&checked));
    }
}

#[test]
fn a_clock_accuses_no_delivery() {
    while_the_second_turns(&spawn("clock"));
}

#[test]
fn a_clock_that_runs_already_accuses_no_delivery() {
    while_the_second_turns(&Running::start("clock").target);
}

#[test]
fn a_clock_that_is_right_for_a_second_is_not_called_green() {
    let running = Running::start("clock");
    // The second has just begun: the baseline holds. The plays take longer than what is left of it.
    wait_until_before_a_second(Duration::from_millis(950));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let line = format!("> \"x\\n\"\n< \"tick {now}\\n\"\n");
    let conversation = parse(&format!("{line}pause 100ms\n{line}"));
    let checked = check_once(&running.target, &conversation, &quick()).unwrap();
    no_delivery_is_to_blame(&checked);
}

#[test]
fn a_server_that_wears_out_accuses_no_delivery() {
    no_delivery_is_to_blame(&by_spawn("wears", ONCE, &quick()));
}

#[test]
fn a_server_that_wears_out_and_runs_already_accuses_no_delivery() {
    no_delivery_is_to_blame(&by_connect("wears", ONCE, &quick()));
}

#[test]
fn a_limit_on_the_rate_accuses_no_delivery() {
    no_delivery_is_to_blame(&by_spawn("period", OK, &quick()));
}

#[test]
fn a_limit_on_the_rate_of_a_server_that_runs_already_accuses_no_delivery() {
    no_delivery_is_to_blame(&by_connect("period", OK, &quick()));
}

#[test]
fn a_client_that_is_turned_away_accuses_no_delivery() {
    no_delivery_is_to_blame(&by_spawn("refuses", ONE, &quick()));
}

#[test]
fn a_client_that_is_turned_away_by_a_server_that_runs_already_accuses_no_delivery() {
    no_delivery_is_to_blame(&by_connect("refuses", ONE, &quick()));
}

#[test]
fn chance_accuses_no_delivery() {
    for seed in SEEDS {
        no_delivery_is_to_blame(&by_spawn(&format!("--seed {seed} rare"), RIGHT, &quick()));
    }
}

#[test]
fn chance_in_a_server_that_runs_already_accuses_no_delivery() {
    for seed in SEEDS {
        no_delivery_is_to_blame(&by_connect(&format!("--seed {seed} rare"), RIGHT, &quick()));
    }
}

/// A server that has ended did crash, if nobody but the uncut conversation is blamed for it.
fn of_age(checked: &Checked) {
    let has_crashed_uncut = checked
        .stable()
        .any(|finding| finding.law.name() == "crashed" && finding.delivery == "uncut");
    if has_crashed_uncut {
        assert_eq!(laws(checked), ["crashed"], "{}", told(checked));
    } else {
        no_delivery_is_to_blame(checked);
    }
}

#[test]
fn a_server_that_dies_of_age_accuses_no_delivery() {
    of_age(&by_spawn("dies-of-age", ONE, &quick()));
}

#[test]
fn a_server_that_runs_already_and_dies_of_age_has_crashed() {
    // That it has gone is certain. The delivery is the last one that was played: what part it had
    // in the death, only a server that can be started anew could show.
    assert_eq!(laws(&by_connect("dies-of-age", ONE, &quick())), ["crashed"]);
}

#[test]
fn a_counter_that_runs_already_breaks_no_baseline() {
    let script = "one > \"a\\n\"\none < \"1\\n\"\ntwo > \"b\\n\"\ntwo < \"never\\n\"\n";
    no_delivery_is_to_blame(&by_connect("counter", script, &quick()));
}

#[test]
fn what_is_saved_of_an_answer_that_changes_changes_again() {
    let count = parse("> \"a\\n\"\n< \"1\\n\"\n");
    let raw = Conversation::raw("stream", b"a\n".to_vec()).unwrap();
    let running = Running::start("counter");
    for target in [&spawn("counter"), &running.target] {
        for conversation in [&count, &raw] {
            let checked = check_once(target, conversation, &quick()).unwrap();
            let finding = only(&checked, "unrepeatable");
            for _ in 0..2 {
                // A server that runs already does not come back to its first answer.
                let again = check_once(target, &parse(&finding.script), &quick()).unwrap();
                only(&again, "unrepeatable");
                assert_eq!(again.unchecked, Some(Unchecked::Volatile), "{}", told(&again));
            }
        }
    }
}

#[test]
fn a_wrong_claim_of_a_script_of_ones_own_is_no_answer_that_changes() {
    let other = "> \"hello\\n\"\n< \"<bye>\\n\"\n";
    only(&by_spawn("late", other, &quick()), "baseline");
    only(&by_spawn("late", &format!("laws baseline\n{other}"), &quick()), "baseline");
}

#[test]
fn a_fresh_server_for_each_play_neither_wears_out_nor_dies_of_age() {
    let fresh = Options { fresh: true, ..quick() };
    holds(&by_spawn("wears", ONCE, &fresh));
    holds(&by_spawn("dies-of-age", ONE, &fresh));
}

#[test]
fn a_fresh_server_that_counts_its_clients_is_not_poisoned() {
    let fresh = Options { fresh: true, ..quick() };
    let script = "> \"hello\\n\"\n< \"client 1\\n\"\n";
    holds(&by_spawn("counts-clients", script, &fresh));
}

#[test]
fn a_pattern_holds_where_the_answer_changes() {
    holds(&by_spawn("counter", "> \"a\\n\"\n< line re\"^[0-9]+$\"\n", &quick()));
    holds(&by_connect("clock", "> \"x\\n\"\n< line re\"^tick [0-9]+$\"\n", &quick()));
}
