//! A run or tests as one HTML page: it loads nothing, runs nothing, and everything in it is escaped.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use arras_doc::value::Object;
use arras_run::effect::{EffectId, Status};
use arras_run::event::{Event, EventKind, RequestSent, ResponseReceived, StepFinished};
use arras_run::result::CriterionResult;
use arras_run::time::Timestamp;

use super::load::{Load, LoadStep};
use super::outcome::Verdict;
use super::sink::Sink;
use super::tested::TestStatus;
use super::verdicts::{Verdicts, Whole};
use super::{Case, Judgement, Reporter, phrase};
use crate::diagnostics::junit::instant;
use crate::diagnostics::{Places, concise};
use crate::display::{count, escape, escape_lines};

const STYLE: &str = include_str!("html/page.css");
/// How much of a body is shown.
const BODY: usize = 8 << 10;

/// Writes a section for each run as it goes; the summary stands last in the file and first on the page.
#[derive(Debug)]
pub struct Html<W> {
    sink: Sink<W>,
    places: Places,
    case: Case,
    exchanges: HashMap<EffectId, Vec<String>>,
    began: Timestamp,
    /// Whether the case came to a run.
    ran: bool,
    /// Whether a run's table is open.
    open: bool,
    /// Whether the run has begun with a workflow: what is found before is found in documents.
    headed: bool,
    /// What was found in documents, which several runs may have.
    told: HashSet<String>,
    totals: Totals,
    load: Option<Load>,
}

#[derive(Debug, Default)]
struct Totals {
    verdicts: Verdicts,
    /// How the last case stands, until it is counted.
    last: Option<Verdict>,
    retried: usize,
    steps: usize,
}

impl<W: Write> Html<W> {
    /// Writes to `out`, findings with their `places`.
    pub fn new(places: Places, out: W) -> Html<W> {
        let mut sink = Sink::new(out);
        sink.write(|out| {
            write!(
                out,
                "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
                 <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
                 base-uri 'none'; form-action 'none'\">\
                 <meta name=\"referrer\" content=\"no-referrer\">\
                 <meta name=\"viewport\" content=\"width=device-width\"><title>Arras report</title>\
                 <style>\n{STYLE}</style></head><body>\n"
            )
        });
        Html {
            sink,
            places,
            case: Case::default(),
            exchanges: HashMap::new(),
            began: Timestamp::default(),
            ran: false,
            open: false,
            headed: false,
            told: HashSet::new(),
            totals: Totals::default(),
            load: None,
        }
    }

    fn put(&mut self, text: &str) {
        self.sink.write(|out| out.write_all(text.as_bytes()));
    }

    /// Counts the last case as it stands.
    fn settle(&mut self) {
        if let Some(verdict) = self.totals.last.take() {
            self.totals.verdicts.add(verdict, verdict == Verdict::Passed && self.case.attempt > 1);
        }
    }

    fn run_started(&mut self, workflow: &str, at: Timestamp) {
        if self.ran {
            // another one of the same case
            self.settle();
        }
        self.totals.last = Some(Verdict::Cancelled);
        self.began = at;
        self.headed = false;
        self.exchanges.clear();
        let name = if self.case.name.is_empty() { workflow } else { &self.case.name };
        let again = if self.case.attempt > 1 { format!(" · attempt {}", self.case.attempt) } else { String::new() };
        let head = format!(
            "<section><h2>{} <span class=\"dim\">{}{again}</span></h2>\n<table><tr><th>step<th>operation<th>status<th>ms\
             <th>what became of it</tr>\n",
            html(name),
            html(&self.case.file)
        );
        (self.open, self.ran) = (true, true);
        self.put(&head);
    }

    fn step(&mut self, step: &StepFinished) {
        self.totals.steps += 1;
        let status = status_name(&step.status);
        let operation = match (&step.operation, &step.calls) {
            (Some(operation), _) => format!("{} {}", html(&operation.method), html(&operation.label)),
            (None, Some(workflow)) => format!("workflow {}", html(workflow)),
            (None, None) => String::new(),
        };
        let number = match (step.visit, step.attempt) {
            (1, 1) => String::new(),
            (visit, 1) => format!(" <span class=\"dim\">visit {visit}</span>"),
            (visit, attempt) => format!(" <span class=\"dim\">visit {visit}, attempt {attempt}</span>"),
        };
        let code = step.status_code.map(|code| code.to_string()).unwrap_or_default();
        let action = step.action.as_ref().map(|action| format!(" {}", html(&phrase::action(action))));
        let row = format!(
            "<tr><td>{}{number}<td>{operation}<td class=\"n\">{code}<td class=\"n\">{:.1}<td><span class=\"{status}\">{status}\
             </span>{}{}</tr>\n",
            html(&step.step_id),
            step.duration_ms,
            action.unwrap_or_default(),
            self.details(step)
        );
        self.put(&row);
    }

