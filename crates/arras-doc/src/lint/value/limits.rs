//! How much of the values of one document is compared with schemas, and how much of what is wrong with them told.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rule;
use crate::source::SourceId;
use crate::span::Span;

/// How many findings of one value are told.
pub(in crate::lint) const TOLD: usize = 1_000;
/// How many findings of all values are told.
const TOLD_IN_ALL: usize = 20_000;
/// How many comparisons of a part of one value with a schema may be made, or findings passed on.
const COMPARED: usize = 200_000;
/// The same of all values.
const COMPARED_IN_ALL: usize = 2_000_000;

/// How many names that schemas do not have are compared with those that they have.
const STRAYS: usize = 2_000;

/// What is left of it for the other values of the document.
pub(in crate::lint) struct Limits {
    told: usize,
    compared: usize,
    strays: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { told: TOLD_IN_ALL, compared: COMPARED_IN_ALL, strays: STRAYS }
    }
}

impl Limits {
    /// How many comparisons may be made for the next value.
    pub(in crate::lint) fn comparisons(&self) -> usize {
        self.compared.min(COMPARED)
    }

    /// How many findings of the next value may be told.
    pub(in crate::lint) fn findings(&self) -> usize {
        self.told.min(TOLD)
    }

    /// So much was compared and told.
    pub(in crate::lint) fn spend(&mut self, compared: usize, told: usize) {
        self.compared = self.compared.saturating_sub(compared);
        self.told = self.told.saturating_sub(told);
    }

    /// Whether it is looked for a name that is like one which its schema does not have.
    pub(in crate::lint) fn spend_stray(&mut self) -> bool {
        let left = self.strays.checked_sub(1);
        self.strays = left.unwrap_or(0);
        left.is_some()
    }

    /// Whether no more values are compared.
    pub(in crate::lint) fn are_spent(&self) -> bool {
        self.compared == 0 || self.told == 0
    }

    /// That something of a value, the last that was looked at, was not compared.
    pub(in crate::lint) fn unfinished(&self, source: SourceId, span: Span) -> Diagnostic {
        let what = match self.are_spent() {
            true => "neither the rest of the value nor later ones are compared with their schemas",
            false => "the rest of the value is not compared with its schema",
        };
        let message = format!("{what}: it is too much, or too much is wrong");
        Diagnostic::new(rule::MISMATCHED_VALUE, message).severity(Severity::Advice).at(source, span)
    }
}
