//! SIGINT and SIGTERM, which stop a run but not before its report is complete.

use arras_run::effect::CancelReason;

/// Resolves when the process is asked to stop, from this call on; it belongs to the runtime that it is called on.
#[cfg(unix)]
pub(super) fn stop() -> impl Future<Output = CancelReason> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async move {
        let (Ok(mut interrupt), Ok(mut terminate)) = signals else { return std::future::pending().await };
        tokio::select! {
            _ = interrupt.recv() => CancelReason::Interrupted,
            _ = terminate.recv() => CancelReason::Terminated,
        }
    }
}

/// Resolves when the process is asked to stop, from when it is first polled on.
#[cfg(not(unix))]
pub(super) fn stop() -> impl Future<Output = CancelReason> {
    async {
        match tokio::signal::ctrl_c().await {
            Ok(()) => CancelReason::Interrupted,
            Err(_) => std::future::pending().await,
        }
    }
}
