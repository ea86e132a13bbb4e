//! The findings of many files as one: each finding once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arras::{Error, Loaded, Shelf};
use arras_doc::diagnostic::Diagnostic;
use arras_doc::levels::{self, InlineLevels, Levels};
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
        let lint = loaded.lint();
        for diagnostic in loaded.diagnostics().iter().chain(&lint) {
            let place = diagnostic.primary().map(|label| (label.source, label.span));
            if self.seen.insert((diagnostic.rule.id, place, diagnostic.message.clone())) {
                self.diagnostics.push(diagnostic.clone());
            }
        }
    }

    /// Notes a file that can't be read.
    pub(super) fn unreadable(&mut self, file: &str, error: &Error) {
        self.files.push(file.to_owned());
        self.diagnostics.push(Diagnostic::new(rule::SOURCE_UNREADABLE, error.to_string()));
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
        let own = shelf.clone();
        let places = Places::new(Arc::new(shelf.sources()), move |source, span| own.pointer(source, span));
        (Checked { at, files: self.files, diagnostics: self.diagnostics }, places)
    }
}
