//! `arras replay`: which recording to run again, and what to leave behind.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::common::{Common, Volume};
use super::run::Output;
use super::values::{self, ReportFile};

/// Shown below the help.
pub const EXAMPLES: &str = "Examples:
  arras run orders.arazzo.yaml --record orders.rec.json
  arras replay orders.rec.json -vv
  arras replay orders.rec.json --report html=orders.html";

/// The arguments of `arras replay`.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct ReplayArgs {
    /// What `arras run --record` wrote
    #[arg(value_name = "RECORDING")]
    pub recording: PathBuf,
    /// What standard output gets
    #[arg(long, value_enum, value_name = "WHAT", default_value_t, help_heading = "Results")]
    pub output: Output,
    /// Write a report
    #[arg(
        long,
        value_name = "KIND=PATH",
        action = ArgAction::Append,
        value_parser = values::report_file,
        help_heading = "Results"
    )]
    pub report: Vec<ReportFile>,
    /// How much is told.
    #[command(flatten)]
    pub volume: Volume,
    /// Settings and display.
    #[command(flatten)]
    pub common: Common,
}
