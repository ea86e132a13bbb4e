//! The runtimes of threads, and what is said where there are no resources for one.

use std::io;
use std::sync::{Mutex, PoisonError};

use tokio::runtime::{Builder, Runtime};

use super::Failure;

/// How many descriptors the first runtime takes, at most, in pairs.
#[cfg(unix)]
const PAIRS: usize = 4;

/// A runtime for one thread.
///
/// # Errors
/// `Environment` if the system has no resources for it.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    static IS_FIRST: Mutex<bool> = Mutex::new(true);
    let mut is_first = IS_FIRST.lock().unwrap_or_else(PoisonError::into_inner);
    let ready = if *is_first { spare_descriptors() } else { Ok(()) };
    let built = ready.and_then(|()| Builder::new_current_thread().enable_all().build());
    *is_first &= built.is_err();
    built.map_err(no_resources)
}

/// That the system has no resources for what the command needs to begin.
pub(super) fn no_resources(error: io::Error) -> Failure {
    Failure::Environment(format!("the system gives no resources to start with: {error}"))
}

/// With the first runtime tokio makes what signals come through, and panics if it can't.
#[cfg(unix)]
fn spare_descriptors() -> io::Result<()> {
    let pairs: io::Result<Vec<_>> = (0..PAIRS).map(|_| std::os::unix::net::UnixStream::pair()).collect();
    pairs.map(drop)
}

#[cfg(not(unix))]
fn spare_descriptors() -> io::Result<()> {
    Ok(())
}
