//! The process around the command: its arguments, environment, folder and terminal. Nothing else reads them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use arras_run::time::Timestamp;

use crate::display::no_commands;
use crate::exit::Exit;
use crate::look::{ColorChoice, Lines, Look};

/// The columns assumed where nobody says.
const DEFAULT_WIDTH: usize = 100;
/// Fewer columns than this are taken for this many.
const NARROWEST: usize = 20;

/// What a stream leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// A terminal of that many columns.
    Terminal {
        /// Its width.
        columns: usize,
    },
    /// A file, a pipe, nothing.
    Pipe,
}

/// Everything that the command knows of its process.
#[derive(Clone, Debug)]
pub struct Context {
    /// The arguments, the program's name first.
    pub arguments: Vec<OsString>,
    /// The environment variables that are text.
    pub variables: BTreeMap<String, String>,
    /// The current folder.
    pub directory: PathBuf,
    /// Where the answer goes.
    pub stdout: Stream,
    /// Where the story goes.
    pub stderr: Stream,
}

impl Context {
    /// Asks the process.
    pub fn of_process() -> Context {
        let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        let stream = |terminal: bool| match terminal {
            true => Stream::Terminal { columns: terminal_columns().unwrap_or(80) },
            false => Stream::Pipe,
        };
        enable_escapes();
        Context {
            arguments: std::env::args_os().collect(),
            variables: std::env::vars_os().filter_map(text).collect(),
            directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            stdout: stream(io::stdout().is_terminal()),
            stderr: stream(io::stderr().is_terminal()),
        }
    }

    /// The value of an environment variable that is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// How output to `stream` looks.
    pub fn look(&self, choice: ColorChoice, stream: &Stream) -> Look {
        let (width, lines) = match stream {
            Stream::Terminal { columns } => ((*columns).max(NARROWEST), Lines::Fit),
            Stream::Pipe => (DEFAULT_WIDTH, Lines::Free),
        };
        Look { color: self.color(choice, stream), unicode: self.unicode(stream), width, lines }
    }

    /// Whether a line may be redrawn in place: stderr is a capable terminal and this is no CI.
    pub fn is_live(&self) -> bool {
        let ci = self.variable("CI").is_some_and(|value| !matches!(value, "false" | "0"));
        self.stderr != Stream::Pipe && !ci && !self.is_dumb()
    }

    /// Writes the answer, and says how to exit for its sake. A reader that has gone away is no error.
    #[must_use]
    pub fn write_stdout(&self, text: &str) -> Exit {
        let mut out = io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        self.wrote(written)
    }

    /// How to exit for the sake of an answer that was written so; what could not be written is told.
    #[must_use]
    pub fn wrote(&self, answer: io::Result<()>) -> Exit {
        match settle(answer) {
            Ok(()) => Exit::Yes,
            Err(error) => {
                self.write_stderr(&format!("error: can't write to stdout: {error}\n"));
                Exit::Environment
            }
        }
    }

    /// Writes a piece of the story, whole lines of it; if that can't be done there is nobody to tell.
    pub fn write_stderr(&self, text: &str) {
        let _ = io::stderr().lock().write_all(no_commands(text).as_bytes());
    }

    fn color(&self, choice: ColorChoice, stream: &Stream) -> bool {
        match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => *stream != Stream::Pipe && self.variable("NO_COLOR").is_none() && !self.is_dumb(),
        }
    }

    /// Files and pipes get UTF-8; a terminal gets it unless its locale or kind says that it can't show it.
    fn unicode(&self, stream: &Stream) -> bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| self.variable(name));
        let terminal = self.variable("TERM");
        *stream == Stream::Pipe
            || !(matches!(locale, Some("C" | "POSIX")) || matches!(terminal, Some("dumb" | "linux")))
    }

    fn is_dumb(&self) -> bool {
        self.variable("TERM") == Some("dumb")
    }
}

/// The terminal's width now; it changes when people drag its corner.
pub fn terminal_columns() -> Option<usize> {
    let (terminal_size::Width(columns), _) =
        terminal_size::terminal_size_of(io::stderr()).or_else(|| terminal_size::terminal_size_of(io::stdout()))?;
    Some(usize::from(columns))
}

/// The process's clock.
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::default().after(since)
}

/// Takes a broken pipe for success: the reader has seen enough.
///
/// # Errors
/// Any other error, as it came.
pub fn settle(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Windows consoles take escape sequences only when asked to.
fn enable_escapes() {
    #[cfg(windows)]
    let _ = anstyle_query::windows::enable_ansi_colors();
}

#[cfg(test)]
mod tests {
    use super::*;

    type Variables = &'static [(&'static str, &'static str)];

    const TERMINAL: Stream = Stream::Terminal { columns: 72 };

    fn context(variables: &[(&str, &str)], stderr: Stream) -> Context {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Context { arguments: Vec::new(), variables, directory: PathBuf::new(), stdout: Stream::Pipe, stderr }
    }

    #[test]
    fn colour_follows_choice_then_stream_then_environment() {
        use ColorChoice::{Always, Auto, Never};
        let cases: [(Variables, ColorChoice, Stream, bool); 7] = [
            (&[], Auto, TERMINAL, true),
            (&[], Auto, Stream::Pipe, false),
            (&[("NO_COLOR", "1")], Auto, TERMINAL, false),
            (&[("NO_COLOR", "")], Auto, TERMINAL, true),
            (&[("NO_COLOR", "1")], Always, Stream::Pipe, true),
            (&[], Never, TERMINAL, false),
            (&[("TERM", "dumb")], Auto, TERMINAL, false),
        ];
        for (variables, choice, stream, expected) in cases {
            assert_eq!(context(variables, stream).look(choice, &stream).color, expected, "{variables:?} {choice:?}");
        }
    }

    #[test]
    fn live_only_on_a_terminal_outside_ci() {
        let cases: [(Variables, Stream, bool); 5] = [
            (&[], TERMINAL, true),
            (&[], Stream::Pipe, false),
            (&[("CI", "true")], TERMINAL, false),
            (&[("CI", "false")], TERMINAL, true),
            (&[("TERM", "dumb")], TERMINAL, false),
        ];
        for (variables, stream, expected) in cases {
            assert_eq!(context(variables, stream).is_live(), expected, "{variables:?}");
        }
    }

    #[test]
    fn a_broken_pipe_is_no_error() {
        assert!(settle(Err(io::ErrorKind::BrokenPipe.into())).is_ok());
        assert!(settle(Err(io::ErrorKind::StorageFull.into())).is_err());
    }
}
