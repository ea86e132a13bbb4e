//! What means the same in every version of XPath: all that is run of the versions 2.0 to 3.1.

use super::Version;
use super::ast::{Axis, Call, Expr, ExprKind, Operator, Path, Precedence, Start, Test};
use super::function::Function;
use super::kind::Kind;
use crate::span::Span;
use crate::syntax::SyntaxError;

pub(super) const HELP: &str = "set the type's version to `xpath-10`, or keep to what all versions of XPath share: \
     paths, `=` and `!=`, `count()`, `contains()`, `starts-with()`, `local-name()`, `and`, `or`, `not()`";

/// Refuses what the versions read differently, or what only some of them know.
pub(super) fn check(expression: &Expr, version: Version) -> Result<(), SyntaxError> {
    let check = |expression: &Expr| check(expression, version);
    match &expression.kind {
        ExprKind::Chain { first, rest } => {
            check(first)?;
            rest.iter().try_for_each(|(_, right)| check(right))?;
            chain(expression, first, rest, version)
        }
        ExprKind::Negate { operand, .. } => match operand.kind {
            ExprKind::Number { .. } => Ok(()),
            _ => Err(refused("a `-` before anything but a number", expression.span, version)),
        },
        ExprKind::Path(path) => self::path(path, version),
        ExprKind::Literal(_) | ExprKind::Number { .. } | ExprKind::Embedded(_) => Ok(()),
        ExprKind::Call(call) => {
            call.arguments.iter().try_for_each(check)?;
            self::call(call, expression.span, version)
        }
    }
}

fn chain(whole: &Expr, first: &Expr, rest: &[(Operator, Expr)], version: Version) -> Result<(), SyntaxError> {
    let Some((operator, right)) = rest.first() else { return Ok(()) };
    match operator.precedence() {
        Precedence::Or | Precedence::And | Precedence::Union => Ok(()),
        Precedence::Equality | Precedence::Relational if rest.len() > 1 => {
            Err(refused("a comparison of a comparison", whole.span, version))
        }
        Precedence::Equality if same_equality(first.kind_of(), right.kind_of()) => Ok(()),
        Precedence::Relational if same_order(first.kind_of(), right.kind_of()) => Ok(()),
        _ => {
            let what = format!("`{}` between these operands", operator.as_str());
            Err(refused(&what, whole.span, version))
        }
    }
}

/// Whether `=` and `!=` agree; where values matter, the evaluation looks again.
fn same_equality(left: Kind, right: Kind) -> bool {
    match (left, right) {
        (Kind::Any, _) | (_, Kind::Any) => true,
        (Kind::Nodes, other) | (other, Kind::Nodes) => other != Kind::Boolean,
        (left, right) => left == right,
    }
}

/// Whether `<` and its kin agree: on numbers, and on nodes that are compared with a number.
fn same_order(left: Kind, right: Kind) -> bool {
    let number = |kind: Kind| matches!(kind, Kind::Number | Kind::Any);
    number(left) && (number(right) || right == Kind::Nodes) || left == Kind::Nodes && number(right)
}

fn path(path: &Path, version: Version) -> Result<(), SyntaxError> {
    if let Start::Expression(start, predicates) = &path.start {
        check(start, version)?;
        predicates.iter().try_for_each(|predicate| check(predicate, version))?;
    }
    for step in &path.steps {
        if step.axis == Axis::Namespace {
            return Err(refused("the axis `namespace`", step.span, version));
        }
        if matches!(step.test, Test::Instruction(Some(_))) {
            return Err(refused("a processing instruction's target", step.span, version));
        }
        step.predicates.iter().try_for_each(|predicate| check(predicate, version))?;
    }
    Ok(())
}

fn call(call: &Call, span: Span, version: Version) -> Result<(), SyntaxError> {
    let takes: &[Kind] = match call.function {
        Function::Count | Function::LocalName | Function::NamespaceUri | Function::Name => &[Kind::Nodes],
        Function::Last | Function::Position | Function::True | Function::False => &[],
        Function::Not | Function::Boolean => &[Kind::Nodes, Kind::String, Kind::Number, Kind::Boolean, Kind::Any],
        Function::Contains
        | Function::StartsWith
        | Function::StringLength
        | Function::NormalizeSpace
        | Function::Concat
        | Function::String => &[Kind::Nodes, Kind::String, Kind::Any],
        other => return Err(refused(&format!("the function `{}`", other.as_str()), span, version)),
    };
    match call.arguments.iter().find(|argument| !takes.contains(&argument.kind_of())) {
        Some(argument) => {
            Err(refused(&format!("this argument of `{}`", call.function.as_str()), argument.span, version))
        }
        None => Ok(()),
    }
}

fn refused(what: &str, span: Span, version: Version) -> SyntaxError {
    let message = format!("{what} is not the same in XPath 1.0 and {}, which is not supported", version.name());
    SyntaxError::new(message, span.range()).help(HELP)
}
