//! What is seen of a run, a line each, for people to read.
//!
//! ```text
//!     0 step get#1.1
//!     0   > GET https://api.example/a        the request
//!     5   < 200 {"id":7}                     the answer
//!     5 step get#1.1 succeeded 200, outputs {"id":7}, goto again → get
//!     5   ✓ $statusCode == 200 [$statusCode 200]
//!     5 wait until 1005 (poll) for get#2.1
//! ```

use std::fmt::Write as _;

use arras_doc::diagnostic::Diagnostic;
use arras_doc::source::Sources;
use arras_doc::value::{Object, Value};
use arras_run::effect::Outcome;
use arras_run::event::{ActionTaken, Event, EventKind, StepFinished, StepStatus};
use arras_run::exchange::{Exchange, Request};
use arras_run::fault::Fault;
use arras_run::report::{Report, StepReport, WorkflowReport};
use arras_run::result::CriterionResult;
use serde::Serialize;

use super::Seen;

/// Everything, then how the run ended with its real outputs.
pub fn render(seen: &[Seen], outcome: &Outcome, sources: &Sources) -> String {
    let mut text = String::new();
    for seen in seen {
        let (at, lines) = match seen {
            Seen::Event(event) => (event.at, self::event(event, sources)),
            Seen::Request(at, sent) => (*at, request(sent)),
            Seen::Reply(at, reply) => (*at, vec![format!("  < {reply}")]),
        };
        for line in lines {
            let _ = writeln!(text, "{:>6} {line}", at.0);
        }
    }
    let _ = writeln!(text, "outcome: {} {}", word(&outcome.status), json(&outcome.outputs));
    text
}

