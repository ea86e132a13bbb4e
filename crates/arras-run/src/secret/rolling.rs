//! Prints of the parts of a text, each had at a cost that does not grow with its length.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

/// Prints are remainders of division by this prime.
const PRIME: u64 = (1 << 61) - 1;

/// How many places are looked ahead of at once, at least.
const BLOCK: usize = 1 << 12;

/// What prints are made by; nobody can foretell it, so that nobody can make up texts whose prints are the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Base(u64);

/// A length of texts, with what the print of as many bytes takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Length {
    pub(super) bytes: usize,
    power: u64,
}

impl Default for Base {
    /// This process's own.
    fn default() -> Base {
        static BASE: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0_u8) % (PRIME - 512) + 512);
        Base(*BASE)
    }
}

impl Base {
    /// The print of a text.
    pub(super) fn print(self, text: &[u8]) -> u64 {
        text.iter().fold(0, |print, byte| self.after(print, *byte))
    }

    pub(super) fn length(self, bytes: usize) -> Length {
        Length { bytes, power: (0..bytes).fold(1, |power, _| product(power, self.0)) }
    }

    fn after(self, print: u64, byte: u8) -> u64 {
        (product(print, self.0) + u64::from(byte) + 1) % PRIME
    }
}

fn product(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    let (low, high) = (product as u64 & PRIME, (product >> 61) as u64);
    let sum = low + high;
    if sum < PRIME { sum } else { sum - PRIME }
}

/// The prints of the parts of a text, to be asked for from its beginning to its end.
pub(super) struct Parts<'b> {
    bytes: &'b [u8],
    base: Base,
    /// The length of the longest part that is asked for.
    longest: usize,
    from: usize,
    /// Of what is between `from` and each place behind it.
    prints: Vec<u64>,
}

impl Parts<'_> {
    pub(super) fn new(bytes: &[u8], base: Base, longest: usize) -> Parts<'_> {
        Parts { bytes, base, longest, from: 0, prints: Vec::new() }
    }

    /// The print of the part that begins there, if the text is that long.
    pub(super) fn print(&mut self, start: usize, length: Length) -> Option<u64> {
        let end = start + length.bytes;
        if end > self.bytes.len() {
            return None;
        }
        if start < self.from || end - self.from >= self.prints.len() {
            self.look_ahead(start);
        }
        let before = product(self.prints[start - self.from], length.power);
        let print = self.prints[end - self.from] + PRIME - before;
        Some(if print < PRIME { print } else { print - PRIME })
    }

    fn look_ahead(&mut self, start: usize) {
        self.from = start;
        let end = self.bytes.len().min(start + self.longest + self.longest.max(BLOCK));
        self.prints.clear();
        self.prints.push(0);
        let mut print = 0;
        let base = self.base;
        self.prints.extend(self.bytes[start..end].iter().map(|byte| {
            print = base.after(print, *byte);
            print
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_the_print_of_its_text() {
        let text: Vec<u8> = (0..3 * BLOCK).map(|at| (at * at % 251) as u8).collect();
        let base = Base::default();
        let mut parts = Parts::new(&text, base, 1_000);
        for start in [0, 1, 700, BLOCK - 1, BLOCK + 7, 2 * BLOCK, 2 * BLOCK + 1, 3 * BLOCK - 600, 5] {
            for length in [4, 65, 600, 1_000] {
                let expected = text.get(start..start + length).map(|part| base.print(part));
                assert_eq!(parts.print(start, base.length(length)), expected, "{start} {length}");
            }
        }
    }
}
