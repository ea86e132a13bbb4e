//! Inputs that nothing reads, beside what else is wrong: where another finding is about the name, that is what to mend.

use std::collections::{HashMap, HashSet};

use crate::arazzo::{Document, Location, OperationPath, StepTarget, Workflow};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::node::NodeRef;
use crate::rule;
use crate::source::SourceId;
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

/// The step whose `operationPath` has `{name}` in it, which no path parameter of the step fills.
pub(super) fn unfilled<'d>(document: &'d Document, workflow: &'d Workflow, name: &str) -> Option<&'d str> {
    let braced = format!("{{{name}}}");
    let step = workflow.steps.iter().find(|step| {
        let Some(StepTarget::OperationPath(path)) = &step.target else { return false };
        let template = match &path.value {
            OperationPath::Pointer(_, template) | OperationPath::MethodAndPath { path: template, .. } => template,
            OperationPath::OperationId(_) => return false,
        };
        let fills = |one: &crate::arazzo::ResolvedParameter<'_>| {
            one.parameter.name.as_str() == name
                && one.parameter.location.as_ref().is_some_and(|location| location.value == Location::Path)
        };
        template.contains(&braced) && !document.parameters(workflow, step).iter().any(fills)
    })?;
    Some(step.step_id.as_str())
}

/// Drops each finding of an unread input whose name another finding of the workflow is about; beside an error none is to be
/// removed.
pub(super) fn settle(found: &Diagnostics, linted: &mut Diagnostics, documents: &[&Document]) {
    let mut comparisons = COMPARISONS;
    let mut told: HashMap<(SourceId, usize), Told> = HashMap::new();
    let mut dropped = HashSet::new();
    let mut mended: Vec<(usize, String)> = Vec::new();
    for (at, unread) in linted.iter().enumerate().filter(|(_, one)| one.rule == rule::UNUSED_INPUT) {
        let Some(place) = unread.primary() else { continue };
        let Some(document) = documents.iter().find(|document| document.source == place.source) else { continue };
        for (index, workflow) in document.workflows.iter().enumerate() {
            let properties = workflow.inputs.iter().flat_map(|inputs| &inputs.properties);
            let Some(input) = properties.map(|one| &one.name).find(|name| name.span == place.span) else { continue };
            let told = told
                .entry((document.source, index))
                .or_insert_with(|| Told::of(found.iter().chain(&*linted), document, index));
            if told.is_about(&input.value, &mut comparisons) {
                dropped.insert(at);
            } else if told.error && unread.help.as_ref().is_some_and(|help| help.starts_with("remove it")) {
                mended.push((at, format!("read it as `$inputs.{}`", input.value)));
            }
        }
    }
    for (at, help) in mended {
        linted[at].help = Some(help);
    }
    let mut at = 0..;
    linted.retain(|_| at.next().is_some_and(|at| !dropped.contains(&at)));
}

/// What the other findings of a workflow are about.
struct Told {
    /// The names in them.
    names: HashSet<String>,
    error: bool,
}

impl Told {
    fn of<'f>(all: impl Iterator<Item = &'f Diagnostic>, document: &Document, index: usize) -> Told {
        let mut told = Told { names: HashSet::new(), error: false };
        let workflow = document.tree.at(&format!("/workflows/{index}")).map(NodeRef::span).unwrap_or_default();
        let here = |one: &&Diagnostic| {
            let place = one.primary().filter(|place| place.source == document.source);
            place.is_some_and(|place| workflow.contains(place.span))
        };
        let others = all.filter(|one| one.rule != rule::UNUSED_INPUT && one.severity > Severity::Advice);
        for one in others.filter(here) {
            told.error |= one.is_error();
            for text in [Some(one.message.as_str()), one.help.as_deref()].into_iter().flatten() {
                // names stand in backticks
                for quoted in text.split('`').skip(1).step_by(2) {
                    // those of a parameter's fields are nobody's
                    let quoted = ["name:", "in:", "value:"]
                        .iter()
                        .fold(quoted.to_owned(), |text, field| text.replace(field, ""));
                    let part = |char: char| !(char.is_alphanumeric() || matches!(char, '_' | '-'));
                    told.names.extend(quoted.split(part).filter(|name| !name.is_empty()).map(str::to_owned));
                }
            }
        }
        told
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
