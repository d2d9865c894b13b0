//! A client as one job plays with it.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::ClientBackend;
use super::running::RunningClient;
use crate::peer::backend::Instance;
use crate::peer::incoming::{Accepted, Caller, ClientEnd, Incoming};
use crate::peer::ports::Ports;
use crate::peer::process::NOT_STARTED;
use crate::peer::{Death, Link, TargetError};
use crate::wire::{Deadline, StreamLink};

/// How long it is waited for a connection before it is looked whether the client has ended.
const LOOK: Duration = Duration::from_millis(10);

/// The client of one job.
pub(super) struct ClientInstance<'t> {
    backend: &'t ClientBackend,
    /// The ports of this play.
    ports: Option<Ports>,
    running: Option<RunningClient>,
    /// Until when its first connection must come.
    first: Deadline,
    /// How many connections of this play were accepted.
    accepted: usize,
    /// Whether it has not told the result of the play before.
    is_busy: bool,
}

impl<'t> ClientInstance<'t> {
    pub(super) fn new(backend: &'t ClientBackend) -> Self {
        let first = Deadline::after(Duration::ZERO);
        Self { backend, ports: None, running: None, first, accepted: 0, is_busy: false }
    }

    fn error(&self, error: io::Error) -> TargetError {
        TargetError::start(&self.backend.command.to_string(), error)
    }

    /// What the client did that it must not do.
    fn broken(&mut self, what: &str) -> TargetError {
        let output = self.output();
        let said: String = output.iter().map(|line| format!("\n    {line}")).collect();
        let said = if said.is_empty() { said } else { format!("; the end of its output:{said}") };
        self.running = None;
        TargetError::client(&self.backend.command.to_string(), &format!("{what}{said}"))
    }

    /// A driver that waits for its next line.
    fn driver(&mut self, ports: &Ports) -> Result<RunningClient, TargetError> {
        let kept = self.running.take().or_else(|| self.backend.idle.take());
        if let Some(mut running) = kept {
            if running.has_line() {
                self.running = Some(running);
                let what = "it wrote more than one line on its stdout for a conversation: \
                            expected exactly one when the conversation is over";
                return Err(self.broken(what));
            }
            // One that has just ended is started anew.
            if running.process.ended().is_none() && running.tell(ports).is_ok() {
                return Ok(running);
            }
        }
        let started = RunningClient::start(&self.backend.command, ports);
        let mut running = started.map_err(|error| self.error(error))?;
        running.tell(ports).map_err(|error| self.error(error))?;
        Ok(running)
    }

    /// Why a client that has ended, or that is silent, has not connected.
    fn did_not_connect(&mut self, how: &str, port: usize) -> TargetError {
        let number = self.port(port);
        let address = format!("127.0.0.1:{number}");
        self.broken(&format!("{how} to {address}, where recut listens"))
    }
}

impl Instance for ClientInstance<'_> {
    fn begin(&mut self, names: &[&str], _: &AtomicBool) -> Result<(), TargetError> {
        let is_driver = self.backend.command.is_driver;
        if self.is_busy || !is_driver {
            // It ends before the ports close, so that it finds nothing there that is not ours.
            self.running = None;
        }
        let ports = Ports::open(names, &self.backend.used).map_err(|error| self.error(error))?;
        let running = if is_driver {
            self.driver(&ports)?
        } else {
            let started = RunningClient::start(&self.backend.command, &ports);
            started.map_err(|error| self.error(error))?
        };
        self.first = Deadline::after(self.backend.command.start_timeout);
        (self.running, self.ports) = (Some(running), Some(ports));
        (self.accepted, self.is_busy) = (0, true);
        Ok(())
    }

    fn incoming(&mut self) -> Option<&mut dyn Incoming> {
        Some(self)
    }

    fn caller(&mut self) -> Option<&mut dyn Caller> {
        Some(self)
    }

    fn open(&mut self, _: &mut Vec<u8>, _: Duration, _: &AtomicBool) -> Result<Link, TargetError> {
        let target = self.backend.command.to_string();
        Err(TargetError::client(&target, "it is a client, and can't be connected to"))
    }

    fn restart(&mut self) {
        (self.running, self.ports) = (None, None);
    }

    fn host_and_port(&self) -> (String, String) {
        let port = self.ports.as_ref().map_or(0, Ports::common);
        // Ports that the system hands out have five digits.
        ("127.0.0.1".to_owned(), format!("{port:05}"))
    }

    fn death(&mut self) -> Option<Death> {
        let running = self.running.as_mut()?;
        let status = running.crash()?;
        Some(Death::new(status, running.process.output.settled_tail()))
    }

    fn is_dead(&mut self) -> bool {
        let is_driver = self.backend.command.is_driver;
        is_driver && self.running.as_mut().is_some_and(|it| it.process.ended().is_some())
    }

    fn begin_output(&mut self) {
        if let Some(running) = &self.running {
            running.process.output.begin();
        }
    }

    fn output(&mut self) -> Vec<String> {
        let Some(running) = &mut self.running else { return Vec::new() };
        let mut output = running.process.output.tail();
        output.extend(running.line().map(|line| format!("on its stdout: {line}")));
        output
    }

    fn give_back(&mut self) {
        if self.backend.command.is_driver && !self.is_busy {
            self.backend.idle.keep(self.running.take());
        }
    }
}

