//! One connection through a relay that cuts.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::plan::CarriedCut;
use super::run::RelayRun;
use crate::script::Side;
use crate::wire::{Arrival, Sending, StreamLink, Wait, wait_for_either};

/// How many cuts are made in what one side of a connection says: what comes after them is passed
/// on as it comes.
const CUTS: usize = 4_096;

/// How many bytes may wait to be passed on before no more are read.
const ROOM: usize = 1 << 20;

/// How long a side may take nothing before the connection is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long it is waited for either side before it is looked whether to stop.
const LOOK: Duration = Duration::from_millis(50);

/// One connection through a relay.
pub(super) struct CutPassage<'r> {
    run: &'r RelayRun,
    number: usize,
    gap: Duration,
    client: Half,
    server: Half,
}

/// The end of one side, and what it says.
struct Half {
    link: StreamLink,
    /// What it has said and was not passed on.
    waiting: Vec<u8>,
    /// How much of what it says was passed on.
    passed: u64,
    /// How often that was cut.
    cuts: usize,
    /// Whether it has sent its FIN, and whether that was passed on.
    has_ended: bool,
    is_told: bool,
}

impl Half {
    fn new(link: StreamLink) -> Self {
        let (waiting, passed, cuts) = (Vec::new(), 0, 0);
        Self { link, waiting, passed, cuts, has_ended: false, is_told: false }
    }

    /// Whether nothing can be done before it says more: all that it said was passed on.
    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.has_ended == self.link.has_ended()
    }
}

impl<'r> CutPassage<'r> {
    pub(super) fn new(
        run: &'r RelayRun,
        number: usize,
        gap: Duration,
        client: StreamLink,
        server: StreamLink,
    ) -> Self {
        Self { run, number, gap, client: Half::new(client), server: Half::new(server) }
    }

    /// Passes on what both sides say until both have ended.
    pub(super) fn carry(mut self) {
        while !self.run.stop.load(Ordering::Relaxed) {
            for side in [Side::Client, Side::Server] {
                if self.hear(side).is_break() || self.pass_on(side).is_break() {
                    // Whoever is left is reset, as whoever has gone did.
                    self.client.link.reset();
                    self.server.link.reset();
                    return;
                }
            }
            let (client, server) = (&self.client, &self.server);
            if client.is_told && server.is_told {
                return;
            }
            if client.is_idle() && server.is_idle() {
                wait_for_either(&client.link, &server.link, LOOK);
            }
        }
    }

    fn halves(&mut self, side: Side) -> (&mut Half, &mut Half) {
        match side {
            Side::Client => (&mut self.client, &mut self.server),
            Side::Server => (&mut self.server, &mut self.client),
        }
    }

    /// Takes what a side says, without waiting for it.
    fn hear(&mut self, side: Side) -> ControlFlow<()> {
        let (run, number) = (self.run, self.number);
        let (from, _) = self.halves(side);
        while !from.has_ended && from.waiting.len() < ROOM {
            let wait = Wait { until: None, or_quiet: false, stop: &run.stop };
            match from.link.arrive(&mut from.waiting, wait) {
                Arrival::Bytes => {}
                Arrival::Eof => from.has_ended = true,
                Arrival::Reset | Arrival::Crashed(_) => {
                    run.resets(number, side);
                    return ControlFlow::Break(());
                }
                Arrival::Nothing | Arrival::Quiet => break,
            }
        }
        ControlFlow::Continue(())
    }

    /// Passes on what a side has said, and cuts it. What the other side says meanwhile waits.
    fn pass_on(&mut self, side: Side) -> ControlFlow<()> {
        let (run, connection, gap) = (self.run, self.number, self.gap);
        let (from, to) = self.halves(side);
        let mut start = 0;
        while start < from.waiting.len() {
            let rest = &from.waiting[start..];
            let at = |length: usize| {
                let offset = from.passed + length as u64;
                CarriedCut { connection, side, offset }
            };
            let is_cut = |length: &usize| from.cuts < CUTS && run.plan.cuts(at(*length));
            let cut = (1..=rest.len()).find(is_cut);
            let length = cut.unwrap_or(rest.len());
            let segment = &rest[..length];
            // Recorded first: otherwise the answer to it could be recorded before it.
            run.says(connection, side, segment);
            let sent = to.link.send(segment, false, &mut to.waiting, PATIENCE, &run.stop);
            if sent == Sending::Stuck {
                return ControlFlow::Break(());
            }
            // A client that is gone reads nothing, and its server must know. What a server said
            // before it was gone is still on its way, and its end shows after it.
            if side == Side::Server && to.link.has_gone() {
                run.resets(connection, Side::Client);
                return ControlFlow::Break(());
            }
            if cut.is_some() {
                let quality = to.link.settle(gap, &mut to.waiting, &run.stop);
                run.was_cut(at(length), quality);
                from.cuts += 1;
            }
            from.passed += length as u64;
            start += length;
        }
        from.waiting.clear();
        if from.has_ended && !from.is_told {
            run.ends(connection, side);
            to.link.end();
            from.is_told = true;
        }
        ControlFlow::Continue(())
    }
}
