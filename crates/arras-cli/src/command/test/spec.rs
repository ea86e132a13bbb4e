//! A test file: which workflow to run, with what, and what to expect.

use arras_doc::source::Position;
use arras_doc::value::{Object, Value};
use arras_run::event::EndedBy;

/// A `*.test.yaml` as it is written; docs/testing.md describes each member.
#[derive(Clone, Debug, Default)]
pub(super) struct TestFile {
    pub(super) file: Option<String>,
    /// What holds for each test that does not say otherwise.
    pub(super) general: Test,
    /// At least one; of a file without a list the one that it is itself.
    pub(super) tests: Vec<Test>,
}

/// One test; what it leaves out is the file's.
#[derive(Clone, Debug, Default)]
pub(super) struct Test {
    /// Empty where the file is the test.
    pub(super) name: String,
    pub(super) workflow: Option<Named>,
    pub(super) mock: Option<MockChoice>,
    pub(super) inputs: Object,
    pub(super) retries: Option<u32>,
    pub(super) expect: Expect,
}

/// A name, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) at: Position,
}

/// Whether and what the mock plays.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum MockChoice {
    Whether(bool),
    Scenario(String),
}

/// What a run must come to; what is left out may be anything.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Expect {
    pub(super) status: Option<Ending>,
    pub(super) ended_by: Option<EndedBy>,
    /// `null` for one that has no value.
    pub(super) outputs: Option<Vec<(Named, Value)>>,
    pub(super) steps: Option<Vec<Named>>,
    pub(super) requests: Option<u32>,
    pub(super) fault: Option<String>,
    pub(super) diagnostics: Option<Vec<String>>,
}

/// How a run must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Succeeded,
    Failed,
}

impl Expect {
    /// Whether something is expected besides an ending.
    pub(super) fn is_more_than_status(&self) -> bool {
        Expect { status: None, ..self.clone() } != Expect::default()
    }

    /// These expectations, and those of `general` that they say nothing of.
    pub(super) fn over(self, general: &Expect) -> Expect {
        let general = general.clone();
        Expect {
            status: self.status.or(general.status),
            ended_by: self.ended_by.or(general.ended_by),
            outputs: self.outputs.or(general.outputs),
            steps: self.steps.or(general.steps),
            requests: self.requests.or(general.requests),
            fault: self.fault.or(general.fault),
            diagnostics: self.diagnostics.or(general.diagnostics),
        }
    }
}
