//! The step that goes on, for a terminal's live line and for a word in a long silence.

use arras_run::event::WaitReason;
use arras_run::time::Timestamp;

use super::phrase;
use super::row::Row;

/// The step that goes on.
#[derive(Debug)]
pub(super) struct Current {
    pub(super) row: Row,
    pub(super) began: Timestamp,
    pub(super) visit: u32,
    pub(super) attempt: u32,
    pub(super) note: Option<String>,
    pub(super) waiting: Option<(Timestamp, WaitReason)>,
}

impl Current {
    /// What is to be said of it now: which visit, what was last seen, when it goes on.
    pub(super) fn tail(&self, now: Timestamp) -> String {
        let elapsed = now.since(self.began);
        let rests = self.waiting.map(|(until, reason)| {
            let left = format!("again in {}", countdown(until, now));
            if reason == WaitReason::RetryAfter { format!("{left}, as the server asks") } else { left }
        });
        let goes_on = (elapsed.as_secs() >= 2).then(|| phrase::duration(elapsed));
        let repetition = Some(repetition(self.visit, self.attempt)).filter(|text| !text.is_empty());
        let parts = [repetition, self.note.clone(), rests.or(goes_on)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

/// Tenths below a minute, so that a countdown is seen to move.
fn countdown(until: Timestamp, now: Timestamp) -> String {
    let left = until.since(now);
    if left.as_secs() < 60 { format!("{:.1} s", left.as_secs_f64()) } else { phrase::duration(left) }
}

pub(super) fn repetition(visit: u32, attempt: u32) -> String {
    match (visit, attempt) {
        (1, 1) => String::new(),
        (visit, 1) => format!("visit {visit}"),
        (1, attempt) => format!("attempt {attempt}"),
        (visit, attempt) => format!("visit {visit}, attempt {attempt}"),
    }
}
