//! The changes that findings offer, as edits of bytes, so that comments and layout stay.

use std::collections::{BTreeMap, HashSet};

use arras_doc::diagnostic::{Diagnostic, Edit, Fix};
use arras_doc::read;
use arras_doc::source::{Source, SourceId};

/// How often a file is checked anew after changes, since one can bring another to light, and one that does harm is searched
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

/// A change, whichever bytes it is at by now: the finding, and the line of the text.
type Change = (String, String);

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

/// What one round of changes makes of a text.
#[derive(Debug, Default)]
pub(super) struct Fixed {
    pub(super) text: String,
    changes: Vec<Change>,
}

impl Fixed {
    /// How many findings are mended.
    pub(super) fn count(&self) -> usize {
        self.changes.len()
    }

    /// The only change of the round, in words.
    pub(super) fn only(&self) -> Option<&str> {
        match self.changes.as_slice() {
            [(what, _)] => Some(what),
            _ => None,
        }
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

/// The text that a finding offers a change of.
pub(super) fn mends(diagnostic: &Diagnostic) -> Option<SourceId> {
    let place = diagnostic.primary()?.source;
    (!edits_of(diagnostic).is_empty()).then_some(place)
}

/// The text with the changes of a round, of those that the findings offer.
pub(super) fn changed(source: &Source, id: SourceId, diagnostics: &[Diagnostic], choice: &Choice) -> Fixed {
    let is_open = |diagnostic: &&Diagnostic| {
        mends(diagnostic) == Some(id) && change(diagnostic, source).is_some_and(|one| !choice.harmful.contains(&one))
    };
    let found = chosen(diagnostics.iter().filter(is_open), id, choice.most);
    let (text, kept) = sound(&source.text, &found);
    Fixed { text, changes: kept.into_iter().filter_map(|found| change(found, source)).collect() }
}

fn change(diagnostic: &Diagnostic, source: &Source) -> Option<Change> {
    let fix = diagnostic.fix.as_ref()?;
    let at = fix.edits.first()?.span.start as usize;
    let (before, after) = (source.text.get(..at)?, source.text.get(at..)?);
    let line = before.rsplit('\n').next().unwrap_or_default().to_owned() + after.split('\n').next().unwrap_or_default();
    Some((format!("{} ({})", fix.title, diagnostic.rule.id), line))
}

/// The findings whose changes of a text do not get in each other's way; the rest waits for the next round.
fn chosen<'d>(diagnostics: impl Iterator<Item = &'d Diagnostic>, id: SourceId, most: usize) -> Vec<&'d Diagnostic> {
    let mut chosen: Vec<&Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        let apart = |one: &Edit, other: &Edit| one.span.end < other.span.start || other.span.end < one.span.start;
        let free = |edit: &Edit| {
            let mut others = chosen.iter().flat_map(|other| edits_of(other));
            edit.source == id && others.all(|other| apart(edit, other))
        };
        if chosen.len() < most && edits_of(diagnostic).iter().all(free) {
            chosen.push(diagnostic);
        }
    }
    chosen
}

fn edits_of(diagnostic: &Diagnostic) -> &[Edit] {
    diagnostic.fix.as_ref().map_or(&[], |fix: &Fix| fix.edits.as_slice())
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
        let all = chosen(found.iter(), SourceId(0), usize::MAX);
        assert_eq!(applied("abcdefg", &all), "abBBdXfg");
        let first = chosen(found.iter(), SourceId(0), 1);
        assert_eq!(applied("abcdefg", &first), "abcdXfg");
        assert!(chosen(found.iter(), SourceId(1), usize::MAX).is_empty());
    }

    #[test]
    fn the_harmful_change_is_found_by_halves() {
        let change = |name: &str| (name.to_owned(), String::new());
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
