//! What a pattern says, its flags already worked in.

use super::class::Set;

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// Matches the empty text.
    Empty,
    /// One character.
    Character(char),
    /// One character of a set.
    Set(Set),
    /// `^`
    TextStart,
    /// `$`
    TextEnd,
    /// `^` with the flag `m`
    LineStart,
    /// `$` with the flag `m`
    LineEnd,
    /// `\b`
    WordBoundary,
    /// `\B`
    NotWordBoundary,
    /// A group with a number, from 1.
    Capture(usize, Box<Node>),
    /// A group without a number.
    Group(Box<Node>),
    /// `(?=…)`, `(?!…)`, `(?<=…)`, `(?<!…)`
    Look { behind: bool, negative: bool, node: Box<Node> },
    /// A quantifier; `max` is `None` for no limit.
    Repeat { node: Box<Node>, min: u32, max: Option<u32>, greedy: bool },
    /// `\1`, `\k<name>`
    Backreference { group: usize, ignore_case: bool },
    /// One after the other.
    Sequence(Vec<Node>),
    /// Any of them, the first that matches.
    Alternatives(Vec<Node>),
}

impl Node {
    /// Whether it looks at the text without ever matching a character.
    pub(super) fn is_assertion(&self) -> bool {
        match self {
            Node::Empty | Node::Look { .. } | Node::WordBoundary | Node::NotWordBoundary => true,
            Node::TextStart | Node::TextEnd | Node::LineStart | Node::LineEnd => true,
            Node::Group(inner) => inner.is_assertion(),
            Node::Sequence(nodes) | Node::Alternatives(nodes) => nodes.iter().all(Node::is_assertion),
            _ => false,
        }
    }
}

/// ECMA-262's flags that change what a pattern means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    /// `i`
    pub(super) ignore_case: bool,
    /// `m`
    pub(super) multiline: bool,
    /// `s`
    pub(super) dot_all: bool,
}

impl Flags {
    /// Sets the flag that a letter names; `false` if it names none.
    pub(super) fn set(&mut self, letter: char, on: bool) -> bool {
        match letter {
            'i' => self.ignore_case = on,
            'm' => self.multiline = on,
            's' => self.dot_all = on,
            _ => return false,
        }
        true
    }
}
