//! Which values a document sends as credentials: what their names don't tell, the way to a header field does.

use std::collections::HashSet;
use std::sync::Arc;

use arras_doc::expression::{Expression, Path, Root, Template};
use arras_doc::openapi::Location;

use crate::plan::{Action, ActionKind, Destination, Output, Parameter, Step, Target, Workflow};
use crate::scope::outputs_of_step;

/// The header fields whose values identify the caller.
const FIELDS: [&str; 5] = ["authorization", "proxy-authorization", "cookie", "x-api-key", "x-amz-security-token"];

/// How many parts of larger values are followed in all, and how long their expressions may get: a workflow that calls itself
/// with a part of its own input has no end of them.
const MOST_PARTS: usize = 1000;
const LONGEST_PART: usize = 1000;

/// Marks in each step what of it a request carries as a credential, and in each workflow which of its inputs.
pub(super) fn mark(workflows: &mut [Workflow]) {
    let mut trace = Trace { callers: callers(workflows), ..Trace::default() };
    for (at, workflow) in workflows.iter().enumerate() {
        for (number, step) in workflow.steps.iter().enumerate() {
            let sent = step.parameters.iter().filter(|parameter| is_credential(parameter));
            for expression in sent.flat_map(|parameter| parameter.value.expressions()) {
                trace.add(at, Some(number), expression.value.clone());
            }
        }
    }
    while let Some(used) = trace.pending.pop() {
        trace.follow(workflows, &used);
    }
    for (at, step, expression) in trace.of_steps {
        workflows[at].steps[step].credentials.push(expression);
    }
    for (at, expression) in trace.of_inputs {
        workflows[at].credentials.push(expression);
    }
}

fn is_credential(parameter: &Parameter) -> bool {
    match parameter.location {
        Some(Location::Cookie) => true,
        Some(Location::Header) => FIELDS.iter().any(|field| parameter.name.eq_ignore_ascii_case(field)),
        _ => parameter.credential.is_some(),
    }
}

/// A credential as an expression of a workflow, within one of its steps or its outputs.
struct Used {
    workflow: usize,
    step: Option<usize>,
    expression: Expression,
}

/// Follows credentials from where they are sent to where they come from.
#[derive(Default)]
struct Trace {
    pending: Vec<Used>,
    seen: HashSet<(usize, Option<usize>, Arc<str>)>,
    of_steps: Vec<(usize, usize, Expression)>,
    of_inputs: Vec<(usize, Expression)>,
    /// By workflow: the steps that call it, or that an action leads from to it.
    callers: Vec<Vec<(usize, usize)>>,
    parts: usize,
}

impl Trace {
    fn add(&mut self, workflow: usize, step: Option<usize>, expression: Expression) {
        if self.seen.insert((workflow, step, expression.text.clone())) {
            self.pending.push(Used { workflow, step, expression });
        }
    }

    fn follow(&mut self, workflows: &[Workflow], used: &Used) {
        let Used { workflow: at, step, expression } = used;
        let (workflow, path) = (&workflows[*at], &expression.path);
        match &expression.root {
            Root::Response(_) | Root::Request(_) => {
                self.of_steps.extend(step.map(|step| (*at, step, expression.clone())));
            }
            Root::StepOutputs(name) => self.step(workflows, *at, name, expression, path),
            Root::Step(name) => match (expression.within_step(), workflow.step_index.get(name)) {
                (Some(own), Some(step)) => self.add(*at, Some(*step), own),
                _ => self.step(workflows, *at, name, expression, path),
            },
            Root::Outputs => {
                let called = step.and_then(|step| called(&workflow.steps[step])).unwrap_or(*at);
                self.outputs(&workflows[called].outputs, path, called, None);
            }
            Root::WorkflowOutputs(name) => {
                if let Some(of) = workflow.named(name) {
                    self.outputs(&workflows[of].outputs, path, of, None);
                }
            }
            Root::WorkflowStep { workflow: name, step } => {
                if let (Some(of), Some(own)) = (workflow.named(name), outputs_of_step(expression)) {
                    self.step(workflows, of, step, &own, &own.path);
                }
            }
            Root::Inputs => self.inputs(workflows, *at, expression),
            Root::WorkflowInputs(name) => {
                if let Some(of) = workflow.named(name) {
                    self.inputs(workflows, of, expression);
                }
            }
            _ => {}
        }
    }

