//! Errors that guess what the author meant.

use crate::span::Span;

use super::ast::{Operand, OperandKind};
use super::error::{SyntaxError, problem};
use super::lex::Cursor;

/// Something that is neither `$…` nor `@…` where a query must stand.
pub(super) fn no_query(cursor: &Cursor<'_>) -> SyntaxError {
    let rest = cursor.rest();
    if let Some(pointer) = pointer(rest) {
        return json_pointer(cursor, pointer);
    }
    if cursor.is_end() {
        return problem(cursor.here(), "a JSONPath is missing").help("write for example `$.status`");
    }
    problem(cursor.here(), format!("a JSONPath begins with `$`, not {}", next(cursor)))
}

/// Something that is no operand where one must stand.
pub(super) fn no_operand(cursor: &Cursor<'_>) -> SyntaxError {
    if let Some(pointer) = pointer(cursor.rest()) {
        return json_pointer(cursor, pointer);
    }
    if cursor.is_end() {
        return problem(cursor.here(), "the condition ends where an operand is missing");
    }
    let word = word(cursor.rest());
    if word.is_empty() {
        return problem(cursor.here(), format!("an operand is missing before {}", next(cursor)))
            .help("operands are queries (`$.a`, `@.a`), literals and functions");
    }
    let span = Span::new(cursor.at(), cursor.at() + word.len());
    let help = match word {
        "not" => "write `!` to negate".to_owned(),
        "True" | "False" | "None" | "Null" | "TRUE" | "FALSE" | "NULL" | "undefined" | "nil" => {
            "literals are written `true`, `false` and `null`".to_owned()
        }
        _ => format!("quote a string: `'{word}'`; begin a query with `$` or `@`: `$.{word}`"),
    };
    problem(span, format!("`{word}` is no operand")).help(help)
}

/// What follows a dot is no name.
pub(super) fn no_name(cursor: &Cursor<'_>) -> SyntaxError {
    let error = problem(cursor.here(), format!("a member's name is missing before {}", next(cursor)));
    error.help("names with other characters than letters, digits and `_` are written `['the-name']`")
}

/// What stands between brackets is no selector.
pub(super) fn no_selector(cursor: &Cursor<'_>) -> SyntaxError {
    let word = word(cursor.rest());
    if word.is_empty() {
        let message = format!("a selector is missing before {}", next(cursor));
        return problem(cursor.here(), message).help("write a quoted name, an index, `*`, a slice or a filter `?…`");
    }
    let span = Span::new(cursor.at(), cursor.at() + word.len());
    problem(span, format!("`{word}` is no selector")).help(format!("quote a name: `['{word}']`"))
}

/// A bracket or parenthesis is not closed where it should be.
pub(super) fn not_closed(cursor: &Cursor<'_>, open: Span) -> SyntaxError {
    if let Some(error) = wrong_operator(cursor).or_else(|| wrong_word(cursor)) {
        return error;
    }
    let opened = cursor.slice(open);
    let close = if opened == "[" { "]" } else { ")" };
    if cursor.is_end() {
        return problem(open, format!("`{opened}` is not closed")).help(format!("add `{close}`"));
    }
    problem(cursor.here(), format!("`{close}` is missing before {}", next(cursor)))
}

/// An operator of another language.
pub(super) fn wrong_operator(cursor: &Cursor<'_>) -> Option<SyntaxError> {
    const WRONG: [(&str, &str); 8] = [
        ("===", "write `==`"),
        ("!==", "write `!=`"),
        ("=~", "write `match($.a, 'pattern')` or `search($.a, 'pattern')`"),
        ("=>", "write `>=`"),
        ("=<", "write `<=`"),
        ("<>", "write `!=`"),
        ("~=", "write `search($.a, 'pattern')`"),
        ("=", "write `==`"),
    ];
    let rest = cursor.rest();
    if rest.starts_with("==") && !rest.starts_with("===") {
        return None;
    }
    let (operator, help) = WRONG.into_iter().find(|(operator, _)| rest.starts_with(operator))?;
    let span = Span::new(cursor.at(), cursor.at() + operator.len());
    Some(problem(span, format!("`{operator}` is no operator")).help(help))
}

