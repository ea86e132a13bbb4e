//! The order of steps: what a step reads or waits for has run before it.

use crate::arazzo::{Action, ActionTarget, ActionType, Document, Site, Workflow};
use crate::diagnostic::Severity;
use crate::expression::Root;
use crate::rule;
use crate::span::Span;

use super::StepLinks;
use super::cycles::{chain, cycles};
use super::linker::Linker;

impl<'d> Linker<'d> {
    /// Steps run in the order of the list, so what comes later is not there yet (ARZ-STEP-38, A-60).
    pub(super) fn check_order(&mut self, index: usize, links: &[StepLinks]) {
        let document = self.document;
        let workflow = &document.workflows[index];
        let again = steps_that_run_again(document, workflow);
        for (at, step) in workflow.steps.iter().enumerate() {
            for (written, target) in step.depends_on.iter().zip(&links[at].depends_on) {
                let Some(target) = target.filter(|one| one.workflow.source.is_none() && one.workflow.workflow == index)
                else {
                    continue;
                };
                if target.step >= at {
                    self.waits_forward(workflow, at, target.step, written.span, again[at]);
                }
            }
            for used in document.step_expressions(index, step) {
                let (Root::StepOutputs(read) | Root::Step(read)) = &used.expression.root else { continue };
                let Some(read) = workflow.step_index(read) else { continue };
                if read > at && used.asked && again[at] {
                    // whether it has run is what the criteria ask
                } else if read > at {
                    self.reads_forward(workflow, read, used.span, again[at]);
                } else if read == at && used.site == Site::Criteria {
                    let message = "the criteria are judged before the step's outputs are filled";
                    let diagnostic = self.note(rule::FORWARD_REFERENCE, used.span, message);
                    diagnostic.help = Some("read the response itself".into());
                    diagnostic.severity = Severity::Warning;
                }
            }
        }
        self.check_step_cycles(workflow, links, index);
    }

    fn reads_forward(&mut self, workflow: &'d Workflow, read: usize, span: Span, again: bool) {
        let later = &workflow.steps[read].step_id;
        let message = format!("the step `{}` has not run by then", later.value);
        let label = crate::diagnostic::Label {
            source: self.document.source,
            span: later.span,
            text: format!("`{}` comes later", later.value),
        };
        let diagnostic = self.note(rule::FORWARD_REFERENCE, span, message);
        diagnostic.labels.push(label);
        diagnostic.help = Some(format!("put the step `{}` before this one", later.value));
        if again {
            diagnostic.severity = Severity::Warning;
        }
    }

    fn waits_forward(&mut self, workflow: &'d Workflow, at: usize, later: usize, span: Span, again: bool) {
        if later == at {
            // a cycle of one, which is noted as such
            return;
        }
        self.reads_forward(workflow, later, span, again);
    }

    /// Steps that wait for each other (ARZ-STEP-39).
    fn check_step_cycles(&mut self, workflow: &'d Workflow, links: &[StepLinks], index: usize) {
        let edges: Vec<Vec<usize>> = links
            .iter()
            .map(|link| {
                let here = link.depends_on.iter().flatten();
                let here = here.filter(|one| one.workflow.source.is_none() && one.workflow.workflow == index);
                here.map(|one| one.step).collect()
            })
            .collect();
        let mut told = Vec::new();
        for cycle in cycles(&edges) {
            let names: Vec<&str> = cycle
                .iter()
                .chain(cycle.first())
                .filter_map(|step| workflow.steps.get(*step))
                .map(|step| step.step_id.as_str())
                .collect();
            let Some(first) = cycle.first().and_then(|step| workflow.steps.get(*step)) else { continue };
            let span = first.depends_on.first().map_or(first.step_id.span, |written| written.span);
            let message = format!("steps wait for each other: {}", chain(&names));
            self.note(rule::CYCLE, span, message).help = Some("remove one of these dependencies".into());
            told.push(span);
        }
        // that one of them comes later is a part of it
        let at = |one: &crate::diagnostic::Diagnostic| one.primary().map(|label| label.span);
        self.diagnostics
            .retain(|one| one.rule != rule::FORWARD_REFERENCE || !at(one).is_some_and(|span| told.contains(&span)));
    }
}

/// For each step, whether an action can lead to it, or past it, from further down: it may then run after steps that
/// come later in the list.
fn steps_that_run_again(document: &Document, workflow: &Workflow) -> Vec<bool> {
    let count = workflow.steps.len();
    let mut begins = vec![0_usize; count + 1];
    let mut ends = vec![0_usize; count + 1];
    let mut jump = |from: usize, to: usize| {
        if to < from {
            begins[to] += 1;
            ends[from] += 1;
        }
    };
    for (at, step) in workflow.steps.iter().enumerate() {
        let success = step.on_success.iter().filter_map(|entry| document.success_action(entry));
        let failure = step.on_failure.iter().filter_map(|entry| document.failure_action(entry));
        for (to, retries) in success.chain(failure).filter_map(|action| jump_of(workflow, action)) {
            jump(at, to);
            if retries && to > at {
                // the later step runs, then this one once more
                jump(at + 1, at);
            }
        }
    }
    let success = workflow.success_actions.iter().filter_map(|entry| document.success_action(entry));
    let failure = workflow.failure_actions.iter().filter_map(|entry| document.failure_action(entry));
    for (to, _) in success.chain(failure).filter_map(|action| jump_of(workflow, action)) {
        jump(count.saturating_sub(1), to);
    }
    let mut open = 0;
    (0..count)
        .map(|at| {
            open += begins[at];
            open -= ends[at];
            open > 0
        })
        .collect()
}

/// Where an action leads inside the workflow, and whether it comes back.
fn jump_of(workflow: &Workflow, action: &Action) -> Option<(usize, bool)> {
    let Some(ActionTarget::Step(step)) = &action.target else { return None };
    let retries = action.action_type.as_ref().is_some_and(|action_type| action_type.value == ActionType::Retry);
    Some((workflow.step_index(step)?, retries))
}
