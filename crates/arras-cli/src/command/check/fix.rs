//! `--fix`: carries out the changes that findings offer, as edits of bytes, so that comments and layout stay.

use std::collections::{BTreeMap, HashSet};
use std::fs;

use arras_doc::diagnostic::{Diagnostic, Edit, Fix};
use arras_doc::read;
use arras_doc::source::{Source, SourceId};

use super::Round;

/// How often files are checked anew after changes, since one can bring another to light, and one that does harm is searched
/// for among the others.
pub(super) const ROUNDS: usize = 60;

/// How many changes of a file are tried one by one, where all of them together make it unreadable.
const TRIED: usize = 200;

/// Which changes are carried out in a round.
#[derive(Debug)]
pub(super) struct Choice {
    /// At most so many.
    most: usize,
    /// None of these, which do harm.
    harmful: HashSet<Change>,
}

/// A change, whichever bytes it is at by now: the file, the finding, and the line of the text.
type Change = (String, String, String);

impl Default for Choice {
    fn default() -> Choice {
        Choice { most: usize::MAX, harmful: HashSet::new() }
    }
}

impl Choice {
    /// Learns from a round that did harm: the only change of it is the harmful one, else fewer are tried.
    pub(super) fn narrow(&mut self, fixed: &Fixed) {
        match fixed.changes.as_slice() {
            [only] => {
                self.harmful.insert(only.clone());
                self.most = usize::MAX;
            }
            many => self.most = (many.len() / 2).max(1),
        }
    }

    /// Learns from a round that did well: more may be tried.
    pub(super) fn widen(&mut self) {
        self.most = self.most.saturating_mul(2);
    }
}

/// What one round of changes did.
#[derive(Debug, Default)]
pub(super) struct Fixed {
    /// How many findings were mended.
    pub(super) count: usize,
    changes: Vec<Change>,
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
    /// The only change of the round, in words.
    pub(super) fn only(&self) -> Option<&str> {
        match self.changes.as_slice() {
            [(_, what, _)] => Some(what),
            _ => None,
        }
    }

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
pub(super) fn carry_out(round: &Round, choice: &Choice) -> Fixed {
    let mut fixed = Fixed::default();
    let asked = |diagnostic: &&Diagnostic| {
        let source = diagnostic.primary().and_then(|label| round.places.source(label.source));
        source.is_some_and(|source| {
            let is_asked = round.checked.files.iter().any(|file| **file == *source.name);
            is_asked && change(diagnostic, source).is_some_and(|change| !choice.harmful.contains(&change))
        })
    };
    for (id, found) in chosen(round.checked.diagnostics.iter().filter(asked), choice.most) {
        let Some(source) = round.places.source(id) else { continue };
        match write(source, &found) {
            Ok((kept, changed)) => {
                fixed.count += kept.len();
                fixed.changes.extend(kept.into_iter().filter_map(|found| change(found, source)));
                fixed.changed.extend(changed);
            }
            Err(why) => fixed.refused.push(why),
        }
    }
    fixed
}

fn change(diagnostic: &Diagnostic, source: &Source) -> Option<Change> {
    let fix = diagnostic.fix.as_ref()?;
    let at = fix.edits.first()?.span.start as usize;
    let (before, after) = (source.text.get(..at)?, source.text.get(at..)?);
    let line = before.rsplit('\n').next().unwrap_or_default().to_owned() + after.split('\n').next().unwrap_or_default();
    Some((source.name.to_string(), format!("{} ({})", fix.title, diagnostic.rule.id), line))
}

/// The findings whose changes do not get in each other's way, by text; the rest waits for the next round.
fn chosen<'d>(
    diagnostics: impl Iterator<Item = &'d Diagnostic>,
    most: usize,
) -> BTreeMap<SourceId, Vec<&'d Diagnostic>> {
    let mut chosen: BTreeMap<SourceId, Vec<&Diagnostic>> = BTreeMap::new();
    let mut count = 0;
    for diagnostic in diagnostics {
        let edits = edits_of(diagnostic);
        let Some(id) = edits.first().map(|edit| edit.source) else { continue };
        let apart = |one: &Edit, other: &Edit| one.span.end < other.span.start || other.span.end < one.span.start;
        let free = |edit: &Edit| {
            let others = chosen.get(&id).into_iter().flatten().flat_map(|other| edits_of(other));
            edit.source == id && others.into_iter().all(|other| apart(edit, other))
        };
        if count < most && edits.iter().all(free) {
            chosen.entry(id).or_default().push(diagnostic);
            count += 1;
        }
    }
    chosen
}

fn edits_of(diagnostic: &Diagnostic) -> &[Edit] {
    diagnostic.fix.as_ref().map_or(&[], |fix: &Fix| fix.edits.as_slice())
}

