//! `arras completions` and `arras man`: what describes the command line to a shell and to people.

use clap::Args;
use clap_complete::Shell;

use super::common::Common;

/// Shown below the help of `arras completions`.
pub const EXAMPLES: &str = "Examples:
  arras completions bash > ~/.local/share/bash-completion/completions/arras
  arras completions fish > ~/.config/fish/completions/arras.fish";

/// Shown below the help of `arras man`.
pub const MAN_EXAMPLES: &str = "Examples:
  arras man > ~/.local/share/man/man1/arras.1
  arras man | man -l -";

/// The arguments of `arras completions`.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: Shell,
    /// Settings and display.
    #[command(flatten)]
    pub common: Common,
}

/// The arguments of `arras man`.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct ManArgs {
    /// Settings and display.
    #[command(flatten)]
    pub common: Common,
}
