//! Why a text of one of the small languages (expressions, conditions, patterns) could not be read, and where.

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::node::NodeRef;
use crate::rule::Rule;
use crate::source::SourceId;

/// What is wrong with a text, and the bytes of that text it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// One phrase in lower case that names things in backticks.
    pub message: String,
    /// The first byte it is about.
    pub start: usize,
    /// One past the last byte it is about.
    pub end: usize,
    /// What to write instead.
    pub help: Option<String>,
}

impl SyntaxError {
    /// An error about `range`, without help.
    pub fn new(message: impl Into<String>, range: Range<usize>) -> SyntaxError {
        SyntaxError { message: message.into(), start: range.start, end: range.end.max(range.start), help: None }
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> SyntaxError {
        self.help = Some(help.into());
        self
    }

    /// The same error in a longer text that has this one at byte `offset`.
    #[must_use]
    pub fn shifted(mut self, offset: usize) -> SyntaxError {
        self.start += offset;
        self.end += offset;
        self
    }

    /// A finding of `rule` about the string `node` whose text could not be read.
    pub fn to_diagnostic(&self, rule: &'static Rule, source: SourceId, node: NodeRef<'_>) -> Diagnostic {
        let span = node.subspan(self.start, self.end);
        Diagnostic::new(rule, self.message.clone()).at(source, span).maybe_help(self.help.clone())
    }
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SyntaxError {}
