//! Extensions by which Redocly's runner changes what is requested, read as a courtesy to those who come from there.
//!
//! `x-operation` requests a URL that no source describes: it becomes an operation of a description that is written here,
//! so that everything else has one kind of operation. `x-security` gives a credential of the workflow's own, `x-serverUrl`
//! a server in place of the description's.

use std::collections::HashSet;

use crate::node::NodeRef;
use crate::pointer;
use crate::rule;
use crate::span::{Span, Spanned};
use crate::uri::without_user;
use crate::value::{Object, Value};

use super::expression_field::{self, ValueField};
use super::fields::Fields;
use super::reader::Reader;
use super::source_description::{SourceDescription, SourceType};
use super::step_target::{OperationPath, PathSource, StepTarget};

/// The name of the source description that `x-operation` steps make up.
pub(super) const SOURCE: &str = "x-operation";

/// An entry of `x-security`: a credential that the document gives for one security scheme.
#[derive(Clone, Debug)]
pub struct OwnSecurity {
    /// The scheme.
    pub scheme: OwnScheme,
    /// The credential's parts by name: `token`, `apiKey`, `username`, `password` …
    pub values: Vec<(Spanned<String>, ValueField)>,
    /// Where it stands.
    pub span: Span,
}

impl OwnSecurity {
    /// The part of that name.
    pub fn value(&self, name: &str) -> Option<&ValueField> {
        self.values.iter().find(|(known, _)| known.value == name).map(|(_, value)| value)
    }
}

/// How an entry of `x-security` says which scheme it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnScheme {
    /// `schemeName`: one of the operation's description.
    Named(Spanned<String>),
    /// `scheme`: a Security Scheme Object in place.
    Inline {
        /// `type`
        kind: String,
        /// `scheme`, of the type `http`.
        scheme: String,
        /// `name`, of the type `apiKey`.
        name: String,
        /// `in`, of the type `apiKey`.
        location: String,
    },
}

/// An operation that an `x-operation` describes: its path key, and the Path Item's members.
pub(super) struct OwnOperation {
    key: String,
    item: Object,
}

/// Notes that an extension is heeded, and what says the same by the specification.
fn heeded(reader: &mut Reader<'_>, span: Span, name: &str, instead: &str) {
    let message = format!("`{name}` is an extension of another tool; it is heeded");
    reader.note_help(rule::FOREIGN_EXTENSION, span, message, instead);
}

/// `x-serverUrl`, if it is a URL.
pub(super) fn server_url<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>) -> Option<Spanned<String>> {
    let (key, node) = fields.node.entry("x-serverUrl")?;
    let url = node.as_str().filter(|url| url.starts_with("http://") || url.starts_with("https://"));
    let Some(url) = url else {
        let message = "`x-serverUrl` has no effect: it is no http or https URL";
        reader.note_help(rule::IGNORED_FIELD, key.span(), message, "give the URL with `--server SOURCE=URL`");
        return None;
    };
    heeded(
        reader,
        key.span(),
        "x-serverUrl",
        "give the URL with `--server SOURCE=URL`, or in the description's `servers`",
    );
    Some(Spanned::new(url.to_owned(), node.span()))
}

/// The entries of `x-security`; what is wrong with one leaves it out.
pub(super) fn security<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>) -> Vec<OwnSecurity> {
    let Some((key, list)) = fields.node.entry("x-security") else { return Vec::new() };
    if !list.is_sequence() {
        reader.wrong_type(list, "x-security", "an array");
        return Vec::new();
    }
    heeded(
        reader,
        key.span(),
        "x-security",
        "give the credential with `--auth SOURCE.SCHEME=REF`, or set the parameter",
    );
    list.items().filter_map(|entry| security_entry(reader, entry)).collect()
}

fn security_entry<'t>(reader: &mut Reader<'t>, entry: NodeRef<'t>) -> Option<OwnSecurity> {
    let scheme = match (entry.get("schemeName"), entry.get("scheme")) {
        (Some(name), None) => OwnScheme::Named(reader.text(name, "schemeName")?),
        (None, Some(scheme)) => {
            let text = |name: &str| scheme.get(name).and_then(NodeRef::as_str).unwrap_or_default().to_owned();
            OwnScheme::Inline { kind: text("type"), scheme: text("scheme"), name: text("name"), location: text("in") }
        }
        (one, _) => {
            let message = "an entry of `x-security` has either `schemeName` or `scheme`";
            let help = if one.is_some() { "keep one of them" } else { "add one of them" };
            reader.note_help(rule::CONFLICTING_FIELDS, entry.span(), message, help);
            return None;
        }
    };
    let values = entry.get("values").into_iter().flat_map(NodeRef::entries);
    let value = |(key, node): (NodeRef<'t>, NodeRef<'t>)| {
        (Spanned::new(key.key().to_owned(), key.span()), expression_field::value(reader, node))
    };
    Some(OwnSecurity { scheme, values: values.map(value).collect(), span: entry.span() })
}

