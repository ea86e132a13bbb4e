//! References to workflows and steps, of this description and of others, as `workflowId` and `dependsOn` write them.

use crate::node::NodeRef;
use crate::rule;
use crate::span::Spanned;

use super::reader::Reader;

/// A workflow of this description, or of one of its sources (ARZ-STEP-12, ARZ-WF-07).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum WorkflowReference {
    /// `workflowId`
    Local(String),
    /// `$sourceDescriptions.SOURCE.WORKFLOW`
    InSource {
        /// The name of the source description.
        source: String,
        /// The workflow's id there.
        workflow: String,
    },
}

impl WorkflowReference {
    /// The id without its source.
    pub fn workflow_id(&self) -> &str {
        match self {
            WorkflowReference::Local(workflow) | WorkflowReference::InSource { workflow, .. } => workflow,
        }
    }
}

/// A step that another waits for (ARZ-STEP-31).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StepReference {
    /// `stepId`, in the same workflow.
    Local(String),
    /// `$workflows.WORKFLOW.steps.STEP` or `$sourceDescriptions.SOURCE.WORKFLOW.steps.STEP`
    InWorkflow {
        /// The workflow.
        workflow: WorkflowReference,
        /// The step's id there.
        step: String,
    },
}

/// Reads a workflow reference; what has no meaning is noted.
pub(super) fn workflow_reference(
    reader: &mut Reader<'_>,
    text: &Spanned<String>,
) -> Option<Spanned<WorkflowReference>> {
    let found = parse_workflow(text);
    if found.is_none() {
        let message = format!("`{}` names no workflow", text.value);
        let help = "write a `workflowId`, or `$sourceDescriptions.<name>.<workflowId>` for a workflow of a source";
        reader.note_help(rule::INVALID_VALUE, text.span, message, help);
    }
    Some(Spanned::new(found?, text.span))
}

/// Reads the workflow `dependsOn`.
pub(super) fn workflows<'t>(reader: &mut Reader<'t>, items: &[NodeRef<'t>]) -> Vec<Spanned<WorkflowReference>> {
    let texts = texts(reader, items);
    texts.iter().filter_map(|text| workflow_reference(reader, text)).collect()
}

/// Reads the step `dependsOn`.
pub(super) fn steps<'t>(reader: &mut Reader<'t>, items: &[NodeRef<'t>]) -> Vec<Spanned<StepReference>> {
    let texts = texts(reader, items);
    texts.iter().filter_map(|text| step_reference(reader, text)).collect()
}

fn texts<'t>(reader: &mut Reader<'t>, items: &[NodeRef<'t>]) -> Vec<Spanned<String>> {
    let texts: Vec<_> = items.iter().filter_map(|item| id(reader, *item)).collect();
    reader.unique("dependency", &texts);
    texts
}

/// The text of an entry; of an object the id that it was meant to name is offered.
fn id<'t>(reader: &mut Reader<'t>, item: NodeRef<'t>) -> Option<Spanned<String>> {
    let before = reader.diagnostics.len();
    let text = reader.text(item, "dependsOn");
    let named = ["stepId", "workflowId"].into_iter().find_map(|name| item.get(name)?.as_str());
    if let (Some(named), Some(found)) = (named, reader.diagnostics.get_mut(before)) {
        found.help = Some(format!("write the id alone: `{named}`"));
    }
    text
}

fn step_reference(reader: &mut Reader<'_>, text: &Spanned<String>) -> Option<Spanned<StepReference>> {
    let found = parse_step(text);
    if found.is_none() {
        let message = format!("`{}` names no step", text.value);
        let local =
            text.strip_prefix("$steps.").and_then(|rest| rest.split('.').next()).filter(|name| !name.is_empty());
        let help = local.map_or_else(
            || {
                "write a `stepId`, `$workflows.<workflowId>.steps.<stepId>` \
                 or `$sourceDescriptions.<name>.<workflowId>.steps.<stepId>`"
                    .to_owned()
            },
            |name| format!("write `{name}` for a step of the same workflow"),
        );
        reader.note_help(rule::INVALID_VALUE, text.span, message, help);
    }
    Some(Spanned::new(found?, text.span))
}

fn parse_workflow(text: &str) -> Option<WorkflowReference> {
    if let Some(rest) = text.strip_prefix("$sourceDescriptions.") {
        return in_source(rest);
    }
    let plain = !text.is_empty() && !text.starts_with('$') && !text.contains("{$");
    plain.then(|| WorkflowReference::Local(text.to_owned()))
}

fn in_source(rest: &str) -> Option<WorkflowReference> {
    let (source, workflow) = rest.split_once('.')?;
    let complete = !source.is_empty() && !workflow.is_empty();
    complete.then(|| WorkflowReference::InSource { source: source.to_owned(), workflow: workflow.to_owned() })
}

fn parse_step(text: &str) -> Option<StepReference> {
    if !text.starts_with('$') {
        return (!text.is_empty()).then(|| StepReference::Local(text.to_owned()));
    }
    let (before, step) = text.rsplit_once(".steps.")?;
    let workflow = match before.strip_prefix("$workflows.") {
        Some(workflow) => WorkflowReference::Local(workflow.to_owned()),
        None => in_source(before.strip_prefix("$sourceDescriptions.")?)?,
    };
    let complete = !step.is_empty() && !step.contains('.') && !workflow.workflow_id().is_empty();
    complete.then(|| StepReference::InWorkflow { workflow, step: step.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ARZ-STEP-31, ARZ-WF-07
    #[test]
    fn references_have_the_shapes_of_the_specification() {
        let local = |name: &str| WorkflowReference::Local(name.into());
        let other =
            |source: &str, name: &str| WorkflowReference::InSource { source: source.into(), workflow: name.into() };
        assert_eq!(parse_workflow("a"), Some(local("a")));
        assert_eq!(parse_workflow("$sourceDescriptions.s.w.x"), Some(other("s", "w.x")));
        for bad in ["", "$workflows.a", "$inputs.w", "{$inputs.w}", "$sourceDescriptions.s", "$sourceDescriptions.s."] {
            assert_eq!(parse_workflow(bad), None, "{bad}");
        }
        let step = |workflow, step: &str| StepReference::InWorkflow { workflow, step: step.into() };
        assert_eq!(parse_step("a"), Some(StepReference::Local("a".into())));
        assert_eq!(parse_step("$workflows.w.steps.s"), Some(step(local("w"), "s")));
        assert_eq!(parse_step("$sourceDescriptions.o.w.steps.s"), Some(step(other("o", "w"), "s")));
        for bad in ["", "$steps.a", "$workflows.w", "$workflows.w.steps.s.outputs.x", "$workflows..steps.s"] {
            assert_eq!(parse_step(bad), None, "{bad}");
        }
    }
}
