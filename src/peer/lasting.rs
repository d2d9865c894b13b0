//! A thread that lives as long as this program.
//!
//! The signal that ends a supervisor when the recut above it has ended is sent by Linux at the end
//! of the *thread* that started it (prctl(2), `PR_SET_PDEATHSIG`). What is kept for other jobs must
//! outlive the job that has started it, and so must that thread.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Work for the thread.
type Work = Box<dyn FnOnce() + Send>;

/// The way to the thread, once it was needed.
static THREAD: OnceLock<Mutex<Sender<Work>>> = OnceLock::new();

/// Does some work in that thread, which is short, and waits for what comes of it.
///
/// # Errors
///
/// If there is no thread left.
pub(super) fn in_lasting_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    let (done, outcome) = channel();
    let work = Box::new(move || {
        // Nobody waits any more if this fails.
        let _ = done.send(work());
    });
    let gone = || io::Error::other("the thread that starts processes has ended");
    let thread = match THREAD.get() {
        Some(thread) => thread,
        None => {
            let (to, from): (_, Receiver<Work>) = channel();
            std::thread::Builder::new()
                .name("starts processes".to_owned())
                .spawn(move || from.iter().for_each(|work| work()))?;
            // If another job was faster, this thread ends with its sender.
            THREAD.get_or_init(|| Mutex::new(to))
        }
    };
    thread.lock().unwrap_or_else(PoisonError::into_inner).send(work).map_err(|_| gone())?;
    outcome.recv().map_err(|_| gone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_does_the_work_of_all() {
        let id = || in_lasting_thread(|| std::thread::current().id()).unwrap();
        let others = std::thread::spawn(id).join().unwrap();
        assert_eq!(others, id());
        assert_ne!(others, std::thread::current().id());
    }
}
