//! The parser's errors in our words.

use granit_parser::{ErrorKind, ScanError};

use super::MAX_DEPTH;
use crate::read::SyntaxError;
use crate::span::Span;

/// Why the parser stopped, with its place.
pub(super) fn of(error: &ScanError, text: &str) -> SyntaxError {
    let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let span = Span::new(at, at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8));
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        return too_deep(span);
    }
    let tab = match error.kind() {
        // found past the scalar's first line, at which the parser points
        ErrorKind::TabInPlainScalar => tab_after(text, at),
        kind if about_indentation(kind) => tab_before(text, at),
        _ => None,
    };
    if let Some(tab) = tab {
        return SyntaxError::invalid("a tab is used as indentation", Span::new(tab, tab + 1))
            .help("indent with spaces");
    }
    let known = known(error.kind());
    let open_before = known.is_none() || about_indentation(error.kind());
    if let Some(bracket) = open_before.then(|| unclosed(text, at)).flatten() {
        let (open, close) = if text[bracket..].starts_with('[') { ('[', ']') } else { ('{', '}') };
        return SyntaxError::invalid(format!("this `{open}` is never closed"), Span::new(bracket, bracket + 1))
            .help(format!("close it with `{close}`, or quote the text that it begins"));
    }
    let quote = open_before.then(|| marked_value(text, at)).flatten();
    let quote = quote.map(|mark| format!("quote the whole text: a value that begins with `{mark}` is more to YAML"));
    match known {
        Some((message, help)) => SyntaxError::invalid(message, span).help(quote.unwrap_or_else(|| help.to_owned())),
        None => SyntaxError { help: quote, ..SyntaxError::invalid(error.info(), span) },
    }
}

pub(super) fn too_deep(span: Span) -> SyntaxError {
    SyntaxError::too_large(format!("mappings and sequences are nested deeper than {MAX_DEPTH} levels"), span)
}

/// Whether a wrong indentation can be the cause.
fn about_indentation(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::MappingValueNotAllowed
            | ErrorKind::ExpectedBlockMappingKey
            | ErrorKind::ExpectedBlockSequenceEntry
            | ErrorKind::BlockSequenceEntryNotAllowed
            | ErrorKind::SimpleKeyExpected
            | ErrorKind::InvalidSimpleKey
            | ErrorKind::InvalidIndentation
    )
}

/// The first tab among the white space that the line of byte `at` begins with.
fn tab_before(text: &str, at: usize) -> Option<usize> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |before| before + 1);
    leading_tab(text, start)
}

/// The first tab among the white space that a later line than that of byte `at` begins with; lines of nothing else go by.
fn tab_after(text: &str, at: usize) -> Option<usize> {
    let ends = memchr::memchr_iter(b'\n', text.get(at..)?.as_bytes());
    let mut starts = ends.map(|end| at + end + 1).filter(|start| {
        text.get(*start..).and_then(|rest| rest.lines().next()).is_some_and(|line| !line.trim().is_empty())
    });
    starts.find_map(|start| leading_tab(text, start))
}

/// The first tab among the white space from byte `start` on.
fn leading_tab(text: &str, start: usize) -> Option<usize> {
    let line = text.get(start..)?;
    let white = line.len() - line.trim_start_matches([' ', '\t']).len();
    line.get(..white)?.find('\t').map(|column| start + column)
}

/// The bracket that the value of a line begins with, and that nothing closes, neither before byte `at` nor in the lines that
/// belong to the value; the line is that of `at` or the one before.
fn unclosed(text: &str, at: usize) -> Option<usize> {
    let before = text.get(..at)?;
    let begins = |end: usize| before[..end].rfind('\n').map_or(0, |before| before + 1);
    let mut starts = vec![begins(at)];
    starts.extend(starts[0].checked_sub(1).map(begins));
    starts.into_iter().find_map(|start| {
        let line = text[start..].lines().next()?;
        let value = start + line.find(": ")? + 2;
        let value = value + text[value..].len() - text[value..].trim_start_matches(' ').len();
        let (open, close) = if text[value..].starts_with('[') { ('[', ']') } else { ('{', '}') };
        let is_open = |part: Option<&str>| {
            let count = |one: char| part.map_or(0, |part| part.matches(one).count());
            count(open) > count(close)
        };
        let whole = text.get(value..block_end(text, start));
        (text[value..].starts_with(open) && is_open(before.get(value..)) && is_open(whole)).then_some(value)
    })
}

/// Where the line that begins at byte `start` ends, with the lines behind it that are indented further.
fn block_end(text: &str, start: usize) -> usize {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mut lines = text[start..].split_inclusive('\n');
    let Some(first) = lines.next() else { return start };
    let within = lines.take_while(|line| line.trim().is_empty() || indent(line) > indent(first));
    start + first.len() + within.map(str::len).sum::<usize>()
}

