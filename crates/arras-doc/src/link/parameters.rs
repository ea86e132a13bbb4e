//! A step's parameters against those that its operation declares.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::arazzo::{Entry, Location, ResolvedParameter, Step, Workflow};
use crate::diagnostic::{Diagnostic, Label};
use crate::rule;
use crate::span::Span;

use super::declared::{Declared, DeclaredParameter, Fate, Meant};
use super::linker::Linker;
use super::sources::LinkedSource;
use super::{OperationTarget, StepLinks, Target};

/// How many users of a component a finding about it shows at most.
const SHOWN_USERS: usize = 16;

/// A parameter that its operation does not declare.
#[derive(Debug)]
pub(super) struct Stranger<'d> {
    /// The component that it is.
    component: Option<&'d str>,
    /// The place of the workflow that gives it.
    workflow: usize,
    resolved: ResolvedParameter<'d>,
    location: &'static str,
    /// The declared one that may be meant: its place and name.
    meant: Option<Meant>,
    /// Whether the operation requires that one, and nothing else gives it.
    missing: bool,
    fate: Fate,
}

/// What the operation of a step requires, where a parameter of the workflow is meant for it.
pub(super) type Missing<'d> = (Span, &'d Step, DeclaredParameter, OperationTarget);

/// The steps that refer to a parameter among the components.
#[derive(Debug, Default)]
pub(super) struct ComponentUses<'d> {
    count: usize,
    /// Those whose operations do not declare it.
    strangers: Vec<(Stranger<'d>, OperationTarget)>,
}

impl<'d> Linker<'d> {
    /// A step's own parameters are declared, and none that the operation requires is missing.
    pub(super) fn check_parameters(
        &mut self,
        (index, workflow): (usize, &'d Workflow),
        step: &'d Step,
        target: &OperationTarget,
        whole: bool,
    ) {
        let Some(declared) = self.declared(target) else { return };
        let document = self.document;
        let mut strangers = Vec::new();
        for entry in &step.parameters {
            let Some(resolved) = document.parameter(entry) else { continue };
            let component = match entry {
                Entry::Reference(reusable) => reusable.component.as_ref().map(|(_, name)| name.as_str()),
                Entry::Inline(_) => None,
            };
            if let Some(name) = component {
                self.component_uses.entry(name).or_default().count += 1;
            }
            strangers.extend(self.stranger(index, &declared, resolved, component));
        }
        let unresolved = |entry| document.parameter(entry).is_none();
        let whole = whole && !step.parameters.iter().any(unresolved) && !workflow.parameters.iter().any(unresolved);
        let missing = if whole { self.missing(workflow, step, &declared) } else { Vec::new() };
        for required in missing {
            let is_it = |one: &&mut Stranger<'d>| {
                one.meant.as_ref().is_some_and(|(place, name)| *place == required.location && *name == required.name)
            };
            match strangers.iter_mut().find(is_it) {
                Some(stranger) => stranger.missing = true,
                None => match self.shared_strangers_of(index, workflow, target, &declared).get(&required.place()) {
                    Some(span) => self.missing_shared.push((*span, step, required.clone(), target.clone())),
                    None => self.missing_parameter(workflow, step, required, target),
                },
            }
        }
        for stranger in strangers {
            self.tell_stranger(stranger, target);
        }
    }

    /// Where parameters of the workflow stand that are evidently meant for what an operation declares: looked for once for
    /// each operation that a workflow calls.
    fn shared_strangers_of(
        &mut self,
        index: usize,
        workflow: &'d Workflow,
        target: &OperationTarget,
        declared: &Declared,
    ) -> Rc<HashMap<Meant, Span>> {
        if let Some(known) = self.shared.get(target) {
            return Rc::clone(known);
        }
        let document = self.document;
        let mut found = HashMap::new();
        for resolved in workflow.parameters.iter().filter_map(|entry| document.parameter(entry)) {
            let stranger = self.stranger(index, declared, resolved, None);
            if let Some((meant, span)) = stranger.and_then(|one| Some((one.meant?, one.resolved.span))) {
                found.entry(meant).or_insert(span);
            }
        }
        let found = Rc::new(found);
        self.shared.insert(target.clone(), Rc::clone(&found));
        found
    }

