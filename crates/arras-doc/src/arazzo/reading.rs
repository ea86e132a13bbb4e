//! How a description is read where its reader has a choice.

use crate::expression::Grammar;
use crate::jsonpath;

use super::Version;

/// How a description is read where its reader has a choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What becomes of fields, and of versions, that are newer than the document or than this reader knows.
    pub newer: Newer,
    /// How JSONPath is read: leniently, or to the letter.
    pub jsonpath: jsonpath::Mode,
    /// What becomes of expressions that stand without braces inside a text.
    pub unbraced: Unbraced,
}

/// What becomes of expressions that stand without braces inside a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unbraced {
    /// They are embedded if their names are declared.
    #[default]
    Embed,
    /// The text is sent as it is written.
    Leave,
}

/// What becomes of what is newer than it should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Newer {
    /// It is an error.
    #[default]
    Refuse,
    /// It is taken for what it is in the later version, with a warning.
    Take,
}

impl Reading {
    /// The grammar of expressions and values in a document of that version.
    pub fn grammar(self, version: Version) -> Grammar {
        match (version, self.newer) {
            (Version::V1_0, Newer::Refuse) => Grammar::V1_0,
            (Version::V1_0, Newer::Take) => Grammar::V1_0WithSelectors,
            (Version::V1_1, _) => Grammar::V1_1,
        }
    }
}
