//! The first and the last line of a run's story.

use arras_run::effect::Status;
use arras_run::time::Timestamp;

use super::facts::{RunFacts, Totals};
use super::phrase;
use super::tale::{Detail, Telling};
use crate::display::{count, cut, escape, hanging, width};
use crate::look::{Lines, Look, Tone};

/// With fewer columns than this the place where a run ended says nothing.
const LEAST: usize = 8;

/// The first line of a run: what runs, against what.
pub(super) fn header(run: &RunFacts, steps: Option<String>, telling: &Telling) -> String {
    let look = &telling.look;
    let notes = telling.notes.iter().map(|note| escape(note).into_owned());
    let facts: Vec<_> = steps.into_iter().chain(notes).collect();
    let name = look.paint(Tone::Strong, escape(&run.workflow)).into_owned();
    let head = format!("{}  {name}", look.paint(Tone::Accent, "Running"));
    let room = look.width.saturating_sub(width("Running  ") + width(&run.workflow) + 3);
    let facts = facts.join(" · ");
    match look.lines {
        Lines::Free => format!("{head}   {facts}"),
        Lines::Fit if width(&facts) <= room => format!("{head}   {facts}"),
        Lines::Fit => wrap_facts(&head, &facts, look.width),
    }
}

/// The last line of a run: how it ended, where, how much it did, how long it took.
pub(super) fn run(run: &RunFacts, status: Status, at: Timestamp, telling: &Telling) -> String {
    let look = &telling.look;
    let (word, tone, preposition) = match status {
        Status::Succeeded => ("Succeeded", Tone::Good, ""),
        Status::Failed => ("Failed", Tone::Bad, "at "),
        Status::Cancelled => ("Interrupted", Tone::Caution, "during "),
    };
    let mut parts = vec![format!("{}  {}", look.paint(tone, word), look.paint(Tone::Strong, escape(&run.workflow)))];
    if let (Some((step, why)), true) = (&run.end, status != Status::Succeeded) {
        let step = if step.is_empty() { String::new() } else { format!("{preposition}{}", escape(step)) };
        let why = if telling.detail == Detail::Summary { why.as_str() } else { "" };
        let joint = if step.is_empty() || why.is_empty() { "" } else { ": " };
        parts.push(format!("{step}{joint}{why}"));
    }
    let counts = format!("{}, {}", count(run.steps.len(), "step"), count(run.requests(), "request"));
    let took = phrase::duration(at.since(run.began));
    parts.retain(|part| !part.is_empty());
    let named = width(word) + 2 + width(&escape(&run.workflow));
    // what there is no room for is left out, the least telling first
    let mut room = match look.lines {
        Lines::Free => usize::MAX,
        Lines::Fit => look.width.saturating_sub(named),
    };
    if let Some(place) = parts.get_mut(1) {
        let columns = room.saturating_sub(3);
        *place = if columns < LEAST { String::new() } else { cut(place, columns).into_owned() };
        room = room.saturating_sub(if place.is_empty() { 0 } else { width(place) + 3 });
    }
    parts.retain(|part| !part.is_empty());
    let (counts, took) = (format!("   {counts}"), format!("   {took}"));
    let mut line = parts.join("   ");
    if width(&took) <= room {
        if width(&counts) <= room - width(&took) {
            line.push_str(&counts);
        }
        line.push_str(&took);
    }
    line
}

/// The last line of several runs.
pub(super) fn total(totals: &Totals, look: &Look) -> String {
    let Totals { runs, succeeded, cancelled, steps, requests, began, ended } = *totals;
    let (word, tone) = match (succeeded == runs, cancelled) {
        (true, _) => ("Succeeded", Tone::Good),
        (false, 0) => ("Failed", Tone::Bad),
        (false, _) => ("Interrupted", Tone::Caution),
    };
    let all = count(runs, "workflow");
    let which = match (succeeded == runs, cancelled) {
        (true, _) => all,
        (false, 0) => format!("{} of {all}", runs - succeeded),
        (false, _) => format!("{succeeded} of {all} succeeded"),
    };
    let took = phrase::duration(ended.since(began.unwrap_or(ended)));
    let (steps, requests) = (count(steps, "step"), count(requests, "request"));
    format!("{}  {which}   {steps}, {requests}   {took}", look.paint(tone, word))
}

/// A header whose facts do not fit behind the name: they follow below, broken between words.
fn wrap_facts(head: &str, facts: &str, columns: usize) -> String {
    format!("{head}\n{}", wrapped(facts, columns))
}

/// Text below a mark, broken between words.
pub(super) fn wrapped(text: &str, columns: usize) -> String {
    hanging("   ", text, "   ", columns)
}