/// The character that the value of a line begins with, if YAML gives it a meaning that a text rarely wants (ARZ-CRIT-13):
/// `condition: {$statusCode} == 200`. The line is that of byte `at`, or the one before where it is the first of its line.
fn marked_value(text: &str, at: usize) -> Option<char> {
    let before = text.get(..at)?.trim_end();
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let (key, value) = text[start..].lines().next()?.split_once(": ")?;
    // what stands behind the place is not the cause
    let is_before = start + key.len() < at;
    value.trim_start().chars().next().filter(|first| is_before && "{['\"&*!".contains(*first))
}

/// What went wrong and what to do, for what people meet most.
fn known(kind: &ErrorKind) -> Option<(String, &'static str)> {
    let (message, help) = match kind {
        ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => {
            ("a tab is used as indentation", "indent with spaces")
        }
        ErrorKind::TabAtBlockScalarStart => ("the text after `|` or `>` begins with a tab", "indent with spaces"),
        ErrorKind::MappingValueNotAllowed => {
            ("a `:` stands in the middle of a value", "quote the text if it holds `: `, or check the indentation")
        }
        ErrorKind::ExpectedBlockMappingKey => (
            "this is no `key: value` of the mapping that it stands in",
            "check the indentation of this line and the one before",
        ),
        ErrorKind::ExpectedBlockSequenceEntry => {
            ("this is no `- item` of the sequence that it stands in", "check the indentation of this line")
        }
        ErrorKind::BlockSequenceEntryNotAllowed => {
            ("a `- ` stands where no item can be", "begin the list on a line of its own")
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            ("this line has no `:` after its key", "write `key: value`, or indent the line to continue a text")
        }
        ErrorKind::InvalidIndentation | ErrorKind::InvalidFlowScalarIndent | ErrorKind::InvalidQuotedScalarIndent => {
            ("the line is indented less than what it belongs to", "indent it further")
        }
        ErrorKind::InvalidBlockScalarIndent => {
            ("a blank line is indented further than the text it begins", "indent the first line as the rest")
        }
        ErrorKind::InvalidBlockScalarHeader => {
            ("`|` and `>` must stand alone on their line", "begin the text on the next line, or quote it")
        }
        ErrorKind::UnclosedQuotedScalar => ("this quote is never closed", "close it, and double a quote inside it"),
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            ("text follows a closed quote", "quote the whole text, and escape the quotes inside")
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            ("a backslash begins no escape that YAML knows", "write `\\\\` for a backslash, or use single quotes")
        }
        ErrorKind::MissingLowSurrogate | ErrorKind::UnpairedLowSurrogate | ErrorKind::InvalidLowSurrogate => {
            ("an escape in this text is half of a surrogate pair", "write the character itself")
        }
        ErrorKind::BomInsideDocument => ("a byte order mark stands inside the text", "delete it"),
        ErrorKind::UndeclaredTagHandle => ("a tag has a handle that is not declared", "leave the tag out"),
        ErrorKind::UnexpectedCharacter { character } => return Some(unexpected(*character)),
        ErrorKind::UnclosedFlowCollection { open } => {
            return Some((format!("this `{open}` is never closed"), "close it, or quote the text that it begins"));
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            return Some((format!("`{close}` closes what `{open}` opened"), "close them in order"));
        }
        ErrorKind::MisplacedFlowCollectionEnd => {
            ("a bracket closes what none has opened", "quote the text that holds it")
        }
        _ => return None,
    };
    Some((message.to_owned(), help))
}

fn unexpected(character: char) -> (String, &'static str) {
    if character.is_control() {
        (format!("the control character U+{:04X} stands in the text", u32::from(character)), "delete it")
    } else {
        (format!("a text can't begin with `{character}` here"), "quote the text")
    }
}

#[cfg(test)]
mod tests {
    use crate::read::read;
    use crate::source::{Source, SourceId};

    /// A bracket that is closed is not to blame, wherever the parser stopped.
    #[test]
    fn only_what_nothing_closes_is_called_so() {
        for (text, expected) in [
            ("x: [a, b: c: d, e]\ny: 1\n", None),
            ("x: [a, b: c: d,\n  e]\ny: 1\n", None),
            ("x: {a: b: c}\n", None),
            ("condition: [a, b: c: d\ny: [1]\n", Some("this `[` is never closed")),
            ("x: {$statusCode == 200\ny: {a: 1}\n", Some("this `{` is never closed")),
        ] {
            let (_, found) = read(&Source::new("t.yaml", "file:///t.yaml", text), SourceId(0));
            let told = found.iter().map(|one| one.message.as_str()).find(|message| message.contains("never closed"));
            assert!(!found.is_empty() && told == expected, "{text}: {found:?}");
        }
    }
}