/// What a step with `x-operation` calls; its operation is kept for [`source`].
pub(super) fn operation<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>) -> Option<StepTarget> {
    let (key, node) = fields.node.entry(SOURCE)?;
    let (Some(url), Some(method)) = (node.get("url"), node.get("method")) else {
        let message = "an `x-operation` needs `url` and `method`";
        reader.note_help(rule::MISSING_FIELD, key.span(), message, "add what is missing");
        return None;
    };
    let (url, method) = (reader.text(url, "url")?, reader.text(method, "method")?);
    if url.starts_with('$') || url.contains("{$") {
        let message = "an `x-operation` whose `url` is a runtime expression can't be carried out";
        let help = "write the URL, and what varies as `{name}` with a parameter";
        reader.note_help(rule::UNSUPPORTED_FEATURE, url.span, message, help);
        return None;
    }
    let Some((server, path)) = split(&url) else {
        let message = format!("`{}` is no http or https URL", without_user(&url.value));
        reader.note_help(rule::INVALID_VALUE, url.span, message, "write the whole URL, `https://` included");
        return None;
    };
    const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
    let lower = method.to_ascii_lowercase();
    if !METHODS.contains(&lower.as_str()) {
        let message = format!("`{}` is no method that can be requested", method.value);
        reader.note_help(rule::INVALID_VALUE, method.span, message, "write `GET`, `POST` or another of HTTP's");
        return None;
    }
    heeded(reader, key.span(), SOURCE, "describe the operation in OpenAPI, and name it by `operationId`");
    // operations that differ in nothing but their server are told apart by a fragment, which is not sent
    let taken: HashSet<&str> = reader.own_operations.iter().map(|own| own.key.as_str()).collect();
    let path_key = match taken.contains(path.as_str()) {
        true => format!("{path}#{}", fields.node.get("stepId").and_then(NodeRef::as_str).unwrap_or_default()),
        false => path,
    };
    let mut pointer = "/paths".to_owned();
    pointer::push(&mut pointer, &path_key);
    pointer::push(&mut pointer, &lower);
    let item = object([(&*lower, described(fields, &reader.shared_parameters, &server))]);
    reader.own_operations.push(OwnOperation { key: path_key, item });
    let target = OperationPath::Pointer(PathSource::Expression(SOURCE.to_owned()), pointer);
    Some(StepTarget::OperationPath(Spanned::new(target, url.span)))
}

/// Splits a URL into its origin and the rest, without fragment.
fn split(url: &str) -> Option<(String, String)> {
    let scheme = ["http://", "https://"].into_iter().find(|scheme| url.starts_with(scheme))?;
    let (url, _) = url.split_once('#').unwrap_or((url, ""));
    let rest = &url[scheme.len()..];
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let slash = if path.starts_with('/') { "" } else { "/" };
    (!authority.is_empty()).then(|| (format!("{scheme}{authority}"), format!("{slash}{path}")))
}

