//! What a step calls: an operation by id or by path, a channel, or a workflow.

use crate::diagnostic::{Edit, Fix};
use crate::node::NodeRef;
use crate::pointer;
use crate::rule;
use crate::span::Spanned;
use crate::uri::{self, percent_decode};

use super::depends_on::{self, WorkflowReference};
use super::fields::Fields;
use super::foreign;
use super::reader::{Reader, nearest};

/// What a step calls (ARZ-STEP-04, ARZ-STEP-05).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepTarget {
    /// `operationId`
    OperationId(Spanned<OperationId>),
    /// `operationPath`
    OperationPath(Spanned<OperationPath>),
    /// `channelPath` (1.1)
    ChannelPath(Spanned<ChannelPath>),
    /// `workflowId`
    WorkflowId(Spanned<WorkflowReference>),
}

/// An operation named by its id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OperationId {
    /// `operationId`; a dot in it may part a source's name from the id.
    Plain(String),
    /// `$sourceDescriptions.SOURCE.OPERATION`
    Qualified {
        /// The name of the source description.
        source: String,
        /// The operation's id there.
        operation: String,
    },
}

/// An operation named by its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OperationPath {
    /// A source and a JSON Pointer to the operation, or to a Path Item with a single one.
    Pointer(PathSource, String),
    /// `METHOD /path`, in any source.
    MethodAndPath {
        /// In lower case.
        method: String,
        /// The path template.
        path: String,
    },
    /// An operationId in the place of a path.
    OperationId(OperationId),
}

/// A channel named by its place (ARZ-ASYNC-02).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ChannelPath {
    /// A source and a JSON Pointer to the channel.
    Pointer(PathSource, String),
    /// The channel's name alone.
    Name(String),
}

/// How a path names its source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PathSource {
    /// By a runtime expression with this source name.
    Expression(String),
    /// By plain text: a source's name or its URL.
    Text(String),
    /// Not at all: there must be only one.
    Unnamed,
}

/// The fields of which a step has exactly one.
pub(super) const FIELDS: [&str; 4] = ["operationId", "operationPath", "channelPath", "workflowId"];

/// Notes the field that stands for one of the targets but is not spelt like it: then nothing is called.
fn misspelt<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>) -> bool {
    let known = |key: &NodeRef<'_>| nearest(key.key(), FIELDS).map(|name| (name, key.key().to_owned(), key.span()));
    let mut keys = fields.node.entries().map(|(key, _)| key);
    let Some((name, written, span)) = keys.find_map(|key| known(&key).filter(|_| reader.is_unknown(key.span()))) else {
        return false;
    };
    let fix = reader.take_unknown(span).and_then(|one| one.fix);
    let message = format!("a step has no field `{written}`, and so nothing to call");
    // what is missing keeps the step from being run, whatever is thought of unknown fields
    reader.note_help(rule::MISSING_FIELD, span, message, format!("did you mean `{name}`?")).fix = fix;
    true
}

/// Reads the target: exactly one of the fields.
pub(super) fn read<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>) -> Option<StepTarget> {
    let present: Vec<(NodeRef<'t>, &'static str)> =
        FIELDS.iter().filter_map(|name| fields.node.entry(name).map(|(key, _)| (key, *name))).collect();
    match present.as_slice() {
        [] if fields.get(foreign::SOURCE).is_some() => return foreign::operation(reader, fields),
        [] if misspelt(reader, fields) => {}
        [] => {
            let message = "a step needs something to call";
            let help = "add one of `operationId`, `operationPath`, `workflowId`";
            reader.note_help(rule::MISSING_FIELD, fields.anchor(), message, help);
        }
        [_] => {}
        [(first, first_name), others @ ..] => {
            for (key, name) in others {
                let message = format!("`{first_name}` and `{name}` exclude each other");
                let (source, span) = (reader.source, first.span());
                let diagnostic = reader.note_help(rule::CONFLICTING_FIELDS, key.span(), message, "keep one of them");
                diagnostic.labels.push(crate::diagnostic::Label { source, span, text: "the other one".into() });
            }
        }
    }
    if let Some((key, _)) = fields.node.entry(foreign::SOURCE) {
        let message = format!("`{}` has no effect beside what the step calls", foreign::SOURCE);
        reader.note(rule::IGNORED_FIELD, key.span(), message);
    }
    let targets: Vec<_> = present.iter().map(|(_, name)| read_one(reader, fields, name)).collect();
    // of several nobody knows which is meant
    if targets.len() > 1 { None } else { targets.into_iter().next().flatten() }
}

