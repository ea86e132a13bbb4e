//! JSONPath (RFC 9535) and the conditions that are written in it.
//!
//! [`parse_query`] and [`parse_logical`] follow the letter; [`prepare`] reads a criterion's condition as
//! people write it and says what it tolerated.

mod ast;
mod condition;
mod display;
mod error;
mod fill;
mod function;
mod hint;
mod lex;
mod logical;
mod parse;
mod pattern;
mod rewrite;
mod runtime;
mod template;
mod tolerance;

pub use crate::syntax::SyntaxError;
pub use ast::{
    Anchor, Call, Comparison, Logical, LogicalKind, Operand, OperandKind, Operator, Query, Reach, RuntimeOperand,
    Segment, Selector, SelectorKind, Slice, Spelling,
};
pub use condition::{Condition, Form, Mode, parse_condition, parse_logical, parse_query};
pub use display::write_quoted;
pub use fill::Filled;
pub use function::{Function, Type};
pub use parse::MAX_DEPTH;
pub use pattern::{Coverage, Pattern};
pub use rewrite::{Rewritten, about_context, as_query, asks_of_its_node};
pub use template::{Embedded, Prepared, Rendered, Template, prepare};
pub use tolerance::{ExpressionUse, Tolerance, ToleranceKind};

#[cfg(test)]
mod tests;
