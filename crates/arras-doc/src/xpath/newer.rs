//! XPath 2.0 to 3.1 as far as it can be checked without knowing all of its grammar: what may follow what, the names of
//! axes and functions. Where a construct has rules of its own (types, inline functions), nothing more is said.

mod words;

use words::{FUNCTIONS, OPERATORS, SYMBOLS, TESTS, TYPED};

use super::ast::Axis;
use super::function::Function;
use super::lex::{self, Cursor};
use crate::span::Span;
use crate::suggest;
use crate::syntax::SyntaxError;

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// An operand must.
    Operand,
    /// A step of a path must.
    Step,
    /// A name must: that of an attribute, or what an axis leads to.
    Name,
    /// A step may, after a `/` that is an operand by itself.
    StepOrOperator,
    /// An operator, a predicate or the end.
    Operator,
}

/// Reads on until something can't be what it is in any version.
pub(super) fn check(text: &str) -> Result<(), SyntaxError> {
    let mut check = Check { cursor: Cursor::new(text), next: Next::Operand, may_close: false };
    check.skip()?;
    while !check.cursor.is_end() {
        let start = check.cursor.at();
        if !check.token()? {
            return Ok(());
        }
        // whatever it is, it has been taken
        if check.cursor.at() == start {
            return Ok(());
        }
        check.skip()?;
    }
    match check.next {
        Next::Operator | Next::StepOrOperator => Ok(()),
        _ => Err(check.missing()),
    }
}

struct Check<'t> {
    cursor: Cursor<'t>,
    next: Next,
    /// Whether the bracket that was just opened may be closed at once.
    may_close: bool,
}

