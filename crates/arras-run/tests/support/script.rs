//! A case's script: inputs, limits, and what the server answers, one entry for each request.
//!
//! ```yaml
//! workflow: w                # the first of the document without it
//! start: 784111777000        # the time at which the run starts, in milliseconds; 0 without it
//! inputs: {id: 7}
//! limits: {maxSteps: 5, maxVisits: 2, maxDepth: 1, timeout: 60, stepTimeout: 1, maxRetryAfter: 10, pollInterval: 0.5,
//!   defaultSuccess: any}     # times in seconds
//! jsonpath: strict           # how JSONPath criteria are read
//! checks: warn               # how answers are checked against the description: off without it, warn or error
//! secrets: [s3cret]          # secrets of the caller
//! hidden: [s3cret]           # texts that no event may show
//! cancelAt: 1500             # the user stops the run at that time, while it rests
//! report: true               # show the report too
//! answers:
//! - 404                      # a status alone
//! - {body: {id: 1}}          # 200, JSON
//! - {status: 503, headers: {Retry-After: 5}, body: busy, after: 20}  # after so many milliseconds, 5 without it
//! - fault                    # no answer: the connection is refused
//! - cancel                   # the user stops the run while it waits for the answer
//! ```

use std::time::Duration;

use arras_doc::jsonpath::Mode;
use arras_doc::value::{Number, Object, Value};
use arras_run::exchange::Response;
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::run::{CheckLevel, Checks, DefaultSuccess, Limits};
use arras_run::time::Timestamp;

use super::{Answer, Reply};

/// A script, read.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub workflow: Option<String>,
    pub start: Timestamp,
    pub inputs: Object,
    pub limits: Limits,
    pub jsonpath: Mode,
    pub secrets: Vec<String>,
    pub hidden: Vec<String>,
    pub cancel_at: Option<Timestamp>,
    pub report: bool,
    pub answers: Vec<Answer>,
}

impl Script {
    /// Reads a script; panics at what it does not know.
    pub fn read(value: &Value) -> Script {
        let mut script = Script::default();
        script.limits.checks = Checks::all(CheckLevel::Off);
        for (name, value) in value.as_object().into_iter().flatten() {
            match name.as_str() {
                "workflow" => script.workflow = Some(text(value)),
                "start" => script.start = Timestamp(number(value)),
                "inputs" => script.inputs = value.as_object().cloned().expect("inputs by name"),
                "limits" => read_limits(&mut script.limits, value),
                "jsonpath" => script.jsonpath = if text(value) == "strict" { Mode::Strict } else { Mode::Draft },
                "checks" => script.limits.checks = Checks::all(level(&text(value))),
                "secrets" => script.secrets = items(value).iter().map(text).collect(),
                "hidden" => script.hidden = items(value).iter().map(text).collect(),
                "cancelAt" => script.cancel_at = Some(Timestamp(number(value))),
                "report" => script.report = value.as_bool().expect("yes or no"),
                "answers" => script.answers = items(value).iter().map(answer).collect(),
                other => panic!("a script knows no `{other}`"),
            }
        }
        script
    }
}

fn level(name: &str) -> CheckLevel {
    match name {
        "warn" => CheckLevel::Warn,
        "error" => CheckLevel::Error,
        other => panic!("there is no level `{other}`"),
    }
}

fn read_limits(limits: &mut Limits, value: &Value) {
    for (name, value) in value.as_object().expect("limits by name") {
        let time = || Duration::from_secs_f64(value.as_number().map_or(0.0, Number::as_f64));
        match name.as_str() {
            "maxSteps" => limits.max_steps = number(value),
            "maxVisits" => limits.max_visits = Some(number(value) as u32),
            "maxDepth" => limits.max_depth = number(value) as usize,
            "timeout" => limits.timeout = Some(time()),
            "stepTimeout" => limits.step_timeout = Some(time()),
            "maxRetryAfter" => limits.max_retry_after = time(),
            "pollInterval" => limits.poll_interval = time(),
            "defaultSuccess" => {
                limits.default_success = match text(value).as_str() {
                    "any" => DefaultSuccess::Any,
                    "2xx" => DefaultSuccess::TwoXx,
                    other => panic!("no such default success: {other}"),
                }
            }
            other => panic!("there is no limit `{other}`"),
        }
    }
}

fn answer(value: &Value) -> Answer {
    let after = value.get("after").map_or(5, number);
    let reply = match value {
        Value::String(word) if word == "fault" => refused(),
        Value::String(word) if word == "cancel" => Reply::Cancel,
        Value::Number(_) => response(number(value), Object::default(), None),
        Value::Object(members) => {
            let known = ["status", "headers", "body", "after", "cancel", "fault"];
            assert!(members.keys().all(|name| known.contains(&name.as_str())), "{value}");
            if members.contains_key("cancel") {
                Reply::Cancel
            } else if members.contains_key("fault") {
                refused()
            } else {
                let headers = value.get("headers").and_then(Value::as_object).cloned().unwrap_or_default();
                response(value.get("status").map_or(200, number), headers, value.get("body"))
            }
        }
        other => panic!("no answer: {other}"),
    };
    Answer { reply, after: Duration::from_millis(after) }
}

fn refused() -> Reply {
    Reply::Fault(Fault::new(FaultKind::ConnectRefused, Phase::Connect, "connection refused"))
}

/// A text is sent as it is, anything else as JSON; a header may have several values.
fn response(status: u64, headers: Object, body: Option<&Value>) -> Reply {
    let mut fields = Vec::new();
    for (name, value) in &headers {
        match value {
            Value::Array(values) => {
                fields.extend(values.iter().map(|value| (name.clone(), value.to_text().into_owned())))
            }
            value => fields.push((name.clone(), value.to_text().into_owned())),
        }
    }
    let body = match body {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(json) => {
            if !fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                fields.push(("Content-Type".into(), "application/json".into()));
            }
            json.to_json()
        }
    };
    Reply::Response(Response { status: u16::try_from(status).expect("a status"), headers: fields, body: body.into() })
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn number(value: &Value) -> u64 {
    value.as_number().and_then(Number::as_i64).and_then(|number| u64::try_from(number).ok()).expect("a whole number")
}

fn items(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}
