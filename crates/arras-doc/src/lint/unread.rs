//! Inputs that nothing reads, beside what else is wrong: where another finding is about the name, that is what to mend.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::arazzo::{Document, InputProperty, Location, OperationPath, StepTarget, Workflow};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::rule;
use crate::source::SourceId;
use crate::span::Span;
use crate::suggest;

/// How many names of findings are compared with those of inputs in all.
const COMPARISONS: usize = 50_000;

/// The help that says to do without an input.
pub(super) fn removal(name: &str, required: bool) -> String {
    match required {
        true => "remove it: callers must give it for nothing".to_owned(),
        false => format!("remove it, or read it as `$inputs.{name}`"),
    }
}

/// The names that stand as `{name}` in the `operationPath` of a step, and that no path parameter of the step fills, each with
/// the first such step.
pub(super) fn unfilled<'d>(document: &'d Document, workflow: &'d Workflow) -> HashMap<&'d str, &'d str> {
    let mut unfilled = HashMap::new();
    for step in &workflow.steps {
        let Some(StepTarget::OperationPath(path)) = &step.target else { continue };
        let template = match &path.value {
            OperationPath::Pointer(_, template) | OperationPath::MethodAndPath { path: template, .. } => template,
            OperationPath::OperationId(_) => continue,
        };
        let mut names = template.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0)).peekable();
        if names.peek().is_none() {
            continue;
        }
        let given = document.parameters(workflow, step);
        let of_path = |one: &&crate::arazzo::ResolvedParameter<'_>| {
            one.parameter.location.as_ref().is_some_and(|location| location.value == Location::Path)
        };
        let filled: HashSet<&str> = given.iter().filter(of_path).map(|one| one.parameter.name.as_str()).collect();
        for name in names.filter(|name| !filled.contains(name)) {
            unfilled.entry(name).or_insert(step.step_id.as_str());
        }
    }
    unfilled
}

/// Drops each finding of an unread input whose name another finding of the workflow is about; beside an error none is to be
/// removed.
pub(super) fn settle(found: &Diagnostics, linted: &mut Diagnostics, documents: &[&Document]) {
    let mut comparisons = COMPARISONS;
    let inputs = inputs(documents);
    let input = |one: &Diagnostic| {
        let place = one.primary().filter(|_| one.rule == rule::UNUSED_INPUT)?;
        inputs.get(&(place.source, place.span))
    };
    let lists: HashMap<*const Place, &Rc<[Place]>> =
        linted.iter().filter_map(input).map(|(workflows, _)| (workflows.as_ptr(), workflows)).collect();
    let workflows = lists.into_values().flat_map(|workflows| workflows.iter().copied());
    let mut told: HashMap<Place, Told> = workflows.map(|workflow| (workflow, Told::default())).collect();
    if told.is_empty() {
        return;
    }
    tell(&mut told, found.iter().chain(&*linted), documents);
    let mut dropped = HashSet::new();
    let mut mended: Vec<(usize, String)> = Vec::new();
    for (at, unread) in linted.iter().enumerate() {
        let Some((workflows, name)) = input(unread) else { continue };
        for told in workflows.iter().filter_map(|workflow| told.get(workflow)) {
            if told.is_about(name, &mut comparisons) {
                dropped.insert(at);
            } else if told.error && unread.help.as_ref().is_some_and(|help| help.starts_with("remove it")) {
                mended.push((at, format!("read it as `$inputs.{name}`")));
            }
        }
    }
    for (at, help) in mended {
        linted[at].help = Some(help);
    }
    let mut at = 0..;
    linted.retain(|_| at.next().is_some_and(|at| !dropped.contains(&at)));
}

/// A workflow: its document and its index.
type Place = (SourceId, usize);

/// All inputs by where their names stand, each with the workflows that have it.
fn inputs<'d>(documents: &[&'d Document]) -> HashMap<(SourceId, Span), (Rc<[Place]>, &'d str)> {
    let mut inputs = HashMap::new();
    for document in documents {
        // workflows may share them
        let mut lists: HashMap<*const InputProperty, (&[InputProperty], Vec<Place>)> = HashMap::new();
        for (index, workflow) in document.workflows.iter().enumerate() {
            let Some(properties) = workflow.inputs.as_ref().map(|inputs| &*inputs.properties) else { continue };
            let (_, workflows) = lists.entry(properties.as_ptr()).or_insert((properties, Vec::new()));
            workflows.push((document.source, index));
        }
        for (properties, workflows) in lists.into_values() {
            let workflows: Rc<[Place]> = workflows.into();
            for name in properties.iter().map(|property| &property.name) {
                inputs.insert((document.source, name.span), (Rc::clone(&workflows), name.as_str()));
            }
        }
    }
    inputs
}

/// Adds the other findings to what is told of the workflow in which they stand.
fn tell<'f>(told: &mut HashMap<Place, Told>, all: impl Iterator<Item = &'f Diagnostic>, documents: &[&Document]) {
    let mut workflows: HashMap<SourceId, Vec<(Span, usize)>> = HashMap::new();
    for document in documents {
        let all = (0..document.workflows.len())
            .filter_map(|index| Some((document.tree.at(&format!("/workflows/{index}"))?.span(), index)));
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|(span, _)| span.start);
        workflows.insert(document.source, all);
    }
    for one in all.filter(|one| one.rule != rule::UNUSED_INPUT && one.severity > Severity::Advice) {
        let Some(place) = one.primary() else { continue };
        let Some(workflows) = workflows.get(&place.source) else { continue };
        let after = workflows.partition_point(|(whole, _)| whole.start <= place.span.start);
        let here = workflows[..after].last().filter(|(whole, _)| whole.contains(place.span));
        if let Some(told) = here.and_then(|(_, index)| told.get_mut(&(place.source, *index))) {
            told.add(one);
        }
    }
}

/// What the other findings of a workflow are about.
#[derive(Default)]
struct Told {
    /// The names in them.
    names: HashSet<String>,
    error: bool,
}

impl Told {
    fn add(&mut self, one: &Diagnostic) {
        self.error |= one.is_error();
        for text in [Some(one.message.as_str()), one.help.as_deref()].into_iter().flatten() {
            // names stand in backticks
            for quoted in text.split('`').skip(1).step_by(2) {
                // those of a parameter's fields are nobody's
                let quoted =
                    ["name:", "in:", "value:"].iter().fold(quoted.to_owned(), |text, field| text.replace(field, ""));
                let part = |char: char| !(char.is_alphanumeric() || matches!(char, '_' | '-'));
                self.names.extend(quoted.split(part).filter(|name| !name.is_empty()).map(str::to_owned));
            }
        }
    }

    fn is_about(&self, name: &str, comparisons: &mut usize) -> bool {
        if self.names.contains(name) {
            return true;
        }
        let near = self.names.iter().take(*comparisons).any(|other| suggest::edits_between(name, other).is_some());
        *comparisons = comparisons.saturating_sub(self.names.len());
        near
    }
}