impl Check<'_> {
    /// Blank space, and comments `(: … :)`, which nest.
    fn skip(&mut self) -> Result<(), SyntaxError> {
        loop {
            self.cursor.skip_space();
            if !self.cursor.sees("(:") {
                return Ok(());
            }
            let (start, mut depth) = (self.cursor.at(), 0);
            loop {
                if self.cursor.eat("(:") {
                    depth += 1;
                } else if self.cursor.eat(":)") {
                    depth -= 1;
                } else if self.cursor.is_end() {
                    return Err(SyntaxError::new("the comment is not closed", start..self.cursor.at()));
                } else {
                    self.any();
                }
                if depth == 0 {
                    break;
                }
            }
        }
    }

    /// Takes one token; `false` if nothing more can be said.
    fn token(&mut self) -> Result<bool, SyntaxError> {
        let may_close = std::mem::take(&mut self.may_close);
        match self.cursor.rest().chars().next() {
            Some(')' | ']' | '}') => {
                if !matches!(self.next, Next::Operator | Next::StepOrOperator) && !may_close {
                    return Err(self.missing());
                }
                self.any();
                self.next = Next::Operator;
                Ok(true)
            }
            Some('"' | '\'') => {
                self.operand()?;
                // an unclosed one has been told
                Ok(self.cursor.quoted(true).is_some())
            }
            Some(next) if lex::is_name_start(next) => self.word(),
            Some('0'..='9') => {
                self.operand()?;
                self.cursor.number();
                // 1e6
                self.cursor.name();
                Ok(true)
            }
            _ if matches!(self.next, Next::Operator | Next::StepOrOperator) => self.after_operand(),
            _ => self.before_operand(),
        }
    }

    /// Notes that an operand stands here.
    fn operand(&mut self) -> Result<(), SyntaxError> {
        match self.next {
            Next::Operator => Err(self.no_operator()),
            Next::Name => Err(self.missing()),
            _ => {
                self.next = Next::Operator;
                Ok(())
            }
        }
    }

    fn word(&mut self) -> Result<bool, SyntaxError> {
        let start = self.cursor.at();
        let name = self.cursor.name();
        let span = self.cursor.since(start);
        if self.next == Next::Operator || (self.next == Next::StepOrOperator && OPERATORS.contains(&name)) {
            if TYPED.contains(&name) {
                return Ok(false);
            }
            if OPERATORS.contains(&name) {
                self.next = Next::Operand;
                return Ok(true);
            }
            self.cursor.reset(start);
            return Err(self.no_operator());
        }
        let after = self.cursor.at();
        self.cursor.skip_space();
        if self.cursor.sees("::") && self.next != Next::Name {
            self.cursor.eat("::");
            self.next = Next::Name;
            return axis(name, span).map(|()| true);
        }
        if self.cursor.sees("$") && matches!(name, "for" | "let" | "some" | "every") {
            self.next = Next::Operand;
            return Ok(true);
        }
        if self.cursor.sees("{") && matches!(name, "map" | "array") {
            self.cursor.eat("{");
            (self.next, self.may_close) = (Next::Operand, true);
            return Ok(true);
        }
        self.cursor.reset(after);
        let prefixed = !self.cursor.sees(":=") && self.cursor.eat(":");
        // `p:*`, `p:name`; the colon of a map's key stands apart
        if prefixed && self.cursor.name().is_empty() && !self.cursor.eat("*") {
            self.cursor.reset(after);
        }
        self.next = Next::Operator;
        self.skip()?;
        if !self.cursor.sees("(") {
            return Ok(true);
        }
        if name == "function" {
            return Ok(false);
        }
        self.cursor.eat("(");
        if !prefixed {
            self.function(name, span)?;
        }
        (self.next, self.may_close) = (Next::Operand, true);
        // `element(*)`, `array(xs:string?)`: tests have rules of their own
        if TESTS.contains(&name) && name != "if" {
            return Ok(self.close_test());
        }
        Ok(true)
    }

    /// Takes the rest of a test in parentheses.
    fn close_test(&mut self) -> bool {
        let mut depth = 1;
        while !self.cursor.is_end() && depth > 0 {
            match self.any() {
                '(' => depth += 1,
                ')' => depth -= 1,
                '\'' | '"' => return false,
                _ => {}
            }
        }
        self.next = Next::Operator;
        true
    }

    fn function(&mut self, name: &str, span: Span) -> Result<(), SyntaxError> {
        if let Some(known) = Function::find(name) {
            let (least, start) = (*known.arity().start(), self.cursor.at());
            self.skip()?;
            if least > 0 && self.cursor.sees(")") {
                let wanted = if least == 1 { "an argument".to_owned() } else { format!("{least} arguments") };
                let end = self.cursor.at() + 1;
                let error = SyntaxError::new(format!("`{name}` takes {wanted}"), span.start as usize..end);
                return Err(error.help("name what it is applied to, such as `//item`"));
            }
            self.cursor.reset(start);
            return Ok(());
        }
        if FUNCTIONS.contains(&name) || TESTS.contains(&name) {
            return Ok(());
        }
        let known = Function::names().chain(FUNCTIONS.iter().copied()).chain(["text", "node"]);
        let help = suggest::did_you_mean(&suggest::nearest(name, known, 1));
        let error = SyntaxError::new(format!("`{name}` is no function of XPath"), span.range());
        Err(SyntaxError { help, ..error })
    }

    /// What is neither a word nor a literal, where an operator may stand.
    fn after_operand(&mut self) -> Result<bool, SyntaxError> {
        if self.next == Next::StepOrOperator && self.step_begins() {
            return self.before_operand();
        }
        if self.cursor.sees("==") || self.cursor.sees("&&") || self.cursor.sees("[?") {
            return Err(self.habit());
        }
        if self.cursor.eat("//") || self.cursor.eat("/") {
            self.next = Next::Step;
            return Ok(true);
        }
        if self.cursor.eat("[") {
            self.next = Next::Operand;
            return Ok(true);
        }
        if self.cursor.eat("(") {
            (self.next, self.may_close) = (Next::Operand, true);
            return Ok(true);
        }
        if self.cursor.sees("?") || self.cursor.sees("#") {
            // a lookup, a reference to a function: rules of their own
            return Ok(false);
        }
        if SYMBOLS.iter().any(|symbol| self.cursor.eat(symbol)) {
            self.next = Next::Operand;
            return Ok(true);
        }
        Err(self.no_operator())
    }

    /// What is neither a word nor a literal, where an operand must begin.
    fn before_operand(&mut self) -> Result<bool, SyntaxError> {
        let next = self.cursor.rest().chars().next().unwrap_or_default();
        if self.cursor.sees("{$") {
            let Some(length) = self.cursor.rest().find('}') else { return Ok(false) };
            self.cursor.reset(self.cursor.at() + length + 1);
            self.next = Next::Operator;
            return Ok(true);
        }
        match (next, self.next) {
            ('*', _) => {
                self.any();
                // `*:name`
                if !self.cursor.sees(":=") && self.cursor.eat(":") {
                    self.cursor.name();
                }
                self.next = Next::Operator;
            }
            (_, Next::Name) => return Err(self.missing()),
            ('@', _) => {
                self.any();
                self.next = Next::Name;
            }
            ('.', _) => {
                if self.cursor.number().is_empty() && !self.cursor.eat("..") {
                    self.any();
                }
                self.next = Next::Operator;
            }
            ('(', _) => {
                self.any();
                (self.next, self.may_close) = (Next::Operand, true);
            }
            ('$', _) => {
                self.any();
                if self.cursor.name().is_empty() {
                    return Ok(false);
                }
                if self.cursor.sees(":") && !self.cursor.sees(":=") {
                    self.cursor.eat(":");
                    self.cursor.name();
                }
                self.next = Next::Operator;
            }
            ('/', Next::Operand) => {
                self.next = if self.cursor.eat("//") { Next::Step } else { Next::StepOrOperator };
                if self.next == Next::StepOrOperator {
                    self.any();
                }
            }
            ('-' | '+', Next::Operand) => drop(self.any()),
            // an array, a lookup, a name with its namespace: rules of their own
            ('[' | '?' | '{', Next::Operand) => return Ok(false),
            ('!', Next::Operand) if !self.cursor.sees("!=") => return Err(self.habit()),
            _ => return Err(self.missing()),
        }
        Ok(true)
    }

    fn step_begins(&self) -> bool {
        self.cursor.sees("{$") || self.cursor.rest().starts_with(['@', '.', '*', '('])
    }

    fn any(&mut self) -> char {
        let next = self.cursor.rest().chars().next().unwrap_or_default();
        self.cursor.reset(self.cursor.at() + next.len_utf8());
        next
    }

    /// What stands here is written so elsewhere, not in XPath.
    fn habit(&self) -> SyntaxError {
        const HABITS: [(&str, &str); 4] = [
            ("==", "write `=`"),
            ("&&", "write `and`"),
            ("[?", "write the predicate without `?`"),
            ("!", "write `not(…)` around what it negates"),
        ];
        let at = self.cursor.at();
        let (token, help) = HABITS.into_iter().find(|(token, _)| self.cursor.sees(token)).unwrap_or(("", ""));
        SyntaxError::new(format!("`{token}` is no operator of XPath"), at..at + token.len()).help(help)
    }

    fn no_operator(&self) -> SyntaxError {
        let here = self.cursor.here();
        let mut words = Cursor::new(self.cursor.rest());
        let word = words.name();
        let shown = if word.is_empty() { self.cursor.rest().get(..here.len()).unwrap_or("") } else { word };
        let end = self.cursor.at() + shown.len();
        let error =
            SyntaxError::new(format!("`{shown}` follows an operand without an operator"), self.cursor.at()..end);
        error.help("write an operator between them: `and`, `or`, `=`, `/`")
    }

    fn missing(&self) -> SyntaxError {
        let what = match self.next {
            Next::Step => "a step of the path is missing",
            Next::Name => "a name is missing",
            _ => "an operand is missing",
        };
        let here = self.cursor.here();
        let help = match self.next {
            Next::Step => "name an element after `/`, or remove it",
            Next::Name => "name an element or attribute",
            _ => "write what is compared or tested: a path, a literal, a call",
        };
        SyntaxError::new(what, here.range()).help(help)
    }
}

fn axis(name: &str, span: Span) -> Result<(), SyntaxError> {
    if Axis::find(name).is_some() {
        return Ok(());
    }
    let near = suggest::nearest(name, Axis::ALL.map(Axis::as_str), 1);
    let error = SyntaxError::new(format!("`{name}` is no axis"), span.range());
    Err(SyntaxError { help: suggest::did_you_mean(&near), ..error })
}