/// The Operation Object: what the step sends is declared, and any answer is expected.
fn described(fields: &Fields<'_>, shared: &[NodeRef<'_>], server: &str) -> Value {
    let own = fields.node.get("parameters").into_iter().flat_map(NodeRef::items);
    let parameters = own.chain(shared.iter().copied()).filter_map(|parameter| {
        let (name, location) = (parameter.get("name")?.as_str()?, parameter.get("in")?.as_str()?);
        let path = location == "path";
        Some(object([("name", name.into()), ("in", location.into()), ("required", path.into())]))
    });
    let mut operation = object([
        ("servers", vec![object([("url", server.into())]).into()].into()),
        ("parameters", parameters.map(Value::from).collect::<Vec<_>>().into()),
        ("responses", object([("default", object([("description", "not described".into())]).into())]).into()),
    ]);
    if let Some(body) = fields.node.get("requestBody") {
        let content_type = body.get("contentType").and_then(NodeRef::as_str).unwrap_or("application/json");
        let content = object([(content_type, Object::default().into())]);
        operation.insert("requestBody".to_owned(), object([("content", content.into())]).into());
    }
    operation.into()
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Object {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The source description that the `x-operation` steps of a document make up; `None` if it has none.
pub(super) fn source(reader: &mut Reader<'_>, others: &[SourceDescription]) -> Option<SourceDescription> {
    let operations = std::mem::take(&mut reader.own_operations);
    if operations.is_empty() {
        return None;
    }
    if let Some(other) = others.iter().find(|other| other.name.value == SOURCE) {
        let message = format!("a document with `x-operation` steps can't have a source description named `{SOURCE}`");
        reader.note_help(rule::DUPLICATE_NAME, other.name.span, message, "give it another name");
        return None;
    }
    let paths: Object = operations.into_iter().map(|own| (own.key, own.item.into())).collect();
    let info = object([("title", "operations of `x-operation`".into()), ("version", "1".into())]);
    let text = object([("openapi", "3.1.0".into()), ("info", info.into()), ("paths", paths.into())]);
    let span = reader.tree.root().span();
    let at_start = Span { start: span.start, end: span.start };
    Some(SourceDescription {
        name: Spanned::new(SOURCE.to_owned(), at_start),
        url: Spanned::new(format!("{SOURCE}:"), at_start),
        source_type: Some(Spanned::new(SourceType::OpenApi, at_start)),
        extensions: Vec::new(),
        server_url: None,
        described: Some(Value::from(text).to_json_pretty()),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Document;
    use super::*;
    use crate::read;
    use crate::source::{Source, Sources};

    /// The document of one step, and its findings as `rule: message`, what is heeded left out.
    fn read_step(step: &str) -> (Document, Vec<String>) {
        let text = format!(
            "arazzo: 1.0.1\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: a, url: a.yaml}}]\n\
             workflows: [{{workflowId: w, parameters: [{{name: q, in: query, value: 1}}], steps: [{{stepId: s, {step}}}]}}]\n"
        );
        let source = Source::new("flow", "file:///flow", text);
        let id = Sources::default().add(source.clone());
        let (tree, found) = read::read(&source, id);
        assert!(found.is_empty(), "{found:?}");
        let (document, found) = Document::read(id, Arc::new(tree.expect("a tree")));
        let other = found.iter().filter(|found| found.rule.id != "foreign-extension");
        (document, other.map(|found| format!("{}: {}", found.rule.id, found.message)).collect())
    }

    ///
    #[test]
    fn an_operation_of_its_own_is_described() {
        let step =
            "x-operation: {url: 'https://h:1/p?a=b#c', method: PATCH}, parameters: [{name: i, in: header, value: 1}]";
        let (document, found) = read_step(step);
        assert_eq!(found, [""; 0]);
        let [_, source] = &document.source_descriptions[..] else { panic!("{:?}", document.source_descriptions) };
        let described = Value::from_json(source.described.as_deref().expect("a description")).expect("JSON");
        let operation =
            described.get("paths").and_then(|paths| paths.get("/p?a=b")?.get("patch")).expect("an operation");
        let url = operation.get("servers").and_then(|servers| servers.as_array()?[0].get("url")?.as_str());
        assert_eq!(url, Some("https://h:1"));
        let names = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        assert_eq!(names.filter_map(|it| it.get("name")?.as_str()).collect::<Vec<_>>(), ["i", "q"]);
        let StepTarget::OperationPath(path) = document.workflows[0].steps[0].target.as_ref().expect("a target") else {
            panic!("a path");
        };
        let expected = OperationPath::Pointer(PathSource::Expression(SOURCE.to_owned()), "/paths/~1p?a=b/patch".into());
        assert_eq!(path.value, expected);
    }

    ///
    #[test]
    fn what_is_wrong_with_an_extension_is_said() {
        let table = [
            ("x-operation: {url: 'ftp://h/', method: GET}", "invalid-value: `ftp://h/` is no http or https URL"),
            (
                "x-operation: {url: 'ftp://u:p@h/', method: GET}",
                "invalid-value: `ftp://***@h/` is no http or https URL",
            ),
            ("x-operation: {url: 'https:///p', method: GET}", "invalid-value: `https:///p` is no http or https URL"),
            (
                "x-operation: {url: 'https://h', method: CONNECT}",
                "invalid-value: `CONNECT` is no method that can be requested",
            ),
            ("x-operation: {method: GET}", "missing-field: an `x-operation` needs `url` and `method`"),
            (
                "x-operation: {url: $inputs.u, method: GET}",
                "unsupported-feature: an `x-operation` whose `url` is a runtime expression can't be carried out",
            ),
            (
                "operationId: o, x-operation: {url: 'https://h', method: GET}",
                "ignored-field: `x-operation` has no effect beside what the step calls",
            ),
            ("operationId: o, x-security: {}", "wrong-type: `x-security` must be an array, not an object"),
            (
                "operationId: o, x-security: [{values: {}}]",
                "conflicting-fields: an entry of `x-security` has either `schemeName` or `scheme`",
            ),
        ];
        for (step, expected) in table {
            assert_eq!(read_step(step).1, [expected], "{step}");
        }
    }
}
