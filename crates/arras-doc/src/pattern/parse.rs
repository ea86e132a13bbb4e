//! ECMA-262's grammar of patterns (§22.2.1 and Annex B.1.2), without the flag `u`.

use std::collections::HashMap;

use super::ast::{Flags, Node};
use super::class::{LINE_TERMINATORS, Set};
use super::escape::Escape;
use crate::syntax::SyntaxError;

/// How deep groups may nest.
const MAX_DEPTH: usize = 100;

/// A parsed pattern and what was met on the way.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) root: Node,
    /// Whether it looks around or refers back.
    pub(super) backtracks: bool,
    /// Whether it has `\p{…}` or `\u{…}`.
    pub(super) unicode_escapes: bool,
}

/// Reads a pattern.
///
/// # Errors
/// If the grammar refuses it, or if a backreference could not be matched as ECMA-262 says.
pub(super) fn parse(text: &str, flags: Flags) -> Result<Parsed, SyntaxError> {
    let (count, names) = groups(text)?;
    let mut parser = Parser {
        text,
        at: 0,
        flags,
        depth: 0,
        behind: 0,
        backtracks: false,
        unicode_escapes: false,
        names,
        groups: vec![Group::default(); count + 1],
        opened: 0,
        references: Vec::new(),
    };
    let root = parser.alternatives()?;
    if parser.at < text.len() {
        return Err(SyntaxError::new("a `)` that closes nothing", parser.at..parser.at + 1).help("write `\\)`"));
    }
    parser.check_references(&root)?;
    Ok(Parsed { root, backtracks: parser.backtracks, unicode_escapes: parser.unicode_escapes })
}

/// How many groups have numbers, and the numbers of the named ones.
fn groups(text: &str) -> Result<(usize, HashMap<&str, usize>), SyntaxError> {
    let (mut count, mut names) = (0, HashMap::new());
    let (mut escaped, mut in_class) = (false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => {
                let name = name_of_group(&text[at..]);
                count += usize::from(name.is_some() || !text[at..].starts_with("(?"));
                if let Some(name) = name
                    && names.insert(name, count).is_some()
                {
                    return Err(SyntaxError::new(format!("two groups are called `{name}`"), at..at + name.len() + 4));
                }
            }
            _ => {}
        }
    }
    Ok((count, names))
}

/// The name in `(?<name>…`.
fn name_of_group(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix("(?<")?.split_once('>')?;
    let mut characters = name.chars();
    let first = characters.next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == '$');
    (first && characters.all(|c| c.is_alphanumeric() || c == '_' || c == '$')).then_some(name)
}

#[derive(Clone, Copy, Debug, Default)]
struct Group {
    closed: bool,
    /// Whether it lies in a lookbehind, where ECMA-262 matches from right to left.
    behind: bool,
}

#[derive(Debug)]
pub(super) struct Parser<'t> {
    text: &'t str,
    pub(super) at: usize,
    flags: Flags,
    depth: usize,
    behind: usize,
    backtracks: bool,
    pub(super) unicode_escapes: bool,
    names: HashMap<&'t str, usize>,
    groups: Vec<Group>,
    opened: usize,
    /// The groups that are referred back to, and where.
    references: Vec<(usize, std::ops::Range<usize>)>,
}

impl<'t> Parser<'t> {
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn take(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }

    fn alternatives(&mut self) -> Result<Node, SyntaxError> {
        let mut all = vec![self.sequence()?];
        while self.eat("|") {
            all.push(self.sequence()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Node::Alternatives(all) })
    }

    fn sequence(&mut self) -> Result<Node, SyntaxError> {
        let mut terms = Vec::new();
        while self.peek().is_some_and(|next| next != '|' && next != ')') {
            terms.push(self.term()?);
        }
        Ok(match terms.len() {
            0 => Node::Empty,
            1 => terms.remove(0),
            _ => Node::Sequence(terms),
        })
    }

