//! Actions that never come to pass, because an earlier one of their list always does.

use crate::arazzo::{Action, ActionType, Entry};
use crate::diagnostic::Label;
use crate::rule;

use super::implied::Known;
use super::{Lint, Scope};

/// With how many earlier actions each is compared.
const EARLIER: usize = 100;

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
        let (known, nothing) = (Known::of(&scope.step.success_criteria), Known::of(&[]));
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
        let mut dead: Vec<(usize, usize)> = Vec::new();
        for (at, (entry, action)) in list.iter().enumerate() {
            let mut earlier = list.iter().take(at.min(EARLIER)).enumerate();
            let cases = known.with(action);
            let first = earlier.find(|(_, (_, earlier))| always_before(earlier, &cases));
            // one that stands there twice is told by its name
            let twice = |(_, (first, _)): &(usize, &Listed<'d>)| is_same(first, entry);
            if let Some((first, _)) = first.filter(|first| !twice(first)) {
                dead.push((first, at));
            }
        }
        let source = self.source();
        for (at, (entry, shadowing)) in list.iter().enumerate() {
            let mut below = dead.iter().filter(|(first, _)| *first == at).map(|(_, later)| list[*later]);
            let Some((first, action)) = below.next() else { continue };
            let others: Vec<Listed<'d>> = below.collect();
            let (them, never) = if others.is_empty() { ("it", "runs") } else { ("them", "run") };
            let names = [(first, action)].into_iter().chain(others.iter().copied());
            let names: Vec<String> = names.map(|(_, one)| format!("`{}`", one.name.value)).collect();
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
            let never = others.iter().map(|(entry, one)| (span_of(entry, one), "nor does this run"));
            diagnostic.labels.extend(never.map(|(span, text)| Label { source, span, text: text.into() }));
            diagnostic.help = Some(format!("put {them} before `{by}`, or give that one criteria of its own"));
            let step = step.into_iter();
            let all = step.flat_map(|step| {
                [action].into_iter().chain(others.iter().map(|(_, one)| *one)).map(move |one| (step, one))
            });
            let all: Vec<_> = all.map(|(step, action)| Shadowed { step, action, by: shadowing, told }).collect();
            self.shadowed.extend(all);
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
        Entry::Inline(_) if action.name.is_empty() => action.span,
        Entry::Inline(_) => action.name.span,
    }
}

/// Whether an earlier action runs whenever a later one could: its criteria hold in each case in which those of the other do.
fn always_before(earlier: &Action, cases: &[Known<'_>]) -> bool {
    let decides = earlier.action_type.as_ref().is_some_and(|one| one.value != ActionType::Retry);
    decides && cases.iter().all(|known| known.imply(earlier))
}

/// `a`, `b` and `c`
fn joined(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
