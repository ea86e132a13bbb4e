//! XML text into a tree, within bounds; its projection to JSON values; edits of its text.

mod edit;
mod guard;
mod projection;

use roxmltree::{Document, ParsingOptions};

pub use edit::set;
pub use projection::{XmlTypes, project};
pub(crate) use projection::{element_name, project_element};

/// How many bytes of XML are read.
pub const MAX_LENGTH: usize = 10 * 1024 * 1024;
/// How deep elements may nest.
pub const MAX_DEPTH: usize = 256;

/// A text that is no XML, or more than is read here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlError {
    /// One phrase in lower case.
    pub message: String,
}

impl std::fmt::Display for XmlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for XmlError {}

/// Reads an XML document. A document type declaration is refused, and with it every entity but the predefined ones.
///
/// # Errors
/// If the text is not well-formed, is larger or deeper than [`MAX_LENGTH`] and [`MAX_DEPTH`], or would take more than
/// linear time.
pub fn parse(text: &str) -> Result<Document<'_>, XmlError> {
    guard::check(text)?;
    let options = ParsingOptions { allow_dtd: false, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| XmlError { message: explain(&error) })
}

fn explain(error: &roxmltree::Error) -> String {
    match error {
        roxmltree::Error::DtdDetected => "it has a document type declaration, which is not read".to_owned(),
        // on its own, a text without a tag has no position worth telling
        roxmltree::Error::NoRootNode => "it has no element".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
