//! The command line: one struct a command, one definition a flag.

pub mod auth;
pub mod check;
pub mod common;
pub mod completing;
pub mod completions;
pub mod explain;
pub mod graph;
pub mod inputs;
pub mod mock;
pub mod pending;
pub mod replay;
pub mod resolve;
pub mod run;
pub mod schema;
mod show;
pub mod test;
pub mod values;

use clap::{CommandFactory, Parser, Subcommand};

pub use auth::AuthListArgs;
pub use check::CheckArgs;
pub use completions::{CompletionsArgs, ManArgs};
pub use explain::ExplainArgs;
pub use graph::GraphArgs;
pub use mock::MockArgs;
pub use replay::ReplayArgs;
pub use run::RunArgs;
pub use schema::SchemaArgs;
pub use test::TestArgs;

/// The command line as a whole.
#[derive(Debug, Parser)]
#[command(
    name = "arras",
    bin_name = "arras",
    version,
    about = "Runs, checks and mocks API workflows written in Arazzo",
    after_help = EXAMPLES,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "Examples:
  arras check workflows/                          find what is wrong before anything runs
  arras run orders.arazzo.yaml --mock             try a workflow without its servers
  arras run orders.arazzo.yaml -i orderId=42 | jq .status

Exit codes: 0 yes · 1 no · 2 usage · 3 refused · 4 environment · 5 budget · 130/143 interrupted";

/// The commands.
#[derive(Clone, Debug, PartialEq, Subcommand)]
pub enum Command {
    /// Run workflows and print their outputs
    #[command(after_help = run::EXAMPLES)]
    Run(Box<RunArgs>),
    /// Check files for errors without running anything
    #[command(visible_aliases = ["lint", "validate"], after_help = check::EXAMPLES)]
    Check(Box<CheckArgs>),
    /// Run many workflows and judge each by what it should come to
    #[command(after_help = test::EXAMPLES, mut_arg("report", |report| report.help(test::REPORT)))]
    Test(Box<TestArgs>),
    /// Run again from a recording, without a network
    #[command(after_help = replay::EXAMPLES)]
    Replay(Box<ReplayArgs>),
    /// Serve the APIs that files describe, on loopback
    #[command(after_help = mock::EXAMPLES)]
    Mock(Box<MockArgs>),
    /// List which credentials steps need, and where they are looked for
    #[command(after_help = auth::EXAMPLES)]
    Auth(Box<AuthListArgs>),
    /// Draw what a file plans: workflows, steps, and where their actions lead
    #[command(after_help = graph::EXAMPLES)]
    Graph(Box<GraphArgs>),
    /// Print the page of a rule or a kind of fault, or list all rules
    #[command(after_help = explain::EXAMPLES)]
    Explain(Box<ExplainArgs>),
    /// Print the JSON Schema of a JSON output or file
    #[command(after_help = schema::EXAMPLES)]
    Schema(Box<SchemaArgs>),
    /// Print a script that completes the command line in a shell
    #[command(after_help = completions::EXAMPLES)]
    Completions(Box<CompletionsArgs>),
    /// Print the manual page
    #[command(after_help = completions::MAN_EXAMPLES)]
    Man(Box<ManArgs>),
}

impl Command {
    /// The options that every command has.
    pub fn common(&self) -> &common::Common {
        match self {
            Command::Run(args) => &args.common,
            Command::Check(args) => &args.common,
            Command::Test(args) => &args.common,
            Command::Replay(args) => &args.common,
            Command::Mock(args) => &args.common,
            Command::Auth(args) => &args.common,
            Command::Graph(args) => &args.common,
            Command::Explain(args) => &args.common,
            Command::Schema(args) => &args.common,
            Command::Completions(args) => &args.common,
            Command::Man(args) => &args.common,
        }
    }
}

/// The parser: help on one page a command, without what can't be carried out yet.
pub fn parser() -> clap::Command {
    let hide = |argument: clap::Arg| match argument.get_long() {
        Some(long) if pending::refusal(long).is_some() => argument.hide(true),
        _ => argument,
    };
    let help = || {
        let help = clap::Arg::new("help").short('h').long("help").action(clap::ArgAction::HelpShort);
        help.help("Print this page").help_heading(common::HEADING)
    };
    let mut parser = Cli::command().disable_help_flag(true).arg(help().help_heading(None));
    let names: Vec<_> = parser.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for name in names {
        parser = parser.mut_subcommand(name, |command| command.disable_help_flag(true).arg(help()).mut_args(hide));
    }
    parser
}
