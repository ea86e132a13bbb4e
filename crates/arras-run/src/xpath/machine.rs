//! The state of one evaluation, and what expressions are worth in it.

use arras_doc::span::Span;
use arras_doc::value::Value;
use arras_doc::xpath::{Expr, ExprKind, Operator, Part, Precedence, Version, XPath};
use roxmltree::Document;

use super::compare::compare;
use super::node::Node;
use super::worth::Worth;
use super::{STEPS, number};
use crate::criterion::EvaluationError;

/// Is told what the parts of an expression outside of predicates were worth.
pub(crate) trait Observer {
    /// A path or a call, and its value.
    fn operand(&mut self, span: Span, worth: &Worth);
    /// A comparison or a function that gives a boolean.
    fn verdict(&mut self, span: Span, holds: bool);
}

/// An observer that notes nothing.
pub(crate) struct Silent;

impl Observer for Silent {
    fn operand(&mut self, _: Span, _: &Worth) {}
    fn verdict(&mut self, _: Span, _: bool) {}
}

/// Where an expression is evaluated (XPath 1.0 §1).
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    pub(super) node: Node,
    pub(super) position: usize,
    pub(super) size: usize,
}

/// One evaluation.
pub(crate) struct Machine<'a, 'i> {
    pub(crate) document: &'a Document<'i>,
    xpath: &'a XPath,
    values: &'a [Option<Value>],
    /// Whether the rules of XPath 2.0 and later hold.
    pub(super) is_newer: bool,
    steps: u64,
}

impl<'a, 'i> Machine<'a, 'i> {
    /// # Errors
    /// If a prefix is used that the document element doesn't declare.
    pub(crate) fn new(
        xpath: &'a XPath,
        document: &'a Document<'i>,
        values: &'a [Option<Value>],
    ) -> Result<Machine<'a, 'i>, EvaluationError> {
        let is_newer = xpath.version > Version::V1_0;
        let machine = Machine { document, xpath, values, is_newer, steps: STEPS };
        match xpath.prefixes.iter().find(|prefix| machine.namespace(&prefix.value).is_none()) {
            Some(prefix) => {
                let message = format!("the document element declares no namespace prefix `{}`", prefix.value);
                let help = "test names without namespaces: `*[local-name()='name']`".to_owned();
                Err(EvaluationError { message, span: Some(prefix.span), help: Some(help) })
            }
            None => Ok(machine),
        }
    }

    /// With fewer steps, for tests.
    #[cfg(test)]
    pub(super) fn within(self, steps: u64) -> Machine<'a, 'i> {
        Machine { steps, ..self }
    }

    /// What the whole expression is worth at the document.
    pub(crate) fn whole(&mut self, observer: &mut dyn Observer) -> Result<Worth, EvaluationError> {
        let xpath = self.xpath;
        self.value(&xpath.expression, Context { node: Node::root(), position: 1, size: 1 }, observer)
    }

    /// What an expression is worth at a node that stands alone.
    pub(crate) fn at(
        &mut self,
        expression: &Expr,
        node: Node,
        observer: &mut dyn Observer,
    ) -> Result<Worth, EvaluationError> {
        self.value(expression, Context { node, position: 1, size: 1 }, observer)
    }

