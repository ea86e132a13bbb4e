//! `arras auth`: what to tell of credentials.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::common::{Common, INERT_RULE};
use super::run::AuthArgs;
use super::values::{self, ClientCertificate, NamedPath, RuleLevel, ServerVariable};

/// Shown below the help.
pub const EXAMPLES: &str = "Examples:
  arras auth list orders.arazzo.yaml
  arras auth list orders.arazzo.yaml --aws-profile work --format json";

/// The arguments of `arras auth`.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct AuthListArgs {
    /// What to do
    #[arg(value_name = "WHAT", value_enum)]
    pub action: Action,
    /// The Arazzo file; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How it is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, help_heading = "Listing")]
    pub format: Format,
    /// Where a source description really lies
    #[arg(long, value_name = "NAME=PATH|URL", value_parser = values::named_path, help_heading = "Listing")]
    pub source: Vec<NamedPath>,
    /// A server variable
    #[arg(long, value_name = "[SOURCE.]NAME=VALUE", value_parser = values::server_variable, help_heading = "Listing")]
    pub server_var: Vec<ServerVariable>,
    /// How severe rules are that no run depends on.
    #[arg(long, help = INERT_RULE, value_name = "RULE=SEVERITY", value_parser = values::rule_level, help_heading = "Listing")]
    pub rule: Vec<RuleLevel>,
    /// Look as a run would without a network: at written keys alone
    #[arg(long, help_heading = "Listing")]
    pub offline: bool,
    /// Who workflows run as.
    #[command(flatten)]
    pub who: AuthArgs,
    /// A certificate and its key for mutual TLS, as PEM in one file
    #[arg(long, value_name = "[HOST=]FILE", value_parser = values::client_certificate, help_heading = "Credentials")]
    pub client_cert: Vec<ClientCertificate>,
    /// Settings and display.
    #[command(flatten)]
    pub common: Common,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Action {
    /// List which credentials each step needs, and where they are looked for
    List,
}

/// How the listing is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Human,
    /// One JSON object
    Json,
}
