//! What SIGINT and SIGTERM do during a play.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::{Exit, Failed};

/// A flag that SIGINT and SIGTERM set; the second of them ends the program at once.
pub(super) fn interrupts() -> Result<Arc<AtomicBool>, Failed> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        let code = i32::from(Exit::Interrupted.code());
        flag::register_conditional_shutdown(signal, code, Arc::clone(&stop))
            .and_then(|_| flag::register(signal, Arc::clone(&stop)))
            .map_err(|error| Failed::unreachable(format!("can't watch for signals: {error}")))?;
    }
    Ok(stop)
}
