//! Expressions and conditions against the shared vectors and what published documents write.

#![allow(clippy::print_stdout, reason = "a test says what it skips")]

use std::path::{Path, PathBuf};

use arras_doc::condition::{Context, Tolerance, parse};
use arras_doc::expression::Expression;
use arras_doc::pattern::Pattern;
use serde_json::Value;

fn shared(file: &str) -> Option<Value> {
    let named = std::env::var_os("ARRAS_SHARED").map(PathBuf::from);
    let beside = || {
        let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        folders.find_map(|folder| Some(folder.join("shared")).filter(|shared| shared.is_dir()))
    };
    let Some(folder) = named.or_else(beside).filter(|folder| folder.is_dir()) else {
        println!("skipped: there is no folder `shared`");
        return None;
    };
    let text = std::fs::read_to_string(folder.join("spec").join(file)).expect("the shared file");
    Some(serde_json::from_str(&text).expect("JSON"))
}

#[test]
fn expressions_are_read_as_the_vectors_decide() {
    let Some(vectors) = shared("vectors/runtime-expressions.json") else { return };
    let vectors = vectors["vectors"].as_array().expect("a list");
    assert_eq!(vectors.len(), 65);
    for vector in vectors {
        let text = vector["expr"].as_str().expect("an expression");
        let parsed = Expression::parse(text);
        let strict = parsed.as_ref().is_ok_and(Expression::is_strict);
        assert_eq!(Some(strict), vector["abnf_1_1"].as_bool(), "{text}: {parsed:?}");
        let Some(decision) = vector["decision"].as_str() else { continue };
        let (accepted, attempted) = match decision.split([':', ' ']).next() {
            Some("lenient" | "1.0") => (true, true),
            Some("literal") => (false, false),
            Some("error") => (false, true),
            // spelled so in `dependsOn` and in `operationPath` only, which is for those to know
            Some("valid") => (decision.contains("dependsOn"), true),
            _ => panic!("a decision that this test does not know: {decision}"),
        };
        assert_eq!(parsed.is_ok(), accepted, "{text}: {decision}");
        assert_eq!(Expression::is_attempted(text) || parsed.is_ok(), attempted, "{text}: {decision}");
        if decision.contains("did you mean") || decision.contains("$ref") {
            assert!(parsed.is_err_and(|error| error.help.is_some()), "{text}");
        }
    }
}

#[test]
fn published_conditions_are_read() {
    let Some(corpus) = shared("corpus-conditions.json") else { return };
    let (mut accepted, mut loose, mut refused) = (0, 0, Vec::new());
    for criterion in corpus["criteria"].as_array().expect("a list") {
        let text = criterion["condition"].as_str().expect("a condition");
        let count = criterion["count"].as_u64().expect("a count");
        if criterion["type"] != "simple" {
            continue;
        }
        let context = if criterion["context"] == "" { Context::Absent } else { Context::Present };
        match parse(text, context) {
            Ok(condition) => {
                accepted += count;
                let unknown_to_the_grammar = |tolerance| {
                    matches!(tolerance, Tolerance::DoubleQuotes | Tolerance::UnquotedString | Tolerance::StatusClass)
                };
                loose += if condition.looseness.iter().any(|loose| unknown_to_the_grammar(loose.tolerance)) {
                    count
                } else {
                    0
                };
            }
            Err(error) => {
                assert!(error.help.is_some(), "{text}: {error}");
                refused.push((text, count));
            }
        }
    }
    let expected = |text: &str| text.contains(" contains ") || text.starts_with("$body.") || text.contains("[?(");
    assert!(refused.iter().all(|(text, _)| expected(text)), "{refused:?}");
    let refused: u64 = refused.iter().map(|(_, count)| count).sum();
    println!("{accepted} accepted, of these {loose} only by tolerance, {refused} refused");
    // the reference grammar reads 9,723 of 9,780 (A-24b)
    assert_eq!((accepted - loose, loose, refused), (9723, 35, 22));
}

#[test]
fn published_patterns_are_read() {
    let Some(corpus) = shared("corpus-conditions.json") else { return };
    let criteria = corpus["criteria"].as_array().expect("a list");
    let patterns: Vec<_> = criteria.iter().filter(|criterion| criterion["type"] == "regex").collect();
    assert_eq!(patterns.len(), 11);
    for criterion in patterns {
        let text = criterion["condition"].as_str().expect("a pattern");
        let (_, tolerances) = Pattern::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(tolerances.is_empty(), !text.starts_with("(?i)") && !text.ends_with("/i"), "{text}");
    }
}
