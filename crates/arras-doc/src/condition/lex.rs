//! A simple condition's text into tokens.

use super::ast::Operator;
use crate::syntax::SyntaxError;

/// A token and the bytes it stands in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    Open,
    Close,
    OpenBrace,
    CloseBrace,
    Not,
    And,
    Or,
    Operator(Operator),
    /// In single quotes, decoded.
    String(String),
    /// In double quotes, decoded.
    DoubleQuoted(String),
    /// From `$` up to white space or an operator's character, or all that stands in braces; the text is the source's.
    Operand,
    /// `{$…}` around an operand; `start` and `end` include the braces.
    BracedOperand,
    /// Any other run of characters: numbers, `true`, `application/json`.
    Word,
}

/// What ends an operand (A-24) and an unquoted word.
fn ends_operand(character: char) -> bool {
    character.is_whitespace() || "!&()<=>{|}".contains(character)
}

/// Whether an expression's text must stand in braces to be read back as one operand.
pub(super) fn needs_braces(expression: &str) -> bool {
    expression.contains(ends_operand)
}

/// Splits a condition into tokens.
///
/// # Errors
/// At a string that does not end, and at characters that only look like operators.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, SyntaxError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        if character.is_whitespace() {
            at += character.len_utf8();
            continue;
        }
        let (kind, end) = token(text, at, character)?;
        tokens.push(Token { kind, start: at, end });
        at = end;
    }
    Ok(tokens)
}

fn token(text: &str, at: usize, first: char) -> Result<(TokenKind, usize), SyntaxError> {
    if let Some(found) = operator(text, at)? {
        return Ok(found);
    }
    match first {
        '(' => Ok((TokenKind::Open, at + 1)),
        ')' => Ok((TokenKind::Close, at + 1)),
        '}' => Ok((TokenKind::CloseBrace, at + 1)),
        '{' => Ok(match braced_operand(text, at) {
            Some(end) => (TokenKind::BracedOperand, end),
            None => (TokenKind::OpenBrace, at + 1),
        }),
        '\'' => single_quoted(text, at),
        '"' => double_quoted(text, at),
        '$' => Ok((TokenKind::Operand, run(text, at))),
        _ => Ok((TokenKind::Word, run(text, at))),
    }
}

fn run(text: &str, at: usize) -> usize {
    text[at..].find(ends_operand).map_or(text.len(), |end| at + end)
}

const OPERATORS: [(&str, TokenKind); 9] = [
    ("&&", TokenKind::And),
    ("||", TokenKind::Or),
    ("==", TokenKind::Operator(Operator::Equal)),
    ("!=", TokenKind::Operator(Operator::NotEqual)),
    ("<=", TokenKind::Operator(Operator::LessOrEqual)),
    (">=", TokenKind::Operator(Operator::GreaterOrEqual)),
    ("<", TokenKind::Operator(Operator::Less)),
    (">", TokenKind::Operator(Operator::Greater)),
    ("!", TokenKind::Not),
];

/// Spellings of other languages, and ours.
const MISTAKEN: [(&str, &str); 8] =
    [("===", "=="), ("!==", "!="), ("=~", "=="), ("=>", ">="), ("=<", "<="), ("<>", "!="), ("&", "&&"), ("|", "||")];

fn operator(text: &str, at: usize) -> Result<Option<(TokenKind, usize)>, SyntaxError> {
    let rest = &text[at..];
    let known = OPERATORS.iter().find(|(spelling, _)| rest.starts_with(spelling));
    let mistaken = MISTAKEN.iter().find(|(spelling, _)| rest.starts_with(spelling));
    match (known, mistaken) {
        // `=> ` must not be read as `=`, nor `===` as `==`, yet `&&` is no `&`
        (known, Some((wrong, right))) if known.is_none_or(|(spelling, _)| spelling.len() < wrong.len()) => {
            let error = SyntaxError::new(format!("`{wrong}` is no operator"), at..at + wrong.len());
            let help = match *wrong {
                "=~" => "to match a pattern, use a criterion of `type: regex` with a `context`".into(),
                _ => format!("write `{right}`"),
            };
            Err(error.help(help))
        }
        (Some((spelling, kind)), _) => Ok(Some((kind.clone(), at + spelling.len()))),
        (None, _) if rest.starts_with('=') => {
            Err(SyntaxError::new("`=` is no operator", at..at + 1).help("write `==` to compare"))
        }
        (None, _) => Ok(None),
    }
}

/// The end of `{$…}` at byte `at` if it holds one operand rather than a condition.
fn braced_operand(text: &str, at: usize) -> Option<usize> {
    let inner_start = at + 1;
    let inner = text[inner_start..].strip_prefix('$')?;
    let close = inner.find(['{', '}']).filter(|close| inner[*close..].starts_with('}'))?;
    let inside = &inner[..close];
    let is_condition = OPERATORS.iter().any(|(spelling, _)| *spelling != "!" && inside.contains(spelling));
    (!is_condition).then_some(inner_start + 1 + close + 1)
}

/// `'it''s'` (ARZ-COND-02)
fn single_quoted(text: &str, at: usize) -> Result<(TokenKind, usize), SyntaxError> {
    let mut decoded = String::new();
    let mut from = at + 1;
    while let Some(quote) = text[from..].find('\'') {
        decoded.push_str(&text[from..from + quote]);
        from += quote + 1;
        if !text[from..].starts_with('\'') {
            return Ok((TokenKind::String(decoded), from));
        }
        decoded.push('\'');
        from += 1;
    }
    let error = SyntaxError::new("the string does not end", at..text.len());
    Err(error.help("close it with `'`; a quote inside a string is written `''`"))
}

/// `"text"` with JSON's escapes (A-24b)
fn double_quoted(text: &str, at: usize) -> Result<(TokenKind, usize), SyntaxError> {
    let mut escaped = false;
    for (offset, character) in text[at + 1..].char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                let end = at + 1 + offset + 1;
                let decoded = unescape(&text[at..end]).ok_or_else(|| {
                    SyntaxError::new("an escape that JSON does not know", at..end)
                        .help("use single quotes, where `\\` is a character like any other")
                })?;
                return Ok((TokenKind::DoubleQuoted(decoded), end));
            }
            _ => {}
        }
    }
    Err(SyntaxError::new("the string does not end", at..text.len()).help("put strings into single quotes: `'text'`"))
}

/// A JSON string's text; line breaks and tabs may stand in it as they are.
fn unescape(quoted: &str) -> Option<String> {
    if !quoted.contains('\\') {
        return Some(quoted.trim_matches('"').to_owned());
    }
    let plain = quoted.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t");
    serde_json::from_str(&plain).ok()
}
