//! What to say about an expression whose spelling was tolerated.

use super::ast::{Expression, Root, Tolerance};
use crate::diagnostic::{Diagnostic, Edit, Fix, Severity};
use crate::rule;
use crate::source::SourceId;
use crate::span::Span;

/// The grammar by which a document's expressions count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grammar {
    /// Arazzo 1.0.x
    V1_0,
    /// Arazzo 1.0.x with the Selector Objects of 1.1
    V1_0WithSelectors,
    /// Arazzo 1.1.x
    V1_1,
}

/// The finding about an expression that stands at `span`, unless its spelling is within the document's grammar.
///
/// Reading a step other than through its outputs is an error in a 1.1 document.
pub fn check(expression: &Expression, grammar: Grammar, source: SourceId, span: Span) -> Option<Diagnostic> {
    let tolerance = expression.tolerance?;
    if tolerance == Tolerance::Name && grammar < Grammar::V1_1 {
        return None;
    }
    let refused = tolerance == Tolerance::StepWithoutOutputs && grammar >= Grammar::V1_1;
    let rule = match tolerance {
        _ if refused => rule::INVALID_EXPRESSION,
        _ if tolerance.is_grammatical() => rule::DOUBTFUL_EXPRESSION,
        _ => rule::LOOSE_EXPRESSION,
    };
    let message = format!("`{}` {}", expression.text, tolerance.message());
    let found = Diagnostic::new(rule, message).at(source, span).severity(rule.severity);
    if let Some(strict) = without_brackets(expression) {
        // a name may have brackets in it
        return Some(found.help(format!("write each index as a token of its own: `{strict}`")));
    }
    let Some(strict) = strict_form(expression) else { return Some(found.help(tolerance.help())) };
    let written = span.len() == expression.text.len();
    let found = found.help(format!("write `{strict}`"));
    let edits = vec![Edit { source, span, replacement: strict.clone() }];
    Some(if written { found.fix(Fix { title: format!("write `{strict}`"), edits }) } else { found })
}

/// The finding about a text that looks like an expression, is none, and is therefore taken literally.
pub(super) fn taken_literally(diagnostic: Diagnostic) -> Diagnostic {
    let message = format!("{}; the text is taken literally", diagnostic.message);
    Diagnostic { message, ..diagnostic.severity(Severity::Warning) }
}

/// The finding, as yet without a place, about expressions that one text holds without braces: `embedded` tells
/// whether a run puts their values in, or sends the text as it is written.
pub fn unbraced_finding(expressions: &[Expression], embedded: bool) -> Diagnostic {
    let one = expressions.len() == 1;
    let what = match (embedded, one) {
        (true, true) => "is embedded all the same",
        (true, false) => "are embedded all the same",
        (false, true) => "is sent as it is written",
        (false, false) => "are sent as they are written",
    };
    let rule = if embedded { rule::LOOSE_EXPRESSION } else { rule::DOUBTFUL_EXPRESSION };
    let stand = if one { "stands" } else { "stand" };
    let named = all(expressions.iter().map(|expression| format!("`{expression}`")));
    let braced = all(expressions.iter().map(|expression| format!("`{{{expression}}}`")));
    Diagnostic::new(rule, format!("{named} {stand} without braces inside a text and {what}"))
        .help(format!("write {braced}"))
}

/// `a`, `b` and `c`, each once.
fn all(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect::<indexmap::IndexSet<_>>().into_iter().collect();
    let last = names.pop().unwrap_or_default();
    if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) }
}

/// The same expression where each index in brackets inside its JSON Pointer is a token of its own.
fn without_brackets(expression: &Expression) -> Option<String> {
    let pointer = expression.path.pointer.as_deref()?;
    if expression.tolerance != Some(Tolerance::PointerNavigation) {
        return None;
    }
    let mut strict = expression.text.strip_suffix(pointer)?.to_owned();
    for token in pointer.strip_prefix('/')?.split('/') {
        if token.contains('[') {
            tokens(token)?.into_iter().for_each(|token| crate::pointer::push(&mut strict, token));
        } else {
            strict.push('/');
            strict.push_str(token);
        }
    }
    Expression::parse(&strict).is_ok_and(|parsed| parsed.tolerance.is_none()).then_some(strict)
}

