//! One process of a client while it runs, and how it tells its result.

use std::fmt;
use std::io::{self, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{ChildStdin, ExitStatus};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;

use super::ClientCommand;
use super::stdout::{DriverLine, KeptOutput, Lines, OUTPUT_LIMIT};
use crate::peer::incoming::ClientEnd;
use crate::peer::lasting::in_lasting_thread;
use crate::peer::output::shown;
use crate::peer::ports::Ports;
use crate::peer::process::{Process, Role};
use crate::wire::{Deadline, Kernel, Observe};

/// Why the result of a client can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadResult {
    /// More than is kept.
    TooLong,
    /// More than one line for a conversation.
    TwoLines,
}

impl fmt::Display for BadResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadResult::TooLong => write!(f, "more than {OUTPUT_LIMIT} bytes on its stdout"),
            BadResult::TwoLines => f.write_str(
                "it wrote more than one line on its stdout for a conversation: expected exactly \
                 one when the conversation is over",
            ),
        }
    }
}

/// A process that connects to recut.
pub(super) struct RunningClient {
    pub(super) process: Process,
    pub(super) observer: Arc<dyn Observe>,
    kind: ClientKind,
}

enum ClientKind {
    /// It plays one conversation and ends.
    Once(KeptOutput),
    /// It plays one conversation for each line.
    Driver { to: ChildStdin, from: Lines },
}

impl RunningClient {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// If it can't be started.
    pub(super) fn start(command: &ClientCommand, ports: &Ports) -> io::Result<Self> {
        let words = command.command(ports);
        let mut process;
        let kind = if command.is_driver {
            let supervisor = command.supervisor.clone();
            // It is kept for other jobs.
            let start = move || Process::start(&words, &supervisor, Role::Stdio, |_| {});
            process = in_lasting_thread(start)??;
            let (to, from) = process.pipes().ok_or(io::ErrorKind::BrokenPipe)?;
            rustix::io::ioctl_fionbio(&to, true)?;
            ClientKind::Driver { to, from: Lines::new(from)? }
        } else {
            process = Process::start(&words, &command.supervisor, Role::Once, |set_up| {
                set_up.env("PORT", ports.common().to_string()).envs(ports.variables());
            })?;
            ClientKind::Once(KeptOutput::new(process.stdout().ok_or(io::ErrorKind::BrokenPipe)?)?)
        };
        process.read_output(None)?;
        let observer = Arc::new(Kernel::of_sockets(Some(process.tree)));
        Ok(Self { process, observer, kind })
    }

    /// Tells a driver of the ports of the next play.
    ///
    /// # Errors
    ///
    /// If it does not take it.
    pub(super) fn tell(&mut self, ports: &Ports) -> io::Result<()> {
        match &mut self.kind {
            ClientKind::Once(_) => Ok(()),
            ClientKind::Driver { to, .. } => to.write_all(ports.line().as_bytes()),
        }
    }

    /// Whether a driver has written a line that was not asked for yet.
    pub(super) fn has_line(&mut self) -> bool {
        match &mut self.kind {
            ClientKind::Once(_) => false,
            ClientKind::Driver { from, .. } => from.has_more(),
        }
    }

    /// The line that a driver has written and that was not asked for yet, to be shown.
    pub(super) fn line(&mut self) -> Option<String> {
        let ClientKind::Driver { from, .. } = &mut self.kind else { return None };
        from.has_more().then(|| shown(from.first()))
    }

    /// Waits for its result at most so long; none if there is none yet.
    pub(super) fn result(&mut self, wait: Duration) -> Result<Option<ClientEnd>, BadResult> {
        match &mut self.kind {
            ClientKind::Once(output) => {
                let Some(status) = self.process.wait(Deadline::after(wait)) else {
                    return Ok(None);
                };
                if is_crash(status) {
                    return Ok(Some(ClientEnd::Crashed(status.to_string())));
                }
                let output = output.so_far().ok_or(BadResult::TooLong)?;
                let (end, code) = (Some(status.to_string()), status.code());
                Ok(Some(ClientEnd::Result { end, code, output }))
            }
            ClientKind::Driver { from, .. } => match from.next(wait) {
                DriverLine::Line(_) if from.has_more() => Err(BadResult::TwoLines),
                DriverLine::Line(output) => {
                    Ok(Some(ClientEnd::Result { end: None, code: None, output }))
                }
                DriverLine::Nothing => Ok(None),
                DriverLine::TooLong => Err(BadResult::TooLong),
                DriverLine::Closed => {
                    let status = self.process.ended_just_now();
                    let how = status.map(|status| status.to_string());
                    let how = how.unwrap_or_else(|| "it has closed its stdout".to_owned());
                    Ok(Some(ClientEnd::Crashed(how)))
                }
            },
        }
    }

    /// How it has ended, if that is a crash.
    pub(super) fn crash(&mut self) -> Option<ExitStatus> {
        let status = self.process.ended_just_now()?;
        let is_driver = matches!(self.kind, ClientKind::Driver { .. });
        (is_driver || is_crash(status)).then_some(status)
    }
}

/// Whether a client was ended by a signal. A pipe that breaks is our doing.
fn is_crash(status: ExitStatus) -> bool {
    status.signal().is_some_and(|signal| signal != Signal::PIPE.as_raw())
}