    /// What the step's criteria saw, its outputs, its exchange, and what was found.
    fn details(&mut self, step: &StepFinished) -> String {
        let mut parts = String::new();
        let lines: Vec<_> = step.criteria.iter().map(criterion).collect();
        parts.push_str(&block("criteria", &lines.join("\n")));
        parts.push_str(&block("outputs", &outputs(&step.outputs)));
        if let Some(fault) = &step.fault {
            parts.push_str(&block("fault", &fault.to_string()));
        }
        let found: Vec<_> = step.diagnostics.iter().map(|found| finding(found, &self.places)).collect();
        parts.push_str(&block("findings", &found.join("\n")));
        if let Some(texts) = self.exchanges.remove(&step.effect) {
            parts.push_str(&block("exchange", &texts.join("\n\n")));
        }
        if parts.is_empty() {
            return String::new();
        }
        let open = if status_name(&step.status) == "failed" { " open" } else { "" };
        format!("<details{open}><summary>details</summary>{parts}</details>")
    }

    fn run_finished(&mut self, status: Status, at: Timestamp) {
        let (name, verdict) = match status {
            Status::Succeeded => ("succeeded", Verdict::Passed),
            Status::Failed => ("failed", Verdict::Failed),
            Status::Cancelled => ("cancelled", Verdict::Cancelled),
        };
        self.totals.last = Some(verdict);
        let took = phrase::duration(at.since(self.began));
        let end = format!(
            "</table><p class=\"{name}\">{name} in {took} <span class=\"dim\">{}</span></p></section>\n",
            instant(self.began)
        );
        self.open = false;
        self.put(&end);
    }
}

impl<W: Write + Send> Reporter for Html<W> {
    fn begin(&mut self, case: &Case, places: &Places) {
        self.settle();
        self.totals.last = Some(Verdict::Cancelled);
        self.case = case.clone();
        self.places = places.clone();
        self.ran = false;
    }

    fn event(&mut self, event: &Event) {
        match &event.kind {
            EventKind::WorkflowStarted { .. } => self.headed = true,
            EventKind::RunStarted { workflow_id, .. } => self.run_started(workflow_id, event.at),
            EventKind::RequestSent(sent) => {
                self.exchanges.entry(sent.effect.clone()).or_default().push(request(sent));
            }
            EventKind::ResponseReceived(received) => {
                self.exchanges.entry(received.effect.clone()).or_default().push(response(received));
            }
            EventKind::StepFinished(step) => self.step(step),
            EventKind::Diagnosed { diagnostic } => {
                let found = finding(diagnostic, &self.places);
                if self.headed || self.told.insert(found.clone()) {
                    let row = format!("<tr><td colspan=\"5\"><pre>{}</pre></tr>\n", html_lines(&found));
                    self.put(&row);
                }
            }
            EventKind::RunFinished { status } => self.run_finished(*status, event.at),
            _ => {}
        }
    }

    fn judge(&mut self, judgement: &Judgement) {
        if !self.ran {
            let (name, now) = (self.case.name.clone(), crate::context::now());
            self.run_started(&name, now);
            self.run_finished(Status::Failed, now);
        }
        let verdict = TestStatus::of(judgement, self.case.attempt);
        let (class, last) = match judgement {
            Judgement::Passed => ("succeeded", Some(Verdict::Passed)),
            Judgement::Failed(_) => ("failed", Some(Verdict::Failed)),
            Judgement::Retried(_) => ("failed", None),
            Judgement::Stopped => ("cancelled", Some(Verdict::Cancelled)),
        };
        self.totals.retried += usize::from(last.is_none());
        self.totals.last = last;
        let text = block("not as expected", &judgement.reasons().join("\n"));
        self.put(&format!("<p class=\"{class}\">test {}</p>\n{text}", verdict.as_str()));
    }

    fn skip(&mut self, case: &Case) {
        self.settle();
        self.totals.verdicts.add(Verdict::NotRun, false);
        let (name, file) = (html(&case.name), html(&case.file));
        let head = format!("<section><h2>{name} <span class=\"dim\">{file}</span></h2>\n");
        self.put(&format!("{head}<p class=\"cancelled\">not run</p></section>\n"));
    }

