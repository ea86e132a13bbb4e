//! What people write beyond RFC 9535, as the queries that it has for it.
//!
//! A comparison about the context becomes a filter that tests the *root* for whatever child there is:
//! `$[?$.status == 'x']`. Unlike `$[?@.status == 'x']` it asks the context itself by every reading of A-02.

use super::ast::{
    Anchor, Call, Comparison, Logical, LogicalKind, Operand, OperandKind, Operator, Query, Reach, RuntimeOperand,
    Segment, Selector, SelectorKind, Spelling,
};
use super::function::Function;
use crate::value::Value;

impl SelectorKind {
    /// The filter, if it is one.
    pub fn filter(&self) -> Option<&Logical> {
        match self {
            SelectorKind::Filter(filter) => Some(filter),
            _ => None,
        }
    }
}

/// A bare comparison as a query of RFC 9535 (A-01).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The query.
    pub text: String,
    /// Whether it holds of every context of which the comparison holds, and of no other. Otherwise they may part where a
    /// `.length` is that of an object, where an expression's value is no text, or as `but_for_none` says.
    pub exact: bool,
    /// Whether the comparison may hold of an empty array, in which no filter selects anything.
    pub but_for_none: bool,
}

/// The query that asks the same as a bare comparison, which takes what is absent for `null` (A-04).
///
/// ```
/// use arras_doc::jsonpath::{as_query, parse_logical};
/// let query = |text: &str| as_query(&parse_logical(text).expect(text)).expect(text);
/// assert_eq!(query("$.status == 'x'").text, "$[?$.status == 'x']");
/// assert_eq!(query("$.id != null").text, "$[?$.id && $.id != null]");
/// assert!(query("$.id == null").but_for_none);
/// ```
///
/// `None` where RFC 9535 has no such query.
pub fn as_query(logical: &Logical) -> Option<Rewritten> {
    let mut rewriting = Rewriting { exact: true };
    let filter = rewriting.logical(logical)?;
    let but_for_none = of_nothing(&filter) != Some(false);
    let text = match is_any(&filter) {
        true => "$[*]".to_owned(),
        false => format!("$[?{filter}]"),
    };
    let exact = rewriting.exact && !but_for_none;
    super::parse_query(&text).is_ok().then_some(Rewritten { text, exact, but_for_none })
}

/// `length($) > 0`
fn is_any(filter: &Logical) -> bool {
    let LogicalKind::Comparison(comparison) = &filter.kind else { return false };
    let whole = |argument: &Operand| matches!(&argument.kind, OperandKind::Query(query) if query.segments.is_empty());
    let length = matches!(&comparison.left.kind, OperandKind::Call(call)
        if call.function == Function::Length && call.arguments.iter().all(whole));
    length && comparison.operator == Operator::Greater && matches!(nothing(&comparison.right), Side::Value(Some(0)))
}

/// The query for a root filter that is read as a test of the context itself (A-02, A-03).
///
/// `None` where the filter tests its node as such, or there is no such query.
pub fn about_context(filter: &Logical) -> Option<String> {
    let mut filter = filter.clone();
    let mut at_root = false;
    operands(&mut filter, &mut |operand| {
        at_root |= matches!(&operand.kind, OperandKind::Query(query) if query.segments.is_empty());
        if let OperandKind::Call(call) = &mut operand.kind {
            // of one array its items are counted
            if let (Function::Count, [Operand { kind: OperandKind::Query(query), .. }]) =
                (call.function, call.arguments.as_mut_slice())
                && query.is_singular()
            {
                let selectors = vec![Selector { kind: SelectorKind::Wildcard, span: query.span }];
                query.segments.push(Segment { reach: Reach::Children, selectors, span: query.span });
            }
        }
    });
    if at_root {
        return None;
    }
    as_query(&filter).filter(|rewritten| !rewritten.but_for_none).map(|rewritten| rewritten.text)
}

/// Whether a filter asks something of the node that it tests, and not of the root alone.
pub fn asks_of_its_node(filter: &Logical) -> bool {
    let mut asks = false;
    queries(filter, &mut |query| asks |= query.anchor == Anchor::Current);
    asks
}

struct Rewriting {
    exact: bool,
}

