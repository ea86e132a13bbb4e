//! References to components: they exist, and are of the kind that the place takes (ARZ-REUSE-06).

use indexmap::IndexMap;

use crate::arazzo::{Action, Component, Components, Entry, Parameter, Reusable, Step, Workflow};
use crate::expression::ComponentKind;
use crate::rule;
use crate::span::Span;

use super::linker::Linker;

/// The maps in the order in which another home is looked for.
const KINDS: [ComponentKind; 3] =
    [ComponentKind::Parameters, ComponentKind::SuccessActions, ComponentKind::FailureActions];

fn word(kind: ComponentKind) -> &'static str {
    match kind {
        ComponentKind::Parameters => "parameters",
        ComponentKind::SuccessActions => "successActions",
        ComponentKind::FailureActions => "failureActions",
    }
}

/// The names of one map, and where each is declared.
fn names(components: &Components, kind: ComponentKind) -> Vec<(&str, Span)> {
    fn of<T>(map: &IndexMap<String, Component<T>>) -> Vec<(&str, Span)> {
        map.iter().map(|(name, component)| (name.as_str(), component.span)).collect()
    }
    match kind {
        ComponentKind::Parameters => of(&components.parameters),
        ComponentKind::SuccessActions => of(&components.success_actions),
        ComponentKind::FailureActions => of(&components.failure_actions),
    }
}

fn count(components: &Components, kind: ComponentKind) -> usize {
    match kind {
        ComponentKind::Parameters => components.parameters.len(),
        ComponentKind::SuccessActions => components.success_actions.len(),
        ComponentKind::FailureActions => components.failure_actions.len(),
    }
}

fn exists(components: &Components, kind: ComponentKind, name: &str) -> bool {
    match kind {
        ComponentKind::Parameters => components.parameters.contains_key(name),
        ComponentKind::SuccessActions => components.success_actions.contains_key(name),
        ComponentKind::FailureActions => components.failure_actions.contains_key(name),
    }
}

impl<'d> Linker<'d> {
    /// The references of a workflow's own lists.
    pub(super) fn check_workflow_components(&mut self, workflow: &'d Workflow) {
        self.parameter_references(&workflow.parameters);
        self.action_references(&workflow.success_actions, ComponentKind::SuccessActions);
        self.action_references(&workflow.failure_actions, ComponentKind::FailureActions);
    }

    /// The references of a step's lists.
    pub(super) fn check_step_components(&mut self, step: &'d Step) {
        self.parameter_references(&step.parameters);
        self.action_references(&step.on_success, ComponentKind::SuccessActions);
        self.action_references(&step.on_failure, ComponentKind::FailureActions);
    }

    fn parameter_references(&mut self, entries: &'d [Entry<Parameter>]) {
        for entry in entries {
            if let Entry::Reference(reusable) = entry {
                self.component_reference(reusable, ComponentKind::Parameters);
            }
        }
    }

    fn action_references(&mut self, entries: &'d [Entry<Action>], kind: ComponentKind) {
        for entry in entries {
            match entry {
                Entry::Inline(action) => self.parameter_references(&action.parameters),
                Entry::Reference(reusable) => self.component_reference(reusable, kind),
            }
        }
    }

    fn component_reference(&mut self, reusable: &'d Reusable, expected: ComponentKind) {
        let Some((kind, name)) = &reusable.component else { return };
        let span = reusable.reference.span;
        if *kind != expected {
            let message = format!("`{}` can't stand among {}", reusable.reference.value, word(expected));
            let help = match exists(&self.document.components, expected, name) {
                true => format!("write `$components.{}.{name}`", word(expected)),
                false => format!("refer to one of `components/{}`", word(expected)),
            };
            self.note(rule::UNKNOWN_COMPONENT, span, message).help = Some(help);
        } else {
            self.component(*kind, name, span);
        }
    }

    /// A component that does not exist is noted, with where it is instead or what is near.
    pub(super) fn component(&mut self, kind: ComponentKind, name: &str, span: Span) {
        let components = &self.document.components;
        if exists(components, kind, name) {
            return;
        }
        let message = format!("there is no `{name}` among `components/{}`", word(kind));
        if let Some(home) = KINDS.into_iter().find(|home| exists(components, *home, name)) {
            let help = format!("it is one of `components/{}`", word(home));
            self.note(rule::UNKNOWN_COMPONENT, span, message).help = Some(help);
            return;
        }
        let declared = if self.spend(count(components, kind)) { names(components, kind) } else { Vec::new() };
        let valid = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
        // a name that must be another does not help
        let (declared, invalid): (Vec<_>, Vec<_>) = declared.into_iter().partition(|(name, _)| valid(name));
        let near = self.nearest(name, declared.iter().map(|(name, _)| *name));
        let near = near.and_then(|near| declared.iter().find(|(name, _)| *name == near).copied());
        let renamed = near.is_none().then(|| self.nearest(name, invalid.iter().map(|(name, _)| *name))).flatten();
        self.unknown(rule::UNKNOWN_COMPONENT, span, name, message, near);
        if let (Some(other), Some(found)) = (renamed, self.diagnostics.last_mut()) {
            found.help = Some(format!("rename `{other}` to `{name}` there: it is no valid name"));
        }
        self.offer("there are", declared.iter().map(|(name, _)| *name));
    }
}
