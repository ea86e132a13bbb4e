//! A simple condition's text into its meaning, by the grammar of the specification's reference and what people write.

use super::ast::{Condition, Looseness, Node, NodeKind, Operand, OperandKind, Operator, Tolerance};
use super::lex::{Token, TokenKind, tokens};
use super::literal::{is_unquoted_string, literal, mistaken_word, status_class};
use crate::expression::{self, Expression};
use crate::span::Span;
use crate::syntax::SyntaxError;
use crate::value::Value;

/// How deep parentheses may nest.
const MAX_DEPTH: usize = 128;

/// What to write where nothing is compared.
const COMPARISON: &str = "write a comparison: `condition: $statusCode == 200`";

/// Whether the criterion has a `context` beside its condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// It has none.
    Absent,
    /// It has one: a number, text or JSON alone is compared with its value.
    Present,
}

/// Reads a simple condition.
///
/// ```
/// use arras_doc::condition::{Context, parse};
/// let condition = parse("$statusCode==200&&!$response.body#/done", Context::Absent).expect("a condition");
/// assert_eq!(condition.to_string(), "$statusCode == 200 && !$response.body#/done");
/// let error = parse("$statusCode === 200", Context::Absent).unwrap_err();
/// assert_eq!((error.start, error.help.as_deref()), (12, Some("write `==`")));
/// ```
///
/// # Errors
/// If the text is no condition; the error says which bytes are at fault and what may be meant.
pub fn parse(text: &str, context: Context) -> Result<Condition, SyntaxError> {
    let literal = match context {
        Context::Present => context_literal(text),
        Context::Absent => None,
    };
    match literal {
        Some(literal) => Ok(compared_with_context(text, literal)),
        None => Parser::new(text)?.condition(),
    }
}

/// A whole text that is one literal: JSON, a string in single quotes, a class of status codes, a word. `true`, `false` and
/// `null` are conditions of their own (ARZ-COND-08).
fn context_literal(text: &str) -> Option<Operand> {
    let trimmed = text.trim();
    let start = text.len() - text.trim_start().len();
    let span = Span::new(start, start + trimmed.len());
    if matches!(trimmed, "true" | "false" | "null") {
        return None;
    }
    let kind =
        literal(trimmed).or_else(|| status_class(trimmed).map(OperandKind::StatusClass)).or_else(|| json(trimmed));
    let kind = kind.or_else(|| match tokens(trimmed).ok()?.as_slice() {
        [Token { kind: TokenKind::String(text), .. }] => Some(OperandKind::String(text.clone())),
        [Token { kind: TokenKind::Word, .. }] if is_unquoted_string(trimmed) => {
            Some(OperandKind::String(trimmed.to_owned()))
        }
        _ => None,
    })?;
    Some(Operand { kind, span })
}

/// A JSON string, array or object.
fn json(text: &str) -> Option<OperandKind> {
    if !text.starts_with(['[', '{', '"']) {
        return None;
    }
    match Value::from_json(text).ok()? {
        Value::String(text) => Some(OperandKind::String(text)),
        value => Some(OperandKind::Json(value)),
    }
}

