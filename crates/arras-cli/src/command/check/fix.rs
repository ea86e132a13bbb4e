//! `--fix`: carries out the changes that findings offer, as edits of bytes, so that comments and layout stay.

use std::collections::BTreeMap;
use std::fs;

use arras_doc::diagnostic::{Diagnostic, Edit};
use arras_doc::read;
use arras_doc::source::{Source, SourceId};

use super::Round;

/// How often files are checked anew after changes, since one can bring another to light.
pub(super) const ROUNDS: usize = 10;

/// How many changes of a file are tried one by one, where all of them together make it unreadable.
const TRIED: usize = 200;

/// What one round of changes did.
#[derive(Debug, Default)]
pub(super) struct Fixed {
    /// How many findings were mended.
    pub(super) count: usize,
    /// Files that could not be changed, and why.
    pub(super) refused: Vec<String>,
    changed: Vec<Changed>,
}

/// A file's name, and its text before and after.
#[derive(Debug)]
struct Changed {
    name: String,
    before: String,
    after: String,
}

impl Fixed {
    /// Takes the changes back, in files that nobody else has changed since.
    pub(super) fn undo(&self) -> Result<(), String> {
        for Changed { name, before, after } in &self.changed {
            let failed = |error| format!("`{name}` can't be changed back: {error}");
            if fs::read(name).map_err(failed)? == after.as_bytes() {
                fs::write(name, before).map_err(failed)?;
            }
        }
        Ok(())
    }
}

/// A finding that changes have brought: `after` has more of its rule and message than `before`.
pub(super) fn brought<'a>(before: &[Diagnostic], after: &'a [Diagnostic]) -> Option<&'a Diagnostic> {
    let mut left: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    before.iter().for_each(|one| *left.entry((one.rule.id, &one.message)).or_default() += 1);
    after.iter().find(|one| match left.get_mut(&(one.rule.id, one.message.as_str())) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    })
}

/// Carries out the changes of a round in the files that were asked for; never in what they refer to.
pub(super) fn carry_out(round: &Round) -> Fixed {
    let mut fixed = Fixed::default();
    for (id, edits) in chosen(&round.checked.diagnostics) {
        let Some(source) = round.places.source(id) else { continue };
        if !round.checked.files.iter().any(|file| **file == *source.name) {
            continue;
        }
        match write(source, &edits) {
            Ok((count, changed)) => {
                fixed.count += count;
                fixed.changed.extend(changed);
            }
            Err(why) => fixed.refused.push(why),
        }
    }
    fixed
}

/// The edits of all changes that do not get in each other's way, by text, in order; the rest waits for the next round.
fn chosen(diagnostics: &[Diagnostic]) -> BTreeMap<SourceId, Vec<&Edit>> {
    let mut chosen: BTreeMap<SourceId, Vec<&Edit>> = BTreeMap::new();
    for fix in diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref()) {
        let free = |edit: &Edit| {
            let others = chosen.get(&edit.source).into_iter().flatten();
            let apart = |other: &Edit| edit.span.end < other.span.start || other.span.end < edit.span.start;
            others.into_iter().all(|other| apart(other))
        };
        if fix.edits.iter().all(free) {
            fix.edits.iter().for_each(|edit| chosen.entry(edit.source).or_default().push(edit));
        }
    }
    chosen.values_mut().for_each(|edits| edits.sort_by_key(|edit| edit.span.start));
    chosen
}

/// Writes a file with its edits, unless it has changed since it was read.
fn write(source: &Source, edits: &[&Edit]) -> Result<(usize, Option<Changed>), String> {
    let name = &source.name;
    let bytes = fs::read(&**name).map_err(|error| format!("`{name}` can't be changed: {error}"))?;
    let mark = if bytes.starts_with("\u{feff}".as_bytes()) { "\u{feff}" } else { "" };
    if bytes.get(mark.len()..) != Some(source.text.as_bytes()) {
        return Err(format!("`{name}` is left alone: it has changed meanwhile"));
    }
    let (changed, count) = sound(&source.text, edits);
    if count == 0 {
        return Ok((0, None));
    }
    let (before, after) = (format!("{mark}{}", source.text), format!("{mark}{changed}"));
    fs::write(&**name, &after).map_err(|error| format!("`{name}` can't be changed: {error}"))?;
    Ok((count, Some(Changed { name: name.to_string(), before, after })))
}

/// The text with its edits, and how many there are; one that would make the text unreadable is left out.
fn sound(text: &str, edits: &[&Edit]) -> (String, usize) {
    let before = problems(text);
    let all = applied(text, edits);
    if problems(&all) <= before {
        return (all, edits.len());
    }
    let mut kept: Vec<&Edit> = Vec::new();
    for edit in edits.iter().take(TRIED) {
        kept.push(edit);
        if problems(&applied(text, &kept)) > before {
            kept.pop();
        }
    }
    (applied(text, &kept), kept.len())
}

/// How much keeps a text from being read; the most if there is no structure in it.
fn problems(text: &str) -> usize {
    let (tree, found) = read::read(&Source::new("", "", text), SourceId(0));
    tree.map_or(usize::MAX, |_| found.iter().filter(|one| one.is_error()).count())
}

/// The text with edits that are in order and apart from each other.
fn applied(text: &str, edits: &[&Edit]) -> String {
    let mut changed = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let span = edit.span.range();
        changed.push_str(text.get(at..span.start).unwrap_or_default());
        changed.push_str(&edit.replacement);
        at = span.end;
    }
    changed.push_str(text.get(at..).unwrap_or_default());
    changed
}

#[cfg(test)]
mod tests {
    use arras_doc::diagnostic::Fix;
    use arras_doc::rule;
    use arras_doc::span::Span;

    use super::*;

    fn finding(edits: &[(usize, usize, &str)]) -> Diagnostic {
        let edit = |(start, end, text): &(usize, usize, &str)| Edit {
            source: SourceId(0),
            span: Span::new(*start, *end),
            replacement: (*text).to_owned(),
        };
        let fix = Fix { title: String::new(), edits: edits.iter().map(edit).collect() };
        Diagnostic::new(rule::CYCLE, "x").fix(fix)
    }

    #[test]
    fn a_change_that_breaks_the_text_is_left_out() {
        let edit = |start, end, text: &str| Edit {
            source: SourceId(0),
            span: Span::new(start, end),
            replacement: text.into(),
        };
        let (breaks, mends) = (edit(3, 4, "'x"), edit(8, 9, "y"));
        assert_eq!(sound("a: 1\nb: 2\n", &[&breaks, &mends]), ("a: 1\nb: y\n".to_owned(), 1));
    }

    #[test]
    fn changes_that_meet_wait_for_the_next_round() {
        let found = [
            finding(&[(4, 5, "X")]),
            finding(&[(0, 1, "A"), (4, 6, "Y")]),
            finding(&[(2, 3, "BB")]),
            finding(&[(4, 5, "X")]),
        ];
        let chosen = chosen(&found);
        assert_eq!(applied("abcdefg", &chosen[&SourceId(0)]), "abBBdXfg");
    }
}
