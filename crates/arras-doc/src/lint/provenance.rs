//! Where the value of a runtime expression comes from, and so what shape it has.

use crate::arazzo::{ConditionKind, Criterion, Output, OutputValue, Workflow, longest_name};
use crate::condition::{NodeKind, OperandKind, Operator};
use crate::expression::{Expression, Part, Path, Root};
use crate::link::Target;
use crate::media_type::MediaType;
use crate::openapi::{Response, Responses, Schema, SchemaType, StatusPattern};
use crate::pointer;

use super::shape::{Shape, union};
use super::{Lint, Scope};

/// How many outputs may lead from one to the next.
pub(super) const HOPS: usize = 12;

/// A value and what an expression selects in it.
pub(super) struct Source<'d> {
    /// The value that the root and the name stand for.
    pub(super) whole: Shape<'d>,
    /// The names and indices below it, in order.
    pub(super) tokens: Vec<String>,
}

impl<'d> Source<'d> {
    pub(super) fn open() -> Source<'d> {
        Source { whole: Shape::Open, tokens: Vec::new() }
    }

    fn whole(whole: Shape<'d>) -> Source<'d> {
        Source { whole, tokens: Vec::new() }
    }

    /// The shape of what is selected.
    pub(super) fn shape(&self) -> Shape<'d> {
        self.whole.at(&self.tokens)
    }
}

impl<'d> Lint<'d> {
    /// What an expression in a step, or without one in a workflow, gives.
    pub(super) fn shape(
        &mut self,
        workflow: &'d Workflow,
        index: usize,
        step: Option<Scope<'d>>,
        expression: &Expression,
    ) -> Shape<'d> {
        self.provenance(workflow, index, step, expression, HOPS).shape()
    }

    /// The same, apart: the value, and the way down in it.
    pub(super) fn provenance(
        &mut self,
        workflow: &'d Workflow,
        index: usize,
        step: Option<Scope<'d>>,
        expression: &Expression,
        hops: usize,
    ) -> Source<'d> {
        if hops == 0 {
            return Source::open();
        }
        match &expression.root {
            Root::StatusCode => Source::whole(Shape::Type(SchemaType::Integer)),
            Root::Url | Root::Method => Source::whole(Shape::Type(SchemaType::String)),
            Root::Response(Part::Header(_)) => Source::whole(Shape::Type(SchemaType::String)),
            Root::Response(Part::Body) => match step {
                Some(step) => self.body_source(step, &expression.path),
                None => Source::open(),
            },
            Root::Message(Part::Payload) => match step {
                Some(step) => self.message_source(step, &expression.path),
                None => Source::open(),
            },
            Root::Request(Part::Body) => match step {
                Some(step) => self.request_source(step, &expression.path),
                None => Source::open(),
            },
            Root::Inputs => self.input_source(workflow, &expression.path),
            Root::StepOutputs(id) => {
                let scope = workflow.step_index(id).and_then(|at| self.scope(workflow, index, at));
                match scope {
                    Some(scope) => {
                        self.output_source(workflow, index, Some(scope), &scope.step.outputs, &expression.path, hops)
                    }
                    None => Source::open(),
                }
            }
            Root::Outputs => match step.map(|step| &step.links.target) {
                Some(Some(Target::Workflow(target))) if target.source.is_none() => {
                    self.given_source(target.workflow, &expression.path, hops)
                }
                _ => Source::open(),
            },
            Root::WorkflowOutputs(id) => match self.document.workflow_index(id) {
                Some(at) => self.given_source(at, &expression.path, hops),
                None => Source::open(),
            },
            Root::WorkflowInputs(id) => match self.document.workflow_index(id) {
                Some(at) => self.input_source(&self.document.workflows[at], &expression.path),
                None => Source::open(),
            },
            _ => Source::open(),
        }
    }

    /// The body of a step's answers, and the way down in it.
    fn body_source(&mut self, step: Scope<'d>, path: &Path) -> Source<'d> {
        let whole = self.response_shape(step);
        match tokens_of(&path.name, path.pointer.as_deref()) {
            Some(tokens) => Source { whole, tokens },
            None => Source::open(),
        }
    }

    /// What the bodies of a step's answers may be: those of the one status that its criteria ask for, else all of them.
    pub(super) fn response_shape(&mut self, step: Scope<'d>) -> Shape<'d> {
        let Some(call) = self.call(step) else { return Shape::Open };
        let status = step.asked_status();
        let one = status.and_then(|status| call.responses.for_status(status));
        match (status, one) {
            // that a good answer is described by the default alone, beside others, is said where it is asked for
            (Some(status), Some(response)) if !is_other_success(&call.responses, status) => body_shape(response),
            (Some(_), _) => Shape::Open,
            (None, _) => {
                let with_body = call.responses.iter().filter(|response| !response.content.is_empty());
                union_or_open(with_body.map(body_shape).collect())
            }
        }
    }

    /// The body of a step's request, where it is JSON, and the way down in it.
    fn request_source(&mut self, step: Scope<'d>, path: &Path) -> Source<'d> {
        let (Some(call), Some(given)) = (self.call(step), &step.step.request_body) else { return Source::open() };
        let Some(declared) = &call.body else { return Source::open() };
        let content = match &given.content_type {
            Some(written) => MediaType::parse(written).and_then(|media_type| declared.content_for(&media_type)),
            None => super::body::default_content(&declared.content),
        };
        let json = content.filter(|one| one.parsed().is_some_and(|media_type| media_type.is_json()));
        let schema = json.and_then(|content| content.schema());
        match (schema, tokens_of(&path.name, path.pointer.as_deref())) {
            (Some(schema), Some(tokens)) => Source { whole: Shape::Of(vec![schema]), tokens },
            _ => Source::open(),
        }
    }

    fn input_source(&mut self, workflow: &'d Workflow, path: &Path) -> Source<'d> {
        let Some(inputs) = &workflow.inputs else { return Source::open() };
        let names = inputs.properties.iter().map(|property| property.name.as_str());
        let Some((name, rest)) = longest(names, &path.name) else { return Source::open() };
        let Some(property) = inputs.property(&name) else { return Source::open() };
        let whole = Shape::of([Schema::at(self.own.place(property.schema))]);
        match tokens_of(&rest, path.pointer.as_deref()) {
            Some(tokens) => Source { whole, tokens },
            None => Source::open(),
        }
    }

    /// An output of a workflow; what one gives that may go on to another is not known.
    fn given_source(&mut self, index: usize, path: &Path, hops: usize) -> Source<'d> {
        let document = self.document;
        let known = document.workflows.get(index).filter(|_| !self.goes_on.get(index).is_none_or(|goes| *goes));
        match known {
            Some(workflow) => self.output_source(workflow, index, None, &workflow.outputs, path, hops),
            None => Source::open(),
        }
    }

    fn output_source(
        &mut self,
        workflow: &'d Workflow,
        index: usize,
        step: Option<Scope<'d>>,
        outputs: &'d [Output],
        path: &Path,
        hops: usize,
    ) -> Source<'d> {
        let Some((name, rest)) = longest(outputs.iter().map(|output| output.name.as_str()), &path.name) else {
            return Source::open();
        };
        let output = outputs.iter().find(|output| output.name.as_str() == name);
        let Some(Some(OutputValue::Expression(expression))) = output.map(|output| &output.value) else {
            return Source::open();
        };
        let whole = match self.provenance(workflow, index, step, &expression.value, hops - 1).shape() {
            // said where the output is declared
            Shape::Nothing(_) => Shape::Open,
            shape => shape,
        };
        match tokens_of(&rest, path.pointer.as_deref()) {
            Some(tokens) => Source { whole, tokens },
            None => Source::open(),
        }
    }
}

fn union_or_open(shapes: Vec<Shape<'_>>) -> Shape<'_> {
    if shapes.is_empty() { Shape::Open } else { union(shapes) }
}

/// Whether a status says that all went well and is none of those that are described to say so.
pub(super) fn is_other_success(responses: &Responses<'_>, status: u16) -> bool {
    let good = |one: &Response<'_>| matches!(one.status, StatusPattern::Code(200..=299) | StatusPattern::Class(2));
    (200..300).contains(&status)
        && responses.iter().any(good)
        && responses.for_status(status).is_none_or(|one| one.status == StatusPattern::Default)
}

/// What a response's body may be, where it is JSON.
pub(super) fn body_shape<'d>(response: &Response<'d>) -> Shape<'d> {
    let mut shapes = Vec::new();
    for content in &response.content {
        let json = content.parsed().is_some_and(|media_type| media_type.is_json() || media_type.is_range());
        match content.schema().filter(|_| json) {
            Some(schema) => shapes.push(Shape::Of(vec![schema])),
            None => return Shape::Open,
        }
    }
    union_or_open(shapes)
}

