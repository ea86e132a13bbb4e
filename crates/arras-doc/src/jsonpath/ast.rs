//! What a JSONPath says: queries and logical expressions of RFC 9535, each part with its place in the text.

use crate::expression::Expression;
use crate::span::Span;
use crate::value::Value;

use super::function::Function;
use super::pattern::Pattern;

/// A path from a node to the nodes it selects: `$.items[*].id`.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Where it starts.
    pub anchor: Anchor,
    /// The steps down, in order.
    pub segments: Vec<Segment>,
    /// Its bytes in the text.
    pub span: Span,
}

impl Query {
    /// Whether it can select one node at most: names and indices only.
    pub fn is_singular(&self) -> bool {
        self.segments.iter().all(|segment| segment.singular().is_some())
    }

    /// Whether its last name stands after a filter: of a `.length` there people mean how many match.
    pub fn counts_matches(&self) -> bool {
        let owner = self.segments.len().checked_sub(2).and_then(|at| self.segments.get(at));
        owner.is_some_and(|segment| {
            matches!(segment.selectors.as_slice(), [Selector { kind: SelectorKind::Filter(_), .. }])
        })
    }

    /// `F`, if the query is exactly `$[?F]`.
    pub fn root_filter(&self) -> Option<&Logical> {
        match (self.anchor, self.segments.as_slice()) {
            (Anchor::Root, [segment]) => segment.filter(),
            _ => None,
        }
    }
}

/// The node that a query starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// `$`: the whole value.
    Root,
    /// `@`: the node that a filter tests.
    Current,
}

/// One step down: `.name`, `[0, 1]`, `..*`.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// How far down it looks.
    pub reach: Reach,
    /// What it selects there; never empty.
    pub selectors: Vec<Selector>,
    /// Its bytes in the text.
    pub span: Span,
}

impl Segment {
    /// The one name or index, if this is all that it selects.
    pub fn singular(&self) -> Option<&SelectorKind> {
        match (self.reach, self.selectors.as_slice()) {
            (Reach::Children, [Selector { kind, .. }]) => {
                matches!(kind, SelectorKind::Name(_) | SelectorKind::Index(_) | SelectorKind::FromLength(_))
                    .then_some(kind)
            }
            _ => None,
        }
    }

    /// `F`, if the segment is exactly `[?F]`.
    pub fn filter(&self) -> Option<&Logical> {
        match (self.reach, self.selectors.as_slice()) {
            (Reach::Children, [Selector { kind: SelectorKind::Filter(filter), .. }]) => Some(filter),
            _ => None,
        }
    }
}

/// How far down a segment looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// `.` or `[…]`: the children of a node.
    Children,
    /// `..`: the children of a node and of all nodes below it.
    Descendants,
}

/// What a segment selects among a node's children.
#[derive(Clone, Debug, PartialEq)]
pub struct Selector {
    /// What it is.
    pub kind: SelectorKind,
    /// Its bytes in the text.
    pub span: Span,
}

/// The kinds of selectors.
#[derive(Clone, Debug, PartialEq)]
pub enum SelectorKind {
    /// The member of that name.
    Name(String),
    /// Every child.
    Wildcard,
    /// The item at that position; counted from the end if negative.
    Index(i64),
    /// Items at regular distances.
    Slice(Slice),
    /// The children for which it holds.
    Filter(Box<Logical>),
    /// The item that lies so far from the array's length: `(@.length-1)`, of the older dialect only.
    FromLength(i64),
}

/// `start:end:step`, each with RFC 9535's default where absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// The first position.
    pub start: Option<i64>,
    /// The position to stop before.
    pub end: Option<i64>,
    /// The distance, 1 where absent.
    pub step: Option<i64>,
}

/// Something that holds or doesn't.
#[derive(Clone, Debug, PartialEq)]
pub struct Logical {
    /// What it is.
    pub kind: LogicalKind,
    /// Its bytes in the text, without enclosing parentheses.
    pub span: Span,
}

/// The kinds of logical expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum LogicalKind {
    /// One of them holds; two or more.
    Or(Vec<Logical>),
    /// All of them hold; two or more.
    And(Vec<Logical>),
    /// It does not hold.
    Not(Box<Logical>),
    /// Two operands stand in a relation.
    Comparison(Box<Comparison>),
    /// The query selects a node.
    Exists(Query),
    /// The function says so.
    Test(Box<Call>),
    /// `query empty true|false`: whether nothing but empty values is selected.
    Empty(Query, bool),
    /// `operand =~ /pattern/`, of the older dialect only.
    Matches(Box<Operand>, Box<Pattern>),
}

/// `left operator right`
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Before the operator.
    pub left: Operand,
    /// The relation.
    pub operator: Operator,
    /// After the operator.
    pub right: Operand,
}

/// A comparison's relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// As it is written.
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

/// A side of a comparison, or an argument of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// What it is.
    pub kind: OperandKind,
    /// Its bytes in the text.
    pub span: Span,
}

/// The kinds of operands.
#[derive(Clone, Debug, PartialEq)]
pub enum OperandKind {
    /// A number, a string, `true`, `false` or `null`.
    Literal(Value),
    /// What the query selects.
    Query(Query),
    /// A query that ends in `.length`: that member or, where there is none, the length of an array or
    /// string, of each where it can select several.
    Length(Query),
    /// What the function returns.
    Call(Box<Call>),
    /// The value of a runtime expression.
    Expression(RuntimeOperand),
}

/// A runtime expression in the place of an operand.
#[derive(Clone, Debug, PartialEq)]
pub struct RuntimeOperand {
    /// The expression.
    pub expression: Box<Expression>,
    /// How it is written.
    pub spelling: Spelling,
    /// Its position among [`Condition::expressions`](super::Condition::expressions).
    pub slot: usize,
}

/// How a runtime expression stands in a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// `$inputs.id`
    Bare,
    /// `'$inputs.id'`
    Quoted,
}

/// A function and its arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function.
    pub function: Function,
    /// As many as the function takes, of the right types.
    pub arguments: Vec<Operand>,
    /// The compiled second argument of `match` and `search`, if it is a literal.
    pub pattern: Option<Pattern>,
    /// Its bytes in the text.
    pub span: Span,
}
