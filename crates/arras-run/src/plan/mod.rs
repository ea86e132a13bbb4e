//! The plan: what a document and its descriptions come to, immutable, with indices in place of names.

mod build;
mod criterion;
mod operation;
mod replacement;
mod scalar;

use core::time::Duration;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use arras_doc::expression::{Expression, Template};
use arras_doc::openapi::Location;
use arras_doc::value::Object;
use serde::{Deserialize, Serialize};

pub use build::{
    Bind, Binding, Bundle, Call, Dependencies, LinkedDocument, PlanOptions, SetParameter, Strictness, own_security,
};
pub use criterion::{Criterion, Test};
pub use operation::{Declared, Described, Operation};
pub use replacement::{Replacement, ReplacementTarget};
pub use scalar::Scalar;

use crate::exchange::Request;
use crate::inputs::InputSchema;
use crate::place::Place;
use crate::secret::Secrets;

/// Everything that a run needs to know, parsed and resolved.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The workflows that can be reached from the entry, the entry among them.
    pub workflows: Vec<Workflow>,
    /// The workflow that a run starts with.
    pub entry: usize,
    /// Whether anything is tolerated.
    pub strictness: Strictness,
    /// What becomes of the workflows that others depend on.
    pub dependencies: Dependencies,
    /// What stands for secrets where a recording is replayed.
    pub stand_ins: Arc<Secrets>,
}

impl Plan {
    /// The same for the replay of a recording in which these texts stand for secrets: no schema is held against one.
    #[must_use]
    pub fn with_stand_ins(mut self, stand_ins: &Arc<Secrets>) -> Plan {
        self.stand_ins = Arc::clone(stand_ins);
        self.workflows.iter_mut().for_each(|workflow| workflow.inputs.stand_ins = Arc::clone(stand_ins));
        self
    }

    /// The step that `index` names.
    pub fn step(&self, index: StepIndex) -> Option<&Step> {
        self.workflows.get(index.workflow)?.steps.get(index.step)
    }

    /// The workflow that expressions of the entry's document call `name`: its id, or `SOURCE.ID` for one of a source.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.entry().named(name)
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
    /// What it is called where it runs because another depends on it; no other workflow of the plan has the same.
    pub alias: String,
    /// The workflows of its own document by id, and those of other documents by `SOURCE.ID`, as far as they are planned.
    pub names: Arc<HashMap<String, usize>>,
    /// The workflows of other documents that it calls, depends on or goes to, by plain id.
    pub called: HashMap<String, usize>,
    /// The schema of its inputs.
    pub inputs: InputSchema,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// The steps by id.
    pub step_index: HashMap<String, usize>,
    /// Its outputs, in order.
    pub outputs: Vec<Output>,
    /// The workflows that must have succeeded before (ARZ-WF-05).
    pub depends_on: Vec<usize>,
    /// `$self` (ARZ-EXPR-20).
    pub self_uri: Option<String>,
    /// The fields of each source description of its document, as written (A-51, ARZ-EXPR-18).
    pub sources: Arc<HashMap<String, Object>>,
    /// What other workflows read of its steps, as `$steps.STEP.outputs.…` under their own text (ARZ-EXPR-16).
    pub exported: Vec<Expression>,
    /// Which of its inputs a request carries as credentials; their values are secret.
    pub credentials: Vec<Expression>,
    /// Its `workflowId` in the document.
    pub place: Place,
    /// Its `inputs` in the document, or the `workflowId` if it has none.
    pub inputs_place: Place,
}

impl Workflow {
    /// The workflow that an expression of this one calls `name` (ARZ-EXPR-15, A-20).
    pub fn named(&self, name: &str) -> Option<usize> {
        self.names.get(name).or_else(|| self.called.get(name)).copied()
    }
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
    pub body: Option<Box<RequestBody>>,
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
    /// What of its answer and outputs a request carries as a credential; their values are secret.
    pub credentials: Vec<Expression>,
    /// Its request, once a run that is told in outline has built it, if each run builds the same.
    pub(crate) unchanging: OnceLock<Arc<Request>>,
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
    Operation(Arc<Operation>),
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
    /// What a text that is nothing but `{$expression}` is read as.
    pub scalar: Option<Scalar>,
    /// How it is written, if it is a credential that the document itself gives: a secret, without which nothing is sent.
    pub credential: Option<CredentialForm>,
    /// Where it stands.
    pub place: Place,
}

/// How a credential that a document gives is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialForm {
    /// As it is.
    Key,
    /// After the word `Bearer`.
    Bearer,
    /// `user:password` in Base64 after the word `Basic`.
    Basic,
}

/// A request body.
#[derive(Clone, Debug)]
pub struct RequestBody {
    /// `contentType` as written.
    pub content_type: Option<String>,
    /// The payload.
    pub payload: Option<Template>,
    /// The texts in it that are nothing but `{$expression}` where the description says what scalar it takes: the keys
    /// that lead there, and the scalar.
    pub scalars: Vec<(Vec<String>, Scalar)>,
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