fn compared_with_context(text: &str, right: Operand) -> Condition {
    let span = right.span;
    let left = Operand { kind: OperandKind::Context, span: Span::new(span.range().start, span.range().start) };
    let looseness = vec![Looseness { tolerance: Tolerance::ContextLiteral, span, replacement: None }];
    let root = Node { kind: NodeKind::Comparison { left, operator: Operator::Equal, right }, span };
    Condition { text: text.into(), root, looseness }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    looseness: Vec<Looseness>,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Result<Parser<'t>, SyntaxError> {
        Ok(Parser { text, tokens: tokens(text)?, next: 0, depth: 0, looseness: Vec::new() })
    }

    fn condition(mut self) -> Result<Condition, SyntaxError> {
        if self.tokens.is_empty() {
            let error = SyntaxError::new("the condition is empty", 0..self.text.len());
            return Err(error.help("write a comparison, such as `$statusCode == 200`"));
        }
        let root = self.or()?;
        if self.next < self.tokens.len() {
            return Err(self.unexpected("`&&`, `||` or the end of the condition"));
        }
        Ok(Condition { text: self.text.into(), root, looseness: self.looseness })
    }

    fn or(&mut self) -> Result<Node, SyntaxError> {
        let nodes = self.list(&TokenKind::Or, Parser::and)?;
        Ok(joined(nodes, Junction::Or))
    }

    fn and(&mut self) -> Result<Node, SyntaxError> {
        let nodes = self.list(&TokenKind::And, Parser::basic)?;
        Ok(joined(nodes, Junction::And))
    }

    fn list(
        &mut self,
        separator: &TokenKind,
        part: fn(&mut Self) -> Result<Node, SyntaxError>,
    ) -> Result<Vec<Node>, SyntaxError> {
        let mut nodes = vec![part(self)?];
        while self.eat(separator).is_some() {
            nodes.push(part(self)?);
        }
        Ok(nodes)
    }

    /// A negation, a group, a comparison or an operand alone.
    fn basic(&mut self) -> Result<Node, SyntaxError> {
        if let Some(not) = self.eat(&TokenKind::Not) {
            return self.negation(not);
        }
        if let Some(open) = self.eat(&TokenKind::Open) {
            return self.group(&open, &TokenKind::Close);
        }
        if let Some(open) = self.eat(&TokenKind::OpenBrace) {
            let node = self.group(&open, &TokenKind::CloseBrace)?;
            let inner = self.text[open.end..node.span.range().end - 1].trim().to_owned();
            self.loose(Tolerance::Braces, node.span, Some(inner));
            return Ok(node);
        }
        self.comparison()
    }

    fn negation(&mut self, not: Token) -> Result<Node, SyntaxError> {
        let node = match self.eat(&TokenKind::Open) {
            Some(open) => self.group(&open, &TokenKind::Close)?,
            None => {
                let operand = self.operand(Side::Left)?;
                if let Some(Token { kind: TokenKind::Operator(operator), end, .. }) = self.peek() {
                    let range = not.start..*end;
                    let compared = format!("{} {} …", &self.text[operand.span.range()], operator.as_str());
                    let error = SyntaxError::new("`!` before a comparison negates its left operand only", range);
                    return Err(error.help(format!("write `!({compared})`")));
                }
                Node { span: operand.span, kind: NodeKind::Operand(operand) }
            }
        };
        let span = Span::new(not.start, node.span.range().end);
        Ok(Node { kind: NodeKind::Not(Box::new(node)), span })
    }

    fn group(&mut self, open: &Token, close: &TokenKind) -> Result<Node, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = format!("parentheses deeper than {MAX_DEPTH} levels");
            return Err(SyntaxError::new(message, open.start..open.end));
        }
        let node = self.or()?;
        self.depth -= 1;
        let Some(end) = self.eat(close).map(|token| token.end) else {
            let closing = if *close == TokenKind::Close { "`)`" } else { "`}`" };
            if self.next == self.tokens.len() {
                let error = SyntaxError::new(format!("{closing} is missing"), open.start..open.end);
                return Err(error.help(format!("close what is opened here with {closing}")));
            }
            return Err(self.unexpected(&format!("`&&`, `||` or {closing}")));
        };
        // a comparison keeps its own operands' spans, so the node may grow by its parentheses
        Ok(Node { span: Span::new(open.start, end), ..node })
    }

    fn comparison(&mut self) -> Result<Node, SyntaxError> {
        let left = self.operand(Side::Left)?;
        let Some(operator) = self.operator() else {
            return Ok(Node { span: left.span, kind: NodeKind::Operand(left) });
        };
        let right = self.operand(Side::Right)?;
        if let Some(Token { kind: TokenKind::Operator(second), start, end }) = self.peek() {
            let error = SyntaxError::new(format!("a second comparison `{}`", second.as_str()), *start..*end);
            let (low, middle) = (&self.text[left.span.range()], &self.text[right.span.range()]);
            let (first, second) = (operator.as_str(), second.as_str());
            return Err(error.help(format!("write `{low} {first} {middle} && {middle} {second} …`")));
        }
        if matches!(right.kind, OperandKind::StatusClass(_))
            && !matches!(operator, Operator::Equal | Operator::NotEqual)
        {
            let message = format!("`{}` compares with `==` and `!=` only", &self.text[right.span.range()]);
            return Err(SyntaxError::new(message, right.span.range()).help(Tolerance::StatusClass.help()));
        }
        let span = Span::new(left.span.range().start, right.span.range().end);
        Ok(Node { kind: NodeKind::Comparison { left, operator, right }, span })
    }

    fn operator(&mut self) -> Option<Operator> {
        let TokenKind::Operator(operator) = self.peek()?.kind else { return None };
        self.next += 1;
        Some(operator)
    }

    fn operand(&mut self, side: Side) -> Result<Operand, SyntaxError> {
        let Some(token) = self.peek().cloned() else {
            let end = self.text.len();
            let last = self.tokens.last().map_or(0, |last| last.start);
            let error = SyntaxError::new("the condition ends where a value is expected", last..end);
            let text = self.text.trim();
            return Err(match self.tokens.as_slice() {
                [_] => error.help(COMPARISON),
                [.., Token { kind: TokenKind::Operator(_), .. }] => {
                    error.help(format!("write what it is compared with: `{text} 'done'`"))
                }
                _ => error.help("write a condition after it, or remove it"),
            });
        };
        let span = Span::new(token.start, token.end);
        let kind = match token.kind {
            TokenKind::String(text) => OperandKind::String(text),
            TokenKind::DoubleQuoted(text) => {
                self.loose(Tolerance::DoubleQuotes, span, Some(format!("'{}'", text.replace('\'', "''"))));
                OperandKind::String(text)
            }
            TokenKind::Operand => OperandKind::Expression(self.expression(token.start, token.end)?),
            TokenKind::BracedOperand => {
                let inner = self.text[token.start + 1..token.end - 1].to_owned();
                self.loose(Tolerance::Braces, span, Some(inner).filter(|inner| !super::lex::needs_braces(inner)));
                OperandKind::Expression(self.expression(token.start + 1, token.end - 1)?)
            }
            TokenKind::Word => self.word(&self.text[token.start..token.end], span, side)?,
            _ => return Err(self.unexpected("a value")),
        };
        self.next += 1;
        Ok(Operand { kind, span })
    }

    /// An expression with its navigation, which conditions allow (ARZ-COND-06).
    fn expression(&mut self, start: usize, end: usize) -> Result<Expression, SyntaxError> {
        let expression = Expression::parse(&self.text[start..end]).map_err(|error| error.shifted(start))?;
        let span = Span::new(start, end);
        match expression.tolerance {
            _ if expression.path.name.ends_with(".length") => self.loose(Tolerance::Length, span, None),
            None | Some(expression::Tolerance::Navigation) => {}
            Some(tolerance) => self.loose(Tolerance::Expression(tolerance), span, None),
        }
        Ok(expression)
    }

    fn word(&mut self, word: &'t str, span: Span, side: Side) -> Result<OperandKind, SyntaxError> {
        if let Some(literal) = literal(word) {
            return Ok(literal);
        }
        if side == Side::Right
            && let Some(class) = status_class(word)
        {
            self.loose(Tolerance::StatusClass, span, None);
            return Ok(OperandKind::StatusClass(class));
        }
        let following = self.tokens.get(self.next + 1).map(|token| &token.kind);
        let ends = matches!(
            following,
            None | Some(
                TokenKind::And | TokenKind::Or | TokenKind::Close | TokenKind::CloseBrace | TokenKind::Operator(_)
            )
        );
        if side == Side::Right && ends && is_unquoted_string(word) {
            self.loose(Tolerance::UnquotedString, span, Some(format!("'{word}'")));
            return Ok(OperandKind::String(word.to_owned()));
        }
        Err(self.stray_word(word, span, side))
    }

    fn stray_word(&self, word: &str, span: Span, side: Side) -> SyntaxError {
        let error = SyntaxError::new(format!("`{word}` is no value"), span.range());
        if let Some(help) = mistaken_word(word) {
            return error.help(help);
        }
        let dollar = format!("${word}");
        match (side, Expression::parse(&dollar)) {
            (Side::Left, Ok(_)) => error.help(format!("did you mean `{dollar}`?")),
            (Side::Left, Err(_)) => error.help("strings stand in single quotes, expressions begin with `$`"),
            (Side::Right, _) => {
                let stop = self.text[span.range().start..].find(['&', '|', ')']);
                let stop = stop.map_or(self.text.len(), |stop| span.range().start + stop);
                let whole = self.text[span.range().start..stop].trim().replace('\'', "''");
                error.help(format!("put the string into single quotes: `'{whole}'`"))
            }
        }
    }

    fn unexpected(&self, expected: &str) -> SyntaxError {
        let Some(token) = self.peek() else {
            return SyntaxError::new(format!("the condition ends where {expected} is expected"), 0..self.text.len());
        };
        let found = &self.text[token.start..token.end];
        let error = SyntaxError::new(format!("`{found}` where {expected} is expected"), token.start..token.end);
        let comparison = matches!(token.kind, TokenKind::Operator(_)) && expected == "a value";
        match mistaken_word(found) {
            Some(help) => error.help(help),
            None if comparison && self.next == 0 => match self.text.trim().strip_prefix(found) {
                Some(rest) if !rest.trim().is_empty() => {
                    error.help(format!("say what is compared: `$statusCode {found} {}`", rest.trim()))
                }
                _ => error.help(COMPARISON),
            },
            None if token.kind == TokenKind::Word => error.help("strings with spaces stand in single quotes"),
            None => error,
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn eat(&mut self, kind: &TokenKind) -> Option<Token> {
        let token = self.peek().filter(|token| token.kind == *kind)?.clone();
        self.next += 1;
        Some(token)
    }

    fn loose(&mut self, tolerance: Tolerance, span: Span, replacement: Option<String>) {
        self.looseness.push(Looseness { tolerance, span, replacement });
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

#[derive(Clone, Copy)]
enum Junction {
    Or,
    And,
}

/// The nodes as one, those of the same kind taken apart.
fn joined(mut nodes: Vec<Node>, junction: Junction) -> Node {
    if nodes.len() == 1
        && let Some(node) = nodes.pop()
    {
        return node;
    }
    let start = nodes.first().map_or(0, |node| node.span.range().start);
    let end = nodes.last().map_or(0, |node| node.span.range().end);
    let mut flat = Vec::with_capacity(nodes.len());
    for Node { kind, span } in nodes {
        match (junction, kind) {
            (Junction::Or, NodeKind::Or(inner)) | (Junction::And, NodeKind::And(inner)) => flat.extend(inner),
            (_, kind) => flat.push(Node { kind, span }),
        }
    }
    let kind = match junction {
        Junction::Or => NodeKind::Or(flat),
        Junction::And => NodeKind::And(flat),
    };
    Node { kind, span: Span::new(start, end) }
}
