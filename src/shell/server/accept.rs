//! Accepting clients while there is room for them, a thread each.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, MutexGuard};
use std::thread;
use std::time::Instant;

use super::alarm::Alarm;
use super::seat::Seat;
use super::{BREATH, ProtocolServer, STACK, ServerEvent, ServerState, is_momentary, session};
use crate::protocol::Protocol;

impl ProtocolServer {
    /// Accepts until the server stops; several listeners may be served by a thread each, and share
    /// the limits. `connect` makes the server's side of each connection.
    pub fn serve<P, C>(self: &Arc<Self>, listener: TcpListener, connect: C)
    where
        P: Protocol + Send + 'static,
        C: Fn() -> P,
    {
        let listener = Arc::new(listener);
        {
            let mut state = self.lock();
            if state.is_stopping {
                return;
            }
            state.listeners.push(Arc::clone(&listener));
        }
        self.accept(&listener, connect);
    }

    pub(super) fn accept<P, C>(self: &Arc<Self>, listener: &TcpListener, connect: C)
    where
        P: Protocol + Send + 'static,
        C: Fn() -> P,
    {
        // If this fails, each connection gets its options when it is accepted.
        let _ = self.limits.apply(listener);
        while self.has_room() {
            match listener.accept() {
                Ok((stream, peer)) => self.start(Arc::new(stream), peer, &connect),
                // The server goes on if one client gave up.
                Err(error) if is_momentary(&error) => {}
                Err(error) => {
                    self.wait_for_better(
                        |state| &mut state.no_client,
                        ServerEvent::CannotAccept(&error),
                    );
                }
            }
        }
    }

    /// Gives a client a thread. Without room or a thread, this client and all after it wait.
    fn start<P, C>(self: &Arc<Self>, stream: Arc<TcpStream>, peer: SocketAddr, connect: &C)
    where
        P: Protocol + Send + 'static,
        C: Fn() -> P,
    {
        while let Some(seat) = Seat::take(self, &stream) {
            let (stream, protocol) = (Arc::clone(&stream), connect());
            let spawned = thread::Builder::new().stack_size(STACK).spawn(move || {
                // The last variable is dropped first, also in a panic: once the seat is free, the
                // descriptor is free, too.
                let (seat, stream) = (seat, stream);
                session::attend(&seat, &stream, peer, protocol);
            });
            match spawned {
                Ok(_) => return,
                Err(error) => {
                    self.wait_for_better(
                        |state| &mut state.no_thread,
                        ServerEvent::NoThread(&error),
                    );
                }
            }
        }
    }

    /// Waits until there is room for one more. Returns false if the server stops instead.
    fn has_room(&self) -> bool {
        !self.wait_for_room().is_stopping
    }

    pub(super) fn wait_for_room(&self) -> MutexGuard<'_, ServerState> {
        let limit = self.limits.connections.max(1);
        let is_full = |state: &ServerState| state.open.len() >= limit && !state.is_stopping;
        let mut state = self.lock();
        if is_full(&state) && state.full.raise(limit, Instant::now()) {
            drop(state);
            self.tell(&ServerEvent::Full { limit });
            state = self.lock();
        }
        while is_full(&state) {
            state = self.wait(state, None);
        }
        state
    }

    /// Something is scarce: reports it if that is news, and waits for a moment, or until a client
    /// leaves.
    fn wait_for_better(
        &self,
        alarm: impl Fn(&mut ServerState) -> &mut Alarm,
        news: ServerEvent<'_>,
    ) {
        let mut state = self.lock();
        let open = state.open.len();
        // If the server stops, it has shut the listener down itself.
        if !state.is_stopping && alarm(&mut state).raise(open, Instant::now()) {
            drop(state);
            self.tell(&news);
            state = self.lock();
        }
        if !state.is_stopping {
            drop(self.wait(state, Some(BREATH)));
        }
    }
}
