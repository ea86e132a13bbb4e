//! Runs and tests as JUnit XML: a suite a file, a case a workflow or test.
//!
//! The form is that of Ant's schema, which knows neither flaky cases nor reruns: those are marked by properties of the
//! suite, `flaky` and `reruns`, and what earlier attempts came to stands in the suite's output.

use std::io::{self, Write};

use arras_run::event::Event;
use indexmap::IndexMap;

use super::outcome::{Failure, Outcome, Outcomes, Verdict};
use super::sink::Sink;
use super::{Case, Judgement, Reporter};
use crate::diagnostics::Places;
use crate::diagnostics::junit::{time, xml};
use crate::display::{escape, escape_lines};

/// Folds runs into suites, written at the end: their counts come first.
#[derive(Debug)]
pub struct Junit<W> {
    outcomes: Outcomes,
    sink: Sink<W>,
}

impl<W: Write> Junit<W> {
    /// Writes to `out`, findings with their `places`.
    pub fn new(places: Places, out: W) -> Junit<W> {
        Junit { outcomes: Outcomes::new(places), sink: Sink::new(out) }
    }
}

impl<W: Write + Send> Reporter for Junit<W> {
    fn begin(&mut self, case: &Case, places: &Places) {
        self.outcomes.begin(case, places);
    }

    fn event(&mut self, event: &Event) {
        self.outcomes.event(event);
    }

    fn judge(&mut self, judgement: &Judgement) {
        self.outcomes.judge(judgement);
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        let mut suites: IndexMap<String, Vec<Outcome>> = IndexMap::new();
        for outcome in self.outcomes.finish() {
            let file = if outcome.case.file.is_empty() { "arras".to_owned() } else { outcome.case.file.clone() };
            suites.entry(file).or_default().push(outcome);
        }
        self.sink.write(|out| write(&suites, out));
        self.sink.finish()
    }
}

fn write(suites: &IndexMap<String, Vec<Outcome>>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, "<testsuites>")?;
    suites.iter().enumerate().try_for_each(|(id, (file, cases))| suite(id, file, cases, out))?;
    writeln!(out, "</testsuites>")
}

fn suite(id: usize, file: &str, cases: &[Outcome], out: &mut dyn Write) -> io::Result<()> {
    let count = |verdict| cases.iter().filter(|case| case.verdict == verdict).count();
    let name = attribute(file);
    let began = cases.first().map(|case| case.began).unwrap_or_default();
    let took: f64 = cases.iter().map(|case| case.took.as_secs_f64()).sum();
    write!(out, r#"  <testsuite id="{id}" package="arras" name="{name}" timestamp="{}" "#, time(began))?;
    write!(out, r#"hostname="localhost" tests="{}" failures="{}" "#, cases.len(), count(Verdict::Failed))?;
    writeln!(out, r#"errors="{}" time="{took:.3}">"#, count(Verdict::Cancelled))?;
    properties(cases, out)?;
    cases.iter().try_for_each(|case| testcase(&name, case, out))?;
    writeln!(out, "    <system-out>{}</system-out>", text(&told(cases)))?;
    writeln!(out, "    <system-err/>")?;
    writeln!(out, "  </testsuite>")
}

fn properties(cases: &[Outcome], out: &mut dyn Write) -> io::Result<()> {
    let rerun: Vec<_> = cases.iter().filter(|case| case.attempts() > 1).collect();
    if rerun.is_empty() {
        return writeln!(out, "    <properties/>");
    }
    writeln!(out, "    <properties>")?;
    for case in rerun {
        let name = attribute(&case.case.name);
        if case.is_flaky() {
            writeln!(out, r#"      <property name="flaky" value="{name}"/>"#)?;
        }
        writeln!(out, r#"      <property name="reruns" value="{name}: {}"/>"#, case.earlier.len())?;
    }
    writeln!(out, "    </properties>")
}

fn testcase(suite: &str, case: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let (name, took) = (attribute(&case.case.name), case.took.as_secs_f64());
    write!(out, r#"    <testcase classname="{suite}" name="{name}" time="{took:.3}""#)?;
    if case.verdict == Verdict::Passed {
        return writeln!(out, "/>");
    }
    writeln!(out, ">")?;
    let first = case.failures.first();
    let kind = attribute(first.map_or("failed", |failure| failure.kind.as_str()));
    match case.verdict {
        Verdict::Cancelled => writeln!(out, r#"      <error type="cancelled" message="the run was stopped"/>"#)?,
        _ => {
            let message = attribute(first.map_or("it failed", |failure| failure.message.as_str()));
            let all = text(&lines(&case.failures));
            writeln!(out, r#"      <failure type="{kind}" message="{message}">{all}</failure>"#)?;
        }
    }
    writeln!(out, "    </testcase>")
}

/// Warnings, and what attempts before the last came to.
fn told(cases: &[Outcome]) -> String {
    let mut told = String::new();
    for case in cases {
        for (index, failures) in case.earlier.iter().enumerate() {
            let all = lines(failures);
            told.push_str(&format!("{}: attempt {} failed\n{all}\n", case.case.name, index + 1));
        }
        case.warnings.iter().for_each(|warning| told.push_str(&format!("{warning}\n")));
    }
    told
}

fn lines(failures: &[Failure]) -> String {
    failures.iter().map(|failure| failure.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// A one-line text as an attribute's value: nothing in it deceives, nothing in it ends the value.
fn attribute(text: &str) -> String {
    xml(&escape(text))
}

/// Lines of text as an element's content.
fn text(text: &str) -> String {
    xml(&escape_lines(text))
}
