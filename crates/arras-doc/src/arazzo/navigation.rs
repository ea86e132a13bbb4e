//! What to write for expressions that only the declared names explain: where a name ends and navigation begins, and
//! which entries a whole map has.

use std::collections::HashMap;

use crate::diagnostic::{Edit, Fix};
use crate::expression::{Expression, Tolerance, with_pointer};
use crate::rule;
use crate::span::Span;

use super::declares::{begins_with_name, longest_name};
use super::document::Document;
use super::reader::Reader;

/// How many names of a map are listed.
const LISTED: usize = 4;

/// Completes what was noted of loose expressions while nothing was known of the names in the document.
pub(super) fn complete(reader: &mut Reader<'_>, document: &Document) {
    let loose = reader.diagnostics.iter().enumerate();
    let mut open: HashMap<Span, usize> = loose
        .filter(|(_, found)| found.rule == rule::LOOSE_EXPRESSION && found.fix.is_none())
        .filter_map(|(at, found)| Some((found.primary()?.span, at)))
        .collect();
    for (index, workflow) in document.workflows.iter().enumerate() {
        if open.is_empty() {
            return;
        }
        let steps = workflow.steps.iter().flat_map(|step| document.step_expressions(index, step));
        for used in document.workflow_expressions(index).into_iter().chain(steps) {
            let Some(at) = open.get(&used.span).copied() else { continue };
            let Some((help, strict)) = remedy(document, index, used.expression) else { continue };
            open.remove(&used.span);
            let source = reader.source;
            let Some(found) = reader.diagnostics.get_mut(at) else { continue };
            found.help = Some(help);
            if let Some(strict) = strict.filter(|_| used.span.len() == used.expression.text.len()) {
                let edits = vec![Edit { source, span: used.span, replacement: strict.clone() }];
                found.fix = Some(Fix { title: format!("write `{strict}`"), edits });
            }
        }
    }
}

/// What to write, in words, and as the expression where it surely means the same.
fn remedy(document: &Document, workflow: usize, expression: &Expression) -> Option<(String, Option<String>)> {
    let names = document.declared_names(workflow, expression);
    match expression.tolerance? {
        Tolerance::Navigation => {
            let text = &expression.path.name;
            let others = names.iter().filter(|name| begins_with_name(text, name)).count() > 1;
            let strict = with_pointer(expression, longest_name(names, text)?.len())?;
            Some((format!("write `{strict}`"), (!others).then_some(strict)))
        }
        Tolerance::Whole if !names.is_empty() => {
            let shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{expression}.{name}`")).collect();
            let more = if names.len() > LISTED { " …" } else { "" };
            Some((format!("name one entry: {}{more}", shown.join(", ")), None))
        }
        _ => None,
    }
}
