//! Whole exchanges for `-vv`, as curl shows them: `>` what went out, `<` what came in.

use arras_doc::value::Value;
use arras_run::event::{RequestSent, ResponseReceived};

use super::phrase;
use crate::display::{escape, escape_lines};
use crate::look::{Look, Tone};

/// Bodies up to this many bytes are laid out if they are JSON.
const LAID_OUT: usize = 64 * 1024;

/// The lines of a request.
pub(super) fn request(request: &RequestSent, look: &Look) -> Vec<String> {
    let first = format!("{} {}", escape(&request.method), escape(&request.url));
    lines('>', &first, &request.headers, request.body.as_deref(), request.body_length, look)
}

/// The lines of an answer.
pub(super) fn response(response: &ResponseReceived, look: &Look) -> Vec<String> {
    let first = format!("{} in {}", response.status, phrase::millis(response.duration_ms));
    lines('<', &first, &response.headers, response.body.as_deref(), response.body_length, look)
}

fn lines(
    mark: char,
    first: &str,
    headers: &[(String, String)],
    body: Option<&str>,
    length: usize,
    look: &Look,
) -> Vec<String> {
    let mark = look.paint(Tone::Dim, format!("     {mark}")).into_owned();
    let line = |text: &str| format!("{mark} {text}").trim_end().to_owned();
    let header = |(name, value): &(String, String)| {
        let name = escape(name).into_owned();
        line(&format!("{} {}", look.paint(Tone::Dim, format!("{name}:")), escape(value)))
    };
    let mut lines = vec![line(&look.paint(Tone::Strong, first))];
    lines.extend(headers.iter().map(header));
    match body {
        None if length == 0 => {}
        None => lines.extend([line(""), line(&format!("({length} bytes that are no text)"))]),
        Some("") => {}
        Some(body) => {
            lines.push(line(""));
            lines.extend(escape_lines(&layout(body)).lines().map(line));
            if body.len() < length {
                lines.push(line(&format!("({} of {length} bytes)", body.len())));
            }
        }
    }
    lines
}

fn layout(body: &str) -> String {
    let short = body.len() <= LAID_OUT && body.starts_with(['{', '[']);
    let value = short.then(|| Value::from_json(body).ok()).flatten();
    value.map_or_else(|| body.to_owned(), |value| value.to_json_pretty())
}
