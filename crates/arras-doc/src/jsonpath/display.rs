//! JSONPaths as text that reads back as the same.

use std::fmt::{self, Display, Formatter, Write};

use crate::value::Value;

use super::ast::{
    Anchor, Call, Logical, LogicalKind, Operand, OperandKind, Query, Reach, Segment, Selector, SelectorKind, Slice,
    Spelling,
};
use super::lex::is_name_char;

/// Writes a string literal in single quotes, escaped as in a normalized path (RFC 9535 §2.7).
pub fn write_quoted(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('\'')?;
    for character in text.chars() {
        match character {
            '\'' => out.write_str("\\'")?,
            '\\' => out.write_str("\\\\")?,
            '\u{8}' => out.write_str("\\b")?,
            '\u{c}' => out.write_str("\\f")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            control if control < ' ' => write!(out, "\\u{:04x}", u32::from(control))?,
            other => out.write_char(other)?,
        }
    }
    out.write_char('\'')
}

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char(match self.anchor {
            Anchor::Root => '$',
            Anchor::Current => '@',
        })?;
        self.segments.iter().try_for_each(|segment| segment.fmt(f))
    }
}

impl Display for Segment {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let dot = match self.reach {
            Reach::Children => ".",
            Reach::Descendants => "..",
        };
        match self.selectors.as_slice() {
            [Selector { kind: SelectorKind::Name(name), .. }] if is_shorthand(name) => write!(f, "{dot}{name}"),
            [Selector { kind: SelectorKind::Wildcard, .. }] => write!(f, "{dot}*"),
            selectors => {
                f.write_str(if self.reach == Reach::Descendants { "..[" } else { "[" })?;
                write_joined(f, selectors, ", ")?;
                f.write_char(']')
            }
        }
    }
}

/// Whether `.name` means that member: `length` after a dot can mean something else (A-05).
fn is_shorthand(name: &str) -> bool {
    name != "length" && !name.is_empty() && name.char_indices().all(|(at, next)| is_name_char(next, at == 0))
}

impl Display for Selector {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            SelectorKind::Name(name) => write_quoted(f, name),
            SelectorKind::Wildcard => f.write_char('*'),
            SelectorKind::Index(index) => index.fmt(f),
            SelectorKind::Slice(slice) => slice.fmt(f),
            SelectorKind::Filter(filter) => write!(f, "?{filter}"),
            SelectorKind::FromLength(0) => f.write_str("(@.length)"),
            SelectorKind::FromLength(offset) => write!(f, "(@.length{offset:+})"),
        }
    }
}

impl Display for Slice {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let part = |part: Option<i64>| part.map(|part| part.to_string()).unwrap_or_default();
        write!(f, "{}:{}", part(self.start), part(self.end))?;
        self.step.map_or(Ok(()), |step| write!(f, ":{step}"))
    }
}

impl Display for Logical {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            LogicalKind::Or(parts) => write_parts(f, parts, " || "),
            LogicalKind::And(parts) => write_parts(f, parts, " && "),
            LogicalKind::Not(inner) if matches!(inner.kind, LogicalKind::Exists(_) | LogicalKind::Test(_)) => {
                write!(f, "!{inner}")
            }
            LogicalKind::Not(inner) => write!(f, "!({inner})"),
            LogicalKind::Comparison(it) => write!(f, "{} {} {}", it.left, it.operator.as_str(), it.right),
            LogicalKind::Exists(query) => query.fmt(f),
            LogicalKind::Test(call) => call.fmt(f),
            LogicalKind::Empty(query, wanted) => write!(f, "{query} empty {wanted}"),
            LogicalKind::Matches(operand, pattern) => {
                write!(f, "{operand} =~ /{}/{}", pattern.as_str().replace('/', "\\/"), pattern.flags())
            }
        }
    }
}

fn write_parts(f: &mut Formatter<'_>, parts: &[Logical], separator: &str) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(separator)?;
        }
        let plain = match part.kind {
            LogicalKind::Or(_) => false,
            LogicalKind::And(_) => separator == " || ",
            _ => true,
        };
        if plain { part.fmt(f)? } else { write!(f, "({part})")? }
    }
    Ok(())
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            OperandKind::Literal(Value::String(text)) => write_quoted(f, text),
            OperandKind::Literal(value) => value.fmt(f),
            OperandKind::Query(query) => query.fmt(f),
            OperandKind::Length(query) => {
                let owner = query.segments.len().saturating_sub(1);
                let owner = Query { segments: query.segments.iter().take(owner).cloned().collect(), ..query.clone() };
                write!(f, "{owner}.length")
            }
            OperandKind::Call(call) => call.fmt(f),
            OperandKind::Expression(operand) => match operand.spelling {
                Spelling::Bare => operand.expression.fmt(f),
                Spelling::Quoted => write_quoted(f, &operand.expression.text),
            },
        }
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.function.name())?;
        write_joined(f, &self.arguments, ", ")?;
        f.write_char(')')
    }
}

fn write_joined<T: Display>(f: &mut Formatter<'_>, items: &[T], separator: &str) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_str(separator)?;
        }
        item.fmt(f)?;
    }
    Ok(())
}
