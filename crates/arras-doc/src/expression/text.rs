//! Strings that embed expressions: `Bearer {$inputs.token}` (ARZ-EXPR-23).

use std::borrow::Cow;

use super::ast::Expression;
use crate::span::{Span, Spanned};
use crate::syntax::SyntaxError;

/// A part of a string that embeds expressions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// An expression whose value takes its place; the span covers the expression without its braces.
    Expression(Spanned<Expression>),
}

/// Splits a string at each `{$expression}`; the spans are bytes of `text`.
///
/// A `{` that no `$` follows is text, as is `{$…}` around what does not begin as an expression does (A-44).
/// No two texts stand side by side.
///
/// # Errors
/// If what stands in the braces begins as an expression does, yet is none.
///
/// ```
/// use arras_doc::expression::{Piece, pieces};
/// let pieces = pieces(r#"{"id": "{$inputs.id}"}"#).expect("pieces");
/// assert_eq!(pieces.len(), 3);
/// assert_eq!(pieces[0], Piece::Text(r#"{"id": ""#.into()));
/// ```
pub fn pieces(text: &str) -> Result<Vec<Piece>, SyntaxError> {
    pieces_declared(text, &|_| None)
}

/// The same where names that are declared go before the grammar (A-22): they may have braces in them.
pub(super) fn pieces_declared(
    text: &str,
    declared: &dyn Fn(&str) -> Option<Expression>,
) -> Result<Vec<Piece>, SyntaxError> {
    /// At so many closing braces a declared name may end.
    const ENDS: usize = 8;
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(brace) = rest.find("{$") {
        let start = text.len() - rest.len() + brace + 1;
        let mut ends = text[start..].match_indices('}').map(|(end, _)| start + end).take(ENDS);
        if let Some((end, expression)) = ends.find_map(|end| Some((end, declared(&text[start..end])?))) {
            literal.push_str(&rest[..brace]);
            if !literal.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Expression(Spanned::new(expression, Span::new(start, end))));
            rest = &text[end + 1..];
            continue;
        }
        let end = text[start..].find(['{', '}']).map(|end| start + end).filter(|end| text[*end..].starts_with('}'));
        let Some(end) = end else {
            literal.push_str(&rest[..brace + 2]);
            rest = &rest[brace + 2..];
            continue;
        };
        let inner = &text[start..end];
        match Expression::parse(inner) {
            Ok(expression) => {
                literal.push_str(&rest[..brace]);
                if !literal.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut literal)));
                }
                pieces.push(Piece::Expression(Spanned::new(expression, Span::new(start, end))));
            }
            Err(error) if is_mistaken(inner, &error) => {
                return Err(unclosed(inner, &error).unwrap_or(error).shifted(start));
            }
            Err(_) => literal.push_str(&rest[..brace + inner.len() + 2]),
        }
        rest = &text[end + 1..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    Ok(pieces)
}

/// That the brace before an expression is not closed, where a quote, bracket or comma ends the expression.
fn unclosed(inner: &str, error: &SyntaxError) -> Option<SyntaxError> {
    let expression =
        inner.get(..error.start).filter(|_| inner[error.start..].starts_with(['"', '\'', ',', ']', '>']))?;
    Expression::parse(expression).ok()?;
    let error = SyntaxError::new(format!("the `{{` before `{expression}` is not closed"), 0..error.start);
    Some(error.help(format!("did you mean `{{{expression}}}`?")))
}

/// Whether a text that is no expression was surely meant as one: it begins with a root, or nearly so and goes on with `.`.
pub(crate) fn is_mistaken(text: &str, error: &SyntaxError) -> bool {
    let near = || error.help.is_some() && text.get(error.end..).is_some_and(|rest| rest.starts_with('.'));
    Expression::is_attempted(text) || near() || elsewhere(text) == Some((0, text.len()))
}

/// What other tools read the environment and stores of secrets by.
const ELSEWHERE: [&str; 6] = ["$env.", "$environment.", "$process.", "$secret.", "$secrets.", "$vault."];

/// Where in a text the first word stands that looks like reading the environment or a secret, which no expression does.
pub(crate) fn elsewhere(text: &str) -> Option<(usize, usize)> {
    text.match_indices('$').find_map(|(at, _)| {
        let word = &text[at..];
        let is_root = ELSEWHERE.iter().any(|root| word.len() > root.len() && word.starts_with(root));
        let begins = at == 0 || text[..at].ends_with(char::is_whitespace);
        let end = |next: char| next.is_whitespace() || "\"',;)}]".contains(next);
        (is_root && begins).then(|| (at, at + word.find(end).unwrap_or(word.len())))
    })
}

