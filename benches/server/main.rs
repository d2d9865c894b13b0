//! The server beside its peers: a bare `std::net` echo with a thread a connection, the same with
//! a plain check of the UTF-8, and one on tokio. One load generator, one run, each server in a
//! process of its own; medians of the rounds, and of what each gives beside the bare one.
//!
//! `cargo bench --bench server [-- FIGURE…]`, of those that [`figures::ALL`] names.

mod child;
mod figures;
mod load;
mod peers;

use std::env;

use child::Child;
use figures::Figure;

/// How often each figure is taken of each peer; the order rotates.
const ROUNDS: usize = 9;

/// What the others are compared with.
const BARE: &str = "bare";

fn main() {
    let words: Vec<String> = env::args().skip(1).filter(|word| word != "--bench").collect();
    match &words[..] {
        [flag, name] if flag == "--serve" => child::serve(name),
        words => {
            if let Some(word) =
                words.iter().find(|word| figures::ALL.iter().all(|f| f.name != **word))
            {
                let names: Vec<_> = figures::ALL.iter().map(|figure| figure.name).collect();
                panic!("there is no figure {word}: {}", names.join(", "));
            }
            load::raise_descriptor_limit();
            for figure in &figures::ALL {
                if words.is_empty() || words.iter().any(|word| word == figure.name) {
                    compare(figure);
                }
            }
        }
    }
}

/// Takes a figure of all peers, in rounds, and prints it.
fn compare(figure: &Figure) {
    let mut taken = vec![Vec::new(); peers::ALL.len()];
    let mut servers: Vec<_> = peers::ALL.iter().map(|peer| Child::start(peer.name)).collect();
    for round in 0..=ROUNDS {
        for step in 0..peers::ALL.len() {
            let index = (round + step) % peers::ALL.len();
            let value = if figure.is_of_a_fresh_server {
                (figure.take)(&mut Child::start(peers::ALL[index].name))
            } else {
                (figure.take)(&mut servers[index])
            };
            // The first round is a warm-up.
            if round > 0 {
                taken[index].push(value);
            }
        }
    }
    let bare = peers::ALL.iter().position(|peer| peer.name == BARE).expect("it is one of them");
    println!("{}, {} [aim of recut beside bare: {}]", figure.name, figure.unit, figure.aim);
    for (peer, values) in peers::ALL.iter().zip(&taken) {
        let ratios = values.iter().zip(&taken[bare]).map(|(value, bare)| value / bare).collect();
        println!("  {:<8} {:>12.1} {:>8.3}", peer.name, median(values.clone()), median(ratios));
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
