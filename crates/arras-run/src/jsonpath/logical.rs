//! Whether a logical expression holds, and what its operands are worth.

use std::borrow::Cow;

use arras_doc::jsonpath::{
    Call, Comparison, Coverage, Function, Logical, LogicalKind, Operand, OperandKind, Query, RuntimeOperand,
};
use arras_doc::span::Span;
use arras_doc::value::{Number, Value};

use super::BudgetExceeded;
use super::machine::{Machine, Scope};

static NULL: Value = Value::Null;

/// What an operand is worth.
pub(crate) enum Worth<'a> {
    /// One value or none.
    One(Option<Cow<'a, Value>>),
    /// The values of several nodes.
    Several(Vec<Cow<'a, Value>>),
}

/// Whoever wants to know what the outermost expression's parts were worth.
pub(crate) trait Observer {
    /// An operand that is no literal was read.
    fn operand(&mut self, span: Span, worth: &Worth<'_>);
    /// A comparison or a test was decided.
    fn verdict(&mut self, span: Span, holds: bool);
    /// A query was asked for its nodes; the values are asked for only if they are wanted.
    fn nodes<'a>(
        &mut self,
        span: Span,
        holds: bool,
        values: &mut dyn FnMut() -> Result<Worth<'a>, BudgetExceeded>,
    ) -> Result<(), BudgetExceeded>;
}

/// Nobody.
pub(crate) struct Silent;

impl Observer for Silent {
    fn operand(&mut self, _: Span, _: &Worth<'_>) {}

    fn verdict(&mut self, _: Span, _: bool) {}

    fn nodes<'a>(
        &mut self,
        _: Span,
        _: bool,
        _: &mut dyn FnMut() -> Result<Worth<'a>, BudgetExceeded>,
    ) -> Result<(), BudgetExceeded> {
        Ok(())
    }
}

impl<'a> Machine<'a> {
    /// Whether the expression holds; alternatives are tried in order until one decides.
    pub(crate) fn holds(
        &mut self,
        logical: &'a Logical,
        scope: Scope<'a>,
        observer: &mut dyn Observer,
    ) -> Result<bool, BudgetExceeded> {
        self.spend(1)?;
        let holds = match &logical.kind {
            LogicalKind::Or(parts) => return self.any(parts, true, scope, observer),
            LogicalKind::And(parts) => return self.any(parts, false, scope, observer).map(|failed| !failed),
            LogicalKind::Not(inner) => return self.holds(inner, scope, observer).map(|holds| !holds),
            LogicalKind::Exists(query) => return self.observed_exists(query, scope, observer),
            LogicalKind::Comparison(comparison) => self.comparison(comparison, scope, observer)?,
            LogicalKind::Test(call) => self.test(call, scope, observer)?,
            LogicalKind::Empty(query, wanted) => self.is_empty(query, scope, observer)? == *wanted,
            LogicalKind::Matches(operand, pattern) => {
                let worth = self.worth(operand, scope, observer)?;
                let texts = worth.values();
                let mut holds = false;
                for text in texts.filter_map(Value::as_str) {
                    self.spend_text(text.len())?;
                    holds |= pattern.is_match(text);
                }
                holds
            }
        };
        observer.verdict(logical.span, holds);
        Ok(holds)
    }

    /// Whether any part comes out as `wanted`.
    fn any(
        &mut self,
        parts: &'a [Logical],
        wanted: bool,
        scope: Scope<'a>,
        observer: &mut dyn Observer,
    ) -> Result<bool, BudgetExceeded> {
        for part in parts {
            if self.holds(part, scope, observer)? == wanted {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(crate) fn observed_exists(
        &mut self,
        query: &'a Query,
        scope: Scope<'a>,
        observer: &mut dyn Observer,
    ) -> Result<bool, BudgetExceeded> {
        let holds = self.exists(query, scope.current)?;
        observer.nodes(query.span, holds, &mut || self.query_worth(query, scope))?;
        Ok(holds)
    }

    /// No node, or every node is `[]`, `{}` or `""`.
    fn is_empty(
        &mut self,
        query: &'a Query,
        scope: Scope<'a>,
        observer: &mut dyn Observer,
    ) -> Result<bool, BudgetExceeded> {
        let worth = self.query_worth(query, scope)?;
        let empty = worth.values().all(|value| match value {
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            Value::String(text) => text.is_empty(),
            _ => false,
        });
        observer.operand(query.span, &worth);
        Ok(empty)
    }

    fn comparison(
        &mut self,
        comparison: &'a Comparison,
        scope: Scope<'a>,
        observer: &mut dyn Observer,
    ) -> Result<bool, BudgetExceeded> {
        let left = self.worth(&comparison.left, scope, observer)?;
        let right = self.worth(&comparison.right, scope, observer)?;
        let lenient = scope.outermost && self.leniency.absent_is_null;
        let null_for =
            |other: &Operand| (lenient && matches!(other.kind, OperandKind::Literal(Value::Null))).then_some(&NULL);
        let null_left = null_for(&comparison.right);
        let null_right = null_for(&comparison.left);
        match (&left, &right) {
            (Worth::One(left), Worth::One(right)) => {
                let (left, right) = (left.as_deref().or(null_left), right.as_deref().or(null_right));
                self.relates(left, comparison.operator, right)
            }
            _ => {
                for left in left.candidates(null_left) {
                    for right in right.candidates(null_right) {
                        if self.relates(left, comparison.operator, right)? {
                            return Ok(true);
                        }
                    }
                }
                Ok(false)
            }
        }
    }

    fn worth(
        &mut self,
        operand: &'a Operand,
        scope: Scope<'a>,
        observer: &mut dyn Observer,
    ) -> Result<Worth<'a>, BudgetExceeded> {
        let worth = match &operand.kind {
            OperandKind::Query(query) => self.query_worth(query, scope)?,
            OperandKind::Length(query) if query.counts_matches() => self.match_count(query, scope)?,
            OperandKind::Length(query) if !query.is_singular() => self.lengths(query, scope)?,
            OperandKind::Literal(value) => return Ok(Worth::One(Some(Cow::Borrowed(value)))),
            _ => Worth::One(self.value(operand, scope)?),
        };
        observer.operand(operand.span, &worth);
        Ok(worth)
    }

    fn query_worth(&mut self, query: &'a Query, scope: Scope<'a>) -> Result<Worth<'a>, BudgetExceeded> {
        if query.is_singular() {
            return Ok(Worth::One(self.singular(query, scope.current, usize::MAX)?.map(Cow::Borrowed)));
        }
        let nodes = self.nodes::<()>(query, scope.current, usize::MAX)?;
        Ok(Worth::Several(nodes.into_iter().map(|(_, value)| Cow::Borrowed(value)).collect()))
    }

    /// The value of an operand that has one at most.
    fn value(&mut self, operand: &'a Operand, scope: Scope<'a>) -> Result<Option<Cow<'a, Value>>, BudgetExceeded> {
        Ok(match &operand.kind {
            OperandKind::Literal(value) => Some(Cow::Borrowed(value)),
            OperandKind::Query(query) => self.singular(query, scope.current, usize::MAX)?.map(Cow::Borrowed),
            OperandKind::Length(query) => self.trailing_length(query, scope)?,
            OperandKind::Call(call) => self.call(call, scope)?,
            OperandKind::Expression(RuntimeOperand { slot, .. }) => {
                let resolved: &'a [Option<Value>] = self.resolved;
                resolved.get(*slot).and_then(Option::as_ref).map(Cow::Borrowed)
            }
        })
    }

    /// The member `length` or, where there is none, the length of an array or string.
    fn trailing_length(
        &mut self,
        query: &'a Query,
        scope: Scope<'a>,
    ) -> Result<Option<Cow<'a, Value>>, BudgetExceeded> {
        let owner = self.singular(query, scope.current, query.segments.len().saturating_sub(1))?;
        owner.map_or(Ok(None), |owner| self.length_of(owner))
    }

    fn length_of(&mut self, owner: &'a Value) -> Result<Option<Cow<'a, Value>>, BudgetExceeded> {
        match owner {
            Value::Object(members) => Ok(members.get("length").map(Cow::Borrowed)),
            value => self.length(value),
        }
    }

    /// The same of each of several nodes; those that have neither are left out.
    fn lengths(&mut self, query: &'a Query, scope: Scope<'a>) -> Result<Worth<'a>, BudgetExceeded> {
        let owners = query.segments.len().saturating_sub(1);
        let owners = self.nodes_through::<()>(query, scope.current, owners, usize::MAX)?;
        let mut lengths = Vec::with_capacity(owners.len());
        for (_, owner) in owners {
            lengths.extend(self.length_of(owner)?);
        }
        Ok(Worth::Several(lengths))
    }

    /// The members `length` of what a filter selects or, where there are none, how many it selects.
    fn match_count(&mut self, query: &'a Query, scope: Scope<'a>) -> Result<Worth<'a>, BudgetExceeded> {
        let members = self.nodes::<()>(query, scope.current, usize::MAX)?;
        if !members.is_empty() {
            return Ok(Worth::Several(members.into_iter().map(|(_, value)| Cow::Borrowed(value)).collect()));
        }
        let owners = query.segments.len().saturating_sub(1);
        let selected = self.nodes_through::<()>(query, scope.current, owners, usize::MAX)?.len();
        Ok(Worth::One(Some(number(selected))))
    }

    /// What a function returns (RFC 9535 §2.4.4 to §2.4.8), `match` and `search` aside.
    fn call(&mut self, call: &'a Call, scope: Scope<'a>) -> Result<Option<Cow<'a, Value>>, BudgetExceeded> {
        let Some(argument) = call.arguments.first() else { return Ok(None) };
        match (call.function, &argument.kind) {
            (Function::Length, _) => match self.value(argument, scope)? {
                Some(value) => self.length(&value),
                None => Ok(None),
            },
            (Function::Count, OperandKind::Query(query)) => self.count(query, scope).map(|count| Some(number(count))),
            (Function::Value, OperandKind::Query(query)) => {
                let nodes = self.nodes::<()>(query, scope.current, 2)?;
                Ok(match nodes.as_slice() {
                    [(_, value)] => Some(Cow::Borrowed(*value)),
                    _ => None,
                })
            }
            _ => Ok(None),
        }
    }

    fn count(&mut self, query: &'a Query, scope: Scope<'a>) -> Result<usize, BudgetExceeded> {
        if !query.is_singular() {
            return Ok(self.nodes::<()>(query, scope.current, usize::MAX)?.len());
        }
        let lenient = scope.outermost && self.leniency.count_is_length;
        Ok(match self.singular(query, scope.current, usize::MAX)? {
            Some(Value::Array(items)) if lenient => items.len(),
            Some(_) => 1,
            None => 0,
        })
    }

    fn length<'v>(&mut self, value: &Value) -> Result<Option<Cow<'v, Value>>, BudgetExceeded> {
        Ok(match value {
            Value::String(text) => {
                self.spend_text(text.len())?;
                Some(number(text.chars().count()))
            }
            Value::Array(items) => Some(number(items.len())),
            Value::Object(members) => Some(number(members.len())),
            _ => None,
        })
    }

    /// `match` and `search`.
    fn test(&mut self, call: &'a Call, scope: Scope<'a>, observer: &mut dyn Observer) -> Result<bool, BudgetExceeded> {
        let [text_operand, pattern_operand] = call.arguments.as_slice() else { return Ok(false) };
        let text = self.worth(text_operand, scope, observer)?;
        let pattern = self.worth(pattern_operand, scope, observer)?;
        let (Some(text), Some(pattern)) = (text.text(), pattern.text()) else { return Ok(false) };
        self.spend_text(text.len())?;
        if let Some(compiled) = &call.pattern {
            return Ok(compiled.is_match(text));
        }
        let coverage = if call.function == Function::Match { Coverage::Whole } else { Coverage::Part };
        self.matches(pattern, coverage, text)
    }
}

fn number<'v>(count: usize) -> Cow<'v, Value> {
    Cow::Owned(Value::Number(Number::from(count)))
}

impl Worth<'_> {
    /// The values that there are.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Value> {
        let (one, several): (Option<&Value>, &[Cow<'_, Value>]) = match self {
            Worth::One(value) => (value.as_deref(), &[]),
            Worth::Several(values) => (None, values),
        };
        one.into_iter().chain(several.iter().map(AsRef::as_ref))
    }

    /// What is compared: the values, or one that is absent.
    fn candidates<'w>(&'w self, absent: Option<&'w Value>) -> impl Iterator<Item = Option<&'w Value>> {
        let missing = matches!(self, Worth::One(None)).then_some(absent);
        self.values().map(Some).chain(missing)
    }

    fn text(&self) -> Option<&str> {
        match self {
            Worth::One(value) => value.as_deref()?.as_str(),
            Worth::Several(_) => None,
        }
    }
}
