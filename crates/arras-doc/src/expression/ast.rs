//! What a runtime expression says: a root, and a path within it.

use std::sync::Arc;

/// A parsed runtime expression such as `$steps.create.outputs.id` or `$response.body#/items/0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// The text as written, without surrounding braces.
    pub text: Arc<str>,
    /// What it starts from.
    pub root: Root,
    /// What it selects there.
    pub path: Path,
    /// The tolerance by which it was accepted, if the 1.1 grammar refuses it.
    pub tolerance: Option<Tolerance>,
}

/// What an expression starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// `$url` (ARZ-EXPR-01)
    Url,
    /// `$method` (ARZ-EXPR-02)
    Method,
    /// `$statusCode` (ARZ-EXPR-03)
    StatusCode,
    /// `$self` (ARZ-EXPR-20)
    SelfUri,
    /// `$request.…`
    Request(Part),
    /// `$response.…`
    Response(Part),
    /// `$message.…`
    Message(Part),
    /// `$inputs.NAME`; the path's name is NAME.
    Inputs,
    /// `$outputs.NAME`
    Outputs,
    /// `$steps.STEP.outputs.NAME`
    StepOutputs(String),
    /// `$steps.STEP` with anything but `outputs` after it; the path's name is the rest.
    Step(String),
    /// `$workflows.WORKFLOW.inputs.NAME`
    WorkflowInputs(String),
    /// `$workflows.WORKFLOW.outputs.NAME`
    WorkflowOutputs(String),
    /// `$workflows.WORKFLOW.steps.STEP…` (ARZ-EXPR-16); the path's name is what follows the step.
    WorkflowStep {
        /// The workflow's id.
        workflow: String,
        /// The step's id.
        step: String,
    },
    /// `$sourceDescriptions.SOURCE.REFERENCE`; the path's name is REFERENCE.
    SourceDescription(String),
    /// `$components.KIND.NAME`
    Component(ComponentKind),
}

/// The part of a request, response or message that an expression reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A header field; its name compares without case.
    Header(String),
    /// A query parameter; its name compares with case.
    Query(String),
    /// A path parameter; its name compares with case.
    Path(String),
    /// The body.
    Body,
    /// A message's payload.
    Payload,
}

/// The maps of the Components Object that an expression can name (ARZ-EXPR-19).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComponentKind {
    /// `$components.parameters`
    Parameters,
    /// `$components.successActions`
    SuccessActions,
    /// `$components.failureActions`
    FailureActions,
}

/// What an expression selects within its root.
///
/// `name` is kept as written, since only the declared names tell where a name ends and navigation begins
/// `user.name` may be the input `user.name`, or the member `name` of the input `user`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// For a named root the name and what follows it up to `#`: `user.name`, `items[0].id`. For a body what
    /// stands between `body` and `#`: empty, or `.data[0].id`.
    pub name: String,
    /// The JSON Pointer after `#`, as written; `None` without `#`.
    pub pointer: Option<String>,
}

/// A spelling that the specification's 1.1 grammar refuses and that is accepted nevertheless, with a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tolerance {
    /// `$response.body.a.b`, `$steps.s.outputs.list[0]`
    Navigation,
    /// `$steps.s.response.body`, `$steps.s.name`
    StepWithoutOutputs,
    /// A name with characters outside the 1.1 grammar, as 1.0 allowed.
    Name,
    /// `$workflows.w.steps.s` (ARZ-EXPR-16)
    WorkflowStep,
    /// `$response.query.…`, `$response.path.…`: these mean nothing (ARZ-EXPR-11).
    Meaningless,
}

impl std::fmt::Display for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
