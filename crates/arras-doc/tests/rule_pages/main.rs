//! The pages of `docs/rules/`: one for each rule, and every example on them finds what the page says.
//!
//! `UPDATE=1` writes the title, the line below it and the findings anew.

mod findings;
mod page;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use arras_doc::rule;

use findings::findings;
use page::{Page, title};

/// The rules whose findings need more than reading and linking, and what they need.
const ELSEWHERE: &[(&str, &str)] = &[
    ("unknown-rule", "found when findings get their severities"),
    ("invalid-encoding", "a page is UTF-8 itself, so it can't hold the bytes"),
    ("schema-violation", "found when nothing but the official schema is asked"),
    ("unsupported-feature", "found when a plan is built"),
    ("inexpressible-payload", "found when a plan is built"),
    ("source-not-found", "found when sources are loaded"),
    ("source-unreadable", "found when sources are loaded"),
    ("duplicate-self", "found when sources are loaded"),
    ("invalid-map-key", "shown by the tables of the reading tests"),
    ("location-reference", "found when sources are loaded"),
    ("loose-base", "found when sources are loaded"),
    ("loose-field", "shown by the tables of the reading tests"),
    ("unsupported-asyncapi-version", "shown by the tables of the AsyncAPI tests"),
    ("unused-document", "found when sources are loaded"),
    ("source-not-fetched", "found when sources are loaded"),
    ("reference-unreadable", "found when sources are loaded"),
    ("invalid-server", "found when a plan is built"),
    ("own-credentials", "found when a request is authorised"),
    ("signed-header", "found when a request is authorised"),
    ("unused-credential", "found when a request is authorised"),
    ("credential-refused", "found in a run"),
    ("request-repeated", "found in a run"),
    ("request-retried", "found in a run"),
    ("redirect-followed", "found in a run"),
    ("regional-host", "found when a request is authorised"),
    ("invalid-input", "found when a run starts"),
    ("criterion-unsatisfied", "found in a run"),
    ("criterion-unevaluable", "found in a run"),
    ("status-unsuccessful", "found in a run"),
    ("call-unsuccessful", "found in a run"),
    ("no-action-matched", "found in a run"),
    ("loop-ended", "found in a run"),
    ("response-status-undescribed", "found in a run"),
    ("response-type-undescribed", "found in a run"),
    ("response-schema-mismatch", "found in a run"),
    ("output-absent", "found in a run"),
    ("step-fault", "found in a run"),
    ("budget-exceeded", "found in a run"),
    ("value-absent", "found in a run"),
    ("loose-value", "found in a run"),
    ("invalid-scenario", "found when a scenario is read"),
    ("ambiguous-route", "found when a mock starts"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules")
}

/// The ids of the pages that there are.
fn pages() -> BTreeSet<String> {
    let files = std::fs::read_dir(folder()).expect("the folder of pages");
    let paths = files.map(|file| file.expect("a file").path());
    paths.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
}

#[test]
fn every_rule_has_a_page_and_every_page_a_rule() {
    let pages = pages();
    let rules: BTreeSet<String> = rule::ALL.iter().map(|rule| rule.id.to_owned()).collect();
    let missing: Vec<_> = rules.difference(&pages).collect();
    let stray: Vec<_> = pages.difference(&rules).collect();
    assert!(missing.is_empty(), "rules without a page in `docs/rules/`: {missing:?}");
    assert!(stray.is_empty(), "pages without a rule: {stray:?}");
}

#[test]
fn pages_find_what_they_say() {
    let mut wrong = Vec::new();
    for id in pages() {
        let Some(rule) = rule::Rule::find(&id) else { continue };
        let path = folder().join(format!("{id}.md"));
        let text = std::fs::read_to_string(&path).expect("a page");
        let page = Page::parse(&text).unwrap_or_else(|problem| panic!("{id}: {problem}"));
        let needs = ELSEWHERE.iter().find(|(other, _)| *other == id).map(|(_, needs)| *needs);
        match needs {
            Some(needs) => assert!(page.examples.is_empty(), "{id}: an example can't find this here, it is {needs}"),
            None => {
                assert!(!page.examples.is_empty(), "{id}: the page has no example, or the reason belongs in a list")
            }
        }
        let found: Vec<String> = page.examples.iter().map(|example| findings(rule, example)).collect();
        if found.iter().any(String::is_empty) {
            wrong.push(format!("--- docs/rules/{id}.md has an example in which nothing of the rule is found"));
        }
        let wanted = page.with(&title(rule), &found);
        if wanted == text {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &wanted).expect("a page is written");
        } else {
            wrong.push(format!("--- docs/rules/{id}.md should be\n{wanted}"));
        }
    }
    assert!(wrong.is_empty(), "run again with UPDATE=1, then read the pages\n{}", wrong.join("\n"));
}

#[test]
fn what_is_found_elsewhere_is_a_rule() {
    let stray: Vec<_> = ELSEWHERE.iter().filter(|(id, _)| rule::Rule::find(id).is_none()).collect();
    assert!(stray.is_empty(), "no rules any more: {stray:?}");
}
