//! Runs every folder of `tests/cases/run`: a workflow, a description, a script of answers, and what people must see.
//!
//! Each case is also run again from every prefix of its inputs, as after a crash, and must show the identical events.
//! With `UPDATE=1` what is seen is written down anew.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arras_doc::arazzo::Document;
use arras_doc::diagnostic::{Diagnostics, has_errors};
use arras_doc::link::{LinkedSource, link};
use arras_doc::node::Tree;
use arras_doc::openapi;
use arras_doc::read;
use arras_doc::source::{Source, Sources};
use arras_doc::value::{Object, Value};
use arras_run::effect::{Effect, Input, Outcome, Send, Turn};
use arras_run::event::Event;
use arras_run::exchange::{Exchange, Response};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::plan::{Binding, Bundle, Call, LinkedDocument, Plan, PlanOptions};
use arras_run::report::Folder;
use arras_run::run::{Limits, Run};
use arras_run::time::Timestamp;

/// One of a script's answers.
struct Answer {
    response: Result<Response, Fault>,
    expects: Option<Value>,
}

struct Case {
    plan: Arc<Plan>,
    inputs: Object,
    limits: Limits,
    answers: Vec<Answer>,
}

/// What is told to a run, and when.
type Journal = Vec<(Timestamp, Input)>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/run")
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn tree(sources: &mut Sources, path: &Path) -> (arras_doc::source::SourceId, Arc<Tree>) {
    let source = Source::new(path.display().to_string(), format!("file:///{}", path.display()), text(path));
    let id = sources.add(source.clone());
    let (tree, found) = read::read(&source, id);
    assert!(!has_errors(&found), "{found:?}");
    (id, Arc::new(tree.expect("a tree")))
}

fn plan(case: &Path) -> Result<Plan, Diagnostics> {
    let mut sources = Sources::default();
    let (source, root) = tree(&mut sources, &case.join("workflow.arazzo.yaml"));
    let (document, mut found) = Document::read(source, root);
    let described = |name: &str, sources: &mut Sources| {
        let path = case.join(name);
        let path = if path.exists() { path } else { folder().join("../../../").join(name) };
        let (source, root) = tree(sources, &path);
        let entry = Arc::new(openapi::Document::new(source, format!("file:///{name}"), root));
        LinkedSource::OpenApi(Arc::new(openapi::Description::index(entry, &openapi::Documents::default()).0))
    };
    let linked = document.source_descriptions.iter().map(|description| described(&description.url, &mut sources));
    let linked = linked.collect();
    let (links, more) = link(&document, &linked);
    found.extend(more);
    if has_errors(&found) {
        return Err(found);
    }
    let arazzo = vec![None; document.source_descriptions.len()];
    let documents = vec![LinkedDocument { document: Arc::new(document), sources: linked, links, arazzo }];
    let bind = &mut |_: Call<'_>| Ok(Binding { base: "https://api.example".into(), authorization: None });
    Plan::build(&Bundle { documents }, 0, PlanOptions::default(), bind)
}

fn case(path: &Path) -> Case {
    let plan = plan(path).unwrap_or_else(|found| panic!("{}: {found:#?}", path.display()));
    let (_, script) = tree(&mut Sources::default(), &path.join("script.yaml"));
    let script = script.root().to_value();
    let object = |name: &str| script.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let number = |name: &str| script.get("limits")?.get(name)?.as_number()?.as_i64();
    let mut limits = Limits::default();
    if let Some(steps) = number("maxSteps") {
        limits.max_steps = u64::try_from(steps).expect("a count");
    }
    if let Some(seconds) = number("timeout") {
        limits.timeout = Some(Duration::from_secs(u64::try_from(seconds).expect("seconds")));
    }
    let answers = script.get("answers").and_then(Value::as_array).unwrap_or_default();
    Case { plan: Arc::new(plan), inputs: object("inputs"), limits, answers: answers.iter().map(answer).collect() }
}

fn answer(value: &Value) -> Answer {
    let expects = value.get("expect").cloned();
    if let Some(message) = value.get("fault").and_then(Value::as_str) {
        return Answer { response: Err(Fault::new(FaultKind::ConnectRefused, Phase::Connect, message)), expects };
    }
    let status =
        value.get("status").and_then(Value::as_number).and_then(arras_doc::value::Number::as_i64).unwrap_or(200);
    let headers = value.get("headers").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut headers: Vec<_> =
        headers.iter().map(|(name, value)| (name.clone(), value.to_text().into_owned())).collect();
    let body = match value.get("body") {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(json) => {
            headers.push(("Content-Type".into(), "application/json".into()));
            json.to_json()
        }
    };
    let response = Response { status: u16::try_from(status).expect("a status"), headers, body: body.into() };
    Answer { response: Ok(response), expects }
}

