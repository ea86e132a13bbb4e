//! Backreferences: which group they name, and whether an engine matches them as ECMA-262 says.

use super::ast::Node;
use super::parse::Parser;
use crate::syntax::SyntaxError;

impl Parser<'_> {
    /// The group that `\1` or `\k<name>` names; nothing if the escape means something else (Annex B).
    pub(super) fn group_referred_to(&mut self, start: usize) -> Result<Option<usize>, SyntaxError> {
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

    pub(super) fn backreference(&mut self, number: usize, start: usize) -> Result<Node, SyntaxError> {
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

    /// Refuses references whose group may keep a capture of an earlier turn of a loop, which ECMA-262 forgets.
    pub(super) fn check_references(&self, root: &Node) -> Result<(), SyntaxError> {
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
