//! The places of a payload that replacements fill (ARZ-REPL-10, A-48).

use crate::arazzo::{PayloadReplacement, RequestBody};
use crate::expression::SelectorLanguage::{JsonPath, JsonPathDraft, JsonPointer};
use crate::jsonpath::{self, Anchor, Form, Mode, SelectorKind};
use crate::pointer;

use super::replacement::language_of;

/// The targets of replacements as JSON Pointers, each escaped the same way. Of one that selects in a way that is not followed
/// it is the place where that begins.
#[derive(Clone, Default)]
pub(super) struct Replaced {
    targets: Vec<String>,
}

impl Replaced {
    /// The targets of a body.
    pub(super) fn of(body: &RequestBody) -> Replaced {
        Replaced { targets: body.replacements.iter().map(target).collect() }
    }

    /// Whether a part is put there, itself or with what holds it.
    pub(super) fn covers(&self, path: &str) -> bool {
        self.targets.iter().any(|target| is_within(path, target))
    }

    /// Whether something within a part is put there.
    pub(super) fn reaches_into(&self, path: &str) -> bool {
        self.targets.iter().any(|target| target.len() > path.len() && is_within(target, path))
    }

    /// Whether a member of a part, or something within it, is put there.
    pub(super) fn gives(&self, path: &str, name: &str) -> bool {
        let mut member = path.to_owned();
        pointer::push(&mut member, name);
        self.targets.iter().any(|target| is_within(target, &member))
    }

    /// Whether items are added to a list of that many.
    pub(super) fn adds(&self, path: &str, count: usize) -> bool {
        self.targets.iter().any(|target| {
            let rest = target.strip_prefix(path).and_then(|rest| rest.strip_prefix('/'));
            let token = rest.and_then(|rest| rest.split('/').next());
            token.is_some_and(|token| token == "-" || pointer::index(token).is_some_and(|index| index >= count))
        })
    }
}

/// Whether a pointer leads to a place or into what is there.
fn is_within(pointer: &str, outer: &str) -> bool {
    pointer.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn target(replacement: &PayloadReplacement) -> String {
    let written = &replacement.target.value;
    let mut way = String::new();
    match language_of(replacement) {
        JsonPointer => {
            for token in pointer::tokens(written).into_iter().flatten() {
                pointer::push(&mut way, &token);
            }
        }
        language @ (JsonPath | JsonPathDraft) => {
            let mode = if language == JsonPathDraft { Mode::Draft } else { Mode::Lenient };
            let parsed = jsonpath::parse_condition(written, mode).map(|condition| condition.form);
            let Ok(Form::Query(query)) = parsed else { return way };
            let segments = query.segments.iter().filter(|_| query.anchor == Anchor::Root);
            for segment in segments {
                match segment.singular() {
                    Some(SelectorKind::Name(name)) => pointer::push(&mut way, name),
                    Some(SelectorKind::Index(index)) if *index >= 0 => pointer::push(&mut way, &index.to_string()),
                    _ => break,
                }
            }
        }
        _ => {}
    }
    way
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_compared_by_their_names() {
        let replaced = Replaced { targets: vec!["/a~1b/c".into(), "/quantityUnit".into(), "/l/-".into()] };
        assert!(replaced.covers("/a~1b/c") && replaced.covers("/a~1b/c/d") && !replaced.covers("/a~1b"));
        assert!(replaced.gives("", "a/b") && !replaced.gives("", "a") && !replaced.gives("", "quantity"));
        assert!(replaced.reaches_into("") && replaced.reaches_into("/l") && !replaced.reaches_into("/quantityUnit"));
        assert!(replaced.adds("/l", 3) && !replaced.adds("/a~1b", 0));
    }
}
