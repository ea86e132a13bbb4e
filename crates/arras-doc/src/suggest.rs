//! "did you mean": the names nearest to one that does not exist.

use std::cmp::Reverse;

/// Names longer than this many characters are compared by this prefix.
const LONGEST: usize = 96;

/// Up to `limit` of the `candidates` that someone who wrote `wanted` may have meant, nearest first.
///
/// Of names equally near the one that has more of its beginning in common comes first.
/// A name is near if it differs in case only, or by few typing errors (a letter missing, added, changed, or swapped with
/// its neighbour: one for every three letters, or the swap of two), or contains the other, when that is at least four letters long.
///
/// ```
/// use arras_doc::suggest::nearest;
/// assert_eq!(nearest("getPetByld", ["getPetById", "getPets", "deleteOrder"], 1), ["getPetById"]);
/// assert!(nearest("x", ["getPetById"], 3).is_empty());
/// ```
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>, limit: usize) -> Vec<&'a str> {
    let folded = fold(wanted);
    let mut near: Vec<(usize, Reverse<usize>, &str)> = Vec::new();
    for candidate in candidates {
        let other = fold(candidate);
        if let Some(distance) = distance(&folded, &other) {
            let shared = folded.iter().zip(&other).take_while(|(a, b)| a == b).count();
            near.push((distance, Reverse(shared), candidate));
        }
    }
    // of names equally near the one that begins alike is
    near.sort_by_key(|(distance, shared, _)| (*distance, *shared));
    let mut names: Vec<&str> = Vec::new();
    for (.., name) in near {
        if names.len() < limit && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Up to `limit` of the `candidates` that are made of the same words as a name, in any order and form, best first.
///
/// Words begin at capitals and after what is neither letter nor digit. Two are the same if they share a beginning of four
/// letters, or all of the shorter one. Two words, or all of them, must be shared.
///
/// ```
/// use arras_doc::suggest::by_words;
/// assert_eq!(by_words("createFork", ["repos/create-fork", "repos/list-forks"], 1), ["repos/create-fork"]);
/// assert!(by_words("createFork", ["repos/create", "forks"], 1).is_empty());
/// ```
pub fn by_words<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>, limit: usize) -> Vec<&'a str> {
    let words = words(wanted);
    if words.len() < 2 {
        return Vec::new();
    }
    let mut found: Vec<(usize, usize, &str)> = Vec::new();
    for candidate in candidates {
        let others = self::words(candidate);
        let shared = words.iter().filter(|word| others.iter().any(|other| is_same_word(word, other))).count();
        if shared >= 2 && shared * 3 >= words.len() * 2 {
            found.push((words.len() - shared, others.len(), candidate));
        }
    }
    found.sort();
    found.into_iter().map(|(_, _, name)| name).take(limit).collect()
}

/// The words of a name, in lower case.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for letter in name.chars().take(LONGEST) {
        let begins = !before.is_alphanumeric() || before.is_lowercase() && letter.is_uppercase();
        if letter.is_alphanumeric() {
            if begins {
                words.push(String::new());
            }
            words.last_mut().into_iter().for_each(|word| word.extend(letter.to_lowercase()));
        }
        before = letter;
    }
    words
}

/// Whether two words are one but for their ending.
pub(crate) fn is_same_word(one: &str, other: &str) -> bool {
    let shared = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    shared >= 4 || shared == one.len().min(other.len()) && one.len().abs_diff(other.len()) <= 1
}

/// The help that goes with [`nearest`] names: ``did you mean `a` or `b`?``; `None` if there are none.
pub fn did_you_mean(names: &[&str]) -> Option<String> {
    let (last, others) = names.split_last()?;
    let others = others.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Some(match others.is_empty() {
        true => format!("did you mean `{last}`?"),
        false => format!("did you mean {others} or `{last}`?"),
    })
}

