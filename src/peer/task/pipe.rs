//! One connection to a task, which both ends share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::bell::Bell;
use crate::peer::pipe::Duct;

/// One connection to a task.
pub(super) struct TaskPipe {
    state: Mutex<TaskPipeState>,
    bell: Arc<Bell>,
}

/// What both ends know.
#[derive(Default)]
pub(super) struct TaskPipeState {
    pub(super) duct: Duct,
    reader: Option<Waker>,
    writer: Option<Waker>,
    /// Whether the task has dropped its end.
    pub(super) is_dropped: bool,
    /// What the task panicked with.
    pub(super) crash: Option<String>,
}

impl TaskPipe {
    pub(super) fn new(bell: Arc<Bell>) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), bell })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, TaskPipeState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something at our end, and wakes the task if it waits for that.
    pub(super) fn change(&self, change: impl FnOnce(&mut Duct)) {
        let mut state = self.lock();
        change(&mut state.duct);
        let wakers = [state.reader.take(), state.writer.take()];
        drop(state);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    /// Changes something at the end of the task, and tells the play.
    pub(super) fn tell(&self, change: impl FnOnce(&mut TaskPipeState)) {
        change(&mut self.lock());
        self.bell.ring();
    }
}

impl TaskPipeState {
    /// Whether the task can say nothing more.
    pub(super) fn is_closed(&self) -> bool {
        self.is_dropped || self.duct.is_mute
    }

    /// The reader waits for our end to change.
    pub(super) fn wait_to_read<T>(&mut self, context: &Context<'_>) -> Poll<T> {
        self.reader = Some(context.waker().clone());
        Poll::Pending
    }

    /// The writer waits for our end to change.
    pub(super) fn wait_to_write<T>(&mut self, context: &Context<'_>) -> Poll<T> {
        self.writer = Some(context.waker().clone());
        Poll::Pending
    }
}