/// The same expression with a JSON Pointer instead of navigation, where that is certain to mean the same.
fn strict_form(expression: &Expression) -> Option<String> {
    let Expression { root, path, .. } = expression;
    let body = matches!(root, Root::Request(_) | Root::Response(_) | Root::Message(_));
    let kept = if body { 0 } else { path.name.find('[')? };
    if path.name[..kept].contains('.') {
        return None;
    }
    with_pointer(expression, kept)
}

/// The expression with a JSON Pointer in place of the navigation that begins after `kept` bytes of its name; `None` if it
/// does not navigate, or to a length.
pub(crate) fn with_pointer(expression: &Expression, kept: usize) -> Option<String> {
    let Expression { path, tolerance, .. } = expression;
    if path.pointer.is_some() || *tolerance != Some(Tolerance::Navigation) || path.name.contains(".length") {
        return None;
    }
    let before = expression.text.strip_suffix(path.name.as_str())?;
    let mut pointer = String::new();
    for token in tokens(path.name.get(kept..)?)? {
        // where there is no member of that very name, such a token of a pointer navigates in turn
        if token.contains(['.', '[']) {
            return None;
        }
        crate::pointer::push(&mut pointer, token);
    }
    let strict = format!("{before}{}#{pointer}", &path.name[..kept]);
    Expression::parse(&strict).is_ok_and(|parsed| parsed.tolerance.is_none()).then_some(strict)
}

/// The names and positions of `.list[0]['a.b']`.
fn tokens(navigation: &str) -> Option<Vec<&str>> {
    let mut tokens = Vec::new();
    let mut rest = navigation;
    while !rest.is_empty() {
        let quoted = ["['", "[\""].into_iter().find_map(|open| Some((rest.strip_prefix(open)?, &open[1..])));
        let (token, after) = if let Some((inside, quote)) = quoted {
            let (token, after) = inside.split_once(quote)?;
            (token, after.strip_prefix(']')?)
        } else if let Some(inside) = rest.strip_prefix('[') {
            inside.split_once(']')?
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            name.split_at(name.find(['.', '[']).unwrap_or(name.len()))
        };
        tokens.push(token);
        rest = after;
    }
    Some(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, grammar: Grammar) -> Option<(&'static str, String)> {
        let expression = Expression::parse(text).expect(text);
        let found = check(&expression, grammar, SourceId(0), Span::new(0, text.len()))?;
        Some((found.rule.id, found.fix.map_or_else(|| "no fix".into(), |fix| fix.edits[0].replacement.clone())))
    }

    /// ARZ-EXPR-11
    #[test]
    fn loose_spellings_are_found_and_mended() {
        for (text, rule, fix) in [
            ("$response.body.a.b", "loose-expression", "$response.body#/a/b"),
            ("$message.payload.orderId", "loose-expression", "$message.payload#/orderId"),
            ("$response.body[0].id", "loose-expression", "$response.body#/0/id"),
            ("$response.body['a/b']", "loose-expression", "$response.body#/a~1b"),
            ("$response.body.x['a.b'][0]", "loose-expression", "no fix"),
            ("$steps.s.outputs.list[0].id", "loose-expression", "$steps.s.outputs.list#/0/id"),
            ("$steps.s.outputs.a.list[0]", "loose-expression", "no fix"),
            ("$response.body.list.length", "loose-expression", "no fix"),
            ("$response.body#/a[0]", "doubtful-expression", "no fix"),
            ("$response.query.x", "doubtful-expression", "no fix"),
            ("$steps.s.response.body", "invalid-expression", "no fix"),
        ] {
            assert_eq!(found(text, Grammar::V1_1), Some((rule, fix.to_owned())), "{text}");
        }
        assert_eq!(found("$steps.s.response.body", Grammar::V1_0).map(|(rule, _)| rule), Some("loose-expression"));
        assert_eq!(found("$inputs.a:b", Grammar::V1_1).map(|(rule, _)| rule), Some("loose-expression"));
        assert_eq!((found("$inputs.a:b", Grammar::V1_0), found("$inputs.a.b", Grammar::V1_1)), (None, None));
    }
}
