//! The expressions that stand without braces in the texts of a value.

use std::sync::OnceLock;

use crate::expression::{Expression, Template, unbraced};
use crate::node::NodeRef;
use crate::span::Spanned;

use super::Document;

/// Those of one text, with their places in the document.
#[derive(Clone, Debug)]
pub(super) struct OfText {
    expressions: Vec<Spanned<Expression>>,
    /// A workflow, the first that asked, and whether it declares all of them.
    declared: OnceLock<(usize, bool)>,
}

impl OfText {
    /// What a workflow embeds: all of them, or none.
    pub(super) fn embedded(&self, document: &Document, workflow: usize) -> &[Spanned<Expression>] {
        let decide = || self.expressions.iter().all(|expression| document.declares(workflow, expression));
        let (first, declared) = *self.declared.get_or_init(|| (workflow, decide()));
        let declared = if first == workflow { declared } else { decide() };
        if declared { &self.expressions } else { &[] }
    }
}

/// Those of each text that has some.
pub(super) fn of_value(node: NodeRef<'_>, template: &Template) -> Vec<OfText> {
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

fn of_text(node: NodeRef<'_>, text: &str) -> Option<OfText> {
    let found = Some(unbraced(text)).filter(|found| !found.is_empty())?;
    let map = node.source_map();
    let placed = found.into_iter().map(|(at, expression)| {
        let span = map.span(at, at + expression.text.len());
        Spanned::new(expression, span)
    });
    Some(OfText { expressions: placed.collect(), declared: OnceLock::new() })
}
