//! Texts that match a pattern, made up from what it says.

use std::iter::repeat_n;
use std::ops::RangeInclusive;

use super::ast::Node;
use super::class::Set;
use super::{Pattern, parse, prepare};

/// How many characters are made up at most.
const LONGEST: usize = 1_024;
/// How many parts of a pattern are walked through at most, those of each turn anew.
const STEPS: usize = 10_000;
/// The characters that are taken where a set has any: those of the first of these lists.
const READABLE: [&[(char, char)]; 2] = [&[('a', 'z'), ('A', 'Z'), ('0', '9')], &[(' ', '~')]];

impl Pattern {
    /// A text that it matches, with so many characters; each `nth` has another one where the pattern leaves a choice.
    ///
    /// `None` where no such text is found with little effort: what a pattern says by looking around, by properties of
    /// characters or of the edges of words is left to luck.
    ///
    /// ```
    /// # use arras_doc::pattern::Pattern;
    /// let (pattern, _) = Pattern::parse(r"^[A-Z]{3}-\d{2,}$").expect("a pattern");
    /// assert_eq!(pattern.example(0, 0..=64).as_deref(), Some("AAA-00"));
    /// assert_eq!(pattern.example(1, 8..=64).as_deref(), Some("BAA-0000"));
    /// ```
    pub fn example(&self, nth: usize, length: RangeInclusive<usize>) -> Option<String> {
        let least = Some(*length.start()).filter(|least| *least <= LONGEST)?;
        let prepared = prepare::prepare(&self.text).ok()?;
        let root = parse::parse(prepared.body, prepared.flags).ok()?.root;
        let mut text = Writer::write(&root, nth, 0)?;
        let missing = least.saturating_sub(text.chars().count());
        if missing > 0 {
            text = Writer::write(&root, nth, missing)?;
        }
        // where the pattern says nothing of the end, anything may follow
        text.extend(repeat_n('x', least.saturating_sub(text.chars().count())));
        let fits = length.contains(&text.chars().count()) && self.is_match(&text) == Ok(true);
        fits.then_some(text)
    }
}

struct Writer {
    text: String,
    /// How many characters `text` has.
    written: usize,
    /// How many characters are to be added by turns that are not demanded.
    missing: usize,
    /// What is left of the choices.
    nth: usize,
    steps: usize,
    /// What groups have matched, by number.
    captures: Vec<(usize, String)>,
}

impl Writer {
    fn write(root: &Node, nth: usize, missing: usize) -> Option<String> {
        let mut writer = Writer { text: String::new(), written: 0, missing, nth, steps: STEPS, captures: Vec::new() };
        writer.node(root)?;
        Some(writer.text)
    }

    /// As deep as groups may nest; `None` where nothing matches or a bound is reached.
    fn node(&mut self, node: &Node) -> Option<()> {
        self.steps = self.steps.checked_sub(1)?;
        match node {
            Node::Character(character) => self.push(*character),
            Node::Set(set) => {
                let character = self.member(set)?;
                self.push(character)
            }
            Node::Group(inner) => self.node(inner),
            Node::Capture(number, inner) => {
                let start = self.text.len();
                self.node(inner)?;
                self.captures.push((*number, self.text[start..].to_owned()));
                Some(())
            }
            Node::Backreference { group, .. } => {
                let captured = self.captures.iter().rev().find(|(number, _)| number == group);
                let captured = captured.map(|(_, text)| text.clone()).unwrap_or_default();
                captured.chars().try_for_each(|character| self.push(character))
            }
            Node::Sequence(nodes) => nodes.iter().try_for_each(|node| self.node(node)),
            Node::Alternatives(nodes) => {
                let chosen = self.choose(nodes.len())?;
                self.node(nodes.get(chosen)?)
            }
            Node::Repeat { node, min, max, .. } => self.turns(node, *min, *max),
            // what only looks at the text is seen when the whole text is tried
            _ => Some(()),
        }
    }

    /// As many turns as are demanded, and more while characters are missing.
    fn turns(&mut self, node: &Node, min: u32, max: Option<u32>) -> Option<()> {
        for _ in 0..min {
            self.node(node)?;
        }
        let mut turns = min;
        while self.missing > 0 && max.is_none_or(|max| turns < max) {
            let (missing, written) = (self.missing, self.written);
            self.node(node)?;
            if self.written == written {
                break;
            }
            self.missing = missing.saturating_sub(self.written - written);
            turns += 1;
        }
        Some(())
    }

    fn push(&mut self, character: char) -> Option<()> {
        self.text.push(character);
        self.written += 1;
        (self.written <= LONGEST).then_some(())
    }

    fn choose(&mut self, among: usize) -> Option<usize> {
        let chosen = self.nth.checked_rem(among)?;
        self.nth /= among;
        Some(chosen)
    }

    /// A character of the set; for a property a letter, which may be wrong.
    fn member(&mut self, set: &Set) -> Option<char> {
        let ranges = set.members();
        if ranges.is_empty() {
            return (!set.properties.is_empty()).then_some('a');
        }
        let common = |known: &[(char, char)]| -> Vec<(char, char)> {
            let both = known.iter().flat_map(|one| ranges.iter().map(|it| (one.0.max(it.0), one.1.min(it.1))));
            both.filter(|(low, high)| low <= high).collect()
        };
        let readable = READABLE.iter().map(|known| common(known)).find(|found| !found.is_empty());
        let ranges = readable.unwrap_or(ranges);
        let size = |(low, high): &(char, char)| u32::from(*high) - u32::from(*low) + 1;
        let total: u32 = ranges.iter().map(size).sum();
        let mut chosen = u32::try_from(self.choose(usize::try_from(total).ok()?)?).ok()?;
        for range in &ranges {
            if chosen < size(range) {
                return char::from_u32(u32::from(range.0) + chosen);
            }
            chosen -= size(range);
        }
        None
    }
}
