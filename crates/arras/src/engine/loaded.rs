//! What was loaded: documents, what is wrong with them, and the workflows to run.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arras_doc::arazzo::Document;
use arras_doc::diagnostic::{Diagnostic, Diagnostics, Severity, has_errors, tolerate_nothing};
use arras_doc::link::LinkedSource;
use arras_doc::lint::lint;
use arras_doc::node::Tree;
use arras_doc::openapi::{self, Operation};
use arras_doc::source::{SourceId, Sources};
use arras_doc::span::Span;
use arras_doc::suggest;
use arras_run::plan::{Bundle, Plan, Strictness};

use crate::auth::Scope;

use super::bind::Binder;
use super::concern::Concern;
use super::reach;
use super::texts::is_web;
use super::workflow::Trust;
use super::{Engine, Error, Needs, Tape, WorkflowRun};

/// A document with everything that it refers to.
#[derive(Clone, Debug)]
pub struct Loaded {
    parts: Arc<LoadedParts>,
}

#[derive(Debug)]
struct LoadedParts {
    engine: Engine,
    sources: Sources,
    trees: HashMap<SourceId, Arc<Tree>>,
    bundle: Bundle,
    entry: Option<Arc<openapi::Description>>,
    diagnostics: Diagnostics,
    trust: Trust,
}

/// A workflow of the document that was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowSummary {
    /// Its `workflowId`.
    pub id: String,
    /// Its `summary`.
    pub summary: Option<String>,
    /// Whether no other workflow of the document calls it or depends on it.
    pub root: bool,
}

impl Loaded {
    pub(super) fn new(
        engine: Engine,
        sources: Sources,
        trees: HashMap<SourceId, Arc<Tree>>,
        bundle: Bundle,
        entry: Option<Arc<openapi::Description>>,
        diagnostics: Diagnostics,
    ) -> Loaded {
        let from_web = sources.iter().any(|(_, source)| is_web(&source.uri));
        let trust = if from_web { Trust::Web } else { Trust::Own };
        Loaded { parts: Arc::new(LoadedParts { engine, sources, trees, bundle, entry, diagnostics, trust }) }
    }