    fn term(&mut self) -> Result<Node, SyntaxError> {
        let start = self.at;
        let groups_before = self.opened;
        let node = self.atom()?;
        let repeatable = match &node {
            Node::TextStart | Node::TextEnd | Node::LineStart | Node::LineEnd => false,
            Node::WordBoundary | Node::NotWordBoundary => false,
            Node::Look { behind, .. } => !behind,
            _ => true,
        };
        let quantifier_at = self.at;
        let Some((min, max)) = self.quantifier()? else { return Ok(node) };
        if !repeatable {
            let error = SyntaxError::new("nothing to repeat", quantifier_at..self.at);
            return Err(error.help(format!("`{}` matches no characters", &self.text[start..quantifier_at])));
        }
        let greedy = !self.eat("?");
        // a turn that matches the empty text counts only where it is demanded
        if node.is_assertion() && self.opened == groups_before {
            return Ok(if min == 0 { Node::Empty } else { node });
        }
        Ok(Node::Repeat { node: Box::new(node), min, max, greedy })
    }

    fn quantifier(&mut self) -> Result<Option<(u32, Option<u32>)>, SyntaxError> {
        let counts = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => return self.counted(),
            _ => return Ok(None),
        };
        self.take();
        Ok(Some(counts))
    }

    /// `{2}`, `{2,}`, `{2,5}`; any other `{` stands for itself (Annex B).
    fn counted(&mut self) -> Result<Option<(u32, Option<u32>)>, SyntaxError> {
        let start = self.at;
        let Some((inside, _)) = self.rest().get(1..).and_then(|rest| rest.split_once('}')) else { return Ok(None) };
        let (min, max) = inside.split_once(',').unwrap_or((inside, inside));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(min) || !(max.is_empty() || is_number(max)) {
            return Ok(None);
        }
        let end = start + inside.len() + 2;
        self.at = end;
        let number = |text: &str| text.parse::<u32>().map_err(|_| SyntaxError::new("a count too large", start..end));
        let min = number(min)?;
        let max = if max.is_empty() { None } else { Some(number(max)?) };
        if max.is_some_and(|max| max < min) {
            return Err(SyntaxError::new("the counts of a quantifier are out of order", start..end));
        }
        Ok(Some((min, max)))
    }

    fn atom(&mut self) -> Result<Node, SyntaxError> {
        let start = self.at;
        if self.quantifier()?.is_some() {
            let error = SyntaxError::new("nothing to repeat", start..self.at);
            return Err(error.help(format!("write `\\{}` for the character itself", &self.text[start..self.at])));
        }
        match self.take() {
            None => Ok(Node::Empty),
            Some('^') => Ok(self.edge(Node::TextStart, Node::LineStart)),
            Some('$') => Ok(self.edge(Node::TextEnd, Node::LineEnd)),
            Some('.') if self.flags.dot_all => Ok(Node::Set(Set::of(&[], true))),
            Some('.') => Ok(Node::Set(Set::of(LINE_TERMINATORS, true))),
            Some('(') => self.group(start),
            Some('[') => self.class(start),
            Some('\\') => self.escaped(start),
            Some(character) => Ok(self.character(character)),
        }
    }

    /// An edge of the text or of a line, the latter told by looking around.
    fn edge(&mut self, of_text: Node, of_line: Node) -> Node {
        self.backtracks |= self.flags.multiline;
        if self.flags.multiline { of_line } else { of_text }
    }

    fn character(&self, character: char) -> Node {
        if !self.flags.ignore_case {
            return Node::Character(character);
        }
        let mut set = Set::of(&[(character, character)], false);
        set.close(true);
        if set.ranges == [(character, character)] { Node::Character(character) } else { Node::Set(set) }
    }

    fn group(&mut self, start: usize) -> Result<Node, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxError::new(format!("groups deeper than {MAX_DEPTH} levels"), start..start + 1));
        }
        let flags = self.flags;
        let node = self.group_inside(start)?;
        if !self.eat(")") {
            return Err(
                SyntaxError::new("the group is not closed", start..self.at).help("write `\\(` for the character")
            );
        }
        if let Node::Capture(number, _) = node
            && let Some(group) = self.groups.get_mut(number)
        {
            group.closed = true;
        }
        self.flags = flags;
        self.depth -= 1;
        Ok(node)
    }

    fn group_inside(&mut self, start: usize) -> Result<Node, SyntaxError> {
        for (opening, behind, negative) in
            [("?=", false, false), ("?!", false, true), ("?<=", true, false), ("?<!", true, true)]
        {
            if self.eat(opening) {
                self.backtracks = true;
                self.behind += usize::from(behind);
                let node = Box::new(self.alternatives()?);
                self.behind -= usize::from(behind);
                return Ok(Node::Look { behind, negative, node });
            }
        }
        if let Some(name) = name_of_group(&self.text[start..]) {
            self.at += name.len() + 3;
        } else if self.eat("?") {
            self.modifiers(start)?;
            return Ok(Node::Group(Box::new(self.alternatives()?)));
        }
        self.opened += 1;
        let number = self.opened;
        if let Some(group) = self.groups.get_mut(number) {
            group.behind = self.behind > 0;
        }
        Ok(Node::Capture(number, Box::new(self.alternatives()?)))
    }

    /// `:`, `i:`, `i-ms:`
    fn modifiers(&mut self, start: usize) -> Result<(), SyntaxError> {
        let mut on = true;
        loop {
            match self.take() {
                Some(':') => return Ok(()),
                Some('-') if on => on = false,
                Some(letter) if self.flags.set(letter, on) => {}
                Some(')') => {
                    let error = SyntaxError::new("flags without a group to apply to", start..self.at);
                    return Err(error.help("ECMA-262 has `(?i:…)`; `(?i)` is accepted at the very start only"));
                }
                _ => return Err(SyntaxError::new("a group of a kind that ECMA-262 does not know", start..self.at)),
            }
        }
    }

    fn escaped(&mut self, start: usize) -> Result<Node, SyntaxError> {
        if self.eat("b") {
            return Ok(Node::WordBoundary);
        }
        if self.eat("B") {
            return Ok(Node::NotWordBoundary);
        }
        if let Some(group) = self.group_referred_to(start)? {
            return self.backreference(group, start);
        }
        match self.escape(start)? {
            Escape::Character(character) => Ok(self.character(character)),
            Escape::Set(set) => self.finished(set, start),
        }
    }

    /// The group that `\1` or `\k<name>` names; nothing if the escape means something else (Annex B).
    fn group_referred_to(&mut self, start: usize) -> Result<Option<usize>, SyntaxError> {
        let rest = self.rest();
        if rest.starts_with('k') && !self.names.is_empty() {
            let name = rest.strip_prefix("k<").and_then(|rest| rest.split_once('>')).map(|(name, _)| name);
            let end = start + 2 + name.map_or(0, |name| name.len() + 2);
            let group = name.and_then(|name| self.names.get(name).copied());
            self.at = end;
            return match group {
                Some(group) => Ok(Some(group)),
                None => Err(SyntaxError::new("`\\k` names no group of the pattern", start..end)),
            };
        }
        let digits = rest.find(|c: char| !c.is_ascii_digit()).map_or(rest, |end| &rest[..end]);
        let number =
            digits.parse::<usize>().ok().filter(|number| !digits.starts_with('0') && *number < self.groups.len());
        if number.is_some() {
            self.at += digits.len();
        }
        Ok(number)
    }

    fn backreference(&mut self, number: usize, start: usize) -> Result<Node, SyntaxError> {
        let group = self.groups.get(number).copied().unwrap_or_default();
        if self.behind > 0 || group.behind {
            return Err(SyntaxError::new("a backreference into or from a lookbehind is not supported", start..self.at));
        }
        // before its group has closed a reference matches nothing, in loops too: each turn starts without captures
        if !group.closed {
            return Ok(Node::Empty);
        }
        self.backtracks = true;
        self.references.push((number, start..self.at));
        Ok(Node::Backreference { group: number, ignore_case: self.flags.ignore_case })
    }

    fn class(&mut self, start: usize) -> Result<Node, SyntaxError> {
        let mut set = Set { negated: self.eat("^"), ..Set::default() };
        loop {
            let at = self.at;
            match self.peek() {
                None => {
                    let error = SyntaxError::new("the class is not closed", start..self.at);
                    return Err(error.help("write `\\[` for the character itself"));
                }
                Some(']') => {
                    self.take();
                    return self.finished(set, start);
                }
                Some(_) => {}
            }
            let low = self.class_atom()?;
            let is_range = self.rest().starts_with('-') && !self.rest().starts_with("-]") && self.rest().len() > 1;
            if !is_range {
                add(&mut set, &low);
                continue;
            }
            self.take();
            let high = self.class_atom()?;
            match (&low, &high) {
                (Escape::Character(low), Escape::Character(high)) if low <= high => set.ranges.push((*low, *high)),
                (Escape::Character(_), Escape::Character(_)) => {
                    return Err(SyntaxError::new("the range is out of order", at..self.at));
                }
                _ => {
                    add(&mut set, &low);
                    add(&mut set, &high);
                    set.ranges.push(('-', '-'));
                }
            }
        }
    }

    fn class_atom(&mut self) -> Result<Escape, SyntaxError> {
        let start = self.at;
        match self.take() {
            Some('\\') if self.eat("b") => Ok(Escape::Character('\x08')),
            Some('\\') if self.class_control() => {
                let digit = self.take().map_or(0, |digit| digit as u8);
                Ok(Escape::Character(char::from(digit & 0x1F)))
            }
            Some('\\') => self.escape(start),
            Some(character) => Ok(Escape::Character(character)),
            None => Err(SyntaxError::new("the class is not closed", start..self.at)),
        }
    }

    /// `\c` with a digit or `_`, which only a class knows (Annex B); the `c` is then read.
    fn class_control(&mut self) -> bool {
        let found = self
            .rest()
            .strip_prefix('c')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '_'));
        self.at += usize::from(found);
        found
    }

    fn finished(&self, mut set: Set, start: usize) -> Result<Node, SyntaxError> {
        if self.flags.ignore_case && !set.properties.is_empty() {
            return Err(SyntaxError::new("`\\p{…}` without regard to case is not supported", start..self.at));
        }
        set.close(self.flags.ignore_case);
        Ok(Node::Set(set))
    }

    /// Refuses references whose group may keep a capture of an earlier turn of a loop, which ECMA-262 forgets.
    fn check_references(&self, root: &Node) -> Result<(), SyntaxError> {
        let mut unstable = Vec::new();
        if !self.references.is_empty() {
            find_unstable(root, Turn::default(), &mut unstable);
        }
        match self.references.iter().find(|(group, _)| unstable.contains(group)) {
            None => Ok(()),
            Some((_, range)) => {
                Err(SyntaxError::new("a backreference to a part of a loop is not supported", range.clone()))
            }
        }
    }
}

