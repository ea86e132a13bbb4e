//! Where a text cites requirements (`ARZ-FAIL-13`) and decisions (`A-13`), and which test a citation belongs to.

use std::collections::BTreeSet;

/// The requirements that a text names.
pub(crate) fn requirements(text: &str) -> BTreeSet<String> {
    let numbered = |rest: &str| {
        let (area, rest) = rest.split_once('-')?;
        let number = rest.get(..2).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))?;
        let whole = !area.is_empty() && area.bytes().all(|byte| byte.is_ascii_uppercase());
        whole.then(|| format!("ARZ-{area}-{number}"))
    };
    text.split("ARZ-").skip(1).filter_map(numbered).collect()
}

/// The decisions that a text names.
pub(crate) fn decisions(text: &str) -> BTreeSet<String> {
    let at_word =
        |at: usize| !text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '-' || before == '_');
    let starts = text.match_indices("A-").map(|(at, _)| at).filter(|at| at_word(*at));
    let number = |at: usize| {
        let rest = &text[at + 2..];
        let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let digits = rest[..length].trim_end_matches('b');
        let well_formed = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        well_formed.then(|| format!("A-{}", &rest[..length]))
    };
    starts.filter_map(number).collect()
}

/// The tests of a Rust file and the text that belongs to each: the comments before it, and its body.
///
/// A test is a function after `#[test]` or `#[tokio::test]`; its body ends with a `}` at its own indentation.
pub(crate) fn tests(file: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    let mut before = String::new();
    let mut is_test = false;
    let mut lines = file.lines();
    while let Some(line) = lines.next() {
        let code = line.trim_start();
        if code.starts_with("//!") {
            continue;
        }
        if code.starts_with("//") || code.starts_with("#[") {
            is_test |= code.starts_with("#[test]") || code.starts_with("#[tokio::test");
            before.push_str(code);
            before.push('\n');
            continue;
        }
        let name = code.strip_prefix("async ").unwrap_or(code).strip_prefix("fn ").filter(|_| is_test);
        if let Some(name) = name {
            let name = &name[..name.find(['(', '<']).unwrap_or(name.len())];
            let end = format!("{}}}", &line[..line.len() - code.len()]);
            let body = lines.by_ref().take_while(|line| *line != end).collect::<Vec<_>>().join("\n");
            found.push((name, format!("{before}{line}\n{body}")));
        }
        before.clear();
        is_test = false;
    }
    found
}

#[test]
fn ids_are_found_where_they_stand_alone() {
    let text = "(ARZ-FAIL-13, ARZ-STEP-4, ARZ-ROOT; A-13, A-24b, ECMA-262, A-262, xA-13, -A-14)";
    assert_eq!(requirements(text), ["ARZ-FAIL-13".to_owned()].into());
    assert_eq!(decisions(text), ["A-13".to_owned(), "A-24b".to_owned()].into());
}

#[test]
fn a_citation_belongs_to_the_test_around_or_after_it() {
    let file = "//! X-0\n/// X-1\nfn helper() {\n}\n\n/// X-2\n#[test]\nfn a() {\n    // X-3\n}\n    // X-4\n    #[tokio::test]\n    async fn b(x: u8) {\n        {\n        }\n    }\n// X-5\n";
    let found = tests(file);
    assert_eq!(found.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["a", "b"]);
    let cited = |text: &str| (0..6).filter(|number| text.contains(&format!("X-{number}"))).collect::<Vec<_>>();
    assert_eq!(cited(&found[0].1), [2, 3]);
    assert_eq!(cited(&found[1].1), [4]);
}
