//! The escapes under which texts stand within JSON, XML, URLs and forms, undone; and where what was undone stood.

use std::ops::Range;

/// What escapes begin with and end with, which may be escaped in their turn.
const OF_ESCAPES: &[u8] = b"\\&%+#;";

/// Bytes that texts have.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Alphabet([u64; 4]);

impl Alphabet {
    pub(super) fn add(&mut self, text: &[u8]) {
        text.iter().for_each(|byte| self.0[usize::from(byte / 64)] |= 1 << (byte % 64));
    }

    pub(super) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte / 64)] >> (byte % 64) & 1 == 1
    }
}

/// What writes characters by others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    /// `\/`, `\u00e4`.
    Json,
    /// `&amp;`, `&#228;`.
    Xml,
    /// `%C3%A4`.
    Percent,
    /// The same with `+` for a space.
    Form,
}

/// Bytes without their escapes.
#[derive(Debug, Default)]
pub(super) struct Plain {
    pub(super) bytes: Vec<u8>,
    escapes: Vec<Undone>,
}

/// An escape that was undone.
#[derive(Debug)]
struct Undone {
    from: usize,
    to: usize,
    /// Where it ended.
    end: usize,
}

impl Escapes {
    pub(super) const ALL: [Escapes; 4] = [Escapes::Json, Escapes::Xml, Escapes::Percent, Escapes::Form];

    /// Whether these are undone within what was undone of the others: percent signs within a form are undone as what the form
    /// writes by percent signs is.
    pub(super) fn stand_in(self, outer: Option<Escapes>) -> bool {
        (outer, self) != (Some(Escapes::Form), Escapes::Percent)
    }

    /// The bytes with each escape undone that stands for a character of what is looked for, or of another escape; `None` where
    /// there is none.
    pub(super) fn undone(self, bytes: &[u8], wanted: &Alphabet) -> Option<Plain> {
        // what holds no `+` says the same by percent signs alone
        let needed = if self == Escapes::Form { b'+' } else { self.mark() };
        if !bytes.contains(&needed) {
            return None;
        }
        let mut plain = Plain::default();
        let (mut copied, mut at) = (0, 0);
        let is_mark = |byte: &u8| *byte == self.mark() || self == Escapes::Form && *byte == b'+';
        while let Some(found) = bytes[at..].iter().position(is_mark) {
            let start = at + found;
            let Some((length, character)) = self.read(&bytes[start..]) else {
                at = start + 1;
                continue;
            };
            at = start + length;
            if wanted.has(character.first()) || OF_ESCAPES.contains(&character.first()) {
                plain.bytes.extend_from_slice(&bytes[copied..start]);
                let from = plain.bytes.len();
                character.write(&mut plain.bytes);
                copied = at;
                plain.escapes.push(Undone { from, to: plain.bytes.len(), end: at });
            }
        }
        plain.bytes.extend_from_slice(&bytes[copied..]);
        (!plain.escapes.is_empty()).then_some(plain)
    }

    fn mark(self) -> u8 {
        match self {
            Escapes::Json => b'\\',
            Escapes::Xml => b'&',
            Escapes::Percent | Escapes::Form => b'%',
        }
    }

    /// The escape that bytes begin with: its length and what it stands for.
    pub(super) fn read(self, bytes: &[u8]) -> Option<(usize, Character)> {
        match self {
            Escapes::Json => json(bytes),
            Escapes::Xml => xml(bytes),
            Escapes::Form if bytes.first() == Some(&b'+') => Some((1, Character::Byte(b' '))),
            Escapes::Percent | Escapes::Form => {
                let value = number(bytes.get(1..3)?, 16)?;
                Some((3, Character::Byte(u8::try_from(value).ok()?)))
            }
        }
    }
}

/// What an escape stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Character {
    Byte(u8),
    Char(char),
}

impl Character {
    /// Its first byte.
    fn first(self) -> u8 {
        match self {
            Character::Byte(byte) => byte,
            Character::Char(character) => {
                let mut bytes = [0; 4];
                character.encode_utf8(&mut bytes);
                bytes[0]
            }
        }
    }

