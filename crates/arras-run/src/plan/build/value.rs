//! The values of the plan: expressions that stand without braces are embedded, those without meaning noted.

use arras_doc::arazzo::{self, OutputValue};
use arras_doc::diagnostic::Diagnostic;
use arras_doc::expression::{Expression, Root, Template, unbraced_finding};
use arras_doc::rule;
use arras_doc::span::Span;

use super::{Builder, Key};
use crate::plan::{Output, Strictness};
use crate::scope;

impl Builder<'_, '_> {
    /// A value of a request or of a call.
    pub(super) fn value(&mut self, key: Key, template: &Template) -> Template {
        let document = &self.linked(key.document).document;
        let declared = |expression: &Expression| document.declares(key.workflow, expression);
        let (embedding, embedded) = template.clone().with_unbraced(&declared);
        // to the letter only braces embed
        // to the letter only braces embed
        let tolerant = self.options.strictness == Strictness::Tolerant;
        for expressions in embedded {
            let place = self.place(key.document, expressions.span);
            self.note(place, unbraced_finding(&expressions, tolerant));
        }
        let template = if tolerant { embedding } else { template.clone() };
        self.check(key, &template);
        template
    }

    pub(super) fn outputs(&mut self, key: Key, outputs: &[arazzo::Output]) -> Vec<Output> {
        let mut planned = Vec::with_capacity(outputs.len());
        for output in outputs {
            let value = match &output.value {
                Some(OutputValue::Expression(expression)) => Template::Expression(expression.clone()),
                Some(OutputValue::Selector(selector)) => Template::Selector(selector.clone()),
                None => continue,
            };
            self.check(key, &value);
            let place = self.place(key.document, output.name.span);
            planned.push(Output { name: output.name.value.clone(), value, place });
        }
        planned
    }

    fn check(&mut self, key: Key, template: &Template) {
        for expression in template.expressions() {
            self.check_expression(key, expression, expression.span);
        }
    }

    /// What can be read by the grammar but has no value anywhere.
    pub(super) fn check_expression(&mut self, key: Key, expression: &Expression, span: Span) {
        let what = match &expression.root {
            Root::Component(_) => "components are referred to, not read",
            Root::Message(_) => "there are no messages here",
            Root::WorkflowStep { .. } if scope::outputs_of_step(expression).is_none() => {
                "of another workflow's steps only the `outputs` can be read"
            }
            Root::SourceDescription(source) if !self.is_source_field(key.document, source, &expression.path.name) => {
                "of a source description only its own fields, such as `url`, can be read"
            }
            _ => return,
        };
        let message = format!("`{expression}` never has a value: {what}");
        let place = self.place(key.document, span);
        self.note(place, Diagnostic::new(rule::VALUELESS_EXPRESSION, message));
    }

    fn is_source_field(&self, document: usize, source: &str, field: &str) -> bool {
        let document = &self.linked(document).document;
        let Some(source) = document.source_index(source).and_then(|at| document.source_descriptions.get(at)) else {
            return true; // that there is none is an error of its own
        };
        let own = ["name", "url", "type"].iter().any(|name| begins_with_name(field, name));
        own || source.extensions.iter().any(|extension| begins_with_name(field, &extension.name.value))
    }
}

/// Whether the text is the name, or the name and navigation behind it.
fn begins_with_name(text: &str, name: &str) -> bool {
    let rest = text.strip_prefix(name).filter(|_| !name.is_empty());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
