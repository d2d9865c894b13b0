//! What the drivers here share: a line for each play, and a line for what the client came to.

use std::fmt::{Debug, Display};
use std::io;
use std::time::Duration;

/// How long a client may wait, so that a server which goes silent is an error.
pub const PATIENCE: Duration = Duration::from_secs(4);

/// Uses a client for each line of the input, and prints what it returns; an error is a result, too.
///
/// recut writes 127.0.0.1:PORT, perhaps with NAME=PORT behind it, and waits for one line.
pub fn drive<T: Debug, E: Display>(mut client: impl FnMut(&str) -> Result<T, E>) {
    for line in io::stdin().lines().map_while(Result::ok) {
        let address = line.split(' ').next().unwrap_or_default();
        // {:?} makes line ends visible, so that this is one line; stdout flushes after each.
        match client(address) {
            Ok(result) => println!("{result:?}"),
            Err(error) => println!("{:?}", format!("error: {error}")),
        }
    }
}

/// Does the same with a client in async style, which is given up when it takes too long.
pub fn drive_async<T: Debug>(client: impl AsyncFn(&str) -> Result<T, String>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    drive(|address| {
        runtime.block_on(async {
            let patient = tokio::time::timeout(PATIENCE, client(address)).await;
            patient.unwrap_or_else(|_| Err("out of time".to_owned()))
        })
    });
}
