//! `docs/conformance.md`: which tests name which requirement.

use std::collections::{BTreeMap, BTreeSet};

use super::requirements::{Row, groups, rows};
use super::{citation, project};

/// The tests that name each requirement.
type Table = BTreeMap<String, BTreeSet<String>>;

/// Finds the requirements that tests name: Rust tests, folders of cases, and examples on the pages of rules.
fn table() -> Table {
    let mut table = Table::new();
    let mut cite = |text: &str, test: &str| {
        for id in citation::requirements(text) {
            table.entry(id).or_default().insert(test.to_owned());
        }
    };
    for path in project::files("crates").into_iter().chain(project::files("tests")) {
        if path.starts_with("crates/arras-doc/tests/documentation/") {
            continue;
        }
        if path.ends_with(".rs") {
            let text = project::text(&path);
            let short = path.strip_prefix("crates/").unwrap_or(&path);
            citation::tests(&text).iter().for_each(|(name, text)| cite(text, &format!("{short}: {name}")));
        } else if let Some(case) = case(&path) {
            cite(&project::text(&path), case);
        }
    }
    for path in project::files("docs/rules") {
        let text = project::text(&path);
        let shown = text.lines().filter_map(|line| line.strip_prefix("Requirements: "));
        shown.for_each(|line| cite(line, &path));
    }
    table
}

/// The folder of a case that a text file belongs to: `tests/cases/run/NAME`.
fn case(path: &str) -> Option<&str> {
    let readable = [".yaml", ".yml", ".json", ".txt", ".md", ".toml"].iter().any(|end| path.ends_with(end));
    let name = path.strip_prefix("tests/cases/").filter(|_| readable)?;
    let mut parts = name.match_indices('/').map(|(at, _)| at);
    let end = parts.nth(1)?;
    Some(&path[.."tests/cases/".len() + end])
}

/// The requirements that no test shows, and why.
const WITHOUT: &[(&str, &str)] = &[
    ("ARZ-ASYNC-10", MESSAGES),
    ("ARZ-ASYNC-11", MESSAGES),
    ("ARZ-ASYNC-12", MESSAGES),
    ("ARZ-ASYNC-15", MESSAGES),
    ("ARZ-ASYNC-17", MESSAGES),
    ("ARZ-ASYNC-19", MESSAGES),
];

/// Steps over AsyncAPI are read, linked and then refused: see the rule `unsupported-feature`.
const MESSAGES: &str =
    "no message is sent or received yet: a workflow with such a step is refused before its first request";

const OPENING: &str = "\
# Conformance

Which tests show that a [requirement](requirements.md) is kept. A test counts for a requirement if it names the id, which its author may
do only if the test would fail without it; this table is collected from the tests. `open` means that no test names it, and
why; `hint` that the requirement is advice to authors, without a test here.

<!-- collected by the test `documentation` -->
";

#[test]
fn the_page_lists_the_tests_that_name_a_requirement() {
    let table = table();
    let rows = rows();
    let open = |row: &&Row| !table.contains_key(&row.id);
    let shown = rows.iter().filter(|row| !open(row)).count();
    let mut page = format!("{OPENING}\n{shown} of {} requirements are named by a test.\n", rows.len());
    for (heading, rows) in groups(&rows) {
        let shown = rows.iter().filter(|row| !open(row)).count();
        page += &format!("\n## {heading} ({shown} of {})\n\n| id | tests |\n|---|---|\n", rows.len());
        for row in rows {
            let tests = match table.get(&row.id) {
                Some(tests) => tests.iter().map(|test| format!("`{test}`")).collect::<Vec<_>>().join("<br>"),
                None if row.kind == "L" => "hint".into(),
                None => match WITHOUT.iter().find(|(id, _)| *id == row.id) {
                    Some((_, why)) => format!("open: {why}"),
                    None => panic!("{}: a test must name it, or the list of those without one say why", row.id),
                },
            };
            page += &format!("| {} | {tests} |\n", row.id);
        }
    }
    project::compare("docs/conformance.md", &page);
}

#[test]
fn a_case_is_its_folder() {
    assert_eq!(case("tests/cases/run/face/workflow.arazzo.yaml"), Some("tests/cases/run/face"));
    assert_eq!(case("tests/cases/run/face/more/x.json"), Some("tests/cases/run/face"));
    assert_eq!(case("tests/cases/run/x.md"), None);
    assert_eq!(case("tests/cli/x/y.md"), None);
}
