//! The tokens of XPath: names, numbers, blank space; and what can be said of a text before it is parsed.

use super::{MAX_DEPTH, MAX_LENGTH};
use crate::span::Span;
use crate::syntax::SyntaxError;

/// A place in the text, moving forward.
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Cursor<'t> {
        Cursor { text, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Goes back to a place where the cursor was.
    pub(super) fn reset(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub(super) fn slice(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or("")
    }

    pub(super) fn is_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Whether the rest begins so.
    pub(super) fn sees(&self, token: &str) -> bool {
        self.rest().starts_with(token)
    }

    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.sees(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Takes the token after blank space; without it the cursor stays.
    pub(super) fn eat_spaced(&mut self, token: &str) -> bool {
        let start = self.at;
        self.skip_space();
        let found = self.eat(token);
        if !found {
            self.at = start;
        }
        found
    }

    pub(super) fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    pub(super) fn since(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    /// The next character, or nothing at the end.
    pub(super) fn here(&self) -> Span {
        let width = self.rest().chars().next().map_or(0, char::len_utf8);
        Span::new(self.at, self.at + width)
    }

    /// A name without colon; empty if there is none.
    pub(super) fn name(&mut self) -> &'t str {
        let rest = self.rest();
        let mut end = 0;
        for (at, next) in rest.char_indices() {
            if !(if at == 0 { is_name_start(next) } else { is_name_char(next) }) {
                break;
            }
            end = at + next.len_utf8();
        }
        self.at += end;
        rest.get(..end).unwrap_or("")
    }

    /// `12`, `1.5`, `.5`, `1.`; empty if no number starts here.
    pub(super) fn number(&mut self) -> &'t str {
        let start = self.at;
        let whole = self.digits();
        if self.sees(".") {
            self.at += 1;
            let fraction = self.digits();
            if whole + fraction == 0 {
                self.at = start;
            }
        }
        self.slice(start)
    }

    fn digits(&mut self) -> usize {
        let rest = self.rest();
        let count = rest.len() - rest.trim_start_matches(|next: char| next.is_ascii_digit()).len();
        self.at += count;
        count
    }

    /// What stands between quotes, the opening one being next; `None` if they are not closed. `doubled` reads two quotes
    /// as one of the text (XPath 2.0).
    pub(super) fn quoted(&mut self, doubled: bool) -> Option<&'t str> {
        let quote = self.rest().chars().next()?;
        let start = self.at + 1;
        let mut from = start;
        loop {
            let close = from + self.text.get(from..)?.find(quote)?;
            let after = close + 1;
            if doubled && self.text.get(after..)?.starts_with(quote) {
                from = after + 1;
                continue;
            }
            self.at = after;
            return self.text.get(start..close);
        }
    }
}

/// Whether a name without colon may begin so (Namespaces in XML 1.0 §3, XML 1.0 §2.3).
pub(super) fn is_name_start(character: char) -> bool {
    matches!(character,
        'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

fn is_name_char(character: char) -> bool {
    is_name_start(character)
        || matches!(character, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Where the comment ends that begins at `start`; comments nest, and quotes mean nothing in them (XPath 2.0).
fn comment_end(text: &str, start: usize) -> Result<usize, SyntaxError> {
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("(:") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(":)") {
            depth -= 1;
            at += 2;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            return Ok(at);
        }
    }
    Err(SyntaxError::new("the comment is not closed", start..text.len()).help("add `:)`"))
}

pub(super) fn check_shape(text: &str) -> Result<(), SyntaxError> {
    if text.len() > MAX_LENGTH {
        return Err(SyntaxError::new(format!("an XPath of more than {MAX_LENGTH} bytes"), 0..text.len()));
    }
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut quote: Option<(usize, char)> = None;
    let mut behind = 0;
    for (at, next) in text.char_indices() {
        if at < behind {
            continue;
        }
        match (next, quote) {
            ('(', None) if text.get(at..).is_some_and(|rest| rest.starts_with("(:")) => behind = comment_end(text, at)?,
            (same, Some((_, mark))) if same == mark => quote = None,
            (_, Some(_)) => {}
            ('\'' | '"', None) => quote = Some((at, next)),
            ('(' | '[', None) => {
                open.push((at, if next == '(' { ')' } else { ']' }));
                if open.len() > MAX_DEPTH as usize {
                    return Err(SyntaxError::new(format!("nested deeper than {MAX_DEPTH} levels"), at..at + 1));
                }
            }
            (')' | ']', None) => match open.pop() {
                Some((_, close)) if close == next => {}
                Some((start, close)) => {
                    let message = format!("`{next}` closes what `{close}` should close");
                    return Err(SyntaxError::new(message, start..at + 1));
                }
                None => return Err(SyntaxError::new(format!("`{next}` closes nothing"), at..at + 1)),
            },
            _ => {}
        }
    }
    if let Some((start, mark)) = quote {
        return Err(
            SyntaxError::new("the string is not closed", start..text.len()).help(format!("add the closing `{mark}`"))
        );
    }
    match open.pop() {
        Some((at, close)) => Err(SyntaxError::new(format!("`{close}` is missing"), at..text.len())),
        None => Ok(()),
    }
}
