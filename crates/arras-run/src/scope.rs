//! What `$…` can see at one moment of a run.

use core::time::Duration;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

use arras_doc::expression::{Expression, Part, Path, Root, select, select_named, select_parameter};
use arras_doc::value::{Object, Value};

use crate::criterion::EvaluationError;
use crate::effect::Status;
use crate::evaluate;
use crate::exchange::{self, Body, Decoded, Exchange};
use crate::plan::Workflow;
use crate::resolve::{Resolve, Structure};
use crate::xml::{self, XmlError, XmlTypes};

/// What a step leaves behind for expressions; the last visit's alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Left {
    /// Its outputs that have values; `None` before it was first judged.
    pub outputs: Option<Object>,
    /// Further values that the plan pinned, by the text of the expression.
    pub retained: Object,
}

/// What a workflow that is over leaves behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The workflow.
    pub workflow: usize,
    /// How it ended.
    pub status: Status,
    /// How long it took.
    pub duration: Duration,
    /// Its inputs.
    pub inputs: Object,
    /// Its outputs that have values.
    pub outputs: Object,
    /// The status code of its last exchange; `None` if its last request got no answer.
    pub status_code: Option<u16>,
    /// How long the last answer asked to wait before another request.
    pub retry_after: Option<Duration>,
    /// What the plan pinned of its last exchange.
    pub retained: Object,
    /// What other workflows read of its steps (ARZ-EXPR-16).
    pub exported: Object,
}

/// What a run knows of one of its plan's workflows.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// How often it was started.
    pub started: u32,
    /// How many invocations of it are under way.
    pub under_way: u32,
    /// What its last invocation that is over left.
    pub finished: Option<Arc<Finished>>,
    /// Whether an invocation has succeeded, which meets whoever depends on it, whatever later ones come to.
    pub has_succeeded: bool,
    /// Whether it was run for the sake of one that depends on it, which is done once.
    pub was_run: bool,
}

/// An exchange; its bodies are decoded once, when something reads them.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The exchange.
    pub exchange: &'a Exchange,
    /// The `Content-Type` that it came with.
    pub content_type: Option<Cow<'a, str>>,
    body: OnceCell<Decoded>,
    request_body: OnceCell<Option<Body>>,
    request_value: OnceCell<Option<Value>>,
    text: OnceCell<Option<Value>>,
    projection: OnceCell<Result<Value, XmlError>>,
    request_projection: OnceCell<Result<Value, XmlError>>,
    types: Option<&'a XmlTypes>,
}

