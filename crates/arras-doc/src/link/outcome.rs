//! Whose outputs a workflow gives, and which workflows of other descriptions expressions may name.

use std::rc::Rc;

use indexmap::IndexMap;

use crate::arazzo::{Action, ActionTarget, ActionType, Document, StepTarget, Workflow, WorkflowReference};

use super::linker::Linker;
use super::sources::LinkedSources;
use super::{Target, WorkflowLinks, WorkflowTarget, workflow_target};

/// How many workflows one may go on to for their outputs to be known.
const ONWARD: usize = 100;

/// What the plain ids stand for by which a workflow's expressions may name the workflows that it calls, depends on, goes to
/// or retries with; `None` where such a name leads nowhere. Of several of one id the first counts: in the
/// order of the steps, of the dependencies, of the actions.
pub fn named_workflows<'d>(
    document: &'d Document,
    sources: &LinkedSources,
    workflow: &'d Workflow,
    links: &WorkflowLinks,
) -> IndexMap<&'d str, Vec<Option<WorkflowTarget>>> {
    let called =
        workflow.steps.iter().zip(&links.steps).filter_map(|(step, link)| match (&step.target, &link.target) {
            (Some(StepTarget::WorkflowId(reference)), Some(Target::Workflow(target))) => {
                Some((&reference.value, Some(*target)))
            }
            (Some(StepTarget::WorkflowId(reference)), _) => Some((&reference.value, None)),
            _ => None,
        });
    let before = workflow.depends_on.iter().zip(&links.depends_on).map(|(one, target)| (&one.value, *target));
    let gone_to = actions(document, workflow).filter_map(|action| match &action.target {
        Some(ActionTarget::Workflow(one)) => Some((&one.value, workflow_target(document, sources, one))),
        _ => None,
    });
    let mut named: IndexMap<&str, Vec<Option<WorkflowTarget>>> = IndexMap::new();
    for (reference, target) in called.chain(before).chain(gone_to) {
        let targets = named.entry(reference.workflow_id()).or_default();
        // two are enough to tell that there are several
        if targets.len() < 2 && !targets.contains(&target) {
            targets.push(target);
        }
    }
    named
}

/// The actions of a workflow and of its steps, those that are components included.
fn actions<'d>(document: &'d Document, workflow: &'d Workflow) -> impl Iterator<Item = &'d Action> {
    let own = workflow.steps.iter();
    let success = own.clone().flat_map(|step| &step.on_success).chain(&workflow.success_actions);
    let failure = own.flat_map(|step| &step.on_failure).chain(&workflow.failure_actions);
    let success = success.filter_map(|entry| document.success_action(entry));
    success.chain(failure.filter_map(|entry| document.failure_action(entry)))
}

/// Whether an action of a workflow leads on to another, whose outputs are given in place of its own.
pub(crate) fn goes_on(document: &Document, workflow: &Workflow) -> bool {
    actions(document, workflow).any(|action| onward(action).is_some())
}

fn onward(action: &Action) -> Option<&WorkflowReference> {
    match (action.action_type.as_ref()?.value, &action.target) {
        (ActionType::Goto, Some(ActionTarget::Workflow(reference))) => Some(&reference.value),
        _ => None,
    }
}

impl<'d> Linker<'d> {
    /// The workflows whose outputs a workflow may give: its own, and those of the workflows that it goes on to, it
    /// being the first; `None` where these are not known.
    pub(super) fn outcomes(&mut self, target: WorkflowTarget) -> Option<Rc<[WorkflowTarget]>> {
        if let Some(known) = self.outcomes.get(&target) {
            return known.clone();
        }
        let found = self.follow(target).map(Rc::from);
        self.outcomes.insert(target, found.clone());
        found
    }

    fn follow(&mut self, target: WorkflowTarget) -> Option<Vec<WorkflowTarget>> {
        let mut found = vec![target];
        let mut next = 0;
        while let Some(at) = found.get(next).copied() {
            next += 1;
            for to in self.onward(at)?.iter() {
                if found.contains(to) {
                    continue;
                }
                if found.len() == ONWARD {
                    return None;
                }
                found.push(*to);
            }
        }
        Some(found)
    }

    /// Where the actions of a workflow go on to; `None` if that is not known of one of them.
    fn onward(&mut self, from: WorkflowTarget) -> Option<Rc<[WorkflowTarget]>> {
        if let Some(known) = self.onward.get(&from) {
            return known.clone();
        }
        let found = self.document_of(from).and_then(|document| {
            let workflow = document.workflows.get(from.workflow)?;
            let target = |reference: &WorkflowReference| match (from.source, reference) {
                (None, reference) => workflow_target(document, self.sources, reference),
                (Some(_), WorkflowReference::Local(id)) => {
                    Some(WorkflowTarget { workflow: document.workflow_index(id)?, ..from })
                }
                // the sources of another description are not known here
                (Some(_), WorkflowReference::InSource { .. }) => None,
            };
            let mut found: Vec<WorkflowTarget> =
                actions(document, workflow).filter_map(onward).map(target).collect::<Option<_>>()?;
            found.sort_unstable_by_key(|one| (one.source, one.workflow));
            found.dedup();
            Some(Rc::from(found))
        });
        self.onward.insert(from, found.clone());
        found
    }
}
