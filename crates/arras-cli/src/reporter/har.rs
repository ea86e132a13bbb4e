//! The exchanges as an HTTP Archive 1.2, redacted as events are; each entry is written as soon as its answer is there.

use std::collections::HashMap;
use std::io::{self, Write};

use arras_run::effect::EffectId;
use arras_run::event::{Event, EventKind, RequestSent, ResponseReceived};
use arras_run::fault::Fault;
use arras_run::time::Timestamp;
use serde_json::{Value, json};

use super::sink::Sink;
use super::tested::{Of, TestStatus};
use super::{Case, Judgement, Reporter};
use crate::diagnostics::Places;
use crate::diagnostics::junit::instant;
use crate::display::JsonText;

/// Writes an entry for each exchange, and a page for each run.
#[derive(Debug)]
pub struct Har<W> {
    sink: Sink<JsonText<W>>,
    case: Case,
    /// Whether the case has a page.
    paged: bool,
    pages: Vec<Value>,
    open: HashMap<EffectId, (Timestamp, RequestSent)>,
    entries: usize,
}

impl<W: Write> Har<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Har<W> {
        let mut har = Har {
            sink: Sink::new(JsonText(out)),
            case: Case::default(),
            paged: false,
            pages: Vec::new(),
            open: HashMap::new(),
            entries: 0,
        };
        let creator = json!({ "name": "arras", "version": env!("CARGO_PKG_VERSION") });
        har.sink.write(|out| write!(out, r#"{{"log":{{"version":"1.2","creator":{creator},"entries":["#));
        har
    }

    fn page(&mut self, workflow: &str, at: Timestamp) {
        self.paged = true;
        let name = if self.case.name.is_empty() { workflow } else { &self.case.name };
        self.pages.push(json!({
            "startedDateTime": instant(at),
            "id": format!("run-{}", self.pages.len() + 1),
            "title": name,
            "pageTimings": {},
        }));
    }

    fn entry(&mut self, effect: &EffectId, response: Value, took: f64, comment: Option<String>) {
        let Some((at, sent)) = self.open.remove(effect) else { return };
        let mut entry = json!({
            "pageref": format!("run-{}", self.pages.len()),
            "startedDateTime": instant(at),
            "time": took,
            "request": request(&sent),
            "response": response,
            "cache": {},
            "timings": { "send": 0, "wait": took, "receive": 0 },
            "_effect": effect.to_string(),
        });
        if let (Some(comment), Some(members)) = (comment, entry.as_object_mut()) {
            members.insert("comment".to_owned(), comment.into());
        }
        let comma = if self.entries == 0 { "\n" } else { ",\n" };
        self.entries += 1;
        self.sink.write(|out| write!(out, "{comma}{entry}"));
    }

    /// What was asked and never answered.
    fn unanswered(&mut self, effect: &EffectId, took: f64, fault: Option<&Fault>) {
        let why = fault.map_or_else(|| "no answer".to_owned(), ToString::to_string);
        let response = json!({
            "status": 0, "statusText": "", "httpVersion": "unknown", "cookies": [], "headers": [],
            "content": { "size": 0, "mimeType": "x-unknown" }, "redirectURL": "", "headersSize": -1, "bodySize": -1,
        });
        self.entry(effect, response, took, Some(why));
    }
}

impl<W: Write + Send> Reporter for Har<W> {
    fn begin(&mut self, case: &Case, _: &Places) {
        self.case = case.clone();
        self.paged = false;
    }

    fn event(&mut self, event: &Event) {
        match &event.kind {
            EventKind::RunStarted { workflow_id, .. } => self.page(workflow_id, event.at),
            EventKind::RequestSent(sent) => {
                self.open.insert(sent.effect.clone(), (event.at, sent.clone()));
            }
            EventKind::ResponseReceived(received) => {
                let answer = response(received);
                self.entry(&received.effect, answer, received.duration_ms, None);
            }
            EventKind::StepFinished(step) => self.unanswered(&step.effect, step.duration_ms, step.fault.as_ref()),
            _ => {}
        }
    }

