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

/// What was found so far.
#[derive(Default)]
pub(super) struct Merged {
    files: Vec<String>,
    diagnostics: Vec<Diagnostic>,
    seen: HashSet<Identity>,
}

/// What makes two findings the same, though a description they are about was linked for two documents.
type Identity = (&'static str, Option<(SourceId, Span)>, String);

impl Merged {
    /// Adds what was found in a file and the files that it refers to.
    pub(super) fn add(&mut self, file: &str, loaded: &Loaded) {
        self.files.push(file.to_owned());
        let mut found = loaded.diagnostics().to_vec();
        let documents: Vec<&Document> = loaded.bundle().documents.iter().map(|one| &*one.document).collect();
        lint::add(&mut found, loaded.lint(), &documents);
        for diagnostic in found {
            // what is not there is worth knowing once, wherever it is referred to
            let anywhere = diagnostic.rule == rule::UNRESOLVED_REFERENCE && diagnostic.severity == Severity::Advice;
            let span = |span| if anywhere { Span::default() } else { span };
            let place = diagnostic.primary().map(|label| (label.source, span(label.span)));
            if self.seen.insert((diagnostic.rule.id, place, diagnostic.message.clone())) {
                self.diagnostics.push(diagnostic);
            }
        }
    }

    /// Notes a file that can't be read.
    pub(super) fn unreadable(&mut self, file: &str, error: &Error, shelf: &Shelf) {
        self.files.push(file.to_owned());
        let diagnostic = Diagnostic::new(rule::SOURCE_UNREADABLE, error.to_string());
        // one that is not there has no lines
        let is_there = Path::new(file).is_file();
        self.diagnostics.push(if is_there { diagnostic.at(shelf.unread(file), Span::default()) } else { diagnostic });
    }

    /// Everything, with the texts of the shelf that all files were loaded on.
    /// What is found has the severity that `levels`, and the texts themselves, say.
    pub(super) fn finish(mut self, shelf: &Shelf, levels: &Levels, at: Timestamp) -> (Checked, Places) {
        let mut inline: HashMap<SourceId, InlineLevels> = HashMap::new();
        for (id, _) in shelf.sources().iter() {
            let Some(tree) = shelf.tree(id) else { continue };
            let (found, problems) = InlineLevels::read(id, &tree);
            inline.insert(id, found);
            self.diagnostics.extend(problems);
        }
        levels::apply(&mut self.diagnostics, levels, |id| inline.get(&id));
        self.sort(shelf);
        let own = shelf.clone();
        let places = Places::new(Arc::new(shelf.sources()), move |source, span| own.pointer(source, span));
        (Checked { at, files: self.files, diagnostics: self.diagnostics, warnings_denied: false }, places)
    }

    /// By file, those that were asked for first, then by place.
    fn sort(&mut self, shelf: &Shelf) {
        let files: HashMap<&str, usize> = self.files.iter().enumerate().map(|(at, file)| (file.as_str(), at)).collect();
        let orders: HashMap<SourceId, (usize, String)> = shelf
            .sources()
            .iter()
            .map(|(id, source)| {
                let asked = files.get(&*source.name).copied().unwrap_or(usize::MAX);
                (id, (asked, source.name.to_string()))
            })
            .collect();
        self.diagnostics.sort_by_cached_key(|found| {
            let place =
                found.primary().map(|label| (orders.get(&label.source).cloned(), label.span.start, label.span.end));
            (place, Reverse(found.severity))
        });
    }
}
