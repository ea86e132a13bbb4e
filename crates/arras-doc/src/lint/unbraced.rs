//! Expressions that stand in a text without braces, `Bearer $inputs.token`, or in braces that are not theirs.

use std::cell::LazyCell;

use crate::arazzo::{ResolvedParameter, ValueField};
use crate::diagnostic::{Edit, Fix, Label};
use crate::expression::{Expression, unbraced, unbraced_finding};
use crate::node::NodeRef;
use crate::rule;
use crate::source_map::SourceMap;
use crate::span::Span;

use super::misbraced::{Fault, Misbraced, misbraced};
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
        let document = self.document;
        let others = misbraced(text, &|expression| document.declares(scope.index, expression));
        if !others.is_empty() {
            let map = node.source_map();
            others.iter().for_each(|one| self.misbraced_in(node, &map, text, one));
            return;
        }
        let found = unbraced(text);
        let map = LazyCell::new(|| node.source_map());
        let place = |at: usize, expression: &Expression| map.span(at, at + expression.text.len());
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

    fn misbraced_in(&mut self, node: NodeRef<'d>, map: &SourceMap, text: &str, found: &Misbraced) {
        let (written, instead) = (&text[found.range.clone()], found.instead());
        let message = match found.fault {
            Fault::Unclosed => format!("the `{{` of `{written}` is not closed, so the text is sent as it is written"),
            Fault::Braces => format!("`{written}` is sent with braces around the value"),
            Fault::Rootless => format!("`{written}` is sent as it is written: an expression begins with `$`"),
        };
        let span = map.span(found.range.start, found.range.end);
        let source = self.source();
        let diagnostic = self.note(rule::DOUBTFUL_EXPRESSION, span, message);
        diagnostic.help = Some(format!("did you mean `{instead}`?"));
        if found.fault == Fault::Rootless {
            // it is sent as it is written, and that may be meant
            return;
        }
        let title = format!("write `{instead}`");
        // a plain scalar that begins with a brace would be a mapping
        let plain = node.source_text() == text;
        let edit = if plain && found.range.start == 0 && instead.starts_with('{') {
            let whole = format!("{instead}{}", &text[found.range.end..]);
            (!whole.contains('\'')).then(|| Edit { source, span: node.span(), replacement: format!("'{whole}'") })
        } else {
            // where the text is written with escapes or over folded lines, the place is not the expression's own
            (span.len() == written.len()).then_some(Edit { source, span, replacement: instead })
        };
        diagnostic.fix = edit.map(|edit| Fix { title, edits: vec![edit] });
    }
}
