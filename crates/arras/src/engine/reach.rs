//! Which workflows one may come to, and so which errors of documents concern it.

use std::collections::HashSet;

use arras_doc::arazzo::ActionTarget;
use arras_doc::link::{Target, WorkflowTarget, workflow_target};
use arras_run::plan::{Bundle, LinkedDocument};

/// The workflows that one of a document calls, goes to or depends on.
pub(super) fn targets(linked: &LinkedDocument, workflow: usize) -> Vec<WorkflowTarget> {
    let document = &linked.document;
    let (Some(workflow), Some(links)) = (document.workflows.get(workflow), linked.links.workflows.get(workflow)) else {
        return Vec::new();
    };
    let mut found: Vec<WorkflowTarget> = links.depends_on.iter().flatten().copied().collect();
    for (step, links) in workflow.steps.iter().zip(&links.steps) {
        if let Some(Target::Workflow(target)) = &links.target {
            found.push(*target);
        }
        let actions =
            document.success_actions(workflow, step).into_iter().chain(document.failure_actions(workflow, step));
        for action in actions {
            if let Some(ActionTarget::Workflow(reference)) = &action.target {
                found.extend(workflow_target(document, &linked.sources, reference));
            }
        }
    }
    found
}

/// The ids of the workflows that a run of one of the first document may come to, with the document's place in the bundle.
pub(super) fn reachable(bundle: &Bundle, workflow: usize) -> HashSet<(usize, &str)> {
    let mut seen = HashSet::new();
    let mut open = vec![(0, workflow)];
    while let Some((document, workflow)) = open.pop() {
        if !seen.insert((document, workflow)) {
            continue;
        }
        let Some(linked) = bundle.documents.get(document) else { continue };
        open.extend(targets(linked, workflow).into_iter().filter_map(|target| match target.source {
            None => Some((document, target.workflow)),
            Some(source) => Some((linked.arazzo.get(source).copied().flatten()?, target.workflow)),
        }));
    }
    let id = |(document, workflow): (usize, usize)| {
        let workflow = bundle.documents.get(document)?.document.workflows.get(workflow)?;
        Some((document, workflow.workflow_id.as_str()))
    };
    seen.into_iter().filter_map(id).collect()
}
