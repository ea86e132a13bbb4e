//! Simple conditions: `$statusCode == 200 && $response.body#/status == 'done'` (ARZ-COND).

mod ast;
pub mod compare;
mod lex;
mod literal;
mod parse;

pub use ast::{Condition, Looseness, Node, NodeKind, Operand, OperandKind, Operator, Tolerance};
pub use parse::{Context, parse};

#[cfg(test)]
mod tests;
