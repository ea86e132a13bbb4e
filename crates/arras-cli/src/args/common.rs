//! Options that several commands share.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::values::{self, ReportFile};
use crate::look::ColorChoice;

/// The heading of these options.
pub(super) const HEADING: &str = "Settings and display";

/// What `--rule` is for but in `arras check`.
pub(super) const INERT_RULE: &str = "How severe `unknown-field` or `invalid-map-key` is, which no run depends on: `ignore`, `advice`, `warning` or `error`";

/// Settings and display, in every command.
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = HEADING)]
pub struct Common {
    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    pub color: ColorChoice,
    /// Read this file in place of the user's own settings
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Apply `[profile.NAME]` of the settings too
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Print every setting with where it comes from, and stop
    #[arg(long)]
    pub show_config: bool,
}

/// How much of the story to tell.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = HEADING)]
pub struct Volume {
    /// Only the summary line
    #[arg(short, long, overrides_with = "verbose")]
    pub quiet: bool,
    /// Each criterion with its values; twice: whole exchanges, redacted
    #[arg(short, long, action = ArgAction::Count, overrides_with = "quiet")]
    pub verbose: u8,
}

/// Who is told of runs beside whoever reads the story.
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = "Results")]
pub struct ReportArgs {
    /// Write a report
    #[arg(long, value_name = "KIND=PATH", action = ArgAction::Append, value_parser = values::report_file)]
    pub report: Vec<ReportFile>,
    /// Send spans by OTLP over HTTP as JSON, and `traceparent` with every request
    #[arg(long, value_name = "URL", value_parser = values::collector)]
    pub otlp: Option<String>,
}
