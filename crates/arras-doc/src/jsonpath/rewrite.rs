//! Bare comparisons as the filters that RFC 9535 has for them.

use super::ast::{Anchor, Logical, LogicalKind, Operand, OperandKind, Query, SelectorKind};

impl SelectorKind {
    /// The filter, if it is one.
    pub fn filter(&self) -> Option<&Logical> {
        match self {
            SelectorKind::Filter(filter) => Some(filter),
            _ => None,
        }
    }
}

/// `$[?@.status == 'x']` for `$.status == 'x'`: what a fix puts in a bare comparison's place.
///
/// `None` where the expression has parts that RFC 9535 does not know.
pub fn as_root_filter(logical: &Logical) -> Option<String> {
    let mut filter = logical.clone();
    rewrite(&mut filter)?;
    let text = format!("$[?{filter}]");
    super::parse_query(&text).is_ok().then_some(text)
}

fn rewrite(logical: &mut Logical) -> Option<()> {
    match &mut logical.kind {
        LogicalKind::Or(parts) | LogicalKind::And(parts) => parts.iter_mut().try_for_each(rewrite),
        LogicalKind::Not(inner) => rewrite(inner),
        LogicalKind::Comparison(comparison) => {
            rewrite_operand(&mut comparison.left)?;
            rewrite_operand(&mut comparison.right)
        }
        LogicalKind::Exists(query) => rewrite_query(query),
        LogicalKind::Test(call) => call.arguments.iter_mut().try_for_each(rewrite_operand),
        LogicalKind::Empty(..) | LogicalKind::Matches(..) => None,
    }
}

fn rewrite_operand(operand: &mut Operand) -> Option<()> {
    match &mut operand.kind {
        OperandKind::Literal(_) => Some(()),
        OperandKind::Query(query) => rewrite_query(query),
        OperandKind::Call(call) => call.arguments.iter_mut().try_for_each(rewrite_operand),
        OperandKind::Length(_) | OperandKind::Expression(_) => None,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "one of several rewrites that can fail")]
fn rewrite_query(query: &mut Query) -> Option<()> {
    query.anchor = Anchor::Current;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_comparison_becomes_a_filter() {
        for (bare, filter) in [
            ("$.Status == 'CREATED'", Some("$[?@.Status == 'CREATED']")),
            ("$.a==1&&!$.b||length($.c)>2", Some("$[?@.a == 1 && !@.b || length(@.c) > 2]")),
            ("$.items[?@.x == $.y]", Some("$[?@.items[?@.x == $.y]]")),
        ] {
            let logical = super::super::parse_logical(bare).expect(bare);
            assert_eq!(as_root_filter(&logical).as_deref(), filter);
        }
    }
}