    fn load(&mut self, load: &Load) {
        self.put(&load_table(load));
        self.load = Some(load.clone());
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if self.open {
            self.put("</table><p class=\"cancelled\">broken off</p></section>\n");
        }
        self.settle();
        let Totals { verdicts, retried, steps, .. } = self.totals;
        let class = match verdicts.whole() {
            Whole::Passed => "succeeded",
            Whole::Failed => "failed",
            Whole::Unknown => "cancelled",
        };
        let verdict = format!("<span class=\"{class}\">{}</span>", verdicts.text());
        let again = if retried > 0 { format!(", {} again", count(retried, "run")) } else { String::new() };
        let (verdict, counted) = match &self.load {
            Some(load) => (load_verdict(load), load.users()),
            None => (verdict, format!("{}{again}", count(steps, "attempt"))),
        };
        let end = format!(
            "<footer><h1>{verdict}</h1><p class=\"dim\">{counted} · arras {}</p></footer>\n</body></html>\n",
            env!("CARGO_PKG_VERSION")
        );
        self.put(&end);
        self.sink.finish()
    }
}

fn load_verdict(load: &Load) -> String {
    let (class, stopped) = match (load.stopped, load.has_succeeded()) {
        (true, _) => ("cancelled", "stopped: "),
        (false, true) => ("succeeded", ""),
        (false, false) => ("failed", ""),
    };
    format!("<span class=\"{class}\">{stopped}{}</span>", load.runs())
}

/// The figures of a load; the sections before it are samples.
fn load_table(load: &Load) -> String {
    let names = load.run_ms.columns().map(|(name, _)| format!("<th>{name}"));
    let row = |step: &LoadStep| {
        let times = step.duration_ms.columns().map(|(_, time)| format!("<td class=\"n\">{time}"));
        let reasons: Vec<_> = step.reasons().collect();
        format!(
            "<tr><td>{}{}<td class=\"n\">{}<td class=\"n\">{}{}</tr>\n",
            html(&step.step),
            block("failures", &reasons.join("\n")),
            step.requests,
            step.errors,
            times.concat()
        )
    };
    let rows: String = load.steps.iter().map(row).collect();
    format!(
        "<section class=\"load\"><h2>{} <span class=\"dim\">{}</span></h2>\n<table><tr><th>step<th>requests<th>errors{}</tr>\n\
         {rows}</table></section>\n",
        load.users(),
        load.requests(),
        names.concat()
    )
}

fn status_name(status: &arras_run::event::StepStatus) -> &'static str {
    use arras_run::event::StepStatus::{Cancelled, Failed, Recovered, Retried, Succeeded};
    match status {
        Succeeded => "succeeded",
        Failed => "failed",
        Recovered => "recovered",
        Retried => "retried",
        Cancelled => "cancelled",
    }
}

fn criterion(criterion: &CriterionResult) -> String {
    let mark = if criterion.satisfied { "✓" } else { "✗" };
    let seen: Vec<_> = criterion.evidence.iter().map(phrase::evidence).collect();
    let seen = criterion.error.clone().unwrap_or_else(|| seen.join(", "));
    format!("{mark} {}   {seen}", criterion.condition)
}

fn outputs(outputs: &Object) -> String {
    let lines: Vec<_> = outputs.iter().map(|(name, value)| format!("{name} = {}", cut(&value.to_json()))).collect();
    lines.join("\n")
}

fn finding(found: &arras_doc::diagnostic::Diagnostic, places: &Places) -> String {
    let labels = found.labels.iter().filter(|label| !label.text.is_empty());
    let labels: String = labels.map(|label| format!("\n  {}", label.text)).collect();
    let help = found.help.as_ref().map(|help| format!("\n  help: {help}")).unwrap_or_default();
    format!("{}{labels}{help}", concise::line(found, places))
}

fn request(sent: &RequestSent) -> String {
    message(&format!("{} {}", sent.method, sent.url), &sent.headers, sent.body.as_deref(), sent.body_length)
}

fn response(received: &ResponseReceived) -> String {
    let first = format!("{} in {:.1} ms", received.status, received.duration_ms);
    message(&first, &received.headers, received.body.as_deref(), received.body_length)
}

fn message(first: &str, headers: &[(String, String)], body: Option<&str>, length: usize) -> String {
    let headers: String = headers.iter().map(|(name, value)| format!("\n{name}: {value}")).collect();
    let body = match body {
        None if length == 0 => String::new(),
        None => format!("\n\n({length} bytes that are no text)"),
        Some(body) => {
            let shown = cut(body);
            let more =
                if shown.len() < length { format!("\n({} of {length} bytes)", shown.len()) } else { String::new() };
            format!("\n\n{shown}{more}")
        }
    };
    format!("{first}{headers}{body}")
}

/// The text's beginning.
fn cut(text: &str) -> &str {
    let end = (0..=BODY.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

fn block(title: &str, text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("<div class=\"dim\">{title}</div><pre>{}</pre>", html_lines(text))
    }
}

/// A text on one line as content of an element.
fn html(text: &str) -> String {
    entities(&escape(text))
}

/// Lines of text as content of an element.
fn html_lines(text: &str) -> String {
    entities(&escape_lines(text))
}

fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
