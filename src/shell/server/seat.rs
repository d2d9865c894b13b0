//! A place among the clients that are served at once.

use std::net::TcpStream;
use std::sync::{Arc, Weak};

use super::Server;

/// One client's place; free again when it is dropped.
pub(super) struct Seat {
    pub(super) server: Arc<Server>,
    id: u64,
}

impl Seat {
    /// Waits for one; `None` where the server stops.
    pub(super) fn take(server: &Arc<Server>, stream: &Arc<TcpStream>) -> Option<Self> {
        let mut state = server.wait_for_room();
        if state.is_stopping {
            return None;
        }
        let state = &mut *state;
        for alarm in [&mut state.full, &mut state.no_client, &mut state.no_thread] {
            alarm.ease(state.open.len());
        }
        let id = state.next;
        state.next += 1;
        state.open.insert(id, Arc::downgrade(stream));
        Some(Self { server: Arc::clone(server), id })
    }

    /// The client is on its way out: a server that stops lets it be.
    pub(super) fn is_leaving(&self) {
        self.server.lock().open.insert(self.id, Weak::new());
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let is_awaited = {
            let mut state = self.server.lock();
            state.open.remove(&self.id);
            state.waiting > 0
        };
        // Nobody waits mostly, and it would be a system call.
        if is_awaited {
            self.server.left.notify_all();
        }
    }
}
