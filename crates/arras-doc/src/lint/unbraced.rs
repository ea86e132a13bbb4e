//! Expressions that stand in a text without braces: `Bearer $inputs.token`.

use crate::arazzo::{ResolvedParameter, ValueField};
use crate::diagnostic::{Edit, Fix, Label};
use crate::expression::{Expression, unbraced, unbraced_finding};
use crate::node::NodeRef;
use crate::rule;
use crate::span::Span;

use super::{Lint, Scope};

impl<'d> Lint<'d> {
    /// A run embeds them if all names in the text are declared, and sends the text as it is written if not.
    pub(super) fn check_unbraced(&mut self, scope: Scope<'d>) {
        let document = self.document;
        let parameters = document.parameters(scope.workflow, scope.step);
        let mut values: Vec<&'d ValueField> =
            parameters.iter().filter_map(|one: &ResolvedParameter<'d>| one.value).collect();
        if let Some(body) = &scope.step.request_body {
            values.extend(&body.payload);
            values.extend(body.replacements.iter().filter_map(|replacement| replacement.value.as_ref()));
        }
        for value in values {
            let root = document.tree.node(value.node);
            let mut open = vec![root];
            while let Some(node) = open.pop() {
                open.extend(node.items().chain(node.entries().map(|(_, member)| member)));
                if let Some(text) = node.as_str() {
                    self.unbraced_in(scope, node, text);
                }
            }
        }
    }

    fn unbraced_in(&mut self, scope: Scope<'d>, node: NodeRef<'d>, text: &str) {
        if Expression::parse(text).is_ok() {
            return;
        }
        let found = unbraced(text);
        let place = |at: usize, expression: &Expression| node.subspan(at, at + expression.text.len());
        let document = self.document;
        let unknown: Vec<_> =
            found.iter().filter(|(_, expression)| !document.declares(scope.index, expression)).collect();
        for (at, expression) in &unknown {
            let message = format!(
                "`{expression}` stands without braces inside a text, which is sent as it is written, since nothing of that \
                 name is declared"
            );
            let help = format!("declare it or correct the name, and write `{{{expression}}}`");
            self.note(rule::DOUBTFUL_EXPRESSION, place(*at, expression), message).help = Some(help);
        }
        if found.is_empty() || !unknown.is_empty() {
            return;
        }
        let spans: Vec<Span> = found.iter().map(|(at, expression)| place(*at, expression)).collect();
        let expressions: Vec<Expression> = found.into_iter().map(|(_, expression)| expression).collect();
        let source = self.source();
        let mut diagnostic = unbraced_finding(&expressions, true);
        diagnostic.labels = spans.iter().map(|span| Label { source, span: *span, text: String::new() }).collect();
        // where the text is written with escapes or over folded lines, the places are not the expressions' own
        let exact = spans.iter().zip(&expressions).all(|(span, expression)| span.len() == expression.text.len());
        if let Some(title) = diagnostic.help.clone().filter(|_| exact) {
            let edits = spans.iter().zip(&expressions).map(|(span, expression)| Edit {
                source,
                span: *span,
                replacement: format!("{{{expression}}}"),
            });
            diagnostic.fix = Some(Fix { title, edits: edits.collect() });
        }
        self.diagnostics.push(diagnostic);
    }
}
