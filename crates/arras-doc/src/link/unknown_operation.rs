//! What to say about operations that are not there, in several places, or not told apart.

use crate::arazzo::{OperationId, StepTarget};
use crate::diagnostic::{Edit, Fix, Label};
use crate::openapi::{self, Lookup, Operation};
use crate::rule;
use crate::span::Span;
use crate::suggest;

use super::linker::Linker;
use super::sources::LinkedSource;
use super::{Target, message, similar_operation};

impl<'d> Linker<'d> {
    /// A change of the id at the end of a reference, if it stands in the text as it is.
    pub(super) fn respell(&self, id: &str, replacement: &str, span: Span) -> Option<Fix> {
        let written = self.document.tree.text().get(span.range())?;
        let start = span.start as usize + written.rfind(id)?;
        let edit = Edit {
            source: self.document.source,
            span: Span::new(start, start + id.len()),
            replacement: replacement.to_owned(),
        };
        Some(Fix { title: format!("use `{replacement}`"), edits: vec![edit] })
    }

    pub(super) fn unqualified_operation(&mut self, source: usize, id: &str, span: Span) {
        let strict = format!("$sourceDescriptions.{}.{id}", self.document.source_descriptions[source].name.value);
        let message = format!("the operation `{id}` does not say which source description it is in");
        let file = self.document.source;
        let diagnostic = self.note(rule::UNQUALIFIED_OPERATION, span, message);
        diagnostic.help = Some(format!("write `{strict}`"));
        if span.len() == id.len() {
            let edits = vec![Edit { source: file, span, replacement: strict }];
            diagnostic.fix = Some(Fix { title: "name the source".into(), edits });
        }
    }

    pub(super) fn ambiguous_operation(&mut self, found: &[(usize, Target)], id: &str, span: Span) {
        let names = found.iter().map(|(source, _)| &self.document.source_descriptions[*source].name);
        let labels: Vec<Label> = names
            .map(|name| Label { source: self.document.source, span: name.span, text: format!("`{id}` is here") })
            .collect();
        let one_source = found.windows(2).all(|pair| matches!(pair, [(a, _), (b, _)] if a == b));
        let diagnostic = if one_source {
            let message = format!("the source has several operations `{id}`");
            let diagnostic = self.note(rule::AMBIGUOUS_OPERATION, span, message);
            diagnostic.help = Some("name the operation by `operationPath`".into());
            diagnostic
        } else {
            let message = format!("several sources have an operation `{id}`");
            let diagnostic = self.note(rule::AMBIGUOUS_OPERATION, span, message);
            diagnostic.help = Some(format!("write `$sourceDescriptions.<name>.{id}`"));
            diagnostic
        };
        diagnostic.labels.extend(labels.into_iter().take(8));
        diagnostic.labels.dedup();
    }

    pub(super) fn unknown_operation(&mut self, sources: &[usize], id: &str, span: Span) {
        let document = self.document;
        let message = match sources {
            [source] => format!("`{}` has no operation `{id}`", document.source_descriptions[*source].name.value),
            _ => format!("no source description has an operation `{id}`"),
        };
        let labels = sources.iter().take(8).map(|source| Label {
            source: document.source,
            span: document.source_descriptions[*source].name.span,
            text: "looked for in this description".into(),
        });
        let near = self.nearest_operation(sources, id);
        let workflow = document.workflow_index(id).is_some();
        let sure = near.as_ref().filter(|near| suggest::differ_in_case(id, &near.name));
        let fix = sure.and_then(|near| self.respell(id, &near.name, span));
        let near_message = self.nearest_message(sources, id);
        let diagnostic = self.note(rule::UNKNOWN_OPERATION, span, message);
        diagnostic.labels.extend(labels);
        if let Some(near) = near {
            diagnostic.help = Some(format!("did you mean `{}`?", near.name));
            diagnostic.labels.push(near.label);
            diagnostic.fix = fix;
        } else if let Some(near) = near_message {
            diagnostic.help = Some(format!("did you mean `{near}`?"));
        } else if workflow {
            diagnostic.help = Some(format!("there is a workflow of this name: write `workflowId: {id}`"));
        }
    }

