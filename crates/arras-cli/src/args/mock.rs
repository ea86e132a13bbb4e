//! `arras mock`: what to serve, where.

use std::path::PathBuf;

use clap::Args;

use super::common::{Common, INERT_RULE, Volume};
use super::values::{self, NamedPath, RuleLevel};

/// Shown below the help.
pub const EXAMPLES: &str = "Examples:
  arras mock orders.arazzo.yaml --port 8080
  arras mock openapi.yaml --scenario busy.yaml";

/// The arguments of `arras mock`.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct MockArgs {
    /// Arazzo files, whose sources are served, or OpenAPI descriptions
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The port; any free one if left out
    #[arg(long, value_name = "N", help_heading = "Serving")]
    pub port: Option<u16>,
    /// What to answer, and in what order
    #[arg(long, value_name = "FILE", help_heading = "Serving")]
    pub scenario: Option<PathBuf>,
    /// Where a source description really lies
    #[arg(long, value_name = "NAME=PATH|URL", value_parser = values::named_path, help_heading = "Serving")]
    pub source: Vec<NamedPath>,
    /// How severe rules are that no run depends on.
    #[arg(long, help = INERT_RULE, value_name = "RULE=SEVERITY", value_parser = values::rule_level, help_heading = "Serving")]
    pub rule: Vec<RuleLevel>,
    /// How much is told.
    #[command(flatten)]
    pub volume: Volume,
    /// Settings and display.
    #[command(flatten)]
    pub common: Common,
}