    /// Which test a page is an attempt of, and what that came to.
    fn judge(&mut self, judgement: &Judgement) {
        let case = self.case.clone();
        let Some(Of { file, name, attempt }) = Of::case(&case) else { return };
        if !self.paged {
            // one that could not begin
            self.page(name, crate::context::now());
        }
        let verdict = TestStatus::of(judgement, attempt).as_str();
        let reasons = judgement.reasons().join("; ");
        let joint = if reasons.is_empty() { "" } else { ": " };
        if let Some(page) = self.pages.last_mut() {
            page["comment"] = format!("{file} › {name}, attempt {attempt}: {verdict}{joint}{reasons}").into();
        }
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        let pages = Value::Array(std::mem::take(&mut self.pages));
        self.sink.write(|out| writeln!(out, "\n],\"pages\":{pages}}}}}"));
        self.sink.finish()
    }
}

fn request(sent: &RequestSent) -> Value {
    let mut request = json!({
        "method": sent.method,
        "url": sent.url,
        "httpVersion": "unknown",
        "cookies": [],
        "headers": headers(&sent.headers),
        "queryString": query(&sent.url),
        "headersSize": -1,
        "bodySize": sent.body_length,
    });
    if let (Some(body), Some(members)) = (&sent.body, request.as_object_mut()) {
        let mut data = json!({ "mimeType": mime_type(&sent.headers), "text": body });
        cut(&mut data, body.len(), sent.body_length);
        members.insert("postData".to_owned(), data);
    }
    request
}

fn response(received: &ResponseReceived) -> Value {
    let mut content = json!({ "size": received.body_length, "mimeType": mime_type(&received.headers) });
    match (&received.body, content.as_object_mut()) {
        (Some(body), Some(members)) => {
            members.insert("text".to_owned(), body.as_str().into());
            cut(&mut content, body.len(), received.body_length);
        }
        (None, Some(members)) if received.body_length > 0 => {
            members.insert("comment".to_owned(), "bytes that are no text".into());
        }
        _ => {}
    }
    let location = received.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
    json!({
        "status": received.status,
        "statusText": "",
        "httpVersion": "unknown",
        "cookies": [],
        "headers": headers(&received.headers),
        "content": content,
        "redirectURL": location.map(|(_, value)| value.as_str()).unwrap_or_default(),
        "headersSize": -1,
        "bodySize": received.body_length,
    })
}

/// Says that a body is not whole.
fn cut(data: &mut Value, shown: usize, length: usize) {
    if let (true, Some(members)) = (shown < length, data.as_object_mut()) {
        members.insert("comment".to_owned(), format!("{shown} of {length} bytes").into());
    }
}

fn headers(headers: &[(String, String)]) -> Value {
    headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn mime_type(headers: &[(String, String)]) -> &str {
    let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    found.map_or("x-unknown", |(_, value)| value)
}

/// The pairs of the query as they stand, decoded where they are UTF-8.
fn query(url: &str) -> Value {
    let query = url.split('#').next().and_then(|url| url.split_once('?')).map_or("", |(_, query)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        json!({ "name": decoded(name), "value": decoded(value) })
    };
    pairs.map(pair).collect()
}

/// The text that percent-encoding and `+` stand for; the text itself where that is none.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                bytes.push(hex(*high).unwrap_or_default() << 4 | hex(*low).unwrap_or_default());
                rest = after;
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded() {
        let pairs = query("https://a.example/?a=b%20c&d=e+f&g&h=%zz&i=%ff#x?y=z");
        let expected = json!([
            { "name": "a", "value": "b c" }, { "name": "d", "value": "e f" }, { "name": "g", "value": "" },
            { "name": "h", "value": "%zz" }, { "name": "i", "value": "%ff" },
        ]);
        assert_eq!(pairs, expected);
    }
}
