//! A place among the clients that are served at once.

use std::net::TcpStream;
use std::sync::{Arc, Weak};

use super::ProtocolServer;

/// One client's place, which is free again after it is dropped.
pub(super) struct Seat {
    pub(super) server: Arc<ProtocolServer>,
    id: u64,
}

impl Seat {
    /// Waits for a free place; `None` if the server stops.
    pub(super) fn take(server: &Arc<ProtocolServer>, stream: &Arc<TcpStream>) -> Option<Self> {
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

    /// The client is leaving: a server that stops does not cut it off.
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
        // Usually nobody waits, and a notification would cost a system call.
        if is_awaited {
            self.server.left.notify_all();
        }
    }
}
