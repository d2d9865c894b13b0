//! What one client sent, or left half done, reaches another one: that is `poisons`, and it is not
//! mistaken for a wedge or for a defect in what the delivery itself is answered.

use crate::oddity::{
    ONE, by_connect, by_spawn, fails_again, laws, no_delivery_is_to_blame, only, quick, told,
};

/// Two clients, one after the other.
const TWO: &str = "alice > \"from alice\\n\"\nalice < \"<from alice>\\n\"\n\
                   bob > \"from bob\\n\"\nbob < \"<from bob>\\n\"\n";

#[test]
fn a_buffer_for_all_clients_poisons() {
    let checked = by_spawn("cross", TWO, &quick());
    fails_again("cross", only(&checked, "poisons"), &quick());
}

#[test]
fn a_buffer_for_all_clients_poisons_a_client_in_between() {
    let checked = by_spawn("cross", &format!("deliver interleaved\n{TWO}"), &quick());
    let finding = only(&checked, "poisons");
    assert!(finding.delivery.starts_with("interleaved"), "{}", told(&checked));
    fails_again("cross", finding, &quick());
}

#[test]
fn a_buffer_for_all_clients_poisons_who_comes_after_one_that_vanished() {
    let checked = by_spawn("cross", &format!("deliver drop\n{TWO}"), &quick());
    let finding = only(&checked, "poisons");
    assert!(finding.delivery.contains("drop@"), "{}", told(&checked));
    fails_again("cross", finding, &quick());
}

#[test]
fn a_buffer_that_is_given_back_unemptied_poisons_the_next_client() {
    let checked = by_spawn("grow", ONE, &quick());
    let finding = only(&checked, "poisons");
    assert!(finding.delivery.starts_with("drop@"), "{}", told(&checked));
    fails_again("grow", finding, &quick());
}

#[test]
fn a_buffer_that_is_given_back_unemptied_poisons_where_the_server_runs_already() {
    // It recovers with the next client, so plays with the delivery and without it can be compared.
    let checked = by_connect("grow", ONE, &quick());
    assert!(only(&checked, "poisons").delivery.starts_with("drop@"), "{}", told(&checked));
}

#[test]
fn damage_that_lasts_poisons() {
    let checked = by_spawn("mangles-after", ONE, &quick());
    fails_again("mangles-after", only(&checked, "poisons"), &quick());
}

#[test]
fn damage_that_lasts_in_a_server_that_runs_already_is_nothing_else() {
    let checked = by_connect("mangles-after", ONE, &quick());
    if laws(&checked) != ["poisons"] {
        no_delivery_is_to_blame(&checked);
        assert_eq!(laws(&checked), [""; 0], "the answer does not change by itself");
    }
}
