//! What is read by an unusual name is the same for a check and for a run, wherever the name stands: a condition that a check has nothing
//! against holds of the value that was declared under the name, and what can't be read is refused or told.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arras::{Engine, Loaded, ServerOverride, SetBy, Settings};
use arras_doc::diagnostic::Diagnostic;
use arras_doc::jsonpath::Mode;
use arras_doc::levels::Level;
use arras_doc::value::Value;
use arras_doc::{lint, rule};
use arras_mock::Mock;
use arras_run::effect::Status;
use arras_run::plan::{PlanOptions, Strictness};
use serde_json::json;

const API: &str = "openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: 'http://127.0.0.1'}]
paths:
  /x:
    get:
      operationId: get
      parameters: [{name: X-H, in: header, schema: {type: string}}]
      responses:
        '200':
          description: fine
          content: {application/json: {schema: {type: object, properties: {v: {type: string}}}, example: {v: v}}}
";

/// Names within the specification's characters, and the grammar's.
const PLAIN: [&str; 8] = ["ab", "a.b", "a-b", "a_b", "1st", "2024-01.total_sum", "true", "a.0.b"];

/// Names with other characters that an operand may have.
const READABLE: [&str; 8] = ["ü", "a/b", "a:b", "a@b", "$a", "a.", "a..b", "list[0].id"];

/// Names that end an operand, a pointer or an embedded expression, or begin one.
const UNREADABLE: [&str; 14] =
    ["a#b", "a#/b", "#a", "a b", "it's", "a\"b", "a[b", "a(b)", "a=b", "a&b", "a|b", "a}b", "a,b", "a!b"];

/// Where a name may stand: the criterion of a step, and the header that it sends.
fn places(read: &str) -> [(&'static str, serde_json::Value, Option<String>); 8] {
    let sent = |value: &str| json!({"condition": format!("$request.header.X-H == '{value}'")});
    let query = |condition: String| json!({"context": "$response.body", "type": "jsonpath", "condition": condition});
    [
        ("operand", json!({"condition": format!("{read} == 'v'")}), None),
        ("operand-in-braces", json!({"condition": format!("{{{read}}} == 'v'")}), None),
        ("context", json!({"context": read, "type": "regex", "condition": "^v$"}), None),
        (
            "in-a-pattern",
            json!({"context": "$response.body#/v", "type": "regex", "condition": format!("^{{{read}}}$")}),
            None,
        ),
        ("in-a-jsonpath", query(format!("$[?$.v == '{{{read}}}']")), None),
        ("jsonpath-operand", query(format!("$[?$.v == {read}]")), None),
        ("value", sent("v"), Some(read.to_owned())),
        ("in-a-value", sent("xv"), Some(format!("x{{{read}}}"))),
    ]
}

/// What an unusual name is the name of.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Named {
    Input,
    Output,
}

/// The workflow that reads the name in one of the places.
fn workflow(named: Named, name: &str, at: usize) -> serde_json::Value {
    let read = match named {
        Named::Input => format!("$inputs.{name}"),
        Named::Output => format!("$steps.first.outputs.{name}"),
    };
    let (_, criterion, header) = &places(&read)[at];
    let header = header.as_ref().map(|value| json!({"name": "X-H", "in": "header", "value": value}));
    let parameters: Vec<_> = header.into_iter().collect();
    let mut first = json!({"stepId": "first", "operationId": "get"});
    let read =
        json!({"stepId": "read", "operationId": "get", "parameters": parameters, "successCriteria": [criterion]});
    let mut workflow = json!({"workflowId": "w0"});
    match named {
        Named::Input => workflow["inputs"] = json!({"type": "object", "properties": {name: {"type": "string"}}}),
        Named::Output => first["outputs"] = json!({name: "$response.body#/v"}),
    }
    workflow["steps"] = json!([first, read]);
    workflow
}

fn described(workflows: &serde_json::Value) -> serde_json::Value {
    json!({
        "arazzo": "1.0.1",
        "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "api", "url": "api.yaml"}],
        "workflows": workflows,
    })
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("names").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("api.yaml"), API).unwrap();
    folder
}

/// Loads a document; names that the specification forbids are let through.
async fn load(folder: &Path, document: &serde_json::Value, plan: PlanOptions, server: Option<&str>) -> Loaded {
    let file = folder.join("flow.arazzo.json");
    std::fs::write(&file, document.to_string()).unwrap();
    let servers = server.into_iter().map(|url| ServerOverride { source: None, url: url.into(), set_by: SetBy::User });
    let levels = vec![(rule::INVALID_MAP_KEY, Level::Ignore)];
    let settings = Settings { levels, plan, servers: servers.collect(), ..Settings::default() };
    Engine::builder().settings(settings).build().unwrap().load(file.to_str().unwrap()).await.unwrap()
}

async fn mock(folder: &Path) -> Mock {
    let loaded = load(folder, &described(&json!([workflow(Named::Input, "a", 0)])), PlanOptions::default(), None).await;
    let (name, description) = loaded.descriptions().remove(0);
    Mock::builder().description(name, Arc::clone(&description), |_| None).start().await.unwrap()
}

/// All that `arras check` says of a workflow.
fn told(loaded: &Loaded, index: usize) -> Vec<Diagnostic> {
    let mut found = loaded.diagnostics().to_vec();
    let documents: Vec<_> = loaded.bundle().documents.iter().map(|one| &*one.document).collect();
    lint::add(&mut found, loaded.lint(), &documents);
    let inside = |one: &Diagnostic| {
        let label = one.primary()?;
        Some(loaded.pointer(label.source, label.span)?.starts_with(&format!("/workflows/{index}/")))
    };
    found.retain(|one| inside(one).unwrap_or(true));
    found
}

