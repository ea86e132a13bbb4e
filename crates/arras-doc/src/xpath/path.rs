//! Text into location paths: steps, node tests, predicates (XPath 1.0 §2).

use super::ast::{Axis, Expr, ExprKind, Part, Path, Start, Step, Test};
use super::parse::Parser;
use crate::span::{Span, Spanned};
use crate::suggest;
use crate::syntax::SyntaxError;

impl Parser<'_> {
    /// A path that starts at `start`, where the cursor is: at the root or at the context node.
    pub(super) fn location_path(&mut self, start: usize) -> Result<Expr, SyntaxError> {
        let mut steps = Vec::new();
        let begin = if self.goes_on() {
            let lone = !self.cursor.sees("//");
            let before = self.cursor.at();
            self.cursor.eat("/");
            self.cursor.skip_space();
            if !lone || self.step_begins() {
                self.cursor.reset(before);
                self.separated_steps(&mut steps)?;
            } else {
                self.cursor.reset(before + 1);
            }
            Start::Root
        } else {
            steps.push(self.step()?);
            self.separated_steps(&mut steps)?;
            Start::Context
        };
        Ok(Expr { kind: ExprKind::Path(Path { start: begin, steps }), span: self.cursor.since(start) })
    }

    /// Whether a `/` comes next, perhaps after blank space.
    pub(super) fn goes_on(&mut self) -> bool {
        let start = self.cursor.at();
        self.cursor.skip_space();
        let found = self.cursor.sees("/");
        if !found {
            self.cursor.reset(start);
        }
        found
    }

    /// `/a//b`, as long as there are separators.
    pub(super) fn separated_steps(&mut self, steps: &mut Vec<Step>) -> Result<(), SyntaxError> {
        while self.goes_on() {
            let start = self.cursor.at();
            if self.cursor.eat("//") {
                let span = self.cursor.since(start);
                steps.push(Step { axis: Axis::DescendantOrSelf, test: Test::Node, predicates: Vec::new(), span });
            } else {
                self.cursor.eat("/");
            }
            self.cursor.skip_space();
            steps.push(self.step()?);
        }
        Ok(())
    }

    fn step_begins(&self) -> bool {
        let rest = self.cursor.rest();
        rest.starts_with(super::lex::is_name_start) || rest.starts_with(['@', '.', '*']) || rest.starts_with("{$")
    }

    fn step(&mut self) -> Result<Step, SyntaxError> {
        let start = self.cursor.at();
        for (token, axis) in [("..", Axis::Parent), (".", Axis::SelfNode)] {
            if self.cursor.eat(token) {
                return Ok(Step { axis, test: Test::Node, predicates: Vec::new(), span: self.cursor.since(start) });
            }
        }
        let axis = self.axis()?;
        self.cursor.skip_space();
        let test = self.test()?;
        let predicates = self.predicates()?;
        Ok(Step { axis, test, predicates, span: self.cursor.since(start) })
    }

    fn axis(&mut self) -> Result<Axis, SyntaxError> {
        if self.cursor.eat("@") {
            return Ok(Axis::Attribute);
        }
        let start = self.cursor.at();
        let name = self.cursor.name();
        let span = self.cursor.since(start);
        if name.is_empty() || !self.cursor.eat_spaced("::") {
            self.cursor.reset(start);
            return Ok(Axis::Child);
        }
        Axis::find(name).ok_or_else(|| {
            let error = SyntaxError::new(format!("`{name}` is no axis"), span.range());
            SyntaxError {
                help: suggest::did_you_mean(&suggest::nearest(name, Axis::ALL.map(Axis::as_str), 1)),
                ..error
            }
        })
    }

    fn test(&mut self) -> Result<Test, SyntaxError> {
        if self.cursor.eat("*") {
            return Ok(Test::Any);
        }
        if self.cursor.sees("{$") {
            return self.embedded_name();
        }
        let start = self.cursor.at();
        let name = self.cursor.name();
        if name.is_empty() {
            return Err(self.no_operand());
        }
        if matches!(name, "node" | "text" | "comment" | "processing-instruction") && self.cursor.eat_spaced("(") {
            return self.node_type(name);
        }
        if self.cursor.sees("::") || !self.cursor.eat(":") {
            return Ok(Test::Name { prefix: None, local: name.to_owned() });
        }
        let prefix = Spanned::new(name.to_owned(), Span::new(start, start + name.len()));
        let test = if self.cursor.eat("*") {
            Test::Namespace(name.to_owned())
        } else {
            let local = self.cursor.name();
            if local.is_empty() {
                return Err(SyntaxError::new(format!("a name is missing after `{name}:`"), self.cursor.here().range()));
            }
            Test::Name { prefix: Some(name.to_owned()), local: local.to_owned() }
        };
        if !self.prefixes.iter().any(|known| known.value == prefix.value) {
            self.prefixes.push(prefix);
        }
        Ok(test)
    }

    /// The rest of `text()` behind the parenthesis.
    fn node_type(&mut self, name: &str) -> Result<Test, SyntaxError> {
        self.cursor.skip_space();
        let start = self.cursor.at();
        let mut target = None;
        if name == "processing-instruction" && (self.cursor.sees("'") || self.cursor.sees("\"")) {
            target = match self.literal()? {
                ExprKind::Literal(parts) => match parts.as_slice() {
                    [Part::Text(text)] => Some(text.clone()),
                    _ => return Err(SyntaxError::new("a target can't be embedded", self.cursor.since(start).range())),
                },
                _ => None,
            };
        }
        self.close(")")?;
        Ok(match name {
            "node" => Test::Node,
            "text" => Test::Text,
            "comment" => Test::Comment,
            _ => Test::Instruction(target),
        })
    }

    /// `[…][…]`
    pub(super) fn predicates(&mut self) -> Result<Vec<Expr>, SyntaxError> {
        let mut predicates = Vec::new();
        while self.cursor.eat_spaced("[") {
            predicates.push(self.expression()?);
            self.close("]")?;
        }
        Ok(predicates)
    }
}
