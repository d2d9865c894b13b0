//! Connections that the script accepts, and the ports on which it does.

use super::{Binding, ConnectionState, Kind, Lowering, OurEnd};
use crate::script::accepted::{Claimed, Port, RESERVED_PORTS, ResultClaim};
use crate::script::conversation::{Action, Op};
use crate::script::source::{Span, Spanned};
use crate::script::syntax::{Line, Statement};

impl Lowering<'_> {
    /// Gives the ports that statements listen on their variables: `$NAME` may stand before the
    /// `listen` that it belongs to.
    pub(super) fn declare_ports(&mut self, lines: &[Line]) {
        for line in lines {
            match &line.statement {
                Some(Statement::Repeat { body, .. }) => self.declare_ports(body),
                Some(Statement::Listen { on: Some(on), .. }) => self.declare_port(on),
                _ => {}
            }
        }
    }

    fn declare_port(&mut self, on: &Spanned<String>) {
        let name = &on.value;
        if self.ports.iter().any(|port| port.name == *name) {
            return;
        }
        let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_plain || RESERVED_PORTS.contains(&name.as_str()) || self.names.contains_key(name) {
            return self.error(on.span, Kind::BadPortName(name.clone()));
        }
        let slot = self.variables.len();
        self.variables.push(name.clone());
        self.names.insert(name.clone(), Binding::Slot(slot));
        self.ports.push(Port { name: name.clone(), slot: Some(slot) });
    }

    /// `listen [NAME] [on PORTNAME]`
    pub(super) fn listen(
        &mut self,
        name: &str,
        on: Option<&Spanned<String>>,
        span: Span,
        ops: &mut Vec<Op>,
    ) {
        let connection = self.connection(name);
        let ConnectionState { ours, theirs_ended } = self.states[connection];
        if matches!(ours, OurEnd::Open | OurEnd::HalfClosed) && !theirs_ended {
            self.error(span, Kind::AlreadyOpen(name.to_owned()));
        }
        self.states[connection] = ConnectionState { ours: OurEnd::Open, theirs_ended: false };
        if self.settings.spawn.is_some() && on.is_none() {
            self.error(span, Kind::ListenWithoutOn);
        }
        let wanted = on.map_or("", |on| on.value.as_str());
        let port = match self.ports.iter().position(|port| port.name == wanted) {
            Some(port) => port,
            None if on.is_none() => {
                self.ports.push(Port { name: String::new(), slot: None });
                self.ports.len() - 1
            }
            // Its name was not a good one, as was said.
            None => return,
        };
        if let (Some(on), Some(slot)) = (on, self.ports[port].slot)
            && !matches!(self.names.get(wanted), Some(Binding::Slot(found)) if *found == slot)
        {
            self.error(on.span, Kind::BadPortName(wanted.to_owned()));
        }
        self.step(connection, span, Action::Listen(port), ops);
    }

    /// A connection is used that nothing has listened for: a client has nothing to connect to.
    pub(super) fn check_opened(&mut self, name: &str, connection: usize, span: Span) {
        let has_client = self.settings.client.is_some() || self.settings.driver.is_some();
        if has_client && self.states[connection].ours == OurEnd::New {
            self.error(span, Kind::NotListenedFor(name.to_owned()));
        }
    }

    /// `exit N`
    pub(super) fn exit(&mut self, code: u8, span: Span) {
        let is_exit = |claim: &ResultClaim| matches!(claim.what, Claimed::Exit(_));
        if self.settings.driver.is_some() {
            self.error(span, Kind::ExitOfDriver);
        } else if self.claims.iter().any(is_exit) {
            self.error(span, Kind::ExitTwice);
        }
        self.claims.push(ResultClaim { place: self.place(span), what: Claimed::Exit(code) });
    }

    /// `output re"…"`
    pub(super) fn output(&mut self, pattern: &Spanned<String>, span: Span) {
        if let Some(pattern) = self.pattern(Some(pattern)) {
            let place = self.place(span);
            self.claims.push(ResultClaim { place, what: Claimed::Output(pattern) });
        }
    }

    /// A script starts one program: a server, a client or a driver.
    pub(super) fn check_starts(&mut self, span: Span) {
        let settings = &self.settings;
        let started = [&settings.spawn, &settings.client, &settings.driver];
        if started.into_iter().flatten().count() > 1 {
            self.error(span, Kind::StartsTwo);
        }
    }

    /// What can be said only of all statements together.
    pub(super) fn check_client(&mut self) {
        if self.ports.is_empty()
            && let Some(claim) = self.claims.first()
        {
            let span = claim.place.span;
            self.error(span, Kind::ClaimWithoutListen);
        }
    }
}
