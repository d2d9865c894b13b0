//! Unix sockets on either side of `recut record` and `recut relay`.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Stdio;

use predicates::str::contains;

use super::{Served, folder, recut, signal};

/// An echo server on a Unix socket.
fn echo(path: &Path) -> String {
    let listener = UnixListener::bind(path).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut &stream, &mut &stream);
                let _ = stream.shutdown(Shutdown::Write);
            });
        }
    });
    format!("unix:{}", path.display())
}

/// Starts it with these arguments, and waits until it says where it listens.
fn started(args: &[&str]) -> Served {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_recut"))
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap().to_owned();
    Served(child, address)
}

fn ask(path: &Path) -> String {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.write_all("hé\n".as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn what_goes_over_sockets_of_files_is_recorded() {
    let folder = folder();
    let (here, file) = (folder.path().join("here"), folder.path().join("talk.recut"));
    let (listen, server) = (format!("unix:{}", here.display()), echo(&folder.path().join("there")));
    let path = file.display().to_string();
    let mut recorder = started(&["record", "--listen", &listen, "--connect", &server, "-o", &path]);
    assert_eq!(recorder.1, listen);
    assert_eq!(ask(&here), "hé\n");
    signal(&recorder.0, "-INT");
    assert_eq!(recorder.0.wait().unwrap().code(), Some(0));
    let script = fs::read_to_string(&file).unwrap();
    assert!(script.ends_with("> \"hé\\n\"\n> eof\n< \"hé\\n\"\n< eof\n"), "{script}");
    assert!(!here.exists(), "the file of the socket is left");
    recut().args(["check", "-q", &path, "--connect", &server]).assert().code(0);
    let taken = folder.path().join("there").display().to_string();
    let listen = format!("unix:{taken}");
    let mut record = recut();
    record.args(["record", "--listen", &listen, "--connect", &server, "-o"]);
    record.arg(folder.path().join("other.recut"));
    record.assert().code(3).stderr(contains("something is there: if nobody listens, remove it"));
}

#[test]
fn what_goes_over_sockets_of_files_is_cut() {
    let folder = folder();
    let here = folder.path().join("here");
    let (listen, server) = (format!("unix:{}", here.display()), echo(&folder.path().join("there")));
    let mut relay =
        started(&["relay", "--listen", &listen, "--connect", &server, "--cut", "bytes"]);
    assert_eq!(ask(&here), "hé\n");
    signal(&relay.0, "-INT");
    assert_eq!(relay.0.wait().unwrap().code(), Some(0));
    assert!(!here.exists(), "the file of the socket is left");
    // A command is told of the socket.
    let client = "test -S \"$SOCKET\" && test \"$1\" = \"$SOCKET\"";
    let mut command = recut();
    command.args(["relay", "--listen", &listen, "--connect", &server, "--"]);
    command.args(["bash", "-c", client, "bash", "{socket}"]);
    // It ends well if it was told, and then there is nothing to cut.
    command.assert().code(2);
}
