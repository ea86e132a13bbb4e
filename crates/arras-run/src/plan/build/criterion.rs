//! The criteria of the plan, parsed once.

use arras_doc::arazzo::{self, ConditionKind, CriterionType};
use arras_doc::condition::Context;
use arras_doc::diagnostic::{Diagnostic, has_errors};
use arras_doc::expression::SelectorLanguage;
use arras_doc::jsonpath::Mode;
use arras_doc::rule;
use arras_doc::span::Span;
use arras_doc::xpath::Version;

use super::{Builder, Key};
use crate::criterion::{JsonPathCondition, RegexCondition, SimpleCondition, XPathCondition};
use crate::place::TextPlace;
use crate::plan::{Criterion, Test};

impl Builder<'_, '_> {
    pub(super) fn criteria(&mut self, key: Key, criteria: &[arazzo::Criterion]) -> Vec<Criterion> {
        for context in criteria.iter().filter_map(|criterion| criterion.context.as_ref()) {
            self.check_expression(key, context, context.span);
        }
        let mut planned = Vec::with_capacity(criteria.len());
        planned.extend(criteria.iter().filter_map(|criterion| self.criterion(key.document, criterion)));
        planned.shrink_to_fit();
        planned
    }

    /// `None` for one that can't be judged, which is an error.
    fn criterion(&mut self, document: usize, criterion: &arazzo::Criterion) -> Option<Criterion> {
        let text = criterion.condition.value.as_str();
        let own = &self.linked(document).document;
        let place = TextPlace { source: own.source, tree: own.tree.clone(), node: criterion.condition_node? };
        let context = if criterion.context.is_some() { Context::Present } else { Context::Absent };
        let test = match criterion.criterion_type {
            CriterionType::Simple => match criterion.parsed.as_ref().map(|parsed| &parsed.kind) {
                Some(ConditionKind::Simple(parsed)) => Ok(Test::Simple(parsed.clone().into())),
                _ => SimpleCondition::parse(text, context).map(|(condition, _)| Test::Simple(condition)),
            },
            CriterionType::Regex => RegexCondition::parse(text)
                .map(|(condition, _)| Test::Regex(Box::new(condition.with_strictness(self.options.strictness)))),
            CriterionType::Query(SelectorLanguage::JsonPath) => JsonPathCondition::parse(text, self.options.jsonpath)
                .map(|(condition, _)| Test::JsonPath(Box::new(condition))),
            CriterionType::Query(SelectorLanguage::JsonPathDraft) => {
                JsonPathCondition::parse(text, Mode::Draft).map(|(condition, _)| Test::JsonPath(Box::new(condition)))
            }
            CriterionType::Query(language) => {
                // a criterion is never a JSON Pointer (ARZ-ETYPE-08), so what is left is XPath
                let version = Version::of(language)?;
                XPathCondition::parse(text, version)
                    .map(|condition| Test::XPath(Box::new(condition.with_strictness(self.options.strictness))))
            }
        };
        match test {
            Ok(test) => Some(Criterion {
                condition: text.to_owned(),
                context: criterion.context.as_ref().map(|context| Box::new(context.value.clone())),
                context_place: criterion.context.as_ref().map(|context| self.place(document, context.span)),
                test,
                place,
            }),
            Err(error) => {
                // reading the document has reported the same; said again only where the run alone reads it so
                if !has_errors(&self.diagnostics) {
                    let span = place.subspan(Span::new(error.start, error.end));
                    let diagnostic = Diagnostic::new(rule::INVALID_CONDITION, error.message).at(place.source, span);
                    self.diagnostics.push(diagnostic.maybe_help(error.help));
                }
                None
            }
        }
    }
}
