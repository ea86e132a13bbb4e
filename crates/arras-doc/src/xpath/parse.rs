//! Text into expressions: operators, calls, literals (XPath 1.0 §3).

use super::ast::{Call, Expr, ExprKind, Operator, Precedence, Start};
use super::function::Function;
use super::kind::Kind;
use super::lex::{self, Cursor};
use super::{Path, Version, XPath, common};
use crate::expression::Expression;
use crate::span::{Span, Spanned};
use crate::suggest;
use crate::syntax::SyntaxError;

/// Whether runtime expressions may stand in braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Braces {
    /// In the conditions of criteria.
    Embed,
    /// Everywhere else.
    Refused,
}

/// What is being read, and what was noticed on the way. Nesting is bounded by [`lex::check_shape`].
pub(super) struct Parser<'t> {
    pub(super) cursor: Cursor<'t>,
    pub(super) version: Version,
    pub(super) braces: Braces,
    pub(super) prefixes: Vec<Spanned<String>>,
    pub(super) embedded: Vec<Spanned<Expression>>,
    pub(super) bare: Vec<usize>,
}

pub(super) fn read(text: &str, version: Version, braces: Braces) -> Result<XPath, SyntaxError> {
    lex::check_shape(text)?;
    let cursor = Cursor::new(text);
    let mut parser = Parser { cursor, version, braces, prefixes: Vec::new(), embedded: Vec::new(), bare: Vec::new() };
    let read = parser.whole().and_then(|expression| {
        if version > Version::V1_0 {
            common::check(&expression, version)?;
        }
        Ok(expression)
    });
    match read {
        Ok(expression) => {
            let Parser { prefixes, embedded, bare, .. } = parser;
            Ok(XPath { expression, version, prefixes, embedded, bare })
        }
        Err(error) if version > Version::V1_0 && error.help.is_none() => Err(error.help(common::HELP)),
        Err(error) => Err(error),
    }
}

/// The operators of one precedence, longer ones before those that they begin with.
fn operators(precedence: Precedence) -> &'static [Operator] {
    use Operator::{
        Add, And, Divide, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Modulo, Multiply, NotEqual, Or, Subtract,
        Union,
    };
    match precedence {
        Precedence::Or => &[Or],
        Precedence::And => &[And],
        Precedence::Equality => &[Equal, NotEqual],
        Precedence::Relational => &[LessOrEqual, GreaterOrEqual, Less, Greater],
        Precedence::Additive => &[Add, Subtract],
        Precedence::Multiplicative => &[Multiply, Divide, Modulo],
        Precedence::Union => &[Union],
        Precedence::Unary | Precedence::Operand => &[],
    }
}

fn tighter(precedence: Precedence) -> Precedence {
    match precedence {
        Precedence::Or => Precedence::And,
        Precedence::And => Precedence::Equality,
        Precedence::Equality => Precedence::Relational,
        Precedence::Relational => Precedence::Additive,
        Precedence::Additive => Precedence::Multiplicative,
        Precedence::Multiplicative => Precedence::Unary,
        Precedence::Unary => Precedence::Union,
        Precedence::Union | Precedence::Operand => Precedence::Operand,
    }
}

impl<'t> Parser<'t> {
    fn whole(&mut self) -> Result<Expr, SyntaxError> {
        let expression = self.expression()?;
        self.cursor.skip_space();
        if self.cursor.is_end() { Ok(expression) } else { Err(self.trailing()) }
    }

    /// An expression, blank space before it skipped.
    pub(super) fn expression(&mut self) -> Result<Expr, SyntaxError> {
        self.level(Precedence::Or)
    }

    fn level(&mut self, precedence: Precedence) -> Result<Expr, SyntaxError> {
        self.cursor.skip_space();
        let start = self.cursor.at();
        match precedence {
            Precedence::Unary => return self.unary(start),
            Precedence::Operand => return self.path_expression(),
            _ => {}
        }
        let first = self.level(tighter(precedence))?;
        let mut rest = Vec::new();
        let mut end = self.cursor.at();
        while let Some(operator) = self.operator(precedence) {
            if precedence == Precedence::Union && rest.is_empty() {
                require_nodes(&first, "`|` joins node-sets")?;
            }
            let right = self.level(tighter(precedence))?;
            if precedence == Precedence::Union {
                require_nodes(&right, "`|` joins node-sets")?;
            }
            rest.push((operator, right));
            end = self.cursor.at();
        }
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(Expr { kind: ExprKind::Chain { first: Box::new(first), rest }, span: Span::new(start, end) })
    }

