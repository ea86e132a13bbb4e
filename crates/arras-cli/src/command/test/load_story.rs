//! The story of a load: a table of its steps and one summary; while it goes on, a line of how far it is.

use std::time::Duration;

use crate::display::{count, escape, pad, pad_left, width};
use crate::look::{Look, Tone};
use crate::reporter::load::{Counts, Load};
use crate::reporter::{Detail, duration};

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
    let word = look.paint(tone, word);
    text.push_str(&format!("{word}  {}   {}   {}\n", load.users(), load.runs(), load.requests()));
    text
}

fn table(load: &Load, look: &Look) -> String {
    let names = load.steps.iter().map(|step| width(&escape(&step.step))).max().unwrap_or(0).clamp(4, 40);
    let times = load.run_ms.columns().map(|(name, _)| name);
    let head: String = ["requests", "errors"].into_iter().chain(times).map(|name| pad_left(name, 10)).collect();
    let mut text = format!("   {}{}\n", pad("step", names), look.paint(Tone::Dim, head));
    for step in &load.steps {
        let mark = if step.errors == 0 { look.paint(Tone::Good, "✓") } else { look.paint(Tone::Bad, "✗") };
        let times: String = step.duration_ms.columns().iter().map(|(_, time)| pad_left(time, 10)).collect();
        let counts = format!("{:>10}{:>10}", step.requests, step.errors);
        text.push_str(&format!(" {mark} {}{counts}{times}\n", pad(&escape(&step.step), names)));
        step.reasons().for_each(|reason| text.push_str(&format!("     {}\n", escape(&reason))));
    }
    text
}