/// Whether a text that begins as no known root does looks like an expression of a kind that there isn't: `$word.name…`.
pub(crate) fn is_foreign(text: &str) -> bool {
    let Some((word, rest)) = text.strip_prefix('$').and_then(|rest| rest.split_once('.')) else { return false };
    let letter = |text: &str| text.starts_with(|first: char| first.is_ascii_alphabetic());
    letter(word)
        && letter(rest)
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.[]#/~".contains(&byte))
}

/// The unbraced `$inputs.…`, `$steps.…` and `$workflows.…` of a string, with the byte where each begins: those after white
/// space, and where there is one of those, one at the very start too (A-44). A run embeds them if all of them are declared.
///
/// ```
/// use arras_doc::expression::unbraced;
/// assert_eq!(unbraced("$inputs.first $inputs.last").len(), 2);
/// assert!(unbraced("$inputs.first and more").is_empty());
/// ```
pub fn unbraced(text: &str) -> Vec<(usize, Expression)> {
    let mut found: Vec<(usize, Expression)> = Vec::new();
    let mut taken = 0;
    for (at, _) in text.match_indices('$') {
        let candidate = &text[at..];
        let begins = ["$inputs.", "$steps.", "$workflows."].iter().any(|root| candidate.starts_with(root));
        if at < taken || !begins || !(at == 0 || text[..at].ends_with(char::is_whitespace)) {
            continue;
        }
        if let Some(expression) = leading(candidate) {
            taken = at + expression.text.len();
            found.push((at, expression));
        }
    }
    if found.iter().all(|(at, _)| *at == 0) {
        found.clear();
    }
    found
}

/// Embeds the [`unbraced`] expressions of a string that was split at its braces, if `declared` knows all of them; returns
/// the pieces and what was embedded, to warn of. So no text is sent half embedded and half as it is written.
///
/// The expressions found carry `span`, that of the whole text.
pub fn embed_unbraced(
    pieces: Vec<Piece>,
    span: Span,
    declared: &dyn Fn(&Expression) -> bool,
) -> (Vec<Piece>, Vec<Expression>) {
    let whole: String = pieces.iter().map(Piece::written).collect();
    let found = unbraced(&whole);
    if found.is_empty() || !found.iter().all(|(_, expression)| declared(expression)) {
        return (pieces, Vec::new());
    }
    let mut embedded = Vec::new();
    let mut begins = 0;
    for piece in pieces {
        let ends = begins + piece.written().len();
        let Piece::Text(text) = piece else {
            embedded.push(piece);
            begins = ends;
            continue;
        };
        let mut taken = 0;
        for (at, expression) in found.iter().filter(|(at, _)| (begins..ends).contains(at)) {
            if let Some(before) = text.get(taken..at - begins).filter(|before| !before.is_empty()) {
                embedded.push(Piece::Text(before.to_owned()));
            }
            taken = at - begins + expression.text.len();
            embedded.push(Piece::Expression(Spanned::new(expression.clone(), span)));
        }
        if let Some(rest) = text.get(taken..).filter(|rest| !rest.is_empty()) {
            embedded.push(Piece::Text(rest.to_owned()));
        }
        begins = ends;
    }
    (embedded, found.into_iter().map(|(_, expression)| expression).collect())
}

impl Piece {
    /// The piece as the document has it.
    fn written(&self) -> Cow<'_, str> {
        match self {
            Piece::Text(text) => Cow::Borrowed(text),
            Piece::Expression(expression) => Cow::Owned(format!("{{{}}}", expression.text)),
        }
    }
}