/// The one status that criteria ask for.
pub(super) fn required_status(criteria: &[Criterion]) -> Option<u16> {
    criteria.iter().find_map(|criterion| match &criterion.parsed.as_ref()?.kind {
        ConditionKind::Simple(condition) => match &condition.root.kind {
            NodeKind::And(nodes) => nodes.iter().find_map(|node| status_of(&node.kind)),
            kind => status_of(kind),
        },
        _ => None,
    })
}

fn status_of(kind: &NodeKind) -> Option<u16> {
    let NodeKind::Comparison { left, operator: Operator::Equal, right } = kind else { return None };
    match (&left.kind, &right.kind) {
        (OperandKind::Expression(expression), OperandKind::Number(number))
        | (OperandKind::Number(number), OperandKind::Expression(expression))
            if expression.root == Root::StatusCode =>
        {
            number.as_i64().and_then(|status| u16::try_from(status).ok())
        }
        _ => None,
    }
}

/// The declared name that a text begins with, the longest one, and what follows.
fn longest<'n>(names: impl Iterator<Item = &'n str>, text: &str) -> Option<(String, String)> {
    let name = longest_name(names, text)?;
    Some((name.to_owned(), text[name.len()..].to_owned()))
}

/// The names and indices of a navigation (`.a[0]['b']`) and of the pointer after it; `None` if that can't be told.
pub(super) fn tokens_of(navigation: &str, pointer: Option<&str>) -> Option<Vec<String>> {
    let mut tokens = Vec::new();
    let mut rest = navigation;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (token, after) = inside.split_once(']')?;
            tokens.push(token.trim_matches(['\'', '"']).to_owned());
            rest = after;
        } else {
            let names = rest.strip_prefix('.')?;
            let end = names.find(['.', '[']).unwrap_or(names.len());
            tokens.push(names[..end].to_owned());
            rest = &names[end..];
        }
    }
    // the length of an array or a text, unless a member is called so
    if tokens.last().is_some_and(|last| last == "length") && pointer.is_none() {
        return None;
    }
    if let Some(pointer) = pointer {
        // `#/items[0].id` is understood, too
        if pointer.contains('[') {
            return None;
        }
        tokens.extend(pointer::tokens(pointer)?.into_iter().map(std::borrow::Cow::into_owned));
    }
    Some(tokens)
}
