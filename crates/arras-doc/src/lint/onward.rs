//! Workflows that go to each other without end.

use crate::arazzo::{Action, ActionTarget, ActionType};
use crate::diagnostic::Label;
use crate::link::{WorkflowTarget, chain, cycles, workflow_target};
use crate::rule;

use super::flow::{is_vast, reach};
use super::{Lint, Scope};

/// Where a workflow leads once it has begun.
#[derive(Default)]
struct Exits<'d> {
    /// Whether it can end, or it is not known where it leads.
    ends: bool,
    /// The workflows of the description that it goes to.
    goes: Vec<(usize, &'d Action)>,
}

impl<'d> Lint<'d> {
    /// Workflows that lead on to each other, and never to an end, go on until a step fails.
    pub(super) fn check_onward(&mut self) {
        let document = self.document;
        let exits: Vec<Exits<'d>> = (0..document.workflows.len()).map(|index| self.exits(index)).collect();
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); exits.len()];
        for (at, own) in exits.iter().enumerate() {
            own.goes.iter().for_each(|(to, _)| before[*to].push(at));
        }
        let mut ends = vec![false; exits.len()];
        let mut open: Vec<usize> = (0..exits.len()).filter(|at| exits[*at].ends).collect();
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut ends[at], true) {
                open.extend(before[at].iter().copied());
            }
        }
        let edges: Vec<Vec<usize>> =
            exits.iter().map(|own| own.goes.iter().map(|(to, _)| *to).filter(|to| !ends[*to]).collect()).collect();
        for cycle in cycles(&edges) {
            let Some(first) = cycle.first() else { continue };
            let names: Vec<&str> =
                cycle.iter().chain([first]).map(|at| document.workflows[*at].workflow_id.as_str()).collect();
            let next = cycle.iter().skip(1).chain([first]);
            let actions = cycle
                .iter()
                .zip(next)
                .filter_map(|(at, to)| exits[*at].goes.iter().find(|(goes, _)| goes == to).map(|(_, action)| *action));
            let mut spans: Vec<_> = actions.map(|action| action.name_span()).collect();
            let source = self.source();
            let message = format!(
                "workflows that go to each other never end: {}; nothing but a failure leads out",
                chain(&names)
            );
            let others = spans.split_off(1.min(spans.len()));
            let Some(span) = spans.first() else { continue };
            let diagnostic = self.note(rule::ENDLESS_LOOP, *span, message);
            diagnostic.labels.extend(others.into_iter().take(16).map(|span| Label {
                source,
                span,
                text: "this leads on".into(),
            }));
            diagnostic.help = Some("give one of the actions `criteria`, or let one of the workflows end".into());
        }
    }

    fn exits(&self, index: usize) -> Exits<'d> {
        let (document, workflow) = (self.document, &self.document.workflows[index]);
        if is_vast(workflow) {
            return Exits { ends: true, goes: Vec::new() };
        }
        let scopes: Vec<Scope<'d>> =
            (0..workflow.steps.len()).filter_map(|at| self.scope(workflow, index, at)).collect();
        let ways: Vec<_> = scopes.iter().map(|scope| self.ways(*scope)).collect();
        if ways.is_empty() || ways.iter().any(|ways| ways.unknown) {
            return Exits { ends: true, goes: Vec::new() };
        }
        let reached = reach(&ways, 0);
        let mut exits = Exits::default();
        for scope in scopes.iter().filter(|scope| reached[scope.at]) {
            let lists = [
                (document.success_actions(workflow, scope.step), true),
                (document.failure_actions(workflow, scope.step), false),
            ];
            for (actions, success) in lists {
                let (possible, falls_through) = self.possible(&actions, *scope, success);
                exits.ends |= success && falls_through && scope.at + 1 == workflow.steps.len();
                for action in possible {
                    match (action.action_type.as_ref().map(|one| one.value), &action.target) {
                        (Some(ActionType::End) | None, _) => exits.ends = true,
                        (Some(ActionType::Goto), Some(ActionTarget::Workflow(reference))) => {
                            match workflow_target(document, self.sources, reference) {
                                Some(WorkflowTarget { source: None, workflow }) if workflow != index => {
                                    exits.goes.push((workflow, action));
                                }
                                Some(WorkflowTarget { source: None, .. }) => {}
                                _ => exits.ends = true,
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
        exits
    }
}
