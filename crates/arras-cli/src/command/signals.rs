//! SIGINT and SIGTERM, which stop a run but not before its report is complete.

use arras_run::effect::CancelReason;

/// Resolves when the process is asked to stop.
#[cfg(unix)]
pub(super) async fn stop() -> CancelReason {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => CancelReason::Interrupted,
        _ = terminate.recv() => CancelReason::Terminated,
    }
}

/// Resolves when the process is asked to stop.
#[cfg(not(unix))]
pub(super) async fn stop() -> CancelReason {
    match tokio::signal::ctrl_c().await {
        Ok(()) => CancelReason::Interrupted,
        Err(_) => std::future::pending().await,
    }
}
