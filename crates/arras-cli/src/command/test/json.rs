//! What tests came to as one JSON object: `--output json`.

use serde::Serialize;

use super::plan::Planned;
use super::workers::Done;
use crate::reporter::tested::{Attempt, TestStatus};

/// The version of the shape.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    status: &'static str,
    tests: Vec<&'a Result>,
    summary: Summary,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    passed: usize,
    flaky: usize,
    failed: usize,
    stopped: usize,
    not_run: usize,
}

/// One test.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Result {
    file: String,
    name: String,
    workflow_id: Option<String>,
    status: TestStatus,
    duration_ms: f64,
    attempts: Vec<Attempt>,
}

impl Result {
    pub(super) fn new(test: &Planned, done: &Done) -> Result {
        Result {
            file: test.file.clone(),
            name: test.name.clone(),
            workflow_id: test.workflow.clone().or_else(|| done.workflow()),
            status: match (done.passed(), done.is_flaky()) {
                (true, false) => TestStatus::Passed,
                (true, true) => TestStatus::Flaky,
                (false, _) if done.was_stopped() => TestStatus::Stopped,
                (false, _) => TestStatus::Failed,
            },
            duration_ms: done.took.as_secs_f64() * 1000.0,
            attempts: done.attempts.iter().map(|attempt| Attempt::new(&attempt.judgement)).collect(),
        }
    }
}

impl Result {
    /// One that was not begun.
    pub(super) fn not_run(test: &Planned) -> Result {
        Result {
            file: test.file.clone(),
            name: test.name.clone(),
            workflow_id: test.workflow.clone(),
            status: TestStatus::NotRun,
            duration_ms: 0.0,
            attempts: Vec::new(),
        }
    }
}

/// The results in order of the tests' files and names.
pub(super) fn document(results: &[Result], cancelled: bool) -> String {
    let count = |status| results.iter().filter(|result| result.status == status).count();
    let (passed, flaky) = (count(TestStatus::Passed), count(TestStatus::Flaky));
    let (failed, stopped) = (count(TestStatus::Failed), count(TestStatus::Stopped));
    let mut sorted: Vec<_> = results.iter().collect();
    sorted.sort_by(|a, b| (&a.file, &a.name).cmp(&(&b.file, &b.name)));
    let not_run = count(TestStatus::NotRun);
    let status = match (cancelled, failed, not_run) {
        (true, _, _) => "interrupted",
        (false, 0, 0) => "passed",
        (false, _, _) => "failed",
    };
    let summary = Summary { passed, flaky, failed, stopped, not_run };
    let document = Document { schema: SCHEMA, status, tests: sorted, summary };
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    format!("{}\n", crate::display::json(&text))
}