    /// An output of a step, as `expression` reads it.
    fn step(&mut self, workflows: &[Workflow], at: usize, name: &str, expression: &Expression, path: &Path) {
        let Some(step) = workflows[at].step_index.get(name).copied() else { return };
        self.of_steps.push((at, step, expression.clone()));
        self.outputs(&workflows[at].steps[step].outputs, path, at, Some(step));
    }

    /// What the output that the path names is made of.
    fn outputs(&mut self, outputs: &[Output], path: &Path, at: usize, step: Option<usize>) {
        let named = outputs.iter().filter_map(|output| Some((output, rest(path, &output.name)?)));
        for (output, rest) in named {
            self.parts(&output.value, rest, path, at, step);
        }
    }

    /// What callers and actions give for an input.
    fn inputs(&mut self, workflows: &[Workflow], of: usize, expression: &Expression) {
        self.of_inputs.push((of, expression.clone()));
        for (at, number) in self.callers[of].clone() {
            let step = &workflows[at].steps[number];
            let own = step.parameters.iter().filter(|_| called(step) == Some(of));
            let actions = step.on_success.iter().chain(&step.on_failure).filter(|action| leads_to(action) == Some(of));
            for given in own.chain(actions.flat_map(|action| &action.parameters)) {
                if let Some(rest) = rest(&expression.path, &given.name) {
                    self.parts(&given.value, rest, &expression.path, at, Some(number));
                }
            }
        }
    }

    fn parts(&mut self, value: &Template, rest: &str, path: &Path, at: usize, step: Option<usize>) {
        for part in value.expressions() {
            if rest.is_empty() && path.pointer.is_none() {
                self.add(at, step, part.value.clone());
            } else if self.parts < MOST_PARTS
                && let Some(part) = narrowed(&part.value, rest, path.pointer.as_deref())
            {
                self.parts += 1;
                self.add(at, step, part);
            }
        }
    }
}

fn called(step: &Step) -> Option<usize> {
    match step.target {
        Target::Workflow(workflow) => Some(workflow),
        Target::Operation(_) => None,
    }
}

fn leads_to(action: &Action) -> Option<usize> {
    match action.kind {
        ActionKind::Goto(Destination::Workflow(of))
        | ActionKind::Retry { reference: Some(Destination::Workflow(of)), .. } => Some(of),
        _ => None,
    }
}

fn callers(workflows: &[Workflow]) -> Vec<Vec<(usize, usize)>> {
    let mut callers = vec![Vec::new(); workflows.len()];
    for (at, workflow) in workflows.iter().enumerate() {
        for (number, step) in workflow.steps.iter().enumerate() {
            let actions = step.on_success.iter().chain(&step.on_failure);
            let of: HashSet<usize> = actions.filter_map(leads_to).chain(called(step)).collect();
            of.into_iter().for_each(|of| callers[of].push((at, number)));
        }
    }
    callers
}

/// What follows the name in a path that starts with it.
fn rest<'p>(path: &'p Path, name: &str) -> Option<&'p str> {
    path.name.strip_prefix(name).filter(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The expression of a part of what `whole` reads; `None` where no single expression says that.
fn narrowed(whole: &Expression, rest: &str, pointer: Option<&str>) -> Option<Expression> {
    let text = match (&whole.path.pointer, pointer) {
        (None, Some(pointer)) => format!("{}{rest}#{pointer}", whole.text),
        (None, None) => format!("{}{rest}", whole.text),
        (Some(_), pointer) if rest.is_empty() => format!("{}{}", whole.text, pointer.unwrap_or_default()),
        (Some(_), _) => return None,
    };
    Expression::parse(&text).ok().filter(|_| text.len() <= LONGEST_PART)
}
