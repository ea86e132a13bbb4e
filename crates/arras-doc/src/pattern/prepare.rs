//! What stands around a pattern: `/pattern/flags`, a leading `(?i)`.

use super::Tolerance;
use super::ast::Flags;
use crate::syntax::SyntaxError;

/// A pattern without what stands around it.
pub(super) struct Prepared<'t> {
    pub(super) body: &'t str,
    /// Where the body starts in the text.
    pub(super) offset: usize,
    pub(super) flags: Flags,
    pub(super) tolerances: Vec<Tolerance>,
}

pub(super) fn prepare(text: &str) -> Result<Prepared<'_>, SyntaxError> {
    let mut prepared = Prepared { body: text, offset: 0, flags: Flags::default(), tolerances: Vec::new() };
    if let Some((body, letters)) = delimited(text) {
        prepared.body = body;
        prepared.offset = 1;
        prepared.tolerances.push(Tolerance::Slashes);
        for letter in letters.chars() {
            let known = prepared.flags.set(letter, true) || matches!(letter, 'g' | 'd' | 'u');
            if !known {
                let start = text.len() - letters.len();
                let message = format!("the flag `{letter}` is not supported in a condition");
                return Err(
                    SyntaxError::new(message, start..text.len()).help("use none of the flags but `i`, `m` and `s`")
                );
            }
        }
    }
    if let Some((letters, rest)) = prepared.body.strip_prefix("(?").and_then(|rest| rest.split_once(')'))
        && !letters.is_empty()
        && letters.chars().all(|letter| matches!(letter, 'i' | 'm' | 's'))
    {
        letters.chars().for_each(|letter| {
            prepared.flags.set(letter, true);
        });
        prepared.offset += prepared.body.len() - rest.len();
        prepared.body = rest;
        prepared.tolerances.push(Tolerance::LeadingFlags);
    }
    Ok(prepared)
}

/// The pattern and the flags of `/pattern/flags`; a `/` inside must be escaped or in a class, else it is no such form.
fn delimited(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('/')?;
    let close = inner.rfind('/').filter(|close| *close > 0)?;
    let (body, letters) = (&inner[..close], &inner[close + 1..]);
    let mut seen = String::new();
    for letter in letters.chars() {
        if !"dgimsuvy".contains(letter) || seen.contains(letter) {
            return None;
        }
        seen.push(letter);
    }
    let (mut escaped, mut in_class) = (false, false);
    for character in body.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => return None,
            _ => {}
        }
    }
    (!escaped && !in_class).then_some((body, letters))
}
