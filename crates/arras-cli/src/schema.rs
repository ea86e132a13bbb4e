//! The published JSON Schemas of everything that the command prints or reads as JSON, YAML or TOML.

mod config;
mod test_file;

use std::borrow::Cow;

use clap::ValueEnum;

/// What a schema describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Schema {
    /// The report of a run: `--report json` and `--output report`
    Report,
    /// A line of `--report ndjson`
    Events,
    /// The findings of `arras check --format json`
    Check,
    /// The listing of `arras auth list --format json`
    AuthList,
    /// The first line of `arras mock`
    Mock,
    /// Requests that would be made: `arras run --dry-run --output report`
    DryRun,
    /// What tests came to: `arras test --output json`
    Test,
    /// What a load came to: `arras test --virtual-users N --output json`
    Load,
    /// A test file
    TestFile,
    /// A recording: `arras run --record`
    Recording,
    /// The graph of `arras graph --format json`
    Graph,
    /// `arras.toml` and the user's own settings file
    Config,
}

impl Schema {
    /// The schema as JSON, JSON Schema 2020-12, with a line break at its end.
    pub fn text(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Schema::Report => include_str!("../schemas/report.json"),
            Schema::Events => include_str!("../schemas/events.json"),
            Schema::Check => include_str!("../schemas/check.json"),
            Schema::AuthList => include_str!("../schemas/auth-list.json"),
            Schema::Mock => include_str!("../schemas/mock.json"),
            Schema::DryRun => include_str!("../schemas/dry-run.json"),
            Schema::Test => include_str!("../schemas/test.json"),
            Schema::Load => include_str!("../schemas/load.json"),
            Schema::TestFile => return Cow::Owned(test_file::text()),
            Schema::Recording => include_str!("../schemas/recording.json"),
            Schema::Graph => include_str!("../schemas/graph.json"),
            Schema::Config => return Cow::Owned(config::text()),
        })
    }
}
