//! As many findings as people read: of one rule in one file the first few, and how many more there are.

use std::sync::Arc;

use arras_doc::diagnostic::{Diagnostic, Severity};
use arras_doc::source::SourceId;
use indexmap::IndexMap;

use super::Places;
use crate::display::escape;

/// How many findings of one rule in one file are shown.
const MOST_SHOWN: usize = 100;

/// Something to show.
#[derive(Debug)]
pub(super) enum Shown<'d> {
    /// A finding.
    Finding(&'d Diagnostic),
    /// That there are more of its kind, after all findings that are shown.
    More(More),
}

/// The findings of one rule in one file that are not shown.
#[derive(Debug)]
pub(super) struct More {
    /// How many.
    pub(super) count: usize,
    /// The name of the rule.
    pub(super) rule: &'static str,
    /// The severest of them.
    pub(super) severity: Severity,
    /// The file as people named it, where they stand in one.
    pub(super) file: Option<Arc<str>>,
}

impl More {
    /// `and 12 more of `rule` in FILE`
    pub(super) fn line(&self) -> String {
        let place = self.file.as_ref().map(|file| format!(" in {}", escape(file))).unwrap_or_default();
        format!("and {} more of `{}`{place}", self.count, self.rule)
    }
}

/// The findings to show, in their order, then how many more there are of each rule in each file.
pub(super) fn bounded<'d>(found: impl IntoIterator<Item = &'d Diagnostic>, places: &Places) -> Vec<Shown<'d>> {
    let mut counts: IndexMap<(&'static str, Option<SourceId>), (usize, Severity)> = IndexMap::new();
    let mut shown = Vec::new();
    for diagnostic in found {
        let file = diagnostic.primary().map(|label| label.source);
        let (count, severest) = counts.entry((diagnostic.rule.id, file)).or_insert((0, Severity::Advice));
        *count += 1;
        match *count <= MOST_SHOWN {
            true => shown.push(Shown::Finding(diagnostic)),
            false => *severest = diagnostic.severity.max(*severest),
        }
    }
    let more = counts.into_iter().filter(|(_, (count, _))| *count > MOST_SHOWN);
    shown.extend(more.map(|((rule, file), (count, severity))| {
        let file = file.and_then(|file| places.source(file)).map(|source| source.name.clone());
        Shown::More(More { count: count - MOST_SHOWN, rule, severity, file })
    }));
    shown
}