impl Rewriting {
    fn logical(&mut self, logical: &Logical) -> Option<Logical> {
        let kind = match &logical.kind {
            LogicalKind::Or(parts) => LogicalKind::Or(self.all(parts)?),
            LogicalKind::And(parts) => LogicalKind::And(self.all(parts)?),
            LogicalKind::Not(inner) => LogicalKind::Not(Box::new(self.logical(inner)?)),
            LogicalKind::Comparison(comparison) => return self.comparison(logical, comparison),
            LogicalKind::Exists(query) => LogicalKind::Exists(self.of_root(query)),
            LogicalKind::Test(call) => LogicalKind::Test(Box::new(self.call(call)?)),
            LogicalKind::Empty(query, empty) => return self.emptiness(logical, query, *empty),
            LogicalKind::Matches(..) => return None,
        };
        Some(Logical { kind, span: logical.span })
    }

    fn all(&mut self, parts: &[Logical]) -> Option<Vec<Logical>> {
        parts.iter().map(|part| self.logical(part)).collect()
    }

    fn comparison(&mut self, whole: &Logical, comparison: &Comparison) -> Option<Logical> {
        let (left, right) = (self.operand(&comparison.left)?, self.operand(&comparison.right)?);
        let null = |operand: &Operand| matches!(&operand.kind, OperandKind::Literal(Value::Null));
        let compared = Comparison { left, operator: comparison.operator, right };
        let tested = match (null(&compared.left), null(&compared.right)) {
            (true, false) => Some(&compared.right),
            (false, true) => Some(&compared.left),
            _ => None,
        };
        let query = match tested.map(|operand| &operand.kind) {
            Some(OperandKind::Query(query)) => Some(query.clone()),
            // what a function has no value for counts as `null` too
            Some(OperandKind::Call(_)) => return None,
            _ => None,
        };
        let operator = compared.operator;
        let logical = |kind| Logical { kind, span: whole.span };
        let comparison = logical(LogicalKind::Comparison(Box::new(compared)));
        let Some(query) = query else { return Some(comparison) };
        let exists = logical(LogicalKind::Exists(query));
        match operator {
            Operator::NotEqual => Some(logical(LogicalKind::And(vec![exists, comparison]))),
            Operator::Equal => {
                let absent = logical(LogicalKind::Not(Box::new(exists)));
                Some(logical(LogicalKind::Or(vec![absent, comparison])))
            }
            _ => None,
        }
    }

    fn operand(&mut self, operand: &Operand) -> Option<Operand> {
        let kind = match &operand.kind {
            OperandKind::Literal(_) => operand.kind.clone(),
            OperandKind::Query(query) => OperandKind::Query(self.of_root(query)),
            OperandKind::Call(call) => OperandKind::Call(Box::new(self.call(call)?)),
            OperandKind::Length(query) => {
                self.exact = false;
                OperandKind::Call(Box::new(length(&self.of_root(query))?))
            }
            OperandKind::Expression(expression) => self.embedded(expression)?,
        };
        Some(Operand { kind, span: operand.span })
    }

    fn call(&mut self, call: &Call) -> Option<Call> {
        let arguments = call.arguments.iter().map(|argument| self.operand(argument)).collect::<Option<_>>()?;
        Some(Call { arguments, ..call.clone() })
    }

    /// `'{$inputs.id}'` for `'$inputs.id'`: the value as a text.
    fn embedded(&mut self, operand: &RuntimeOperand) -> Option<OperandKind> {
        self.exact = false;
        let text = format!("{{{}}}", operand.expression);
        (operand.spelling == Spelling::Quoted).then(|| OperandKind::Literal(Value::from(text)))
    }

    /// The same query from the root; expressions in its filters stand in braces.
    fn of_root(&mut self, query: &Query) -> Query {
        let mut query = Query { anchor: Anchor::Root, ..query.clone() };
        let selectors = query.segments.iter_mut().flat_map(|segment| &mut segment.selectors);
        for selector in selectors {
            if let SelectorKind::Filter(filter) = &mut selector.kind {
                operands(filter, &mut |operand| {
                    if let OperandKind::Expression(expression) = &operand.kind
                        && let Some(embedded) = self.embedded(expression)
                    {
                        operand.kind = embedded;
                    }
                });
            }
        }
        query
    }

    /// `Q empty false`: there is a node, and it is not `[]`, `{}` or `""`.
    fn emptiness(&mut self, whole: &Logical, query: &Query, empty: bool) -> Option<Logical> {
        let span = whole.span;
        let query = self.of_root(query);
        let several = !query.is_singular();
        // of several nodes it is asked whether there are any
        self.exact &= !several;
        let function = if several { Function::Count } else { Function::Length };
        let argument = Operand { kind: OperandKind::Query(query.clone()), span };
        let call = Call { function, arguments: vec![argument], pattern: None, span };
        let left = Operand { kind: OperandKind::Call(Box::new(call)), span };
        let right = Operand { kind: OperandKind::Literal(Value::from(0_i64)), span };
        let operator = if empty { Operator::Equal } else { Operator::NotEqual };
        let counted = Logical { kind: LogicalKind::Comparison(Box::new(Comparison { left, operator, right })), span };
        let exists = Logical { kind: LogicalKind::Exists(query), span };
        let kind = match (several, empty) {
            (true, true) => return Some(counted),
            (true, false) => exists.kind,
            (false, false) => LogicalKind::And(vec![exists, counted]),
            (false, true) => LogicalKind::Or(vec![Logical { kind: LogicalKind::Not(Box::new(exists)), span }, counted]),
        };
        Some(Logical { kind, span })
    }
}

