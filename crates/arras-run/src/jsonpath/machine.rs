//! The state of one evaluation: the root, the values of runtime expressions, the steps that are left.

use arras_doc::jsonpath::{Coverage, Pattern};
use arras_doc::value::Value;

use super::{BudgetExceeded, STEPS};

/// How many patterns that come from data are kept compiled.
const KEPT_PATTERNS: usize = 8;
/// What compiling a pattern costs, in steps.
const COMPILING: u64 = 2_000;

/// One evaluation.
pub(crate) struct Machine<'a> {
    pub(super) root: &'a Value,
    /// The values of the condition's runtime expressions, by slot.
    pub(super) resolved: &'a [Option<Value>],
    pub(super) leniency: Leniency,
    steps: u64,
    patterns: Vec<(Coverage, String, Option<Pattern>)>,
}

/// How the outermost expression departs from RFC 9535; filters inside queries never do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Leniency {
    /// A missing value equals the literal `null`.
    pub(crate) absent_is_null: bool,
    /// `count` of one array is its length.
    pub(crate) count_is_length: bool,
}

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// What `@` denotes.
    pub(crate) current: &'a Value,
    /// Whether it is the condition's own expression, not a filter inside a query.
    pub(crate) outermost: bool,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(root: &'a Value, resolved: &'a [Option<Value>]) -> Machine<'a> {
        Machine { root, resolved, leniency: Leniency::default(), steps: STEPS, patterns: Vec::new() }
    }

    pub(crate) fn lenient(mut self, leniency: Leniency) -> Machine<'a> {
        self.leniency = leniency;
        self
    }

    /// Takes steps from the budget.
    pub(super) fn spend(&mut self, steps: u64) -> Result<(), BudgetExceeded> {
        self.steps = self.steps.checked_sub(steps).ok_or(BudgetExceeded)?;
        Ok(())
    }

    /// Takes the steps that reading a text costs.
    pub(super) fn spend_text(&mut self, bytes: usize) -> Result<(), BudgetExceeded> {
        self.spend(1 + bytes as u64 / 16)
    }

    /// Whether a pattern that comes from data matches; what is no I-Regexp matches nothing (RFC 9535 §2.4.6).
    pub(super) fn matches(&mut self, pattern: &str, coverage: Coverage, text: &str) -> Result<bool, BudgetExceeded> {
        self.spend_text(pattern.len())?;
        let known = self.patterns.iter().position(|(of, known, _)| *of == coverage && known == pattern);
        let at = match known {
            Some(at) => at,
            None => {
                self.spend(COMPILING + pattern.len() as u64)?;
                if self.patterns.len() == KEPT_PATTERNS {
                    self.patterns.remove(0);
                }
                self.patterns.push((coverage, pattern.to_owned(), Pattern::i_regexp(pattern, coverage)));
                self.patterns.len() - 1
            }
        };
        let compiled = self.patterns.get(at).and_then(|(_, _, compiled)| compiled.as_ref());
        Ok(compiled.is_some_and(|compiled| compiled.is_match(text)))
    }
}