impl Incoming for ClientInstance<'_> {
    fn port(&self, index: usize) -> u16 {
        self.ports.as_ref().map_or(0, |ports| ports.number(index))
    }

    fn accept(
        &mut self,
        port: usize,
        until: Deadline,
        stop: &AtomicBool,
    ) -> Result<Accepted, TargetError> {
        let until = if self.accepted == 0 { self.first } else { until };
        let (Some(ports), Some(running)) = (&self.ports, &mut self.running) else {
            return Ok(Accepted::Nobody);
        };
        let failed = |error| TargetError::start(&self.backend.command.to_string(), error);
        let mut has_ended = None;
        loop {
            let wait = if has_ended.is_some() { Duration::ZERO } else { LOOK.min(until.left()) };
            if let Some(stream) = ports.accept(port, wait).map_err(failed)? {
                self.accepted += 1;
                let link = StreamLink::new(stream, running.observer.clone());
                return Ok(Accepted::Link(Link::Stream(link)));
            }
            if let Some(how) = has_ended {
                return self.ended_unconnected(how, port);
            }
            // Its last connection may wait all the same: it is looked for once more.
            has_ended = match running.process.ended() {
                Some(status) => Some((format!("it ended ({status})"), status.code())),
                None if running.has_line() => Some(("it answered".to_owned(), None)),
                None => None,
            };
            if stop.load(Ordering::Relaxed) || (has_ended.is_none() && until.is_over()) {
                if self.accepted > 0 || stop.load(Ordering::Relaxed) {
                    return Ok(Accepted::Nobody);
                }
                return Err(self.did_not_connect("it did not connect", port));
            }
        }
    }

    fn clear_backlog(&mut self) -> usize {
        self.ports.as_ref().map_or(0, Ports::clear)
    }
}

impl Caller for ClientInstance<'_> {
    fn has_spoken(&mut self) -> bool {
        self.running.as_mut().is_some_and(RunningClient::has_line)
    }

    fn spoke_early(&mut self) -> TargetError {
        self.broken(
            "it wrote a line on its stdout before everything was sent to it, or a second one for \
             the conversation before: expected exactly one when the conversation is over",
        )
    }

    fn result(&mut self, wait: Duration) -> Result<Option<ClientEnd>, TargetError> {
        let Some(running) = &mut self.running else { return Ok(None) };
        match running.result(wait) {
            Ok(end) => {
                self.is_busy &= end.is_none();
                Ok(end)
            }
            Err(bad) => Err(self.broken(&bad.to_string())),
        }
    }

    fn refuse(&mut self) {
        self.ports.iter_mut().for_each(Ports::refuse);
    }

    fn listen_again(&mut self) {
        self.ports.iter_mut().for_each(Ports::listen_again);
    }
}

impl ClientInstance<'_> {
    /// What it means that a client has ended, or has answered, and has not connected.
    fn ended_unconnected(
        &mut self,
        (how, code): (String, Option<i32>),
        port: usize,
    ) -> Result<Accepted, TargetError> {
        if self.accepted > 0 {
            return Ok(Accepted::Ended(how));
        }
        let running = self.running.as_mut();
        let output = running.map(|it| it.process.output.settled_tail()).unwrap_or_default();
        if code == Some(NOT_STARTED) && self.backend.command.supervisor.is_some() {
            return Err(self.error(io::Error::other(output.join("; "))));
        }
        Err(self.did_not_connect(&format!("{how} before it connected"), port))
    }
}
