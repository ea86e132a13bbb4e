//! Values in the text of an expression: escaped inside of quotes, literals outside of them.

use arras_doc::expression::Piece;
use arras_doc::value::Value;

/// The text of the pieces with a value in the place of each expression.
pub(super) fn text(pieces: &[Piece], values: &[Option<Value>]) -> String {
    let mut text = String::new();
    let mut values = values.iter();
    for piece in pieces {
        match piece {
            Piece::Text(part) => text.push_str(part),
            Piece::Expression(_) => {
                let value = values.next().and_then(Option::as_ref);
                let put = match open_quote(&text) {
                    Some(quote) => {
                        value.map(Value::to_text).unwrap_or_default().replace(quote, &quote.to_string().repeat(2))
                    }
                    None => outside(value, &text),
                };
                text.push_str(&put);
            }
        }
    }
    text
}

/// The quote of the string literal that a text ends in; a comment's quotes open none.
fn open_quote(text: &str) -> Option<char> {
    let (mut open, mut comments) = (None, 0_usize);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (open, letter) {
            (Some(quote), _) if letter == quote => open = None,
            (Some(_), _) => {}
            (None, '(') if letters.peek() == Some(&':') => comments += 1,
            (None, ':') if comments > 0 && letters.peek() == Some(&')') => comments -= 1,
            (None, '"' | '\'') if comments == 0 => open = Some(letter),
            _ => {}
        }
    }
    open
}

/// A number or boolean as such, a name where a name stands, any other text as a literal.
fn outside(value: Option<&Value>, before: &str) -> String {
    let text = match value {
        Some(Value::Bool(value)) => return format!("{value}()"),
        Some(value) => value.to_text().into_owned(),
        None => String::new(),
    };
    let names = before.trim_end().ends_with(['/', '@']) || before.trim_end().ends_with("::");
    if crate::xpath::is_number(&text) || names && is_name(&text) {
        return text;
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether a text is a name without a prefix, of the letters that names mostly have.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && text.chars().all(|letter| letter.is_alphanumeric() || "-_.".contains(letter))
}
