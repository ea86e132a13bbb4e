//! Which values of an exchange later expressions read beside outputs, so that a result keeps just those.

use std::collections::HashSet;

use arras_doc::expression::{Expression, Root, Template};

use crate::plan::{Action, Criterion, Output, Parameter, Step, Target, Workflow};

/// Marks in each step what must be retained.
pub(super) fn mark(workflows: &mut [Workflow]) {
    for index in 0..workflows.len() {
        mark_own(&mut workflows[index]);
        mark_called(workflows, index);
    }
}

/// `$steps.x.response.…` pins that part of step `x`.
fn mark_own(workflow: &mut Workflow) {
    let mut wanted: Vec<(usize, Expression)> = Vec::new();
    let mut see = |expression: &Expression| {
        if let Root::Step(step) = &expression.root
            && let Some(at) = workflow.steps.iter().position(|known| known.id == *step)
        {
            wanted.push((at, expression.clone()));
        }
    };
    workflow.steps.iter().for_each(|step| visit_step(step, &mut see));
    visit_outputs(&workflow.outputs, &mut see);
    for (step, expression) in wanted {
        retain(&mut workflow.steps[step], expression);
    }
}

/// A step that calls a workflow may read `$response.…` of the last exchange there: every step of it may be the last.
fn mark_called(workflows: &mut [Workflow], index: usize) {
    let mut wanted: Vec<(usize, Expression)> = Vec::new();
    for step in &workflows[index].steps {
        let Target::Workflow(called) = step.target else { continue };
        let mut see = |expression: &Expression| {
            if matches!(expression.root, Root::Response(_)) {
                wanted.push((called, expression.clone()));
            }
        };
        visit_answer(step, &mut see);
    }
    for (called, expression) in wanted {
        // through workflows that call workflows, without running in circles
        let mut seen = HashSet::new();
        let mut pending = vec![called];
        while let Some(called) = pending.pop() {
            if !seen.insert(called) {
                continue;
            }
            for step in &mut workflows[called].steps {
                retain(step, expression.clone());
                if let Target::Workflow(next) = step.target {
                    pending.push(next);
                }
            }
        }
    }
}

fn retain(step: &mut Step, expression: Expression) {
    if !step.retained.iter().any(|known| known.text == expression.text) {
        step.retained.push(expression);
    }
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
        criterion.context.iter().for_each(&mut *see);
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