    /// What the operation requires and nothing gives.
    fn missing<'r>(
        &self,
        workflow: &'d Workflow,
        step: &'d Step,
        declared: &'r Declared,
    ) -> Vec<&'r DeclaredParameter> {
        if !declared.parameters.iter().any(|one| one.required) {
            return Vec::new();
        }
        let document = self.document;
        let given = document.parameters(workflow, step);
        let whole_query = given.iter().any(|one| location(one) == Some(Location::QueryString));
        // which parameters the document's own credentials become is known to the plan
        let own_security = !step.own_security.is_empty() || !workflow.own_security.is_empty();
        // one without a location may be any of them
        let unplaced = given.iter().any(|one| location(one).is_none());
        let names = given.iter().filter_map(|one| Some((location(one)?.as_str(), &one.parameter.name.value)));
        let names: HashSet<_> = names.map(|(location, name)| (location, folded(location, name))).collect();
        let is_missing = |required: &&DeclaredParameter| {
            let is_given = unplaced || names.contains(&(required.location, folded(required.location, &required.name)));
            let is_given = is_given || whole_query && required.location == "querystring";
            // credentials give it
            let is_key = declared.is_key(required) || required.location != "path" && own_security;
            required.required && !(is_given || is_key || whole_query && required.location == "query")
        };
        declared.parameters.iter().filter(is_missing).collect()
    }

    /// Whether every entry among the parameters of a step, and of its workflow, could be read: what is missing may be what
    /// could not.
    pub(super) fn parameters_are_read(&self, workflow: usize, step: usize) -> bool {
        let document = self.document;
        let Some(own) = document.workflows.get(workflow) else { return true };
        let of_step = own.steps.get(step).map_or(0, |step| step.parameters.len());
        let places = [
            (format!("/workflows/{workflow}/steps/{step}/parameters"), of_step),
            (format!("/workflows/{workflow}/parameters"), own.parameters.len()),
        ];
        places.into_iter().all(|(pointer, read)| match document.tree.at(&pointer) {
            Some(list) if !list.is_null() => list.is_sequence() && list.items().count() == read,
            _ => true,
        })
    }

    /// A parameter that the operation does not declare, and which of those that it declares is meant.
    fn stranger(
        &mut self,
        workflow: usize,
        declared: &Declared,
        resolved: ResolvedParameter<'d>,
        component: Option<&'d str>,
    ) -> Option<Stranger<'d>> {
        let name = resolved.parameter.name.value.as_str();
        let location = location(&resolved)?;
        if declared.is_known(location, name) {
            return None;
        }
        let meant = match declared.parameters.iter().find(|known| known.name == name) {
            Some(known) => Some((known.location, known.name.clone())),
            None => {
                let here = declared.parameters.iter().filter(|known| known.location == location.as_str());
                let keys = declared.keys.iter().filter(|(at, _)| *at == location.as_str()).map(|(_, key)| key.as_str());
                let near = self.nearest(name, here.map(|known| known.name.as_str()).chain(keys));
                near.map(|near| (location.as_str(), near.to_owned()))
            }
        };
        let location = location.as_str();
        let fate = declared.fate(location, name);
        Some(Stranger { component, workflow, resolved, location, meant, missing: false, fate })
    }

    fn tell_stranger(&mut self, stranger: Stranger<'d>, target: &OperationTarget) {
        if let Some(name) = stranger.component {
            self.component_uses.entry(name).or_default().strangers.push((stranger, target.clone()));
        } else {
            self.note_stranger(&stranger, target, stranger.resolved.span);
        }
    }

    fn note_stranger(&mut self, stranger: &Stranger<'d>, target: &OperationTarget, span: Span) -> &mut Diagnostic {
        let (name, location) = (stranger.resolved.parameter.name.as_str(), stranger.location);
        let help = stranger.meant.as_ref().map(|(place, meant)| match meant == name {
            true => format!("it declares it as `in: {place}`"),
            false => format!("did you mean `{meant}`?"),
        });
        let diagnostic = match stranger.meant.as_ref().filter(|_| stranger.missing) {
            Some((place, meant)) => {
                let label = self.operation_label(target);
                let message = format!(
                    "the operation requires the {place} parameter `{meant}`, and declares no {location} parameter `{name}`"
                );
                let diagnostic = self.note(rule::MISSING_PARAMETER, span, message);
                diagnostic.labels.extend(label);
                diagnostic
            }
            None => {
                let fate = stranger.fate.told(name);
                let message = format!("the operation declares no {location} parameter `{name}`; {fate}");
                self.note(rule::UNDECLARED_PARAMETER, span, message)
            }
        };
        diagnostic.help = help;
        diagnostic
    }

    /// A component that is wrong in the same way for all who use it is wrong itself.
    pub(super) fn check_component_parameters(&mut self) {
        for (_, uses) in std::mem::take(&mut self.component_uses) {
            let Some((first, target)) = uses.strangers.first() else { continue };
            let elsewhere = first.meant.as_ref().is_some_and(|(_, name)| *name == first.resolved.parameter.name.value);
            let alike = first.meant.is_some() && uses.strangers.iter().all(|(one, _)| one.meant == first.meant);
            if uses.strangers.len() < uses.count || !alike || uses.count < 2 && !elsewhere {
                for (stranger, target) in &uses.strangers {
                    self.note_stranger(stranger, target, stranger.resolved.span);
                }
                continue;
            }
            let parameter = first.resolved.parameter;
            let span = match &parameter.location {
                Some(location) if elsewhere => location.span,
                _ => parameter.name.span,
            };
            let source = self.document.source;
            // those who give besides what is meant can do without it
            let mut concerned: Vec<&(Stranger<'d>, OperationTarget)> =
                uses.strangers.iter().filter(|(one, _)| one.missing).collect();
            if concerned.is_empty() {
                concerned.extend(&uses.strangers);
            }
            let (stranger, target) = concerned.first().map_or((first, target), |(one, target)| (one, target));
            let labels = concerned.iter().take(SHOWN_USERS).map(|(one, _)| Label {
                source,
                span: one.resolved.span,
                text: "used here".into(),
            });
            let diagnostic = self.note_stranger(stranger, target, span);
            diagnostic.labels.extend(labels);
            let mut workflows: Vec<usize> = concerned.iter().map(|(one, _)| one.workflow).collect();
            workflows.dedup();
            diagnostic.concerns = Some(workflows);
        }
    }

    /// The run refuses to send a request without it (A-42, ARZ-PARAM-18).
    fn missing_parameter(
        &mut self,
        workflow: &'d Workflow,
        step: &'d Step,
        required: &DeclaredParameter,
        target: &OperationTarget,
    ) {
        let span = if step.step_id.is_empty() { step.span } else { step.step_id.span };
        let (location, name) = (required.location, &required.name);
        let message = format!("the operation requires the {location} parameter `{name}`");
        let label = self.operation_label(target);
        let inputs = workflow.inputs.iter().flat_map(|inputs| inputs.properties.iter());
        let near = self.nearest(name, inputs.map(|input| input.name.as_str()));
        let diagnostic = self.note(rule::MISSING_PARAMETER, span, message);
        diagnostic.help = Some(match near {
            Some(input) if input == name => {
                format!("add it: `{{name: {name}, in: {location}, value: $inputs.{input}}}`")
            }
            Some(input) => {
                format!("add it, perhaps from an input: `{{name: {name}, in: {location}, value: $inputs.{input}}}`")
            }
            None => format!("add a parameter with `name: {name}` and `in: {location}`"),
        });
        diagnostic.labels.extend(label);
    }

    fn operation_label(&mut self, target: &OperationTarget) -> Option<crate::diagnostic::Label> {
        let LinkedSource::OpenApi(description) = self.sources.get(target.source) else { return None };
        if !self.spend(description.operations().len()) {
            return None;
        }
        let operation = description.operation_at(&target.pointer).found()?;
        let source = description.document().source();
        Some(crate::diagnostic::Label { source, span: operation.path_span(), text: "of this path".into() })
    }

    /// A parameter of all steps is declared by the operation of one at least.
    pub(super) fn check_workflow_parameters(&mut self, workflow: &'d Workflow, steps: &[StepLinks]) {
        let missing = std::mem::take(&mut self.missing_shared);
        self.shared.clear();
        let mut first: HashMap<Span, &Missing<'d>> = HashMap::new();
        for one in &missing {
            first.entry(one.0).or_insert(one);
        }
        for (span, message, help) in self.shared_strangers(workflow, steps) {
            match first.remove(&span) {
                // the request is not sent without the one that is meant
                Some((_, _, required, target)) => {
                    let (place, name) = (required.location, &required.name);
                    let message = format!(
                        "the operation requires the {place} parameter `{name}`, and no step's operation declares this one"
                    );
                    let label = self.operation_label(target);
                    let diagnostic = self.note(rule::MISSING_PARAMETER, span, message);
                    diagnostic.labels.extend(label);
                    diagnostic.help = Some(format!("did you mean `name: {name}` and `in: {place}`?"));
                }
                None => self.note(rule::UNDECLARED_PARAMETER, span, message).help = help,
            }
        }
        // one that other operations declare is for those
        for (_, step, required, target) in missing.iter().filter(|one| first.contains_key(&one.0)) {
            self.missing_parameter(workflow, step, required, target);
        }
    }

    /// The parameters of all steps that no step's operation declares: where each stands, what is wrong and what helps.
    fn shared_strangers(&mut self, workflow: &'d Workflow, steps: &[StepLinks]) -> Vec<(Span, String, Option<String>)> {
        let mut found = Vec::new();
        if workflow.parameters.is_empty() {
            return found;
        }
        let mut seen = HashSet::new();
        let mut operations = Vec::new();
        let mut called = Vec::new();
        for link in steps {
            match &link.target {
                Some(Target::Operation(target)) if seen.insert(target) => operations.extend(self.declared(target)),
                Some(Target::Operation(_)) => {}
                Some(Target::Workflow(target)) => {
                    match self.workflow_of(*target).map(|called| called.inputs.as_deref()) {
                        Some(Some(inputs)) if !inputs.open => called.push(inputs),
                        // one without a schema takes what it is given
                        _ => return found,
                    }
                }
                Some(Target::Message(_)) | None => return found,
            }
        }
        let document = self.document;
        for resolved in workflow.parameters.iter().filter_map(|entry| document.parameter(entry)) {
            let name = resolved.parameter.name.value.as_str();
            let Some(location) = location(&resolved) else { continue };
            let known = operations.iter().any(|declared| declared.is_known(location, name));
            if !known && !called.iter().any(|inputs| inputs.property(name).is_some()) {
                let (message, place) = ("no step's operation declares the", location.as_str());
                let sent = operations.iter().any(|declared| declared.fate(place, name) == Fate::Sent);
                let fate = if sent { Fate::Sent } else { Fate::LeftOut }.told(name);
                let message = format!("{message} {place} parameter `{name}`; {fate}");
                let here = operations.iter().flat_map(|declared| &declared.parameters);
                let here: Vec<&str> =
                    here.filter(|known| known.location == place).map(|known| known.name.as_str()).collect();
                let near = self.nearest(name, here).map(|near| format!("did you mean `{near}`?"));
                found.push((resolved.span, message, near));
            }
        }
        found
    }
}

fn location(resolved: &ResolvedParameter<'_>) -> Option<Location> {
    resolved.parameter.location.as_ref().map(|location| location.value)
}

/// A name as names of that location are told apart.
pub(crate) fn folded<'n>(location: &str, name: &'n str) -> Cow<'n, str> {
    if location == "header" { name.to_ascii_lowercase().into() } else { name.into() }
}