fn read_one<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>, name: &'static str) -> Option<StepTarget> {
    let text = fields.required(reader, name).and_then(|node| reader.text(node, name))?;
    match name {
        "operationId" => operation_id(reader, &text).map(StepTarget::OperationId),
        "operationPath" => operation_path(reader, &text).map(StepTarget::OperationPath),
        "channelPath" => channel_path(reader, &text).map(StepTarget::ChannelPath),
        _ => depends_on::workflow_reference(reader, &text).map(StepTarget::WorkflowId),
    }
}

fn operation_id(reader: &mut Reader<'_>, text: &Spanned<String>) -> Option<Spanned<OperationId>> {
    let (found, braces) = parse_operation_id(text);
    match &found {
        Some(_) if braces => {
            let message = "braces do not belong around the expression of an `operationId`";
            loose(reader, text, message, "remove the braces");
        }
        Some(_) => {}
        None => {
            let message = format!("`{}` names no operation", text.value);
            let help = "write an `operationId`, or `$sourceDescriptions.<name>.<operationId>`";
            reader.note_help(rule::INVALID_VALUE, text.span, message, help);
        }
    }
    Some(Spanned::new(found?, text.span))
}

fn parse_operation_id(text: &str) -> (Option<OperationId>, bool) {
    let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let expression = inner.unwrap_or(text);
    if let Some(rest) = expression.strip_prefix("$sourceDescriptions.") {
        return (qualified(rest), inner.is_some());
    }
    let plain = !text.trim().is_empty() && !text.starts_with('$') && !text.starts_with("{$");
    (plain.then(|| OperationId::Plain(text.to_owned())), false)
}

fn qualified(rest: &str) -> Option<OperationId> {
    let (source, operation) = rest.split_once('.')?;
    let complete = !source.is_empty() && !operation.is_empty();
    complete.then(|| OperationId::Qualified { source: source.to_owned(), operation: operation.to_owned() })
}

fn operation_path(reader: &mut Reader<'_>, text: &Spanned<String>) -> Option<Spanned<OperationPath>> {
    let Some(found) = parse_operation_path(text) else {
        let message = format!("`{}` names no operation", text.value);
        let help = "write `'{$sourceDescriptions.<name>.url}#/paths/~1<path>/<method>'`";
        reader.note_help(rule::INVALID_VALUE, text.span, message, help);
        return None;
    };
    match &found {
        OperationPath::Pointer(PathSource::Expression(_), _) => {}
        OperationPath::Pointer(source, pointer) => loose_source(reader, text, source, pointer),
        OperationPath::MethodAndPath { method, path } => {
            let mut pointer = String::from("/paths");
            pointer::push(&mut pointer, path);
            let help = format!("write `'{{$sourceDescriptions.<name>.url}}#{pointer}/{method}'`");
            loose(reader, text, "an `operationPath` is a source and a JSON Pointer", &help);
        }
        OperationPath::OperationId(_) => {
            loose(reader, text, "this is an operationId, no path", "give it as `operationId`");
        }
    }
    Some(Spanned::new(found, text.span))
}

fn parse_operation_path(text: &str) -> Option<OperationPath> {
    if text.contains('#') {
        return pointer_reference(text).map(|(source, pointer)| OperationPath::Pointer(source, pointer));
    }
    if let Some((method, path)) = text.split_once(' ')
        && path.starts_with('/')
        && is_method(method)
    {
        return Some(OperationPath::MethodAndPath { method: method.to_lowercase(), path: path.to_owned() });
    }
    match parse_operation_id(text).0 {
        Some(OperationId::Plain(_)) | None => None,
        Some(qualified) => Some(OperationPath::OperationId(qualified)),
    }
}

