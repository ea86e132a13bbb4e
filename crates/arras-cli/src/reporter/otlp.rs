//! Runs as OpenTelemetry spans, sent by OTLP over HTTP as JSON: a span a run, a step's attempt, a request.

use std::collections::HashMap;
use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::time::Duration;

use arras::policy::HostPattern;
use arras::trace::TraceContext;
use arras::transport::{HttpSettings, HttpTransport, Limits, Transport};
use arras_doc::uri;
use arras_run::effect::{EffectId, Status};
use arras_run::event::{Event, EventKind, RequestSent, ResponseReceived, StepFinished, StepStatus};
use arras_run::exchange::Request;
use arras_run::fault::{Fault, FaultKind};
use arras_run::time::Timestamp;
use serde_json::{Value, json};

use super::{Case, Reporter};
use crate::diagnostics::Places;

/// Spans that are sent at once.
const BATCH: usize = 256;
/// Batches that may wait to be sent; what a slow collector leaves beyond them is left out.
const WAITING: usize = 256;
/// How long a collector may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the end of a command waits for it.
const FAREWELL: Duration = Duration::from_secs(5);

/// Where spans go, and how.
#[derive(Clone, Debug)]
pub struct Collector {
    /// The URL of the traces: the given one with `/v1/traces` behind it, if that does not stand there.
    pub url: String,
    /// Header fields that it wants, for credentials.
    pub headers: Vec<(String, String)>,
    /// How requests to it travel.
    pub network: HttpSettings,
}

impl Collector {
    /// The collector at a base URL or the URL of its traces; `fields` is `name=value,name=value`, percent-encoded as
    /// OpenTelemetry has it. What is no such pair is left out.
    pub fn new(url: &str, fields: Option<&str>, network: HttpSettings) -> Collector {
        let (base, rest) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
        let base = base.trim_end_matches('/');
        let url = format!("{base}{}{rest}", if base.ends_with("/v1/traces") { "" } else { "/v1/traces" });
        let headers = pairs(fields.unwrap_or_default()).filter_map(Result::ok).collect();
        Collector { url, headers, network }
    }
}

/// The header fields in a list of them, and in their places what is none.
pub fn pairs(fields: &str) -> impl Iterator<Item = Result<(String, String), &str>> {
    let decoded = |text: &str| uri::percent_decode(text).unwrap_or_else(|| text.to_owned());
    fields.split(',').map(str::trim).filter(|pair| !pair.is_empty()).map(move |pair| {
        let (name, value) = pair.split_once('=').map(|(name, value)| (name.trim(), value.trim())).ok_or(pair)?;
        if name.is_empty() { Err(pair) } else { Ok((decoded(name), decoded(value))) }
    })
}

/// Makes spans of events and hands them to a thread that sends them.
pub struct Otlp {
    trace: Option<TraceContext>,
    case: Case,
    run: Option<Run>,
    ready: Vec<Value>,
    url: String,
    sender: Option<SyncSender<Vec<Value>>>,
    /// What the thread comes to.
    done: Receiver<Result<(), String>>,
    /// Spans that were left out because the collector was too slow for them.
    left_out: usize,
}

/// A run under way.
struct Run {
    workflow: String,
    began: Timestamp,
    steps: HashMap<EffectId, Timestamp>,
    requests: HashMap<EffectId, (u32, Timestamp, RequestSent)>,
    /// How many requests each attempt has sent.
    sent: HashMap<EffectId, u32>,
}

impl Otlp {
    /// Sends to that collector.
    pub fn new(collector: Collector) -> Otlp {
        let (sender, receiver) = mpsc::sync_channel(WAITING);
        let (over, done) = mpsc::channel();
        let url = collector.url.clone();
        let export = move || drop(over.send(export(&collector, &receiver)));
        // without a thread nobody listens, which is told in the end
        drop(std::thread::Builder::new().name("otlp".to_owned()).spawn(export));
        Otlp {
            trace: None,
            case: Case::default(),
            run: None,
            ready: Vec::new(),
            url,
            sender: Some(sender),
            done,
            left_out: 0,
        }
    }

