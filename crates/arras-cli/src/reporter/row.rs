//! A line of the story: mark, step, operation, status, duration, and what is to be said of it.

use crate::display::{cut, pad, pad_left, width};
use crate::look::{Lines, Look, Tone};

/// Narrower than this there is no room for the operation.
const NARROW: usize = 60;
/// What a line may grow to, where lines may be long, before its tail stands on one of its own.
const LONGEST: usize = 240;
/// Lines for what does not fit behind the measures.
const TAIL_LINES: usize = 3;
/// An operation cut to less than this says nothing.
const LEAST_OPERATION: usize = 12;

/// The mark at a line's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Done,
    Failed,
    Recovered,
    Retried,
    Cancelled,
    Enters,
    Waits,
    Spins(usize),
}

impl Mark {
    fn text(self) -> (&'static str, Tone) {
        const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
        match self {
            Mark::Done => ("✓", Tone::Good),
            Mark::Failed => ("✗", Tone::Bad),
            Mark::Recovered => ("!", Tone::Caution),
            Mark::Retried => ("↻", Tone::Caution),
            Mark::Cancelled => ("■", Tone::Caution),
            Mark::Enters => ("▸", Tone::Accent),
            Mark::Waits => ("…", Tone::Accent),
            Mark::Spins(frame) => (FRAMES[frame % FRAMES.len()], Tone::Accent),
        }
    }
}

/// What a line says.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) mark: Mark,
    pub(super) depth: usize,
    pub(super) step: String,
    pub(super) method: String,
    pub(super) label: String,
    pub(super) status: Option<u16>,
    pub(super) duration: String,
    pub(super) tail: String,
}

/// How wide the columns are: they grow with what they hold, up to a share of the width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    step: usize,
    operation: usize,
}

impl Default for Columns {
    fn default() -> Columns {
        Columns { step: 14, operation: 36 }
    }
}

impl Columns {
    /// Widens them for a step of that name and operation.
    pub(super) fn fit(&mut self, depth: usize, step: &str, operation: usize) {
        self.step = self.step.max(width(step) + 2 * depth);
        self.operation = self.operation.max(operation);
    }

    /// What they come to in a line of `width`.
    fn within(self, width: usize) -> Columns {
        let operation = if width < NARROW { 0 } else { (width * 2 / 5).saturating_sub(4) };
        let step = if width < NARROW { width.saturating_sub(18) } else { (width / 5).max(12) };
        Columns { step: self.step.min(step), operation: self.operation.min(operation) }
    }

    /// The operation's column shorter by `over`, or left out where too little of it would be left.
    fn give_way(self, over: usize) -> Columns {
        let left = self.operation.saturating_sub(over);
        Columns { operation: if left < LEAST_OPERATION { 0 } else { left }, ..self }
    }
}

impl Row {
    /// The line, without a break at its end; a second one for the tail where it does not fit behind.
    pub(super) fn lines(&self, columns: Columns, look: &Look) -> String {
        let tone = if self.mark == Mark::Failed { Tone::Plain } else { Tone::Dim };
        let head = self.head(columns.within(look.width), look);
        if self.tail.is_empty() {
            return head.text.trim_end().to_owned();
        }
        let limit = if look.lines == Lines::Free { LONGEST } else { look.width };
        if head.width + 3 + width(&self.tail) <= limit {
            return format!("{}   {}", head.text, look.paint(tone, self.tail.as_str()));
        }
        let indent = " ".repeat(3 + 2 * self.depth);
        // nobody's screen ends a line of a file
        let room = if look.lines == Lines::Free { usize::MAX } else { limit.saturating_sub(indent.len()) };
        let tail = wrap(&self.tail, room);
        let tail = tail.iter().map(|line| format!("\n{indent}{}", look.paint(tone, line.as_str())));
        format!("{}{}", head.text.trim_end(), tail.collect::<String>())
    }

    /// The line cut to the width, for a terminal's last line: first the operation gives way, then the tail's beginning.
    pub(super) fn single(&self, columns: Columns, look: &Look) -> String {
        let full = self.head(columns.within(look.width), look);
        let over = (full.width + 3 + width(&self.tail)).saturating_sub(look.width);
        let head = if over == 0 { full } else { self.head(columns.within(look.width).give_way(over), look) };
        let room = look.width.saturating_sub(head.width + 3);
        if room < 8 && !self.tail.is_empty() {
            // Too narrow for both: what goes on matters more than what was measured.
            let step = cut(&self.step, look.width / 2).into_owned();
            let room = look.width.saturating_sub(width(&step) + 5);
            return format!(" {} {step}  {}", self.mark(look), look.paint(Tone::Dim, cut_start(&self.tail, room)));
        }
        format!("{}   {}", head.text, look.paint(Tone::Dim, cut_start(&self.tail, room))).trim_end().to_owned()
    }

    fn mark(&self, look: &Look) -> String {
        let (mark, tone) = self.mark.text();
        look.paint(tone, mark).into_owned()
    }

    fn head(&self, columns: Columns, look: &Look) -> Head {
        let indent = 2 * self.depth;
        let step_width = columns.step.saturating_sub(indent).max(8);
        let step = pad(&self.step, step_width);
        let mut text = format!(" {:indent$}{} {}", "", self.mark(look), look.paint(Tone::Strong, step));
        let mut total = 3 + indent + step_width;
        if columns.operation > 0 {
            let method = cut(&self.method, columns.operation);
            let rest = columns.operation.saturating_sub(width(&method) + 1);
            let label = if method.is_empty() { pad(&self.label, columns.operation) } else { pad(&self.label, rest) };
            let gap = if method.is_empty() { "" } else { " " };
            text.push_str(&format!("   {}{gap}{label}", look.paint(Tone::Dim, method)));
            total += 3 + columns.operation;
        }
        let status = self.status.map(|status| status.to_string()).unwrap_or_default();
        let status = look.paint(status_tone(self.status), pad_left(&status, 3));
        let duration = look.paint(Tone::Dim, pad_left(&self.duration, 8));
        text.push_str(&format!("  {status}{duration}"));
        total += 2 + 3 + 8.max(width(&self.duration));
        Head { text, width: total }
    }
}

/// What does not fit on a line goes on below, three lines at most.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let options = textwrap::Options::new(columns.max(16))
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    let mut lines: Vec<_> = textwrap::wrap(text, options).into_iter().map(String::from).collect();
    if lines.len() > TAIL_LINES {
        let rest = lines.split_off(TAIL_LINES - 1).join(" ");
        lines.push(cut(&rest, columns).into_owned());
    }
    lines
}

/// The last phrase whole, if it can be, and as much as fits of those before it.
fn cut_start(tail: &str, columns: usize) -> String {
    match tail.rsplit_once(" · ") {
        Some((start, last)) if width(tail) > columns && width(last) + 4 <= columns => {
            format!("{} · {last}", cut(start, columns - width(last) - 3))
        }
        Some((_, last)) if width(tail) > columns => cut(last, columns).into_owned(),
        _ => cut(tail, columns).into_owned(),
    }
}

struct Head {
    text: String,
    width: usize,
}

fn status_tone(status: Option<u16>) -> Tone {
    match status {
        Some(200..300) => Tone::Good,
        Some(400..) => Tone::Bad,
        _ => Tone::Plain,
    }
}
