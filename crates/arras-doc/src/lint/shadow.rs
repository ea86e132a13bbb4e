//! Actions that never come to pass, because an earlier one of their list always does.

use std::collections::BTreeMap;

use crate::arazzo::{Action, Entry};
use crate::diagnostic::Label;
use crate::rule;

use super::implied::Known;
use super::{Lint, Scope};

/// With how many earlier actions each is compared.
const EARLIER: usize = 100;

/// How many actions a finding shows at most.
const SHOWN: usize = 8;

/// An action that never runs.
pub(super) struct Shadowed<'d> {
    /// The step whose own list has it.
    pub(super) step: usize,
    pub(super) action: &'d Action,
    /// The one that always comes before it.
    pub(super) by: &'d Action,
    /// Where in the list of findings it is told.
    pub(super) told: usize,
}

type Listed<'d> = (&'d Entry<Action>, &'d Action);

impl<'d> Lint<'d> {
    /// Of several matching actions the first runs (ARZ-STEP-23, ARZ-STEP-25); those on success do where the success criteria
    /// hold.
    pub(super) fn check_shadows(&mut self, scope: Scope<'d>) {
        let document = self.document;
        let listed = |entries: &'d [Entry<Action>], failed: bool| -> Vec<Listed<'d>> {
            let action = |entry: &'d Entry<Action>| match failed {
                true => document.failure_action(entry),
                false => document.success_action(entry),
            };
            entries.iter().filter_map(|entry| Some((entry, action(entry)?))).collect()
        };
        let known = Known::of(scope.lasting_criteria(), &self.implications);
        let nothing = Known::of([], &self.implications);
        let (success, failure) = (&scope.step.on_success, &scope.step.on_failure);
        self.shadows(Some(scope.at), &listed(success, false), &known);
        self.shadows(Some(scope.at), &listed(failure, true), &nothing);
        // those of the workflow are the same for all its steps
        if scope.at == 0 {
            self.shadows(None, &listed(&scope.workflow.success_actions, false), &nothing);
            self.shadows(None, &listed(&scope.workflow.failure_actions, true), &nothing);
        }
    }

    /// Each action that comes before others is told once, with all that it keeps from running.
    fn shadows(&mut self, step: Option<usize>, list: &[Listed<'d>], known: &Known<'d>) {
        let mut dead: BTreeMap<usize, Vec<Listed<'d>>> = BTreeMap::new();
        for (at, (entry, action)) in list.iter().enumerate() {
            let mut earlier = list.iter().take(at.min(EARLIER)).enumerate();
            let cases = known.with(action);
            let first =
                earlier.find(|(_, (_, earlier))| earlier.decides() && cases.iter().all(|one| one.imply(earlier)));
            // one that stands there twice is told by its name
            let twice = |(_, (first, _)): &(usize, &Listed<'d>)| is_same(first, entry);
            if let Some((first, _)) = first.filter(|first| !twice(first)) {
                dead.entry(first).or_default().push((*entry, *action));
            }
        }
        let source = self.source();
        for (at, below) in dead {
            let ((entry, shadowing), [(first, action), others @ ..]) = (list[at], below.as_slice()) else { continue };
            let (them, never) = if others.is_empty() { ("it", "runs") } else { ("them", "run") };
            let names: Vec<String> = below.iter().map(|(_, one)| format!("`{}`", one.name.value)).collect();
            let what = if others.is_empty() { "the action" } else { "the actions" };
            let (all, by) = (joined(&names), &shadowing.name.value);
            let message = format!("{what} {all} never {never}: `{by}` always comes before {them}");
            let text = match shadowing.criteria.is_empty() {
                true => "this has no criteria",
                false => "the criteria of this hold then, too",
            };
            let told = self.diagnostics.len();
            let diagnostic = self.note(rule::SHADOWED_ACTION, span_of(first, action), message);
            diagnostic.labels.push(Label { source, span: span_of(entry, shadowing), text: text.into() });
            let never = others.iter().take(SHOWN).map(|(entry, one)| (span_of(entry, one), "nor does this run"));
            diagnostic.labels.extend(never.map(|(span, text)| Label { source, span, text: text.into() }));
            diagnostic.help = Some(format!("put {them} before `{by}`, or give that one criteria of its own"));
            let step = step.into_iter();
            let all = step.flat_map(|step| below.iter().map(move |(_, action)| (step, *action)));
            self.shadowed.extend(all.map(|(step, action)| Shadowed { step, action, by: shadowing, told }));
        }
    }
}

/// Whether two entries refer to the same component.
fn is_same(one: &Entry<Action>, other: &Entry<Action>) -> bool {
    match (one, other) {
        (Entry::Reference(one), Entry::Reference(other)) => one.component == other.component,
        _ => false,
    }
}

fn span_of(entry: &Entry<Action>, action: &Action) -> crate::span::Span {
    match entry {
        Entry::Reference(reusable) => reusable.reference.span,
        Entry::Inline(_) => action.name_span(),
    }
}

/// `a`, `b` and `c`, or how many more there are.
fn joined(names: &[String]) -> String {
    match names {
        [first @ .., _] if names.len() > SHOWN => {
            format!("{} and {} more", first[..SHOWN - 1].join(", "), names.len() - SHOWN + 1)
        }
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
