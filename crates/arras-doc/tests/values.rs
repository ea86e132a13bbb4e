//! One exchange against the schemas of its bodies (`tests/cases/check/values.yaml`), and schemas and values that branch at
//! every level.

use std::path::Path;
use std::sync::Arc;

use arras_doc::arazzo::Document;
use arras_doc::link::{LinkedSource, LinkedSources, link};
use arras_doc::lint::lint;
use arras_doc::node::Tree;
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

fn parsed(id: u32, text: &str) -> Arc<Tree> {
    let (tree, found) = read::read(&Source::new("a", "file:///a", text), SourceId(id));
    assert!(found.is_empty(), "{found:?}");
    Arc::new(tree.expect("JSON"))
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

/// A value in which `level` is put around the innermost that many times.
fn nested(depth: usize, innermost: Value, level: impl Fn(Value) -> Value) -> Value {
    (0..depth).fold(innermost, |value, _| level(value))
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

#[test]
fn a_sound_value_of_many_alternatives_at_every_level_gives_nothing() {
    let operator = |name: &str| {
        let properties = json!({"op": {"const": name}, "left": reference("E"), "right": reference("E")});
        json!({"type": "object", "required": ["op", "left", "right"], "properties": properties})
    };
    let mut all = vec![json!({"type": "number"})];
    all.extend(["add", "sub", "mul", "div", "ne", "lt", "gt", "eq"].map(operator));
    let row = Row { body: reference("E"), schemas: json!({"E": {"oneOf": all}}), ..Row::default() };
    for innermost in [json!(1), json!("$inputs.n")] {
        let value = nested(9, innermost, |left| json!({"op": "eq", "left": left, "right": 2}));
        assert_eq!(findings(&row, &value).0, Vec::<String>::new());
    }
}

/// How often each finding was made, and whether the last message says that not all was looked at.
fn counted(row: &Row, payload: &Value) -> (Vec<(String, usize)>, bool) {
    let (found, messages) = findings(row, payload);
    let mut counted: Vec<(String, usize)> = Vec::new();
    for one in found {
        match counted.iter_mut().find(|(known, _)| *known == one) {
            Some((_, count)) => *count += 1,
            None => counted.push((one, 1)),
        }
    }
    (counted, messages.iter().any(|one| one.starts_with("the rest of the value is not compared with its schema")))
}

const UNFINISHED: &str = "advice mismatched-value payload";

#[test]
fn what_was_found_in_a_value_that_is_too_large_to_look_at_is_told() {
    let others = vec![json!({"type": "string"}); 1_000];
    let properties = json!({"n": {"type": "integer"}, "l": {"type": "array", "items": {"anyOf": others}}});
    let row = Row { body: json!({"type": "object", "properties": properties}), ..Row::default() };
    let error = ("error mismatched-value x".to_owned(), 1);
    let few = json!({"n": "x", "l": vec!["y"; 100]});
    assert_eq!(counted(&row, &few), (vec![error.clone()], false));
    let many = json!({"n": "x", "l": vec!["y"; 300]});
    assert_eq!(counted(&row, &many), (vec![(UNFINISHED.to_owned(), 1), error], true));
}

#[test]
fn so_many_mistakes_of_one_value_are_told() {
    let list = |items: Value| json!({"type": "array", "items": items});
    let row = Row { body: list(list(json!({"type": "integer"}))), ..Row::default() };
    let error = |count: usize| ("error mismatched-value x".to_owned(), count);
    assert_eq!(counted(&row, &json!(vec![vec!["x"; 30]; 30])), (vec![error(900)], false));
    let told = vec![(UNFINISHED.to_owned(), 1), error(1_000)];
    assert_eq!(counted(&row, &json!(vec![vec!["x"; 40]; 40])), (told, true));
}

#[test]
fn so_many_mistakes_of_one_xml_text_are_told() {
    let names: Vec<String> = (0..50).map(|at| format!("p{at}")).collect();
    let mut properties: serde_json::Map<String, Value> =
        names.iter().map(|name| (name.clone(), json!({"type": "string"}))).collect();
    properties.insert("o".into(), json!({"type": "array", "items": reference("O")}));
    let schemas = json!({"O": {"type": "object", "required": names, "properties": properties}});
    let row = Row { media: Some("application/xml".into()), body: reference("O"), schemas, ..Row::default() };
    for (count, errors, is_all) in [(10, 11 * 50, true), (100, 1_000, false)] {
        let (found, is_cut) = counted(&row, &json!(format!("<o>{}</o>", "<o/>".repeat(count))));
        let told = found.iter().find(|(one, _)| one == "error mismatched-value o");
        assert_eq!((told.map(|(_, count)| *count), is_cut), (Some(errors), !is_all));
    }
    let strays: String = (0..2_000).map(|at| format!("<x{at}/>")).collect();
    let (found, is_cut) = counted(&row, &json!(format!("<o>{strays}</o>")));
    assert_eq!((found.iter().map(|(_, count)| count).sum::<usize>(), is_cut), (1_001, true));
}

#[test]
fn a_wrong_value_of_many_alternatives_at_every_level_is_told() {
    let level =
        |more: &str| json!({"type": "object", "required": ["z"], "properties": {"x": reference("A"), more: {}}});
    let schemas = json!({"A": {"oneOf": [level("a"), level("b")]}});
    let row = Row { body: reference("A"), schemas, ..Row::default() };
    for innermost in [json!({}), json!({"y": "$inputs.a"})] {
        let value = nested(20, innermost, |inner| json!({"x": inner}));
        assert!(!findings(&row, &value).0.is_empty());
    }
}

#[test]
fn a_property_that_many_parts_describe_is_compared_once_with_each() {
    let part = json!({"properties": {"x": reference("A")}});
    let row = Row {
        body: reference("A"),
        schemas: json!({"A": {"type": "object", "maxProperties": 1, "allOf": vec![part; 8]}}),
        ..Row::default()
    };
    let value = nested(20, json!("$inputs.a"), |inner| json!({"x": inner}));
    assert_eq!(findings(&row, &value).0, ["warning mismatched-value $inputs.a"]);
    // deeper than anything is compared
    for innermost in [json!("$inputs.a"), json!(1)] {
        let value = nested(60, innermost, |inner| json!({"x": inner}));
        assert_eq!(findings(&row, &value).0, Vec::<String>::new());
    }
}

#[test]
fn alternatives_that_branch_at_every_level_are_looked_at_once() {
    let mut schemas = json!({});
    for level in 0..6 {
        for at in 0..20 {
            let next: Vec<Value> = (0..20).map(|next| reference(&format!("S{}x{next}", level + 1))).collect();
            schemas[format!("S{level}x{at}")] = json!({"oneOf": next});
        }
    }
    for at in 0..20 {
        schemas[format!("S6x{at}")] = json!({"type": "object", "properties": {"a": {"enum": ["x"]}}});
    }
    let outputs = json!({"a": "$response.body#/a"});
    let criteria = json!([{"condition": "$response.body#/a == 'y'"}]);
    let row = Row { answer: reference("S0x0"), schemas, outputs, criteria, ..Row::default() };
    assert_eq!(findings(&row, &Value::Null).0, Vec::<String>::new());
}

#[test]
fn a_path_of_many_steps_to_any_depth_selects_each_element_once() {
    let target = "//*".repeat(8);
    let row = Row {
        media: Some("application/xml".into()),
        body: json!({"type": "object"}),
        replacements: json!([{"target": target, "targetSelectorType": "xpath", "value": "x"}]),
        ..Row::default()
    };
    let payload = format!("<r>{}{}</r>", "<a>".repeat(150), "</a>".repeat(150));
    assert_eq!(findings(&row, &json!(payload)).0, Vec::<String>::new());
}

#[test]
fn schemas_that_share_a_long_chain_are_converted_within_bounds() {
    let mut schemas = json!({});
    for level in 0..1000 {
        schemas[format!("B{level}")] = json!({"properties": {"n": reference(&format!("B{}", level + 1))}});
    }
    schemas["B1000"] = json!({"type": "object"});
    let (mut properties, mut payload) = (json!({}), json!({"e": "$inputs.a"}));
    for at in 0..200 {
        properties[format!("p{at}")] = json!({"oneOf": [reference("B0"), {"type": "string", "pattern": "^x"}]});
        payload[format!("p{at}")] = json!("xy");
    }
    properties["e"] = json!({});
    let row = Row { body: json!({"type": "object", "properties": properties}), schemas, ..Row::default() };
    // each fits both, of which is told as long as schemas are converted
    assert!((1..50).contains(&findings(&row, &payload).0.len()));
}

/// A run reads JSON that is deeper than what is looked at.
#[test]
fn json_text_that_is_deep_is_json() {
    let row = Row { body: json!({}), ..Row::default() };
    for (depth, expected) in [(100, None), (300, None), (600, Some("nested deeper than 512 levels"))] {
        let text = format!("{}\"{{$inputs.a}}\"{}", "[".repeat(depth), "]".repeat(depth));
        let (found, messages) = findings(&row, &json!(text));
        assert_eq!(found.len(), usize::from(expected.is_some()), "{depth}: {messages:?}");
        let is_told =
            expected.is_none_or(|expected| messages[0].ends_with(expected) && !messages[0].contains("no JSON"));
        assert!(is_told, "{depth}: {messages:?}");
    }
}

#[test]
fn channels_that_lead_to_themselves_have_no_messages() {
    let operation = |channel: &str| json!({"action": "receive", "channel": {"$ref": channel}});
    for (channels, channel) in [
        (json!({}), "#/operations/op"),
        (json!({"c": {"channel": {"$ref": "#/channels/c"}}}), "#/channels/c"),
        (json!({"c": {"publish": {"publish": {"publish": {}}}}}), "#/channels/c"),
    ] {
        let text = json!({"asyncapi": "3.0.0", "info": {"title": "a", "version": "1"}, "channels": &channels,
            "operations": {"op": operation(channel)}});
        let document = json!({
            "arazzo": "1.1.0", "info": {"title": "a", "version": "1"},
            "sourceDescriptions": [{"name": "a", "url": "a.json", "type": "asyncapi"}],
            "workflows": [{"workflowId": "w", "steps": [{"stepId": "s", "operationId": "op", "action": "receive",
                "outputs": {"i": "$message.payload#/a"}}]}]});
        let sources = [LinkedSource::AsyncApi(SourceId(1), parsed(1, &text.to_string()))].into_iter().collect();
        let (document, _) = Document::read(SourceId(0), parsed(0, &document.to_string()));
        let (links, _) = link(&document, &sources);
        let found = lint(&document, &sources, &links);
        assert_eq!(found, [], "{channels}");
    }
}
