//! `arras test`: which tests to run, how many at a time, and as a load.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

use super::common::{Common, ReportArgs, Volume};
use super::run::{ResultArgs, RunArgs, SetupArgs};
use super::values::{self, Shard};

/// Shown below the help.
pub const EXAMPLES: &str = "Examples:
  arras test                                      every test file and workflow below this folder
  arras test tests/ --mock -j 4 --report junit=junit.xml
  arras test --filter checkout --retries 2 --shard 1/3
  arras test orders.test.yaml --virtual-users 20 --duration 30s

A test file says which workflow to run, with which inputs, against which scenario of the mock, and what to \
expect: see docs/testing.md, and `arras schema test-file`.

Exit code: 0 if all tests passed, 1 if one failed. A run that fails of more is told by that: of several tests the \
first that applies of 130/143 (interrupted), 2 (inputs refused), 3 (document or test file refused), \
4 (environment), 5 (budget), 1.";

/// What `--report` does here.
pub const REPORT: &str =
    "Write a report; every kind is told of a test when it is over, since tests run at the same time";

/// The arguments of `arras test`.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct TestArgs {
    /// Test files, Arazzo files, or folders that hold some [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Which tests, and how.
    #[command(flatten)]
    pub choice: ChoiceArgs,
    /// As a load.
    #[command(flatten)]
    pub load: LoadArgs,
    /// How each is run.
    #[command(flatten)]
    pub setup: SetupArgs,
    /// What is left behind.
    #[command(flatten)]
    pub results: TestResultArgs,
    /// How much is told.
    #[command(flatten)]
    pub volume: Volume,
    /// Settings and display.
    #[command(flatten)]
    pub common: Common,
}

/// Which tests, and how.
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = "Which tests")]
pub struct ChoiceArgs {
    /// How many run at a time [default: one for each processor]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub jobs: Option<u16>,
    /// Only tests whose file, name or workflow holds this text; `*` stands for anything
    #[arg(long, value_name = "TEXT", action = ArgAction::Append)]
    pub filter: Vec<String>,
    /// Start no further test once one has failed
    #[arg(long)]
    pub fail_fast: bool,
    /// Only the I-th of N equal shares
    #[arg(long, value_name = "I/N", value_parser = values::shard)]
    pub shard: Option<Shard>,
    /// Try a failing test again so often; one that then passes is flaky
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub retries: u32,
    /// List the tests and run none
    #[arg(long)]
    pub list: bool,
}

/// As a load.
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = "Load")]
pub struct LoadArgs {
    /// Run the chosen workflows again and again, so many at a time
    #[arg(long, value_name = "N", requires = "duration", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub virtual_users: Option<u32>,
    /// How long
    #[arg(long, value_name = "D", requires = "virtual_users", value_parser = values::duration)]
    pub duration: Option<Duration>,
}

/// What is left behind.
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = "Results")]
pub struct TestResultArgs {
    /// What standard output gets
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    pub output: TestOutput,
    /// Who else is told.
    #[command(flatten)]
    pub told: ReportArgs,
}

/// What standard output gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TestOutput {
    /// Nothing
    #[default]
    None,
    /// What each test came to, as JSON
    Json,
}

impl TestArgs {
    /// What `arras run` would be told for one of the tests.
    pub fn run(&self, file: PathBuf) -> RunArgs {
        RunArgs {
            file,
            workflows: Vec::new(),
            all: false,
            setup: self.setup.clone(),
            results: ResultArgs::default(),
            volume: self.volume,
            common: self.common.clone(),
        }
    }
}