fn wrong_word(cursor: &Cursor<'_>) -> Option<SyntaxError> {
    let word = word(cursor.rest());
    let help = match word {
        "and" | "AND" => "write `&&`",
        "or" | "OR" => "write `||`",
        "contains" => "write `$.items[?@ == 'x']`, or `search($.text, 'x')` for a part of a string",
        "in" => "write `$.a == 'x' || $.a == 'y'`",
        "is" | "eq" | "equals" => "write `==`",
        "empty" => "write `count($.items[*]) == 0`",
        _ => return None,
    };
    let span = Span::new(cursor.at(), cursor.at() + word.len());
    Some(problem(span, format!("`{word}` is no operator")).help(help))
}

/// Text after a whole condition.
pub(super) fn trailing(cursor: &mut Cursor<'_>, query_only: bool) -> SyntaxError {
    let blank = cursor.here();
    cursor.skip_space();
    if cursor.is_end() {
        return problem(blank, "blank space after the JSONPath").help("leave it out");
    }
    let rest = cursor.rest();
    if query_only && ["==", "!=", "<", ">", "&&", "||"].iter().any(|operator| rest.starts_with(operator)) {
        let error = problem(cursor.here(), "a comparison is no JSONPath query");
        return error.help("compare inside a filter `[?…]`, or write a condition of type `simple`");
    }
    if let Some(error) = wrong_operator(cursor).or_else(|| wrong_word(cursor)) {
        return error;
    }
    let error = problem(cursor.here(), format!("the condition goes on with {}", next(cursor)));
    match rest.as_bytes().first() {
        Some(b'-') => error.help("a name with `-` is written `['the-name']`; there is no arithmetic"),
        Some(b'=' | b'!' | b'<' | b'>') => error.help("comparisons can't be chained; join them by `&&`"),
        _ => error,
    }
}

/// An operand that is no test stands alone.
pub(super) fn not_compared(cursor: &Cursor<'_>, operand: &Operand) -> SyntaxError {
    let text = cursor.slice(operand.span);
    if let Some(error) = wrong_word_after(cursor) {
        return error;
    }
    let message = match &operand.kind {
        OperandKind::Literal(_) => format!("the literal `{text}` is compared with nothing"),
        OperandKind::Call(call) => format!("the value of `{}` is compared with nothing", call.function.name()),
        _ => format!("`{text}` is compared with nothing"),
    };
    problem(operand.span, message).help("add a comparison such as `== true`")
}

fn wrong_word_after(cursor: &Cursor<'_>) -> Option<SyntaxError> {
    let mut ahead = Cursor::new(cursor.slice(Span::new(0, cursor.at() + cursor.rest().len())), cursor.at());
    ahead.skip_space();
    wrong_word(&ahead)
}

pub(super) fn unknown_function(name: &str, span: Span) -> SyntaxError {
    let error = problem(span, format!("there is no function `{name}`"));
    error.help("the functions are `length`, `count`, `match`, `search` and `value`")
}

/// The tokens of a JSON Pointer fragment that starts the text.
fn pointer(text: &str) -> Option<&str> {
    let end = text.find(|next: char| next.is_whitespace() || "=!<>&|)".contains(next)).unwrap_or(text.len());
    text.get(..end)?.strip_prefix("#/")
}

fn json_pointer(cursor: &Cursor<'_>, pointer: &str) -> SyntaxError {
    let span = Span::new(cursor.at(), cursor.at() + pointer.len() + 2);
    let path = pointer.replace('/', ".");
    let error = problem(span, format!("`#/{pointer}` is a JSON Pointer, not a JSONPath"));
    error.help(format!(
        "write `$.{path} == 'x'`, a string in quotes, or a `simple` condition `$response.body#/{pointer} == 'x'`"
    ))
}

fn word(text: &str) -> &str {
    let end = text.find(|next: char| !next.is_alphanumeric() && next != '_').unwrap_or(text.len());
    text.get(..end).unwrap_or("")
}

fn next(cursor: &Cursor<'_>) -> String {
    match cursor.rest().chars().next() {
        None => "the end".to_owned(),
        Some(next) if next.is_control() => format!("the character U+{:04X}", u32::from(next)),
        Some('`') => "a backtick".to_owned(),
        Some(next) => format!("`{next}`"),
    }
}
