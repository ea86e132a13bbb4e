//! Whole requests, built from described operations.

mod bodies;
mod content_types;
mod documents;
mod files;
mod parameters;
mod path_keys;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use arras_doc::diagnostic::has_errors;
use arras_doc::expression::{self, Expression, Template};
use arras_doc::node::Tree;
use arras_doc::openapi::{self, Description};
use arras_doc::read;
use arras_doc::source::{Source, SourceId, Sources};
use arras_doc::span::{Span, Spanned};

use super::*;
use bytes::Bytes;

use crate::file::FileContent;
use crate::place::Place;
use crate::plan::{Described, RequestBody, Target};

/// Nothing has a value but `$inputs.x`.
struct Input(Option<Value>);

impl Resolve for Input {
    fn resolve(&self, expression: &Expression) -> Option<Cow<'_, Value>> {
        self.0.as_ref().filter(|_| expression.text.starts_with("$inputs.x")).map(Cow::Borrowed)
    }
}

fn yaml(sources: &mut Sources, text: &str) -> (SourceId, Arc<Tree>) {
    let source = Source::new("api.yaml", "https://api.example/api.yaml", text);
    let id = sources.add(source.clone());
    let (tree, found) = read::read(&source, id);
    assert!(!has_errors(&found), "{found:?}");
    (id, Arc::new(tree.expect("a tree")))
}

/// The first operation of a description.
pub(crate) fn operation(text: &str) -> Operation {
    let (source, tree) = yaml(&mut Sources::default(), text);
    let entry = Arc::new(openapi::Document::new(source, "https://api.example/api.yaml", tree));
    let description = Arc::new(Description::index(entry, &openapi::Documents::default()).0);
    let first = description.operations().next().expect("an operation");
    let mut found = Diagnostics::new();
    let body = first.request_body(&mut found);
    let parameters = first.parameters(&mut found);
    assert_eq!(found, []);
    let declared = parameters.iter().filter_map(|it| Declared::of(it, description.version()));
    Operation {
        source: "api".into(),
        operation_id: None,
        method: first.method().into(),
        label: "".into(),
        url: "".into(),
        base: "https://api.example/v1/".into(),
        path: first.path().wire_path().to_owned(),
        fixed_query: None,
        declared: declared.collect(),
        request_types: body.iter().flat_map(|body| &body.content).map(|it| it.media_type.to_owned()).collect(),
        body_required: false,
        accept: None,
        authorization: None,
        described: Described::new(description.clone(), first.pointer(), Arc::default()),
        xml_types: Vec::new(),
    }
}

pub(crate) fn place() -> Place {
    Place { source: SourceId(0), span: Span::default() }
}

pub(crate) fn step(parameters: Vec<Parameter>, body: Option<RequestBody>) -> Step {
    Step {
        id: "s".into(),
        target: Target::Workflow(0),
        parameters,
        body: body.map(Box::new),
        criteria: Vec::new(),
        on_success: Vec::new(),
        on_failure: Vec::new(),
        outputs: Vec::new(),
        timeout: None,
        depends_on: Vec::new(),
        retained: Vec::new(),
        credentials: Vec::new(),
        unchanging: OnceLock::new(),
        place: place(),
    }
}

fn literal(value: Value) -> Template {
    Template::Literal(Spanned::new(value, Span::default()))
}

fn text(template: &str) -> Template {
    Template::Text(Spanned::new(expression::pieces(template).expect("a template"), Span::default()))
}

fn payload(value: Value, content_type: Option<&str>) -> RequestBody {
    RequestBody {
        content_type: content_type.map(str::to_owned),
        payload: Some(literal(value)),
        replacements: Vec::new(),
        scalars: Vec::new(),
        place: place(),
    }
}

fn parameter(name: &str, location: Location, value: Template) -> Parameter {
    Parameter { name: name.into(), location: Some(location), value, scalar: None, credential: None, place: place() }
}

fn json(value: serde_json::Value) -> Value {
    Value::from(value)
}

fn context(files: &Files) -> Context<'_> {
    Context { files, effect: "s#1.1" }
}

/// The content type and body that a payload becomes.
fn sent(operation: &Operation, body: RequestBody, files: &Files) -> Result<(String, Bytes), String> {
    let built = build(operation, &step(Vec::new(), Some(body)), &Input(None), context(files));
    let request = built.map_err(|fault| fault.message)?.request;
    Ok((
        crate::exchange::header(&request.headers, "content-type").unwrap_or_default(),
        Bytes::copy_from_slice(&request.body.outline()),
    ))
}

/// The body that a payload becomes, as text.
fn text_of(operation: &Operation, value: serde_json::Value, content_type: Option<&str>) -> Result<String, String> {
    let (_, bytes) = sent(operation, payload(json(value), content_type), &Files::default())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