/// `length(Q)` for `Q.length`, or `count(Q)` where `Q` is a filter; of several nodes no function tells the lengths.
pub(super) fn length(query: &Query) -> Option<Call> {
    if !query.is_singular() && !query.counts_matches() {
        return None;
    }
    let (_, segments) = query.segments.split_last()?;
    let query = Query { segments: segments.to_vec(), ..query.clone() };
    let function = if query.is_singular() { Function::Length } else { Function::Count };
    let span = query.span;
    Some(Call { function, arguments: vec![Operand { kind: OperandKind::Query(query), span }], pattern: None, span })
}

/// Whether it holds of an empty array, in which every path leads nowhere; `None` where that takes more to tell.
fn of_nothing(logical: &Logical) -> Option<bool> {
    match &logical.kind {
        LogicalKind::Or(parts) => {
            let parts: Option<Vec<bool>> = parts.iter().map(of_nothing).collect();
            parts.map(|parts| parts.contains(&true))
        }
        LogicalKind::And(parts) => match parts.iter().map(of_nothing).collect::<Vec<_>>() {
            parts if parts.contains(&Some(false)) => Some(false),
            parts => parts.into_iter().collect::<Option<Vec<bool>>>().map(|_| true),
        },
        LogicalKind::Not(inner) => of_nothing(inner).map(|holds| !holds),
        LogicalKind::Exists(query) => Some(query.segments.is_empty()),
        LogicalKind::Comparison(it) => match (nothing(&it.left), nothing(&it.right)) {
            (Side::Nothing, Side::Nothing) => {
                Some(matches!(it.operator, Operator::Equal | Operator::LessOrEqual | Operator::GreaterOrEqual))
            }
            (Side::Nothing, Side::Value(_)) | (Side::Value(_), Side::Nothing) => {
                Some(it.operator == Operator::NotEqual)
            }
            (Side::Value(Some(left)), Side::Value(Some(right))) => Some(match it.operator {
                Operator::Equal => left == right,
                Operator::NotEqual => left != right,
                Operator::Less => left < right,
                Operator::LessOrEqual => left <= right,
                Operator::Greater => left > right,
                Operator::GreaterOrEqual => left >= right,
            }),
            _ => None,
        },
        LogicalKind::Test(call) => {
            call.arguments.iter().any(|one| matches!(nothing(one), Side::Nothing)).then_some(false)
        }
        LogicalKind::Empty(..) | LogicalKind::Matches(..) => None,
    }
}

/// What an operand is where every path leads nowhere.
enum Side {
    Nothing,
    /// A value: which whole number, if it is one.
    Value(Option<i64>),
    Unknown,
}

fn nothing(operand: &Operand) -> Side {
    match &operand.kind {
        OperandKind::Literal(Value::Number(number)) => Side::Value(number.to_string().parse().ok()),
        OperandKind::Literal(_) => Side::Value(None),
        OperandKind::Query(query) if !query.segments.is_empty() => Side::Nothing,
        OperandKind::Call(call) => match (call.function, call.arguments.as_slice()) {
            (Function::Count, [Operand { kind: OperandKind::Query(query), .. }]) => {
                Side::Value(Some(i64::from(query.segments.is_empty())))
            }
            (Function::Length, [Operand { kind: OperandKind::Query(query), .. }]) if query.segments.is_empty() => {
                Side::Value(Some(0))
            }
            (Function::Length | Function::Value, [argument]) => match nothing(argument) {
                Side::Nothing => Side::Nothing,
                _ => Side::Unknown,
            },
            _ => Side::Unknown,
        },
        _ => Side::Unknown,
    }
}