    /// The operator of that precedence that comes next, taken.
    fn operator(&mut self, precedence: Precedence) -> Option<Operator> {
        let start = self.cursor.at();
        self.cursor.skip_space();
        let found = operators(precedence).iter().copied().find(|operator| self.token(operator.as_str()));
        if found.is_none() {
            self.cursor.reset(start);
        }
        found
    }

    /// Takes a symbol, or a word that is a name of its own; nothing that only begins with it.
    fn token(&mut self, token: &str) -> bool {
        let start = self.cursor.at();
        if token.starts_with(lex::is_name_start) {
            if self.cursor.name() == token && !self.cursor.sees(":") {
                return true;
            }
            self.cursor.reset(start);
            return false;
        }
        let longer = match token {
            "=" => &["=="][..],
            "|" => &["||"],
            _ => &[],
        };
        !longer.iter().any(|longer| self.cursor.sees(longer)) && self.cursor.eat(token)
    }

    fn unary(&mut self, start: usize) -> Result<Expr, SyntaxError> {
        let mut times = 0;
        while self.cursor.eat("-") {
            times += 1;
            self.cursor.skip_space();
        }
        let operand = self.level(Precedence::Union)?;
        if times == 0 {
            return Ok(operand);
        }
        let span = Span::new(start, operand.span.end as usize);
        Ok(Expr { kind: ExprKind::Negate { times, operand: Box::new(operand) }, span })
    }

    /// A location path, or a literal, call or parenthesis that a path may go on from.
    fn path_expression(&mut self) -> Result<Expr, SyntaxError> {
        let start = self.cursor.at();
        let Some(primary) = self.primary()? else { return self.location_path(start) };
        let predicates = self.predicates()?;
        let goes_on = self.goes_on();
        if predicates.is_empty() && !goes_on {
            return Ok(primary);
        }
        require_nodes(&primary, "a predicate or `/` follows node-sets")?;
        let mut steps = Vec::new();
        if goes_on {
            self.separated_steps(&mut steps)?;
        }
        let path = Path { start: Start::Expression(Box::new(primary), predicates), steps };
        Ok(Expr { kind: ExprKind::Path(path), span: self.cursor.since(start) })
    }

    /// `None` if a location path starts here.
    fn primary(&mut self) -> Result<Option<Expr>, SyntaxError> {
        let start = self.cursor.at();
        let kind = match self.cursor.rest().chars().next() {
            Some('\'' | '"') => self.literal()?,
            Some('(') => {
                self.cursor.eat("(");
                let inner = self.expression()?;
                self.close(")")?;
                // the parentheses belong to what people see of it
                return Ok(Some(Expr { span: self.cursor.since(start), ..inner }));
            }
            Some('{') if self.cursor.sees("{$") => self.embedded_literal()?,
            Some('$') => return Err(self.variable()),
            Some('0'..='9' | '.') => match self.cursor.number() {
                "" => return Ok(None),
                text => ExprKind::Number { text: text.to_owned(), value: text.parse().unwrap_or(f64::NAN) },
            },
            _ => match self.call()? {
                Some(call) => ExprKind::Call(call),
                None => return Ok(None),
            },
        };
        Ok(Some(Expr { kind, span: self.cursor.since(start) }))
    }

    /// `name(…)`, unless it is a node test; without a parenthesis the cursor stays.
    fn call(&mut self) -> Result<Option<Call>, SyntaxError> {
        let start = self.cursor.at();
        let name = self.function_name();
        let span = self.cursor.since(start);
        let is_test = matches!(name, "node" | "text" | "comment" | "processing-instruction");
        if name.is_empty() || is_test || !self.cursor.eat_spaced("(") {
            self.cursor.reset(start);
            return Ok(None);
        }
        let Some(function) = Function::find(name) else { return Err(self.unknown_function(name, span)) };
        let mut arguments = Vec::new();
        if !self.cursor.eat_spaced(")") {
            loop {
                arguments.push(self.expression()?);
                if !self.cursor.eat_spaced(",") {
                    break;
                }
            }
            self.close(")")?;
        }
        self.check_call(function, &arguments, self.cursor.since(start))?;
        Ok(Some(Call { function, arguments }))
    }

