//! Which characters are the same but for case, by ECMA-262's Canonicalize without the flag `u`.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Beyond this character nothing has case.
const LAST_CASED: u32 = 0x1E943;

/// The sets of at least two characters that are the same but for case.
pub(super) fn groups() -> &'static [Vec<char>] {
    static GROUPS: OnceLock<Vec<Vec<char>>> = OnceLock::new();
    GROUPS.get_or_init(|| {
        let mut groups: HashMap<char, Vec<char>> = HashMap::new();
        for character in (0..=LAST_CASED).filter_map(char::from_u32) {
            let canonical = canonicalize(character);
            if canonical != character {
                groups.entry(canonical).or_insert_with(|| vec![canonical]).push(character);
            }
        }
        groups.into_values().collect()
    })
}

/// The upper case of a character, unless that is several characters or ASCII for one that is not.
fn canonicalize(character: char) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) if character.is_ascii() || !upper.is_ascii() => upper,
        _ => character,
    }
}
