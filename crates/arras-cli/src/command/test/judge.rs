//! Whether a run came to what its test expects.

use arras_doc::diagnostic::Diagnostic;
use arras_doc::value::{Object, Value};
use arras_run::effect::{Outcome, Status};
use arras_run::event::{EndedBy, Event, EventKind};

use super::spec::{Ending, Expect, Named};
use crate::display::count;

/// What is seen of a run that a test may say something about.
#[derive(Debug, Default)]
pub(super) struct Seen {
    ended_by: Option<EndedBy>,
    /// Redacted, for what is told.
    outputs: Object,
    steps: Vec<String>,
    requests: usize,
    fault: Option<String>,
    rules: Vec<&'static str>,
}

impl Seen {
    pub(super) fn event(&mut self, event: &Event) {
        match &event.kind {
            EventKind::StepFinished(step) => {
                if step.path.is_empty() && step.attempt == 1 {
                    self.steps.push(step.step_id.clone());
                }
                if let Some(fault) = &step.fault {
                    self.fault = Some(fault.kind.as_str());
                }
                step.diagnostics.iter().for_each(|found| self.found(found));
            }
            EventKind::RequestSent(_) => self.requests += 1,
            EventKind::Diagnosed { diagnostic } => self.found(diagnostic),
            EventKind::WorkflowFinished { path, ended_by, outputs, fault, .. } if path.is_empty() => {
                self.ended_by = Some(*ended_by);
                self.outputs.clone_from(outputs);
                if let Some(fault) = fault {
                    self.fault = Some(fault.kind.as_str());
                }
            }
            _ => {}
        }
    }

    fn found(&mut self, diagnostic: &Diagnostic) {
        if !self.rules.contains(&diagnostic.rule.id) {
            self.rules.push(diagnostic.rule.id);
        }
    }

    /// What is not as expected, one phrase each. Outputs are compared as they are, and told as they may be shown.
    pub(super) fn misses(&self, expect: &Expect, outcome: &Outcome) -> Vec<String> {
        let mut misses = Vec::new();
        let status = match outcome.status {
            Status::Succeeded => "succeeded",
            Status::Failed => "failed",
            Status::Cancelled => "was stopped",
        };
        let as_meant = match expect.status.unwrap_or(Ending::Succeeded) {
            Ending::Succeeded => outcome.status == Status::Succeeded,
            Ending::Failed => outcome.status == Status::Failed,
        };
        if !as_meant {
            let expected = if expect.status == Some(Ending::Failed) { "fail" } else { "succeed" };
            misses.push(format!("the workflow {status}, and was expected to {expected}"));
        }
        if let Some(expected) = expect.ended_by.filter(|expected| Some(*expected) != self.ended_by) {
            let (found, expected) = (self.ended_by.map_or_else(|| "nothing".to_owned(), word), word(expected));
            misses.push(format!("it was ended by `{found}`, expected was `{expected}`"));
        }
        misses.extend(self.outputs(expect.outputs.as_deref().unwrap_or_default(), &outcome.outputs));
        let steps = expect.steps.as_ref().map(|steps| steps.iter().map(|step| step.name.clone()).collect::<Vec<_>>());
        if let Some(expected) = steps.filter(|expected| *expected != self.steps) {
            misses.push(format!("the steps were {}, expected were {}", list(&self.steps), list(&expected)));
        }
        if let Some(expected) = expect.requests.filter(|expected| usize::try_from(*expected) != Ok(self.requests)) {
            misses.push(format!("it sent {}, expected were {expected}", count(self.requests, "request")));
        }
        if let Some(expected) = expect.fault.as_ref().filter(|expected| Some(*expected) != self.fault.as_ref()) {
            let found = self.fault.as_ref().map_or("no fault".to_owned(), |fault| format!("the fault `{fault}`"));
            misses.push(format!("there was {found}, expected was `{expected}`"));
        }
        for rule in expect.diagnostics.iter().flatten().filter(|rule| !self.rules.contains(&rule.as_str())) {
            misses.push(format!("`{rule}` was expected and not found"));
        }
        misses
    }

    fn outputs(&self, expected: &[(Named, Value)], real: &Object) -> Vec<String> {
        let miss = |(Named { name, .. }, expected): &(Named, Value)| match (real.get(name), self.outputs.get(name)) {
            (Some(real), _) if real == expected => None,
            (Some(_), shown) => {
                let shown = shown.map_or_else(|| "***".to_owned(), |shown| shown.to_json());
                Some(format!("the output `{name}` is {shown}, expected was {}", expected.to_json()))
            }
            (None, _) if expected.is_null() => None,
            (None, _) => Some(format!("there is no output `{name}`, expected was {}", expected.to_json())),
        };
        expected.iter().filter_map(miss).collect()
    }
}

/// What ended a workflow, in the word that reports have for it.
fn word(by: EndedBy) -> String {
    let word = serde_json::to_value(by).ok();
    word.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn list(steps: &[String]) -> String {
    match steps {
        [] => "none".to_owned(),
        steps => steps.iter().map(|step| format!("`{step}`")).collect::<Vec<_>>().join(", "),
    }
}
