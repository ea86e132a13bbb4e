//! Runs and tests as JUnit XML: a suite a file, a case a workflow or test.
//!
//! The form is that of Ant's schema, which knows neither flaky cases nor reruns: those are marked by properties of the
//! suite, `flaky` and `reruns`, and what earlier attempts came to stands in the suite's output.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use indexmap::IndexMap;

use super::load::{Load, LoadStep};
use super::outcome::{Failure, Outcome, Verdict};
use crate::diagnostics::junit::{time, xml};
use crate::display::{escape, escape_lines};

/// Writes suites, or a load as one.
pub(super) fn write(outcomes: &[Outcome], load: Option<&Load>, out: &mut dyn Write) -> io::Result<()> {
    if let Some(load) = load {
        return suites(out, |out| load_suite(load, outcomes, out));
    }
    let mut files: IndexMap<&str, Vec<&Outcome>> = IndexMap::new();
    for outcome in outcomes {
        let file = Some(outcome.case.file.as_str()).filter(|file| !file.is_empty()).unwrap_or("arras");
        files.entry(file).or_default().push(outcome);
    }
    suites(out, |out| files.iter().enumerate().try_for_each(|(id, (file, cases))| suite(id, file, cases, out)))
}

fn suites(out: &mut dyn Write, each: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, "<testsuites>")?;
    each(out)?;
    writeln!(out, "</testsuites>")
}

/// A load as one suite: its runs are one case, and each step is one, whose time is what half of its attempts did not exceed.
/// Of one that was stopped nobody knows what it would have come to.
fn load_suite(load: &Load, samples: &[Outcome], out: &mut dyn Write) -> io::Result<()> {
    let failure = |message: &str, all: &str| {
        let (message, all) = (attribute(message), text(all));
        format!(r#"<failure type="load" message="{message}">{all}</failure>"#)
    };
    let runs = match (load.stopped, load.has_succeeded()) {
        (true, _) => Some(format!(r#"<error type="cancelled" message="stopped: {}"/>"#, attribute(&load.runs()))),
        (false, true) => None,
        (false, false) => Some(failure(&load.runs(), "")),
    };
    let failures = usize::from(!load.stopped && runs.is_some());
    let failures = failures + load.steps.iter().filter(|step| step.errors > 0).count();
    let step = |step: &LoadStep| {
        let reasons: Vec<_> = step.reasons().collect();
        let message = format!("{} of {} failed", step.errors, step.requests);
        let failed = (step.errors > 0).then(|| failure(&message, &reasons.join("\n")));
        (step.step.clone(), step.duration_ms.p50, failed)
    };
    let first = ("all runs".to_owned(), load.run_ms.p50, runs);
    let (errors, took) = (usize::from(load.stopped), load.took().as_secs_f64());
    write!(
        out,
        r#"  <testsuite id="0" package="arras" name="load" timestamp="{}" hostname="localhost" "#,
        time(load.began)
    )?;
    let tests = load.steps.len() + 1;
    writeln!(out, r#"tests="{tests}" failures="{failures}" errors="{errors}" time="{took:.3}">"#)?;
    writeln!(out, "    <properties/>")?;
    for (name, millis, failed) in std::iter::once(first).chain(load.steps.iter().map(step)) {
        let name = attribute(&name);
        write!(out, r#"    <testcase classname="load" name="{name}" time="{:.3}""#, millis / 1000.0)?;
        match failed {
            None => writeln!(out, "/>")?,
            Some(failed) => writeln!(out, ">\n      {failed}\n    </testcase>")?,
        }
    }
    let mut told = format!("{}: {}, {}\n", load.users(), load.runs(), load.requests());
    for sample in samples.iter().filter(|sample| !sample.failures.is_empty()) {
        told.push_str(&format!("{}: a run failed\n{}\n", sample.case.name, lines(&sample.failures)));
    }
    writeln!(out, "    <system-out>{}</system-out>", text(&told))?;
    writeln!(out, "    <system-err/>")?;
    writeln!(out, "  </testsuite>")
}

fn suite(id: usize, file: &str, cases: &[&Outcome], out: &mut dyn Write) -> io::Result<()> {
    let count = |verdict| cases.iter().filter(|case| case.verdict == verdict).count();
    let name = attribute(file);
    let began = cases.first().map(|case| case.began).unwrap_or_default();
    let took: f64 = cases.iter().map(|case| case.took.as_secs_f64()).sum();
    write!(out, r#"  <testsuite id="{id}" package="arras" name="{name}" timestamp="{}" "#, time(began))?;
    write!(out, r#"hostname="localhost" tests="{}" failures="{}" "#, cases.len(), count(Verdict::Failed))?;
    let skipped = Some(count(Verdict::NotRun)).filter(|number| *number > 0);
    let skipped = skipped.map(|number| format!(r#"skipped="{number}" "#)).unwrap_or_default();
    writeln!(out, r#"errors="{}" {skipped}time="{took:.3}">"#, count(Verdict::Cancelled))?;
    properties(cases, out)?;
    for (case, own) in cases.iter().zip(unique(cases.iter().map(|case| case.case.name.as_str()))) {
        testcase(&name, &own, case, out)?;
    }
    writeln!(out, "    <system-out>{}</system-out>", text(&told(cases)))?;
    writeln!(out, "    <system-err/>")?;
    writeln!(out, "  </testsuite>")
}

fn properties(cases: &[&Outcome], out: &mut dyn Write) -> io::Result<()> {
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

/// Names that no two cases of a suite have: the second of one name, a workflow that was run again, has a number.
fn unique<'c>(names: impl Iterator<Item = &'c str> + Clone) -> Vec<String> {
    let mut taken: HashSet<String> = names.clone().map(str::to_owned).collect();
    let mut times: HashMap<&str, usize> = HashMap::new();
    let number = |name: &'c str| {
        let times = times.entry(name).or_default();
        *times += 1;
        if *times == 1 {
            return name.to_owned();
        }
        loop {
            let numbered = format!("{name} ({times})");
            if taken.insert(numbered.clone()) {
                return numbered;
            }
            *times += 1;
        }
    };
    names.map(number).collect()
}

fn testcase(suite: &str, name: &str, case: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let (name, took) = (attribute(name), case.took.as_secs_f64());
    write!(out, r#"    <testcase classname="{suite}" name="{name}" time="{took:.3}""#)?;
    if case.verdict == Verdict::Passed {
        return writeln!(out, "/>");
    }
    writeln!(out, ">")?;
    let first = case.failures.first();
    let kind = attribute(first.map_or("failed", |failure| failure.kind.as_str()));
    match case.verdict {
        Verdict::NotRun => writeln!(out, r#"      <skipped message="it was not run"/>"#)?,
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
fn told(cases: &[&Outcome]) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_cases_have_one_name() {
        let table: [(&[&str], &[&str]); 4] = [
            (&["w", "v", "w", "w"], &["w", "v", "w (2)", "w (3)"]),
            (&["w", "w", "w (2)"], &["w", "w (3)", "w (2)"]),
            (&["w (2)", "w", "w", "w (2)"], &["w (2)", "w", "w (3)", "w (2) (2)"]),
            (&["w", "w", "w (2)", "w (2)", "w"], &["w", "w (3)", "w (2)", "w (2) (2)", "w (4)"]),
        ];
        for (names, expected) in table {
            assert_eq!(unique(names.iter().copied()), expected, "{names:?}");
        }
    }
}
