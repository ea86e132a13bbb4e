//! Classes in brackets: `[a-z\d]`.

use super::ast::Node;
use super::class::Set;
use super::escape::Escape;
use super::parse::Parser;
use crate::syntax::SyntaxError;

impl Parser<'_> {
    pub(super) fn class(&mut self, start: usize) -> Result<Node, SyntaxError> {
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

    pub(super) fn finished(&self, mut set: Set, start: usize) -> Result<Node, SyntaxError> {
        if self.flags.ignore_case && !set.properties.is_empty() {
            return Err(SyntaxError::new("`\\p{…}` without regard to case is not supported", start..self.at));
        }
        set.close(self.flags.ignore_case);
        Ok(Node::Set(set))
    }
}

fn add(set: &mut Set, escape: &Escape) {
    match escape {
        Escape::Character(character) => set.ranges.push((*character, *character)),
        Escape::Set(other) => set.add(other),
    }
}
