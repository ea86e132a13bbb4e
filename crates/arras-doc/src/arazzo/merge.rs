//! What a step really has: its own parameters and actions, and those of its workflow that it does not redefine.

use std::collections::HashSet;

use crate::expression::ComponentKind;
use crate::span::Span;

use super::action::{Action, Side};
use super::document::Document;
use super::expression_field::ValueField;
use super::parameter::Parameter;
use super::reusable::Entry;
use super::step::Step;
use super::workflow::Workflow;

/// A parameter with its references followed.
#[derive(Clone, Copy, Debug)]
pub struct ResolvedParameter<'d> {
    /// The parameter, written in place or among the components.
    pub parameter: &'d Parameter,
    /// Its value: that of the reference, if it has one (ARZ-REUSE-04).
    pub value: Option<&'d ValueField>,
    /// Where the list names it.
    pub span: Span,
}

impl Document {
    /// The parameter that an entry stands for; `None` if it refers to nothing, or to no parameter.
    pub fn parameter<'d>(&'d self, entry: &'d Entry<Parameter>) -> Option<ResolvedParameter<'d>> {
        match entry {
            Entry::Inline(parameter) => {
                let span = if parameter.name.is_empty() { parameter.span } else { parameter.name.span };
                Some(ResolvedParameter { parameter, value: parameter.value.as_ref(), span })
            }
            Entry::Reference(reusable) => {
                let (ComponentKind::Parameters, name) = reusable.component.as_ref()? else { return None };
                let parameter = &self.components.parameters.get(name)?.value;
                let value = reusable.value.as_ref().or(parameter.value.as_ref());
                Some(ResolvedParameter { parameter, value, span: reusable.reference.span })
            }
        }
    }

    /// The action that an entry of `onSuccess` or `successActions` stands for.
    pub fn success_action<'d>(&'d self, entry: &'d Entry<Action>) -> Option<&'d Action> {
        self.action(entry, Side::Success)
    }

    /// The action that an entry of `onFailure` or `failureActions` stands for.
    pub fn failure_action<'d>(&'d self, entry: &'d Entry<Action>) -> Option<&'d Action> {
        self.action(entry, Side::Failure)
    }

    /// All success actions of a step in order: its own, then those of the workflow with other names.
    pub fn success_actions<'d>(&'d self, workflow: &'d Workflow, step: &'d Step) -> Vec<&'d Action> {
        self.merge_actions(&step.on_success, &workflow.success_actions, Side::Success)
    }

    /// All failure actions of a step in order: its own, then those of the workflow with other names.
    pub fn failure_actions<'d>(&'d self, workflow: &'d Workflow, step: &'d Step) -> Vec<&'d Action> {
        self.merge_actions(&step.on_failure, &workflow.failure_actions, Side::Failure)
    }

    /// All parameters of a step: its own, then those of the workflow that it does not redefine (ARZ-STEP-15).
    ///
    /// Parameters are told apart by location and name; where they become inputs of a workflow, by name.
    pub fn parameters<'d>(&'d self, workflow: &'d Workflow, step: &'d Step) -> Vec<ResolvedParameter<'d>> {
        let by_name = step.calls_workflow();
        let key = |parameter: &Parameter| {
            let (location, name) = parameter.identity();
            if by_name { (None, parameter.name.value.clone()) } else { (location, name) }
        };
        let own: Vec<_> = step.parameters.iter().filter_map(|entry| self.parameter(entry)).collect();
        let defined: HashSet<_> = own.iter().map(|resolved| key(resolved.parameter)).collect();
        let shared = workflow.parameters.iter().filter_map(|entry| self.parameter(entry));
        let added = shared.filter(|resolved| defined.is_empty() || !defined.contains(&key(resolved.parameter)));
        own.iter().copied().chain(added).collect()
    }

    pub(super) fn action<'d>(&'d self, entry: &'d Entry<Action>, side: Side) -> Option<&'d Action> {
        let reusable = match entry {
            Entry::Inline(action) => return Some(action),
            Entry::Reference(reusable) => reusable,
        };
        let (kind, name) = reusable.component.as_ref()?;
        let map = match (kind, side) {
            (ComponentKind::SuccessActions, Side::Success) => &self.components.success_actions,
            (ComponentKind::FailureActions, Side::Failure) => &self.components.failure_actions,
            _ => return None,
        };
        map.get(name).map(|component| &component.value)
    }

    fn merge_actions<'d>(
        &'d self,
        own: &'d [Entry<Action>],
        shared: &'d [Entry<Action>],
        side: Side,
    ) -> Vec<&'d Action> {
        let own: Vec<_> = own.iter().filter_map(|entry| self.action(entry, side)).collect();
        let defined: HashSet<_> = own.iter().map(|action| action.name.as_str()).collect();
        let shared = shared.iter().filter_map(|entry| self.action(entry, side));
        let added = shared.filter(|action| defined.is_empty() || !defined.contains(action.name.as_str()));
        own.iter().copied().chain(added).collect()
    }
}