/// The report as a tree: workflows, and under each its attempts of steps with the workflows that these ran.
pub fn report(report: &Report) -> String {
    let mut text = format!("report: {}\n", word(&report.status));
    let mut pending: Vec<(usize, Node<'_>)> =
        report.workflows.iter().rev().map(|it| (1, Node::Workflow("", it))).collect();
    while let Some((depth, node)) = pending.pop() {
        let (line, below) = node.show();
        let _ = writeln!(text, "{}{line}", "  ".repeat(depth));
        pending.extend(below.into_iter().rev().map(|node| (depth + 1, node)));
    }
    let found: String = report.diagnostics.iter().map(|found| format!("  {}\n", found.rule.id)).collect();
    text + &found
}

enum Node<'r> {
    Workflow(&'static str, &'r WorkflowReport),
    Step(&'r StepReport),
}

impl<'r> Node<'r> {
    fn show(self) -> (String, Vec<Node<'r>>) {
        let fault =
            |fault: &Option<Fault>| fault.as_ref().map(|it| format!(", {}", it.kind.as_str())).unwrap_or_default();
        match self {
            Node::Workflow(why, it) => {
                let (id, status, ended_by) = (&it.workflow_id, word(&it.status), word(&it.ended_by));
                let values = named("inputs", &it.inputs) + &named("outputs", &it.outputs);
                let line = format!("{why}workflow {id} {status} by {ended_by}{values}{}", fault(&it.fault));
                (line, it.steps.iter().map(Node::Step).collect())
            }
            Node::Step(it) => {
                let code = it.status_code.map(|code| format!(" {code}")).unwrap_or_default();
                let action = it.action.as_ref().map(action).unwrap_or_default();
                let (id, visit, attempt, status) = (&it.step_id, it.visit, it.attempt, word(&it.status));
                let line = format!("{id}#{visit}.{attempt} {status}{code}{}{action}", fault(&it.fault));
                let left = it.left.iter().map(|it| Node::Workflow("left ", it));
                let called = it.workflow.iter().map(|it| Node::Workflow("", it));
                let before = it.before_retry.iter().map(|it| Node::Workflow("before the retry ", it));
                (line, left.chain(called).chain(before).collect())
            }
        }
    }
}

fn event(event: &Event, sources: &Sources) -> Vec<String> {
    match &event.kind {
        EventKind::RunStarted { workflow_id, .. } => vec![format!("run {workflow_id}")],
        EventKind::WorkflowStarted { path, workflow_id, inputs, .. } => {
            vec![format!("workflow {workflow_id}{} {}", at(path), json(inputs))]
        }
        EventKind::StepStarted(step) => {
            let calls = step.calls.as_ref().map(|workflow| format!(" calls {workflow}")).unwrap_or_default();
            vec![format!("step {}{calls}", step.effect)]
        }
        EventKind::StepFinished(step) => finished(step, sources),
        EventKind::Waiting { effect, until, reason, .. } => {
            vec![format!("wait until {} ({}) for {effect}", until.0, word(reason))]
        }
        EventKind::WorkflowTransferred { path, from, to } => vec![format!("workflow {from}{} → {to}", at(path))],
        EventKind::Diagnosed { diagnostic } => self::diagnostic(diagnostic, sources),
        EventKind::WorkflowFinished { path, workflow_id, status, ended_by, outputs, fault } => {
            let mut lines = vec![format!(
                "workflow {workflow_id}{} {} by {}{}",
                at(path),
                word(status),
                word(ended_by),
                named("outputs", outputs)
            )];
            lines.extend(fault.as_ref().map(self::fault));
            lines
        }
        EventKind::RunFinished { status } => vec![format!("run {}", word(status))],
        EventKind::RequestSent(_) | EventKind::ResponseReceived(_) => panic!("the driver makes these"),
    }
}

fn finished(step: &StepFinished, sources: &Sources) -> Vec<String> {
    let code = step.status_code.map(|code| format!(" {code}")).unwrap_or_default();
    let outputs = named("outputs", &step.outputs);
    let action = step.action.as_ref().map(action).unwrap_or_default();
    let broke_off = step.fault.is_some() || step.status == StepStatus::Cancelled;
    let went = if broke_off && step.status_code.is_none() && step.duration_ms > 0.0 {
        format!(" after {}", step.duration_ms)
    } else {
        String::new()
    };
    let mut lines = vec![format!("step {} {}{code}{went}{outputs}{action}", step.effect, word(&step.status))];
    lines.extend(step.criteria.iter().map(criterion));
    lines.extend(step.action.iter().flat_map(|action| &action.criteria).map(criterion));
    lines.extend(step.fault.as_ref().map(fault));
    lines.extend(step.diagnostics.iter().flat_map(|found| diagnostic(found, sources)));
    lines
}

fn action(action: &ActionTaken) -> String {
    let target = action.target.as_ref().map(|target| format!(" → {target}")).unwrap_or_default();
    format!(", {} {}{target}", action.kind, action.name)
}

fn criterion(criterion: &CriterionResult) -> String {
    let mark = if criterion.satisfied { "✓" } else { "✗" };
    let shown = |entry: &arras_run::result::EvidenceEntry| match &entry.value {
        Some(value) => format!("{} {}", entry.expression, value.to_json()),
        None => format!("{} absent", entry.expression),
    };
    let evidence: Vec<String> = criterion.evidence.iter().map(shown).collect();
    let evidence = if evidence.is_empty() { String::new() } else { format!(" [{}]", evidence.join(", ")) };
    let error = criterion.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
    format!("  {mark} {}{evidence}{error}", criterion.condition)
}

fn fault(fault: &Fault) -> String {
    format!("  fault {}: {}", fault.kind.as_str(), fault.message)
}

/// `warning loose-value (12): …`, the number being that of the line; then each label with words of its own.
pub fn diagnostic(diagnostic: &Diagnostic, sources: &Sources) -> Vec<String> {
    let place = |label: &arras_doc::diagnostic::Label| {
        let before = sources.get(label.source).text.get(..label.span.start as usize).unwrap_or_default();
        before.matches('\n').count() + 1
    };
    let line = diagnostic.primary().map(|label| format!(" ({})", place(label))).unwrap_or_default();
    let (severity, rule) = (diagnostic.severity.as_str(), diagnostic.rule.id);
    let mut lines = vec![format!("  {severity} {rule}{line}: {}", diagnostic.message)];
    let told = diagnostic.labels.iter().filter(|label| !label.text.is_empty());
    lines.extend(told.map(|label| format!("    {}: {}", place(label), label.text)));
    lines.extend(diagnostic.help.as_ref().map(|help| format!("    = {help}")));
    lines
}

fn request(request: &Request) -> Vec<String> {
    let mut lines = vec![format!("  > {} {}", request.method, request.url)];
    let shown = request.headers.iter().filter(|(name, _)| name != "Accept");
    lines.extend(shown.map(|(name, value)| format!("    {name}: {value}")));
    if !request.body.is_empty() {
        lines.push(format!("    {}", String::from_utf8_lossy(&request.body.outline())));
    }
    lines
}

/// The answer to a request, or why there is none.
pub fn reply(exchange: &Result<Exchange, Fault>) -> String {
    match exchange {
        Err(fault) => fault.kind.as_str(),
        Ok(exchange) => {
            let response = &exchange.response;
            let shown = response.headers.iter().filter(|(_, value)| value != "application/json");
            let headers: String = shown.map(|(name, value)| format!(" {name}: {value},")).collect();
            let body = String::from_utf8_lossy(&response.body).trim_end().replace('\n', "⏎");
            format!("{}{headers} {body}", response.status).trim_end_matches([' ', ',']).to_owned()
        }
    }
}

fn at(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(" of {path}") }
}

fn named(name: &str, values: &Object) -> String {
    if values.is_empty() { String::new() } else { format!(", {name} {}", json(values)) }
}

fn json(values: &Object) -> String {
    Value::Object(values.clone()).to_json()
}

fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|word| word.as_str().map(str::to_owned)).expect("a word")
}
