//! Why an output has no value, in one phrase.

use arras_doc::expression::{Expression, Root, Selector, Template};
use arras_doc::span::Spanned;

use crate::plan::Output;
use crate::resolve::Resolve;
use crate::scope::{Hand, Scope};

/// What an output without a value lacks, behind a colon; nothing is said where there is none. `own` is the step that is
/// being judged, and `absent` which expressions had no value.
pub(super) fn why(output: &Output, absent: &[Spanned<Expression>], own: Option<usize>, scope: &Scope<'_>) -> String {
    if let Template::Selector(selector) = &output.value
        && scope.resolve(&selector.context).is_some()
    {
        return format!(": {} selects nothing in `{}`", named(selector), selector.context.text);
    }
    let Some(Spanned { value: expression, .. }) = absent.first() else { return String::new() };
    let text = &expression.text;
    match (&expression.root, scope.hand) {
        (Root::Response(_), Hand::Answer(_)) => format!(": `{text}` was not in the answer"),
        (Root::StepOutputs(step), _) => match of_step(step, expression, own, scope) {
            Some(why) => format!(": {why}"),
            None => format!(": nor has `{text}`"),
        },
        _ => format!(": nor has `{text}`"),
    }
}

/// An output of a step has no value for a reason of that step's own.
fn of_step(id: &str, expression: &Expression, own: Option<usize>, scope: &Scope<'_>) -> Option<String> {
    let at = *scope.workflow.step_index.get(id)?;
    let Some(left) = &scope.steps.get(at)?.outputs else {
        return Some(match own {
            Some(own) if own == at => format!("step `{id}` was not judged before"),
            _ => format!("step `{id}` was not run"),
        });
    };
    let name = &expression.path.name;
    let output = scope.workflow.steps.get(at)?.outputs.iter().find(|output| output.name == *name)?;
    if left.contains_key(name) {
        return None;
    }
    match &output.value {
        Template::Expression(own) => Some(match own.root {
            Root::Response(_) => format!("step `{id}` got no `{}`", own.text),
            _ => format!("nor has `{}` of step `{id}`", own.text),
        }),
        // whether there was anything to select in is not known any more
        Template::Selector(selector) => {
            Some(format!("{} of step `{id}` selected nothing in `{}`", named(selector), selector.context.text))
        }
        _ => None,
    }
}

fn named(selector: &Selector) -> String {
    format!("the selector `{}`", selector.selector.value)
}
