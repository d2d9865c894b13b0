//! A person at a terminal: a prompt, line editing, a history; what the server says appears above
//! the line that is being edited.

use std::io::{self, ErrorKind, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;

use futures_lite::AsyncWriteExt;
use futures_lite::future::block_on;
use rustyline_async::{Readline, ReadlineError, ReadlineEvent, SharedWriter};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::cli::output::Output;
use crate::shell::client;

const PROMPT: &str = "> ";

/// Lets a person and a server talk until one of them ends the connection.
pub(super) fn talk(stream: TcpStream, name: &str, output: &Output) -> io::Result<()> {
    output.note(&format!("connected to {name}; Ctrl-D ends what you say, Ctrl-C leaves"));
    let (mut editor, mut writer) = Readline::new(PROMPT.into()).map_err(failure)?;
    let has_left = leave_on_signal(stream.try_clone()?)?;
    let sender = stream.try_clone()?;
    // The thread drops the writer when it ends, which ends the editing after all text is shown.
    let server = thread::spawn(move || client::show(&stream, |text| print(&mut writer, &text)));
    edit(&mut editor, sender, &has_left)?;
    editor.flush().map_err(failure)?;
    drop(editor);
    if !has_left.load(Ordering::Relaxed) {
        server.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        output.note("the server has ended the connection");
    }
    Ok(())
}

/// Ends the connection when the process gets a signal to end. The flag says whether it got one.
fn leave_on_signal(stream: TcpStream) -> io::Result<Arc<AtomicBool>> {
    let has_left = Arc::new(AtomicBool::new(false));
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    let leaves = Arc::clone(&has_left);
    thread::spawn(move || {
        signals.forever().next();
        leaves.store(true, Ordering::Relaxed);
        stream.shutdown(Shutdown::Both)
    });
    Ok(has_left)
}

/// Sends line by line until the person leaves or the server has said all.
fn edit(editor: &mut Readline, server: TcpStream, has_left: &AtomicBool) -> io::Result<()> {
    let mut say = Some(sender(server));
    loop {
        match block_on(editor.readline()) {
            Ok(ReadlineEvent::Line(line)) => {
                if let Some(say) = &say {
                    // If the server has gone, reading its answer reports it.
                    let _ = say.send(format!("{line}\n"));
                    editor.add_history_entry(line);
                }
            }
            Ok(ReadlineEvent::Eof) => {
                say = None;
                editor.update_prompt("").map_err(failure)?;
            }
            Ok(ReadlineEvent::Interrupted) => {
                has_left.store(true, Ordering::Relaxed);
                return Ok(());
            }
            Err(ReadlineError::Closed) => return Ok(()),
            Err(ReadlineError::IO(error)) => return Err(error),
        }
    }
}

/// Sends lines from a thread, and half-closes after the last one. So a person can go on editing, or
/// leave, even if the server does not read.
fn sender(mut server: TcpStream) -> Sender<String> {
    let (say, said) = mpsc::channel::<String>();
    thread::spawn(move || {
        let _ = said.iter().try_for_each(|line| server.write_all(line.as_bytes()));
        server.shutdown(Shutdown::Write)
    });
    say
}

/// Shows text above the line that is being edited; waits while the terminal is slow.
fn print(writer: &mut SharedWriter, text: &str) -> io::Result<()> {
    // The writer keeps a text until it is flushed if it has no line end, or if its queue is full.
    let is_kept = match Write::write(writer, text.as_bytes()) {
        Ok(_) => !text.ends_with('\n'),
        Err(error) if error.kind() == ErrorKind::WouldBlock => true,
        Err(error) => return Err(error),
    };
    if is_kept { block_on(AsyncWriteExt::flush(writer)) } else { Ok(()) }
}

fn failure(error: ReadlineError) -> io::Error {
    match error {
        ReadlineError::IO(error) => error,
        ReadlineError::Closed => io::Error::other(error),
    }
}
