//! One exchange against the schemas of its bodies (`tests/cases/check/values.yaml`), and schemas and values that branch at
//! every level.

use std::path::Path;
use std::sync::Arc;

use arras_doc::arazzo::Document;
use arras_doc::link::{LinkedSource, LinkedSources, link};
use arras_doc::lint::lint;
use arras_doc::openapi::{self, Description, Documents};
use arras_doc::read;
use arras_doc::source::{Source, SourceId};
use serde::Deserialize;
use serde_json::{Value, json};

/// A row of `values.yaml`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Row {
    why: String,
    version: Option<String>,
    /// The media type of the request and the answer.
    media: Option<String>,
    /// The schema of the request.
    body: Value,
    payloads: Vec<Value>,
    replacements: Value,
    /// The schema of the answer.
    answer: Value,
    outputs: Value,
    criteria: Value,
    schemas: Value,
    /// The schema of an input `b`.
    input: Value,
    /// Severity, rule and marked text of what is found, in any order; nothing where there is none.
    finds: Vec<String>,
    /// What the first message holds.
    says: String,
}

/// What is found for a payload: severity, rule and marked text; and the messages.
fn findings(row: &Row, payload: &Value) -> (Vec<String>, Vec<String>) {
    let media = row.media.as_deref().unwrap_or("application/json");
    let content = |schema: &Value| json!({media: {"schema": schema}});
    let mut answer = json!({"description": "ok"});
    if !row.answer.is_null() {
        answer["content"] = content(&row.answer);
    }
    let mut operation = json!({"operationId": "x", "responses": {"200": answer}});
    if !row.body.is_null() {
        operation["requestBody"] = json!({"content": content(&row.body)});
    }
    let description = json!({
        "openapi": row.version.as_deref().unwrap_or("3.1.0"), "info": {"title": "a", "version": "1"},
        "paths": {"/x": {"post": operation}}, "components": {"schemas": row.schemas}});
    let mut step = json!({"stepId": "s", "operationId": "x"});
    if !row.body.is_null() {
        step["requestBody"] = json!({"payload": payload});
        if !row.replacements.is_null() {
            step["requestBody"]["replacements"] = row.replacements.clone();
        }
    }
    for (name, value) in [("outputs", &row.outputs), ("successCriteria", &row.criteria)] {
        if !value.is_null() {
            step[name] = value.clone();
        }
    }
    let mut inputs = json!({"type": "object", "properties": {"a": {"type": "string"}, "n": {"type": "integer"}}});
    if !row.input.is_null() {
        inputs["properties"]["b"] = row.input.clone();
    }
    let others = json!({"stepId": "t", "operationPath": "{$sourceDescriptions.a.url}#/paths/~1gone/get",
        "parameters": [{"name": "i", "in": "query", "value": "{$inputs.a}{$inputs.n}{$inputs.b}"}]});
    let document = json!({
        "arazzo": "1.0.1", "info": {"title": "a", "version": "1"},
        "sourceDescriptions": [{"name": "a", "url": "a.json", "type": "openapi"}],
        "workflows": [{"workflowId": "w", "inputs": inputs, "steps": [step, others]}]});
    let parsed = |id: u32, text: &str| {
        let (tree, found) = read::read(&Source::new("a", "file:///a", text), SourceId(id));
        assert!(found.is_empty(), "{found:?}");
        Arc::new(tree.expect("JSON"))
    };
    let text = openapi::Document::new(SourceId(1), "file:///a.json", parsed(1, &description.to_string()));
    let (description, _) = Description::index(Arc::new(text), &Documents::default());
    let sources: LinkedSources = [LinkedSource::OpenApi(Arc::new(description))].into_iter().collect();
    let text = document.to_string();
    let (document, _) = Document::read(SourceId(0), parsed(0, &text));
    let (links, _) = link(&document, &sources);
    let found = lint(&document, &sources, &links);
    let shown = |one: &arras_doc::diagnostic::Diagnostic| {
        let span = one.primary().expect("a place").span;
        let marked = text.get(span.range()).unwrap_or("?").trim_matches(['"', '\\']);
        format!("{} {} {marked}", one.severity.as_str(), one.rule.id)
    };
    let of_document = |one: &&arras_doc::diagnostic::Diagnostic| {
        one.primary().is_some_and(|label| label.source == SourceId(0)) && one.rule.id != "unread-value"
    };
    found.iter().filter(of_document).map(|one| (shown(one), one.message.clone())).unzip()
}

#[test]
fn exchanges_are_judged_as_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/check/values.yaml");
    let rows: Vec<Row> = serde_yaml::from_str(&std::fs::read_to_string(path).expect("the table")).expect("rows");
    let mut wrong = String::new();
    for row in &rows {
        let payloads = if row.payloads.is_empty() { vec![Value::Null] } else { row.payloads.clone() };
        for payload in &payloads {
            let (mut found, messages) = findings(row, payload);
            let mut expected = row.finds.clone();
            found.sort();
            expected.sort();
            let says = messages.first().map_or(row.says.is_empty(), |first| first.contains(&row.says));
            if found != expected || !says {
                wrong += &format!("\n{}: {payload}: {found:?} {messages:?}, not {expected:?}", row.why);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
