//! What is known of an operation's answers, so that it is not read off the description again with each.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many kinds of answers are told apart; servers that make up more are asked about each time.
const MOST: usize = 32;

/// The kinds of answers in which the description calls nothing secret.
#[derive(Debug, Default)]
pub(crate) struct Answers(Mutex<Vec<(u16, Option<String>)>>);

impl Answers {
    /// Whether nothing in an answer of that status and content type is secret, as far as it is known.
    pub(super) fn are_open(&self, status: u16, content_type: Option<&str>) -> bool {
        self.open().iter().any(|(known, label)| *known == status && label.as_deref() == content_type)
    }

    /// Nothing in them is.
    pub(super) fn know_open(&self, status: u16, content_type: Option<&str>) {
        let mut open = self.open();
        if open.len() < MOST {
            open.push((status, content_type.map(str::to_owned)));
        }
    }

    fn open(&self) -> MutexGuard<'_, Vec<(u16, Option<String>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