/// The names that there are, for people: the first eight of them.
///
/// ```
/// use arras_doc::suggest::enumerated;
/// assert_eq!(enumerated(["a", "b"]), "`a`, `b`");
/// ```
pub fn enumerated<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 8;
    let mut names = names.into_iter();
    let shown: Vec<String> = names.by_ref().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if names.next().is_some() { " …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// Whether two names are one but for the case of letters: then the nearest name is surely the one that was meant, and
/// may be written without asking.
///
/// ```
/// use arras_doc::suggest::differ_in_case;
/// assert!(differ_in_case("getpets", "getPets"));
/// assert!(!differ_in_case("PostAccounts", "GetAccounts"));
/// ```
pub fn differ_in_case(wrong: &str, right: &str) -> bool {
    wrong != right && wrong.to_lowercase() == right.to_lowercase()
}

/// How many typing errors part two names, case apart.
pub(crate) fn edits(one: &str, other: &str) -> usize {
    distance_of(&fold(one), &fold(other))
}

/// How many typing errors lie between two names, if they are few for their length.
pub(crate) fn edits_between(one: &str, other: &str) -> Option<usize> {
    distance(&fold(one), &fold(other)).filter(|edits| *edits < LONGEST)
}

fn fold(name: &str) -> Vec<char> {
    name.chars().take(LONGEST).flat_map(char::to_lowercase).collect()
}

/// How far apart two names are, or `None` if they are not near.
fn distance(a: &[char], b: &[char]) -> Option<usize> {
    let longer = a.len().max(b.len());
    let shorter = a.len().min(b.len());
    // two letters are a name as well, and easily swapped
    let swapped = matches!((a, b), ([a, b], [c, d]) if a == d && b == c);
    let most = if swapped { 1 } else { (longer / 3).min(8) };
    if longer - shorter <= most {
        let edits = distance_of(a, b);
        if edits <= most && edits < longer {
            return Some(edits);
        }
    }
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    (short.len() >= 4 && long.windows(short.len()).any(|window| window == short)).then_some(LONGEST + longer - shorter)
}

/// The optimal string alignment distance: insertions, deletions, substitutions, swaps of neighbours.
fn distance_of(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (row, x) in a.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, y) in b.iter().enumerate() {
            let mut least = (above[column] + usize::from(x != y)).min(above[column + 1] + 1).min(current[column] + 1);
            let swapped = row > 0 && column > 0 && *x == b[column - 1] && a[row - 1] == *y;
            if swapped {
                least = least.min(before[column - 1] + 1);
            }
            current.push(least);
        }
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn typing_errors_are_found_and_strangers_are_not() {
        let names = ["createFaceLivenessSession", "getFaceLivenessSessionResults", "detectFaces", "listFaces", "id"];
        for (wanted, expected) in [
            ("createFaceLivenesSession", vec!["createFaceLivenessSession"]),
            ("CREATEFACELIVENESSSESSION", vec!["createFaceLivenessSession"]),
            ("dtectFaces", vec!["detectFaces"]),
            ("detcetFaces", vec!["detectFaces"]),
            ("FaceLiveness", vec!["createFaceLivenessSession", "getFaceLivenessSessionResults"]),
            ("deleteOrder", vec![]),
            ("di", vec!["id"]),
            ("it", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(nearest(wanted, names, 3), expected, "{wanted}");
        }
    }

    #[test]
    fn the_help_names_all() {
        assert_eq!(did_you_mean(&[]), None);
        assert_eq!(did_you_mean(&["a"]).as_deref(), Some("did you mean `a`?"));
        assert_eq!(did_you_mean(&["a", "b", "c"]).as_deref(), Some("did you mean `a`, `b` or `c`?"));
    }

    #[test]
    fn edits_are_counted() {
        let count = |a: &str, b: &str| distance_of(&fold(a), &fold(b));
        assert_eq!([count("", ""), count("", "ab"), count("ab", "ba"), count("kitten", "sitting")], [0, 2, 1, 3]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn distance_is_symmetric(a in "[abc]{0,8}", b in "[abc]{0,8}") {
            prop_assert_eq!(edits(&a, &b), edits(&b, &a));
            prop_assert_eq!(edits(&a, &b) == 0, a == b);
        }
    }
}
