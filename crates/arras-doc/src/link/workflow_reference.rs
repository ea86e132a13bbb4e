//! References to workflows, of this description or of a source.

use crate::arazzo::{Document, SourceType, WorkflowReference};
use crate::diagnostic::{Edit, Fix, Label};
use crate::rule;
use crate::span::Spanned;
use crate::suggest;

use super::WorkflowTarget;
use super::linker::Linker;
use super::sources::{LinkedSource, LinkedSources};

/// The workflow that a reference names, if it exists.
///
/// In 1.0 a plain id may also name a workflow of the only Arazzo source: 1.0.0 allows that (ARZ-STEP-11), and a patch number
/// makes no difference (ARZ-DOC-02).
pub fn workflow_target(
    document: &Document,
    sources: &LinkedSources,
    reference: &WorkflowReference,
) -> Option<WorkflowTarget> {
    match reference {
        WorkflowReference::Local(id) => match document.workflow_index(id) {
            Some(workflow) => Some(WorkflowTarget { source: None, workflow }),
            None if document.version == crate::arazzo::Version::V1_0 => in_only_source(document, sources, id),
            None => None,
        },
        WorkflowReference::InSource { source, workflow } => {
            let source = document.source_index(source)?;
            let LinkedSource::Arazzo(other) = sources.get(source) else { return None };
            Some(WorkflowTarget { source: Some(source), workflow: other.workflow_index(workflow)? })
        }
    }
}

fn in_only_source(document: &Document, sources: &LinkedSources, id: &str) -> Option<WorkflowTarget> {
    let mut all = (0..document.source_descriptions.len()).filter_map(|source| match sources.get(source) {
        LinkedSource::Arazzo(other) => Some((source, other)),
        _ => None,
    });
    let (source, other) = all.next()?;
    let workflow = other.workflow_index(id).filter(|_| all.next().is_none())?;
    Some(WorkflowTarget { source: Some(source), workflow })
}

impl<'d> Linker<'d> {
    /// The workflow that a reference names; one that does not exist is noted (ARZ-WF-06, ARZ-STEP-12).
    pub(super) fn workflow(&mut self, reference: &Spanned<WorkflowReference>) -> Option<WorkflowTarget> {
        let target = workflow_target(self.document, self.sources, reference);
        match (&reference.value, target) {
            (WorkflowReference::Local(id), Some(WorkflowTarget { source: Some(source), .. })) => {
                self.unqualified(id, source, reference);
            }
            (WorkflowReference::Local(id), None) => self.unknown_local(id, reference),
            (WorkflowReference::InSource { source, workflow }, None) => {
                self.unknown_in_source(source, workflow, reference);
            }
            _ => {}
        }
        target
    }

    fn unqualified(&mut self, id: &str, source: usize, reference: &Spanned<WorkflowReference>) {
        let strict = format!("$sourceDescriptions.{}.{id}", self.document.source_descriptions[source].name.value);
        let message = format!("the workflow `{id}` is one of a source");
        self.note(rule::LOOSE_REFERENCE, reference.span, message).help = Some(format!("write `{strict}`"));
    }

    fn unknown_local(&mut self, id: &str, reference: &Spanned<WorkflowReference>) {
        let document = self.document;
        let all = 0..document.source_descriptions.len();
        let home = all.clone().find(|index| match self.sources.get(*index) {
            LinkedSource::Arazzo(other) => other.workflow_index(id).is_some(),
            _ => false,
        });
        if let Some(home) = home {
            let strict = format!("$sourceDescriptions.{}.{id}", document.source_descriptions[home].name.value);
            let message = format!("there is no workflow `{id}` in this document");
            self.note(rule::UNKNOWN_WORKFLOW, reference.span, message).help = Some(format!("write `{strict}`"));
            return;
        }
        let names = document.workflows.iter().map(|workflow| workflow.workflow_id.as_str());
        let near = self.nearest(id, names).and_then(|near| document.workflow_index(near));
        let near = near.map(|index| &document.workflows[index].workflow_id);
        let message = format!("there is no workflow `{id}`");
        self.unknown(rule::UNKNOWN_WORKFLOW, reference.span, id, message, near.map(|id| (id.as_str(), id.span)));
        self.offer("there are", document.workflows.iter().map(|workflow| workflow.workflow_id.as_str()));
    }

    fn unknown_in_source(&mut self, name: &str, id: &str, reference: &Spanned<WorkflowReference>) {
        let document = self.document;
        let Some(index) = self.source(name, reference.span) else { return };
        let declared = &document.source_descriptions[index].name;
        match (self.sources.get(index), self.source_type(index)) {
            (LinkedSource::Arazzo(other), _) => {
                let names = other.workflows.iter().map(|workflow| workflow.workflow_id.as_str());
                let near = self.nearest(id, names).and_then(|near| other.workflow_index(near));
                let near = near.map(|near| &other.workflows[near].workflow_id);
                let source = document.source;
                let message = format!("there is no workflow `{id}` in `{name}`");
                let diagnostic = self.note(rule::UNKNOWN_WORKFLOW, reference.span, message);
                let text = "looked for in this description".to_owned();
                diagnostic.labels.push(Label { source, span: declared.span, text });
                if let Some(near) = near {
                    let text = format!("`{}` is declared here", near.value);
                    diagnostic.labels.push(Label { source: other.source, span: near.span, text });
                    diagnostic.help = Some(format!("did you mean `$sourceDescriptions.{name}.{}`?", near.value));
                    let whole = format!("$sourceDescriptions.{name}.{id}");
                    if reference.span.len() == whole.len() && suggest::differ_in_case(id, &near.value) {
                        let replacement = format!("$sourceDescriptions.{name}.{}", near.value);
                        let edits = vec![Edit { source, span: reference.span, replacement }];
                        diagnostic.fix = Some(Fix { title: format!("use `{}`", near.value), edits });
                    }
                } else {
                    self.offer("it has", other.workflows.iter().map(|workflow| workflow.workflow_id.as_str()));
                }
            }
            (_, Some(SourceType::Arazzo) | None) => {}
            (_, Some(other)) => {
                let message = format!("`{name}` is an `{}` description; it has no workflows", other.as_str());
                self.note(rule::WRONG_SOURCE_TYPE, reference.span, message);
            }
        }
    }
}
