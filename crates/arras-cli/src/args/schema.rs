//! `arras schema`: which JSON Schema to print.

use clap::Args;

use super::common::Common;
use crate::schema::Schema;

/// Shown below the help.
pub const EXAMPLES: &str = "Examples:
  arras schema                                    list the names
  arras schema report > report.schema.json";

/// The arguments of `arras schema`.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct SchemaArgs {
    /// What it describes; the names are listed if it is left out
    #[arg(value_name = "NAME", value_enum)]
    pub name: Option<Schema>,
    /// Settings and display.
    #[command(flatten)]
    pub common: Common,
}
