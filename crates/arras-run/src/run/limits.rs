//! How far a run may go, and at what pace.

use core::time::Duration;

use arras_doc::rule::{self, Rule};

/// The budgets and the pace of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The whole run; `None` for no limit.
    pub timeout: Option<Duration>,
    /// One attempt of a step that has no `timeout` of its own; `None` for no limit.
    pub step_timeout: Option<Duration>,
    /// Attempts of steps in all.
    pub max_steps: u64,
    /// Visits of one step.
    pub max_visits: Option<u32>,
    /// Workflows within workflows.
    pub max_depth: usize,
    /// The longest `Retry-After` that is obeyed in full.
    pub max_retry_after: Duration,
    /// The least time before a `goto` back to a step already visited; zero for none.
    pub poll_interval: Duration,
    /// What a step without success criteria counts as success.
    pub default_success: DefaultSuccess,
    /// What of answers is checked against the description.
    pub checks: Checks,
}

impl Default for Limits {
    /// An hour, a minute a step, 1,000 steps, depth 32, `Retry-After` up to 300 s, polls a second apart at first.
    fn default() -> Limits {
        Limits {
            timeout: Some(Duration::from_secs(3600)),
            step_timeout: Some(Duration::from_secs(60)),
            max_steps: 1000,
            max_visits: None,
            max_depth: 32,
            max_retry_after: Duration::from_secs(300),
            poll_interval: Duration::from_secs(1),
            default_success: DefaultSuccess::default(),
            checks: Checks::default(),
        }
    }
}

/// How every answer is checked against the description, beside the criteria.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    /// Whether its status is described.
    pub status: CheckLevel,
    /// Whether its content type is described for that status.
    pub content_type: CheckLevel,
    /// Whether its body is valid by the schema for that content type.
    pub body: CheckLevel,
}

impl Checks {
    /// The same level for all of them.
    pub fn all(level: CheckLevel) -> Checks {
        Checks { status: level, content_type: level, body: level }
    }

    /// The level for the findings of a rule.
    pub(crate) fn level(self, rule: &Rule) -> CheckLevel {
        match rule.id {
            id if id == rule::RESPONSE_STATUS_UNDESCRIBED.id => self.status,
            id if id == rule::RESPONSE_TYPE_UNDESCRIBED.id => self.content_type,
            _ => self.body,
        }
    }
}

/// What follows from a difference between an answer and its description.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CheckLevel {
    /// It is not looked for.
    Off,
    /// A warning.
    #[default]
    Warn,
    /// The step fails.
    Error,
}

/// Which status codes mean success where no success criteria are declared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DefaultSuccess {
    /// Any answer.
    Any,
    /// 200 to 299.
    TwoXx,
    /// Below 400.
    #[default]
    BelowFourHundred,
}

impl DefaultSuccess {
    /// Whether the status code means success.
    pub fn accepts(self, status: u16) -> bool {
        match self {
            DefaultSuccess::Any => true,
            DefaultSuccess::TwoXx => (200..300).contains(&status),
            DefaultSuccess::BelowFourHundred => status < 400,
        }
    }
}

impl Limits {
    /// The pause before visit or retry number `repeat` (from 1): growing by half each time, up to ten seconds.
    pub(super) fn pace(&self, repeat: u32) -> Duration {
        const CEILING: Duration = Duration::from_secs(10);
        let growth = 1.5_f64.powi(i32::try_from(repeat.saturating_sub(1).min(64)).unwrap_or(64));
        let grown = (self.poll_interval.as_secs_f64() * growth).min(CEILING.as_secs_f64());
        self.poll_interval.max(Duration::from_secs_f64(grown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_slows_to_ten_seconds() {
        let limits = Limits::default();
        let pauses: Vec<_> = (1..9).map(|repeat| limits.pace(repeat).as_millis()).collect();
        assert_eq!(pauses, [1000, 1500, 2250, 3375, 5062, 7593, 10_000, 10_000]);
        let none = Limits { poll_interval: Duration::ZERO, ..Limits::default() };
        assert_eq!(none.pace(1_000_000), Duration::ZERO);
        let slow = Limits { poll_interval: Duration::from_secs(30), ..Limits::default() };
        assert_eq!(slow.pace(5), Duration::from_secs(30));
    }
}
