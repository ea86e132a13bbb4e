//! Evaluates XPath over XML documents, within a budget of steps and without recursion on the document's depth.

mod axis;
mod compare;
mod function;
mod machine;
mod node;
mod number;
mod step;
mod worth;

use arras_doc::value::Value;
use arras_doc::xpath::XPath;
use roxmltree::Document;

use crate::criterion::EvaluationError;

pub(crate) use machine::{Machine, Observer, Silent};
pub use node::{Node, NodeKind};
pub use worth::Worth;

/// How many steps one evaluation may take: about as many as it visits nodes.
pub const STEPS: u64 = 10_000_000;

/// What an expression is worth at the document; `values` are those of its embedded runtime expressions, by slot.
///
/// ```
/// use arras_doc::xpath::{Version, parse};
/// use arras_run::xpath::{Worth, evaluate};
/// let document = arras_run::xml::parse("<pets><pet id='1'/><pet id='2'/></pets>")?;
/// let xpath = parse("count(//pet[@id > 1])", Version::V1_0)?;
/// assert_eq!(evaluate(&xpath, &document, &[])?, Worth::Number(1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A prefix that the document element doesn't declare, more than [`STEPS`] steps, or a value that the version refuses.
pub fn evaluate(xpath: &XPath, document: &Document<'_>, values: &[Option<Value>]) -> Result<Worth, EvaluationError> {
    Machine::new(xpath, document, values)?.whole(&mut Silent)
}

/// Whether a text spells a number of XPath.
pub(crate) fn is_number(text: &str) -> bool {
    !number::parse(text).is_nan()
}

/// A text in a message, whole or not at all: a part of a secret would be told, for nothing finds it.
fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().nth(LONGEST).is_some() { String::new() } else { format!(" `{text}`") }
}

#[cfg(test)]
mod tests;
