//! Texts with masks in them, compared with texts in which what is masked may stand unmasked.

use std::collections::HashSet;

use arras_run::secret::{MASK, stands_alone};

use super::placeholders::is_word;

/// The longest secret that is not replaced within a longer text, if it is no word: `false`.
const LONGEST_ALONE: usize = 5;
/// The shortest word that is replaced but in names.
const SHORTEST_WORD: usize = 4;
/// A mask as a string of JSON.
const QUOTED: &[u8] = b"\"***\"";
/// How many pairs of places are looked at.
const BUDGET: usize = 1 << 16;

/// Whether two texts are the same, where a mask in either may stand for a secret in the other that is recorded as it is
/// within longer texts.
pub(super) fn alike(was: &str, now: &str) -> bool {
    if !was.contains(MASK) && !now.contains(MASK) {
        return was == now;
    }
    let (was, now) = (was.as_bytes(), now.as_bytes());
    let mut open = vec![(0, 0)];
    let mut known = HashSet::new();
    while let Some((mut at, mut other)) = open.pop() {
        if known.len() == BUDGET {
            return false;
        }
        let is_mask = |text: &[u8]| text.starts_with(MASK.as_bytes());
        while was.get(at) == now.get(other) && !is_mask(&was[at..]) && !is_mask(&now[other..]) {
            if at == was.len() {
                return true;
            }
            (at, other) = (at + 1, other + 1);
        }
        if !known.insert((at, other)) {
            continue;
        }
        let (masked, opposite) = (is_mask(&was[at..]), is_mask(&now[other..]));
        if masked && opposite {
            open.push((at + MASK.len(), other + MASK.len()));
        }
        // JSON that is a secret is recorded as a string
        if masked && now[other..].starts_with(QUOTED) {
            open.push((at + MASK.len(), other + QUOTED.len()));
        }
        if opposite && was[at..].starts_with(QUOTED) {
            open.push((at + QUOTED.len(), other + MASK.len()));
        }
        if masked {
            open.extend(unmasked(&now[other..]).map(|length| (at + MASK.len(), other + length)));
        }
        if opposite {
            open.extend(unmasked(&was[at..]).map(|length| (at + length, other + MASK.len())));
        }
    }
    false
}

/// The lengths of what a text begins with and a recording may hold of secrets: those that are not replaced within longer texts,
/// and those that are words, which are not replaced in names.
fn unmasked(text: &[u8]) -> impl Iterator<Item = usize> {
    let is_alone = |length: &usize| text.get(..*length).is_some_and(stands_alone);
    let is_part = |length: &usize| {
        let part = text.get(..*length).and_then(|part| std::str::from_utf8(part).ok());
        part.is_some_and(is_word)
    };
    (1..=LONGEST_ALONE).filter(is_alone).chain((SHORTEST_WORD..).take_while(is_part))
}

/// Whether the text is one that `masked` may have been, each mask standing for any text.
pub(super) fn matches(masked: &str, text: &str) -> bool {
    let Some((first, rest)) = masked.split_once(MASK) else { return masked == text };
    let Some(mut left) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split(MASK).collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_secret_may_stand_unmasked_on_either_side() {
        for (was, now) in [
            ("q=ab", "q=***"),
            ("xaby", "x***y"),
            ("***", "***"),
            ("***&r=c", "ab&r=***"),
            ("******", "aab"),
            ("a***", "***b"),
            ("é", "***"),
            ("q=xtruey", "q=x***y"),
            ("***,null", "false,***"),
            (r#"{"a": ***,"b":***}"#, r#"{"a": "***","b":***}"#),
            ("type=***&***=***", "type=password&password=***"),
            ("/u/***/application/json", "/u/Content-Type/***"),
        ] {
            assert!(alike(was, now) && alike(now, was), "{was} {now}");
        }
        for (was, now) in [
            ("q=", "q=***"),
            ("q=abcd", "q=***"),
            ("xabz", "x***y"),
            ("ab", "ac"),
            ("***", ""),
            ("q=***", "q=passwort"),
        ] {
            assert!(!alike(was, now) && !alike(now, was), "{was} {now}");
        }
        let many = "***".repeat(2_000);
        assert!(!alike(&format!("{many}x"), &format!("{}y", "a".repeat(6_000))));
    }

    #[test]
    fn a_mask_of_an_archive_stands_for_any_text() {
        for (masked, text) in [
            (r#"{"pw":"***"}"#, r#"{"pw":"hush hush"}"#),
            ("a***b***c", "axbybzc"),
            ("***", ""),
            ("a", "a"),
            ("ab***", "abcd"),
        ] {
            assert!(matches(masked, text), "{masked} {text}");
        }
        for (masked, text) in [("a***b", "ab c"), ("a***a", "a"), ("a***x***b", "ab"), ("a", "b")] {
            assert!(!matches(masked, text), "{masked} {text}");
        }
    }
}
