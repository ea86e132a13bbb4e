//! Runs made by hand, and texts compared with files.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arras_cli::diagnostics::Places;
use arras_cli::look::{Lines, Look};
use arras_doc::diagnostic::Diagnostic;
use arras_doc::rule::{self, Rule};
use arras_doc::source::{Source, SourceId, Sources};
use arras_doc::span::Span;
use arras_doc::value::{Object, Value};
use arras_run::effect::{EffectId, Status};
use arras_run::event::*;
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::result::{CriterionResult, EvidenceEntry, Verdict};
use arras_run::time::Timestamp;

/// Compares `text` with `tests/snapshots/NAME.txt`; `UPDATE=1` writes the file instead.
#[track_caller]
pub fn snapshot(name: &str, text: &str) {
    let path = folder("snapshots").join(format!("{name}.txt"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == text, "{name} differs; UPDATE=1 takes it over.\n--- expected\n{expected}\n--- found\n{text}");
}

/// What a reporter has written so far.
#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A file of the published data, where that is at hand.
pub fn shared(path: &str) -> Option<PathBuf> {
    let folder = match std::env::var_os("ARRAS_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .map(|folder| folder.join("shared"))
            .find(|folder| folder.is_dir())?,
    };
    Some(folder.join(path)).filter(|path| path.exists())
}

pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

pub const ARAZZO: SourceId = SourceId(0);
pub const OPENAPI: SourceId = SourceId(1);

/// The two files of the flagship.
pub fn sources() -> Sources {
    let mut sources = Sources::default();
    for (name, file) in [
        ("workflows/face-liveness.arazzo.yaml", "liveness.arazzo.yaml"),
        ("openapi/rekognition.yaml", "rekognition.openapi.yaml"),
    ] {
        let text = std::fs::read_to_string(folder("data").join(file)).unwrap();
        sources.add(Source::new(name, format!("file:///{file}"), text));
    }
    sources
}

pub fn places() -> Places {
    Places::new(Arc::new(sources()), |_, span| Some(format!("/at/{}", span.start)))
}

/// The bytes of the `nth` (from 0) occurrence of `part`.
#[track_caller]
pub fn span(source: SourceId, part: &str, nth: usize) -> Span {
    let sources = sources();
    let (at, _) = sources.get(source).text.match_indices(part).nth(nth).expect(part);
    Span::new(at, at + part.len())
}

pub fn look(width: usize) -> Look {
    Look { color: false, unicode: true, width, lines: Lines::Fit }
}

pub fn error(rule: &'static Rule, message: &str) -> Diagnostic {
    Diagnostic::new(rule, message)
}

pub fn object(json: &str) -> Object {
    Value::from_json(json).unwrap().as_object().cloned().unwrap()
}

pub fn fault(kind: FaultKind, phase: Phase, message: &str) -> Fault {
    Fault::new(kind, phase, message)
}

pub fn criterion(condition: &str, satisfied: bool, evidence: &[(&str, &str)]) -> CriterionResult {
    let entry = |(expression, json): &(&str, &str)| EvidenceEntry {
        expression: (*expression).to_owned(),
        value: if json.is_empty() { None } else { Some(Value::from_json(json).unwrap()) },
    };
    CriterionResult {
        condition: condition.to_owned(),
        kind: "simple".to_owned(),
        reading: Default::default(),
        satisfied,
        error: None,
        evidence: evidence.iter().map(entry).collect(),
    }
}

pub fn status(json: &str, satisfied: bool) -> CriterionResult {
    criterion(&format!("$.Status == {json}"), satisfied, &[("$.Status", json)])
}

pub fn ok() -> CriterionResult {
    criterion("$statusCode == 200", true, &[("$statusCode", "200")])
}

pub fn goto(name: &str, target: &str, criteria: Vec<CriterionResult>) -> ActionTaken {
    ActionTaken { kind: "goto".into(), name: name.into(), target: Some(target.into()), criteria }
}

pub fn end(name: &str, criteria: Vec<CriterionResult>) -> ActionTaken {
    ActionTaken { kind: "end".into(), name: name.into(), target: None, criteria }
}

pub fn retry(name: &str) -> ActionTaken {
    ActionTaken { kind: "retry".into(), name: name.into(), target: None, criteria: Vec::new() }
}

/// Events on a clock of their own.
pub struct Script {
    pub events: Vec<Event>,
    now: u64,
    path: String,
    visits: std::collections::BTreeMap<(String, String), (u32, u32)>,
    open: Option<StepFinished>,
}

impl Script {
    /// A run of a workflow of that many steps.
    pub fn new(workflow: &str, steps: usize) -> Script {
        let mut script = Script::before(workflow);
        script.push(EventKind::WorkflowStarted {
            path: String::new(),
            workflow_id: workflow.to_owned(),
            steps,
            inputs: object(r#"{"clientRequestToken":"abc"}"#),
        });
        script
    }

    /// A run whose workflow has not begun.
    pub fn before(workflow: &str) -> Script {
        let mut script = Script {
            events: Vec::new(),
            now: 1_790_000_000_000,
            path: String::new(),
            visits: Default::default(),
            open: None,
        };
        script.push(EventKind::RunStarted { version: VERSION, workflow_id: workflow.to_owned() });
        script
    }

    pub fn push(&mut self, kind: EventKind) {
        self.events.push(Event { at: Timestamp(self.now), kind });
    }

    pub fn after(&mut self, millis: u64) -> &mut Script {
        self.now += millis;
        self
    }

    /// Calls a workflow, whose steps follow.
    pub fn enter(&mut self, path: &str, workflow: &str, steps: usize) -> &mut Script {
        self.path = path.to_owned();
        let inputs = Object::default();
        self.push(EventKind::WorkflowStarted { path: path.into(), workflow_id: workflow.into(), steps, inputs });
        self
    }

    pub fn leave(&mut self, workflow: &str, status: Status, ended_by: EndedBy, to: &str) -> &mut Script {
        let path = std::mem::replace(&mut self.path, to.to_owned());
        let (workflow_id, outputs, fault) = (workflow.into(), Object::default(), None);
        self.push(EventKind::WorkflowFinished { path, workflow_id, status, ended_by, outputs, fault });
        self
    }

    /// Begins a visit or, with `again`, a further attempt.
    pub fn start(&mut self, step: &str, operation: Option<&str>, calls: Option<&str>, again: bool) -> &mut Script {
        let (visit, attempt) = self.visits.entry((self.path.clone(), step.to_owned())).or_insert((0, 0));
        (*visit, *attempt) = if again { (*visit, *attempt + 1) } else { (*visit + 1, 1) };
        let (visit, attempt) = (*visit, *attempt);
        let own = format!("{step}#{visit}.{attempt}");
        let effect = if self.path.is_empty() { own } else { format!("{}/{own}", self.path) };
        let operation = operation.map(|text| {
            let (method, label) = text.split_once(' ').unwrap();
            OperationSummary {
                source: "rekognitionApi".into(),
                operation_id: Some(label.into()),
                method: method.into(),
                url: "http://127.0.0.1:41833/".into(),
                label: label.into(),
            }
        });
        let effect = EffectId(effect.into());
        let (path, step_id, calls) = (self.path.clone(), step.to_owned(), calls.map(str::to_owned));
        self.push(EventKind::StepStarted(StepStarted {
            effect: effect.clone(),
            path: path.clone(),
            step_id: step_id.clone(),
            visit,
            attempt,
            operation: operation.clone(),
            calls: calls.clone(),
        }));
        self.open = Some(StepFinished {
            effect,
            path,
            step_id,
            visit,
            attempt,
            status: StepStatus::Succeeded,
            verdict: Verdict::Succeeded,
            operation,
            calls,
            status_code: None,
            duration_ms: 0.0,
            criteria: Vec::new(),
            action: None,
            outputs: Object::default(),
            fault: None,
            diagnostics: Vec::new(),
        });
        self
    }

    /// Sends the request of the step that was begun.
    pub fn send(&mut self, body: &str) -> &mut Script {
        let step = self.open.clone().unwrap();
        self.push(EventKind::RequestSent(RequestSent {
            effect: step.effect,
            method: step.operation.unwrap().method.to_string(),
            url: "http://127.0.0.1:41833/".into(),
            headers: vec![
                ("Content-Type".into(), "application/x-amz-json-1.1".into()),
                ("Authorization".into(), "***".into()),
            ],
            body: Some(body.into()),
            body_length: body.len(),
        }));
        self
    }

    /// The answer comes in.
    pub fn answer(&mut self, status: u16, duration_ms: f64, body: &str) -> &mut Script {
        let step = self.open.as_mut().unwrap();
        (step.status_code, step.duration_ms) = (Some(status), duration_ms);
        let effect = step.effect.clone();
        self.now += duration_ms as u64;
        self.push(EventKind::ResponseReceived(ResponseReceived {
            effect,
            status,
            headers: vec![("content-type".into(), "application/x-amz-json-1.1".into())],
            body: Some(body.into()),
            body_length: body.len(),
            duration_ms,
        }));
        self
    }

    /// The step is over as `change` says.
    pub fn finish(&mut self, change: impl FnOnce(&mut StepFinished)) -> &mut Script {
        let mut step = self.open.take().unwrap();
        change(&mut step);
        self.push(EventKind::StepFinished(Box::new(step)));
        self
    }

    /// A whole exchange.
    pub fn exchange(&mut self, status: u16, duration_ms: f64, change: impl FnOnce(&mut StepFinished)) -> &mut Script {
        self.send("{\"SessionId\":\"0d959cac\"}").answer(status, duration_ms, "{}").finish(change)
    }

    pub fn wait(&mut self, step: &str, millis: u64, reason: WaitReason) -> &mut Script {
        let (effect, step_id) = (EffectId(format!("{step}#9.9").into()), step.to_owned());
        let until = Timestamp(self.now + millis);
        self.push(EventKind::Waiting { effect, step_id, until, reason });
        self.now += millis;
        self
    }

    pub fn over(
        &mut self,
        workflow: &str,
        status: Status,
        ended_by: EndedBy,
        outputs: &str,
        fault: Option<Fault>,
    ) -> Vec<Event> {
        let (path, workflow_id, outputs) = (String::new(), workflow.to_owned(), object(outputs));
        self.push(EventKind::WorkflowFinished { path, workflow_id, status, ended_by, outputs, fault });
        self.push(EventKind::RunFinished { status });
        std::mem::take(&mut self.events)
    }
}

pub const CREATE: &str = "POST CreateFaceLivenessSession";
pub const POLL: &str = "POST GetFaceLivenessSessionResults";
pub const FLAGSHIP: &str = "face-liveness-session";

fn created(script: &mut Script) {
    script.start("createSession", Some(CREATE), None, false).exchange(200, 3.2, |step| {
        step.criteria = vec![ok()];
        step.outputs = object(r#"{"sessionId":"0d959cac-1f3b-4c5e-9c52-6f0f9d1c7a11"}"#);
    });
}

fn polled(script: &mut Script, found: &str) {
    script.start("pollResults", Some(POLL), None, false).exchange(200, 2.1, |step| {
        step.criteria = vec![ok()];
        step.action = Some(goto("stillRunning", "pollResults", vec![status(found, true)]));
    });
    script.wait("pollResults", 1200, WaitReason::Poll);
}

/// The flagship as it should be: CREATED, IN_PROGRESS, SUCCEEDED.
pub fn success() -> Vec<Event> {
    let mut script = Script::new(FLAGSHIP, 2);
    created(&mut script);
    polled(&mut script, r#""CREATED""#);
    polled(&mut script, r#""IN_PROGRESS""#);
    script.start("pollResults", Some(POLL), None, false).exchange(200, 2.4, |step| {
        step.criteria = vec![ok()];
        step.outputs = object(r#"{"status":"SUCCEEDED","confidence":98.97}"#);
        step.action = Some(end("terminal", vec![status(r#""SUCCEEDED""#, true)]));
    });
    script.over(FLAGSHIP, Status::Succeeded, EndedBy::End, r#"{"status":"SUCCEEDED"}"#, None)
}

/// The session FAILED, for which no action was written.
pub fn no_action_matched() -> Vec<Event> {
    let mut script = Script::new(FLAGSHIP, 2);
    created(&mut script);
    polled(&mut script, r#""CREATED""#);
    let found = error(rule::NO_ACTION_MATCHED, "no onSuccess action of step `pollResults` matched")
        .label(ARAZZO, span(ARAZZO, "stillCreated", 0), "$.Status is \"FAILED\"")
        .help("as without actions, the next step follows; add an action for this case");
    script.start("pollResults", Some(POLL), None, false).exchange(200, 2.4, |step| {
        step.criteria = vec![ok()];
        step.diagnostics = vec![found];
    });
    script.over(FLAGSHIP, Status::Succeeded, EndedBy::LastStep, "{}", None)
}

/// The criterion of the contract's own example.
pub fn unsatisfied() -> Diagnostic {
    error(rule::CRITERION_UNSATISFIED, "step `pollResults` failed: criterion 2 of 2 is not satisfied")
        .label(ARAZZO, span(ARAZZO, "$.Confidence >= 90", 0), "$.Confidence is 62.4")
        .label(ARAZZO, span(ARAZZO, "$.Status == 'SUCCEEDED'", 0), "$.Status is \"SUCCEEDED\": holds")
        .label(ARAZZO, span(ARAZZO, "$response.body", 1), "body of POST /  200  (visit 2)")
        .help("no onFailure action matched, so the workflow ended here; see the exchange with `-vv`")
}

/// A success criterion does not hold.
pub fn criterion_unsatisfied() -> Vec<Event> {
    let mut script = Script::new(FLAGSHIP, 2);
    created(&mut script);
    polled(&mut script, r#""CREATED""#);
    script.start("pollResults", Some(POLL), None, false).exchange(200, 2.4, |step| {
        step.verdict = Verdict::Failed;
        step.status = StepStatus::Failed;
        step.criteria = vec![
            ok(),
            criterion(
                "$.Status == 'SUCCEEDED' && $.Confidence >= 90",
                false,
                &[("$.Status", "\"SUCCEEDED\""), ("$.Confidence", "62.4")],
            ),
        ];
        step.diagnostics = vec![unsatisfied()];
    });
    script.over(FLAGSHIP, Status::Failed, EndedBy::LastStep, r#"{"sessionId":"0d959cac"}"#, None)
}

/// Nothing listens at the address.
pub fn transport_fault() -> Vec<Event> {
    let mut script = Script::new(FLAGSHIP, 2);
    let refused = fault(FaultKind::ConnectRefused, Phase::Connect, "nothing listens at 127.0.0.1:41833");
    script.start("createSession", Some(CREATE), None, false).after(4).finish(|step| {
        step.verdict = Verdict::Failed;
        step.status = StepStatus::Failed;
        step.duration_ms = 4.0;
        step.fault = Some(refused.clone());
    });
    script.over(FLAGSHIP, Status::Failed, EndedBy::Fault, "{}", Some(refused))
}

/// Two refusals, then an answer.
pub fn retried() -> Vec<Event> {
    let mut script = Script::new(FLAGSHIP, 2);
    for again in [false, true] {
        script.start("createSession", Some(CREATE), None, again).exchange(503, 12.0, |step| {
            step.verdict = Verdict::Failed;
            step.status = StepStatus::Retried;
            step.criteria = vec![criterion("$statusCode == 200", false, &[("$statusCode", "503")])];
            step.action = Some(retry("busy"));
            step.diagnostics = vec![
                error(rule::CRITERION_UNSATISFIED, "step `createSession` failed: its criterion is not satisfied")
                    .at(ARAZZO, span(ARAZZO, "CreateFaceLivenessSession", 0)),
            ];
        });
        script.wait("createSession", 2000, WaitReason::RetryAfter);
    }
    script.start("createSession", Some(CREATE), None, true).exchange(200, 3.2, |step| {
        step.criteria = vec![ok()];
        step.outputs = object(r#"{"sessionId":"0d959cac"}"#);
    });
    script.over(FLAGSHIP, Status::Succeeded, EndedBy::LastStep, "{}", None)
}

/// Ctrl-C while polling.
pub fn interrupted() -> Vec<Event> {
    let mut script = Script::new(FLAGSHIP, 2);
    created(&mut script);
    polled(&mut script, r#""CREATED""#);
    script.start("pollResults", Some(POLL), None, false).send("{}").after(350).finish(|step| {
        step.verdict = Verdict::Failed;
        step.status = StepStatus::Cancelled;
    });
    script.over(FLAGSHIP, Status::Cancelled, EndedBy::Cancel, "{}", None)
}

/// A workflow that another needs first, a call that fails and is recovered from, a loop of two steps.
pub fn nested() -> Vec<Event> {
    let mut script = Script::before("checkout");
    script.enter("dependsOn:warmUp", "warmUp", 1);
    script.start("ping", Some("GET /health"), None, false).exchange(204, 1.0, |_| {});
    script.leave("warmUp", Status::Succeeded, EndedBy::LastStep, "");
    script.enter("", "checkout", 4);
    script.start("login", None, Some("loginFlow"), false);
    let login = script.open.take();
    script.enter("login#1.1", "loginFlow", 2);
    script.start("askForToken", Some("POST /oauth/token"), None, false).exchange(401, 8.0, |step| {
        step.verdict = Verdict::Failed;
        step.status = StepStatus::Recovered;
        step.action = Some(goto(
            "refresh",
            "refreshToken",
            vec![criterion("$statusCode == 401", true, &[("$statusCode", "401")])],
        ));
    });
    script.start("refreshToken", Some("POST /oauth/token"), None, false).exchange(200, 9.0, |step| {
        step.outputs = object(r#"{"token":"***","expires":3600}"#);
    });
    script.leave("loginFlow", Status::Succeeded, EndedBy::LastStep, "");
    script.open = login;
    script.finish(|step| {
        step.duration_ms = 17.0;
        step.outputs = object(r#"{"user":"ada"}"#);
    });
    for turn in 1..=3 {
        script.start("submitOrder", Some("POST /orders"), None, false).exchange(202, 5.0, |_| {});
        script.start("checkOrder", Some("GET /orders/{orderId}/status"), None, false).exchange(200, 2.0, |step| {
            let state = |found| criterion("$response.body#/state == 'lost'", true, &[("$response.body#/state", found)]);
            step.action = match turn {
                3 => None,
                _ => Some(goto("again", "submitOrder", vec![state("\"lost\"")])),
            };
        });
        script.after(1000);
    }
    script.start("receipt", Some("GET /orders/{orderId}/receipt"), None, false).exchange(200, 2.0, |step| {
        step.outputs = object(
            r#"{"total":"12.50 €","url":"https://shop.example/receipts/2026/11/0d959cac-1f3b-4c5e","items":[1,2,3]}"#,
        );
    });
    script.over("checkout", Status::Succeeded, EndedBy::LastStep, "{}", None)
}

/// A loop that a budget ends.
pub fn budget() -> Vec<Event> {
    let mut script = Script::new(FLAGSHIP, 2);
    created(&mut script);
    (0..40).for_each(|_| polled(&mut script, r#""CREATED""#));
    let message = "step `pollResults` was visited 40 times: pollResults → pollResults";
    let spent = fault(FaultKind::MaxVisits, Phase::Budget, message);
    let found = error(rule::BUDGET_EXCEEDED, message).at(ARAZZO, span(ARAZZO, "pollResults", 0));
    script.push(EventKind::Diagnosed { diagnostic: Box::new(found) });
    script.over(FLAGSHIP, Status::Failed, EndedBy::Budget, "{}", Some(spent))
}

/// A budget that a caller of the engine found used up, of which nothing else tells.
pub fn untold_fault() -> Vec<Event> {
    let mut script = Script::new(FLAGSHIP, 2);
    created(&mut script);
    let late = fault(FaultKind::RunTimeout, Phase::Budget, "the run took longer than 1 h");
    script.over(FLAGSHIP, Status::Failed, EndedBy::Budget, "{}", Some(late))
}

/// Every run above, by name.
pub fn all() -> Vec<(&'static str, Vec<Event>)> {
    vec![
        ("success", success()),
        ("no-action-matched", no_action_matched()),
        ("criterion-unsatisfied", criterion_unsatisfied()),
        ("transport-fault", transport_fault()),
        ("retried", retried()),
        ("interrupted", interrupted()),
        ("nested", nested()),
        ("budget", budget()),
        ("untold-fault", untold_fault()),
    ]
}
