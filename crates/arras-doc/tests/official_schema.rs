//! The schema's verdict, held against the official files and the documents that come with them.

#![allow(clippy::print_stdout, reason = "what was skipped, and the counts, are there to be read")]

#[path = "../../../tests/support/shared_data.rs"]
mod shared_data;
#[path = "../../../tests/support/texts.rs"]
mod texts;

use std::path::Path;

use arras_doc::diagnostic::Diagnostics;
use arras_doc::schema;
use arras_doc::source::{Source, SourceId};
use serde_json::{Value, json};
use shared_data::shared;
use texts::texts;

/// A text as a value, and what the schema says of it; `None` if it is no text of an Arazzo document.
fn judged(text: String) -> Option<(Value, Diagnostics)> {
    let source = Source::new("x", "file:///x", text);
    let (tree, _) = arras_doc::read::read(&source, SourceId(0));
    let tree = tree?;
    tree.root().get("arazzo")?;
    Some((Value::from(&tree.root().to_value()), schema::judge(SourceId(0), &tree)))
}

fn messages(text: &str) -> Vec<String> {
    let (_, found) = judged(text.to_owned()).expect("a document");
    found.into_iter().map(|one| format!("{} {}", one.rule.id, one.message)).collect()
}

#[test]
fn the_official_documents_have_the_expected_verdict() {
    let Some(folder) = shared("spec/schema-tests") else { return };
    let mut counts = [0, 0];
    for version in ["1.0", "1.1"] {
        for (index, verdict) in ["pass", "fail"].into_iter().enumerate() {
            for path in texts(&folder.join(version).join(verdict)) {
                let text = std::fs::read_to_string(&path).expect("a text");
                let source = Source::new("x", "file:///x", text);
                let tree = arras_doc::read::read(&source, SourceId(0)).0.expect("a tree");
                let found = schema::judge(SourceId(0), &tree);
                assert_eq!(found.is_empty(), verdict == "pass", "{}: {found:#?}", path.display());
                counts[index] += 1;
            }
        }
    }
    println!("{} pass and {} fail, as expected", counts[0], counts[1]);
    assert_eq!(counts.iter().sum::<i32>(), 67);
}

/// Findings name the field at fault, in place of the alternatives that were tried.
#[test]
fn findings_say_what_is_wrong() {
    let step = |version: &str, fields: &str| {
        format!(
            "arazzo: {version}\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: a, url: b}}]\n\
             workflows: [{{workflowId: w, steps: [{{stepId: s, {fields}}}]}}]\n"
        )
    };
    let table = [
        ("1.1.0", "operationId: a, timeout: soon", "this is a string, not integer"),
        ("1.1.0", "operationId: a, workflowId: w", "the field `operationId` is not allowed here"),
        ("1.1.0", "description: d", "exactly one of `operationId`, `operationPath` must stand here"),
        ("1.0.1", "description: d", "exactly one of `operationId`, `operationPath`, `workflowId` must stand here"),
        ("1.0.1", "operationId: a, timeout: 1", "the field `timeout` is not allowed here"),
        ("1.0.1", "operationId: a, parameters: [{name: n, value: 1}]", "the required field `in` is missing"),
        (
            "1.1.0",
            "operationId: a, successCriteria: [{condition: c, type: regex}]",
            "the required field `context` is missing",
        ),
        ("1.1.0", "operationId: a, onFailure: [{name: n, type: retry, retryAfter: -1}]", "`-1` is less than 0"),
        ("1.1.0", "operationId: a, onSuccess: [{name: n, type: retry}]", "`retry` is not one of `end`, `goto`"),
        ("1.1.0", "operationId: a, dependsOn: [x, x]", "two entries of the list are the same"),
        ("1.1.0", "operationId: a, dependsOn: [$steps.x]", "`$steps.x` has none of the forms that are allowed here"),
        ("1.1.0", "operationId: a, successCriteria: []", "the list is empty"),
        ("1.1.0", "channelPath: a, action: send, correlationId: c", "`send` is not `receive`"),
    ];
    for (version, fields, expected) in table {
        assert_eq!(messages(&step(version, fields)), [format!("schema-violation {expected}")], "{fields}");
    }
    assert_eq!(messages("arazzo: 1.2.0"), ["unsupported-version there is no official schema of Arazzo 1.2.0 here"]);
    assert_eq!(messages("{arazzo: 1.0.0, sourceDescriptions: [], x-a: 1}").len(), 3);
    assert!(messages("arazzo: 1").contains(&"schema-violation this is a number, not string".to_owned()));
}

/// The same sequence each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }
}

/// The pointers of all values.
fn pointers(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), value)];
    while let Some((pointer, value)) = open.pop() {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                open.push((format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), value));
            }),
            Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| {
                open.push((format!("{pointer}/{index}"), item));
            }),
            _ => {}
        }
        found.push(pointer);
    }
    found
}

/// Fields of all objects of the specification, some that it does not know, and values that they may have or not.
const FIELDS: &[&str] = &[
    "operationId",
    "operationPath",
    "workflowId",
    "channelPath",
    "action",
    "correlationId",
    "timeout",
    "dependsOn",
    "in",
    "value",
    "name",
    "type",
    "version",
    "context",
    "condition",
    "criteria",
    "parameters",
    "reference",
    "target",
    "targetSelectorType",
    "selector",
    "retryAfter",
    "retryLimit",
    "stepId",
    "outputs",
    "inputs",
    "$self",
    "x-any",
    "other",
    "replacements",
    "components",
    "successCriteria",
    "onSuccess",
    "requestBody",
    "payload",
    "url",
    "a b",
];

fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(2.0),
        json!("text"),
        json!(""),
        json!("a b"),
        json!([]),
        json!({}),
        json!([1, 1]),
        json!(["a", "a"]),
        json!("goto"),
        json!("end"),
        json!("retry"),
        json!("jsonpath"),
        json!("xpath"),
        json!("simple"),
        json!("jsonpointer"),
        json!("rfc9535"),
        json!("xpath-31"),
        json!("xpath-10"),
        json!("send"),
        json!("receive"),
        json!("query"),
        json!("querystring"),
        json!("channel"),
        json!("1.0.1"),
        json!("1.1.3"),
        json!("a#b"),
        json!("asyncapi"),
        json!({"type": "xpath", "version": "xpath-31"}),
        json!({"type": "jsonpath", "version": "rfc9535", "other": 1}),
        json!({"context": "$response.body", "selector": "/a", "type": "jsonpointer"}),
        json!({"reference": "$components.parameters.a"}),
        json!([{"reference": "$components.successActions.a", "value": 1}]),
        json!([{"name": "a", "value": {}}]),
        json!([{"name": "a", "in": "query", "value": {}}]),
        json!([{"name": "a", "type": "goto", "stepId": "s", "workflowId": "w"}]),
        json!([{"name": "a", "type": "end", "parameters": []}]),
        json!([{"condition": "a", "context": "b", "type": "xpath", "version": "xpath-20"}]),
        json!([{"condition": "a", "context": "b", "type": {"type": "jsonpath"}}]),
        json!([{"target": "/a", "value": 1}]),
        json!(["$steps.a"]),
        json!(["$workflows.a.steps.b"]),
        json!({"type": 5}),
        json!({"a b": {}}),
        json!({"a b": "x", "c": {}}),
    ]
}

fn mutate(document: &mut Value, dice: &mut Dice) {
    let all = pointers(document);
    let at = all[dice.roll(all.len())].clone();
    let other = document.pointer(&all[dice.roll(all.len())]).cloned().unwrap_or_default();
    let values = values();
    let choice = dice.roll(8);
    let value = values[dice.roll(values.len())].clone();
    let field = FIELDS[dice.roll(FIELDS.len())];
    let Some(target) = document.pointer_mut(&at) else { return };
    match (choice, target) {
        (0..=1, Value::Object(members)) => drop(members.insert(field.to_owned(), value)),
        (2..=3, Value::Object(members)) => {
            let names: Vec<String> = members.keys().cloned().collect();
            names.get(dice.roll(names.len())).map(|name| members.remove(name));
        }
        (4, Value::Object(members)) => drop(members.insert(field.to_owned(), other)),
        (0..=1, Value::Array(items)) => items.extend(items.first().cloned()),
        (2, Value::Array(items)) => items.clear(),
        (3, Value::Array(items)) => items.push(value),
        (5, target) => *target = other,
        (_, target) => *target = value,
    }
}

fn official(folder: &Path, version: &str) -> jsonschema::Validator {
    let text = std::fs::read_to_string(folder.join(format!("arazzo-{version}.schema.json"))).expect("a schema");
    let schema = serde_json::from_str(&text).expect("JSON");
    jsonschema::options().build(&schema).expect("a schema")
}

/// Every official and published document, and mutations of them: the verdicts are those of the official files.
#[test]
fn verdicts_are_the_official_ones() {
    let (Some(schemas), Some(tests), Some(corpus)) =
        (shared("spec/schema"), shared("spec/schema-tests"), shared("corpus"))
    else {
        return;
    };
    let official = [official(&schemas, "1.0"), official(&schemas, "1.1")];
    let mut dice = Dice(20_240_529);
    let (mut documents, mut mutations, mut refused) = (0, 0, 0);
    let mut compare = |value: &Value, found: &Diagnostics, what: &dyn Fn() -> String| {
        let declared = value["arazzo"].as_str().unwrap_or("1.1.0");
        let schema = if declared.starts_with("1.0") { &official[0] } else { &official[1] };
        let expected: Vec<String> =
            schema.iter_errors(value).map(|error| format!("{} {error:.200}", error.instance_path())).collect();
        let own: Vec<&String> = found.iter().map(|one| &one.message).collect();
        assert_eq!(found.is_empty(), expected.is_empty(), "{}\nofficially {expected:#?}\nhere {own:#?}", what());
        refused += usize::from(!expected.is_empty());
    };
    let official_tests = texts(&tests).into_iter().map(|path| (path, 30));
    let published = texts(&corpus).into_iter().map(|path| (path, 1));
    for (path, times) in official_tests.chain(published) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        if !text.get(..text.len().min(4096)).is_some_and(|head| head.contains("arazzo")) {
            continue;
        }
        let Some((value, found)) = judged(text) else { continue };
        compare(&value, &found, &|| path.display().to_string());
        documents += 1;
        for _ in 0..times {
            let mut mutated = value.clone();
            (0..=dice.roll(3)).for_each(|_| mutate(&mut mutated, &mut dice));
            let Some((value, found)) = judged(mutated.to_string()) else { continue };
            compare(&value, &found, &|| format!("{}, changed: {value:#}", path.display()));
            mutations += 1;
        }
    }
    println!("{documents} documents and {mutations} mutations, {refused} of them refused: the same verdicts");
    assert!(documents > 100 && refused > mutations / 4);
}
