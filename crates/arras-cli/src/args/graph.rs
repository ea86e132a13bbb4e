//! `arras graph`: what to draw, and how.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::common::{Common, INERT_RULE};
use super::values::{self, HostPattern, NamedPath, RuleLevel};

/// Shown below the help.
pub const EXAMPLES: &str = "Examples:
  arras graph orders.arazzo.yaml
  arras graph orders.arazzo.yaml placeOrder --format mermaid
  arras graph orders.arazzo.yaml --format svg > orders.svg";

/// The arguments of `arras graph`.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct GraphArgs {
    /// The Arazzo file, or a folder with `arazzo.yaml` in it; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The workflows to draw, with all that they lead to [default: those that no other leads to]
    #[arg(value_name = "WORKFLOW")]
    pub workflows: Vec<String>,
    /// As what
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, help_heading = "Drawing")]
    pub format: Format,
    /// Where a source description really lies
    #[arg(long, value_name = "NAME=PATH|URL", value_parser = values::named_path, help_heading = "What is drawn")]
    pub source: Vec<NamedPath>,
    /// A further document of the description, found by its `$self`
    #[arg(long, value_name = "FILE", help_heading = "What is drawn")]
    pub document: Vec<PathBuf>,
    /// The URI that a document on standard input came from
    #[arg(long, value_name = "URI", help_heading = "What is drawn")]
    pub base_uri: Option<String>,
    /// A host that documents may be fetched from
    #[arg(long, value_name = "PATTERN", value_parser = values::host_pattern, help_heading = "What is drawn")]
    pub allow_host: Vec<HostPattern>,
    /// A folder that documents may read from
    #[arg(long, value_name = "DIR", help_heading = "What is drawn")]
    pub allow_path: Vec<PathBuf>,
    /// Trust the documents with nothing: no file outside their project, no private address, no settings of the project
    #[arg(long, help_heading = "What is drawn")]
    pub untrusted: bool,
    /// Take fields of a later version than the document declares
    #[arg(long, help_heading = "What is drawn")]
    pub allow_newer: bool,
    /// How severe rules are that no run depends on.
    #[arg(long, help = INERT_RULE, value_name = "RULE=SEVERITY", value_parser = values::rule_level, help_heading = "What is drawn")]
    pub rule: Vec<RuleLevel>,
    /// Settings and display.
    #[command(flatten)]
    pub common: Common,
}

/// What the graph is drawn as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Lines for a terminal
    #[default]
    Tree,
    /// A flowchart for Mermaid
    Mermaid,
    /// A digraph for Graphviz
    Dot,
    /// A drawing
    Svg,
    /// A page with the drawing and tables
    Html,
    /// One JSON object
    Json,
}
