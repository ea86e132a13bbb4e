//! The schema of test files, with the kinds of faults and the rules that there are.

use arras_doc::rule;
use serde_json::{Value, json};

use crate::command::faults;

/// The schema as JSON, with a line break at its end.
pub(super) fn text() -> String {
    let mut schema: Value = serde_json::from_str(include_str!("../../schemas/test-file.json")).unwrap_or_default();
    let expect = &mut schema["$defs"]["expect"]["properties"];
    expect["fault"]["enum"] = faults::kinds().collect();
    let mut rules: Vec<&str> = rule::ALL.iter().map(|rule| rule.id).collect();
    rules.sort_unstable();
    expect["diagnostics"]["items"]["enum"] = json!(rules);
    format!("{}\n", serde_json::to_string_pretty(&schema).unwrap_or_default())
}
