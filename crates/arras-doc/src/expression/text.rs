//! Strings that embed expressions: `Bearer {$inputs.token}` (ARZ-EXPR-23).

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
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(brace) = rest.find("{$") {
        let start = text.len() - rest.len() + brace + 1;
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
            Err(error) if is_mistaken(inner, &error) => return Err(error.shifted(start)),
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

/// Whether a text that is no expression was surely meant as one: it begins with a root, or nearly so and goes on with `.`.
pub(crate) fn is_mistaken(text: &str, error: &SyntaxError) -> bool {
    let near = || error.help.is_some() && text.get(error.end..).is_some_and(|rest| rest.starts_with('.'));
    Expression::is_attempted(text) || near()
}

/// Embeds each unbraced `$inputs.…`, `$steps.…` or `$workflows.…` that follows white space in a text and that
/// `declared` knows (A-44); returns the pieces and what was embedded, to warn of.
///
/// The expressions found carry `span`, that of the whole text.
pub fn embed_unbraced(
    text: &str,
    span: Span,
    declared: &dyn Fn(&Expression) -> bool,
) -> (Vec<Piece>, Vec<Spanned<Expression>>) {
    let mut pieces = Vec::new();
    let mut found = Vec::new();
    let mut taken = 0;
    for (at, _) in text.match_indices('$') {
        let candidate = &text[at..];
        let begins = ["$inputs.", "$steps.", "$workflows."].iter().any(|root| candidate.starts_with(root));
        if at < taken || !begins || !text[..at].ends_with(char::is_whitespace) {
            continue;
        }
        if let Some(expression) = longest_declared(candidate, declared) {
            pieces.push(Piece::Text(text[taken..at].to_owned()));
            taken = at + expression.text.len();
            let expression = Spanned::new(expression, span);
            found.push(expression.clone());
            pieces.push(Piece::Expression(expression));
        }
    }
    if taken < text.len() {
        pieces.push(Piece::Text(text[taken..].to_owned()));
    }
    (pieces, found)
}

/// The expression at the start of the text, up to white space less trailing punctuation, if it is declared.
fn longest_declared(text: &str, declared: &dyn Fn(&Expression) -> bool) -> Option<Expression> {
    let end = text.find(|c: char| c.is_whitespace() || "{}()<>,;\"'`".contains(c)).unwrap_or(text.len());
    let word = text[..end].trim_end_matches(['.', ':', '!', '?', '&', '|', '=']);
    Expression::parse(word).ok().filter(|expression| declared(expression))
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
        ] {
            let error = pieces(text).expect_err(text);
            assert!(error.help.as_ref().is_some_and(|text| text.contains(help)), "{text}: {error:?}");
            assert_eq!(error.start, at, "{text}");
        }
    }

    #[test]
    fn unbraced_expressions_need_white_space_and_a_declaration() {
        let declared = |expression: &Expression| expression.path.name == "token";
        for (text, expected) in [
            ("Bearer $inputs.token", "Bearer «$inputs.token»"),
            ("a $inputs.token, b $steps.s.outputs.token.", "a «$inputs.token», b «$steps.s.outputs.token»."),
            ("$inputs.token", "$inputs.token"),
            ("x$inputs.token", "x$inputs.token"),
            ("a $inputs.other $url $inputs.", "a $inputs.other $url $inputs."),
        ] {
            assert_eq!(shown(&embed_unbraced(text, Span::default(), &declared).0), expected, "{text}");
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
            let (pieces, _) = embed_unbraced(&text, Span::default(), &|_| true);
            prop_assert_eq!(shown(&pieces).replace(['«', '»'], ""), text);
        }
    }
}