    fn push(&mut self, span: Value) {
        self.ready.push(span);
        if self.ready.len() >= BATCH {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let batch = std::mem::take(&mut self.ready);
        let Some(sender) = self.sender.as_ref().filter(|_| !batch.is_empty()) else { return };
        // a thread that has given up says so in the end; a run waits for nobody who only watches
        if let Err(TrySendError::Full(batch)) = sender.try_send(batch) {
            self.left_out += batch.len();
        }
    }

    fn answered(&mut self, trace: &TraceContext, received: &ResponseReceived, at: Timestamp) {
        let Some(run) = &mut self.run else { return };
        if let Some((number, began, sent)) = run.requests.remove(&received.effect) {
            let failed = received.status >= 400;
            let span = request(trace, &received.effect, number, &sent, (began, at), Some(received.status), failed);
            self.push(span);
        }
    }

    fn finished(&mut self, trace: &TraceContext, step: &StepFinished, at: Timestamp) {
        let Some(run) = &mut self.run else { return };
        let began = run.steps.remove(&step.effect).unwrap_or(at);
        let unanswered = run.requests.remove(&step.effect);
        let parent = match caller(&step.path) {
            Some(caller) => trace.span(caller, 0),
            None => trace.span(&run.workflow, 0),
        };
        if let Some((number, sent_at, sent)) = unanswered {
            self.push(request(trace, &step.effect, number, &sent, (sent_at, at), None, true));
        }
        let mut attributes = vec![
            text("arras.step", &step.step_id),
            number("arras.visit", u64::from(step.visit)),
            number("arras.attempt", u64::from(step.attempt)),
            text("arras.status", status_name(step.status)),
        ];
        if let Some(id) = step.operation.as_ref().and_then(|operation| operation.operation_id.as_ref()) {
            attributes.push(text("arras.operation", id));
        }
        attributes.extend(step.calls.as_ref().map(|workflow| text("arras.calls", workflow)));
        attributes.extend(step.action.as_ref().map(|action| text("arras.action", &action.name)));
        let failed = matches!(step.status, StepStatus::Failed | StepStatus::Recovered | StepStatus::Retried);
        let fault = step.fault.as_ref().map(ToString::to_string);
        let why = fault.or_else(|| failed.then(|| super::phrase::failure(step)));
        let ids = (trace.span(&step.effect.0, 0), parent);
        self.push(span(trace, ids, &step.step_id, 1, (began, at), attributes, why.filter(|_| failed)));
    }

    fn over(&mut self, trace: &TraceContext, status: Status, at: Timestamp) {
        let Some(run) = self.run.take() else { return };
        let mut attributes = vec![text("arras.workflow", &run.workflow)];
        if !self.case.file.is_empty() {
            attributes.push(text("arras.file", &self.case.file));
        }
        let why = (status != Status::Succeeded)
            .then(|| if status == Status::Failed { "failed" } else { "stopped" }.to_owned());
        let ids = (trace.span(&run.workflow, 0), trace.parent);
        self.push(span(trace, ids, &run.workflow, 1, (run.began, at), attributes, why));
        self.flush();
    }
}

impl Reporter for Otlp {
    fn begin(&mut self, case: &Case, _: &Places) {
        self.trace = case.trace;
        self.case = case.clone();
    }

    fn event(&mut self, event: &Event) {
        let Some(trace) = self.trace else { return };
        match &event.kind {
            EventKind::RunStarted { workflow_id, .. } => {
                self.run = Some(Run {
                    workflow: workflow_id.clone(),
                    began: event.at,
                    steps: HashMap::new(),
                    requests: HashMap::new(),
                    sent: HashMap::new(),
                });
            }
            EventKind::StepStarted(step) => {
                if let Some(run) = &mut self.run {
                    run.steps.insert(step.effect.clone(), event.at);
                }
            }
            EventKind::RequestSent(sent) => {
                if let Some(run) = &mut self.run {
                    let number = run.sent.entry(sent.effect.clone()).or_default();
                    *number += 1;
                    run.requests.insert(sent.effect.clone(), (*number, event.at, sent.clone()));
                }
            }
            EventKind::ResponseReceived(received) => self.answered(&trace, received, event.at),
            EventKind::StepFinished(step) => self.finished(&trace, step, event.at),
            EventKind::RunFinished { status } => self.over(&trace, *status, event.at),
            _ => {}
        }
    }

