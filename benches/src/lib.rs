//! What the measurements share: documents in memory, and what the process has used so far.

use std::time::Duration;

use arras::future::BoxFuture;
use arras::load::{LoadError, Loaded, Loader};

/// Two documents in memory: whatever ends in `api.yaml` is the description, all else the workflow.
#[derive(Clone, Debug)]
pub struct Documents {
    /// The OpenAPI description.
    pub description: String,
    /// The Arazzo document.
    pub workflow: String,
}

impl Loader for Documents {
    fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
        let text = if uri.ends_with("api.yaml") { &self.description } else { &self.workflow };
        let loaded = Loaded { uri: uri.to_owned(), name: uri.to_owned(), bytes: text.clone().into() };
        Box::pin(async move { Ok(loaded) })
    }
}

/// The CPU time of the calling thread so far, user and system, to the nanosecond; Linux alone tells it.
///
/// # Errors
/// If the system does not tell.
pub fn cpu_time() -> std::io::Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let first = text.split(' ').next().and_then(|number| number.parse().ok());
    first.map(Duration::from_nanos).ok_or_else(|| std::io::ErrorKind::InvalidData.into())
}

/// The most memory that the process has held, in bytes; Linux alone tells it.
///
/// # Errors
/// If the system does not tell.
pub fn peak_memory() -> std::io::Result<u64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kibibytes.map(|kibibytes| kibibytes * 1024).ok_or_else(|| std::io::ErrorKind::InvalidData.into())
}
