//! Options that are settled but can't be carried out yet: refused, never passed over.

/// The options, by their long names. Carrying one out means deleting its line.
const PENDING: &[&str] = &["file", "parallel", "record", "replay", "schema-only"];

/// The kinds of reports that can't be written yet.
pub(super) const PENDING_REPORTS: &[&str] = &["junit", "html", "har", "markdown"];

/// The commands that can't be carried out yet.
pub(super) const PENDING_COMMANDS: &[&str] = &["test", "graph", "explain", "replay", "schema", "completions", "man"];

/// Whether the option of that long name is refused for now.
pub fn is_pending(long: &str) -> bool {
    PENDING.contains(&long)
}
