//! Actions of a step beside those of its workflow: here both apply, elsewhere the step's list may replace the other.

use crate::arazzo::{Action, Entry, Step, Workflow};
use crate::rule;

use super::linker::Linker;

impl<'d> Linker<'d> {
    /// Notes a step whose own list of actions leaves some of the workflow's in force.
    pub(super) fn check_merged_actions(&mut self, workflow: &'d Workflow, step: &'d Step) {
        let document = self.document;
        let success = document.success_actions(workflow, step);
        self.merged(&step.on_success, step.on_success.len(), &success);
        let failure = document.failure_actions(workflow, step);
        self.merged(&step.on_failure, step.on_failure.len(), &failure);
    }

    fn merged(&mut self, own: &'d [Entry<Action>], count: usize, all: &[&'d Action]) {
        let (Some(first), Some(shared)) = (own.first(), all.get(count)) else { return };
        let span = match first {
            Entry::Inline(action) => action.name_span(),
            Entry::Reference(reusable) => reusable.reference.span,
        };
        let message = format!("the workflow's action `{}` applies beside the step's own", shared.name.value);
        let label = crate::diagnostic::Label {
            source: self.document.source,
            span: shared.name.span,
            text: "after those of the step".into(),
        };
        let diagnostic = self.note(rule::MERGED_ACTIONS, span, message);
        diagnostic.labels.push(label);
        diagnostic.help =
            Some("other tools let the step's list replace the workflow's: repeat the action in it".into());
    }
}
