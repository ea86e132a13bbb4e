//! Why an output has no value, in one phrase.

use arras_doc::expression::{Expression, Root, Template};
use arras_doc::span::Spanned;

use crate::scope::{Hand, Scope};

/// What the first of the expressions lacks, behind a colon; nothing is said where there is none.
pub(super) fn why(absent: &[Spanned<Expression>], scope: &Scope<'_>) -> String {
    let Some(Spanned { value: expression, .. }) = absent.first() else { return String::new() };
    let text = &expression.text;
    match (&expression.root, scope.hand) {
        (Root::Response(_), Hand::Answer(_)) => format!(": `{text}` was not in the answer"),
        (Root::StepOutputs(step), _) => match of_step(step, expression, scope) {
            Some(why) => format!(": {why}"),
            None => format!(": nor has `{text}`"),
        },
        _ => format!(": nor has `{text}`"),
    }
}

/// An output of a step has no value for a reason of that step's own.
fn of_step(id: &str, expression: &Expression, scope: &Scope<'_>) -> Option<String> {
    let at = *scope.workflow.step_index.get(id)?;
    let Some(left) = &scope.steps.get(at)?.outputs else { return Some(format!("step `{id}` was not run")) };
    let name = &expression.path.name;
    let output = scope.workflow.steps.get(at)?.outputs.iter().find(|output| output.name == *name)?;
    if left.contains_key(name) {
        return None;
    }
    let own = match &output.value {
        Template::Expression(own) => &own.value,
        Template::Selector(selector) => &selector.context.value,
        _ => return None,
    };
    Some(match own.root {
        Root::Response(_) => format!("step `{id}` got no `{}`", own.text),
        _ => format!("nor has `{}` of step `{id}`", own.text),
    })
}
