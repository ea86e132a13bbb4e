//! JSONPath conditions that are one filter of an answer which is an object: its members, or the object itself.

use crate::arazzo::{Criterion, CriterionType, Step};
use crate::diagnostic::Diagnostics;
use crate::expression::{Expression, Part, Root, SelectorLanguage};
use crate::jsonpath::{Form, Logical, Mode, Prepared, about_context, asks_of_its_node, prepare};
use crate::openapi::SchemaType;
use crate::rule;

use super::OperationTarget;
use super::linker::Linker;
use super::sources::LinkedSource;

impl<'d> Linker<'d> {
    /// Notes each root filter of an answer that the description calls an object.
    pub(super) fn check_root_filters(&mut self, step: &'d Step, target: &OperationTarget) {
        let document = self.document;
        let success = step.on_success.iter().filter_map(|entry| document.success_action(entry));
        let failure = step.on_failure.iter().filter_map(|entry| document.failure_action(entry));
        let actions = success.chain(failure).flat_map(|action| &action.criteria);
        let found: Vec<&Criterion> =
            step.success_criteria.iter().chain(actions).filter(|one| is_root_filter(one)).collect();
        if found.is_empty() || !self.answers_object(target) {
            return;
        }
        for criterion in found {
            let message = "the answer is an object: read strictly (`--strict`), `$[?…]` filters its members; else it is a \
                           test of the answer itself";
            let about = root_filter(criterion).and_then(|filter| about_context(&filter));
            let help = match about {
                Some(query) => format!("write `{query}`, which asks the answer itself by the letter too"),
                None => "select first what the filter is to test, or write a `simple` condition".to_owned(),
            };
            self.note(rule::JSONPATH_ROOT_FILTER, criterion.condition.span, message).help = Some(help);
        }
    }

    /// Whether the operation's usual answer is an object and nothing else.
    fn answers_object(&self, target: &OperationTarget) -> bool {
        let LinkedSource::OpenApi(description) = self.sources.get(target.source) else { return false };
        let Some(operation) = description.operation_at(&target.pointer).found() else { return false };
        // whoever builds the plan reports what is odd about the description
        let responses = operation.responses(&mut Diagnostics::new());
        let schema = responses.success().and_then(|response| response.content.first()?.schema());
        schema.is_some_and(|schema| schema.types() == [SchemaType::Object])
    }
}

fn is_root_filter(criterion: &Criterion) -> bool {
    let whole = |context: &Expression| {
        let of_body = matches!(context.root, Root::Response(Part::Body));
        of_body && context.path.name.is_empty() && context.path.pointer.is_none()
    };
    // a filter that asks the root alone asks the answer itself by every reading
    criterion.criterion_type == CriterionType::Query(SelectorLanguage::JsonPath)
        && criterion.context.as_ref().is_some_and(|context| whole(&context.value))
        && root_filter(criterion).is_some_and(|filter| asks_of_its_node(&filter))
}

/// The filter that is all of a condition.
fn root_filter(criterion: &Criterion) -> Option<Logical> {
    let Ok(Prepared::Fixed(condition)) = prepare(&criterion.condition, Mode::Lenient) else { return None };
    match condition.form {
        Form::Query(query) => query.root_filter().cloned(),
        Form::Logical(_) => None,
    }
}