/// How a run of the workflow ends; `None` if it is refused.
async fn ran(loaded: &Loaded, id: &str, inputs: &serde_json::Value) -> Option<Status> {
    let run = match loaded.workflow(id) {
        Ok(run) => run,
        Err(error) => {
            assert!(error.is_refused(), "{id}: {error}");
            return None;
        }
    };
    let Value::Object(inputs) = Value::from(inputs.clone()) else { return None };
    Some(run.inputs(inputs).run().await.unwrap().workflows[0].status)
}

#[tokio::test]
async fn a_check_and_a_run_read_a_name_alike() {
    let here = folder("alike");
    let mock = mock(&here).await;
    let to_the_letter =
        PlanOptions { jsonpath: Mode::Strict, strictness: Strictness::Strict, ..PlanOptions::default() };
    let mut wrong = Vec::new();
    for (named, plan) in [
        (Named::Input, PlanOptions::default()),
        (Named::Output, PlanOptions::default()),
        (Named::Input, to_the_letter),
        (Named::Output, to_the_letter),
    ] {
        for name in PLAIN.into_iter().chain(READABLE).chain(UNREADABLE) {
            let given = if named == Named::Input { json!({name: "v"}) } else { json!({}) };
            for (at, (place, ..)) in places("").into_iter().enumerate() {
                let document = described(&json!([workflow(named, name, at)]));
                let loaded = load(&here, &document, plan, Some(&mock.url())).await;
                let (found, came) = (told(&loaded, 0), ran(&loaded, "w0", &given).await);
                let readable = plan.strictness == Strictness::Tolerant && !UNREADABLE.contains(&name);
                if came != expected(&found) || readable && came != Some(Status::Succeeded) {
                    let found: Vec<_> = found.iter().map(|one| (one.rule.id, one.message.as_str())).collect();
                    let how = plan.strictness;
                    wrong.push(format!("{named:?} `{name}`, {place}, {how:?}: {came:?}, checked: {found:?}"));
                }
            }
        }
    }
    mock.shutdown().await;
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// How a run ends by what was found before it.
fn expected(found: &[Diagnostic]) -> Option<Status> {
    // the text is taken as it stands, or another name is read
    let otherwise = [rule::INVALID_EXPRESSION, rule::UNKNOWN_INPUT];
    match found.iter().any(|one| otherwise.contains(&one.rule)) {
        _ if found.iter().any(Diagnostic::is_error) => None,
        true => Some(Status::Failed),
        false => Some(Status::Succeeded),
    }
}

/// of names of which one begins the other, the longest counts, in what is compared and in what a check knows of it.
#[tokio::test]
async fn of_names_that_overlap_both_take_the_longest() {
    let here = folder("overlapping");
    let mock = mock(&here).await;
    let properties = json!({
        "user": {"type": "object", "properties": {"name": {"enum": ["part"]}, "age": {"enum": [3]}}},
        "user.name": {"enum": ["whole"]},
        "user.name.first": {"type": "object", "properties": {"x": {"enum": ["deep"]}}},
        "user-name": {"enum": ["hyphen"]},
        "user_name": {"enum": ["low"]},
        "1st": {"enum": ["digit"]},
    });
    let given = json!({
        "user": {"name": "part", "age": 3},
        "user.name": "whole",
        "user.name.first": {"x": "deep"},
        "user-name": "hyphen",
        "user_name": "low",
        "1st": "digit",
    });
    let rows = [
        ("$inputs.user.name == 'whole'", true),
        ("$inputs.user.name == 'part'", false),
        ("$inputs.user#/name == 'part'", true),
        ("$inputs.user#/name == 'whole'", false),
        ("$inputs.user.age == 3", true),
        ("$inputs.user.age == 4", false),
        ("$inputs.user.name.first#/x == 'deep'", true),
        ("$inputs.user.name.first.x == 'deep'", true),
        ("$inputs.user.name.first.x == 'whole'", false),
        ("$inputs.user-name == 'hyphen'", true),
        ("$inputs.user-name == 'whole'", false),
        ("$inputs.user_name == 'low'", true),
        ("$inputs.user_name == 'hyphen'", false),
        ("$inputs.1st == 'digit'", true),
        ("$inputs.1st == 'low'", false),
    ];
    let workflows: Vec<_> = (0..)
        .zip(&rows)
        .map(|(number, (condition, _))| {
            let step = json!({"stepId": "s", "operationId": "get", "successCriteria": [{"condition": condition}]});
            json!({
                "workflowId": format!("w{number}"),
                "inputs": {"type": "object", "properties": properties},
                "steps": [step],
            })
        })
        .collect();
    let loaded = load(&here, &described(&json!(workflows)), PlanOptions::default(), Some(&mock.url())).await;
    for (number, (condition, holds)) in rows.into_iter().enumerate() {
        let came = ran(&loaded, &format!("w{number}"), &given).await;
        assert_eq!(came == Some(Status::Succeeded), holds, "{condition}: {came:?}");
        let found = told(&loaded, number);
        let never = found.iter().any(|one| one.rule == rule::IMPOSSIBLE_COMPARISON);
        assert_eq!(never, !holds, "{condition}: {found:?}");
    }
    mock.shutdown().await;
}
