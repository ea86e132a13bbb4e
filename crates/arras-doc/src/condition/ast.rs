//! What a simple condition says; every node knows its bytes in the condition's text.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use crate::expression::Expression;
use crate::span::Span;
use crate::value::{Number, Value};

/// A parsed simple condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The text as written.
    pub text: Arc<str>,
    /// What it says.
    pub root: Node,
    /// Spellings beyond the grammar, in the order they stand (A-24b).
    pub looseness: Vec<Looseness>,
}

/// A spelling beyond the grammar, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looseness {
    /// What is loose.
    pub tolerance: Tolerance,
    /// Its bytes in the condition's text.
    pub span: Span,
    /// What to write instead of these bytes.
    pub replacement: Option<String>,
}

/// A spelling that is accepted with a warning (A-24b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tolerance {
    /// `"text"`
    DoubleQuotes,
    /// `{$statusCode == 200}`, `{$statusCode} == 200`
    Braces,
    /// `$response.body.items.length`
    Length,
    /// `== application/json`
    UnquotedString,
    /// `== 2XX`
    StatusClass,
    /// A literal alone, beside a `context`: it is compared with the context's value.
    ContextLiteral,
    /// An expression outside the grammar even of conditions.
    Expression(crate::expression::Tolerance),
}

impl Tolerance {
    /// What is loose, as one phrase.
    pub fn message(self) -> &'static str {
        match self {
            Tolerance::DoubleQuotes => "a string in double quotes",
            Tolerance::Braces => "braces in a simple condition",
            Tolerance::Length => "`.length` is not part of the specification",
            Tolerance::UnquotedString => "a string without quotes",
            Tolerance::StatusClass => "a class of status codes is not part of the specification",
            Tolerance::ContextLiteral => "a literal alone; it is compared with the value of `context`",
            Tolerance::Expression(_) => "an expression outside the specification's grammar",
        }
    }

    /// What to write instead.
    pub fn help(self) -> &'static str {
        match self {
            Tolerance::DoubleQuotes | Tolerance::UnquotedString => "put the string into single quotes",
            Tolerance::Braces => "drop the braces",
            Tolerance::Length => "use a criterion of `type: jsonpath` with `length()` or `count()`",
            Tolerance::StatusClass => "write `$statusCode >= 200 && $statusCode < 300`",
            Tolerance::ContextLiteral => "write a comparison, such as `$response.body#/status == 'done'`",
            Tolerance::Expression(tolerance) => tolerance.help(),
        }
    }
}

/// A part of a condition that holds or does not.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its bytes in the condition's text, parentheses included.
    pub span: Span,
}

/// The kinds of [`Node`].
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// At least two alternatives; none of them is itself an `Or`.
    Or(Vec<Node>),
    /// At least two conditions; none of them is itself an `And`.
    And(Vec<Node>),
    /// A negation.
    Not(Box<Node>),
    /// A comparison.
    Comparison {
        /// What stands left of the operator.
        left: Operand,
        /// The operator.
        operator: Operator,
        /// What stands right of it.
        right: Operand,
    },
    /// An operand alone: it holds if its value is truthy.
    Operand(Operand),
}

/// A comparison operator (ARZ-COND-03).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Operator {
    /// The operator with its sides changed.
    pub fn mirrored(self) -> Operator {
        match self {
            Operator::Less => Operator::Greater,
            Operator::LessOrEqual => Operator::GreaterOrEqual,
            Operator::Greater => Operator::Less,
            Operator::GreaterOrEqual => Operator::LessOrEqual,
            same => same,
        }
    }

    /// The operator as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
        }
    }
}

/// A value in a condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// What it is.
    pub kind: OperandKind,
    /// Its bytes in the condition's text; empty for the implied context.
    pub span: Span,
}

/// The kinds of [`Operand`].
#[derive(Clone, Debug, PartialEq)]
pub enum OperandKind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string, without its quotes and escapes.
    String(String),
    /// `2XX`: the status codes from 200 to 299.
    StatusClass(u8),
    /// A JSON array or object, beside a `context` only.
    Json(Value),
    /// A runtime expression, with its navigation.
    Expression(Expression),
    /// The value of the criterion's `context`.
    Context,
}

impl Condition {
    /// Every expression in it, in order.
    pub fn expressions(&self) -> Vec<(&Expression, Span)> {
        let mut found = Vec::new();
        self.root.collect(&mut found);
        found
    }

    /// Whether the criterion's `context` has a part in it; else a `context` beside it is ignored.
    pub fn uses_context(&self) -> bool {
        matches!(&self.root.kind, NodeKind::Comparison { left, .. } if left.kind == OperandKind::Context)
    }

    /// The bytes of the text that `span` covers.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }
}

impl Node {
    fn collect<'n>(&'n self, found: &mut Vec<(&'n Expression, Span)>) {
        match &self.kind {
            NodeKind::Or(nodes) | NodeKind::And(nodes) => nodes.iter().for_each(|node| node.collect(found)),
            NodeKind::Not(node) => node.collect(found),
            NodeKind::Comparison { left, right, .. } => {
                [left, right].into_iter().for_each(|operand| operand.collect(found))
            }
            NodeKind::Operand(operand) => operand.collect(found),
        }
    }

    fn joined(f: &mut fmt::Formatter<'_>, nodes: &[Node], operator: &str) -> fmt::Result {
        for (index, node) in nodes.iter().enumerate() {
            if index > 0 {
                write!(f, " {operator} ")?;
            }
            match node.kind {
                NodeKind::Or(_) => write!(f, "({node})")?,
                _ => write!(f, "{node}")?,
            }
        }
        Ok(())
    }
}

impl Operand {
    fn collect<'n>(&'n self, found: &mut Vec<(&'n Expression, Span)>) {
        if let OperandKind::Expression(expression) = &self.kind {
            found.push((expression, self.span));
        }
    }
}

/// The condition in the specification's spelling as far as it has one; it parses to the same again.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.root.kind {
            NodeKind::Comparison { left, right, .. } if left.kind == OperandKind::Context => write!(f, "{right}"),
            _ => write!(f, "{}", self.root),
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            NodeKind::Or(nodes) => Node::joined(f, nodes, "||"),
            NodeKind::And(nodes) => Node::joined(f, nodes, "&&"),
            NodeKind::Not(node) => match node.kind {
                NodeKind::Operand(_) => write!(f, "!{node}"),
                _ => write!(f, "!({node})"),
            },
            NodeKind::Comparison { left, operator, right } => write!(f, "{left} {} {right}", operator.as_str()),
            NodeKind::Operand(operand) => write!(f, "{operand}"),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            OperandKind::Null => f.write_str("null"),
            OperandKind::Bool(value) => write!(f, "{value}"),
            OperandKind::Number(number) => write!(f, "{number}"),
            OperandKind::String(text) => {
                f.write_char('\'')?;
                f.write_str(&text.replace('\'', "''"))?;
                f.write_char('\'')
            }
            OperandKind::StatusClass(class) => write!(f, "{class}XX"),
            OperandKind::Json(value) => write!(f, "{value}"),
            OperandKind::Expression(expression) if super::lex::needs_braces(&expression.text) => {
                write!(f, "{{{expression}}}")
            }
            OperandKind::Expression(expression) => write!(f, "{expression}"),
            OperandKind::Context => f.write_str("context"),
        }
    }
}
