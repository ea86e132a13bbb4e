//! Expressions as text that parses to the same again.

use std::fmt;

use super::ast::{Axis, Expr, ExprKind, Operator, Part, Path, Precedence, Start, Step, Test};

impl Expr {
    fn precedence(&self) -> Precedence {
        match &self.kind {
            ExprKind::Chain { rest, .. } => {
                rest.first().map_or(Precedence::Operand, |(operator, _)| operator.precedence())
            }
            ExprKind::Negate { .. } => Precedence::Unary,
            _ => Precedence::Operand,
        }
    }

    /// Whether it is `/` alone, which takes what follows, be it the name of an operator, for its first step.
    fn is_root(&self) -> bool {
        matches!(&self.kind, ExprKind::Path(path) if path.start == Start::Root && path.steps.is_empty())
    }

    /// In parentheses if it binds no tighter than `outer`.
    fn inside(&self, f: &mut fmt::Formatter<'_>, outer: Precedence) -> fmt::Result {
        if self.precedence() <= outer || self.is_root() { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

/// Embedded runtime expressions appear as `{$0}`, their slots.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Chain { first, rest } => {
                let precedence = self.precedence();
                first.inside(f, precedence)?;
                for (operator, right) in rest {
                    write!(f, " {operator} ")?;
                    right.inside(f, precedence)?;
                }
                Ok(())
            }
            ExprKind::Negate { times, operand } => {
                (0..*times).try_for_each(|_| f.write_str("-"))?;
                operand.inside(f, Precedence::Unary)
            }
            ExprKind::Path(path) => path.fmt(f),
            ExprKind::Literal(parts) => literal(f, parts),
            ExprKind::Number { text, .. } => f.write_str(text),
            ExprKind::Call(call) => {
                write!(f, "{}(", call.function.as_str())?;
                for (at, argument) in call.arguments.iter().enumerate() {
                    write!(f, "{}{argument}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
            ExprKind::Embedded(slot) => write!(f, "{{${slot}}}"),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// In the quotes that the text has none of; where it has both, as XPath 2.0 doubles them.
fn literal(f: &mut fmt::Formatter<'_>, parts: &[Part]) -> fmt::Result {
    let has = |quote: char| parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains(quote)));
    let quote = if has('\'') && !has('"') { '"' } else { '\'' };
    write!(f, "{quote}")?;
    for part in parts {
        match part {
            Part::Text(text) if has('\'') && has('"') => f.write_str(&text.replace('\'', "''"))?,
            Part::Text(text) => f.write_str(text)?,
            Part::Embedded(slot) => write!(f, "{{${slot}}}")?,
        }
    }
    write!(f, "{quote}")
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.start {
            Start::Root if self.steps.is_empty() => return f.write_str("/"),
            Start::Root | Start::Context => {}
            Start::Expression(start, filters) => {
                let simple = matches!(start.kind, ExprKind::Call(_));
                if simple {
                    write!(f, "{start}")?
                } else {
                    write!(f, "({start})")?
                }
                predicates(f, filters)?;
            }
        }
        for (at, step) in self.steps.iter().enumerate() {
            if at > 0 || self.start != Start::Context {
                f.write_str("/")?;
            }
            step.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.axis {
            Axis::Child => {}
            Axis::Attribute => f.write_str("@")?,
            axis => write!(f, "{}::", axis.as_str())?,
        }
        self.test.fmt(f)?;
        predicates(f, &self.predicates)
    }
}

fn predicates(f: &mut fmt::Formatter<'_>, predicates: &[Expr]) -> fmt::Result {
    predicates.iter().try_for_each(|predicate| write!(f, "[{predicate}]"))
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::Any => f.write_str("*"),
            Test::Namespace(prefix) => write!(f, "{prefix}:*"),
            Test::Name { prefix: Some(prefix), local } => write!(f, "{prefix}:{local}"),
            Test::Name { prefix: None, local } => f.write_str(local),
            Test::Embedded(slot) => write!(f, "{{${slot}}}"),
            Test::Node => f.write_str("node()"),
            Test::Text => f.write_str("text()"),
            Test::Comment => f.write_str("comment()"),
            Test::Instruction(None) => f.write_str("processing-instruction()"),
            Test::Instruction(Some(target)) => {
                f.write_str("processing-instruction(")?;
                literal(f, &[Part::Text(target.clone())])?;
                f.write_str(")")
            }
        }
    }
}
