//! A setting: the option, what it was set to, and where.

use std::fmt;
use std::path::PathBuf;

/// Where a setting comes from, highest precedence first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The command line.
    CommandLine,
    /// The environment variable of that name.
    Environment(String),
    /// The user's own file, and the line.
    User(Location),
    /// The project's file, and the line.
    Project(Location),
    /// Nobody set it.
    Default,
}

/// A line of a settings file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The profile it belongs to.
    pub profile: Option<String>,
}

impl Origin {
    /// 0 for the command line, growing as precedence falls.
    pub fn rank(&self) -> u8 {
        match self {
            Origin::CommandLine => 0,
            Origin::Environment(_) => 1,
            Origin::User(_) => 2,
            Origin::Project(_) => 3,
            Origin::Default => 4,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::CommandLine => f.write_str("command line"),
            Origin::Environment(name) => f.write_str(name),
            Origin::User(location) | Origin::Project(location) => {
                write!(f, "{}:{}", location.path.display(), location.line)?;
                location.profile.as_ref().map_or(Ok(()), |profile| write!(f, " [profile.{profile}]"))
            }
            Origin::Default => f.write_str("default"),
        }
    }
}

/// What an option was set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingValue {
    /// On or off.
    Flag(bool),
    /// One value as text.
    Text(String),
    /// Several.
    List(Vec<String>),
    /// Several with names.
    Table(Vec<(String, String)>),
}

/// One option, set somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The option's long name.
    pub option: String,
    /// What it was set to.
    pub value: SettingValue,
    /// Where.
    pub origin: Origin,
}

/// The settings of one origin.
pub type Layer = Vec<Setting>;
