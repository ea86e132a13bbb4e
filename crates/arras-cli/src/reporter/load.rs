//! What a load came to, as every report of it tells: figures of each step, and none of the runs but a few that failed.

use std::collections::BTreeMap;
use std::time::Duration;

use arras_run::time::Timestamp;
use serde::Serialize;

use super::phrase;
use crate::display::count;

/// The version of the shape.
const SCHEMA: u32 = 1;

/// A load that is over. As JSON it is what `arras schema load` describes.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Load {
    schema: u32,
    /// How many virtual users there were.
    pub virtual_users: usize,
    /// Those of them that came to begin a run.
    pub active_users: usize,
    duration_ms: f64,
    /// Runs that came to an end.
    pub runs: u64,
    /// Those that failed.
    pub failed: u64,
    /// Requests that were sent.
    pub requests: u64,
    runs_per_second: f64,
    requests_per_second: f64,
    /// How long runs took.
    pub run_ms: Times,
    /// Each step in the order in which the first run came to it.
    pub steps: Vec<LoadStep>,
    /// Whether a signal ended it.
    #[serde(skip)]
    pub stopped: bool,
    /// When it began.
    #[serde(skip)]
    pub began: Timestamp,
}

/// What a load counts while it goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Runs that came to an end.
    pub runs: u64,
    /// Those that failed.
    pub failed: u64,
    /// Requests that were sent.
    pub requests: u64,
}

/// One step of a load.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadStep {
    /// Its name, behind those of the steps that called its workflow and a `/`; where several workflows are run, behind the
    /// id of the one that it belongs to and ` › `, and behind the file where another one has a workflow of that id.
    pub step: String,
    /// Requests that it sent.
    pub requests: u64,
    /// Attempts by which runs failed; none that the workflow went on from or that belong to a run that succeeded.
    pub errors: u64,
    /// How often each kind of failure came.
    pub reasons: BTreeMap<String, u64>,
    /// How long attempts took.
    pub duration_ms: Times,
}

/// Durations in milliseconds that such a share of all did not exceed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Times {
    /// Half of them.
    pub p50: f64,
    /// Nine of ten.
    pub p90: f64,
    /// All but one of a hundred.
    pub p99: f64,
    /// All.
    pub max: f64,
}

impl Load {
    /// The figures of a load of so many users that took so long.
    pub fn new(virtual_users: usize, took: Duration, counts: Counts, run_ms: Times, steps: Vec<LoadStep>) -> Load {
        let Counts { runs, failed, requests } = counts;
        let seconds = took.as_secs_f64().max(0.001);
        Load {
            schema: SCHEMA,
            virtual_users,
            active_users: virtual_users,
            duration_ms: took.as_secs_f64() * 1000.0,
            runs,
            failed,
            requests,
            runs_per_second: runs as f64 / seconds,
            requests_per_second: requests as f64 / seconds,
            run_ms,
            steps,
            stopped: false,
            began: Timestamp::default(),
        }
    }

    /// How long it took.
    pub fn took(&self) -> Duration {
        Duration::from_secs_f64(self.duration_ms / 1000.0)
    }

    /// Whether there were runs and none failed.
    pub fn has_succeeded(&self) -> bool {
        self.failed == 0 && self.runs > 0
    }

    /// `2 virtual users for 400 ms`, `180 of 1000 virtual users for 400 ms`.
    pub fn users(&self) -> String {
        let of =
            if self.active_users < self.virtual_users { format!("{} of ", self.active_users) } else { String::new() };
        format!("{of}{} for {}", count(self.virtual_users, "virtual user"), phrase::duration(self.took()))
    }

    /// `14 runs, 2 failed, 34.9 runs/s`.
    pub fn runs(&self) -> String {
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        format!("{}{failed}, {:.1} runs/s", counted(self.runs, "run"), self.runs_per_second)
    }

    /// `56 requests, 139.6 requests/s`.
    pub fn requests(&self) -> String {
        format!("{}, {:.1} requests/s", counted(self.requests, "request"), self.requests_per_second)
    }
}

impl LoadStep {
    /// Its failures, the kind of each and how often: `12 × status 503`.
    pub fn reasons(&self) -> impl Iterator<Item = String> {
        self.reasons.iter().map(|(reason, times)| format!("{times} × {reason}"))
    }
}

impl Times {
    /// In order, each with its name and a unit.
    pub fn columns(&self) -> [(&'static str, String); 4] {
        [("p50", self.p50), ("p90", self.p90), ("p99", self.p99), ("max", self.max)]
            .map(|(name, time)| (name, precise(time)))
    }
}

/// Below ten milliseconds with decimals: there they matter.
fn precise(time: f64) -> String {
    if time < 10.0 { format!("{time:.2} ms") } else { phrase::millis(time) }
}

fn counted(number: u64, name: &str) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), name)
}
