//! `arras explain`: which rule.

use clap::Args;

use super::common::Common;

/// Shown below the help.
pub const EXAMPLES: &str = "Examples:
  arras explain unused-input
  arras explain replay-drift                      a kind of fault
  arras explain                                   every rule with its severity, one a line";

/// The arguments of `arras explain`.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct ExplainArgs {
    /// The rule or the kind of fault, as findings and reports name it; without one, all rules are listed
    #[arg(value_name = "RULE")]
    pub rule: Option<String>,
    /// Settings and display.
    #[command(flatten)]
    pub common: Common,
}
