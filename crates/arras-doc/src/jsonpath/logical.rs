//! Text into logical expressions: comparisons, tests, functions (RFC 9535 §2.3.5, §2.4).

use crate::value::Value;

use super::ast::{
    Call, Comparison, Logical, LogicalKind, Operand, OperandKind, Operator, Reach, SelectorKind, Spelling,
};
use super::condition::Mode;
use super::error::{SyntaxError, problem};
use super::function::{self, Function, Type};
use super::hint;
use super::parse::Parser;
use super::pattern::{Coverage, Pattern};
use super::tolerance::ToleranceKind;

impl Parser<'_> {
    /// One or more alternatives.
    pub(super) fn logical(&mut self) -> Result<Logical, SyntaxError> {
        self.chain("||", Parser::conjunction, LogicalKind::Or)
    }

    fn conjunction(&mut self) -> Result<Logical, SyntaxError> {
        self.chain("&&", Parser::basic, LogicalKind::And)
    }

    fn chain(
        &mut self,
        separator: &str,
        part: fn(&mut Self) -> Result<Logical, SyntaxError>,
        join: fn(Vec<Logical>) -> LogicalKind,
    ) -> Result<Logical, SyntaxError> {
        let start = self.cursor.at();
        let first = part(self)?;
        let mut parts = Vec::new();
        loop {
            let end = self.cursor.at();
            self.cursor.skip_space();
            if !self.cursor.eat(separator) {
                self.cursor.reset(end);
                break;
            }
            self.cursor.skip_space();
            parts.push(part(self)?);
        }
        if parts.is_empty() {
            return Ok(first);
        }
        parts.insert(0, first);
        Ok(Logical { kind: join(parts), span: self.cursor.since(start) })
    }

    fn basic(&mut self) -> Result<Logical, SyntaxError> {
        match self.cursor.peek() {
            b'(' => self.parenthesised(),
            b'!' => self.negation(),
            _ => self.comparison_or_test(),
        }
    }

    fn parenthesised(&mut self) -> Result<Logical, SyntaxError> {
        let open = self.cursor.here();
        self.cursor.eat("(");
        self.cursor.skip_space();
        let inner = self.nested(Parser::logical)?;
        self.cursor.skip_space();
        if !self.cursor.eat(")") {
            return Err(hint::not_closed(&self.cursor, open));
        }
        Ok(inner)
    }

    fn negation(&mut self) -> Result<Logical, SyntaxError> {
        let start = self.cursor.at();
        self.cursor.eat("!");
        self.cursor.skip_space();
        let inner = if self.cursor.peek() == b'(' {
            self.parenthesised()?
        } else {
            let operand = self.operand()?;
            self.test(operand)?
        };
        Ok(Logical { kind: LogicalKind::Not(Box::new(inner)), span: self.cursor.since(start) })
    }

    fn comparison_or_test(&mut self) -> Result<Logical, SyntaxError> {
        let start = self.cursor.at();
        let left = self.operand()?;
        self.after_operand(start, left)
    }

    /// What an operand turns out to be part of.
    fn after_operand(&mut self, start: usize, left: Operand) -> Result<Logical, SyntaxError> {
        let end = self.cursor.at();
        self.cursor.skip_space();
        if self.mode == Mode::Draft && self.cursor.eat("=~") {
            return self.pattern_test(start, left);
        }
        if let Some(operator) = self.operator()? {
            return self.comparison(start, left, operator);
        }
        if self.mode != Mode::Strict && self.cursor.rest().starts_with("empty") {
            return self.emptiness(start, left);
        }
        self.cursor.reset(end);
        self.test(left)
    }

    /// The cursor is after the operator.
    fn comparison(&mut self, start: usize, left: Operand, operator: Operator) -> Result<Logical, SyntaxError> {
        self.cursor.skip_space();
        let right = self.operand()?;
        let comparison = Comparison { left: self.comparable(left)?, operator, right: self.comparable(right)? };
        Ok(Logical { kind: LogicalKind::Comparison(Box::new(comparison)), span: self.cursor.since(start) })
    }

    /// The cursor is after `=~`.
    fn pattern_test(&mut self, start: usize, left: Operand) -> Result<Logical, SyntaxError> {
        self.cursor.skip_space();
        let pattern = Box::new(self.pattern_literal()?);
        let left = Box::new(self.comparable(left)?);
        Ok(Logical { kind: LogicalKind::Matches(left, pattern), span: self.cursor.since(start) })
    }

    fn operator(&mut self) -> Result<Option<Operator>, SyntaxError> {
        if let Some(error) = hint::wrong_operator(&self.cursor) {
            return Err(error);
        }
        let operators = [
            Operator::Equal,
            Operator::NotEqual,
            Operator::LessOrEqual,
            Operator::GreaterOrEqual,
            Operator::Less,
            Operator::Greater,
        ];
        Ok(operators.into_iter().find(|operator| self.cursor.eat(operator.as_str())))
    }

    /// `query empty true`, the cursor before `empty`.
    fn emptiness(&mut self, start: usize, left: Operand) -> Result<Logical, SyntaxError> {
        let OperandKind::Query(query) = left.kind else {
            return Err(problem(left.span, "`empty` needs a query before it"));
        };
        self.cursor.eat("empty");
        self.cursor.skip_space();
        let at = self.cursor.at();
        let wanted = match self.cursor.take_while(|byte| byte.is_ascii_alphanumeric()) {
            "true" => true,
            "false" => false,
            _ => return Err(problem(self.cursor.since(at), "`empty` needs `true` or `false` after it")),
        };
        let span = self.cursor.since(start);
        self.tolerate(ToleranceKind::Empty, span);
        Ok(Logical { kind: LogicalKind::Empty(query, wanted), span })
    }

    /// An operand that stands alone.
    fn test(&mut self, operand: Operand) -> Result<Logical, SyntaxError> {
        let span = operand.span;
        match operand.kind {
            OperandKind::Query(query) => Ok(Logical { kind: LogicalKind::Exists(query), span }),
            OperandKind::Call(call) if call.function.result() == Type::Logical => {
                Ok(Logical { kind: LogicalKind::Test(call), span })
            }
            _ => Err(hint::not_compared(&self.cursor, &operand)),
        }
    }

    /// Checks an operand of a comparison.
    fn comparable(&mut self, operand: Operand) -> Result<Operand, SyntaxError> {
        let Operand { kind, span } = operand;
        let kind = match kind {
            OperandKind::Query(query) if self.mode != Mode::Strict && self.ends_in_length(&query) => {
                self.tolerate(length_of(&query), span);
                OperandKind::Length(query)
            }
            OperandKind::Query(query) if !query.is_singular() => {
                if self.mode == Mode::Strict {
                    let error = problem(span, "a query that can select several nodes can't be compared");
                    return Err(error.help("select one node by names and indices, or test them inside a filter `[?…]`"));
                }
                self.tolerate(ToleranceKind::SeveralNodes, span);
                OperandKind::Query(query)
            }
            OperandKind::Call(call) if call.function.result() != Type::Value => {
                let name = call.function.name();
                let error = problem(span, format!("`{name}` is true or false and can't be compared"));
                return Err(error.help(format!("write `{name}(…)` or `!{name}(…)` alone")));
            }
            kind => kind,
        };
        Ok(Operand { kind, span })
    }

    fn ends_in_length(&self, query: &super::ast::Query) -> bool {
        query.segments.last().is_some_and(|segment| {
            segment.reach == Reach::Children
                && matches!(segment.selectors.as_slice(), [selector] if selector.kind == SelectorKind::Name("length".into()))
                && self.cursor.slice(segment.span).starts_with('.')
        })
    }

    fn operand(&mut self) -> Result<Operand, SyntaxError> {
        let start = self.cursor.at();
        let kind = match self.cursor.peek() {
            b'\'' | b'"' => self.string_operand()?,
            b'-' | b'0'..=b'9' => OperandKind::Literal(Value::Number(self.cursor.number()?)),
            b'$' if self.cursor.peek_at(1).is_ascii_alphabetic() => self.bare_expression()?,
            b'$' | b'@' => OperandKind::Query(self.query()?),
            b'a'..=b'z' => self.word()?,
            _ => return Err(hint::no_operand(&self.cursor)),
        };
        Ok(Operand { kind, span: self.cursor.since(start) })
    }

    fn string_operand(&mut self) -> Result<OperandKind, SyntaxError> {
        let start = self.cursor.at();
        let text = self.cursor.string()?;
        if self.mode != Mode::Strict && text.starts_with('$') {
            let span = self.cursor.since(start);
            if let Some(operand) = self.runtime_operand(&text, span, Spelling::Quoted) {
                return Ok(operand);
            }
        }
        Ok(OperandKind::Literal(Value::String(text)))
    }

    /// `true`, `false`, `null` or a call.
    fn word(&mut self) -> Result<OperandKind, SyntaxError> {
        let start = self.cursor.at();
        let word = self.cursor.take_while(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        let span = self.cursor.since(start);
        if self.cursor.peek() == b'(' {
            let Some(function) = Function::find(word) else {
                return Err(hint::unknown_function(word, span));
            };
            let call = self.nested(|parser| parser.call(function, start))?;
            return Ok(OperandKind::Call(call));
        }
        match word {
            "true" => Ok(OperandKind::Literal(Value::Bool(true))),
            "false" => Ok(OperandKind::Literal(Value::Bool(false))),
            "null" => Ok(OperandKind::Literal(Value::Null)),
            _ => {
                self.cursor.reset(start);
                Err(hint::no_operand(&self.cursor))
            }
        }
    }

    /// The arguments, the cursor before `(`.
    fn call(&mut self, function: Function, start: usize) -> Result<Box<Call>, SyntaxError> {
        let open = self.cursor.here();
        self.cursor.eat("(");
        self.cursor.skip_space();
        let mut arguments = Vec::new();
        while !self.cursor.eat(")") {
            if !arguments.is_empty() {
                if !self.cursor.eat(",") {
                    return Err(hint::not_closed(&self.cursor, open));
                }
                self.cursor.skip_space();
            }
            arguments.push(self.operand()?);
            self.cursor.skip_space();
        }
        let span = self.cursor.since(start);
        function::check(function, &arguments, span)?;
        if function == Function::Count
            && matches!(arguments.as_slice(), [Operand { kind: OperandKind::Query(query), .. }] if query.is_singular())
        {
            self.tolerate(ToleranceKind::CountOfOne, span);
        }
        let pattern = self.compile(function, &arguments)?;
        Ok(Box::new(Call { function, arguments, pattern, span }))
    }

    fn compile(&mut self, function: Function, arguments: &[Operand]) -> Result<Option<Pattern>, SyntaxError> {
        let coverage = match function {
            Function::Match => Coverage::Whole,
            Function::Search => Coverage::Part,
            _ => return Ok(None),
        };
        let [_, Operand { kind: OperandKind::Literal(Value::String(text)), span }] = arguments else {
            return Ok(None);
        };
        if let Some(pattern) = Pattern::i_regexp(text, coverage) {
            return Ok(Some(pattern));
        }
        if self.mode == Mode::Strict {
            self.tolerate(ToleranceKind::NeverMatches, *span);
            return Ok(Some(Pattern::never(text, coverage)));
        }
        let pattern = Pattern::extended(text, coverage, "")
            .map_err(|reason| problem(*span, format!("the pattern can't be compiled: {reason}")))?;
        self.tolerate(ToleranceKind::Pattern, *span);
        Ok(Some(pattern))
    }

    /// `/pattern/` or `/pattern/i`; it matches a part of the string.
    fn pattern_literal(&mut self) -> Result<Pattern, SyntaxError> {
        let start = self.cursor.at();
        if !self.cursor.eat("/") {
            return Err(problem(self.cursor.here(), "`=~` needs a pattern `/…/` after it"));
        }
        let mut text = String::new();
        loop {
            match self.cursor.next_char() {
                None => return Err(problem(self.cursor.since(start), "the pattern is not closed")),
                Some('/') => break,
                Some('\\') => match self.cursor.next_char() {
                    Some('/') => text.push('/'),
                    other => {
                        text.push('\\');
                        text.extend(other);
                    }
                },
                Some(next) => text.push(next),
            }
        }
        let flags = if self.cursor.eat("i") { "i" } else { "" };
        Pattern::extended(&text, Coverage::Part, flags)
            .map_err(|reason| problem(self.cursor.since(start), format!("the pattern can't be compiled: {reason}")))
    }
}

/// What a `.length` at the end of a query means.
fn length_of(query: &super::ast::Query) -> ToleranceKind {
    match (query.counts_matches(), query.is_singular()) {
        (true, _) => ToleranceKind::MatchCount,
        (false, true) => ToleranceKind::Length,
        (false, false) => ToleranceKind::Lengths,
    }
}
