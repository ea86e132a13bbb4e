//! Conditions that embed runtime expressions in braces: `$[?@.status == '{$inputs.wanted}']` (A-06, ARZ-CRIT-12).

use crate::expression::{Expression, is_mistaken};
use crate::span::Span;

use super::condition::{Condition, Mode, parse_condition, parse_inert};
use super::error::{SyntaxError, problem};
use super::tolerance::{ExpressionUse, Tolerance};

/// How many expressions one condition may embed.
const MAX_EMBEDDED: usize = 64;

/// A condition as it is known before anything runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Prepared {
    /// It embeds nothing.
    Fixed(Condition),
    /// It is parsed when the embedded values are known.
    Embedding(Template),
}

impl Prepared {
    /// What was accepted beyond the letter.
    pub fn tolerances(&self) -> &[Tolerance] {
        match self {
            Prepared::Fixed(condition) => &condition.tolerances,
            Prepared::Embedding(template) => &template.tolerances,
        }
    }

    /// Every runtime expression that it reads.
    pub fn expressions(&self) -> impl Iterator<Item = &ExpressionUse> {
        let (operands, embedded): (&[ExpressionUse], &[Embedded]) = match self {
            Prepared::Fixed(condition) => (&condition.expressions, &[]),
            Prepared::Embedding(template) => (&template.operands, &template.embedded),
        };
        operands.iter().chain(embedded.iter().map(|embedded| &embedded.usage))
    }
}

/// A condition with places for values.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    pub(super) text: String,
    pub(super) mode: Mode,
    /// The embedded expressions, in the order of the text.
    pub embedded: Vec<Embedded>,
    /// The runtime expressions that stand as operands without braces.
    pub operands: Vec<ExpressionUse>,
    pub(super) tolerances: Vec<Tolerance>,
    /// Of how many logical expressions it is made; a value must not change that. `None`: the value is all.
    pub(super) size: Option<usize>,
}

/// An embedded expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    /// The expression; the span is that of the braces.
    pub usage: ExpressionUse,
    pub(super) place: Place,
}

/// Where an embedded expression stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Inside a string that this character delimits.
    Quoted(char),
    /// Right after a dot.
    Member,
    /// Anywhere else.
    Bare,
}

/// Reads the condition of a criterion; placeholders stand in for embedded values to find syntax errors early.
///
/// # Errors
/// If it is none in that mode, whatever the values may be.
pub fn prepare(text: &str, mode: Mode) -> Result<Prepared, SyntaxError> {
    let embedded = scan(text)?;
    if embedded.is_empty() {
        return parse_condition(text, mode).map(Prepared::Fixed);
    }
    let mut template =
        Template { text: text.to_owned(), mode, embedded, operands: Vec::new(), tolerances: Vec::new(), size: None };
    let whole = matches!(template.embedded.as_slice(), [only] if only.usage.span.len() == text.trim_ascii().len());
    if !whole {
        let placeholders: Vec<_> = template.embedded.iter().map(|embedded| embedded.place.placeholder()).collect();
        let rendered = template.render(&placeholders);
        let condition =
            parse_inert(&rendered.text, mode, &rendered.inserted).map_err(|error| rendered.relocate(error))?;
        template.size = Some(condition.form.size());
        template.tolerances = condition.tolerances;
        template.operands = condition.expressions;
        for span in template.tolerances.iter_mut().map(|tolerance| &mut tolerance.span) {
            *span = rendered.original(*span);
        }
        for span in template.operands.iter_mut().map(|operand| &mut operand.span) {
            *span = rendered.original(*span);
        }
    }
    Ok(Prepared::Embedding(template))
}

impl Place {
    pub(super) fn placeholder(self) -> &'static str {
        match self {
            Place::Quoted(_) | Place::Member => "x",
            Place::Bare => "0",
        }
    }
}

/// A template's text with values in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// Where each value came to stand.
    pub(super) inserted: Vec<Span>,
    /// What each value replaced.
    replaced: Vec<Span>,
}

