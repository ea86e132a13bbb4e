//! The plan: what a document and its descriptions come to, immutable, with indices in place of names.

mod build;
mod criterion;
mod operation;
mod replacement;

use core::time::Duration;

use arras_doc::expression::{Expression, Template};
use arras_doc::openapi::Location;
use arras_doc::value::Value;
use serde::{Deserialize, Serialize};

pub use build::{Bind, Binding, Bundle, Call, LinkedDocument, PlanOptions};
pub use criterion::{Criterion, Test};
pub use operation::{Declared, Operation};
pub use replacement::{Replacement, ReplacementTarget};

use crate::place::Place;

/// Everything that a run needs to know, parsed and resolved.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The workflows that can be reached from the entry, the entry among them.
    pub workflows: Vec<Workflow>,
    /// The workflow that a run starts with.
    pub entry: usize,
}

impl Plan {
    /// The step that `index` names.
    pub fn step(&self, index: StepIndex) -> Option<&Step> {
        self.workflows.get(index.workflow)?.steps.get(index.step)
    }

    /// The workflow a run starts with.
    pub fn entry(&self) -> &Workflow {
        &self.workflows[self.entry]
    }
}

/// Names one step of one workflow of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StepIndex {
    /// The workflow.
    pub workflow: usize,
    /// The step in it.
    pub step: usize,
}

/// A workflow.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// Its `workflowId`.
    pub id: String,
    /// The names under which expressions of its own document know other workflows of the plan: plain ids, and
    /// `SOURCE.ID` for those of other documents.
    pub names: Vec<(String, usize)>,
    /// The schema of its inputs, references into `components/inputs` made local; `None` without one.
    pub inputs: Option<Value>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Its outputs, in order.
    pub outputs: Vec<Output>,
    /// The workflows that must have succeeded before (ARZ-WF-05).
    pub depends_on: Vec<usize>,
    /// `$self` (ARZ-EXPR-20).
    pub self_uri: Option<String>,
    /// Source descriptions: name and `url` as written.
    pub sources: Vec<(String, String)>,
    /// Its `workflowId` in the document.
    pub place: Place,
    /// Its `inputs` in the document, or the `workflowId` if it has none.
    pub inputs_place: Place,
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its `stepId`.
    pub id: String,
    /// What it calls.
    pub target: Target,
    /// The parameters, workflow-level ones included (ARZ-WF-15).
    pub parameters: Vec<Parameter>,
    /// The request body.
    pub body: Option<RequestBody>,
    /// The success criteria; empty if none are declared.
    pub criteria: Vec<Criterion>,
    /// The success actions, the step's own first.
    pub on_success: Vec<Action>,
    /// The failure actions, the step's own first.
    pub on_failure: Vec<Action>,
    /// The outputs, in order.
    pub outputs: Vec<Output>,
    /// The step's own timeout.
    pub timeout: Option<Duration>,
    /// The steps that must have run before.
    pub depends_on: Vec<StepIndex>,
    /// What of its exchange later expressions read beside its outputs.
    pub retained: Vec<Expression>,
    /// Its `stepId` in the document.
    pub place: Place,
}

impl Step {
    /// The operation that it calls, if it calls one.
    pub fn operation(&self) -> Option<&Operation> {
        match &self.target {
            Target::Operation(operation) => Some(operation),
            Target::Workflow(_) => None,
        }
    }
}

/// What a step calls.
#[derive(Clone, Debug)]
pub enum Target {
    /// An operation of an OpenAPI description.
    Operation(Box<Operation>),
    /// A workflow of the plan.
    Workflow(usize),
}

/// A parameter of a step or an action.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where it goes; `None` makes it an input of the called workflow.
    pub location: Option<Location>,
    /// Its value.
    pub value: Template,
    /// Where it stands.
    pub place: Place,
}

/// A request body.
#[derive(Clone, Debug)]
pub struct RequestBody {
    /// `contentType` as written.
    pub content_type: Option<String>,
    /// The payload.
    pub payload: Option<Template>,
    /// The replacements, in order (ARZ-REPL-10).
    pub replacements: Vec<Replacement>,
    /// Where it stands.
    pub place: Place,
}

/// An output of a step or a workflow.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Template,
    /// Where it stands.
    pub place: Place,
}

/// A success or failure action.
#[derive(Clone, Debug)]
pub struct Action {
    /// Its name.
    pub name: String,
    /// What it does.
    pub kind: ActionKind,
    /// When it applies: all of these; without any, always.
    pub criteria: Vec<Criterion>,
    /// Inputs for the workflow it leads to (ARZ-SUCC-10).
    pub parameters: Vec<Parameter>,
    /// Where it stands.
    pub place: Place,
}

/// What an action does.
#[derive(Clone, Debug)]
pub enum ActionKind {
    /// The workflow ends.
    End,
    /// The run goes on elsewhere.
    Goto(Destination),
    /// The step is tried again.
    Retry {
        /// The wait before.
        after: Option<Duration>,
        /// How many times.
        limit: u32,
        /// What is run once before each try.
        reference: Option<Destination>,
    },
}

impl ActionKind {
    /// `end`, `goto` or `retry`.
    pub fn name(&self) -> &'static str {
        match self {
            ActionKind::End => "end",
            ActionKind::Goto(_) => "goto",
            ActionKind::Retry { .. } => "retry",
        }
    }
}

/// Where an action leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A step of the same workflow.
    Step(usize),
    /// A workflow of the plan.
    Workflow(usize),
}
