//! Options that are settled but can't be carried out yet: refused, never passed over.

/// The options, by their long names. Carrying one out means deleting its line.
const PENDING: &[&str] = &["parallel"];

/// The commands that can't be carried out yet.
pub(super) const PENDING_COMMANDS: &[&str] = &["graph"];

/// Whether the option of that long name is refused for now.
pub fn is_pending(long: &str) -> bool {
    PENDING.contains(&long)
}