impl Rendered {
    /// The bytes of the author's text that became these bytes.
    pub fn original(&self, span: Span) -> Span {
        Span::new(self.original_offset(span.start, false), self.original_offset(span.end, true))
    }

    /// The same error about the author's text.
    pub(super) fn relocate(&self, error: SyntaxError) -> SyntaxError {
        let span = self.original(Span::new(error.start, error.end));
        SyntaxError { start: span.range().start, end: span.range().end, ..error }
    }

    fn original_offset(&self, offset: u32, end: bool) -> usize {
        let mut shift = 0_i64;
        for (inserted, replaced) in self.inserted.iter().zip(&self.replaced) {
            let before = if end { offset <= inserted.start } else { offset < inserted.start };
            if before {
                break;
            }
            let inside = if end {
                offset < inserted.end
            } else {
                offset < inserted.end || inserted.is_empty() && offset == inserted.start
            };
            if inside || (end && offset == inserted.end) {
                return (if end { replaced.end } else { replaced.start }) as usize;
            }
            shift = i64::from(replaced.end) - i64::from(inserted.end);
        }
        usize::try_from(i64::from(offset) + shift).unwrap_or(0)
    }
}

impl Template {
    pub(super) fn render<T: AsRef<str>>(&self, inserts: &[T]) -> Rendered {
        let mut rendered = Rendered::default();
        let mut at = 0;
        for (embedded, insert) in self.embedded.iter().zip(inserts) {
            let span = embedded.usage.span;
            rendered.text.push_str(self.text.get(at..span.start as usize).unwrap_or(""));
            let start = rendered.text.len();
            rendered.text.push_str(insert.as_ref());
            rendered.inserted.push(Span::new(start, rendered.text.len()));
            rendered.replaced.push(span);
            at = span.end as usize;
        }
        rendered.text.push_str(self.text.get(at..).unwrap_or(""));
        rendered
    }
}

/// Finds `{$…}`; a brace before anything but `$` is ordinary text.
fn scan(text: &str) -> Result<Vec<Embedded>, SyntaxError> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut previous = ' ';
    let mut characters = text.char_indices();
    while let Some((at, next)) = characters.next() {
        match (next, quote) {
            ('\\', Some(_)) => {
                characters.next();
            }
            ('\'' | '"', None) => quote = Some(next),
            (same, Some(open)) if same == open => quote = None,
            ('{', _) if text[at..].starts_with("{$") => {
                let place = match quote {
                    Some(quote) => Place::Quoted(quote),
                    None if previous == '.' => Place::Member,
                    None => Place::Bare,
                };
                let Some(embedded) = embedded(text, at, place)? else { continue };
                while characters.offset() < embedded.usage.span.end as usize {
                    characters.next();
                }
                found.push(embedded);
                if found.len() > MAX_EMBEDDED {
                    let message = format!("a condition that embeds more than {MAX_EMBEDDED} expressions");
                    return Err(problem(Span::new(0, text.len()), message));
                }
            }
            _ => {}
        }
        previous = next;
    }
    Ok(found)
}

/// The expression whose brace opens there; `None` if the braces are text that a string literal holds.
fn embedded(text: &str, open: usize, place: Place) -> Result<Option<Embedded>, SyntaxError> {
    let inner = text.get(open + 1..).unwrap_or("");
    let Some(length) = inner.find('}') else {
        if matches!(place, Place::Quoted(_)) && !Expression::is_attempted(inner) {
            return Ok(None);
        }
        return Err(problem(Span::new(open, text.len()), "`{$` is not closed").help("add `}`"));
    };
    let inner = inner.get(..length).unwrap_or("");
    match Expression::parse(inner) {
        Ok(expression) => {
            let span = Span::new(open, open + length + 2);
            Ok(Some(Embedded { usage: ExpressionUse { expression, span }, place }))
        }
        Err(error) if matches!(place, Place::Quoted(_)) && !is_mistaken(inner, &error) => Ok(None),
        Err(error) => Err(error.shifted(open + 1)),
    }
}
