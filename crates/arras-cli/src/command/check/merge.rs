//! The findings of many files as one: each text once, each finding once.

use std::collections::HashSet;
use std::sync::Arc;

use arras::{Error, Loaded};
use arras_doc::diagnostic::Diagnostic;
use arras_doc::rule;
use arras_doc::source::{SourceId, Sources};
use arras_run::time::Timestamp;

use crate::diagnostics::{Checked, Places};

/// What was found so far.
#[derive(Default)]
pub(super) struct Merged {
    sources: Sources,
    /// Which document a text came from, and its id there.
    origins: Vec<(Loaded, SourceId)>,
    files: Vec<String>,
    diagnostics: Vec<Diagnostic>,
    seen: HashSet<String>,
}

impl Merged {
    /// Adds what was found in a file and the files that it refers to.
    pub(super) fn add(&mut self, file: &str, loaded: &Loaded) {
        let first = self.origins.len();
        for (id, source) in loaded.sources().iter() {
            self.sources.add(source.clone());
            self.origins.push((loaded.clone(), id));
        }
        self.files.push(file.to_owned());
        for diagnostic in loaded.diagnostics() {
            let diagnostic = shifted(diagnostic, u32::try_from(first).unwrap_or(u32::MAX));
            if self.seen.insert(self.identity(&diagnostic)) {
                self.diagnostics.push(diagnostic);
            }
        }
    }

    /// Notes a file that can't be read.
    pub(super) fn unreadable(&mut self, file: &str, error: &Error) {
        self.files.push(file.to_owned());
        self.diagnostics.push(Diagnostic::new(rule::SOURCE_UNREADABLE, error.to_string()));
    }

    pub(super) fn finish(self, at: Timestamp) -> (Checked, Places) {
        let origins = self.origins;
        let places = Places::new(Arc::new(self.sources), move |source, span| {
            let (loaded, own) = origins.get(source.0 as usize)?;
            loaded.pointer(*own, span)
        });
        (Checked { at, files: self.files, diagnostics: self.diagnostics }, places)
    }

    /// What makes two findings the same, though the description they are about was read for two documents.
    fn identity(&self, diagnostic: &Diagnostic) -> String {
        let place = diagnostic.primary().map(|label| (&self.sources.get(label.source).name, label.span));
        format!("{}|{place:?}|{}", diagnostic.rule.id, diagnostic.message)
    }
}

/// The finding with the texts' ids in the whole.
fn shifted(diagnostic: &Diagnostic, by: u32) -> Diagnostic {
    let mut diagnostic = diagnostic.clone();
    for label in &mut diagnostic.labels {
        label.source = SourceId(label.source.0 + by);
    }
    for edit in diagnostic.fix.iter_mut().flat_map(|fix| &mut fix.edits) {
        edit.source = SourceId(edit.source.0 + by);
    }
    diagnostic
}