fn is_method(text: &str) -> bool {
    const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];
    METHODS.iter().any(|method| text.eq_ignore_ascii_case(method))
}

fn channel_path(reader: &mut Reader<'_>, text: &Spanned<String>) -> Option<Spanned<ChannelPath>> {
    let name = !text.is_empty() && !text.contains(['#', '$', '{', ' ']);
    let found = match pointer_reference(text) {
        Some((source, pointer)) => {
            if !matches!(source, PathSource::Expression(_)) {
                loose_source(reader, text, &source, &pointer);
            }
            ChannelPath::Pointer(source, pointer)
        }
        None if name => {
            let help = format!("write `'{{$sourceDescriptions.<name>.url}}#/channels/{}'`", text.value);
            loose(reader, text, "a `channelPath` is a source and a JSON Pointer", &help);
            ChannelPath::Name(text.value.clone())
        }
        None => {
            let message = format!("`{}` names no channel", text.value);
            let help = "write `'{$sourceDescriptions.<name>.url}#/channels/<channel>'`";
            reader.note_help(rule::INVALID_VALUE, text.span, message, help);
            return None;
        }
    };
    Some(Spanned::new(found, text.span))
}

/// A source and the JSON Pointer after `#`, percent-encoding undone (ARZ-URI-11).
fn pointer_reference(text: &str) -> Option<(PathSource, String)> {
    let (source, fragment) = text.split_once('#')?;
    let pointer = percent_decode(fragment)?;
    if !pointer.starts_with('/') || pointer::tokens(&pointer).is_none() {
        return None;
    }
    let inner = source.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(source);
    let source = match inner.strip_prefix("$sourceDescriptions.") {
        Some(rest) => {
            let name = rest.strip_suffix(".url").unwrap_or(rest);
            let one = !name.is_empty() && !name.contains('.');
            one.then(|| PathSource::Expression(name.to_owned()))?
        }
        None if inner.contains(['$', '{', '}']) => return None,
        None if source.is_empty() => PathSource::Unnamed,
        None => PathSource::Text(source.to_owned()),
    };
    Some((source, pointer))
}

fn loose_source(reader: &mut Reader<'_>, text: &Spanned<String>, source: &PathSource, pointer: &str) {
    let (message, name) = match source {
        PathSource::Text(text) if !text.contains(['/', '.', ':']) => {
            let strict = format!("a path's source is named by `{{$sourceDescriptions.{text}.url}}`");
            (format!("`{text}` is a plain name: {strict}"), text.as_str())
        }
        PathSource::Text(text) => {
            let strict = "a path's source is named by `{$sourceDescriptions.<name>.url}`";
            let name = source_at(reader, text).or_else(|| source_like(reader, text)).unwrap_or("<name>");
            (format!("`{text}` is no runtime expression: {strict}"), name)
        }
        _ => ("a path's source is named by `{$sourceDescriptions.<name>.url}`".to_owned(), "<name>"),
    };
    let help = format!("write `'{{$sourceDescriptions.{name}.url}}#{pointer}'`");
    let fix = match source {
        // a source whose file is merely called the same may be another version
        PathSource::Text(source) if source == name || source_at(reader, source) == Some(name) => {
            rewritten(reader, text, name, pointer)
        }
        _ => None,
    };
    reader.note_help(rule::LOOSE_REFERENCE, text.span, message, help).fix = fix;
}

/// The name of the only source whose url is that one, seen from the document.
fn source_at<'t>(reader: &Reader<'t>, text: &str) -> Option<&'t str> {
    // any base will do: both are seen from the same one
    let seen = |url: &str| uri::resolve("file:///a/b/c/d/e/f/g/h", url);
    only_source(reader, &|url| seen(url) == seen(text))
}

/// The name of the only source whose file is called the same.
fn source_like<'t>(reader: &Reader<'t>, text: &str) -> Option<&'t str> {
    let file = |url: &str| url.rsplit('/').next().unwrap_or_default().to_owned();
    only_source(reader, &|url| file(url) == file(text))
}