/// The expression at the start of the text, up to white space less trailing punctuation.
fn leading(text: &str) -> Option<Expression> {
    let end = text.find(|c: char| c.is_whitespace() || "{}()<>,;\"'`".contains(c)).unwrap_or(text.len());
    let word = text[..end].trim_end_matches(['.', ':', '!', '?', '&', '|', '=']);
    Expression::parse(word).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(pieces: &[Piece]) -> String {
        let show = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Expression(expression) => format!("«{}»", expression.text),
        };
        pieces.iter().map(show).collect()
    }

    /// ARZ-EXPR-23, ARZ-EXPR-31
    #[test]
    fn expressions_in_braces_are_found() {
        for (text, expected) in [
            ("", ""),
            ("plain {text} {} {", "plain {text} {} {"),
            ("{$inputs.a}", "«$inputs.a»"),
            ("a {$inputs.a}{$statusCode} b", "a «$inputs.a»«$statusCode» b"),
            (r#"{"a": "{$inputs.a#/b}", "c": {}}"#, r#"{"a": "«$inputs.a#/b»", "c": {}}"#),
            ("{{$inputs.a}}", "{«$inputs.a»}"),
            ("{$name} {$5} {$} {$ {$inputs.a}", "{$name} {$5} {$} {$ «$inputs.a»"),
            ("x{$inputs.a", "x{$inputs.a"),
            ("$inputs.a", "$inputs.a"),
            ("^a{2}{$inputs.a}$", "^a{2}«$inputs.a»$"),
        ] {
            assert_eq!(shown(&pieces(text).expect(text)), expected, "{text}");
        }
    }

    #[test]
    fn a_failed_expression_in_braces_is_an_error() {
        for (text, at, help) in [
            ("a {$response.headers.x}", 13, "$response.header.x"),
            ("a {$step.s.outputs.x}", 3, "$steps.s.outputs.x"),
            ("a {$response.body#x}", 18, "$response.body#/x"),
            (r#"{"a": "{$inputs.a", "b": [1]}"#, 8, "{$inputs.a}"),
        ] {
            let error = pieces(text).expect_err(text);
            assert!(error.help.as_ref().is_some_and(|text| text.contains(help)), "{text}: {error:?}");
            assert_eq!(error.start, at, "{text}");
        }
    }

    fn embedded(text: &str, declared: &dyn Fn(&Expression) -> bool) -> String {
        shown(&embed_unbraced(pieces(text).expect(text), Span::default(), declared).0)
    }

    #[test]
    fn unbraced_expressions_need_white_space_and_a_declaration() {
        let declared = |expression: &Expression| expression.path.name == "token";
        for (text, expected) in [
            ("Bearer $inputs.token", "Bearer «$inputs.token»"),
            ("a $inputs.token, b $steps.s.outputs.token.", "a «$inputs.token», b «$steps.s.outputs.token»."),
            ("$inputs.token", "$inputs.token"),
            ("x$inputs.token", "x$inputs.token"),
            ("$inputs.token and more", "$inputs.token and more"),
            ("a $inputs.other $url $inputs.", "a $inputs.other $url $inputs."),
        ] {
            assert_eq!(embedded(text, &declared), expected, "{text}");
        }
    }

    /// A-44
    #[test]
    fn unbraced_expressions_of_one_text_are_embedded_together_or_not_at_all() {
        let declared = |expression: &Expression| expression.path.name == "token";
        for (text, expected) in [
            ("$inputs.token $inputs.token", "«$inputs.token» «$inputs.token»"),
            ("$inputs.token, $inputs.token", "«$inputs.token», «$inputs.token»"),
            ("{$inputs.no} $inputs.token $url", "«$inputs.no» «$inputs.token» $url"),
            ("$inputs.other $inputs.token", "$inputs.other $inputs.token"),
            ("$inputs.token $inputs.other", "$inputs.token $inputs.other"),
            ("{$inputs.a} $inputs.token $inputs.other", "«$inputs.a» $inputs.token $inputs.other"),
        ] {
            assert_eq!(embedded(text, &declared), expected, "{text}");
        }
    }

    #[test]
    fn expressions_of_no_kind_are_told_from_other_texts() {
        for (text, foreign) in [
            ("$forEach.item", true),
            ("$forEach.item.unique_id", true),
            ("$items.list[0]", true),
            ("$.items", false),
            ("$5.00", false),
            ("$faker", false),
            ("$a.", false),
            ("$a.b c", false),
            ("$a.5", false),
        ] {
            assert_eq!(is_foreign(text), foreign, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn pieces_joined_are_the_text(text in "[{}$a. #é\\[]{0,24}|(\\{\\$inputs\\.a\\}|x|\\{|\\{\\$response\\.body#/a\\}|\\}| ){0,6}") {
            if let Ok(pieces) = pieces(&text) {
                let joined: String = pieces.iter().map(|piece| match piece {
                    Piece::Text(text) => text.clone(),
                    Piece::Expression(expression) => {
                        assert_eq!(&text[expression.span.range()], &*expression.text);
                        format!("{{{}}}", expression.text)
                    }
                }).collect();
                prop_assert_eq!(joined, text);
            }
        }

        #[test]
        fn unbraced_pieces_joined_are_the_text(text in "( |x|\\$inputs\\.a|\\$steps\\.s\\.outputs\\.b|,|\\.|é){0,8}") {
            prop_assert_eq!(embedded(&text, &|_| true).replace(['«', '»'], ""), text);
        }
    }
}
