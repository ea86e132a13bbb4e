//! The expressions that stand without braces in the texts of a value.

use crate::expression::{Expression, Template, unbraced};
use crate::node::NodeRef;
use crate::span::Spanned;

/// Those of each text that has some, with their places in the document.
pub(super) fn of_value(node: NodeRef<'_>, template: &Template) -> Vec<Vec<Spanned<Expression>>> {
    let mut found = Vec::new();
    let mut open = vec![(node, Some(template))];
    while let Some((node, template)) = open.pop() {
        match template {
            Some(Template::Expression(_) | Template::Selector(_)) => continue,
            Some(Template::Array(items)) => open.extend(node.items().zip(items.iter().map(Some))),
            Some(Template::Object(members)) => {
                open.extend(node.entries().map(|(key, member)| (member, members.get(key.key()))));
            }
            // all below is literal
            Some(Template::Literal(_) | Template::Text(_)) | None => {
                open.extend(node.items().chain(node.entries().map(|(_, member)| member)).map(|node| (node, None)));
            }
        }
        if let Some(text) = node.as_str() {
            found.extend(of_text(node, text));
        }
    }
    found
}

fn of_text(node: NodeRef<'_>, text: &str) -> Option<Vec<Spanned<Expression>>> {
    let found = Some(unbraced(text)).filter(|found| !found.is_empty())?;
    let map = node.source_map();
    let placed = found.into_iter().map(|(at, expression)| {
        let span = map.span(at, at + expression.text.len());
        Spanned::new(expression, span)
    });
    Some(placed.collect())
}