/// Writes a file with the changes of the findings, unless it has changed since it was read; gives those that were carried
/// out.
fn write<'d>(source: &Source, found: &[&'d Diagnostic]) -> Result<(Vec<&'d Diagnostic>, Option<Changed>), String> {
    let name = &source.name;
    let bytes = fs::read(&**name).map_err(|error| format!("`{name}` can't be changed: {error}"))?;
    let mark = if bytes.starts_with("\u{feff}".as_bytes()) { "\u{feff}" } else { "" };
    if bytes.get(mark.len()..) != Some(source.text.as_bytes()) {
        return Err(format!("`{name}` is left alone: it has changed meanwhile"));
    }
    let (changed, kept) = sound(&source.text, found);
    if kept.is_empty() {
        return Ok((kept, None));
    }
    let (before, after) = (format!("{mark}{}", source.text), format!("{mark}{changed}"));
    fs::write(&**name, &after).map_err(|error| format!("`{name}` can't be changed: {error}"))?;
    Ok((kept, Some(Changed { name: name.to_string(), before, after })))
}

/// The text with the changes, and the findings that they are of; one that would make the text unreadable is left out.
fn sound<'d>(text: &str, found: &[&'d Diagnostic]) -> (String, Vec<&'d Diagnostic>) {
    let before = problems(text);
    let all = applied(text, found);
    if problems(&all) <= before {
        return (all, found.to_vec());
    }
    let mut kept: Vec<&Diagnostic> = Vec::new();
    for one in found.iter().take(TRIED) {
        kept.push(one);
        if problems(&applied(text, &kept)) > before {
            kept.pop();
        }
    }
    (applied(text, &kept), kept)
}

/// How much keeps a text from being read; the most if there is no structure in it.
fn problems(text: &str) -> usize {
    let (tree, found) = read::read(&Source::new("", "", text), SourceId(0));
    tree.map_or(usize::MAX, |_| found.iter().filter(|one| one.is_error()).count())
}

/// The text with the changes of findings, whose edits are apart from each other.
fn applied(text: &str, found: &[&Diagnostic]) -> String {
    let mut edits: Vec<&Edit> = found.iter().flat_map(|one| edits_of(one)).collect();
    edits.sort_by_key(|edit| edit.span.start);
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
        let (breaks, mends) = (finding(&[(3, 4, "'x")]), finding(&[(8, 9, "y")]));
        let (text, kept) = sound("a: 1\nb: 2\n", &[&breaks, &mends]);
        assert_eq!((text.as_str(), kept), ("a: 1\nb: y\n", vec![&mends]));
    }

    /// Half an edit of a pair is worse than none.
    #[test]
    fn the_edits_of_a_change_stay_together() {
        let pair = finding(&[(3, 4, ""), (5, 6, "")]);
        assert_eq!(sound("a: {b}\n", &[&pair]).0, "a: b\n");
        let broken = finding(&[(3, 4, "'"), (5, 6, "")]);
        assert_eq!(sound("a: {b}\n", &[&broken]).0, "a: {b}\n");
    }

    #[test]
    fn changes_that_meet_wait_for_the_next_round() {
        let found = [
            finding(&[(4, 5, "X")]),
            finding(&[(0, 1, "A"), (4, 6, "Y")]),
            finding(&[(2, 3, "BB")]),
            finding(&[(4, 5, "X")]),
        ];
        let all = chosen(found.iter(), usize::MAX);
        assert_eq!(applied("abcdefg", &all[&SourceId(0)]), "abBBdXfg");
        let first = chosen(found.iter(), 1);
        assert_eq!(applied("abcdefg", &first[&SourceId(0)]), "abcdXfg");
    }

    #[test]
    fn the_harmful_change_is_found_by_halves() {
        let change = |name: &str| (String::new(), name.to_owned(), String::new());
        let all: Vec<Change> = ["a", "b", "c", "d", "e"].map(change).to_vec();
        let (mut choice, mut done, mut rounds) = (Choice::default(), Vec::new(), 0);
        loop {
            let open = all.iter().filter(|one| !done.contains(*one) && !choice.harmful.contains(*one));
            let changes: Vec<Change> = open.take(choice.most).cloned().collect();
            if changes.is_empty() {
                break;
            }
            rounds += 1;
            let harm = changes.contains(&change("c"));
            let fixed = Fixed { changes, ..Fixed::default() };
            if harm {
                choice.narrow(&fixed);
            } else {
                choice.widen();
                done.extend(fixed.changes);
            }
        }
        assert!(rounds < 10, "{rounds} rounds");
        assert_eq!(done, ["a", "b", "d", "e"].map(change));
    }
}
