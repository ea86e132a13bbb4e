//! The usual reason why a path selects nothing: the document has a default namespace.

use arras_doc::xpath::{Axis, Expr, ExprKind, Path, Start, Test, XPath};
use roxmltree::Document;

/// How many nodes are looked at.
const MAX_NODES: usize = 20_000;

/// A phrase about the first name without prefix that elements have in a namespace only.
pub(super) fn namespaces(xpath: &XPath, document: &Document<'_>, is_missing: bool) -> Option<String> {
    if !is_missing {
        return None;
    }
    let mut names = Vec::new();
    collect(&xpath.expression, &mut names);
    names.into_iter().find_map(|name| {
        let mut namespace = None;
        let nodes = document.descendants().take(MAX_NODES).filter(|node| node.is_element());
        for element in nodes.filter(|element| element.tag_name().name() == name) {
            match element.tag_name().namespace() {
                Some(found) => namespace = namespace.or(Some(found)),
                None => return None,
            }
        }
        let namespace = namespace?;
        Some(format!(
            "`{name}` without a prefix is in no namespace, and the document's `{name}` is in `{namespace}`: \
             write `*[local-name()='{name}']`"
        ))
    })
}

/// The names without prefix that element tests have; nested as deep as the expression.
fn collect<'x>(expression: &'x Expr, names: &mut Vec<&'x str>) {
    match &expression.kind {
        ExprKind::Chain { first, rest } => {
            collect(first, names);
            rest.iter().for_each(|(_, right)| collect(right, names));
        }
        ExprKind::Negate { operand, .. } => collect(operand, names),
        ExprKind::Path(path) => collect_path(path, names),
        ExprKind::Call(call) => call.arguments.iter().for_each(|argument| collect(argument, names)),
        ExprKind::Literal(_) | ExprKind::Number { .. } | ExprKind::Embedded(_) => {}
    }
}

fn collect_path<'x>(path: &'x Path, names: &mut Vec<&'x str>) {
    if let Start::Expression(start, _) = &path.start {
        collect(start, names);
    }
    for step in &path.steps {
        if let (Test::Name { prefix: None, local }, true) = (&step.test, step.axis != Axis::Attribute) {
            names.push(local);
        }
        step.predicates.iter().for_each(|predicate| collect(predicate, names));
    }
}