    fn is_vital(&self) -> bool {
        false
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.flush();
        drop(self.sender.take());
        let url = &self.url;
        let sent = self.done.recv_timeout(FAREWELL).unwrap_or_else(|error| {
            Err(match error {
                RecvTimeoutError::Timeout => {
                    format!("spans are lost: `{url}` did not take them within {} s", FAREWELL.as_secs())
                }
                RecvTimeoutError::Disconnected => "spans can't be sent: the thread that sends them is gone".to_owned(),
            })
        });
        match (sent, self.left_out) {
            (Err(message), _) => Err(io::Error::other(message)),
            (Ok(()), 0) => Ok(()),
            (Ok(()), lost) => Err(io::Error::other(format!("{lost} spans are lost: `{url}` takes them too slowly"))),
        }
    }
}

/// The effect that called the workflow of a path; `None` for the outermost and for what it depends on.
fn caller(path: &str) -> Option<&str> {
    (!path.is_empty() && !path.starts_with("dependsOn:")).then(|| path.trim_end_matches('!'))
}

fn request(
    trace: &TraceContext,
    effect: &EffectId,
    number_of: u32,
    sent: &RequestSent,
    times: (Timestamp, Timestamp),
    status: Option<u16>,
    failed: bool,
) -> Value {
    let mut attributes = vec![text("http.request.method", &sent.method), text("url.full", &sent.url)];
    attributes.extend(status.map(|status| number("http.response.status_code", u64::from(status))));
    let why = failed.then(|| status.map_or("no answer".to_owned(), |status| status.to_string()));
    // as the request's own `traceparent` says
    let own = sent.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(arras::trace::FIELD));
    let named = own.and_then(|(_, field)| TraceContext::parse(field)).filter(|own| own.trace == trace.trace);
    let id = named.map_or_else(|| trace.span(&effect.0, number_of), |own| own.parent);
    span(trace, (id, trace.span(&effect.0, 0)), &sent.method, 3, times, attributes, why)
}

/// A span in OTLP's JSON: ids in hex, times as texts of nanoseconds.
fn span(
    trace: &TraceContext,
    (id, parent): (u64, u64),
    name: &str,
    kind: u8,
    (began, ended): (Timestamp, Timestamp),
    attributes: Vec<Value>,
    why: Option<String>,
) -> Value {
    let nanos = |at: Timestamp| (u128::from(at.0) * 1_000_000).to_string();
    json!({
        "traceId": trace.to_string(),
        "spanId": format!("{id:016x}"),
        "parentSpanId": if parent == 0 { String::new() } else { format!("{parent:016x}") },
        "name": name,
        "kind": kind,
        "startTimeUnixNano": nanos(began),
        "endTimeUnixNano": nanos(ended.max(began)),
        "attributes": attributes,
        "status": why.map_or_else(|| json!({ "code": 1 }), |why| json!({ "code": 2, "message": why })),
    })
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn number(key: &str, value: u64) -> Value {
    json!({ "key": key, "value": { "intValue": value.to_string() } })
}

fn status_name(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Succeeded => "succeeded",
        StepStatus::Failed => "failed",
        StepStatus::Recovered => "recovered",
        StepStatus::Retried => "retried",
        StepStatus::Cancelled => "cancelled",
    }
}

/// The next batch, with what waits behind it as far as they go together; `None` after the last.
fn next(batches: &Receiver<Vec<Value>>) -> Option<Vec<Value>> {
    let mut batch = batches.recv().ok()?;
    while batch.len() < BATCH
        && let Ok(more) = batches.try_recv()
    {
        batch.extend(more);
    }
    Some(batch)
}

