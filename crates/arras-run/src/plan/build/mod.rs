//! Building a plan: every workflow that the entry can reach, with names turned into indices.

mod action;
mod criterion;
mod operation;
mod replacement;
mod retain;
mod step;
mod workflow;
mod xml_arrays;

use std::collections::HashMap;
use std::sync::Arc;

use arras_doc::arazzo::{Document, WorkflowReference};
use arras_doc::diagnostic::{Diagnostic, Diagnostics, Severity, has_errors};
use arras_doc::jsonpath::Mode;
use arras_doc::link::{LinkedSources, Links, WorkflowTarget, workflow_target};
use arras_doc::openapi;
use arras_doc::rule::Rule;
use arras_doc::span::Span;

use super::{Parameter, Plan, Workflow};
use crate::place::Place;

/// Documents that are loaded and linked, the entry document first.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    /// The Arazzo documents.
    pub documents: Vec<LinkedDocument>,
}

/// An Arazzo document, its sources, and what its names stand for.
#[derive(Clone, Debug)]
pub struct LinkedDocument {
    /// The document.
    pub document: Arc<Document>,
    /// Its loaded sources.
    pub sources: LinkedSources,
    /// Its resolved names.
    pub links: Links,
    /// By source description: the place in [`Bundle::documents`], for those that are Arazzo documents.
    pub arazzo: Vec<Option<usize>>,
}

/// How a plan reads what the specification leaves open.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlanOptions {
    /// How JSONPath criteria are read.
    pub jsonpath: Mode,
}

/// Where an operation's requests go and who identifies the caller; decided outside, once for each step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The server's URL: absolute, variables filled in.
    pub base: String,
    /// The caller's own name for what the requests need by way of credentials.
    pub authorization: Option<usize>,
}

/// A step that calls an operation: what [`Bind`] decides about.
#[derive(Clone, Copy, Debug)]
pub struct Call<'c> {
    /// The document's index in the bundle.
    pub document: usize,
    /// The source description's index in the document.
    pub source: usize,
    /// The workflow's index in the document.
    pub workflow: usize,
    /// The step's index in the workflow.
    pub step: usize,
    /// The operation.
    pub operation: openapi::Operation<'c>,
    /// What the step sets, workflow-level parameters included.
    pub parameters: &'c [Parameter],
    /// Where the step stands.
    pub place: Place,
}

/// Decides where an operation's requests go and who identifies the caller.
pub type Bind<'b> = dyn FnMut(Call<'_>) -> Result<Binding, Diagnostics> + 'b;

impl Plan {
    /// Plans the workflow at `workflow` in the bundle's first document.
    ///
    /// # Errors
    /// All that keeps the workflow from being run: errors of its own parts, and parts that are not supported.
    pub fn build(
        bundle: &Bundle,
        workflow: usize,
        options: PlanOptions,
        bind: &mut Bind<'_>,
    ) -> Result<Plan, Diagnostics> {
        let mut builder = Builder {
            bundle,
            options,
            indices: HashMap::new(),
            pending: Vec::new(),
            diagnostics: Diagnostics::new(),
            bind,
        };
        let entry = builder.index(0, workflow);
        let mut workflows: Vec<Workflow> = Vec::new();
        while let Some(next) = builder.pending.get(workflows.len()).copied() {
            workflows.push(builder.workflow(next));
        }
        if has_errors(&builder.diagnostics) {
            return Err(builder.diagnostics);
        }
        // only now is it known which workflows there are
        let names: Vec<_> = (0..bundle.documents.len()).map(|document| builder.names(document)).collect();
        for (workflow, key) in workflows.iter_mut().zip(&builder.pending) {
            workflow.names.clone_from(&names[key.document]);
        }
        retain::mark(&mut workflows);
        Ok(Plan { workflows, entry })
    }
}

/// A workflow of the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    document: usize,
    workflow: usize,
}

/// A step of the bundle.
#[derive(Clone, Copy, Debug)]
struct At {
    key: Key,
    step: usize,
    place: Place,
}

struct Builder<'b> {
    bundle: &'b Bundle,
    options: PlanOptions,
    indices: HashMap<Key, usize>,
    /// In the order of the plan; those from the number of planned workflows on are still to be done.
    pending: Vec<Key>,
    diagnostics: Diagnostics,
    bind: &'b mut Bind<'b>,
}

impl<'b> Builder<'b> {
    /// The plan's index of a workflow, which will be planned if it is not yet.
    fn index(&mut self, document: usize, workflow: usize) -> usize {
        let key = Key { document, workflow };
        *self.indices.entry(key).or_insert_with(|| {
            self.pending.push(key);
            self.pending.len() - 1
        })
    }

    fn linked(&self, document: usize) -> &'b LinkedDocument {
        &self.bundle.documents[document]
    }

    /// The plan's index of a workflow that a document refers to.
    fn target(&mut self, document: usize, target: WorkflowTarget) -> Option<usize> {
        let document = match target.source {
            None => document,
            Some(source) => self.linked(document).arazzo.get(source).copied().flatten()?,
        };
        Some(self.index(document, target.workflow))
    }

    fn reference(&mut self, document: usize, reference: &WorkflowReference) -> Option<usize> {
        let linked = self.linked(document);
        let target = workflow_target(&linked.document, &linked.sources, reference)?;
        self.target(document, target)
    }

    fn place(&self, document: usize, span: Span) -> Place {
        Place { source: self.linked(document).document.source, span }
    }

    fn error(&mut self, rule: &'static Rule, place: Place, message: impl Into<String>, help: &str) {
        let diagnostic = Diagnostic::new(rule, message).severity(Severity::Error).at(place.source, place.span);
        self.diagnostics.push(if help.is_empty() { diagnostic } else { diagnostic.help(help) });
    }
}
