//! A server that has no descriptors or threads left, and gets them back.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread;
use std::time::Instant;

use rustix::process::{Resource, geteuid};

use super::{PATIENCE, Served, answered, ask};

/// So many clients come to a server that has room for ten.
const CLIENTS: usize = 40;

fn come(served: &Served) -> Vec<TcpStream> {
    let mut clients: Vec<_> = (0..CLIENTS).map(|_| served.client()).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        client.write_all(line(number).as_bytes()).unwrap();
    }
    clients
}

fn line(number: usize) -> String {
    format!("line of {number}\n")
}

/// Waits until that is logged, and sees that those who are in are served.
fn first_are_served(served: &Served, clients: &mut [TcpStream], told: &str) {
    let until = Instant::now() + PATIENCE;
    while !served.log().contains(told) {
        assert!(Instant::now() < until, "{}", served.log());
        thread::yield_now();
    }
    for (number, client) in clients[..5].iter_mut().enumerate() {
        answered(client, &line(number));
        ask(client, "still here\n");
    }
}

#[test]
fn without_descriptors_clients_wait_until_there_are_some() {
    let served = Served::start(&[]);
    let few = served.at_rest().descriptors as u64 + 10;
    let before = served.limit(Resource::Nofile, few).current.unwrap();
    let mut clients = come(&served);
    first_are_served(&served, &mut clients, "can't accept for now");
    served.limit(Resource::Nofile, before);
    for (number, client) in clients.iter_mut().enumerate().skip(5) {
        answered(client, &line(number));
    }
    assert_eq!(served.log().matches("WARN").count(), 1, "{}", served.log());
}

#[test]
fn descriptors_that_clients_give_back_are_enough() {
    let served = Served::start(&[]);
    served.limit(Resource::Nofile, served.at_rest().descriptors as u64 + 10);
    for number in 0..100 {
        ask(&mut served.client(), &format!("line of {number}\n"));
    }
    let mut first: Vec<_> = (0..10).map(|_| served.client()).collect();
    first.iter_mut().for_each(|client| ask(client, "hi\n"));
    let mut next = served.client();
    next.write_all(b"me too\n").unwrap();
    first.pop();
    answered(&mut next, "me too\n");
}

#[test]
fn without_threads_clients_wait_until_there_are_some() {
    if !geteuid().is_root() {
        println!("skipped: the number of threads of another user can be limited by root alone");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let copy = folder.path().join("recut");
    fs::copy(env!("CARGO_BIN_EXE_recut"), &copy).unwrap();
    // A user who has no other thread: the limit counts all of a user's. Three or four are the
    // server's own.
    let mut program = Command::new("bash");
    program.args(["-c", "ulimit -Su 14 && exec \"$0\" \"$@\""]).arg(copy).uid(54_321).gid(54_321);
    let served = Served::start_as(program, &[]);
    let mut clients = come(&served);
    first_are_served(&served, &mut clients, "no thread for a client");
    // Each that leaves makes room for one that waits.
    for (number, mut client) in clients.into_iter().enumerate() {
        if number >= 5 {
            answered(&mut client, &line(number));
        }
    }
    // Each time that a quarter of those inside has left it may be told again.
    assert!(served.log().matches("no thread").count() <= 10, "{}", served.log());
}
