//! What all linking shares: the document, its sources, and the findings so far.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::arazzo::Document;
use crate::diagnostic::{Diagnostic, Diagnostics, Edit, Fix};
use crate::rule::Rule;
use crate::span::Span;
use crate::suggest;

use super::declared::{Declared, Meant};
use super::operation::Found;
use super::parameters::{ComponentUses, Missing};
use super::sources::LinkedSources;
use super::{OperationTarget, WorkflowTarget};

/// How many names may be compared with a wrong one in all, so that a document full of them costs linear time.
const COMPARISONS: usize = 50_000;

/// One pass over a document.
pub(super) struct Linker<'d> {
    pub(super) document: &'d Document,
    pub(super) sources: &'d LinkedSources,
    pub(super) diagnostics: Diagnostics,
    comparisons: usize,
    /// The path parameters of the step that is being linked.
    pub(super) path_parameters: Vec<&'d str>,
    /// The names of lists that were looked into, by the list's address.
    names: HashMap<usize, Rc<HashSet<&'d str>>>,
    /// Operations that were asked for, by the text that asks.
    pub(super) found: HashMap<(Option<usize>, String), Found>,
    /// What the operations that are used declare, by source and pointer.
    pub(super) declared: HashMap<(usize, String), Rc<Declared>>,
    /// What the steps of the workflow lack, where a parameter of the workflow is meant for it.
    pub(super) missing_shared: Vec<Missing<'d>>,
    /// Which parameters of the workflow are meant for what an operation declares, and where they stand.
    pub(super) shared: HashMap<OperationTarget, Rc<HashMap<Meant, Span>>>,
    /// Whose outputs the workflows give that were asked for, and where each goes on to.
    pub(super) outcomes: HashMap<WorkflowTarget, Option<Rc<[WorkflowTarget]>>>,
    pub(super) onward: HashMap<WorkflowTarget, Option<Rc<[WorkflowTarget]>>>,
    /// Who uses which parameter among the components.
    pub(super) component_uses: HashMap<&'d str, ComponentUses<'d>>,
}

impl<'d> Linker<'d> {
    pub(super) fn new(document: &'d Document, sources: &'d LinkedSources) -> Linker<'d> {
        Linker {
            document,
            sources,
            diagnostics: Diagnostics::new(),
            comparisons: COMPARISONS,
            path_parameters: Vec::new(),
            names: HashMap::new(),
            found: HashMap::new(),
            declared: HashMap::new(),
            missing_shared: Vec::new(),
            shared: HashMap::new(),
            outcomes: HashMap::new(),
            onward: HashMap::new(),
            component_uses: HashMap::new(),
        }
    }

    /// Notes a finding of `rule` at `span` of the document.
    pub(super) fn note(&mut self, rule: &'static Rule, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        let at = self.diagnostics.len();
        self.diagnostics.push(Diagnostic::new(rule, message).at(self.document.source, span));
        &mut self.diagnostics[at]
    }

    /// The candidate most like a wrong name, as long as there is time to look.
    pub(super) fn nearest<'c>(&mut self, name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
        let mut used = 0;
        let left = self.comparisons;
        let near = suggest::nearest(name, candidates.into_iter().take(left).inspect(|_| used += 1), 1);
        self.comparisons -= used;
        near.into_iter().next()
    }

    /// The names of a list of the documents, each list read once.
    pub(super) fn names_of<T>(&mut self, list: &'d [T], name: impl Fn(&'d T) -> &'d str) -> Rc<HashSet<&'d str>> {
        if list.is_empty() {
            return Rc::default();
        }
        let names = self.names.entry(list.as_ptr().addr());
        names.or_insert_with(|| Rc::new(list.iter().map(name).collect())).clone()
    }

    /// Takes `count` comparisons of the time there is to look for near names; `false` if it is used up.
    pub(super) fn spend(&mut self, count: usize) -> bool {
        let enough = self.comparisons >= count;
        if enough {
            self.comparisons -= count;
        }
        enough
    }

    /// Notes a name that does not exist, and the nearest one with where it is declared.
    pub(super) fn unknown(
        &mut self,
        rule: &'static Rule,
        span: Span,
        wrong: &str,
        message: String,
        near: Option<(&str, Span)>,
    ) {
        let source = self.document.source;
        let sure = near.filter(|(name, _)| suggest::differ_in_case(wrong, name));
        let fix = sure.and_then(|(name, _)| self.rename(span, wrong, name));
        let diagnostic = self.note(rule, span, message);
        if let Some((name, span)) = near {
            diagnostic.fix = fix;
            diagnostic.help = Some(format!("did you mean `{name}`?"));
            if !span.is_empty() {
                let label = crate::diagnostic::Label { source, span, text: format!("`{name}` is declared here") };
                diagnostic.labels.push(label);
            }
        }
    }

    /// Says what there is, where the last finding offers nothing better.
    pub(super) fn offer<'c>(&mut self, what: &str, names: impl IntoIterator<Item = &'c str>) {
        let Some(last) = self.diagnostics.last_mut().filter(|last| last.help.is_none()) else { return };
        let names = suggest::enumerated(names.into_iter().filter(|name| !name.is_empty()));
        if !names.is_empty() {
            last.help = Some(format!("{what} {names}"));
        }
    }

    /// A change of a name that stands in the text at `span` just once.
    fn rename(&self, span: Span, wrong: &str, right: &str) -> Option<Fix> {
        let written = self.document.tree.text().get(span.range())?;
        let word = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-');
        let mut found = written.match_indices(wrong).filter(|(at, _)| {
            let (before, after) = (&written[..*at], &written[at + wrong.len()..]);
            !wrong.is_empty() && !before.ends_with(word) && !after.starts_with(word)
        });
        let (at, _) = found.next().filter(|_| found.next().is_none())?;
        let start = span.start as usize + at;
        let span = Span::new(start, start + wrong.len());
        let edit = Edit { source: self.document.source, span, replacement: right.to_owned() };
        Some(Fix { title: format!("use `{right}`"), edits: vec![edit] })
    }

    /// The index of a source by name; an unknown name is noted (ARZ-WF-07, A-36).
    pub(super) fn source(&mut self, name: &str, span: Span) -> Option<usize> {
        let document = self.document;
        if let Some(index) = document.source_index(name) {
            return Some(index);
        }
        let names = document.source_descriptions.iter().map(|source| source.name.as_str());
        let near = self.nearest(name, names).and_then(|near| document.source_index(near));
        let near = near.map(|index| &document.source_descriptions[index].name);
        let message = format!("there is no source description `{name}`");
        self.unknown(crate::rule::UNKNOWN_SOURCE, span, name, message, near.map(|name| (name.as_str(), name.span)));
        self.offer("there are", document.source_descriptions.iter().map(|source| source.name.as_str()));
        None
    }
}
