//! The story of a load: a table of its steps and one summary; while it goes on, a line of how far it is.

use std::borrow::Cow;
use std::time::Duration;

use crate::display::{count, escape, hanging, pad, pad_left, width};
use crate::look::{Lines, Look, Tone};
use crate::reporter::load::{Counts, Load, LoadStep};
use crate::reporter::{Detail, duration};

/// How many columns of figures a table has, of ten places each.
const COLUMNS: usize = 6;

/// How far it is.
pub(super) fn going(counts: Counts, took: Duration) -> String {
    let failed = if counts.failed > 0 { format!(" · {} failed", counts.failed) } else { String::new() };
    let rate = counts.requests as f64 / took.as_secs_f64().max(0.001);
    let runs = count(usize::try_from(counts.runs).unwrap_or(usize::MAX), "run");
    format!(" {}   {runs} · {rate:.0} requests/s{failed}", duration(took))
}

/// What it came to.
pub(super) fn whole(load: &Load, detail: Detail, look: &Look) -> String {
    let mut text = String::new();
    if detail > Detail::Summary && !load.steps.is_empty() {
        text.push_str(&table(load, look));
    }
    let (word, tone) = match (load.stopped, load.has_succeeded()) {
        (true, _) => ("Interrupted", Tone::Caution),
        (false, true) => ("Succeeded", Tone::Good),
        (false, false) => ("Failed", Tone::Bad),
    };
    let facts = format!("{}   {}   {}", load.users(), load.runs(), load.requests());
    let word = look.paint(tone, word);
    text.push_str(&match look.lines == Lines::Free || width(&facts) + width(&word) + 2 <= look.width {
        true => format!("{word}  {facts}\n"),
        false => format!("{}\n", hanging(&format!("{word}  "), &facts, "   ", look.width)),
    });
    text
}

/// The summary of a load that could not go on, for so many reasons, which are told.
pub(super) fn broken(load: &Load, errors: usize, look: &Look) -> String {
    let runs = if load.runs == 0 { "no run began".to_owned() } else { load.runs() };
    format!("{}  {runs}   {}\n", look.paint(Tone::Bad, "Failed"), count(errors, "error"))
}

fn table(load: &Load, look: &Look) -> String {
    let names = load.steps.iter().map(|step| width(&escape(&step.step))).max().unwrap_or(0).clamp(4, 40);
    if look.lines == Lines::Fit && names + 3 + COLUMNS * 10 > look.width {
        return load.steps.iter().map(|step| narrow(step, look)).collect();
    }
    let times = load.run_ms.columns().map(|(name, _)| name);
    let head: String = ["requests", "errors"].into_iter().chain(times).map(|name| pad_left(name, 10)).collect();
    let mut text = format!("   {}{}\n", pad("step", names), look.paint(Tone::Dim, head));
    for step in &load.steps {
        let mark = mark(step, look);
        let times: String = step.duration_ms.columns().iter().map(|(_, time)| pad_left(time, 10)).collect();
        let counts = format!("{:>10}{:>10}", step.requests, step.errors);
        text.push_str(&format!(" {mark} {}{counts}{times}\n", pad(&escape(&step.step), names)));
        step.reasons().for_each(|reason| text.push_str(&format!("     {}\n", escape(&reason))));
    }
    text
}

/// A step where a table has no room.
fn narrow(step: &LoadStep, look: &Look) -> String {
    let counts = format!("{} requests, {} errors", step.requests, step.errors);
    let times = step.duration_ms.columns().map(|(name, time)| format!("{name} {time}"));
    let facts = hanging("   ", &format!("{counts} · {}", times.join(" · ")), "   ", look.width);
    let mut text = format!(" {} {}\n{facts}\n", mark(step, look), escape(&step.step));
    step.reasons().for_each(|reason| text.push_str(&format!("     {}\n", escape(&reason))));
    text
}

fn mark(step: &LoadStep, look: &Look) -> Cow<'static, str> {
    if step.errors == 0 { look.paint(Tone::Good, "✓") } else { look.paint(Tone::Bad, "✗") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::reporter::load::Times;

    #[test]
    fn a_load_fits_the_terminal() {
        let times = Times { p50: 1.5, p90: 20.0, p99: 300.0, max: 4000.0 };
        let reasons = BTreeMap::from([("status 503".to_owned(), 7)]);
        let step = LoadStep { step: "createSession".to_owned(), requests: 40, errors: 7, reasons, duration_ms: times };
        let counts = Counts { runs: 40, failed: 7, requests: 40 };
        let load = Load::new(4, Duration::from_secs(2), counts, times, vec![step]);
        for columns in [40, 60, 80, 120] {
            let text = whole(&load, Detail::Steps, &Look::plain(columns));
            assert!(text.lines().all(|line| width(line) <= columns), "{columns}: {text}");
            for part in
                ["createSession", "40 req", "7 × status 503", "4.0 s", "300 ms", "20.0 runs/s", "20.0 requests/s"]
            {
                let shown = text.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(
                    shown.contains(part) || part == "40 req" && shown.contains("40 7"),
                    "{columns}: {part}: {text}"
                );
            }
        }
    }
}
