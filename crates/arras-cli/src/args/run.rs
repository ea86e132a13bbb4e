//! `arras run`: what to run, with what, against what, how long.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::common::{Common, INERT_RULE, ReportArgs, Volume};
use super::values::{
    self, CheckResponse, ClientCertificate, Credential, DependencyInput, FileInput, HostPattern, Mock, NamedPath,
    NamedText, RuleLevel, Server, ServerVariable,
};

/// Shown below the help.
pub const EXAMPLES: &str = "Examples:
  arras run orders.arazzo.yaml -i orderId=42
  arras run orders.arazzo.yaml placeOrder --mock --report json=report.json
  arras run orders.arazzo.yaml --server https://staging.example.com -v

Durations: 500ms, 2s, 5m, 1h, 0.
Settings: every option can be set as ARRAS_<OPTION>, in the user's own settings file, or in the nearest \
arras.toml; inputs also as ARRAS_INPUT_<NAME>. `--show-config` prints what applies; a variable ARRAS_… that \
nothing reads is told.";

/// The arguments of `arras run`.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct RunArgs {
    /// The Arazzo file, or a folder with `arazzo.yaml` in it; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The workflows to run; may be left out where only one is not called by others
    #[arg(value_name = "WORKFLOW")]
    pub workflows: Vec<String>,
    /// Run every workflow that no other calls or depends on
    #[arg(long, conflicts_with = "workflows", help_heading = "What to run")]
    pub all: bool,
    /// How it is run.
    #[command(flatten)]
    pub setup: SetupArgs,
    /// What it leaves behind.
    #[command(flatten)]
    pub results: ResultArgs,
    /// How much is told.
    #[command(flatten)]
    pub volume: Volume,
    /// Settings and display.
    #[command(flatten)]
    pub common: Common,
}

/// How workflows are run, one or many.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct SetupArgs {
    /// What they are given.
    #[command(flatten)]
    pub inputs: InputArgs,
    /// What they run against.
    #[command(flatten)]
    pub sources: SourceArgs,
    /// Who they run as.
    #[command(flatten)]
    pub auth: AuthArgs,
    /// How the specification is read.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// How long each may take.
    #[command(flatten)]
    pub budgets: BudgetArgs,
    /// Where they may go.
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// What the workflow is given.
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = "Inputs")]
pub struct InputArgs {
    /// An input, each once; JSON where its schema is not a string, literal where it is
    #[arg(short = 'i', long = "input", value_name = "NAME=VALUE", value_parser = values::named_text)]
    pub input: Vec<NamedText>,
    /// An input of a workflow that runs because of `dependsOn`
    #[arg(long, value_name = "WORKFLOW:NAME=VALUE", value_parser = values::dependency_input)]
    pub dep_input: Vec<DependencyInput>,
    /// A JSON or YAML object of inputs; `-` reads standard input; `-i` wins
    #[arg(long, value_name = "FILE")]
    pub inputs: Option<PathBuf>,
    /// An input that is a file's content
    #[arg(long = "file", value_name = "NAME=PATH", value_parser = values::file_input)]
    pub input_file: Vec<FileInput>,
}

/// What it runs against.
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = "Sources and servers")]
pub struct SourceArgs {
    /// Where a source description really lies
    #[arg(long, value_name = "NAME=PATH|URL", value_parser = values::named_path)]
    pub source: Vec<NamedPath>,
    /// A further document of the description, found by its `$self`
    #[arg(long, value_name = "FILE")]
    pub document: Vec<PathBuf>,
    /// The URI that a document on standard input came from
    #[arg(long, value_name = "URI")]
    pub base_uri: Option<String>,
    /// Base URL in place of the description's servers
    #[arg(long, value_name = "[SOURCE=]URL", value_parser = values::server)]
    pub server: Vec<Server>,
    /// A server variable
    #[arg(long, value_name = "[SOURCE.]NAME=VALUE", value_parser = values::server_variable)]
    pub server_var: Vec<ServerVariable>,
    /// Serve all sources on loopback and run against that
    #[arg(
        long,
        value_name = "SCENARIO",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        value_parser = values::mock
    )]
    pub mock: Option<Mock>,
}

/// Who it runs as.
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = "Credentials")]
pub struct AuthArgs {
    /// A credential: env:NAME, file:PATH, cmd:COMMAND or a literal
    #[arg(long, value_name = "[SOURCE.]SCHEME=REF", value_parser = values::credential)]
    pub auth: Vec<Credential>,
    /// The profile of AWS's own files to take credentials and region from
    #[arg(long, value_name = "NAME")]
    pub aws_profile: Option<String>,
    /// The region that SigV4 signs for
    #[arg(long, value_name = "REGION")]
    pub aws_region: Option<String>,
    /// The service name that SigV4 signs for
    #[arg(long, value_name = "SERVICE")]
    pub aws_service: Option<String>,
}

