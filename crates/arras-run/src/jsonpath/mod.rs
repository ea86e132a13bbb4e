//! Evaluates JSONPath (RFC 9535) over exact values, within a budget of steps.

mod compare;
mod location;
mod logical;
mod machine;
mod nodes;

use arras_doc::jsonpath::Query;
use arras_doc::value::Value;

pub use location::Location;
pub(crate) use logical::{Observer, Silent, Worth};
pub(crate) use machine::{Leniency, Machine, Scope};

/// How many steps one evaluation may take: about as many as it visits nodes.
pub const STEPS: u64 = 10_000_000;

/// An evaluation took more than its budget of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetExceeded;

impl std::fmt::Display for BudgetExceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the JSONPath takes more than {STEPS} steps on this value")
    }
}

impl std::error::Error for BudgetExceeded {}

/// The values of the nodes that the query selects, in the order of RFC 9535.
///
/// ```
/// use arras_doc::{jsonpath::parse_query, value::Value};
/// let value = Value::from(serde_json::json!({"items": [{"id": 1}, {"id": 2}]}));
/// let query = parse_query("$.items[?@.id > 1].id")?;
/// assert_eq!(arras_run::jsonpath::select(&query, &value)?, [&Value::from(2)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Beyond [`STEPS`] steps.
pub fn select<'a>(query: &'a Query, root: &'a Value) -> Result<Vec<&'a Value>, BudgetExceeded> {
    let mut machine = Machine::new(root, &[]);
    let nodes = machine.nodes::<()>(query, root, usize::MAX)?;
    Ok(nodes.into_iter().map(|(_, value)| value).collect())
}

/// The nodes that the query selects: their normalized paths and values.
///
/// # Errors
/// Beyond [`STEPS`] steps.
pub fn locate<'a>(query: &'a Query, root: &'a Value) -> Result<Vec<(Location<'a>, &'a Value)>, BudgetExceeded> {
    Machine::new(root, &[]).nodes(query, root, usize::MAX)
}

#[cfg(test)]
mod tests;
