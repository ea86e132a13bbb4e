//! Tests in reports for machines: which runs are attempts of which test, what each was judged to be, and why.

use serde::Serialize;

use super::{Case, CaseKind, Judgement};

/// What a test came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TestStatus {
    Passed,
    /// It passed after it had failed.
    Flaky,
    Failed,
    /// This attempt failed, and another follows.
    Retried,
    /// A signal stopped it.
    Stopped,
    /// It was not begun.
    NotRun,
}

impl TestStatus {
    /// That of the attempt `number`.
    pub(crate) fn of(judgement: &Judgement, number: u32) -> TestStatus {
        match judgement {
            Judgement::Passed if number > 1 => TestStatus::Flaky,
            Judgement::Passed => TestStatus::Passed,
            Judgement::Failed(_) => TestStatus::Failed,
            Judgement::Retried(_) => TestStatus::Retried,
            Judgement::Stopped => TestStatus::Stopped,
        }
    }

    /// In one word, as JSON has it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            TestStatus::Passed => "passed",
            TestStatus::Flaky => "flaky",
            TestStatus::Failed => "failed",
            TestStatus::Retried => "retried",
            TestStatus::Stopped => "stopped",
            TestStatus::NotRun => "not-run",
        }
    }
}

/// One attempt at a test.
#[derive(Debug, Serialize)]
pub(crate) struct Attempt {
    passed: bool,
    reasons: Vec<String>,
}

impl Attempt {
    pub(crate) fn new(judgement: &Judgement) -> Attempt {
        Attempt { passed: *judgement == Judgement::Passed, reasons: judgement.reasons().to_vec() }
    }
}

/// The attempt that a run belongs to.
#[derive(Debug, Serialize)]
pub(super) struct Of<'a> {
    pub(super) file: &'a str,
    pub(super) name: &'a str,
    pub(super) attempt: u32,
}

impl<'a> Of<'a> {
    /// The test of a case that is one.
    pub(super) fn case(case: &'a Case) -> Option<Of<'a>> {
        let Case { kind, file, name, attempt, .. } = case;
        (*kind == CaseKind::Test).then_some(Of { file, name, attempt: *attempt })
    }
}

/// One test with all its attempts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    file: String,
    name: String,
    workflow_id: Option<String>,
    status: TestStatus,
    attempts: Vec<Attempt>,
}

/// The tests of a report, in the order in which they were over.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Tests {
    all: Vec<Test>,
}

impl Tests {
    /// Takes in what an attempt was judged to be; `workflow` is what it ran, if it came to that.
    pub(super) fn judge(&mut self, case: &Case, workflow: Option<&str>, judgement: &Judgement) {
        let Some(Of { file, name, attempt }) = Of::case(case) else { return };
        let again = self
            .all
            .last()
            .is_some_and(|last| last.status == TestStatus::Retried && last.file == file && last.name == name);
        if !again {
            let (file, name) = (file.to_owned(), name.to_owned());
            self.all.push(Test { file, name, workflow_id: None, status: TestStatus::Failed, attempts: Vec::new() });
        }
        if let Some(test) = self.all.last_mut() {
            test.status = TestStatus::of(judgement, attempt);
            test.workflow_id = workflow.map(str::to_owned).or(test.workflow_id.take());
            test.attempts.push(Attempt::new(judgement));
        }
    }

    /// A test that was not begun.
    pub(super) fn skip(&mut self, case: &Case) {
        let (file, name) = (case.file.clone(), case.name.clone());
        self.all.push(Test { file, name, workflow_id: None, status: TestStatus::NotRun, attempts: Vec::new() });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether one of them failed.
    pub(super) fn failed(&self) -> bool {
        self.all.iter().any(|test| matches!(test.status, TestStatus::Failed | TestStatus::Retried))
    }
}
