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

/// What is known of a group so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Group {
    pub(super) closed: bool,
    /// Whether it lies in a lookbehind, where ECMA-262 matches from right to left.
    pub(super) behind: bool,
}

/// A pattern on its way into nodes.
#[derive(Debug)]
pub(super) struct Parser<'t> {
    text: &'t str,
    pub(super) at: usize,
    pub(super) flags: Flags,
    depth: usize,
    pub(super) behind: usize,
    pub(super) backtracks: bool,
    pub(super) unicode_escapes: bool,
    pub(super) names: HashMap<&'t str, usize>,
    pub(super) groups: Vec<Group>,
    opened: usize,
    /// The groups that are referred back to, and where.
    pub(super) references: Vec<(usize, std::ops::Range<usize>)>,
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

    pub(super) fn eat(&mut self, text: &str) -> bool {
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
            return Err(SyntaxError::new("the group is not closed", start..self.at)
                .help("close it with `)`, or write `\\(` for the character"));
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
}
