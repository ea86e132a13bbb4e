//! A payload that is written as JSON text, with expressions in it (A-43).

use std::ops::Range;
use std::sync::Arc;

use crate::expression::{Expression, Piece, embed_unbraced, pieces};
use crate::json;
use crate::node::{NodeRef, Tree};
use crate::rule;
use crate::span::Span;
use crate::value::Value;

use super::shape::Shape;
use super::value::Sent;
use super::{Lint, Scope};

/// What stands for the value of an expression; a private character that no document means anything by.
pub(super) const LATER: char = '\u{E000}';

impl<'d> Lint<'d> {
    /// The text is JSON whatever its expressions give, and what stands in it fits the schema.
    pub(super) fn check_json_text(
        &mut self,
        sent: &Sent<'d>,
        scope: Scope<'d>,
        node: NodeRef<'d>,
        shape: &Shape<'d>,
        anchor: Span,
    ) {
        let Some(text) = node.as_str() else { return };
        let document = self.document;
        let Some(filled) = Filled::of(text, &|expression| document.declares(scope.index, expression)) else { return };
        let map = node.source_map();
        let place = |span: Span| map.span(filled.origin(span.start as usize), filled.origin(span.end as usize));
        let tree = match json::parse(&Arc::from(filled.text.as_str())) {
            Ok(tree) => tree,
            // a run reads deeper than is looked at here
            Err(error) if error.rule == rule::TOO_LARGE => {
                if let Err(error) = Value::from_json(&filled.text) {
                    let length = filled.text[error.offset..].chars().next().map_or(0, char::len_utf8);
                    let span = map.span(filled.origin(error.offset), filled.origin(error.offset + length));
                    let message = format!("a run can't read the payload: {}", error.message);
                    self.note(rule::INEXPRESSIBLE_PAYLOAD, span, message);
                }
                return;
            }
            Err(error) => {
                let message = format!("the payload is no JSON: {}", error.message);
                let diagnostic = self.note(rule::INEXPRESSIBLE_PAYLOAD, place(error.span), message);
                diagnostic.help = Some("mend the text, or write the payload as an object of the document".into());
                return;
            }
        };
        self.check_structure(sent, &tree, shape, |span| span.map_or(anchor, place));
    }

    /// What a text spells fits the schema; findings stand where `place` says that a part of it was written, or the whole.
    pub(super) fn check_structure(
        &mut self,
        sent: &Sent<'d>,
        spelled: &Tree,
        shape: &Shape<'d>,
        place: impl Fn(Option<Span>) -> Span,
    ) {
        let sent = Sent { unknown: Some(LATER), replaced: sent.replaced.clone(), ..*sent };
        // an empty span means the text as a whole
        let mut found = sent.check(self, spelled.root(), None, shape, Span::default());
        for diagnostic in &mut found {
            diagnostic.fix = None;
            if let Some(label) = diagnostic.labels.first_mut() {
                label.span = place(Some(label.span).filter(|span| !span.is_empty()));
            }
        }
        self.diagnostics.extend(found);
    }
}

/// A text in which a mark stands for each expression.
pub(super) struct Filled {
    pub(super) text: String,
    /// Where parts of it begin, and where the same is in the text as written.
    parts: Vec<(usize, usize)>,
}

impl Default for Filled {
    fn default() -> Filled {
        Filled { text: String::new(), parts: vec![(0, 0)] }
    }
}

impl Filled {
    /// `None` if an expression in it is wrong, which has been told; if the text is not sent as JSON text, for it begins
    /// with an expression; and if an expression gives a part of a number or a word, so that nobody knows what stands there.
    fn of(text: &str, declared: &dyn Fn(&Expression) -> bool) -> Option<Filled> {
        let mut filled = Filled::default();
        let (mut string, mut escape) = (false, false);
        // whether what stood before is an expression outside of quotes
        let mut behind = false;
        let pieces = placed(text, declared)?;
        if !matches!(pieces.first(), Some((Piece::Text(text), _)) if text.trim_start().starts_with(['{', '['])) {
            return None;
        }
        for (piece, place) in pieces {
            match piece {
                Piece::Text(text) => {
                    if behind && text.starts_with(is_joined) {
                        return None;
                    }
                    behind = false;
                    for character in text.chars() {
                        match character {
                            _ if escape => escape = false,
                            '\\' if string => escape = true,
                            '"' => string = !string,
                            _ => {}
                        }
                    }
                    filled.text.push_str(&text);
                }
                Piece::Expression(_) => {
                    if !string && (behind || filled.text.ends_with(is_joined)) {
                        return None;
                    }
                    behind = !string;
                    filled.later(string, place);
                }
            }
        }
        Some(filled)
    }

    /// What follows begins at a byte of the text as written.
    pub(super) fn begins(&mut self, written: usize) {
        self.parts.push((self.text.len(), written));
    }

    /// Puts the mark for an expression that stands at those bytes of the text as written.
    pub(super) fn later(&mut self, in_string: bool, place: Range<usize>) {
        let (before, mark) = (self.text.len(), LATER);
        match in_string {
            true => self.text.push(mark),
            false => self.text.extend(['"', mark, '"']),
        }
        self.parts.push((before, place.start));
        self.parts.push((self.text.len(), place.end));
    }

    /// Where a byte of it is in the text as written.
    pub(super) fn origin(&self, at: usize) -> usize {
        let after = self.parts.partition_point(|(start, _)| *start <= at);
        let part = after.checked_sub(1).and_then(|last| self.parts.get(last)).copied().unwrap_or_default();
        let next = self.parts.get(after).map(|(_, written)| *written);
        (part.1 + (at - part.0)).min(next.unwrap_or(usize::MAX))
    }
}

/// The pieces of a text, each with its bytes; `None` if an expression in it is wrong, which has been told.
pub(super) fn placed(text: &str, declared: &dyn Fn(&Expression) -> bool) -> Option<Vec<(Piece, Range<usize>)>> {
    let unplaced = Span::default();
    let mut at = 0;
    let place = |piece: Piece| {
        let begin = at;
        at = match &piece {
            Piece::Text(text) => at + text.len(),
            Piece::Expression(expression) if expression.span == unplaced => at + expression.text.len(),
            // its braces are not in its span
            Piece::Expression(expression) => expression.span.end as usize + 1,
        };
        (piece, begin..at)
    };
    Some(embed_unbraced(pieces(text).ok()?, unplaced, declared).0.into_iter().map(place).collect())
}

/// Whether a character can be a part of a number or a word of JSON.
fn is_joined(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '+' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_found_again_behind_expressions() {
        let text = r#"{"a": "x{$inputs.long}y", "b": {$inputs.b}, "c": $inputs.c, "d": 1}"#;
        let filled = Filled::of(text, &|_| true).expect("a text");
        let at = |part: &str| filled.text.find(part).map(|at| filled.origin(at));
        for part in ["\"a\"", "y\"", "\"b\"", "\"c\"", "\"d\"", "1}"] {
            assert_eq!(at(part), text.find(part), "{part} in {}", filled.text);
        }
        assert!(json::parse(&Arc::from(filled.text.as_str())).is_ok(), "{}", filled.text);
    }
}
