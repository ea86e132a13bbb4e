//! Which values later expressions read beside outputs, so that a result keeps just those (A-19, A-21, ARZ-EXPR-16).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arras_doc::expression::{Expression, Root, Template};

use crate::plan::{Action, ActionKind, Criterion, Destination, Output, Parameter, Step, Target, Workflow};
use crate::scope::outputs_of_step;

/// Marks in each step what must be retained, and in each workflow what others read of its steps.
pub(super) fn mark(workflows: &mut [Workflow]) {
    workflows.iter_mut().for_each(mark_own);
    mark_exported(workflows);
    mark_called(workflows);
}

/// `$steps.x.response.…` pins that part of step `x`.
fn mark_own(workflow: &mut Workflow) {
    let mut wanted = Vec::new();
    visit_workflow(workflow, &mut |expression| {
        if let Root::Step(step) = &expression.root
            && let Some(at) = workflow.step_index.get(step)
        {
            wanted.push((*at, expression.clone()));
        }
    });
    let mut seen = HashSet::new();
    wanted.retain(|(step, expression)| seen.insert((*step, expression.text.clone())));
    for (step, expression) in wanted {
        workflow.steps[step].retained.push(expression);
    }
}

/// `$workflows.w.steps.s.outputs.…` pins that output of `w`.
fn mark_exported(workflows: &mut [Workflow]) {
    let mut wanted = Vec::new();
    for (own, workflow) in workflows.iter().enumerate() {
        visit_workflow(workflow, &mut |expression| {
            if let Root::WorkflowStep { workflow: name, .. } = &expression.root
                && let Some(of) = workflow.named(name).filter(|of| *of != own)
                && let Some(output) = outputs_of_step(expression)
            {
                wanted.push((of, output));
            }
        });
    }
    let mut seen = HashSet::new();
    wanted.retain(|(of, expression)| seen.insert((*of, expression.text.clone())));
    for (of, expression) in wanted {
        workflows[of].exported.push(expression);
    }
}

/// The expressions that are read of the last exchange of a workflow, by their text.
type Wanted = HashMap<Arc<str>, Expression>;

/// A step that calls a workflow may read `$response.…` of the last exchange there: every step of it may be the last, and
/// every step of the workflows that it calls or goes to.
fn mark_called(workflows: &mut [Workflow]) {
    let mut wanted: Vec<Wanted> = vec![Wanted::new(); workflows.len()];
    for workflow in workflows.iter() {
        for step in &workflow.steps {
            let Target::Workflow(called) = step.target else { continue };
            visit_answer(step, &mut |expression| {
                if matches!(expression.root, Root::Response(_)) {
                    wanted[called].insert(expression.text.clone(), expression.clone());
                }
            });
        }
    }
    // each expression goes through each workflow once
    let mut pending: Vec<usize> = (0..workflows.len()).filter(|at| !wanted[*at].is_empty()).collect();
    let mut passed: Vec<HashSet<Arc<str>>> = vec![HashSet::new(); workflows.len()];
    while let Some(at) = pending.pop() {
        let fresh: Vec<Expression> =
            wanted[at].values().filter(|expression| passed[at].insert(expression.text.clone())).cloned().collect();
        if fresh.is_empty() {
            continue;
        }
        for next in leads_to(&workflows[at]) {
            wanted[next].extend(fresh.iter().map(|expression| (expression.text.clone(), expression.clone())));
            pending.push(next);
        }
    }
    for (workflow, wanted) in workflows.iter_mut().zip(&wanted) {
        let mut wanted: Vec<&Expression> = wanted.values().collect();
        wanted.sort_by_key(|expression| expression.text.clone());
        for step in &mut workflow.steps {
            step.retained.extend(wanted.iter().map(|expression| (*expression).clone()));
        }
    }
}

/// The workflows whose last exchange may be this one's: those that its steps call and its actions go to.
fn leads_to(workflow: &Workflow) -> Vec<usize> {
    let called = workflow.steps.iter().filter_map(|step| match step.target {
        Target::Workflow(called) => Some(called),
        Target::Operation(_) => None,
    });
    let actions = workflow.steps.iter().flat_map(|step| step.on_success.iter().chain(&step.on_failure));
    let gone_to = actions.filter_map(|action| match action.kind {
        ActionKind::Goto(Destination::Workflow(workflow)) => Some(workflow),
        _ => None,
    });
    let mut all: Vec<usize> = called.chain(gone_to).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn visit_workflow(workflow: &Workflow, see: &mut impl FnMut(&Expression)) {
    workflow.steps.iter().for_each(|step| visit_step(step, see));
    visit_outputs(&workflow.outputs, see);
}

fn visit_step(step: &Step, see: &mut impl FnMut(&Expression)) {
    visit_parameters(&step.parameters, see);
    if let Some(body) = &step.body {
        body.payload.iter().for_each(|payload| visit_template(payload, see));
        body.replacements.iter().for_each(|replacement| visit_template(&replacement.value, see));
    }
    visit_answer(step, see);
}

/// The parts that see the answer.
fn visit_answer(step: &Step, see: &mut impl FnMut(&Expression)) {
    visit_criteria(&step.criteria, see);
    visit_outputs(&step.outputs, see);
    step.on_success.iter().chain(&step.on_failure).for_each(|action: &Action| {
        visit_criteria(&action.criteria, see);
        visit_parameters(&action.parameters, see);
    });
}

fn visit_criteria(criteria: &[Criterion], see: &mut impl FnMut(&Expression)) {
    for criterion in criteria {
        criterion.context.as_deref().into_iter().for_each(&mut *see);
        criterion.test.expressions().into_iter().for_each(&mut *see);
    }
}

fn visit_parameters(parameters: &[Parameter], see: &mut impl FnMut(&Expression)) {
    parameters.iter().for_each(|parameter| visit_template(&parameter.value, see));
}

fn visit_outputs(outputs: &[Output], see: &mut impl FnMut(&Expression)) {
    outputs.iter().for_each(|output| visit_template(&output.value, see));
}

fn visit_template(template: &Template, see: &mut impl FnMut(&Expression)) {
    template.expressions().into_iter().for_each(|expression| see(expression));
}
