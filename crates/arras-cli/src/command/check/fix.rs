//! The changes that findings offer, as edits of bytes, so that comments and layout stay.

use std::collections::{BTreeMap, HashSet};

use arras_doc::diagnostic::{Diagnostic, Edit, Fix};
use arras_doc::read;
use arras_doc::rule;
use arras_doc::source::{Source, SourceId};
use arras_doc::span::Span;

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

/// A change, whichever bytes it is at by now: the rule and the message of its finding, and the place in the structure.
pub(super) type Change = (&'static str, String, Option<String>);

/// Where in the structure of a text a span is.
pub(super) type Pointer<'p> = &'p dyn Fn(SourceId, Span) -> Option<String>;

impl Default for Choice {
    fn default() -> Choice {
        Choice { most: usize::MAX, harmful: HashSet::new() }
    }
}

impl Choice {
    /// Learns from a round that did harm: the only change of it is the harmful one, else fewer are tried.
    pub(super) fn narrow(&mut self, fixed: &Fixed) {
        match &fixed.only {
            // where one does harm others may, so that the next is tried alone, too
            Some((only, _)) => drop(self.harmful.insert(only.clone())),
            None => self.most = (fixed.count / 2).max(1),
        }
    }

    fn is_harmful(&self, diagnostic: &Diagnostic, pointer: Pointer<'_>) -> bool {
        let known = |(rule, message, _): &Change| *rule == diagnostic.rule.id && *message == diagnostic.message;
        self.harmful.iter().any(known) && self.harmful.contains(&change(diagnostic, pointer))
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
    /// How many findings are mended.
    pub(super) count: usize,
    /// The only change of the round, also in words.
    pub(super) only: Option<(Change, String)>,
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

/// The findings that offer a change of the text that may still be tried.
pub(super) fn open<'d>(
    id: SourceId,
    diagnostics: &'d [Diagnostic],
    choice: &Choice,
    pointer: Pointer<'_>,
) -> Vec<&'d Diagnostic> {
    let offers = || diagnostics.iter().filter(|one| mends(one) == Some(id));
    let others: Vec<&Diagnostic> = offers().filter(|one| one.rule != rule::LOOSE_SCALAR).collect();
    // a scalar that is written anew as what it is read as is no longer what was written: whatever else is to be done comes first
    let is_last = |one: &Diagnostic| one.rule != rule::LOOSE_SCALAR || !others.iter().any(|other| meet(one, other));
    offers().filter(|one| is_last(one) && !choice.is_harmful(one, pointer)).collect()
}

/// The text with the changes of a round, of those that the findings offer.
pub(super) fn changed(
    source: &Source,
    id: SourceId,
    diagnostics: &[Diagnostic],
    choice: &Choice,
    pointer: Pointer<'_>,
) -> Fixed {
    let open = open(id, diagnostics, choice, pointer);
    let found = chosen(open.into_iter(), id, choice.most);
    let (text, kept) = sound(&source.text, &found);
    let only = match kept.as_slice() {
        [only] => Some((change(only, pointer), words(only))),
        _ => None,
    };
    Fixed { text, count: kept.len(), only }
}

fn change(diagnostic: &Diagnostic, pointer: Pointer<'_>) -> Change {
    let place = diagnostic.primary().and_then(|label| pointer(label.source, label.span));
    (diagnostic.rule.id, diagnostic.message.clone(), place)
}

fn words(diagnostic: &Diagnostic) -> String {
    let title = diagnostic.fix.as_ref().map_or("", |fix| &fix.title);
    format!("{title} ({})", diagnostic.rule.id)
}

/// Whether changes of two findings are of the same bytes.
fn meet(one: &Diagnostic, other: &Diagnostic) -> bool {
    edits_of(one).iter().any(|edit| !edits_of(other).iter().all(|other| apart(edit, other)))
}

fn apart(one: &Edit, other: &Edit) -> bool {
    one.source != other.source || one.span.end < other.span.start || other.span.end < one.span.start
}

/// The findings whose changes of a text do not get in each other's way; the rest waits for the next round.
fn chosen<'d>(diagnostics: impl Iterator<Item = &'d Diagnostic>, id: SourceId, most: usize) -> Vec<&'d Diagnostic> {
    let mut chosen: Vec<&Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
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
        let change = |name: &str| ("rule", name.to_owned(), None);
        let all: Vec<Change> = ["a", "b", "c", "d", "e"].map(change).to_vec();
        let (mut choice, mut done, mut rounds) = (Choice::default(), Vec::new(), 0);
        loop {
            let open = all.iter().filter(|one| !done.contains(*one) && !choice.harmful.contains(*one));
            let changes: Vec<Change> = open.take(choice.most).cloned().collect();
            if changes.is_empty() {
                break;
            }
            rounds += 1;
            if changes.contains(&change("c")) {
                let only = changes.first().filter(|_| changes.len() == 1);
                let only = only.map(|only| (only.clone(), String::new()));
                choice.narrow(&Fixed { text: String::new(), count: changes.len(), only });
            } else {
                choice.widen();
                done.extend(changes);
            }
        }
        assert!(rounds < 10, "{rounds} rounds");
        assert_eq!(done, ["a", "b", "d", "e"].map(change));
    }
}
