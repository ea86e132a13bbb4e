//! Base64, and the digits by which a text can be known in it.

/// How many digits of base64 are looked for at least where they are not all of a text: fewer stand anywhere by chance.
const SHORTEST_DIGITS: usize = 6;

/// As it stands in base64, standard and URL-safe: by itself, padded or not, and wherever it is a part of what is encoded, without the digits
/// that it shares with what is beside it.
pub(super) fn base64_texts(bytes: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    for [plus, slash] in [*b"+/", *b"-_"] {
        let whole = unpadded(bytes, plus, slash);
        // a padding that stayed would tell of its length
        texts.extend((!whole.len().is_multiple_of(4)).then(|| padded(whole.clone())));
        texts.push(whole);
        for before in 0..3 {
            let all = [&[0; 2][..before], bytes].concat();
            let own = (before * 8).div_ceil(6)..all.len() * 8 / 6;
            if own.len() >= SHORTEST_DIGITS {
                texts.push(unpadded(&all, plus, slash)[own].to_owned());
            }
        }
    }
    texts
}

/// Base64 with padding (RFC 4648, 4).
pub fn base64(bytes: &[u8]) -> String {
    padded(unpadded(bytes, b'+', b'/'))
}

fn padded(mut digits: String) -> String {
    while !digits.len().is_multiple_of(4) {
        digits.push('=');
    }
    digits
}

/// Base64 without padding.
fn unpadded(bytes: &[u8], plus: u8, slash: u8) -> String {
    let mut alphabet: Vec<u8> = (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').collect();
    alphabet.extend([plus, slash]);
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            out.push(char::from(alphabet[(group >> (18 - 6 * digit) & 63) as usize]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::{MASK, Secrets};
    use super::*;

    #[test]
    fn base64_is_masked_at_every_place() {
        for secret in ["hunter2hunter", "hunter2hunter2", "hunter2hunter22", "\u{fb}\u{ff}\u{fe}~~~???>>>"] {
            let mut secrets = Secrets::default();
            secrets.add(secret);
            for before in ["", "u", "ab", "abc", "alice:"] {
                for after in ["", "x", "yz", ":more"] {
                    let plain = format!("{before}{secret}{after}");
                    for encoded in [base64(plain.as_bytes()), unpadded(plain.as_bytes(), b'-', b'_')] {
                        let digits = encoded.trim_end_matches('=').len();
                        let masked = secrets.text(&encoded);
                        let left = masked.replace(MASK, "").trim_end_matches('=').len();
                        // what is around it takes as many digits, and one at each end may be shared
                        let around = (before.len() * 8).div_ceil(6) + digits - (before.len() + secret.len()) * 8 / 6;
                        let is_whole = before.is_empty() && after.is_empty();
                        assert!(masked.contains(MASK) && left <= around, "{plain} {encoded} {masked}");
                        assert!(!is_whole || masked == MASK, "{plain} {encoded} {masked}");
                    }
                }
            }
        }
        // few digits may be anything
        let mut secrets = Secrets::default();
        secrets.add("pass");
        assert_eq!(secrets.text("cGFzcw== YXBhc3M="), "*** YXBhc3M=");
    }
}
