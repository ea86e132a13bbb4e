//! Literal values against the keywords of JSON Schema (`tests/cases/check/literals.yaml`): each refused value is found at its
//! place, once, and nothing else is, in a payload that is a structure, beside an expression, and in one that is a text.

use std::path::Path;
use std::sync::Arc;

use arras_doc::arazzo::Document;
use arras_doc::diagnostic::Diagnostics;
use arras_doc::link::{LinkedSource, LinkedSources, link};
use arras_doc::lint::lint;
use arras_doc::openapi::{self, Description, Documents};
use arras_doc::read;
use arras_doc::source::{Source, SourceId};
use serde::Deserialize;
use serde_json::{Value, json};

/// A row of `literals.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    schema: Value,
    version: Option<String>,
    good: Vec<Value>,
    bad: Vec<Value>,
    rule: Option<String>,
    severity: Option<String>,
    /// A pointer to the part of the value, or the name of the member, that is marked.
    #[serde(default)]
    marks: String,
}

fn rows() -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/check/literals.yaml");
    let rows: Vec<Row> = serde_yaml::from_str(&std::fs::read_to_string(path).expect("the table")).expect("rows");
    assert!(rows.len() >= 45, "{} rows", rows.len());
    rows
}

/// What is found, by rule and severity, with the text that is marked.
fn findings(row: &Row, payload: &Value) -> Vec<(String, String, String)> {
    let description = json!({
        "openapi": row.version.as_deref().unwrap_or("3.1.0"), "info": {"title": "a", "version": "1"},
        "paths": {"/x": {"post": {"operationId": "x", "responses": {"200": {"description": "ok"}},
            "requestBody": {"content": {"application/json": {"schema": {
                "type": "object", "properties": {"v": row.schema, "w": {}}}}}}}}},
        "components": {"schemas": {"Name": {"type": "string", "pattern": "^A"}}}});
    let document = json!({
        "arazzo": "1.0.1", "info": {"title": "a", "version": "1"},
        "sourceDescriptions": [{"name": "a", "url": "a.json", "type": "openapi"}],
        "workflows": [{"workflowId": "w",
            "inputs": {"type": "object", "properties": {"w": {}}},
            "steps": [{"stepId": "s", "operationId": "x", "requestBody": {"payload": payload}},
                {"stepId": "t", "operationId": "x", "requestBody": {"payload": {"w": "$inputs.w"}}}]}]});
    let parsed = |id: u32, text: &str| {
        let (tree, found) = read::read(&Source::new("a", "file:///a", text), SourceId(id));
        assert!(found.is_empty(), "{found:?}");
        Arc::new(tree.expect("JSON"))
    };
    let text = openapi::Document::new(SourceId(1), "file:///a.json", parsed(1, &description.to_string()));
    let (description, _) = Description::index(Arc::new(text), &Documents::default());
    let sources: LinkedSources = [LinkedSource::OpenApi(Arc::new(description))].into_iter().collect();
    let text = document.to_string();
    let (document, mut found) = Document::read(SourceId(0), parsed(0, &text));
    let (links, linked) = link(&document, &sources);
    found.extend(linked);
    found.extend(lint(&document, &sources, &links));
    marked(&found, &text)
}

fn marked(found: &Diagnostics, text: &str) -> Vec<(String, String, String)> {
    let of_document = found.iter().filter(|one| one.primary().is_some_and(|label| label.source == SourceId(0)));
    let shown = of_document.map(|one| {
        let span = one.primary().expect("a place").span;
        let marked = text.get(span.range()).unwrap_or("?").trim_matches(['"', '\\']).to_owned();
        (one.rule.id.to_owned(), one.severity.as_str().to_owned(), marked)
    });
    shown.collect()
}

/// The text that marks a value: itself, or the name of what spans more.
fn mark(row: &Row, value: &Value) -> String {
    let (name, part) = match row.marks.strip_prefix('/') {
        Some(path) => (path.rsplit('/').next().unwrap_or(path), value.pointer(&row.marks).expect(&row.marks)),
        None if row.marks.is_empty() => ("v", value),
        None => return row.marks.clone(),
    };
    match part {
        Value::Object(_) | Value::Array(_) => name.to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[test]
fn literal_values_are_judged_by_every_keyword() {
    let mut wrong = Vec::new();
    for row in rows() {
        let rule = row.rule.clone().unwrap_or_else(|| "mismatched-value".to_owned());
        let severity = row.severity.clone().unwrap_or_else(|| "error".to_owned());
        let all = row.good.iter().map(|value| (value, true)).chain(row.bad.iter().map(|value| (value, false)));
        for (value, is_good) in all {
            let text = json!({"v": value, "w": "$inputs.w"}).to_string().replace("\"$inputs.w\"", "{$inputs.w}");
            for payload in [json!({"v": value}), json!({"v": value, "w": "$inputs.w"}), Value::String(text)] {
                let expected = match is_good {
                    true => Vec::new(),
                    false => vec![(rule.clone(), severity.clone(), mark(&row, value))],
                };
                let mut found = findings(&row, &payload);
                // a text's structure is marked as a whole, by the word `payload`
                found
                    .iter_mut()
                    .filter(|one| payload.is_string() && one.2 == "payload")
                    .for_each(|one| one.2 = "v".into());
                if found != expected {
                    wrong.push(format!("\n{payload} against {}: {found:?}, not {expected:?}", row.schema));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:{}", wrong.len(), wrong.concat());
}