    /// The id of an AsyncAPI operation that is nearest.
    fn nearest_message(&mut self, sources: &[usize], id: &str) -> Option<&'d str> {
        let trees = sources.iter().filter_map(|source| match self.sources.get(*source) {
            LinkedSource::AsyncApi(_, tree) => Some(message::operation_ids(tree)),
            _ => None,
        });
        let ids: Vec<&'d str> = trees.flatten().collect();
        self.nearest(id, ids)
    }

    /// The operation of all sources that fits a wrong id best; none if several fit equally, or if another step calls it
    /// and the id is not merely misspelt.
    fn nearest_operation(&mut self, sources: &[usize], id: &str) -> Option<Near> {
        /// Up to here an id is the same one with few typing errors.
        const MISSPELT: usize = 3;
        let mut best: Option<(usize, &'d openapi::Description, &'d str)> = None;
        let mut ties = false;
        for source in sources {
            let LinkedSource::OpenApi(description) = self.sources.get(*source) else { continue };
            if !self.spend(description.operations().len()) {
                return None;
            }
            for operation in description.operations() {
                let Some(distance) = similar_operation::distance(id, &operation) else { continue };
                let Some(name) = operation.operation_id() else { continue };
                if distance > MISSPELT && self.is_called(name) {
                    continue;
                }
                match best {
                    Some((least, ..)) if least < distance => {}
                    Some((least, _, other)) if least == distance => ties |= name != other,
                    _ => (best, ties) = (Some((distance, &**description, name)), false),
                }
            }
        }
        let (_, description, name) = best.filter(|_| !ties)?;
        near_operation(description, name)
    }

    /// Whether a step calls the operation of that id.
    fn is_called(&self, id: &str) -> bool {
        let steps = self.document.workflows.iter().flat_map(|workflow| &workflow.steps);
        let mut targets = steps.filter_map(|step| step.target.as_ref());
        targets.any(|target| match target {
            StepTarget::OperationId(called) => match &called.value {
                OperationId::Plain(called) | OperationId::Qualified { operation: called, .. } => called == id,
            },
            _ => false,
        })
    }

    pub(super) fn unknown_pointer(
        &mut self,
        source: usize,
        description: &openapi::Description,
        pointer: &str,
        span: Span,
    ) {
        let document = self.document;
        let near = self.spend(description.operations().len()).then(|| {
            let pointers = description.operations().map(Operation::pointer);
            suggest::nearest(pointer, pointers, 1).first().map(|near| (*near).to_owned())
        });
        let declared = &document.source_descriptions[source].name;
        let message = format!("`{}` has no operation at `{pointer}`", declared.value);
        let label =
            Label { source: document.source, span: declared.span, text: "looked for in this description".into() };
        let diagnostic = self.note(rule::UNKNOWN_OPERATION, span, message);
        diagnostic.labels.push(label);
        diagnostic.help = near.flatten().map(|near| format!("did you mean `{near}`?"));
    }
}

/// An operation whose name is near, and where it is declared.
pub(super) struct Near {
    pub(super) name: String,
    pub(super) label: Label,
}

pub(super) fn near_operation(description: &openapi::Description, name: &str) -> Option<Near> {
    let operation = match description.operation(name) {
        Lookup::Found(operation) => operation,
        Lookup::Several(operations) => operations.into_iter().next()?,
        Lookup::Missing => return None,
    };
    let place = operation.place();
    let place = place.get("operationId").unwrap_or(place);
    let text = format!("`{name}` is declared here");
    Some(Near { name: name.to_owned(), label: Label { source: place.source(), span: place.span(), text } })
}
