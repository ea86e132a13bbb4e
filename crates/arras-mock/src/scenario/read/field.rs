//! Scalars, expressions and templates out of the spanned tree, and the findings about them.

use std::time::Duration;

use arras_doc::diagnostic::Diagnostic;
use arras_doc::node::{Kind, NodeRef};
use arras_doc::span::Span;
use arras_doc::{rule, suggest};

use super::Reader;
use crate::scenario::select::Select;
use crate::scenario::template::{Malformed, Template, Text};

/// A delay longer than this is taken for a mistake.
const LONGEST_DELAY: Duration = Duration::from_secs(600);

/// What an expression may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    Request,
    Both,
}

impl Reader {
    pub(super) fn duration(&mut self, node: NodeRef<'_>) -> Option<Duration> {
        let text = self.text(node)?;
        self.duration_of(node, &text)
    }

    /// A duration that stands in a node's text.
    pub(super) fn duration_of(&mut self, node: NodeRef<'_>, text: &str) -> Option<Duration> {
        match parse_duration(text) {
            Some(duration) if duration <= LONGEST_DELAY => Some(duration),
            Some(_) => {
                self.push(
                    node.span(),
                    format!("`{text}` is longer than 10 minutes"),
                    Some("use `fault: hang` for an answer that never comes".into()),
                );
                None
            }
            None => {
                self.push(
                    node.span(),
                    format!("`{text}` is no duration"),
                    Some("write it like `200ms`, `2s` or `1m`".into()),
                );
                None
            }
        }
    }

    pub(super) fn select(&mut self, node: NodeRef<'_>, reads: Reads) -> Option<Select> {
        let text = self.text(node)?;
        match Select::parse(&text) {
            Ok(select) if reads == Reads::Both || select.is_of_request() => Some(select),
            Ok(_) => {
                self.push(node.span(), format!("`{text}` is not known before the answer"), None);
                None
            }
            Err(message) => {
                let help = "write it like `$request.body#/Name`, `$request.header.NAME`, `$request.query.NAME` or `$request.path.NAME`";
                self.push(node.span(), message, Some(help.into()));
                None
            }
        }
    }

    pub(super) fn template(&mut self, node: NodeRef<'_>) -> Template {
        let mut problems = Vec::new();
        let template = Template::read(node, &mut |node, malformed| problems.push(place_of(node, malformed)));
        for (span, message) in problems {
            self.push(span, message, None);
        }
        template
    }

    pub(super) fn text_template(&mut self, node: NodeRef<'_>) -> Option<Text> {
        let text = self.text(node)?;
        match Text::parse(&text) {
            Ok(text) => Some(text),
            Err(malformed) => {
                let (span, message) = place_of(node, malformed);
                self.push(span, message, None);
                None
            }
        }
    }

    /// The text of a scalar, numbers and booleans as they are written.
    pub(super) fn text(&mut self, node: NodeRef<'_>) -> Option<String> {
        if let Kind::Null | Kind::Sequence | Kind::Mapping = node.kind() {
            self.wrong_type(node, "a string");
            return None;
        }
        Some(node.key().to_owned())
    }

    pub(super) fn integer(&mut self, node: NodeRef<'_>, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let Some(number) = node.as_number().and_then(|number| number.as_i64()) else {
            self.wrong_type(node, "a whole number");
            return None;
        };
        if !range.contains(&number) {
            self.push(node.span(), format!("`{number}` is not between {} and {}", range.start(), range.end()), None);
            return None;
        }
        Some(number)
    }

    /// The entries of a mapping; a finding for anything else.
    pub(super) fn entries<'t>(&mut self, node: NodeRef<'t>) -> Vec<(NodeRef<'t>, NodeRef<'t>)> {
        if !node.is_mapping() {
            self.wrong_type(node, "an object");
        }
        node.entries().collect()
    }

    /// Whether `node` is a mapping; a finding for each key that is none of `fields`.
    pub(super) fn mapping(&mut self, node: NodeRef<'_>, fields: &[&str], what: &str) -> bool {
        if !node.is_mapping() {
            self.push(node.span(), format!("{what} is an object, not {}", node.kind().name()), None);
            return false;
        }
        for (name, _) in node.entries() {
            if !fields.contains(&name.key()) && !name.key().starts_with("x-") {
                let near = suggest::did_you_mean(&suggest::nearest(name.key(), fields.iter().copied(), 1));
                let help = near.unwrap_or_else(|| format!("there are `{}`", fields.join("`, `")));
                self.push(name.span(), format!("{what} has no field `{}`", name.key()), Some(help));
            }
        }
        true
    }

    pub(super) fn wrong_type(&mut self, node: NodeRef<'_>, expected: &str) {
        self.push(node.span(), format!("expected {expected}, not {}", node.kind().name()), None);
    }

    pub(super) fn push(&mut self, span: Span, message: String, help: Option<String>) {
        let problem = Diagnostic::new(rule::INVALID_SCENARIO, message).at(self.source, span);
        self.diagnostics.push(problem.maybe_help(help));
    }
}

fn place_of(node: NodeRef<'_>, malformed: Malformed) -> (Span, String) {
    (node.subspan(malformed.range.start, malformed.range.end), malformed.message)
}

/// `500ms`, `2s`, `5m`, `1h`, `0`.
fn parse_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let (number, unit) = text.split_at_checked(digits)?;
    let seconds: f64 = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
}
