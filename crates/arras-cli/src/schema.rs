//! The published JSON Schemas of everything that the command prints or reads as JSON, YAML or TOML.

mod config;

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
            Schema::Config => return Cow::Owned(config::text()),
        })
    }
}
