//! The lexical rules that expressions share: identifiers, names, navigation, JSON Pointers.

use super::ast::{Path, Tolerance};
use crate::syntax::SyntaxError;

/// `identifier-strict`: the characters of step, workflow and source names (ARZ-EXPR-29).
pub(super) fn is_strict_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// `tchar` of RFC 9110: the characters of a header field's name.
pub(super) fn is_token_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(character)
}

/// Whether the 1.1 grammar's `*CHAR` accepts the text: `"` and `\` only as JSON escapes.
pub(super) fn is_char_text(text: &str) -> bool {
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        match character {
            '"' | '{' | '}' | '\0'..='\x1F' => return false,
            '\\' => match rest.next() {
                Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => {}
                Some('u') if rest.by_ref().take(4).filter(char::is_ascii_hexdigit).count() == 4 => {}
                _ => return false,
            },
            _ => {}
        }
    }
    true
}

/// Reads `NAME` with navigation, and a JSON Pointer after `#`, from byte `at` to the end.
///
/// # Errors
/// If the name is empty or holds what neither a name nor navigation can.
pub(super) fn named(text: &str, at: usize, what: &str) -> Result<(Path, Option<Tolerance>), SyntaxError> {
    let (end, looseness) = name(text, at)?;
    if end == at {
        let range = at.min(text.len())..text.len();
        return Err(SyntaxError::new(format!("the name of {what} is missing"), range));
    }
    let (pointer, pointer_looseness) = pointer(text, end)?;
    Ok((Path { name: text[at..end].to_owned(), pointer }, looseness.or(pointer_looseness)))
}

/// Reads what may follow `body`: navigation, then a JSON Pointer after `#`.
///
/// # Errors
/// If anything else follows.
pub(super) fn after_body(text: &str, at: usize) -> Result<(Path, Option<Tolerance>), SyntaxError> {
    let rest = &text[at..];
    if !rest.is_empty() && !rest.starts_with(['.', '[', '#']) {
        let error = SyntaxError::new(format!("`{rest}` can't follow `{}`", &text[..at]), at..text.len());
        let pointer = rest.trim_start_matches('/');
        return Err(error.help(format!("point into the body with `{}#/{pointer}`", &text[..at])));
    }
    let (end, _) = name(text, at)?;
    let navigation = &text[at..end];
    if navigation.ends_with('.') || navigation.contains("..") {
        return Err(SyntaxError::new("a member's name is missing between or after the dots", at..end));
    }
    let (pointer, pointer_looseness) = pointer(text, end)?;
    let looseness = (!navigation.is_empty()).then_some(Tolerance::Navigation);
    Ok((Path { name: navigation.to_owned(), pointer }, looseness.or(pointer_looseness)))
}

/// The end of a name that starts at byte `at` (up to `#` or the end), and how it departs from `identifier`.
fn name(text: &str, at: usize) -> Result<(usize, Option<Tolerance>), SyntaxError> {
    let mut looseness = None;
    let mut at = at;
    while let Some(character) = text[at..].chars().next() {
        match character {
            '#' => break,
            '[' => {
                at = bracket(text, at)?;
                looseness = Some(Tolerance::Navigation);
                if !(text[at..].is_empty() || text[at..].starts_with(['.', '[', '#'])) {
                    let rest = at..text.len();
                    return Err(SyntaxError::new("only `.`, `[` or `#` can follow a bracket", rest));
                }
                continue;
            }
            'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '_' | '.' => {}
            _ if is_name_character(character) => looseness = looseness.or(Some(Tolerance::Name)),
            _ => return Err(unexpected(text, at, character)),
        }
        at += character.len_utf8();
    }
    Ok((at, looseness))
}

/// What a name may hold beyond the grammar, as 1.0 allowed: anything that can't end an expression in running text.
fn is_name_character(character: char) -> bool {
    !character.is_whitespace() && !character.is_control() && !"[]{}()<>=!&|,;\"'`\\*?".contains(character)
}

fn unexpected(text: &str, at: usize, character: char) -> SyntaxError {
    let range = at..at + character.len_utf8();
    if character.is_whitespace() {
        return SyntaxError::new("white space inside a runtime expression", at..text.len())
            .help(format!("to put an expression into a longer text, wrap it in braces: `{{{}}}`", &text[..at]));
    }
    SyntaxError::new(format!("`{character}` can't stand in a runtime expression here"), range)
}

/// The byte after `[0]`, `['name']`, `["name"]` or `[name]` that starts at byte `at`.
fn bracket(text: &str, at: usize) -> Result<usize, SyntaxError> {
    let refused = || {
        let end = text[at..].find(']').map_or(text.len(), |close| at + close + 1);
        SyntaxError::new(format!("`{}` is no index", &text[at..end]), at..end)
            .help("use an index such as `[0]`; to filter, use a Selector Object with `type: jsonpath` (Arazzo 1.1)")
    };
    let inside = &text[at + 1..];
    for quote in ['\'', '"'] {
        if let Some(quoted) = inside.strip_prefix(quote) {
            let close = quoted.find(quote).filter(|close| quoted[close + 1..].starts_with(']'));
            return close.map(|close| at + 2 + close + 2).ok_or_else(refused);
        }
    }
    let close = inside.find(']').ok_or_else(refused)?;
    let index = &inside[..close];
    let is_index = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
    let is_word =
        is_strict_identifier(index) && !index.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    if is_index || is_word { Ok(at + 1 + close + 1) } else { Err(refused()) }
}

/// Reads `#` and a JSON Pointer at byte `at`, to the end (ARZ-EXPR-27); nothing at the end.
///
/// # Errors
/// If the pointer does not begin with `/` or holds a `~` that is not `~0` or `~1`.
pub(super) fn pointer(text: &str, at: usize) -> Result<(Option<String>, Option<Tolerance>), SyntaxError> {
    let Some(pointer) = text[at..].strip_prefix('#') else { return Ok((None, None)) };
    if !pointer.is_empty() && !pointer.starts_with('/') {
        let fixed = format!("{}#/{}", &text[..at], pointer.trim_start_matches('.'));
        return Err(SyntaxError::new(format!("the JSON Pointer `{pointer}` must begin with `/`"), at + 1..text.len())
            .help(format!("did you mean `{fixed}`?")));
    }
    if crate::pointer::tokens(pointer).is_none() {
        let bad = pointer.match_indices('~').find(|(at, _)| !pointer[at + 1..].starts_with(['0', '1']));
        let start = at + 1 + bad.map_or(0, |(offset, _)| offset);
        return Err(SyntaxError::new("`~` in a JSON Pointer must be followed by `0` or `1`", start..start + 1)
            .help("write `~0` for `~` and `~1` for `/`"));
    }
    let bracketed = pointer.split('/').any(|token| {
        let index = token.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(index, _)| index);
        index.is_some_and(|index| index.bytes().all(|byte| byte.is_ascii_digit()))
    });
    Ok((Some(pointer.to_owned()), bracketed.then_some(Tolerance::PointerNavigation)))
}