    /// A name, perhaps with a prefix.
    fn function_name(&mut self) -> &'t str {
        let start = self.cursor.at();
        let name = self.cursor.name();
        let after = self.cursor.at();
        if name.is_empty() || self.cursor.sees("::") || !self.cursor.eat(":") {
            return name;
        }
        if self.cursor.name().is_empty() {
            self.cursor.reset(after);
        }
        self.cursor.slice(start)
    }

    fn check_call(&self, function: Function, arguments: &[Expr], span: Span) -> Result<(), SyntaxError> {
        let arity = function.arity();
        if !arity.contains(&arguments.len()) {
            let wanted = match (*arity.start(), *arity.end()) {
                (0, 0) => "no argument".to_owned(),
                (1, 1) => "one argument".to_owned(),
                (least, usize::MAX) => format!("at least {least} arguments"),
                (least, most) if least == most => format!("{least} arguments"),
                (least, most) => format!("{least} or {most} arguments"),
            };
            let message = format!("`{}` takes {wanted}, not {}", function.as_str(), arguments.len());
            return Err(SyntaxError::new(message, span.range()));
        }
        match arguments.first() {
            Some(argument) if function.takes_nodes() => {
                require_nodes(argument, &format!("`{}` takes a node-set", function.as_str()))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn close(&mut self, bracket: &str) -> Result<(), SyntaxError> {
        if self.cursor.eat_spaced(bracket) {
            return Ok(());
        }
        self.cursor.skip_space();
        let error = self.trailing();
        Err(if error.help.is_some() {
            error
        } else {
            SyntaxError { message: format!("`{bracket}` is missing"), ..error }
        })
    }

    fn unknown_function(&self, name: &str, span: Span) -> SyntaxError {
        if self.version > Version::V1_0 {
            let message = format!("the function `{name}` of {} is not supported", self.version.name());
            return SyntaxError::new(message, span.range()).help(common::HELP);
        }
        let error = SyntaxError::new(format!("`{name}` is no function of XPath 1.0"), span.range());
        SyntaxError { help: suggest::did_you_mean(&suggest::nearest(name, Function::names(), 1)), ..error }
    }

    fn variable(&self) -> SyntaxError {
        let at = self.cursor.at();
        let error = SyntaxError::new("an XPath has no variables here", at..at + 1);
        error.help("embed a runtime expression in braces and quotes: `'{$inputs.id}'`")
    }

    /// What stands where an operator or the end is expected.
    fn trailing(&self) -> SyntaxError {
        const HABITS: [(&str, &str); 5] = [
            ("==", "write `=`"),
            ("&&", "write `and`"),
            ("||", "write `or`"),
            ("!", "write `not(…)` around what it negates"),
            ("[?", "write the predicate without `?`"),
        ];
        let here = self.cursor.here();
        let rest = self.cursor.rest();
        if rest.is_empty() {
            return SyntaxError::new("the expression is not complete", here.range());
        }
        if let Some((token, help)) = HABITS.iter().find(|(token, _)| rest.starts_with(token)) {
            let range = here.range().start..here.range().start + token.len();
            return SyntaxError::new(format!("`{token}` is no operator of XPath"), range).help(*help);
        }
        let token: String = rest.chars().take(1).collect();
        SyntaxError::new(format!("`{token}` can't stand here"), here.range())
    }

    /// What stands where an operand is expected.
    pub(super) fn no_operand(&self) -> SyntaxError {
        let error = self.trailing();
        if self.cursor.is_end() { SyntaxError { message: "an operand is missing".into(), ..error } } else { error }
    }
}

pub(super) fn require_nodes(expression: &Expr, wanted: &str) -> Result<(), SyntaxError> {
    let what = match expression.kind_of() {
        Kind::Nodes => return Ok(()),
        Kind::String => "a string",
        Kind::Number => "a number",
        Kind::Boolean => "a boolean",
        Kind::Any => "a value",
    };
    Err(SyntaxError::new(format!("{wanted}, and this is {what}"), expression.span.range()))
}
