//! The grammar of JSON as a loop: what may come next, and who is told.

use super::lexer::Lexer;
use crate::node::{Container, Scalar, ScalarText};
use crate::read::SyntaxError;
use crate::span::Span;

/// Who is told of each piece of a JSON text, in source order.
///
/// In an object, names (as strings) and values alternate.
pub(crate) trait Sink {
    /// A name or a value that holds no other.
    fn scalar(&mut self, scalar: Scalar<'_>, span: Span);
    /// An object or an array begins at byte `start`.
    fn open(&mut self, container: Container, start: usize);
    /// The innermost object or array ends before byte `end`.
    fn close(&mut self, end: usize);
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ItemOrEnd,
    Name,
    NameOrEnd,
    CommaOrEnd,
}

/// How much a text may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The levels of objects and arrays.
    pub(crate) depth: usize,
    /// The values, names among them.
    pub(crate) nodes: usize,
}

/// Reads the one JSON value that `text` must be, without recursion and within `limits`.
pub(crate) fn scan(text: &str, limits: Limits, sink: &mut impl Sink) -> Result<(), SyntaxError> {
    let mut scan = Scan { lexer: Lexer::new(text), open: Vec::new(), limits, nodes: 0, sink };
    let mut expect = Expect::Value;
    loop {
        scan.lexer.skip_blank();
        expect = match expect {
            Expect::CommaOrEnd if scan.open.is_empty() => return scan.lexer.expect_end(),
            Expect::CommaOrEnd => scan.comma_or_end()?,
            Expect::Name | Expect::NameOrEnd => scan.name_or_end(expect)?,
            Expect::Value | Expect::ItemOrEnd => scan.value_or_end(expect)?,
        };
    }
}

struct Scan<'t, 's, S> {
    lexer: Lexer<'t>,
    open: Vec<(Container, usize)>,
    limits: Limits,
    nodes: usize,
    sink: &'s mut S,
}

impl<S: Sink> Scan<'_, '_, S> {
    fn value_or_end(&mut self, expect: Expect) -> Result<Expect, SyntaxError> {
        let start = self.lexer.at;
        match self.lexer.peek() {
            Some(b'{') => self.open(Container::Mapping, Expect::NameOrEnd),
            Some(b'[') => self.open(Container::Sequence, Expect::ItemOrEnd),
            Some(b']') if expect == Expect::ItemOrEnd => Ok(self.close()),
            Some(b'"') => {
                let (text, span) = self.lexer.string()?;
                self.sink.scalar(Scalar::String(text), span);
                self.count()?;
                Ok(Expect::CommaOrEnd)
            }
            Some(b'-' | b'0'..=b'9') => {
                let span = self.lexer.number()?;
                self.sink.scalar(Scalar::Number(ScalarText::Slice(span)), span);
                self.count()?;
                Ok(Expect::CommaOrEnd)
            }
            Some(b't' | b'f' | b'n') => {
                let scalar = self.lexer.literal()?;
                self.sink.scalar(scalar, Span::new(start, self.lexer.at));
                self.count()?;
                Ok(Expect::CommaOrEnd)
            }
            _ => Err(self.unexpected("a value")),
        }
    }

    fn name_or_end(&mut self, expect: Expect) -> Result<Expect, SyntaxError> {
        match self.lexer.peek() {
            Some(b'"') => {
                let (text, span) = self.lexer.string()?;
                self.sink.scalar(Scalar::String(text), span);
                self.count()?;
                self.lexer.skip_blank();
                match self.lexer.peek() {
                    Some(b':') => {
                        self.lexer.at += 1;
                        Ok(Expect::Value)
                    }
                    _ => Err(self.unexpected("`:`")),
                }
            }
            Some(b'}') if expect == Expect::NameOrEnd => Ok(self.close()),
            _ => Err(self.unexpected("a name in double quotes")),
        }
    }

    fn comma_or_end(&mut self) -> Result<Expect, SyntaxError> {
        let (container, _) = self.open.last().copied().unwrap_or((Container::Sequence, 0));
        match (self.lexer.peek(), container) {
            (Some(b','), Container::Mapping) => {
                self.lexer.at += 1;
                Ok(Expect::Name)
            }
            (Some(b','), Container::Sequence) => {
                self.lexer.at += 1;
                Ok(Expect::Value)
            }
            (Some(b'}'), Container::Mapping) | (Some(b']'), Container::Sequence) => Ok(self.close()),
            (_, Container::Mapping) => Err(self.unexpected("`,` or `}`")),
            (_, Container::Sequence) => Err(self.unexpected("`,` or `]`")),
        }
    }

    fn open(&mut self, container: Container, next: Expect) -> Result<Expect, SyntaxError> {
        let start = self.lexer.at;
        if self.open.len() >= self.limits.depth {
            let message = format!("objects and arrays are nested deeper than {} levels", self.limits.depth);
            return Err(SyntaxError::too_large(message, Span::new(start, start + 1)));
        }
        self.count()?;
        self.open.push((container, start));
        self.sink.open(container, start);
        self.lexer.at += 1;
        Ok(next)
    }

    /// Counts one more value.
    fn count(&mut self) -> Result<(), SyntaxError> {
        self.nodes += 1;
        if self.nodes <= self.limits.nodes {
            return Ok(());
        }
        let message = format!("the text holds more than {} values", self.limits.nodes);
        Err(SyntaxError::too_large(message, Span::new(self.lexer.at, self.lexer.at)))
    }

    fn close(&mut self) -> Expect {
        self.lexer.at += 1;
        self.open.pop();
        self.sink.close(self.lexer.at);
        Expect::CommaOrEnd
    }

    /// What stands here instead of what was expected; at the end of the text, the bracket left open.
    fn unexpected(&self, expected: &str) -> SyntaxError {
        let error = self.lexer.unexpected(expected);
        match self.open.last() {
            Some((container, start)) if self.lexer.peek().is_none() => {
                let bracket = match container {
                    Container::Mapping => '{',
                    Container::Sequence => '[',
                };
                SyntaxError::invalid(
                    format!("the text ends before this `{bracket}` is closed"),
                    Span::new(*start, start + 1),
                )
            }
            _ => error,
        }
    }
}