    /// Everything that is wrong or doubtful with the documents.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.parts.diagnostics
    }

    /// What would go wrong in the documents although every name in them is known: see [`mod@arras_doc::lint`]. A run does
    /// not ask for it.
    pub fn lint(&self) -> Diagnostics {
        let documents = &self.parts.bundle.documents;
        let mut found: Diagnostics =
            documents.iter().flat_map(|one| lint(&one.document, &one.sources, &one.links)).collect();
        if self.parts.engine.parts.settings.plan.strictness == Strictness::Strict {
            tolerate_nothing(&mut found);
        }
        found
    }

    /// The texts, for rendering diagnostics.
    pub fn sources(&self) -> &Sources {
        &self.parts.sources
    }

    /// The texts that have a structure: the document that was asked for, and what it leads to.
    pub fn texts(&self) -> impl Iterator<Item = SourceId> + '_ {
        self.parts.trees.keys().copied()
    }

    /// The JSON Pointer of a place in one of the texts.
    pub fn pointer(&self, source: SourceId, span: Span) -> Option<String> {
        Some(self.parts.trees.get(&source)?.pointer_at(span))
    }

    /// [`Loaded::pointer`] apart from all else, which may be dropped.
    pub fn pointers(&self) -> impl Fn(SourceId, Span) -> Option<String> + Send + Sync + use<> {
        let trees = self.parts.trees.clone();
        move |source, span| Some(trees.get(&source)?.pointer_at(span))
    }

    /// The document that was asked for; `None` if it could not be read.
    pub fn document(&self) -> Option<&Arc<Document>> {
        self.parts.bundle.documents.first().map(|linked| &linked.document)
    }

    /// The documents with their links, the one that was asked for first.
    pub fn bundle(&self) -> &Bundle {
        &self.parts.bundle
    }

    /// The workflows of the document that was asked for.
    pub fn workflows(&self) -> Vec<WorkflowSummary> {
        let Some(linked) = self.parts.bundle.documents.first() else { return Vec::new() };
        let used = used_workflows(linked);
        let summary = |(index, workflow): (usize, &arras_doc::arazzo::Workflow)| WorkflowSummary {
            id: workflow.workflow_id.value.clone(),
            summary: workflow.summary.as_ref().map(|summary| summary.value.clone()),
            root: !used.contains(&index),
        };
        linked.document.workflows.iter().enumerate().map(summary).collect()
    }

    /// Every OpenAPI description with the name of its source, each once.
    pub fn descriptions(&self) -> Vec<(String, Arc<openapi::Description>)> {
        let mut found: Vec<(String, Arc<openapi::Description>)> = Vec::new();
        for linked in &self.parts.bundle.documents {
            for (index, source) in linked.document.source_descriptions.iter().enumerate() {
                if let LinkedSource::OpenApi(description) = linked.sources.get(index)
                    && !found.iter().any(|(name, _)| *name == source.name.value)
                {
                    found.push((source.name.value.clone(), description.clone()));
                }
            }
        }
        found
    }

    /// The OpenAPI description that was asked for in place of an Arazzo document.
    pub fn entry_description(&self) -> Option<&Arc<openapi::Description>> {
        self.parts.entry.as_ref()
    }

    /// For what the requests of an operation of that source are signed by AWS Signature Version 4, if they are. `region`
    /// stands in where nobody tells one, as [`AwsSettings::last_region`](super::AwsSettings::last_region) does in a run.
    pub fn signing_scope(&self, source: &str, operation: Operation<'_>, region: &str) -> Option<Scope> {
        super::bind::signing_scope(&self.parts.engine, source, operation, region)
    }

    /// What the requests of the document's steps need for their caller to be known, and where credentials are looked for;
    /// no value of any, and nothing is asked of anyone.
    ///
    /// # Errors
    /// [`Error::is_refused`] if there is no Arazzo document.
    pub fn needs(&self) -> Result<Needs, Error> {
        let refused = || Error::refused(self.parts.diagnostics.clone());
        let linked = self.parts.bundle.documents.first().ok_or_else(refused)?;
        super::needs::needs(&self.parts.engine, linked)
    }

    fn plan(&self, index: usize, binder: &mut Binder<'_>) -> Result<(Plan, Diagnostics), Diagnostics> {
        let parts = &self.parts;
        let built = Plan::build(&parts.bundle, index, parts.engine.parts.settings.plan, &mut |call| binder.bind(call));
        match &parts.engine.parts.tape {
            Some(Tape::Replay(replay)) => built.map(|(plan, notes)| (plan.with_stand_ins(replay.stand_ins()), notes)),
            _ => built,
        }
    }

    fn workflow_index(&self, id: &str) -> Result<usize, Error> {
        let parts = &self.parts;
        let Some(document) = self.document() else { return Err(Error::refused(parts.diagnostics.clone())) };
        document.workflow_index(id).ok_or_else(|| {
            let names = document.workflows.iter().map(|workflow| workflow.workflow_id.as_str());
            let near = suggest::nearest(id, names, 3);
            Error::usage(format!("there is no workflow `{id}`"), suggest::did_you_mean(&near))
        })
    }

    /// The errors that keep a workflow of the document from being run: not those inside of workflows that it never comes
    /// to, unless nothing is tolerated.
    fn errors_of(&self, workflow: usize) -> impl Iterator<Item = &Diagnostic> {
        let parts = &self.parts;
        let mut errors = parts.diagnostics.iter().filter(|it| it.severity == Severity::Error).peekable();
        let tolerant = parts.engine.parts.settings.plan.strictness == Strictness::Tolerant;
        let is_any = errors.peek().is_some();
        let reachable = (tolerant && is_any).then(|| reach::reachable(&parts.bundle, workflow));
        let concern = Concern::new(&parts.bundle);
        errors.filter(move |error| match (&reachable, concern.workflows(error)) {
            (Some(reachable), Some(places)) => places.iter().any(|place| reachable.contains(place)),
            _ => true,
        })
    }

    /// What is wrong with the documents and does not keep these workflows from being run.
    ///
    /// # Errors
    /// Everything that is wrong, if some of it does. A workflow that does not exist is for [`Loaded::workflow`] to tell.
    pub fn tolerated(&self, workflows: &[String]) -> Result<&[Diagnostic], &[Diagnostic]> {
        let found = self.parts.diagnostics.as_slice();
        let Some(document) = self.document() else { return Err(found) };
        let indices = workflows.iter().filter_map(|id| document.workflow_index(id));
        let is_concerned = indices.into_iter().any(|index| self.errors_of(index).next().is_some());
        if is_concerned { Err(found) } else { Ok(found) }
    }

    /// Prepares a workflow of the document to be run.
    ///
    /// # Errors
    /// [`Error::is_refused`] if documents have errors that concern it, [`Error::is_usage`] if there is no such workflow,
    /// [`Error::is_auth`] if credentials are missing or no AWS region is known.
    pub fn workflow(&self, id: &str) -> Result<WorkflowRun, Error> {
        let parts = &self.parts;
        if has_errors(&parts.diagnostics) && self.document().and_then(|document| document.workflow_index(id)).is_none()
        {
            return Err(Error::refused(parts.diagnostics.clone()));
        }
        let index = self.workflow_index(id)?;
        if self.errors_of(index).next().is_some() {
            return Err(Error::refused(parts.diagnostics.clone()));
        }
        let mut binder = Binder::new(&parts.engine, &parts.bundle);
        let plan = self.plan(index, &mut binder);
        let bound = binder.finish()?;
        match plan {
            Ok((plan, notes)) => {
                let concern = Concern::new(&parts.bundle);
                let found = parts.diagnostics.iter().map(|found| elsewhere(found, &concern)).chain(notes).collect();
                Ok(WorkflowRun::new(parts.engine.clone(), Arc::new(plan), bound, found, parts.trust))
            }
            Err(found) => Err(Error::refused(parts.diagnostics.iter().cloned().chain(found).collect())),
        }
    }
}

/// A finding as it concerns a run that it does not keep from beginning: an error is one of a workflow that does not run, or
/// of what no workflow uses.
fn elsewhere(found: &Diagnostic, concern: &Concern<'_>) -> Diagnostic {
    if !found.is_error() {
        return found.clone();
    }
    let place = match concern.workflows(found).is_some_and(|workflows| workflows.is_empty()) {
        true => "in what no workflow uses",
        false => "in a workflow that does not run now",
    };
    Diagnostic { message: format!("{}, {place}", found.message), severity: Severity::Warning, ..found.clone() }
}

/// The workflows that another one calls, goes to or depends on.
fn used_workflows(linked: &arras_run::plan::LinkedDocument) -> HashSet<usize> {
    let others =
        |index: usize| reach::targets(linked, index).into_iter().filter(move |target| target.workflow != index);
    let all = (0..linked.document.workflows.len()).flat_map(others);
    all.filter(|target| target.source.is_none()).map(|target| target.workflow).collect()
}
