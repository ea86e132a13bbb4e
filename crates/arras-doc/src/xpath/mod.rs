//! XPath 1.0, and what XPath 2.0 to 3.1 share with it: text into a checked syntax tree.
//!
//! [`parse`] reads a selector; [`prepare`] reads a criterion's condition, which may embed runtime expressions.

mod ast;
mod common;
mod display;
mod function;
mod kind;
mod lex;
mod literal;
mod newer;
mod parse;
mod path;

use crate::expression::{Expression, SelectorLanguage};
use crate::span::Spanned;
use crate::syntax::SyntaxError;

pub use ast::{Axis, Call, Expr, ExprKind, Operator, Part, Path, Precedence, Start, Step, Test};
pub use function::Function;
pub use kind::Kind;

/// How many bytes an expression may have.
pub const MAX_LENGTH: usize = 4096;
/// How deep parentheses, predicates and calls may nest.
pub const MAX_DEPTH: u32 = 64;

/// A version of XPath (ARZ-ETYPE-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `xpath-10`
    V1_0,
    /// `xpath-20`
    V2_0,
    /// `xpath-30`
    V3_0,
    /// `xpath-31`, the default (ARZ-XPATH-01)
    V3_1,
}

impl Version {
    /// The version that a language stands for; `None` if it is no XPath.
    pub fn of(language: SelectorLanguage) -> Option<Version> {
        match language {
            SelectorLanguage::XPath10 => Some(Version::V1_0),
            SelectorLanguage::XPath20 => Some(Version::V2_0),
            SelectorLanguage::XPath30 => Some(Version::V3_0),
            SelectorLanguage::XPath31 => Some(Version::V3_1),
            _ => None,
        }
    }

    /// `XPath 3.1`
    pub fn name(self) -> &'static str {
        match self {
            Version::V1_0 => "XPath 1.0",
            Version::V2_0 => "XPath 2.0",
            Version::V3_0 => "XPath 3.0",
            Version::V3_1 => "XPath 3.1",
        }
    }
}

/// A parsed expression whose functions, arguments and types are known to fit.
#[derive(Clone, Debug, PartialEq)]
pub struct XPath {
    /// The expression.
    pub expression: Expr,
    /// The version whose rules it follows; what differs between versions and is no matter of values is refused.
    pub version: Version,
    /// The namespace prefixes that it uses, each once.
    pub prefixes: Vec<Spanned<String>>,
    /// The runtime expressions that it embeds, by slot; the span is that of the expression without its braces.
    pub embedded: Vec<Spanned<Expression>>,
    /// The slots of those that stand in the place of a literal, outside of quotes.
    pub bare: Vec<usize>,
}

/// A criterion's condition as it is known before anything runs (A-06).
#[derive(Clone, Debug, PartialEq)]
pub enum Prepared {
    /// An expression; embedded values have places in its tree, so no value can change what it asks.
    Expression(XPath),
    /// Nothing but one expression in braces, whose value is the condition's text.
    Whole(Spanned<Expression>),
}

impl Prepared {
    /// The runtime expressions that it reads.
    pub fn expressions(&self) -> &[Spanned<Expression>] {
        match self {
            Prepared::Expression(xpath) => &xpath.embedded,
            Prepared::Whole(expression) => std::slice::from_ref(expression),
        }
    }
}

/// Reads an expression without embedded runtime expressions.
///
/// Of XPath 2.0 to 3.1 it accepts what means the same in all versions; the rest is an error that says so (A-31).
///
/// ```
/// use arras_doc::xpath::{Version, parse};
/// let xpath = parse("//pet[@id = '1']/name", Version::V3_1)?;
/// assert_eq!(xpath.expression.to_string(), "/descendant-or-self::node()/pet[@id = '1']/name");
/// assert!(parse("//pet[", Version::V1_0).is_err());
/// # Ok::<(), arras_doc::syntax::SyntaxError>(())
/// ```
///
/// # Errors
/// If it is none, longer than [`MAX_LENGTH`], or nested deeper than [`MAX_DEPTH`].
pub fn parse(text: &str, version: Version) -> Result<XPath, SyntaxError> {
    parse::read(text, version, parse::Braces::Refused)
}

/// Reads a criterion's condition, in which `{$…}` stands for a value: inside of a string literal for text, in the place of
/// an element's or attribute's name for a name, elsewhere for a literal (A-06, ARZ-CRIT-12).
///
/// # Errors
/// As [`parse`], and if what stands in braces begins as a runtime expression does, yet is none.
pub fn prepare(text: &str, version: Version) -> Result<Prepared, SyntaxError> {
    if let Some(whole) = literal::whole(text) {
        return Ok(Prepared::Whole(whole));
    }
    parse::read(text, version, parse::Braces::Embed).map(Prepared::Expression)
}

/// What is wrong with an expression of XPath 2.0 to 3.1 whatever a run makes of it: its length, its nesting, its quotes and
/// brackets, operands and operators that are missing, axes and functions that no version has.
///
/// ```
/// use arras_doc::xpath::check_shape;
/// assert!(check_shape("some $x in //left satisfies $x > 0").is_ok());
/// assert!(check_shape("//left > or").is_ok(), "an element may be called `or`");
/// assert!(check_shape("//left > = //right").is_err());
/// ```
///
/// # Errors
/// The first such problem.
pub fn check_shape(text: &str) -> Result<(), SyntaxError> {
    lex::check_shape(text)?;
    newer::check(text)
}

#[cfg(test)]
mod tests;