/// A whole driver: the server is a script, time is a number.
fn drive(
    run: &mut Run,
    mut now: Timestamp,
    answers: &mut VecDeque<&Answer>,
    journal: &mut Journal,
    seen: &mut Vec<Event>,
) -> Outcome {
    loop {
        let turn = run.turn();
        seen.extend(std::iter::from_fn(|| run.poll_event()));
        let input = match turn {
            Turn::Done(outcome) => return outcome,
            Turn::Wait(Some(until)) => {
                now = until;
                Input::Tick
            }
            Turn::Wait(None) => panic!("nothing is in flight"),
            Turn::Perform(Effect::Send(send)) => {
                now = now.after(Duration::from_millis(5));
                let answer = answers.pop_front().unwrap_or_else(|| panic!("no answer for {}", send.id));
                expect(&send, answer);
                let exchange = answer.response.as_ref().map_err(Clone::clone).map(|response| Exchange {
                    request: send.request.clone(),
                    response: response.clone(),
                    duration: Duration::from_millis(5),
                });
                let result = run.evaluate(&send, now, exchange.as_ref().map_err(Clone::clone));
                Input::Settled(send.id, Box::new(result))
            }
        };
        journal.push((now, input.clone()));
        run.tell(now, input);
    }
}

/// The parts of a request that the script writes down are as they are sent.
fn expect(send: &Send, answer: &Answer) {
    let Some(expected) = &answer.expects else { return };
    let request = &send.request;
    let mut sent = Object::new();
    sent.insert("id".into(), Value::from(send.id.to_string()));
    sent.insert("method".into(), Value::from(request.method.as_str()));
    sent.insert("url".into(), Value::from(request.url.as_str()));
    let body = String::from_utf8_lossy(&request.body).into_owned();
    sent.insert("body".into(), Value::from_json(&body).unwrap_or_else(|_| Value::from(body)));
    let headers = request.headers.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    sent.insert("headers".into(), Value::Object(headers.collect()));
    for (name, value) in expected.as_object().expect("expectations by name") {
        let actual = match (name.as_str(), value) {
            ("headers", Value::Object(wanted)) => {
                let all = sent["headers"].as_object().expect("headers");
                Value::Object(wanted.keys().filter_map(|name| Some((name.clone(), all.get(name)?.clone()))).collect())
            }
            _ => sent[name.as_str()].clone(),
        };
        assert_eq!(actual.to_json(), value.to_json(), "{name} of {}", send.id);
    }
}

fn start(case: &Case) -> Run {
    Run::new(case.plan.clone(), case.inputs.clone(), case.limits.clone(), Timestamp(0)).expect("valid inputs")
}

#[test]
fn every_case_shows_what_is_written_down_and_replays_from_every_prefix() {
    let mut names: Vec<_> =
        std::fs::read_dir(folder()).expect("cases").map(|entry| entry.expect("a case").path()).collect();
    names.sort();
    assert!(!names.is_empty());
    for path in names {
        let case = case(&path);
        let (mut journal, mut events) = (Journal::new(), Vec::new());
        let mut answers: VecDeque<&Answer> = case.answers.iter().collect();
        let outcome = drive(&mut start(&case), Timestamp(0), &mut answers, &mut journal, &mut events);
        assert!(answers.is_empty(), "{}: {} answers are left over", path.display(), answers.len());
        written_down(&path, &outcome, &events);
        for cut in 0..=journal.len() {
            replay(&path, &case, &journal[..cut], &outcome, &events);
        }
    }
}

/// A crash after the given inputs: a new run is told them again, from their serialised form, and goes on.
fn replay(path: &Path, case: &Case, told: &[(Timestamp, Input)], outcome: &Outcome, events: &[Event]) {
    let stored = serde_json::to_string(told).expect("a journal");
    let told: Journal = serde_json::from_str(&stored).expect("the same journal");
    let (mut run, mut seen, mut now) = (start(case), Vec::new(), Timestamp(0));
    let mut sent = 0;
    for (at, input) in told {
        sent += usize::from(matches!(run.turn(), Turn::Perform(_)));
        seen.extend(std::iter::from_fn(|| run.poll_event()));
        run.tell(at, input);
        now = at;
    }
    let mut rest = case.answers[sent..].iter().collect();
    let again = drive(&mut run, now, &mut rest, &mut Journal::new(), &mut seen);
    assert_eq!(again, *outcome, "{}", path.display());
    assert_eq!(seen, events, "{}", path.display());
}

fn written_down(path: &Path, outcome: &Outcome, events: &[Event]) {
    let mut folder = Folder::default();
    events.iter().for_each(|event| folder.fold(event));
    let lines: Vec<String> = events.iter().map(|event| serde_json::to_string(event).expect("an event")).collect();
    let report = serde_json::to_string_pretty(&folder.finish()).expect("a report");
    let outputs = Value::Object(outcome.outputs.clone()).to_json();
    let seen = format!("{:?} {outputs}\n\n{}\n\n{report}\n", outcome.status, lines.join("\n"));
    let file = path.join("seen.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &seen).expect("written");
    }
    assert_eq!(seen, text(&file), "{}", path.display());
}
