//! `docs/requirements.md`, written from `docs/requirements.tsv`.

#[path = "../../../../tests/support/shared_data.rs"]
mod shared_data;

use std::collections::BTreeSet;

use super::project;
use shared_data::shared;

/// A row of the data.
pub(crate) struct Row {
    /// Its id, `ARZ-FAIL-13`.
    pub(crate) id: String,
    /// The versions it is about.
    pub(crate) versions: String,
    /// How it is checked: in the document, in its sources, in a run, by a hint; `/` between several.
    pub(crate) kind: String,
    /// What it asks for.
    pub(crate) statement: String,
}

impl Row {
    /// `FAIL` of `ARZ-FAIL-13`.
    fn area(&self) -> &str {
        self.id.split('-').nth(1).unwrap_or_default()
    }
}

/// The headings, and the areas below each.
const GROUPS: &[(&str, &[&str])] = &[
    ("Documents, format and versions", &["DOC"]),
    ("URIs and `$self`", &["URI"]),
    ("The root and the Info Object", &["ROOT", "INFO"]),
    ("Source descriptions", &["SRC"]),
    ("Workflows", &["WF"]),
    ("Steps", &["STEP"]),
    ("Steps over AsyncAPI", &["ASYNC"]),
    ("Parameters", &["PARAM"]),
    ("Success actions", &["SUCC"]),
    ("Failure actions", &["FAIL"]),
    ("Components and Reusable Objects", &["COMP", "REUSE"]),
    ("Criteria", &["CRIT"]),
    ("Simple conditions", &["COND"]),
    ("Conditions as pattern, JSONPath and XPath", &["REGEX", "JPATH", "XPATH"]),
    ("Expression types", &["ETYPE"]),
    ("Selectors", &["SEL"]),
    ("Request bodies and replacements", &["BODY", "REPL"]),
    ("Runtime expressions", &["EXPR"]),
    ("Extensions, security and media types", &["EXT", "SEC", "MIME"]),
];

/// The rows of a table of tab-separated values.
fn parse(text: &str) -> Vec<Row> {
    let row = |line: &str| {
        let cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let Ok([id, versions, kind, statement]) = <[String; 4]>::try_from(cells) else { panic!("four cells: {line}") };
        Row { id, versions, kind, statement }
    };
    text.lines().skip(1).map(row).collect()
}

/// All rows, in their order.
pub(crate) fn rows() -> Vec<Row> {
    parse(&project::text("docs/requirements.tsv"))
}

/// The groups in their order: heading and rows.
pub(crate) fn groups(rows: &[Row]) -> Vec<(&'static str, Vec<&Row>)> {
    let of = |areas: &[&str]| rows.iter().filter(|row| areas.contains(&row.area())).collect();
    GROUPS.iter().map(|(heading, areas)| (*heading, of(areas))).collect()
}

const OPENING: &str = "\
# Requirements

What the Arazzo specification asks of a tool, one line each, under the ids that the code and its tests cite. `all` stands for
1.0.0, 1.0.1 and 1.1.0, `1.0` for the first two. The last column says where it shows: **V** in the document alone, **X** once its
sources are there, **R** in a run, **L** as a hint only. Which tests show which requirement stands in [conformance.md](conformance.md); what is
done where the specification is silent, in [decisions.md](decisions.md).

<!-- written from requirements.tsv by the test `documentation` -->
";

#[test]
fn the_page_is_written_from_the_data() {
    let rows = rows();
    let mut page = OPENING.to_owned();
    let mut listed = 0;
    for (heading, rows) in groups(&rows) {
        page += &format!("\n## {heading}\n\n| id | versions | requirement | |\n|---|---|---|---|\n");
        for row in &rows {
            let Row { id, versions, kind, statement } = row;
            let (statement, kind) = (statement.replace('|', "\\|"), kind.replace('/', " "));
            page += &format!("| {id} | {versions} | {statement} | {kind} |\n");
        }
        listed += rows.len();
    }
    assert_eq!(listed, rows.len(), "a row is of no group");
    project::compare("docs/requirements.md", &page);
}

#[test]
fn every_row_is_complete() {
    let rows = rows();
    let ids: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids.len(), rows.len(), "an id is given twice");
    for Row { id, kind, statement, .. } in &rows {
        assert_eq!(super::citation::requirements(id), [id.clone()].into());
        assert!(kind.split('/').all(|kind| ["V", "X", "R", "L"].contains(&kind)), "{id}: {kind}");
        assert!(statement.ends_with('.'), "{id}: {statement}");
    }
}

#[test]
fn the_rows_are_those_of_the_checklist() {
    let Some(path) = shared("spec/requirements.tsv") else { return };
    let text = std::fs::read_to_string(path).expect("the checklist");
    let theirs: BTreeSet<(&str, &str)> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once('\t'))
        .map(|(id, rest)| (id, rest.split('\t').next().unwrap_or_default()))
        .collect();
    let rows = rows();
    let ours: BTreeSet<(&str, &str)> = rows.iter().map(|row| (row.id.as_str(), row.versions.as_str())).collect();
    assert_eq!(ours, theirs);
}
