//! What an XPath expression says.

use super::function::Function;
use crate::span::Span;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it says.
    pub kind: ExprKind,
    /// Its bytes in the text.
    pub span: Span,
}

/// What an expression says. Only parentheses, predicates and calls nest; chains of operators are lists.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `a = b`, `1 + 2 - 3`: operators of one precedence, applied from the left.
    Chain {
        /// The leftmost operand.
        first: Box<Expr>,
        /// The operators with their right operands; at least one.
        rest: Vec<(Operator, Expr)>,
    },
    /// `-a`
    Negate {
        /// How many signs there are.
        times: u32,
        /// What they stand before.
        operand: Box<Expr>,
    },
    /// A location path.
    Path(Path),
    /// A string literal, perhaps with embedded runtime expressions.
    Literal(Vec<Part>),
    /// A number literal.
    Number {
        /// As written.
        text: String,
        /// Its value.
        value: f64,
    },
    /// A call of a function.
    Call(Call),
    /// An embedded runtime expression in the place of a literal: its slot.
    Embedded(usize),
}

/// A part of a string literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text, its quotes unescaped.
    Text(String),
    /// The value of an embedded runtime expression: its slot.
    Embedded(usize),
}

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `or`
    Or,
    /// `and`
    And,
    /// `=`
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
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `div`
    Divide,
    /// `mod`
    Modulo,
    /// `|`
    Union,
}

/// How tightly operators bind, the loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precedence {
    /// `or`
    Or,
    /// `and`
    And,
    /// `=` and `!=`
    Equality,
    /// `<`, `<=`, `>` and `>=`
    Relational,
    /// `+` and `-`
    Additive,
    /// `*`, `div` and `mod`
    Multiplicative,
    /// A `-` before its operand.
    Unary,
    /// `|`
    Union,
    /// Everything else.
    Operand,
}

impl Operator {
    /// How tightly it binds.
    pub fn precedence(self) -> Precedence {
        use Operator::{
            Add, And, Divide, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Modulo, Multiply, NotEqual, Or,
            Subtract, Union,
        };
        match self {
            Or => Precedence::Or,
            And => Precedence::And,
            Equal | NotEqual => Precedence::Equality,
            Less | LessOrEqual | Greater | GreaterOrEqual => Precedence::Relational,
            Add | Subtract => Precedence::Additive,
            Multiply | Divide | Modulo => Precedence::Multiplicative,
            Union => Precedence::Union,
        }
    }

    /// Whether it compares.
    pub fn is_comparison(self) -> bool {
        matches!(self.precedence(), Precedence::Equality | Precedence::Relational)
    }

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Operator::Or => "or",
            Operator::And => "and",
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "div",
            Operator::Modulo => "mod",
            Operator::Union => "|",
        }
    }
}

/// A call of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function.
    pub function: Function,
    /// Its arguments, as many as it takes.
    pub arguments: Vec<Expr>,
}

/// A location path.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Where it starts.
    pub start: Start,
    /// Its steps; `//` is a step of its own, `descendant-or-self::node()`.
    pub steps: Vec<Step>,
}

/// Where a path starts.
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// At the document: `/a`
    Root,
    /// At the context node: `a`
    Context,
    /// At the nodes of an expression, filtered by predicates: `(//a)[1]/b`
    Expression(Box<Expr>, Vec<Expr>),
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// In which direction it goes.
    pub axis: Axis,
    /// Which nodes there it takes.
    pub test: Test,
    /// Its predicates, in order.
    pub predicates: Vec<Expr>,
    /// Its bytes in the text.
    pub span: Span,
}

/// A direction in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Axis {
    /// `ancestor`
    Ancestor,
    /// `ancestor-or-self`
    AncestorOrSelf,
    /// `attribute`
    Attribute,
    /// `child`
    Child,
    /// `descendant`
    Descendant,
    /// `descendant-or-self`
    DescendantOrSelf,
    /// `following`
    Following,
    /// `following-sibling`
    FollowingSibling,
    /// `namespace`
    Namespace,
    /// `parent`
    Parent,
    /// `preceding`
    Preceding,
    /// `preceding-sibling`
    PrecedingSibling,
    /// `self`
    SelfNode,
}

impl Axis {
    /// Every axis.
    pub const ALL: [Axis; 13] = [
        Axis::Ancestor,
        Axis::AncestorOrSelf,
        Axis::Attribute,
        Axis::Child,
        Axis::Descendant,
        Axis::DescendantOrSelf,
        Axis::Following,
        Axis::FollowingSibling,
        Axis::Namespace,
        Axis::Parent,
        Axis::Preceding,
        Axis::PrecedingSibling,
        Axis::SelfNode,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Axis::Ancestor => "ancestor",
            Axis::AncestorOrSelf => "ancestor-or-self",
            Axis::Attribute => "attribute",
            Axis::Child => "child",
            Axis::Descendant => "descendant",
            Axis::DescendantOrSelf => "descendant-or-self",
            Axis::Following => "following",
            Axis::FollowingSibling => "following-sibling",
            Axis::Namespace => "namespace",
            Axis::Parent => "parent",
            Axis::Preceding => "preceding",
            Axis::PrecedingSibling => "preceding-sibling",
            Axis::SelfNode => "self",
        }
    }

    /// The axis of that name.
    pub fn find(name: &str) -> Option<Axis> {
        Axis::ALL.into_iter().find(|axis| axis.as_str() == name)
    }
}

/// Which nodes a step takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// `*`: any element, on the axes of attributes and namespaces any of these.
    Any,
    /// `p:*`
    Namespace(String),
    /// `name`, `p:name`
    Name {
        /// The prefix; without one the name is in no namespace.
        prefix: Option<String>,
        /// The local part.
        local: String,
    },
    /// A name that an embedded runtime expression gives: its slot.
    Embedded(usize),
    /// `node()`
    Node,
    /// `text()`
    Text,
    /// `comment()`
    Comment,
    /// `processing-instruction()`, perhaps of one target.
    Instruction(Option<String>),
}
