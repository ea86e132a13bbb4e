//! What people write instead of a root or a part of an exchange, and what they mean.

use crate::suggest;
use crate::syntax::SyntaxError;

/// Every word that can follow `$`.
pub(super) const ROOTS: [&str; 13] = [
    "url",
    "method",
    "statusCode",
    "self",
    "request",
    "response",
    "message",
    "inputs",
    "outputs",
    "steps",
    "workflows",
    "sourceDescriptions",
    "components",
];

/// The expression that `$word` followed by `rest` was probably meant to be.
pub(super) fn suggest_root(word: &str, rest: &str) -> Option<String> {
    let pointer = || rest.trim_start_matches(['.', '#', '/']).replace('.', "/");
    match word {
        "body" if rest.is_empty() => return Some("$response.body".into()),
        "body" => return Some(format!("$response.body#/{}", pointer())),
        "header" | "headers" => return Some(format!("$response.header{rest}")),
        "query" | "path" => return Some(format!("$request.{word}{rest}")),
        "status" | "code" | "http_status" => return Some("$statusCode".into()),
        "payload" => return Some(format!("$message.payload{rest}")),
        _ => {}
    }
    let root = ROOTS.iter().find(|root| is_near(word, root)).copied().or_else(|| misspelt(word))?;
    Some(format!("${root}{rest}"))
}

/// The root that a long word is but for one typing error.
fn misspelt(word: &str) -> Option<&'static str> {
    let near = suggest::nearest(word, ROOTS, 1).into_iter().next()?;
    (word.len() >= 5 && word.len().abs_diff(near.len()) <= 1 && suggest::edits(word, near) <= 1).then_some(near)
}

/// The same but for case, `_`, `-` and a plural `s`.
fn is_near(word: &str, other: &str) -> bool {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', '-'], "").trim_end_matches('s').to_owned();
    !word.is_empty() && plain(word) == plain(other)
}

/// The error about a part that a request, response or message does not have, at byte `at`.
pub(super) fn unknown_part(text: &str, at: usize, part: &str) -> SyntaxError {
    let (before, after) = (&text[..at], &text[at + part.len()..]);
    let whole = before.trim_end_matches('.');
    let error = SyntaxError::new(format!("`{whole}` has no `{part}`"), at..at + part.len().max(1).min(text.len() - at));
    let instead = match part {
        "headers" | "Header" | "Headers" => format!("{before}header{after}"),
        "queries" | "queryString" | "querystring" | "params" | "parameters" => format!("{before}query{after}"),
        "status" | "statusCode" | "status_code" | "code" => "$statusCode".into(),
        "method" => "$method".into(),
        "url" => "$url".into(),
        "data" | "json" | "content" | "bodies" | "Body" => format!("{before}body{after}"),
        "cookie" | "cookies" => format!("{before}header.Cookie"),
        _ => {
            let list = "`header`, `query`, `path`, `body` and `payload`";
            return error.help(format!("the parts are {list}; a field of the body is `{before}body#/{part}`"));
        }
    };
    error.help(format!("did you mean `{instead}`?"))
}