/// Calls with every operand of a logical expression, those inside filters of queries left out.
fn operands(logical: &mut Logical, visit: &mut dyn FnMut(&mut Operand)) {
    match &mut logical.kind {
        LogicalKind::Or(parts) | LogicalKind::And(parts) => parts.iter_mut().for_each(|part| operands(part, visit)),
        LogicalKind::Not(inner) => operands(inner, visit),
        LogicalKind::Comparison(it) => {
            visit(&mut it.left);
            visit(&mut it.right);
        }
        LogicalKind::Test(call) => call.arguments.iter_mut().for_each(visit),
        LogicalKind::Matches(operand, _) => visit(operand),
        LogicalKind::Exists(_) | LogicalKind::Empty(..) => {}
    }
}

/// Calls with every query of a logical expression, those inside filters of queries left out.
fn queries(logical: &Logical, visit: &mut dyn FnMut(&Query)) {
    fn operand(one: &Operand, visit: &mut dyn FnMut(&Query)) {
        match &one.kind {
            OperandKind::Query(query) | OperandKind::Length(query) => visit(query),
            OperandKind::Call(call) => call.arguments.iter().for_each(|argument| operand(argument, visit)),
            OperandKind::Literal(_) | OperandKind::Expression(_) => {}
        }
    }
    match &logical.kind {
        LogicalKind::Or(parts) | LogicalKind::And(parts) => parts.iter().for_each(|part| queries(part, visit)),
        LogicalKind::Not(inner) => queries(inner, visit),
        LogicalKind::Comparison(it) => {
            operand(&it.left, visit);
            operand(&it.right, visit);
        }
        LogicalKind::Test(call) => call.arguments.iter().for_each(|argument| operand(argument, visit)),
        LogicalKind::Exists(query) | LogicalKind::Empty(query, _) => visit(query),
        LogicalKind::Matches(one, _) => operand(one, visit),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Form, Mode, parse_condition};
    use super::*;

    #[test]
    fn a_bare_comparison_becomes_a_query_about_the_root() {
        for (bare, query, exact) in [
            ("$.Status == 'CREATED'", "$[?$.Status == 'CREATED']", true),
            ("$.a==1&&!$.b||length(@.c)>2", "$[?$.a == 1 && !$.b || length($.c) > 2]", true),
            ("$.items[?@.x == $.y] && $.z > 1", "$[?$.items[?@.x == $.y] && $.z > 1]", true),
            ("$.id != null", "$[?$.id && $.id != null]", true),
            ("$.list.length > 0", "$[?length($.list) > 0]", false),
            ("$.list.length == 0", "$[?length($.list) == 0]", false),
            ("$.list[?@.a == 1].length > 1", "$[?count($.list[?@.a == 1]) > 1]", false),
            ("$.length > 0", "$[*]", false),
            ("$.list[?@.a == '$inputs.x'].length > 1", "$[?count($.list[?@.a == '{$inputs.x}']) > 1]", false),
            ("$.list[?@.a == 1] empty false", "$[?$.list[?@.a == 1]]", false),
            ("$.list[0] empty false", "$[?$.list[0] && length($.list[0]) != 0]", true),
        ] {
            let Ok(Form::Logical(logical)) = parse_condition(bare, Mode::Lenient).map(|condition| condition.form)
            else {
                panic!("{bare}")
            };
            let expected = Rewritten { text: query.to_owned(), exact, but_for_none: false };
            assert_eq!(as_query(&logical), Some(expected), "{bare}");
        }
    }

    #[test]
    fn what_an_empty_array_satisfies_is_never_exact() {
        for bare in [
            "$.a != 'x'",
            "$.a == null",
            "!$.a",
            "$.a == $.b",
            "count($.a) == 0",
            "$.list empty true",
            "length($) == 0",
        ] {
            let Ok(Form::Logical(logical)) = parse_condition(bare, Mode::Lenient).map(|condition| condition.form)
            else {
                panic!("{bare}")
            };
            assert!(as_query(&logical).is_none_or(|query| query.but_for_none && !query.exact), "{bare}");
        }
    }

    #[test]
    fn a_root_filter_becomes_a_query_about_the_root() {
        for (filter, query) in [
            ("$[?@.status == 'x']", Some("$[?$.status == 'x']")),
            ("$[?count(@.pets) > 0]", Some("$[?count($.pets.*) > 0]")),
            ("$[?@ == 'x']", None),
        ] {
            let parsed = super::super::parse_query(filter).expect(filter);
            let inner = parsed.root_filter().expect(filter);
            assert_eq!(about_context(inner).as_deref(), query, "{filter}");
            assert!(asks_of_its_node(inner), "{filter}");
        }
        let root = super::super::parse_query("$[?$.a == 1 && $.b[?@.c]]").expect("a query");
        assert!(!root.root_filter().is_some_and(asks_of_its_node));
    }
}
