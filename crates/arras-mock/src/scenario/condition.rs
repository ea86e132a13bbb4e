//! Conditions on a request: `$request.body#/Kind == 'cat' && !$request.header.X-Test`.

use arras_doc::value::{Number, Value};

use super::select::Select;
use crate::request::Received;

/// Comparisons that must all hold.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    comparisons: Vec<Comparison>,
}

#[derive(Clone, Debug, PartialEq)]
struct Comparison {
    select: Select,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Present,
    Absent,
    Equal(Value),
    Unequal(Value),
}

impl Condition {
    /// Reads `EXPRESSION`, `!EXPRESSION`, `EXPRESSION == LITERAL`, `EXPRESSION != LITERAL`, joined by `&&`.
    ///
    /// # Errors
    /// A phrase that says what can't be read.
    pub(crate) fn parse(text: &str) -> Result<Condition, String> {
        let mut comparisons = Vec::new();
        let mut rest = text.trim();
        loop {
            let (comparison, after) = comparison(rest)?;
            comparisons.push(comparison);
            if after.is_empty() {
                return Ok(Condition { comparisons });
            }
            rest = after.strip_prefix("&&").ok_or_else(|| format!("expected `&&` before `{after}`"))?.trim_start();
        }
    }

    /// Whether the request meets it.
    pub(crate) fn holds(&self, request: &Received) -> bool {
        self.comparisons.iter().all(|comparison| comparison.holds(request))
    }
}

impl Comparison {
    fn holds(&self, request: &Received) -> bool {
        let found = self.select.read(request, None);
        match &self.test {
            Test::Present => found.is_some(),
            Test::Absent => found.is_none(),
            Test::Equal(expected) => found.is_some_and(|found| same(&self.select, &found, expected)),
            Test::Unequal(expected) => !found.is_some_and(|found| same(&self.select, &found, expected)),
        }
    }
}

/// Header, query and path hold text only, so there `1` is the text `1`.
fn same(select: &Select, found: &Value, expected: &Value) -> bool {
    match select {
        Select::RequestBody(_) => found == expected,
        _ => found.to_text() == expected.to_text(),
    }
}

fn comparison(text: &str) -> Result<(Comparison, &str), String> {
    let (negated, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest.trim_start()));
    let (expression, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let select = Select::parse(expression)?;
    if !select.is_of_request() {
        return Err(format!("`{expression}` is not known before the answer"));
    }
    let rest = rest.trim_start();
    let (equal, after) = (rest.strip_prefix("=="), rest.strip_prefix("!="));
    let Some(after) = equal.or(after) else {
        let test = if negated { Test::Absent } else { Test::Present };
        return Ok((Comparison { select, test }, rest));
    };
    if negated {
        return Err("`!` goes before an expression that stands alone".to_owned());
    }
    let (literal, rest) = literal(after.trim_start())?;
    let test = if equal.is_some() { Test::Equal(literal) } else { Test::Unequal(literal) };
    Ok((Comparison { select, test }, rest.trim_start()))
}

/// A quoted string (`''` is a quote in it), a number, `true`, `false` or `null`.
fn literal(text: &str) -> Result<(Value, &str), String> {
    if let Some(mut rest) = text.strip_prefix('\'') {
        let mut value = String::new();
        while let Some((before, after)) = rest.split_once('\'') {
            value.push_str(before);
            match after.strip_prefix('\'') {
                Some(more) => {
                    value.push('\'');
                    rest = more;
                }
                None => return Ok((Value::String(value), after)),
            }
        }
        return Err(format!("`{text}` has no closing quote"));
    }
    let end = text.find(|c: char| c.is_whitespace() || c == '&').unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let value = match word {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        "null" => Some(Value::Null),
        number => Number::parse(number).map(Value::Number),
    };
    value.map(|value| (value, rest)).ok_or_else(|| format!("`{word}` is no literal; text goes in single quotes"))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn conditions_look_at_body_header_query_and_path() {
        let headers = vec![("X-Kind".to_owned(), "7".to_owned())];
        let body = Bytes::from_static(br#"{"a":{"b":"it's"},"n":1.0,"t":true,"z":null}"#);
        let mut request = Received::new("POST", "/p", "q=1+2", headers, body);
        request.path_parameters.push(("id".into(), "%39".into()));
        let table = [
            ("$request.body#/a/b == 'it''s'", true),
            ("$request.body#/a/b != 'x' && $request.body#/n == 1", true),
            ("$request.body#/n == '1'", false),
            ("$request.body#/t == true&& $request.body#/z == null", true),
            ("$request.body#/absent != 'x'", true),
            ("$request.body#/absent == null", false),
            ("!$request.body#/absent && $request.body#/z", true),
            ("$request.header.x-kind == 7 && $request.query.q == '1 2'", true),
            ("$request.path.id == '9' && $method == 'POST'", true),
            ("$url == '/p?q=1+2'", true),
        ];
        for (text, expected) in table {
            assert_eq!(Condition::parse(text).map(|condition| condition.holds(&request)), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for text in [
            "",
            "&&",
            "$method ==",
            "$method == x",
            "$method == 'x",
            "$method = 'x'",
            "!$method == 'x'",
            "$method || $url",
            "$statusCode == 200",
            "$method == 'a' 'b'",
        ] {
            assert!(Condition::parse(text).is_err(), "{text}");
        }
    }
}
