//! How output looks: colours or none, Unicode or ASCII, how wide.

use std::borrow::Cow;

use anstyle::{AnsiColor, Style};

use crate::display::{hanging, width};

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Whether lines may grow past the width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// A terminal: nothing goes past its edge.
    Fit,
    /// A file or a pipe: long lines stay whole.
    Free,
}

/// How output to one stream looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether to colour.
    pub color: bool,
    /// Whether the stream shows more than ASCII.
    pub unicode: bool,
    /// The columns to lay out for.
    pub width: usize,
    /// Whether lines may be longer than that.
    pub lines: Lines,
}

/// What a piece of text is, from which its colour follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It went as meant.
    Good,
    /// It failed.
    Bad,
    /// It deserves a look.
    Caution,
    /// It goes on.
    Accent,
    /// A name that the eye looks for.
    Strong,
    /// Beside the point.
    Dim,
    /// Nothing special.
    Plain,
}

impl Look {
    /// Plain text of `width` columns, for files and tests.
    pub fn plain(width: usize) -> Look {
        Look { color: false, unicode: true, width, lines: Lines::Fit }
    }

    /// `text` in the colour of `tone`, where there is colour.
    pub fn paint<'t>(&self, tone: Tone, text: impl Into<Cow<'t, str>>) -> Cow<'t, str> {
        let text = text.into();
        if !self.color || tone == Tone::Plain || text.trim().is_empty() {
            return text;
        }
        let style = style(tone);
        Cow::Owned(format!("{style}{text}{style:#}"))
    }

    /// The text with lines that are too long broken between words, further ones indented a little more.
    pub fn fit<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.lines == Lines::Free || text.lines().all(|line| width(line) <= self.width) {
            return Cow::Borrowed(text);
        }
        let broken = |line: &str| {
            let words = line.trim_start_matches(' ');
            let indent = " ".repeat(line.len() - words.len());
            hanging(&indent, words, &format!("{indent}  "), self.width)
        };
        let lines = text.split_inclusive('\n').map(|line| match line.strip_suffix('\n') {
            Some(line) => broken(line) + "\n",
            None => broken(line),
        });
        Cow::Owned(lines.collect())
    }

    /// The same line without Unicode drawing, where the stream shows only ASCII; columns stay.
    pub fn spell<'t>(&self, text: impl Into<Cow<'t, str>>) -> Cow<'t, str> {
        let text = text.into();
        if self.unicode || text.is_ascii() {
            return text;
        }
        Cow::Owned(text.chars().map(ascii).collect())
    }
}

fn style(tone: Tone) -> Style {
    let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
    match tone {
        Tone::Good => color(AnsiColor::Green),
        Tone::Bad => color(AnsiColor::Red).bold(),
        Tone::Caution => color(AnsiColor::Yellow),
        Tone::Accent => color(AnsiColor::Cyan),
        Tone::Strong => Style::new().bold(),
        Tone::Dim => Style::new().dimmed(),
        Tone::Plain => Style::new(),
    }
}

/// What stands for a drawing character of ours in ASCII, one column for one.
fn ascii(char: char) -> char {
    match char {
        '✓' => '+',
        '✗' | '×' => 'x',
        '↻' => '~',
        '■' => '-',
        '→' | '▸' => '>',
        '·' => '-',
        '…' => '~',
        '├' | '│' => '|',
        '└' => '`',
        '─' => '-',
        '⠋' | '⠴' => '|',
        '⠙' | '⠦' => '/',
        '⠹' | '⠧' => '-',
        '⠸' | '⠇' => '\\',
        '⠼' | '⠏' => '|',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_and_unicode_are_left_out_where_they_can_t_be_shown() {
        let look = Look::plain(80);
        assert_eq!(look.paint(Tone::Good, "ok"), "ok");
        assert_eq!(Look { color: true, ..look }.paint(Tone::Good, "ok"), "\u{1b}[32mok\u{1b}[0m");
        assert_eq!(Look { unicode: false, ..look }.spell("✓ a → b · c…"), "+ a > b - c~");
        assert_eq!(look.spell("✓"), "✓");
    }

    #[test]
    fn long_lines_are_broken_on_a_terminal_alone() {
        let text = "short\n  error: one two three four five\n";
        let look = Look::plain(20);
        assert_eq!(look.fit(text), "short\n  error: one two\n    three four five\n");
        assert_eq!(Look { lines: Lines::Free, ..look }.fit(text), text);
    }
}