fn add(set: &mut Set, escape: &Escape) {
    match escape {
        Escape::Character(character) => set.ranges.push((*character, *character)),
        Escape::Set(other) => set.add(other),
    }
}

/// Where a walk down the pattern has come through.
#[derive(Clone, Copy, Default)]
struct Turn {
    in_loop: bool,
    /// Whether a turn of an enclosing loop may pass by.
    optional: bool,
}

fn find_unstable(node: &Node, turn: Turn, unstable: &mut Vec<usize>) {
    match node {
        Node::Capture(number, inner) => {
            if turn.optional {
                unstable.push(*number);
            }
            find_unstable(inner, turn, unstable);
        }
        Node::Group(inner) => find_unstable(inner, turn, unstable),
        Node::Look { negative, node, .. } => {
            find_unstable(node, Turn { optional: turn.optional || *negative, ..turn }, unstable);
        }
        Node::Repeat { node, min, max, .. } => {
            let optional = turn.optional || (turn.in_loop && *min == 0);
            let in_loop = turn.in_loop || max.is_none_or(|max| max > 1);
            find_unstable(node, Turn { in_loop, optional }, unstable);
        }
        Node::Alternatives(nodes) => {
            let turn = Turn { optional: turn.optional || turn.in_loop, ..turn };
            nodes.iter().for_each(|node| find_unstable(node, turn, unstable));
        }
        Node::Sequence(nodes) => nodes.iter().for_each(|node| find_unstable(node, turn, unstable)),
        _ => {}
    }
}

impl Set {
    /// Whether no case variants are missing; for tests.
    #[cfg(test)]
    pub(super) fn is_closed_under_case(&self) -> bool {
        let mut closed = self.clone();
        closed.close(true);
        super::fold::groups().len() > 1000 && closed == *self
    }
}