/// How the specification is read.
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = "Reading the specification")]
pub struct ReadingArgs {
    /// The letter of the specification; no tolerance
    #[arg(long)]
    pub strict: bool,
    /// How JSONPath criteria are read
    #[arg(long, value_enum, value_name = "HOW")]
    pub jsonpath: Option<Jsonpath>,
    /// What counts as success without success criteria [default: lt400]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub default_success: Option<DefaultSuccess>,
    /// What follows where an answer is not as described: off, warn or error; for all, or for
    /// status=, content-type= or body= alone [default: warn]
    #[arg(long, value_name = "[CHECK=]LEVEL", value_parser = values::check_response)]
    pub check_response: Vec<CheckResponse>,
    /// Take fields of a later version than the document declares
    #[arg(long)]
    pub allow_newer: bool,
    /// How severe rules are that no run depends on.
    #[arg(long, help = INERT_RULE, value_name = "RULE=SEVERITY", value_parser = values::rule_level)]
    pub rule: Vec<RuleLevel>,
    /// Don't run the workflows that `dependsOn` names
    #[arg(long)]
    pub no_deps: bool,
    /// Run independent workflows at the same time
    #[arg(long)]
    pub parallel: bool,
    /// Print every request that can be built, as curl, and send none
    #[arg(long, conflicts_with = "mock")]
    pub dry_run: bool,
}

/// How JSONPath criteria are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Jsonpath {
    /// RFC 9535 alone
    Strict,
    /// Bare comparisons too, with a warning
    Tolerant,
}

/// What counts as success of a step without success criteria.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DefaultSuccess {
    /// Any answer
    Any,
    /// A status of 200 to 299
    #[value(name = "2xx")]
    TwoHundreds,
    /// A status below 400
    Lt400,
}

/// How long it may take.
#[derive(Args, Clone, Debug, PartialEq)]
#[command(next_help_heading = "Budgets")]
pub struct BudgetArgs {
    /// The whole run
    #[arg(long, value_name = "D", default_value = "1h", value_parser = values::duration)]
    pub timeout: Duration,
    /// One request; a step's own timeout replaces it
    #[arg(long, value_name = "D", default_value = "60s", value_parser = values::duration)]
    pub step_timeout: Duration,
    /// Steps of the whole run
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = values::at_least_one)]
    pub max_steps: u64,
    /// Visits of one step
    #[arg(long, value_name = "N", value_parser = values::at_least_one)]
    pub max_visits: Option<u64>,
    /// Workflows within workflows
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub max_depth: u32,
    /// The longest `Retry-After` to obey
    #[arg(long, value_name = "D", default_value = "300s", value_parser = values::duration)]
    pub max_retry_after: Duration,
    /// The least time before a step is visited again; 0 turns it off
    #[arg(long, value_name = "D", default_value = "1s", value_parser = values::duration)]
    pub poll_interval: Duration,
}

/// Where it may go.
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = "Network policy")]
pub struct NetworkArgs {
    /// A host that documents may lead to
    #[arg(long, value_name = "PATTERN", value_parser = values::host_pattern)]
    pub allow_host: Vec<HostPattern>,
    /// A folder that documents may read from
    #[arg(long, value_name = "DIR")]
    pub allow_path: Vec<PathBuf>,
    /// No socket but a loopback server named here
    #[arg(long)]
    pub offline: bool,
    /// Trust the documents with nothing: no private address, no proxy, no file outside their project
    #[arg(long)]
    pub untrusted: bool,
    /// Follow redirects, at most ten in a row, without credentials to other origins
    #[arg(long)]
    pub follow_redirects: bool,
    /// Try idempotent requests up to three times when the network or a busy server fails them
    #[arg(long)]
    pub transport_retry: bool,
    /// Keep cookies from step to step of a run, each for the origin that set it
    #[arg(long)]
    pub cookie_jar: bool,
    /// Certificates to trust besides the platform's
    #[arg(long, value_name = "FILE")]
    pub ca: Vec<PathBuf>,
    /// A certificate and its key for mutual TLS, as PEM in one file
    #[arg(long, value_name = "[HOST=]FILE", value_parser = values::client_certificate)]
    pub client_cert: Vec<ClientCertificate>,
    /// A host whose certificate is not verified
    #[arg(long, value_name = "HOST")]
    pub insecure_host: Vec<String>,
    /// A proxy for all requests, in place of the standard variables; `none` for none
    #[arg(long, value_name = "URL")]
    pub proxy: Option<String>,
}

/// What it leaves behind.
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = "Results")]
pub struct ResultArgs {
    /// What standard output gets
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    pub output: Output,
    /// Who else is told.
    #[command(flatten)]
    pub told: ReportArgs,
    /// Print a sensitive output of this name unmasked
    #[arg(long, value_name = "NAME")]
    pub reveal: Vec<String>,
    /// Keep the exchanges, redacted
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub record: Option<PathBuf>,
    /// Answer from kept exchanges, or from an HTTP Archive
    #[arg(long, value_name = "FILE", conflicts_with = "mock")]
    pub replay: Option<PathBuf>,
}

/// What standard output gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// The workflow's outputs as JSON
    #[default]
    Outputs,
    /// The whole report as JSON
    Report,
    /// Nothing
    None,
}
