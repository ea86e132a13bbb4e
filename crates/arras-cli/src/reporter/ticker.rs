//! A thread that does something again and again until nobody wants it any more.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Ticks until it is dropped, which waits for the last tick to be over.
pub(super) struct Ticker {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    /// Ticks at that pace; `None` where there can be no thread.
    pub(super) fn new(name: &str, pace: Duration, mut tick: impl FnMut() + Send + 'static) -> Option<Ticker> {
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            while stopped.recv_timeout(pace) == Err(RecvTimeoutError::Timeout) {
                tick();
            }
        });
        Some(Ticker { stop: Some(stop), thread: Some(thread.ok()?) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
