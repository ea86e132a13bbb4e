//! The findings of many files as one: each finding once.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use arras::{Error, Loaded, Shelf};
use arras_doc::arazzo::Document;
use arras_doc::diagnostic::{Diagnostic, Severity};
use arras_doc::levels::{self, InlineLevels, Levels};
use arras_doc::lint;
use arras_doc::rule;
use arras_doc::source::SourceId;
use arras_doc::span::Span;
use arras_run::time::Timestamp;

use crate::diagnostics::{Checked, Places};

/// What was found in one of the files, and in those that it refers to.
#[derive(Debug)]
pub(super) struct Looked {
    pub(super) file: String,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The texts that it was found in.
    pub(super) texts: Vec<SourceId>,
}

impl Looked {
    /// At a file that was loaded.
    pub(super) fn at(file: &str, loaded: &Loaded) -> Looked {
        let mut diagnostics = loaded.diagnostics().to_vec();
        let documents: Vec<&Document> = loaded.bundle().documents.iter().map(|one| &*one.document).collect();
        lint::add(&mut diagnostics, loaded.lint(), &documents);
        Looked { file: file.to_owned(), diagnostics, texts: loaded.texts().collect() }
    }

    /// At a file that can't be read.
    pub(super) fn unreadable(file: &str, error: &Error, shelf: &Shelf) -> Looked {
        let diagnostic = Diagnostic::new(rule::SOURCE_UNREADABLE, error.to_string());
        // one that is not there has no lines
        let is_there = Path::new(file).is_file();
        let diagnostic = if is_there { diagnostic.at(shelf.unread(file), Span::default()) } else { diagnostic };
        Looked { file: file.to_owned(), diagnostics: vec![diagnostic], texts: Vec::new() }
    }
}

/// What was found so far.
#[derive(Default)]
pub(super) struct Merged {
    /// The files in their order, each with the places in `diagnostics` of what was found.
    files: Vec<(String, Vec<usize>, Vec<SourceId>)>,
    places: HashMap<String, usize>,
    /// Each finding once, with the number of files that it was found from.
    diagnostics: Vec<(Diagnostic, usize)>,
    known: HashMap<Identity, usize>,
}

/// What makes two findings the same, though a description they are about was linked for two documents.
type Identity = (&'static str, Option<(SourceId, Span)>, String);

impl Merged {
    /// Adds what was found in a file, in place of what was found in it before.
    pub(super) fn add(&mut self, looked: Looked) {
        let (mut found, mut own) = (Vec::with_capacity(looked.diagnostics.len()), HashSet::new());
        for diagnostic in looked.diagnostics {
            // what is not there is worth knowing once, wherever it is referred to
            let anywhere = diagnostic.rule == rule::UNRESOLVED_REFERENCE && diagnostic.severity == Severity::Advice;
            let span = |span| if anywhere { Span::default() } else { span };
            let place = diagnostic.primary().map(|label| (label.source, span(label.span)));
            let next = self.diagnostics.len();
            let at = *self.known.entry((diagnostic.rule.id, place, diagnostic.message.clone())).or_insert(next);
            if at == next {
                self.diagnostics.push((diagnostic, 0));
            }
            if own.insert(at) {
                self.diagnostics[at].1 += 1;
                found.push(at);
            }
        }
        match self.places.get(&looked.file).and_then(|at| self.files.get_mut(*at)) {
            Some((_, before, texts)) => {
                before.iter().for_each(|at| self.diagnostics[*at].1 -= 1);
                (*before, *texts) = (found, looked.texts);
            }
            None => {
                self.places.insert(looked.file.clone(), self.files.len());
                self.files.push((looked.file, found, looked.texts));
            }
        }
    }

    /// The files, in their order.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(file, ..)| file.as_str())
    }

    /// The texts that something was last found in.
    pub(super) fn texts(&self) -> HashSet<SourceId> {
        self.files.iter().flat_map(|(.., texts)| texts).copied().collect()
    }

    /// The files that one of the texts is part of.
    pub(super) fn files_with(&self, text: SourceId) -> Vec<String> {
        self.files.iter().filter(|(.., texts)| texts.contains(&text)).map(|(file, ..)| file.clone()).collect()
    }

    /// What was found in all files, each finding once.
    pub(super) fn found(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|(_, files)| *files > 0).map(|(found, _)| found)
    }

    /// Everything, with the texts of the shelf that all files were loaded on.
    /// What is found has the severity that `levels`, and the texts themselves, say.
    pub(super) fn finish(self, shelf: &Shelf, levels: &Levels, at: Timestamp) -> (Checked, Places) {
        let texts = self.texts();
        let found = self.diagnostics.into_iter().filter(|(_, files)| *files > 0).map(|(found, _)| found);
        let mut diagnostics = levelled(found.collect(), &texts, shelf, levels);
        let files: Vec<String> = self.files.into_iter().map(|(file, ..)| file).collect();
        sort(&mut diagnostics, &files, shelf);
        let own = shelf.clone();
        let places = Places::new(Arc::new(shelf.sources()), move |source, span| own.pointer(source, span));
        (Checked { at, files, diagnostics, warnings_denied: false }, places)
    }
}

/// Findings with the severity that `levels`, and the texts themselves, say; and what is wrong with what the texts say.
pub(super) fn levelled(
    mut diagnostics: Vec<Diagnostic>,
    texts: &HashSet<SourceId>,
    shelf: &Shelf,
    levels: &Levels,
) -> Vec<Diagnostic> {
    let mut inline: HashMap<SourceId, InlineLevels> = HashMap::new();
    let mut texts: Vec<SourceId> = texts.iter().copied().collect();
    texts.sort();
    for id in texts {
        let Some(tree) = shelf.tree(id) else { continue };
        let (found, problems) = InlineLevels::read(id, &tree);
        inline.insert(id, found);
        diagnostics.extend(problems);
    }
    levels::apply(&mut diagnostics, levels, |id| inline.get(&id));
    diagnostics
}

/// By file, those that were asked for first, then by place.
fn sort(diagnostics: &mut [Diagnostic], files: &[String], shelf: &Shelf) {
    let files: HashMap<&str, usize> = files.iter().enumerate().map(|(at, file)| (file.as_str(), at)).collect();
    let orders: HashMap<SourceId, (usize, String)> = shelf
        .sources()
        .iter()
        .map(|(id, source)| {
            let asked = files.get(&*source.name).copied().unwrap_or(usize::MAX);
            (id, (asked, source.name.to_string()))
        })
        .collect();
    diagnostics.sort_by_cached_key(|found| {
        let place = found.primary().map(|label| (orders.get(&label.source).cloned(), label.span.start, label.span.end));
        (place, Reverse(found.severity))
    });
}
