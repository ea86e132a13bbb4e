//! Building a plan: every workflow that the entry can reach, with names turned into indices.

mod action;
mod credential;
mod criterion;
mod input_schema;
mod operation;
mod own_security;
mod replacement;
mod retain;
mod step;
mod value;
mod workflow;
mod xml_types;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use arras_doc::arazzo::{Document, WorkflowReference};
use arras_doc::diagnostic::{Diagnostic, Diagnostics, Severity, has_errors, tolerate_nothing};
use arras_doc::jsonpath::Mode;
use arras_doc::link::{LinkedSources, Links, OperationTarget, WorkflowTarget, workflow_target};
use arras_doc::openapi::{self, Location};
use arras_doc::rule::Rule;
use arras_doc::span::Span;

use self::operation::Described;
pub use self::own_security::own_security;
use super::{Operation, Parameter, Plan, Workflow};
use crate::check::Schemas;
use crate::effect;
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
    /// Whether anything is tolerated.
    pub strictness: Strictness,
    /// What becomes of the workflows that others depend on.
    pub dependencies: Dependencies,
}

/// Whether what the specification does not allow, or leaves open, is tolerated where its meaning is clear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// It is, with a warning.
    #[default]
    Tolerant,
    /// It is not: values that are absent are errors, and criteria that can't be evaluated fail.
    Strict,
}

/// What becomes of the workflows that others depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dependencies {
    /// They run before those, once in a run.
    #[default]
    Run,
    /// They are not run: without their results, those fail.
    Refuse,
}

/// Where an operation's requests go and who identifies the caller; decided outside, once for each step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
    /// The parameters that the step sets, those of its workflow included.
    pub parameters: &'c [SetParameter],
}

/// A parameter that a step sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetParameter {
    /// Where it goes.
    pub location: Location,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub place: Place,
}

impl SetParameter {
    /// Where a parameter goes; `None` for an input of a workflow.
    pub fn of(parameter: &Parameter) -> Option<SetParameter> {
        Some(SetParameter { location: parameter.location?, name: parameter.name.clone(), place: parameter.place })
    }
}

/// Decides where an operation's requests go and who identifies the caller.
pub type Bind<'b> = dyn FnMut(Call<'_>) -> Result<Binding, Diagnostics> + 'b;

impl Plan {
    /// Plans the workflow at `workflow` in the bundle's first document; with the plan comes what a reader of the document
    /// may not expect, such as an expression that is embedded without braces.
    ///
    /// # Errors
    /// All that keeps the workflow from being run: errors of its own parts, and parts that are not supported.
    pub fn build(
        bundle: &Bundle,
        workflow: usize,
        options: PlanOptions,
        bind: &mut Bind<'_>,
    ) -> Result<(Plan, Diagnostics), Diagnostics> {
        let mut builder = Builder {
            bundle,
            options,
            indices: HashMap::new(),
            pending: Vec::new(),
            diagnostics: Diagnostics::new(),
            noted: HashSet::new(),
            schemas: Arc::default(),
            operations: HashMap::new(),
            bind,
        };
        let entry = builder.index(0, workflow);
        let mut workflows: Vec<Workflow> = Vec::new();
        let mut sources: HashMap<usize, Arc<_>> = HashMap::new();
        while let Some(next) = builder.pending.get(workflows.len()).copied() {
            let facts = sources.entry(next.document).or_insert_with(|| Arc::new(builder.sources(next.document)));
            let facts = facts.clone();
            workflows.push(builder.workflow(next, facts));
        }
        if options.strictness == Strictness::Strict {
            tolerate_nothing(&mut builder.diagnostics);
        }
        if has_errors(&builder.diagnostics) {
            return Err(builder.diagnostics);
        }
        builder.name(&mut workflows);
        retain::mark(&mut workflows);
        credential::mark(&mut workflows);
        let PlanOptions { strictness, dependencies, .. } = options;
        let plan = Plan { workflows, entry, strictness, dependencies, stand_ins: Arc::default() };
        Ok((plan, builder.diagnostics))
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
}

/// An operation of a document's source description, as it was bound.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Bound {
    document: usize,
    target: OperationTarget,
    binding: Binding,
}

struct Builder<'b, 'f> {
    bundle: &'b Bundle,
    options: PlanOptions,
    indices: HashMap<Key, usize>,
    /// In the order of the plan; those from the number of planned workflows on are still to be done.
    pending: Vec<Key>,
    diagnostics: Diagnostics,
    /// Where a warning was given: what several steps share is read for each of them.
    noted: HashSet<(&'static str, Place)>,
    schemas: Arc<Schemas>,
    /// What steps that call the same operation share.
    operations: HashMap<Bound, (Arc<Operation>, Rc<Described<'b>>)>,
    bind: &'f mut Bind<'f>,
}

impl<'b> Builder<'b, '_> {
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

    /// The workflow of the bundle that a document refers to.
    fn key(&self, document: usize, target: WorkflowTarget) -> Option<Key> {
        let document = match target.source {
            None => document,
            Some(source) => self.linked(document).arazzo.get(source).copied().flatten()?,
        };
        Some(Key { document, workflow: target.workflow })
    }

    /// The plan's index of a workflow that a document refers to.
    fn target(&mut self, document: usize, target: WorkflowTarget) -> Option<usize> {
        let key = self.key(document, target)?;
        Some(self.index(key.document, key.workflow))
    }

    fn reference(&mut self, document: usize, reference: &WorkflowReference) -> Option<usize> {
        let linked = self.linked(document);
        let target = workflow_target(&linked.document, &linked.sources, reference)?;
        self.target(document, target)
    }

    /// Gives each workflow the names of the others; only when all are planned is it known which there are.
    fn name(&self, workflows: &mut [Workflow]) {
        let planned = self.by_document();
        let mut names: HashMap<usize, Arc<HashMap<String, usize>>> = HashMap::new();
        let mut namesakes: HashMap<String, u32> = HashMap::new();
        for (workflow, key) in workflows.iter_mut().zip(&self.pending) {
            workflow.names =
                names.entry(key.document).or_insert_with(|| Arc::new(self.names(key.document, &planned))).clone();
            let before = namesakes.entry(workflow.id.clone()).or_default();
            *before += 1;
            let id = effect::escaped(&workflow.id);
            workflow.alias = if *before == 1 { id.into_owned() } else { format!("{id}~{before}") };
        }
    }

    fn place(&self, document: usize, span: Span) -> Place {
        Place { source: self.linked(document).document.source, span }
    }

    fn error(&mut self, rule: &'static Rule, place: Place, message: impl Into<String>, help: &str) {
        let diagnostic = Diagnostic::new(rule, message).severity(Severity::Error).at(place.source, place.span);
        self.diagnostics.push(if help.is_empty() { diagnostic } else { diagnostic.help(help) });
    }

    /// Notes a finding that does not keep the workflow from being run, once for each place.
    fn note(&mut self, place: Place, diagnostic: Diagnostic) {
        if self.noted.insert((diagnostic.rule.id, place)) {
            self.diagnostics.push(diagnostic.at(place.source, place.span));
        }
    }
}
