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
    /// What deserves a warning about its spelling; see [`Expression::is_strict`].
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

/// What deserves a warning about a spelling that was accepted.
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
    /// `$inputs`, `$steps.s.outputs`: the whole map (ARZ-SEL-07).
    Whole,
    /// `$response.query.…`, `$response.path.…`: within the grammar, but these mean nothing (ARZ-EXPR-11).
    Meaningless,
    /// `$response.body#/items[0].id`: within the grammar, where it names the one member `items[0].id`.
    PointerNavigation,
}

impl Tolerance {
    /// Whether the 1.1 grammar accepts the spelling nevertheless.
    pub fn is_grammatical(self) -> bool {
        matches!(self, Tolerance::Meaningless | Tolerance::PointerNavigation)
    }

    /// What is loose about the expression, as a phrase that follows its text.
    pub fn message(self) -> &'static str {
        match self {
            Tolerance::Navigation => {
                "navigates with `.` or `[]`, which the specification allows in simple conditions only"
            }
            Tolerance::StepWithoutOutputs => "reads from a step other than through its `outputs`",
            Tolerance::Name => "has a name with characters that the specification does not allow",
            Tolerance::WorkflowStep => "names a step of a workflow, which the specification's grammar does not know",
            Tolerance::Whole => "names the whole map, which the specification's grammar does not know",
            Tolerance::Meaningless => "never has a value: only requests have query and path parameters",
            Tolerance::PointerNavigation => "has an index in brackets inside a JSON Pointer",
        }
    }

    /// What to write instead.
    pub fn help(self) -> &'static str {
        match self {
            Tolerance::Navigation => {
                "navigate with a JSON Pointer: `#/` after the name, and `/` between what is selected"
            }
            Tolerance::StepWithoutOutputs => "declare an output of the step and read `$steps.STEP.outputs.NAME`",
            Tolerance::Name => "use letters, digits, `.`, `-` and `_` in names",
            Tolerance::WorkflowStep => "use it in `dependsOn` only; elsewhere read `$workflows.WORKFLOW.outputs.NAME`",
            Tolerance::Whole => "name one entry of it, with `.` and the entry's name",
            Tolerance::Meaningless => "read it from `$request`",
            Tolerance::PointerNavigation => "write each index as a token of its own: `/items/0/id`",
        }
    }
}

impl Expression {
    /// Whether the 1.1 grammar accepts it (ARZ-EXPR-29).
    pub fn is_strict(&self) -> bool {
        self.tolerance.is_none_or(Tolerance::is_grammatical)
    }

    /// For a [`Root::Step`] that reads the step's request or response (`$steps.s.response.body#/x`): the
    /// expression to evaluate in that step's exchange (`$response.body#/x`); else `None`, and the path
    /// names an output.
    pub fn within_step(&self) -> Option<Expression> {
        let Root::Step(_) = &self.root else { return None };
        let pointer = self.path.pointer.as_ref().map(|pointer| format!("#{pointer}")).unwrap_or_default();
        Expression::parse(&format!("${}{pointer}", self.path.name)).ok().filter(Expression::is_of_exchange)
    }

    /// Whether it reads a request, a response or a message.
    pub fn is_of_exchange(&self) -> bool {
        use Root::{Message, Method, Request, Response, StatusCode, Url};
        matches!(self.root, Url | Method | StatusCode | Request(_) | Response(_) | Message(_))
    }
}

impl std::fmt::Display for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
