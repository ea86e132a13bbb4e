//! What is wrong with a file, or why a criterion failed, as plain data; others render it.

use serde::{Deserialize, Serialize};

use crate::rule::Rule;
use crate::source::SourceId;
use crate::span::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Advice,
    /// It runs, though perhaps not as meant.
    Warning,
    /// It can't run as written.
    Error,
}

impl Severity {
    /// `error`, `warning` or `advice`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Advice => "advice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A place and what to say about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The text it points into.
    pub source: SourceId,
    /// The bytes it underlines.
    pub span: Span,
    /// What stands under the line; may be empty.
    pub text: String,
}

/// One replacement of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The text to change.
    pub source: SourceId,
    /// The bytes to replace.
    pub span: Span,
    /// What takes their place.
    pub replacement: String,
}

/// A change that mends the problem and can be applied by a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// What it does, as an imperative phrase.
    pub title: String,
    /// The replacements, not overlapping.
    pub edits: Vec<Edit>,
}

/// One finding: a rule, a sentence, and the places that it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// The rule it belongs to.
    pub rule: &'static Rule,
    /// How bad it is here.
    pub severity: Severity,
    /// One phrase in lower case that names things in backticks.
    pub message: String,
    /// The primary place first; none when a finding has no place in a file.
    pub labels: Vec<Label>,
    /// What to do next.
    pub help: Option<String>,
    /// A change that mends it.
    pub fix: Option<Fix>,
    /// The workflows of its document that it is about, by index, where its place does not tell.
    #[serde(skip)]
    pub concerns: Option<Vec<usize>>,
}

impl Diagnostic {
    /// A finding of `rule` at its usual severity, as yet without a place.
    pub fn new(rule: &'static Rule, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            rule,
            severity: rule.severity,
            message: message.into(),
            labels: Vec::new(),
            help: None,
            fix: None,
            concerns: None,
        }
    }

    /// Adds a place without words; the first one added is the primary.
    #[must_use]
    pub fn at(self, source: SourceId, span: Span) -> Diagnostic {
        self.label(source, span, "")
    }

    /// Adds a place with words.
    #[must_use]
    pub fn label(mut self, source: SourceId, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { source, span, text: text.into() });
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Says what to do next, where there is something to say.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Diagnostic {
        self.help = help.or(self.help);
        self
    }

    /// Changes the severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Diagnostic {
        self.severity = severity;
        self
    }

    /// Adds a change that mends it.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Diagnostic {
        self.fix = Some(fix);
        self
    }

    /// The place it is about first of all.
    pub fn primary(&self) -> Option<&Label> {
        self.labels.first()
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Raises every tolerance to what it is where nothing is tolerated. What was made milder than its rule for a reason of
/// its own stays so.
pub fn tolerate_nothing(diagnostics: &mut [Diagnostic]) {
    for diagnostic in diagnostics.iter_mut().filter(|diagnostic| diagnostic.severity == diagnostic.rule.severity) {
        diagnostic.severity = diagnostic.rule.strict;
    }
}

/// Findings in the order they were made.
pub type Diagnostics = Vec<Diagnostic>;

/// Whether any of them is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}
