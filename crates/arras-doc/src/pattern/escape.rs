//! What a backslash stands for, inside and outside of a class.

use super::class::Set;
use super::parse::Parser;
use crate::syntax::SyntaxError;

/// What follows a backslash, but for assertions and backreferences.
#[derive(Debug)]
pub(super) enum Escape {
    Character(char),
    Set(Set),
}

impl Parser<'_> {
    /// Reads the escape whose backslash stands at byte `start` and has been read.
    ///
    /// # Errors
    /// If the text ends, or if it names what is no character.
    pub(super) fn escape(&mut self, start: usize) -> Result<Escape, SyntaxError> {
        let Some(letter) = self.take() else {
            return Err(
                SyntaxError::new("a backslash at the end of the pattern", start..start + 1).help("write `\\\\`")
            );
        };
        if let Some(set) = Set::escape(letter) {
            return Ok(Escape::Set(set));
        }
        Ok(Escape::Character(match letter {
            't' => '\t',
            'n' => '\n',
            'v' => '\x0B',
            'f' => '\x0C',
            'r' => '\r',
            'c' => return Ok(Escape::Character(self.control())),
            'x' => self.hex(2).unwrap_or('x'),
            'u' => self.unicode(start)?,
            'p' | 'P' => match self.property(letter) {
                Some(set) => return Ok(Escape::Set(set)),
                None => letter,
            },
            '0'..='7' => self.octal(letter),
            other => other,
        }))
    }

    /// `\cA`; else the backslash stands for itself and `c` is yet to be read.
    fn control(&mut self) -> char {
        match self.peek().filter(char::is_ascii_alphabetic) {
            Some(letter) => {
                self.take();
                char::from(letter as u8 & 0x1F)
            }
            None => {
                self.at -= 1;
                '\\'
            }
        }
    }

    fn hex(&mut self, count: usize) -> Option<char> {
        let digits = self.rest().get(..count).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        let character = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
        self.at += count;
        Some(character)
    }

    fn code_unit(&self, offset: usize) -> Option<u32> {
        let digits = self.rest().get(offset..offset + 4)?;
        let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        hexadecimal.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    }

    /// `\uXXXX`, a pair of them, or `\u{X…}`; else `u` stands for itself.
    fn unicode(&mut self, start: usize) -> Result<char, SyntaxError> {
        if let Some((digits, _)) = self.rest().strip_prefix('{').and_then(|rest| rest.split_once('}'))
            && !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            let end = self.at + digits.len() + 2;
            let code = u32::from_str_radix(digits.trim_start_matches('0'), 16)
                .unwrap_or_else(|_| if digits.bytes().all(|byte| byte == b'0') { 0 } else { u32::MAX });
            self.at = end;
            self.unicode_escapes = true;
            return char::from_u32(code).ok_or_else(|| SyntaxError::new("no character has this code", start..end));
        }
        let Some(unit) = self.code_unit(0) else { return Ok('u') };
        self.at += 4;
        if let Some(character) = char::from_u32(unit) {
            return Ok(character);
        }
        let low = if self.rest().starts_with("\\u") { self.code_unit(2) } else { None };
        if let (0xD800..=0xDBFF, Some(low @ 0xDC00..=0xDFFF)) = (unit, low) {
            self.at += 6;
            let code = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
            return char::from_u32(code).ok_or_else(|| SyntaxError::new("no character has this code", start..self.at));
        }
        Err(SyntaxError::new("half of a surrogate pair is no character", start..self.at)
            .help("write the character itself, or `\\u{…}` with its code"))
    }

    fn property(&mut self, letter: char) -> Option<Set> {
        let (name, _) = self.rest().strip_prefix('{')?.split_once('}')?;
        let valid =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'='));
        let property = valid.then(|| format!("\\{letter}{{{name}}}"))?;
        self.at += name.len() + 2;
        self.unicode_escapes = true;
        Some(Set { properties: vec![property], ..Set::default() })
    }

    /// Up to three octal digits, at most 377 (Annex B).
    fn octal(&mut self, first: char) -> char {
        let mut code = first.to_digit(8).unwrap_or(0);
        for _ in 0..2 {
            let next = self.peek().and_then(|digit| digit.to_digit(8)).map(|digit| code * 8 + digit);
            match next.filter(|next| *next <= 0o377) {
                Some(next) => code = next,
                None => break,
            }
            self.take();
        }
        char::from_u32(code).unwrap_or('\0')
    }
}
