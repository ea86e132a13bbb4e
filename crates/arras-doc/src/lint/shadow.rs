//! Actions that never come to pass, because an earlier one of their list always does.

use crate::arazzo::{Action, ActionType, Entry};
use crate::diagnostic::Label;
use crate::rule;

use super::{Lint, Scope};

/// With how many earlier actions each is compared.
const EARLIER: usize = 100;

impl<'d> Lint<'d> {
    /// Of several matching actions the first runs (ARZ-STEP-23, ARZ-STEP-25).
    pub(super) fn check_shadows(&mut self, scope: Scope<'d>) {
        let document = self.document;
        let success: Vec<_> =
            scope.step.on_success.iter().map(|entry| (entry, document.success_action(entry))).collect();
        let failure: Vec<_> =
            scope.step.on_failure.iter().map(|entry| (entry, document.failure_action(entry))).collect();
        self.shadows(&success);
        self.shadows(&failure);
        // those of the workflow are the same for all its steps
        if scope.at == 0 {
            let success: Vec<_> =
                scope.workflow.success_actions.iter().map(|entry| (entry, document.success_action(entry))).collect();
            let failure: Vec<_> =
                scope.workflow.failure_actions.iter().map(|entry| (entry, document.failure_action(entry))).collect();
            self.shadows(&success);
            self.shadows(&failure);
        }
    }

    fn shadows(&mut self, list: &[(&'d Entry<Action>, Option<&'d Action>)]) {
        for (at, (entry, action)) in list.iter().enumerate() {
            let Some(action) = action else { continue };
            let earlier = list.iter().take(at.min(EARLIER)).filter_map(|(entry, earlier)| Some((*entry, (*earlier)?)));
            let Some((first, shadowing)) = earlier.into_iter().find(|(_, earlier)| always_before(earlier, action))
            else {
                continue;
            };
            let (here, there) = (span_of(entry, action), span_of(first, shadowing));
            let message = format!(
                "the action `{}` never runs: `{}` always comes before it",
                action.name.value, shadowing.name.value
            );
            let source = self.source();
            let text =
                if shadowing.criteria.is_empty() { "this has no criteria" } else { "this has no other criteria" };
            let label = Label { source, span: there, text: text.into() };
            let diagnostic = self.note(rule::SHADOWED_ACTION, here, message);
            diagnostic.labels.push(label);
            diagnostic.help =
                Some(format!("put it before `{}`, or give that one criteria of its own", shadowing.name.value));
        }
    }
}

fn span_of(entry: &Entry<Action>, action: &Action) -> crate::span::Span {
    match entry {
        Entry::Reference(reusable) => reusable.reference.span,
        Entry::Inline(_) if action.name.is_empty() => action.span,
        Entry::Inline(_) => action.name.span,
    }
}

/// Whether `earlier` runs whenever `later` could: it asks for nothing that the other does not ask for, too.
fn always_before(earlier: &Action, later: &Action) -> bool {
    let decides = earlier.action_type.as_ref().is_some_and(|one| one.value != ActionType::Retry);
    let asks = |action: &Action, text: &str, context: Option<&str>| {
        action.criteria.iter().any(|one| {
            one.condition.trim() == text && one.context.as_ref().map(|context| context.text.as_ref()) == context
        })
    };
    decides
        && earlier
            .criteria
            .iter()
            .all(|one| asks(later, one.condition.trim(), one.context.as_ref().map(|context| context.text.as_ref())))
}