    pub(super) fn write(self, out: &mut Vec<u8>) {
        match self {
            Character::Byte(byte) => out.push(byte),
            Character::Char(character) => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

fn json(bytes: &[u8]) -> Option<(usize, Character)> {
    let byte = match bytes.get(1)? {
        b'u' => return unicode(bytes),
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        other @ (b'"' | b'\\' | b'/') => *other,
        _ => return None,
    };
    Some((2, Character::Byte(byte)))
}

/// `\u00e4`, or two that are one character.
fn unicode(bytes: &[u8]) -> Option<(usize, Character)> {
    let unit = |at: usize| {
        let escape = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::try_from(number(escape, 16)?).ok()
    };
    let first = unit(0)?;
    let units = [Some(first), unit(6).filter(|_| (0xD800..0xDC00).contains(&first))];
    let character = char::decode_utf16(units.into_iter().flatten()).next()?.ok()?;
    Some((6 * character.len_utf16(), Character::Char(character)))
}

fn xml(bytes: &[u8]) -> Option<(usize, Character)> {
    /// The longest reference: `&#x10FFFF;`, with zeros before it.
    const LONGEST: usize = 40;
    let end = bytes.iter().take(LONGEST).position(|byte| *byte == b';')?;
    let character = match bytes.get(1..end)? {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        _ => return None,
    };
    Some((end + 1, Character::Char(character)))
}

fn number(digits: &[u8], base: u32) -> Option<u32> {
    let digit = |value: u32, digit: &u8| value.checked_mul(base)?.checked_add(char::from(*digit).to_digit(base)?);
    (!digits.is_empty()).then(|| digits.iter().try_fold(0, digit))?
}

impl Plain {
    /// Where a place of these bytes stood.
    pub(super) fn origin(&self, place: usize) -> usize {
        let before = self.escapes.partition_point(|escape| escape.to <= place);
        match before.checked_sub(1).map(|last| &self.escapes[last]) {
            Some(last) => last.end + (place - last.to),
            None => place,
        }
    }

    /// The places from which a text of up to that length reaches into what was undone.
    pub(super) fn places(&self, length: usize) -> impl Iterator<Item = Range<usize>> {
        let mut next = 0;
        self.escapes.iter().map(move |escape| {
            let from = next.max((escape.from + 1).saturating_sub(length));
            next = next.max(escape.to);
            from..next
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_undone_is_known_by_its_place() {
        let all = Alphabet([u64::MAX; 4]);
        for (escapes, written, plain) in [
            (Escapes::Json, r#"a\/b\u00e4\ud83d\ude00\n\\u\x\u12\ud83d"#, "a/bä😀\n\\u\\x\\u12\\ud83d"),
            (
                Escapes::Xml,
                "a&amp;&lt;&#228;&#xE4;&#x00000000000000000E4;&nbsp;&;&#;&#xD800;&",
                "a&<äää&nbsp;&;&#;&#xD800;&",
            ),
            (Escapes::Percent, "a%2F+%c3%A4%2%", "a/+ä%2%"),
            (Escapes::Form, "a%2F+b+%c3%A4%2%", "a/ b ä%2%"),
        ] {
            let undone = escapes.undone(written.as_bytes(), &all).expect("escapes");
            assert_eq!(String::from_utf8_lossy(&undone.bytes), plain, "{written}");
            let ends: Vec<usize> = [0, 1, plain.len()].iter().map(|place| undone.origin(*place)).collect();
            assert_eq!(ends, [0, 1, written.len()], "{written}");
            assert!(escapes.undone(b"none of them", &all).is_none());
        }
        let undone = Escapes::Json.undone(br"x\/y\u0041z", &all).expect("escapes");
        assert_eq!([1, 2, 3, 4].map(|place| undone.origin(place)), [1, 3, 4, 10]);
    }

    #[test]
    fn only_what_an_escape_can_be_a_part_of_is_looked_at() {
        let mut letters = Alphabet::default();
        letters.add(b"ABC");
        let undone = Escapes::Percent.undone(b"0123456789%41x%42y%44yy%44yyyyyy%43", &letters).expect("escapes");
        assert_eq!(undone.bytes, b"0123456789AxBy%44yy%44yyyyyyC");
        assert_eq!(undone.places(3).collect::<Vec<_>>(), [8..11, 11..13, 26..29]);
    }
}
