//! The type of an expression, which XPath 1.0 without variables knows before anything is evaluated.

use super::ast::{Expr, ExprKind, Operator, Precedence};

/// A type of XPath 1.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A node-set.
    Nodes,
    /// A string.
    String,
    /// A number.
    Number,
    /// A boolean.
    Boolean,
    /// A string, number or boolean that an embedded runtime expression gives.
    Any,
}

impl Expr {
    /// Its type.
    pub fn kind_of(&self) -> Kind {
        match &self.kind {
            ExprKind::Chain { rest, .. } => match rest.first().map(|(operator, _)| operator.precedence()) {
                Some(Precedence::Union) => Kind::Nodes,
                Some(Precedence::Additive | Precedence::Multiplicative) => Kind::Number,
                _ => Kind::Boolean,
            },
            ExprKind::Negate { .. } | ExprKind::Number { .. } => Kind::Number,
            ExprKind::Path(_) => Kind::Nodes,
            ExprKind::Literal(_) => Kind::String,
            ExprKind::Call(call) => call.function.result(),
            ExprKind::Embedded(_) => Kind::Any,
        }
    }

    /// The comparison that it is, if it is one of two operands.
    pub fn comparison(&self) -> Option<(&Expr, Operator, &Expr)> {
        match &self.kind {
            ExprKind::Chain { first, rest } => match rest.as_slice() {
                [(operator, right)] if operator.is_comparison() => Some((first, *operator, right)),
                _ => None,
            },
            _ => None,
        }
    }
}