impl<'a> Answer<'a> {
    /// An answer of which nothing was read so far.
    pub fn new(exchange: &'a Exchange) -> Answer<'a> {
        Answer {
            exchange,
            content_type: exchange::field(&exchange.response.headers, "content-type"),
            body: OnceCell::new(),
            request_body: OnceCell::new(),
            request_value: OnceCell::new(),
            text: OnceCell::new(),
            projection: OnceCell::new(),
            request_projection: OnceCell::new(),
            types: None,
        }
    }

    /// With what the description says of arrays and scalars in an XML body.
    #[must_use]
    pub fn with_types(mut self, types: Option<&'a XmlTypes>) -> Answer<'a> {
        self.types = types;
        self
    }

    /// The response's body.
    pub fn body(&self) -> &Decoded {
        let decode = || exchange::decode(self.content_type.as_deref(), &self.exchange.response.body);
        self.body.get_or_init(decode)
    }

    /// Whether something has read the response's body.
    pub fn is_read(&self) -> bool {
        self.body.get().is_some()
    }

    /// `$response.body`.
    pub fn body_value(&self) -> Option<&Value> {
        match &self.body().body {
            Body::Json(value) => Some(value),
            other => self.text.get_or_init(|| other.value()).as_ref(),
        }
    }

    /// What pointers, dotted paths and JSONPath see of the response's body: of XML its projection.
    ///
    /// # Errors
    /// If the body is labelled as XML and is none.
    pub fn structure(&self) -> Result<Option<&Value>, &XmlError> {
        match &self.body().body {
            Body::Xml(text) => {
                let types = self.types;
                self.projection.get_or_init(|| projection(text, types)).as_ref().map(Some)
            }
            _ => Ok(self.body_value()),
        }
    }

    fn request_body(&self) -> Option<&Body> {
        let decode = || {
            let request = &self.exchange.request;
            let content_type = exchange::field(&request.headers, "content-type");
            // of a file that stays where it is nothing is seen
            Some(exchange::decode(content_type.as_deref(), request.body.in_memory()?).body)
        };
        self.request_body.get_or_init(decode).as_ref()
    }

    fn request_value(&self) -> Option<&Value> {
        self.request_value.get_or_init(|| self.request_body()?.value()).as_ref()
    }

    fn request_structure(&self) -> Result<Option<&Value>, &XmlError> {
        match self.request_body() {
            Some(Body::Xml(text)) => self.request_projection.get_or_init(|| projection(text, None)).as_ref().map(Some),
            _ => Ok(self.request_value()),
        }
    }
}

fn projection(text: &str, types: Option<&XmlTypes>) -> Result<Value, XmlError> {
    xml::parse(text).map(|document| xml::project(&document, types.unwrap_or(&XmlTypes::default())))
}

/// Whether the path is nothing but the whole.
fn is_whole(path: &Path) -> bool {
    path.name.is_empty() && path.pointer.as_deref().unwrap_or_default().is_empty()
}

/// What the current step has in hand.
#[derive(Clone, Copy, Debug)]
pub enum Hand<'a> {
    /// Nothing yet, or no answer came.
    Nothing,
    /// An answer.
    Answer(&'a Answer<'a>),
    /// What a called workflow came to.
    Call(&'a Finished),
}

/// What `$outputs` reads where no called workflow is in hand.
#[derive(Clone, Copy, Debug)]
pub enum OwnOutputs<'a> {
    /// The outputs that stand before, while the workflow's outputs are evaluated.
    Before(&'a Object),
    /// What the workflow's outputs would be now; evaluated if an expression asks for them.
    SoFar(&'a OnceCell<Object>),
}

/// The values that expressions of one workflow see.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The workflow.
    pub workflow: &'a Workflow,
    /// Its index in the plan.
    pub index: usize,
    /// Its inputs.
    pub inputs: &'a Object,
    /// What its steps left, by index.
    pub steps: &'a [Left],
    /// What is known of each workflow of the plan.
    pub workflows: &'a [Progress],
    /// What the current step has in hand.
    pub hand: Hand<'a>,
    /// The outputs of the current step once they were evaluated.
    pub current: Option<(usize, &'a Object)>,
    /// `$outputs` outside a step that called a workflow.
    pub outputs: OwnOutputs<'a>,
}

impl Resolve for Scope<'_> {
    fn resolve(&self, expression: &Expression) -> Option<Cow<'_, Value>> {
        let path = &expression.path;
        match &expression.root {
            Root::Url => Some(owned(self.answer()?.exchange.request.url.as_str())),
            Root::Method => Some(owned(self.answer()?.exchange.request.method.as_str())),
            Root::StatusCode => self.status_code(),
            Root::SelfUri => Some(owned(self.workflow.self_uri.as_deref()?)),
            Root::Request(part) => self.request(part, path),
            Root::Response(part) => self.response(expression, part, path),
            Root::Inputs => select_named(self.inputs, path),
            Root::Outputs => select_named(self.outputs(), path),
            Root::StepOutputs(step) => select_named(self.step_outputs(step)?, path),
            Root::Step(step) => self.step(step, expression),
            Root::WorkflowInputs(workflow) => select_named(self.inputs_of(workflow)?, path),
            Root::WorkflowOutputs(workflow) => select_named(self.outputs_of(workflow)?, path),
            Root::WorkflowStep { workflow, step } => self.step_of(workflow, step, expression),
            Root::SourceDescription(source) => select_named(self.workflow.sources.get(source)?, path),
            // the plan's builder has warned of these
            Root::Message(_) | Root::Component(_) => None,
        }
    }

    fn structure(&self, expression: &Expression) -> Structure<'_> {
        let answer = match self.hand {
            Hand::Answer(answer) if is_whole(&expression.path) => answer,
            _ => return Ok(self.resolve(expression)),
        };
        let structure = match &expression.root {
            Root::Response(Part::Body | Part::Payload) => answer.structure(),
            Root::Request(Part::Body | Part::Payload) => answer.request_structure(),
            _ => return Ok(self.resolve(expression)),
        };
        let unreadable =
            |error: &XmlError| EvaluationError::new(format!("the body is labelled as XML and is none: {error}"));
        structure.map(|value| value.map(Cow::Borrowed)).map_err(unreadable)
    }
}

/// Of `$workflows.w.steps.s.outputs.x` the `$steps.s.outputs.x`, under the text of the whole; `None` for other expressions.
pub fn outputs_of_step(expression: &Expression) -> Option<Expression> {
    let Root::WorkflowStep { step, .. } = &expression.root else { return None };
    let rest = expression.path.name.strip_prefix("outputs")?;
    let name = match rest.strip_prefix('.') {
        Some(name) => name,
        None if rest.is_empty() => "",
        None => return None,
    };
    let path = Path { name: name.to_owned(), pointer: expression.path.pointer.clone() };
    Some(Expression { root: Root::StepOutputs(step.clone()), path, ..expression.clone() })
}