/// Why a collector can't be reached. What helps with a server that a workflow calls is no help here.
fn why(fault: &Fault) -> String {
    match fault.kind {
        FaultKind::ConnectRefused => "it refused the connection: check that the collector runs there".to_owned(),
        FaultKind::DnsFailed => {
            let (what, _) = fault.message.split_once("; ").unwrap_or((&fault.message, ""));
            format!("{what}; check the name")
        }
        _ => fault.message.clone(),
    }
}

/// Sends batches until there are no more. The first that fails ends it: the others would fail the same.
fn export(collector: &Collector, batches: &Receiver<Vec<Value>>) -> Result<(), String> {
    let failed = |what: String| format!("spans can't be sent to `{}`: {what}", collector.url);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(error.to_string()))?;
    let mut policy = collector.network.policy.clone();
    if let Ok(origin) = arras::origin::Origin::parse(&collector.url) {
        policy.named.push(HostPattern::origin(&origin));
    }
    let transport = HttpTransport::new(HttpSettings { policy, ..collector.network.clone() });
    let limits = Limits::default().with_timeout(PATIENCE);
    while let Some(batch) = next(batches) {
        let body = json!({ "resourceSpans": [{
            "resource": { "attributes": [text("service.name", "arras"), text("service.version", env!("CARGO_PKG_VERSION"))] },
            "scopeSpans": [{ "scope": { "name": "arras", "version": env!("CARGO_PKG_VERSION") }, "spans": batch }],
        }] });
        let mut headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        headers.extend(collector.headers.iter().cloned());
        let request = Request {
            method: "POST".to_owned(),
            url: collector.url.clone(),
            headers,
            body: body.to_string().into(),
            path: Vec::new(),
            query: Vec::new(),
        };
        let answer = runtime.block_on(transport.send(&request, &limits));
        let answer = answer.map_err(|fault| failed(why(&fault)))?;
        if !(200..300).contains(&answer.response.status) {
            return Err(failed(format!("it answered {}", answer.response.status)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use arras_run::fault::Phase;

    use super::*;

    #[test]
    fn fields_are_percent_encoded() {
        let found: Vec<_> = pairs("a=b, Authorization=Basic%20YWJj==,,=x,y,z=100%").collect();
        let field = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        let basic = field("Authorization", "Basic YWJj==");
        assert_eq!(found, [field("a", "b"), basic, Err("=x"), Err("y"), field("z", "100%")]);
    }

    #[test]
    fn the_path_of_traces_stands_before_a_query() {
        let url = |url: &str| Collector::new(url, None, HttpSettings::default()).url;
        let rows = [
            ("http://h:4318", "http://h:4318/v1/traces"),
            ("http://h/v1/traces", "http://h/v1/traces"),
            ("http://h/slow/?d=8", "http://h/slow/v1/traces?d=8"),
            ("http://h/v1/traces?d=8", "http://h/v1/traces?d=8"),
        ];
        for (given, expected) in rows {
            assert_eq!(url(given), expected);
        }
    }

    /// `--server` is no help with a collector.
    #[test]
    fn why_a_collector_is_not_reached_is_said_without_advice_for_a_server() {
        let dns = "the host `c.example` has no address: not known; check the name, or give the server by `--server`";
        let refused = "127.0.0.1:1 refused the connection; is the server running? (`--server`)";
        let rows = [
            (FaultKind::DnsFailed, dns, "the host `c.example` has no address: not known; check the name"),
            (FaultKind::ConnectRefused, refused, "it refused the connection: check that the collector runs there"),
            (FaultKind::TlsFailed, "the certificate has expired", "the certificate has expired"),
        ];
        for (kind, message, expected) in rows {
            assert_eq!(why(&Fault::new(kind, Phase::Connect, message.to_owned())), expected);
        }
    }
}
