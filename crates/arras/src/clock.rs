//! Where a run's time comes from: the system's clock, or one that a test turns by hand.

use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arras_run::time::Timestamp;

use crate::future::BoxFuture;

/// Tells the time and waits for it.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Resolves once [`Clock::now`] is `until` or later. Dropping it ends the wait.
    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()>;
}

/// The system's clock; sleeping needs a tokio runtime with time.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// How long to sleep before looking at the wall clock again, which may have been set or, on a laptop, slept through.
const NAP: Duration = Duration::from_secs(30);

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::default().after(since_epoch)
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            loop {
                let left = until.since(self.now());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(NAP)).await;
            }
        })
    }
}

/// A clock for tests and simulations: time stands still until it is told.
///
/// ```
/// use arras::clock::{Clock, ManualClock};
/// use arras_run::time::Timestamp;
///
/// let clock = ManualClock::skipping(Timestamp(1_000));
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// clock.sleep_until(Timestamp(7_200_000)).await; // two hours pass at once
/// # });
/// assert_eq!(clock.now(), Timestamp(7_200_000));
/// ```
#[derive(Debug)]
pub struct ManualClock {
    state: Mutex<State>,
    sleep: Sleep,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    sleepers: Vec<Waker>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sleep {
    Waits,
    Skips,
}

impl ManualClock {
    /// A clock at that time, where a sleeper waits until [`ManualClock::advance`] or [`ManualClock::set`] wakes it.
    pub fn at(now: Timestamp) -> ManualClock {
        ManualClock { state: Mutex::new(State { now, sleepers: Vec::new() }), sleep: Sleep::Waits }
    }

    /// A clock at that time, where whoever sleeps moves the time forward instead of waiting.
    pub fn skipping(now: Timestamp) -> ManualClock {
        ManualClock { sleep: Sleep::Skips, ..ManualClock::at(now) }
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        let until = self.now().after(by);
        self.set(until);
    }

    /// Sets the time; an earlier one than now is passed over, since time does not go back.
    pub fn set(&self, to: Timestamp) {
        let mut state = self.state();
        state.now = state.now.max(to);
        for sleeper in state.sleepers.drain(..) {
            sleeper.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.state().now
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(poll_fn(move |context| {
            if self.sleep == Sleep::Skips {
                self.set(until);
            }
            let mut state = self.state();
            if state.now >= until {
                return Poll::Ready(());
            }
            if !state.sleepers.iter().any(|sleeper| sleeper.will_wake(context.waker())) {
                state.sleepers.push(context.waker().clone());
            }
            Poll::Pending
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_time_has_come() {
        let clock = Arc::new(ManualClock::at(Timestamp(100)));
        let sleeper = tokio::spawn({
            let clock = Arc::clone(&clock);
            async move {
                clock.sleep_until(Timestamp(300)).await;
                clock.now()
            }
        });
        tokio::task::yield_now().await;
        clock.advance(Duration::from_millis(150));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.set(Timestamp(301));
        assert_eq!(sleeper.await.unwrap(), Timestamp(301));
        clock.set(Timestamp(5));
        assert_eq!(clock.now(), Timestamp(301));
    }

    #[tokio::test]
    async fn the_system_clock_never_wakes_early() {
        let until = SystemClock.now().after(Duration::from_millis(5));
        SystemClock.sleep_until(until).await;
        assert!(SystemClock.now() >= until);
        SystemClock.sleep_until(Timestamp(0)).await;
    }
}