impl<'a> Scope<'a> {
    fn answer(&self) -> Option<&'a Answer<'a>> {
        match self.hand {
            Hand::Answer(answer) => Some(answer),
            _ => None,
        }
    }

    fn status_code(&self) -> Option<Cow<'a, Value>> {
        let status = match self.hand {
            Hand::Answer(answer) => Some(answer.exchange.response.status),
            Hand::Call(finished) => finished.status_code,
            Hand::Nothing => None,
        };
        Some(Cow::Owned(Value::from(i64::from(status?))))
    }

    fn request(&self, part: &Part, path: &Path) -> Option<Cow<'a, Value>> {
        let answer = self.answer()?;
        let request = &answer.exchange.request;
        match part {
            Part::Header(name) => {
                exchange::field(&request.headers, name).map(|text| Cow::Owned(Value::String(text.into_owned())))
            }
            Part::Query(name) => select_parameter(&request.query, name),
            Part::Path(name) => select_parameter(&request.path, name),
            Part::Body | Part::Payload if is_whole(path) => answer.request_value().map(Cow::Borrowed),
            Part::Body | Part::Payload => select(answer.request_structure().ok()??, path),
        }
    }

    fn response(&self, expression: &Expression, part: &Part, path: &Path) -> Option<Cow<'a, Value>> {
        if let Hand::Call(finished) = self.hand {
            return finished.retained.get(expression.text.as_ref()).map(Cow::Borrowed);
        }
        let answer = self.answer()?;
        match part {
            Part::Header(name) => exchange::field(&answer.exchange.response.headers, name)
                .map(|text| Cow::Owned(Value::String(text.into_owned()))),
            Part::Body | Part::Payload if is_whole(path) => answer.body_value().map(Cow::Borrowed),
            // a body that is no XML in spite of its label has no parts; that it is none, `Answer::structure` says
            Part::Body | Part::Payload => select(answer.structure().ok()??, path),
            Part::Query(_) | Part::Path(_) => None,
        }
    }

    fn outputs(&self) -> &'a Object {
        match self.hand {
            Hand::Call(finished) => &finished.outputs,
            _ => self.own_outputs(),
        }
    }

    fn own_outputs(&self) -> &'a Object {
        match self.outputs {
            OwnOutputs::Before(outputs) => outputs,
            OwnOutputs::SoFar(cell) => {
                cell.get_or_init(|| evaluate::workflow_outputs(&Scope { hand: Hand::Nothing, ..*self }).0)
            }
        }
    }

    fn step_outputs(&self, step: &str) -> Option<&'a Object> {
        let at = *self.workflow.step_index.get(step)?;
        match self.current {
            Some((current, outputs)) if current == at => Some(outputs),
            _ => self.steps.get(at)?.outputs.as_ref(),
        }
    }

    /// `$steps.x.response.body` and `$steps.x.name`.
    fn step(&self, step: &str, expression: &Expression) -> Option<Cow<'a, Value>> {
        let at = *self.workflow.step_index.get(step)?;
        if let Some(value) = self.steps.get(at)?.retained.get(expression.text.as_ref()) {
            return Some(Cow::Borrowed(value));
        }
        select_named(self.step_outputs(step)?, &expression.path)
    }

    /// `$workflows.NAME` as seen from here: the one just called, else this one itself, else the last that is over.
    fn other(&self, name: &str) -> Option<Other<'a>> {
        let index = self.workflow.named(name)?;
        match self.hand {
            Hand::Call(finished) if finished.workflow == index => Some(Other::Over(finished)),
            _ if index == self.index => Some(Other::This),
            _ => self.workflows.get(index)?.finished.as_deref().map(Other::Over),
        }
    }

    fn inputs_of(&self, workflow: &str) -> Option<&'a Object> {
        match self.other(workflow)? {
            Other::This => Some(self.inputs),
            Other::Over(finished) => Some(&finished.inputs),
        }
    }

    fn outputs_of(&self, workflow: &str) -> Option<&'a Object> {
        match self.other(workflow)? {
            Other::This => Some(self.own_outputs()),
            Other::Over(finished) => Some(&finished.outputs),
        }
    }

    fn step_of(&self, workflow: &str, step: &str, expression: &Expression) -> Option<Cow<'a, Value>> {
        match self.other(workflow)? {
            Other::This => {
                let path = outputs_of_step(expression)?.path;
                Some(Cow::Owned(select_named(self.step_outputs(step)?, &path)?.into_owned()))
            }
            Other::Over(finished) => finished.exported.get(expression.text.as_ref()).map(Cow::Borrowed),
        }
    }
}

/// A workflow that an expression names.
enum Other<'a> {
    /// The running one.
    This,
    /// One that is over.
    Over(&'a Finished),
}

fn owned<'a>(text: &str) -> Cow<'a, Value> {
    Cow::Owned(Value::from(text))
}