fn only_source<'t>(reader: &Reader<'t>, fits: &dyn Fn(&str) -> bool) -> Option<&'t str> {
    let sources = reader.tree.root().get("sourceDescriptions").into_iter().flat_map(NodeRef::items);
    let mut fitting = sources.filter(|source| source.get("url").and_then(NodeRef::as_str).is_some_and(fits));
    fitting.next().filter(|_| fitting.next().is_none())?.get("name")?.as_str()
}

/// The path with its source named as it should be, if that is the name of one.
fn rewritten(reader: &Reader<'_>, text: &Spanned<String>, name: &str, pointer: &str) -> Option<Fix> {
    let sources = reader.tree.root().get("sourceDescriptions").into_iter().flat_map(NodeRef::items);
    let mut names = sources.filter_map(|source| source.get("name")?.as_str());
    let strict = format!("{{$sourceDescriptions.{name}.url}}#{pointer}");
    if !names.any(|one| one == name) || strict.contains(['\'', '"', '\\']) {
        return None;
    }
    let written = reader.tree.text().get(text.span.range())?;
    let quote = match written.strip_suffix(text.as_str()) {
        Some("") => "'",
        _ => ["'", "\""].into_iter().find(|quote| written == format!("{quote}{}{quote}", text.as_str()))?,
    };
    let edit = Edit { source: reader.source, span: text.span, replacement: format!("{quote}{strict}{quote}") };
    Some(Fix { title: format!("write `{strict}`"), edits: vec![edit] })
}

fn loose(reader: &mut Reader<'_>, text: &Spanned<String>, message: &str, help: &str) {
    reader.note_help(rule::LOOSE_REFERENCE, text.span, message, help);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(source: PathSource, pointer: &str) -> Option<OperationPath> {
        Some(OperationPath::Pointer(source, pointer.into()))
    }

    fn qualified(source: &str, operation: &str) -> OperationId {
        OperationId::Qualified { source: source.into(), operation: operation.into() }
    }

    #[test]
    fn an_operation_id_may_name_its_source() {
        let table = [
            ("getPet", (Some(OperationId::Plain("getPet".into())), false)),
            ("pets.get", (Some(OperationId::Plain("pets.get".into())), false)),
            ("$sourceDescriptions.a.b.c", (Some(qualified("a", "b.c")), false)),
            ("{$sourceDescriptions.a.b}", (Some(qualified("a", "b")), true)),
            ("$sourceDescriptions.a", (None, false)),
            ("$inputs.operation", (None, false)),
            ("", (None, false)),
        ];
        for (text, expected) in table {
            assert_eq!(parse_operation_id(text), expected, "{text}");
        }
    }

    /// ARZ-STEP-08, ARZ-URI-11
    #[test]
    fn an_operation_path_has_many_spellings() {
        let named = |name: &str| PathSource::Expression(name.into());
        let table = [
            ("{$sourceDescriptions.a.url}#/paths/~1x/get", pointer(named("a"), "/paths/~1x/get")),
            ("$sourceDescriptions.a.url#/paths/%7E1x/get", pointer(named("a"), "/paths/~1x/get")),
            ("$sourceDescriptions.a#/paths/~1x~1{id}/get", pointer(named("a"), "/paths/~1x~1{id}/get")),
            ("openapi_source#/paths/~1x/get", pointer(PathSource::Text("openapi_source".into()), "/paths/~1x/get")),
            ("./pets.yaml#/paths/~1x/get", pointer(PathSource::Text("./pets.yaml".into()), "/paths/~1x/get")),
            ("#/paths/~1x/get", pointer(PathSource::Unnamed, "/paths/~1x/get")),
            ("GET /pets/{id}", Some(OperationPath::MethodAndPath { method: "get".into(), path: "/pets/{id}".into() })),
            ("$sourceDescriptions.a.getPet", Some(OperationPath::OperationId(qualified("a", "getPet")))),
            ("definitely-not-a-runtime-expression", None),
            ("$sourceDescriptions.a.b.c#/x", None),
            ("{$inputs.url}#/paths/~1x/get", None),
            ("a#paths", None),
            ("a#/~2", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse_operation_path(text), expected, "{text}");
        }
    }
}
