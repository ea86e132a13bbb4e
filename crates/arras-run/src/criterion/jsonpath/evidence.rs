//! What the parts of a condition were worth, kept for whoever asks why it failed.

use arras_doc::jsonpath::{Embedded, Query, Rendered, SelectorKind};
use arras_doc::span::Span;
use arras_doc::value::{Object, Value};

use super::super::{Evidence, MAX_EVIDENCE};
use super::{Case, Test};
use crate::jsonpath::{BudgetExceeded, Location, Observer, Scope, Worth};

/// How many values a structure in evidence may hold before it is shortened.
const MAX_VALUES: usize = 64;
/// How many of the nodes that a filter refused are shown.
const MAX_CANDIDATES: usize = 4;

/// Collects evidence.
pub(super) struct Recorder<'t> {
    text: &'t str,
    pub(super) entries: Vec<Evidence>,
}

impl<'t> Recorder<'t> {
    pub(super) fn new(text: &'t str) -> Recorder<'t> {
        Recorder { text, entries: Vec::new() }
    }

    /// Notes an embedded expression's value.
    pub(super) fn embedded(&mut self, embedded: &Embedded, value: Option<&Value>) {
        let usage = &embedded.usage;
        let (value, shortened) = shorten(value);
        self.push(Evidence {
            expression: usage.expression.text.to_string(),
            span: usage.span,
            value,
            shortened,
            holds: None,
        });
    }

    /// Notes that there is nothing to select from.
    pub(super) fn null_context(&mut self) {
        let span = Span::new(0, self.text.len());
        let value = Some(Value::Null);
        self.push(Evidence { expression: "$".to_owned(), span, value, shortened: false, holds: Some(false) });
    }

    /// Evaluates and notes what was seen.
    pub(super) fn observe(&mut self, case: &Case<'_>, rendered: Option<&Rendered>) -> Result<bool, BudgetExceeded> {
        let mut watch = Watch { recorder: self, rendered, place: None };
        let holds = case.holds(Some(&mut watch))?;
        if let (false, Test::Query(query)) = (holds, case.test) {
            watch.refused(case, query)?;
        }
        Ok(holds)
    }

    fn push(&mut self, entry: Evidence) {
        if self.entries.len() < MAX_EVIDENCE {
            self.entries.push(entry);
        }
    }
}

/// A recorder during an evaluation.
struct Watch<'r, 't> {
    recorder: &'r mut Recorder<'t>,
    rendered: Option<&'r Rendered>,
    /// What `@` stands for, if not for the context.
    place: Option<String>,
}

impl Watch<'_, '_> {
    fn push(&mut self, span: Span, value: Option<Value>, shortened: bool, holds: Option<bool>) {
        let span = self.rendered.map_or(span, |rendered| rendered.original(span));
        let text = self.recorder.text.get(span.range()).unwrap_or("");
        let expression = match (&self.place, text.strip_prefix('@')) {
            (Some(place), Some(rest)) => format!("{place}{rest}"),
            _ => text.to_owned(),
        };
        self.recorder.push(Evidence { expression, span, value, shortened, holds });
    }

    /// Shows why a query's last filter refused the nodes that it was asked about.
    fn refused(&mut self, case: &Case<'_>, query: &Query) -> Result<(), BudgetExceeded> {
        let Some((last, before)) = query.segments.split_last() else { return Ok(()) };
        let Some(filter) = last.filter() else { return Ok(()) };
        let mut segments = before.to_vec();
        let mut all = last.clone();
        for selector in &mut all.selectors {
            selector.kind = SelectorKind::Wildcard;
        }
        segments.push(all);
        let candidates = Query { segments, ..query.clone() };
        let nodes = case.machine().nodes::<Location<'_>>(&candidates, case.context, MAX_CANDIDATES)?;
        for (location, value) in nodes.into_iter().take(MAX_CANDIDATES) {
            self.place = Some(location.to_string());
            case.machine().holds(filter, Scope { current: value, outermost: true }, self)?;
        }
        self.place = None;
        Ok(())
    }
}

impl Observer for Watch<'_, '_> {
    fn operand(&mut self, span: Span, worth: &Worth<'_>) {
        if self.recorder.entries.len() < MAX_EVIDENCE {
            let (value, shortened) = kept(worth);
            self.push(span, value, shortened, None);
        }
    }

    fn verdict(&mut self, span: Span, holds: bool) {
        if self.recorder.entries.len() < MAX_EVIDENCE {
            self.push(span, None, false, Some(holds));
        }
    }

    fn nodes<'a>(
        &mut self,
        span: Span,
        holds: bool,
        values: &mut dyn FnMut() -> Result<Worth<'a>, BudgetExceeded>,
    ) -> Result<(), BudgetExceeded> {
        if self.recorder.entries.len() >= MAX_EVIDENCE {
            return Ok(());
        }
        let (value, shortened) = kept(&values()?);
        self.push(span, value, shortened, Some(holds));
        Ok(())
    }
}

/// The values as evidence keeps them, and whether that is less than all.
fn kept(worth: &Worth<'_>) -> (Option<Value>, bool) {
    match worth {
        Worth::One(value) => shorten(value.as_deref()),
        Worth::Several(values) => {
            let mut room = Room::default();
            let kept = values.iter().map_while(|value| room.copy(value)).collect();
            (Some(Value::Array(kept)), room.is_short)
        }
    }
}

/// As much of the value as evidence holds, and whether that is not all.
pub(in crate::criterion) fn shorten(value: Option<&Value>) -> (Option<Value>, bool) {
    let mut room = Room::default();
    let kept = value.and_then(|value| room.copy(value));
    (kept, room.is_short)
}

/// Room for copies of values, one place each.
struct Room {
    left: usize,
    is_short: bool,
}

impl Default for Room {
    fn default() -> Room {
        Room { left: MAX_VALUES, is_short: false }
    }
}

impl Room {
    /// A copy of as much of the value as there is room for.
    fn copy(&mut self, value: &Value) -> Option<Value> {
        let Some(left) = self.left.checked_sub(1) else {
            self.is_short = true;
            return None;
        };
        self.left = left;
        Some(match value {
            Value::Array(items) => Value::Array(items.iter().map_while(|item| self.copy(item)).collect()),
            Value::Object(members) => {
                let members = members.iter().map_while(|(name, member)| Some((name.clone(), self.copy(member)?)));
                Value::Object(members.collect::<Object>())
            }
            scalar => scalar.clone(),
        })
    }
}
