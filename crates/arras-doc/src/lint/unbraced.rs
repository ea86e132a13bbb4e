//! Expressions that stand in a text without braces: `Bearer $inputs.token`.

use crate::arazzo::{ResolvedParameter, ValueField};
use crate::expression::{Expression, Piece, embed_unbraced};
use crate::node::NodeRef;
use crate::rule;

use super::{Lint, Scope};

impl<'d> Lint<'d> {
    /// A run embeds such an expression if its name is declared, and sends it as it is written if not.
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
        let (pieces, _) = embed_unbraced(text, node.span(), &|_| true);
        let mut at = 0;
        for piece in pieces {
            let expression = match piece {
                Piece::Text(text) => {
                    at += text.len();
                    continue;
                }
                Piece::Expression(expression) => expression.value,
            };
            let span = node.subspan(at, at + expression.text.len());
            at += expression.text.len();
            let (rule, what, mend) = match self.document.declares(scope.index, &expression) {
                true => (rule::LOOSE_EXPRESSION, "is embedded all the same", ""),
                false => (
                    rule::DOUBTFUL_EXPRESSION,
                    "is sent as it is written, since nothing of that name is declared",
                    " with the name of an input or output",
                ),
            };
            let message = format!("`{expression}` stands without braces inside a text and {what}");
            self.note(rule, span, message).help = Some(format!("write `{{{expression}}}`{mend}"));
        }
    }
}
