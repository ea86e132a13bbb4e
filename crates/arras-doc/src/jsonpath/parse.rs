//! Text into queries: segments and selectors (RFC 9535 §2.3, §2.5).

use crate::span::Span;

use super::ast::{Anchor, Query, Reach, Segment, Selector, SelectorKind, Slice};
use super::condition::Mode;
use super::error::{SyntaxError, problem};
use super::hint;
use super::lex::Cursor;
use super::tolerance::{ExpressionUse, Tolerance, ToleranceKind};

/// How deep filters, parentheses and calls may nest.
pub const MAX_DEPTH: u32 = 128;

/// What is being read, and what was noticed on the way.
pub(super) struct Parser<'t> {
    pub(super) cursor: Cursor<'t>,
    pub(super) mode: Mode,
    /// Bytes that came from a substituted value: nothing in them is a runtime expression.
    pub(super) inert: &'t [Span],
    pub(super) tolerances: Vec<Tolerance>,
    pub(super) expressions: Vec<ExpressionUse>,
    depth: u32,
}

impl<'t> Parser<'t> {
    pub(super) fn new(cursor: Cursor<'t>, mode: Mode, inert: &'t [Span]) -> Parser<'t> {
        Parser { cursor, mode, inert, tolerances: Vec::new(), expressions: Vec::new(), depth: 0 }
    }

    pub(super) fn tolerate(&mut self, kind: ToleranceKind, span: Span) {
        self.tolerances.push(Tolerance { kind, span });
    }

    /// Runs `inner` one level deeper.
    pub(super) fn nested<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.depth == MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(problem(self.cursor.here(), message));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// A query whose `$` or `@` is the next byte.
    pub(super) fn query(&mut self) -> Result<Query, SyntaxError> {
        let start = self.cursor.at();
        let anchor = match self.cursor.peek() {
            b'$' => Anchor::Root,
            b'@' => Anchor::Current,
            _ => return Err(hint::no_query(&self.cursor)),
        };
        self.cursor.next_char();
        let mut segments = Vec::new();
        loop {
            let end = self.cursor.at();
            self.cursor.skip_space();
            match self.segment()? {
                Some(segment) => segments.push(segment),
                None => {
                    self.cursor.reset(end);
                    return Ok(Query { anchor, segments, span: self.cursor.since(start) });
                }
            }
        }
    }

    fn segment(&mut self) -> Result<Option<Segment>, SyntaxError> {
        let start = self.cursor.at();
        let (reach, selectors) = match (self.cursor.peek(), self.cursor.peek_at(1)) {
            (b'.', b'.') => {
                self.cursor.eat("..");
                let bracketed = self.cursor.peek() == b'[';
                (Reach::Descendants, if bracketed { self.brackets()? } else { vec![self.shorthand()?] })
            }
            (b'.', _) => {
                self.cursor.eat(".");
                (Reach::Children, vec![self.shorthand()?])
            }
            (b'[', _) => (Reach::Children, self.brackets()?),
            _ => return Ok(None),
        };
        Ok(Some(Segment { reach, selectors, span: self.cursor.since(start) }))
    }

    /// What follows a dot: `*` or a name.
    fn shorthand(&mut self) -> Result<Selector, SyntaxError> {
        let start = self.cursor.at();
        let kind = if self.cursor.eat("*") {
            SelectorKind::Wildcard
        } else {
            match self.cursor.member_name() {
                "" => return Err(hint::no_name(&self.cursor)),
                name => SelectorKind::Name(name.to_owned()),
            }
        };
        Ok(Selector { kind, span: self.cursor.since(start) })
    }

    fn brackets(&mut self) -> Result<Vec<Selector>, SyntaxError> {
        let open = self.cursor.here();
        self.cursor.eat("[");
        let mut selectors = Vec::new();
        loop {
            self.cursor.skip_space();
            selectors.push(self.selector()?);
            self.cursor.skip_space();
            if self.cursor.eat("]") {
                return Ok(selectors);
            }
            if !self.cursor.eat(",") {
                return Err(hint::not_closed(&self.cursor, open));
            }
        }
    }

    fn selector(&mut self) -> Result<Selector, SyntaxError> {
        let start = self.cursor.at();
        let kind = match self.cursor.peek() {
            b'\'' | b'"' => SelectorKind::Name(self.cursor.string()?),
            b'*' => {
                self.cursor.eat("*");
                SelectorKind::Wildcard
            }
            b'?' => {
                self.cursor.eat("?");
                self.cursor.skip_space();
                SelectorKind::Filter(Box::new(self.nested(Parser::logical)?))
            }
            b'(' if self.mode == Mode::Draft => self.script()?,
            _ => self.index_or_slice()?,
        };
        Ok(Selector { kind, span: self.cursor.since(start) })
    }

    fn index_or_slice(&mut self) -> Result<SelectorKind, SyntaxError> {
        let first = self.cursor.integer()?;
        let end = self.cursor.at();
        self.cursor.skip_space();
        if !self.cursor.eat(":") {
            self.cursor.reset(end);
            return first.map(SelectorKind::Index).ok_or_else(|| hint::no_selector(&self.cursor));
        }
        self.cursor.skip_space();
        let mut slice = Slice { start: first, end: self.cursor.integer()?, step: None };
        let end = self.cursor.at();
        self.cursor.skip_space();
        if self.cursor.eat(":") {
            let end = self.cursor.at();
            self.cursor.skip_space();
            slice.step = self.cursor.integer()?;
            if slice.step.is_none() {
                self.cursor.reset(end);
            }
        } else {
            self.cursor.reset(end);
        }
        Ok(SelectorKind::Slice(slice))
    }

    /// `(@.length-1)`, the only script that is understood.
    fn script(&mut self) -> Result<SelectorKind, SyntaxError> {
        let start = self.cursor.at();
        let offset = self.script_offset();
        offset.map(SelectorKind::FromLength).ok_or_else(|| {
            let span = Span::new(start, self.cursor.at().max(start + 1));
            problem(span, "a script that is not understood").help("write `(@.length-1)`, or a filter `?(…)`")
        })
    }

    fn script_offset(&mut self) -> Option<i64> {
        self.cursor.eat("(");
        self.cursor.skip_space();
        if !self.cursor.eat("@.length") {
            return None;
        }
        self.cursor.skip_space();
        let sign = match self.cursor.peek() {
            b'-' => -1,
            b'+' => 1,
            _ => 0,
        };
        let mut offset = 0;
        if sign != 0 {
            self.cursor.next_char();
            self.cursor.skip_space();
            let digits = self.cursor.take_while(|byte| byte.is_ascii_digit());
            offset = sign * i64::from(digits.parse::<u32>().ok()?);
            self.cursor.skip_space();
        }
        self.cursor.eat(")").then_some(offset)
    }
}