    /// The namespace that a prefix stands for.
    pub(super) fn namespace(&self, prefix: &str) -> Option<&'a str> {
        if prefix == "xml" {
            return Some("http://www.w3.org/XML/1998/namespace");
        }
        self.document.root_element().lookup_namespace_uri(Some(prefix))
    }

    /// The value of an embedded runtime expression.
    pub(super) fn embedded(&self, slot: usize) -> Option<&'a Value> {
        self.values.get(slot)?.as_ref()
    }

    /// Takes steps from the budget.
    pub(super) fn spend(&mut self, steps: u64) -> Result<(), EvaluationError> {
        match self.steps.checked_sub(steps) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => Err(EvaluationError {
                message: format!("the XPath takes more than {STEPS} steps on this document"),
                span: None,
                help: Some("select less: name elements instead of `//`, and don't nest predicates".to_owned()),
            }),
        }
    }

    /// Nested as deep as the expression is, which the parser bounds.
    pub(super) fn value(
        &mut self,
        expression: &Expr,
        context: Context,
        observer: &mut dyn Observer,
    ) -> Result<Worth, EvaluationError> {
        self.spend(1)?;
        let worth = match &expression.kind {
            ExprKind::Chain { first, rest } => self.chain(first, rest, context, observer)?,
            ExprKind::Negate { times, operand } => {
                let worth = self.value(operand, context, observer)?;
                let number = self.number(&worth)?;
                Worth::Number(if times % 2 == 1 { -number } else { number })
            }
            ExprKind::Path(path) => Worth::Nodes(self.path(path, context)?),
            ExprKind::Literal(parts) => Worth::String(self.literal(parts)),
            ExprKind::Number { value, .. } => Worth::Number(*value),
            ExprKind::Call(call) => self.call(call, context, observer)?,
            ExprKind::Embedded(slot) => self.embedded_literal(*slot),
        };
        match (&expression.kind, &worth) {
            (ExprKind::Path(_) | ExprKind::Call(_), Worth::Nodes(_) | Worth::String(_) | Worth::Number(_)) => {
                observer.operand(expression.span, &worth);
            }
            (ExprKind::Call(_), Worth::Boolean(holds)) => observer.verdict(expression.span, *holds),
            (ExprKind::Chain { rest, .. }, Worth::Boolean(holds))
                if rest.first().is_some_and(|(operator, _)| operator.is_comparison()) =>
            {
                observer.verdict(expression.span, *holds);
            }
            _ => {}
        }
        Ok(worth)
    }

    fn chain(
        &mut self,
        first: &Expr,
        rest: &[(Operator, Expr)],
        context: Context,
        observer: &mut dyn Observer,
    ) -> Result<Worth, EvaluationError> {
        let mut worth = self.value(first, context, observer)?;
        for (operator, right) in rest {
            let (decided, result) = match operator.precedence() {
                Precedence::Or => (worth.holds(), true),
                Precedence::And => (!worth.holds(), false),
                _ => (false, false),
            };
            if decided {
                return Ok(Worth::Boolean(result));
            }
            let right = self.value(right, context, observer)?;
            worth = match operator.precedence() {
                Precedence::Or | Precedence::And => Worth::Boolean(right.holds()),
                Precedence::Equality | Precedence::Relational => {
                    Worth::Boolean(compare(self, &worth, *operator, &right)?)
                }
                Precedence::Union => Worth::Nodes(self.union(worth, right)?),
                _ => Worth::Number(arithmetic(self.number(&worth)?, *operator, self.number(&right)?)),
            };
        }
        Ok(match rest.first().map(|(operator, _)| operator.precedence()) {
            Some(Precedence::Or | Precedence::And) => Worth::Boolean(worth.holds()),
            _ => worth,
        })
    }

    fn union(&mut self, left: Worth, right: Worth) -> Result<Vec<Node>, EvaluationError> {
        let mut nodes = Vec::new();
        for worth in [left, right] {
            if let Worth::Nodes(more) = worth {
                nodes.extend(more);
            }
        }
        self.spend(nodes.len() as u64)?;
        nodes.sort_unstable();
        nodes.dedup();
        Ok(nodes)
    }

    fn literal(&self, parts: &[Part]) -> String {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Embedded(slot) => text.push_str(&self.embedded(*slot).map(Value::to_text).unwrap_or_default()),
            }
        }
        text
    }

    /// Numbers, also those that a string spells, and booleans are such; anything else is a string.
    fn embedded_literal(&self, slot: usize) -> Worth {
        match self.embedded(slot) {
            Some(Value::Bool(value)) => Worth::Boolean(*value),
            Some(Value::Number(number)) => Worth::Number(number.as_f64()),
            Some(value) => {
                let text = value.to_text();
                match number::parse(&text) {
                    number if number.is_nan() => Worth::String(text.into_owned()),
                    number => Worth::Number(number),
                }
            }
            None => Worth::String(String::new()),
        }
    }

    /// A node's string-value.
    pub(super) fn text_of(&mut self, node: Node) -> Result<String, EvaluationError> {
        let mut text = String::new();
        let document = self.document;
        node.pieces(document, &mut |piece| {
            text.push_str(piece);
            self.spend(1 + piece.len() as u64 / 16)
        })?;
        Ok(text)
    }

    /// The function `string` (XPath 1.0 §4.2): of a node-set that of its first node.
    pub(super) fn text(&mut self, worth: &Worth) -> Result<String, EvaluationError> {
        Ok(match worth {
            Worth::Nodes(nodes) => match nodes.first() {
                Some(_) if self.is_newer && nodes.len() > 1 => return Err(several(nodes.len())),
                Some(node) => self.text_of(*node)?,
                None => String::new(),
            },
            Worth::String(text) => text.clone(),
            Worth::Number(number) => number::to_text(*number),
            Worth::Boolean(value) => value.to_string(),
        })
    }

    /// The function `number` (XPath 1.0 §4.4).
    pub(super) fn number(&mut self, worth: &Worth) -> Result<f64, EvaluationError> {
        Ok(match worth {
            Worth::Number(number) => *number,
            Worth::Boolean(value) => f64::from(u8::from(*value)),
            Worth::Nodes(_) | Worth::String(_) => number::parse(&self.text(worth)?),
        })
    }
}

fn several(count: usize) -> EvaluationError {
    EvaluationError {
        message: format!("{count} nodes where XPath 2.0 and later take one"),
        span: None,
        help: Some("select one, as in `(//name)[1]`, or set the type's version to `xpath-10`".to_owned()),
    }
}

fn arithmetic(left: f64, operator: Operator, right: f64) -> f64 {
    match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::Modulo => left % right,
        _ => f64::NAN,
    }
}
