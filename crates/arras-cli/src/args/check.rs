//! `arras check`: what to look at and how to say what was found.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::common::Common;
use super::values::{self, HostPattern, NamedPath, RuleLevel};

/// Shown below the help.
pub const EXAMPLES: &str = "Examples:
  arras check                                     every Arazzo file below this folder
  arras check orders.arazzo.yaml --deny-warnings
  arras check workflows/ --fix --rule unused-input=ignore
  arras check workflows/ --format sarif > findings.sarif";

/// The arguments of `arras check`.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct CheckArgs {
    /// Files or folders, known by their content; `-` reads standard input [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// How findings are printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, help_heading = "Findings")]
    pub format: Format,
    /// Let warnings count as errors in the exit code
    #[arg(long, help_heading = "Findings")]
    pub deny_warnings: bool,
    /// How severe a rule's findings are: `ignore`, `advice`, `warning` or `error`; in settings a table `[rule]`
    #[arg(long, value_name = "RULE=SEVERITY", value_parser = values::rule_level, help_heading = "Findings")]
    pub rule: Vec<RuleLevel>,
    /// Carry out the changes that findings offer, in the files themselves
    #[arg(long, conflicts_with = "schema_only", help_heading = "Findings")]
    pub fix: bool,
    /// Check again whenever a file changes
    #[arg(long, help_heading = "Findings")]
    pub watch: bool,
    /// Ask nothing but the official JSON Schema of the document's version
    #[arg(long, conflicts_with_all = ["strict", "allow_newer", "document", "source"], help_heading = "What is checked")]
    pub schema_only: bool,
    /// The letter of the specification; no tolerance
    #[arg(long, help_heading = "What is checked")]
    pub strict: bool,
    /// Take fields of a later version than the document declares
    #[arg(long, help_heading = "What is checked")]
    pub allow_newer: bool,
    /// Where a source description really lies
    #[arg(long, value_name = "NAME=PATH|URL", value_parser = values::named_path, help_heading = "What is checked")]
    pub source: Vec<NamedPath>,
    /// A further document of the description, found by its `$self`
    #[arg(long, value_name = "FILE", help_heading = "What is checked")]
    pub document: Vec<PathBuf>,
    /// The URI that a document on standard input came from
    #[arg(long, value_name = "URI", help_heading = "What is checked")]
    pub base_uri: Option<String>,
    /// Fetch what lies on other machines, those that are named by `--allow-host`
    #[arg(long, help_heading = "What is checked")]
    pub online: bool,
    /// A host that documents may be fetched from
    #[arg(long, value_name = "PATTERN", value_parser = values::host_pattern, help_heading = "What is checked")]
    pub allow_host: Vec<HostPattern>,
    /// A folder that documents may read from
    #[arg(long, value_name = "DIR", help_heading = "What is checked")]
    pub allow_path: Vec<PathBuf>,
    /// Trust the documents with nothing: no file outside their project, no private address, no settings of the project
    #[arg(long, help_heading = "What is checked")]
    pub untrusted: bool,
    /// Settings and display.
    #[command(flatten)]
    pub common: Common,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// With the lines they are about
    #[default]
    Human,
    /// One line each
    Concise,
    /// One JSON object
    Json,
    /// Annotations of a GitHub workflow
    Github,
    /// SARIF 2.1.0
    Sarif,
    /// JUnit XML
    Junit,
}
