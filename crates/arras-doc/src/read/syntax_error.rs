//! Why a text could not be read: what every reader of text says.

use crate::diagnostic::Diagnostic;
use crate::rule::{self, Rule};
use crate::source::SourceId;
use crate::span::Span;

/// The problem that ended the reading of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The kind of finding: mostly `invalid-syntax`, `too-large` beyond a cap.
    pub rule: &'static Rule,
    /// One phrase in lower case.
    pub message: String,
    /// The bytes it is about.
    pub span: Span,
    /// What to do next, where there is something to say.
    pub help: Option<String>,
}

impl SyntaxError {
    /// Text that breaks the grammar, at `span`.
    pub fn invalid(message: impl Into<String>, span: Span) -> SyntaxError {
        SyntaxError { rule: rule::INVALID_SYNTAX, message: message.into(), span, help: None }
    }

    /// Text beyond one of the reader's caps, noticed at `span`.
    pub fn too_large(message: impl Into<String>, span: Span) -> SyntaxError {
        SyntaxError { rule: rule::TOO_LARGE, message: message.into(), span, help: None }
    }

    /// Says what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> SyntaxError {
        self.help = Some(help.into());
        self
    }

    /// The same as a finding in the text that `source` names.
    pub fn into_diagnostic(self, source: SourceId) -> Diagnostic {
        Diagnostic::new(self.rule, self.message).at(source, self.span).maybe_help(self.help)
    }
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SyntaxError {}
