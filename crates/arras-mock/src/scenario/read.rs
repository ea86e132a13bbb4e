//! Scenario files out of the spanned tree; every problem is a finding with its place.

use std::time::Duration;

use arras_doc::diagnostic::{Diagnostic, Diagnostics};
use arras_doc::node::{Kind, NodeRef};
use arras_doc::source::SourceId;
use arras_doc::span::{Span, Spanned};
use arras_doc::{rule, suggest};
use indexmap::IndexMap;

use super::condition::Condition;
use super::select::Select;
use super::template::{Malformed, Template, Text};
use super::{Answer, Body, ErrorSpec, Link, Scenario, ScenarioFile, Script};
use crate::fault::Fault;

const FILE: &[&str] = &["scenarios", "default", "operations", "seed", "summary"];
const SCENARIO: &[&str] = &["operations", "seed", "summary"];
const SCRIPT: &[&str] = &["answers", "key", "after", "until", "unknown", "token"];
const LINK: &[&str] = &["operation", "value"];
const ANSWER: &[&str] = &[
    "when", "times", "once", "delay", "status", "headers", "contentType", "body", "text", "error", "example", "fault",
];
const ERROR: &[&str] = &["type", "message", "status"];

/// A delay longer than this is taken for a mistake.
const LONGEST_DELAY: Duration = Duration::from_secs(600);

pub(super) struct Reader {
    source: SourceId,
    pub(super) diagnostics: Diagnostics,
}

impl Reader {
    pub(super) fn new(source: SourceId) -> Reader {
        Reader { source, diagnostics: Vec::new() }
    }

    pub(super) fn file(&mut self, root: NodeRef<'_>) -> ScenarioFile {
        if !self.mapping(root, FILE, "a scenario file") {
            return ScenarioFile::default();
        }
        let shared = self.scenario(root);
        let mut scenarios = IndexMap::new();
        for (name, node) in root.get("scenarios").into_iter().flat_map(NodeRef::entries) {
            if self.mapping(node, SCENARIO, "a scenario") {
                scenarios.insert(name.key().to_owned(), self.scenario(node).over(&shared));
            }
        }
        if scenarios.is_empty() {
            self.needs_something(root);
            scenarios.insert(String::new(), shared);
        }
        let default = root.get("default").and_then(|node| self.default(node, &scenarios));
        ScenarioFile { scenarios, default }
    }

    fn needs_something(&mut self, root: NodeRef<'_>) {
        if root.get("operations").is_none() && root.get("scenarios").is_none_or(NodeRef::is_empty) {
            let problem = Diagnostic::new(rule::INVALID_SCENARIO, "the file has neither `scenarios` nor `operations`");
            self.diagnostics.push(problem.at(self.source, root.span()).help("give an operation its answers under `operations`"));
        }
    }

    fn default(&mut self, node: NodeRef<'_>, scenarios: &IndexMap<String, Scenario>) -> Option<String> {
        let name = self.text(node)?;
        if scenarios.contains_key(&name) {
            return Some(name);
        }
        let near = suggest::did_you_mean(&suggest::nearest(&name, scenarios.keys().map(String::as_str), 1));
        self.push(node.span(), format!("there is no scenario `{name}`"), near);
        None
    }

    fn scenario(&mut self, node: NodeRef<'_>) -> Scenario {
        let seed = node.get("seed").and_then(|seed| self.integer(seed, 0..=i64::MAX)).unwrap_or(0);
        let mut scripts = Vec::new();
        let operations = node.get("operations").map(|operations| self.entries(operations));
        for (name, script) in operations.unwrap_or_default() {
            scripts.push((Spanned::new(name.key().to_owned(), name.span()), self.script(script)));
        }
        Scenario { source: Some(self.source), seed: u64::try_from(seed).unwrap_or(0), scripts }
    }

    /// A list of answers, or an object that says more.
    fn script(&mut self, node: NodeRef<'_>) -> Script {
        if node.is_sequence() {
            return Script { answers: self.answers(node), ..Script::default() };
        }
        if !self.mapping(node, SCRIPT, "an operation's answers") {
            return Script::default();
        }
        let key = node.get("key").and_then(|key| self.select(key, Reads::Request));
        let mut script = Script {
            after: node.get("after").and_then(|link| self.link(link, key.as_ref(), answer_to)),
            until: node.get("until").and_then(|link| self.link(link, key.as_ref(), |key| Some(key.clone()))),
            unknown: node.get("unknown").map(|answer| self.answer(answer)),
            token: node.get("token").and_then(|token| self.select(token, Reads::Request)),
            key,
            answers: Vec::new(),
        };
        match node.get("answers") {
            Some(answers) if answers.is_sequence() => script.answers = self.answers(answers),
            Some(other) => self.wrong_type(other, "an array"),
            None => {}
        }
        if script.key.is_none() {
            for field in ["after", "until", "unknown"] {
                if let Some((name, _)) = node.entry(field) {
                    let help = "add `key: $request.body#/…`, the value that tells one session from another";
                    self.push(name.span(), format!("`{field}` says which keys exist, but there is no `key`"), Some(help.into()));
                }
            }
        }
        script
    }

    fn link(
        &mut self,
        node: NodeRef<'_>,
        key: Option<&Select>,
        usual: impl Fn(&Select) -> Option<Select>,
    ) -> Option<Link> {
        if let Some(name) = node.as_str() {
            let operation = Spanned::new(name.to_owned(), node.span());
            let Some(value) = usual(key?) else {
                let help = format!("write `{{operation: {name}, value: $response.body#/…}}`");
                self.push(node.span(), format!("it can't be guessed what `{name}` gives as the key"), Some(help));
                return None;
            };
            return Some(Link { operation, value });
        }
        if !self.mapping(node, LINK, "a reference to another operation") {
            return None;
        }
        let (Some(operation), Some(value)) = (node.get("operation"), node.get("value")) else {
            self.push(node.span(), "`operation` and `value` are both needed".into(), None);
            return None;
        };
        let name = Spanned::new(self.text(operation)?, operation.span());
        Some(Link { operation: name, value: self.select(value, Reads::Both)? })
    }

    fn answers(&mut self, list: NodeRef<'_>) -> Vec<Answer> {
        if list.is_empty() {
            self.push(list.span(), "an empty list of answers".into(), None);
        }
        let mut answers: Vec<Answer> = list.items().map(|node| self.answer(node)).collect();
        let counted: Vec<bool> = list.items().map(|node| node.get("times").or(node.get("once")).is_some()).collect();
        let last_plain = answers.iter().rposition(|answer| answer.when.is_empty());
        for (index, answer) in answers.iter_mut().enumerate() {
            let plain_step = answer.when.is_empty() && Some(index) != last_plain;
            if plain_step && counted.get(index) == Some(&false) {
                answer.times = Some(1);
            }
        }
        let endless = answers.iter().position(|answer| answer.when.is_empty() && answer.times.is_none());
        for answer in endless.map_or(&[][..], |at| answers.get(at + 1..).unwrap_or_default()) {
            let help = "move it up, or give the answer before it `times`";
            self.push(answer.span, "this answer is never given: the one before it repeats".into(), Some(help.into()));
        }
        answers
    }

    fn answer(&mut self, node: NodeRef<'_>) -> Answer {
        let mut answer = Answer {
            span: node.span(),
            when: Vec::new(),
            times: None,
            delay: Duration::ZERO,
            status: None,
            headers: Vec::new(),
            content_type: None,
            body: Body::Example(None),
            fault: None,
        };
        if !self.mapping(node, ANSWER, "an answer") {
            return answer;
        }
        answer.when = node.get("when").map(|when| self.conditions(when)).unwrap_or_default();
        answer.times = self.times(node);
        answer.delay = node.get("delay").and_then(|delay| self.duration(delay)).unwrap_or_default();
        answer.status = node.get("status").and_then(|status| self.status(status));
        answer.headers = node.get("headers").map(|headers| self.headers(headers)).unwrap_or_default();
        answer.content_type = node.get("contentType").and_then(|node| self.header_text(node));
        answer.fault = node.get("fault").and_then(|fault| self.fault(fault));
        self.body(node, &mut answer);
        answer
    }

    fn body(&mut self, node: NodeRef<'_>, answer: &mut Answer) {
        let given: Vec<_> = ["body", "text", "error", "example"].iter().filter_map(|name| node.entry(name)).collect();
        if let [(first, _), (second, _), ..] = given.as_slice() {
            let message = format!("`{}` and `{}` exclude each other", first.key(), second.key());
            self.push(second.span(), message, None);
        }
        let Some((name, value)) = given.first() else { return };
        match name.key() {
            "body" => answer.body = Body::Value(self.template(*value)),
            "text" => {
                if let Some(text) = self.text_template(*value) {
                    answer.body = Body::Text(text);
                }
            }
            "example" => answer.body = Body::Example(self.text(*value)),
            _ => self.error(*value, answer),
        }
    }

    fn error(&mut self, node: NodeRef<'_>, answer: &mut Answer) {
        if let Some(code) = node.as_str() {
            answer.body = Body::Error(ErrorSpec { code: code.to_owned(), message: Text::default() });
            return;
        }
        if !self.mapping(node, ERROR, "an error") {
            return;
        }
        let Some(code) = node.get("type").and_then(|code| self.text(code)) else {
            self.push(node.span(), "an error needs a `type`".into(), None);
            return;
        };
        let message = node.get("message").and_then(|message| self.text_template(message)).unwrap_or_default();
        let status = node.get("status").and_then(|status| self.status(status));
        answer.status = answer.status.or(status);
        answer.body = Body::Error(ErrorSpec { code, message });
    }

    fn conditions(&mut self, node: NodeRef<'_>) -> Vec<Condition> {
        let nodes: Vec<NodeRef<'_>> = if node.is_sequence() { node.items().collect() } else { vec![node] };
        let mut conditions = Vec::new();
        for node in nodes {
            match self.text(node).map(|text| Condition::parse(&text)) {
                Some(Ok(condition)) => conditions.push(condition),
                Some(Err(message)) => {
                    let help = "write it like `$request.body#/Name == 'value'`";
                    self.push(node.span(), message, Some(help.into()));
                }
                None => {}
            }
        }
        conditions
    }

    fn times(&mut self, node: NodeRef<'_>) -> Option<u32> {
        if let Some(once) = node.get("once") {
            if let Some((name, _)) = node.entry("times") {
                self.push(name.span(), "`once` and `times` exclude each other".into(), None);
            }
            return match once.as_bool() {
                Some(true) => Some(1),
                Some(false) => None,
                None => {
                    self.wrong_type(once, "a boolean");
                    None
                }
            };
        }
        let times = self.integer(node.get("times")?, 1..=i64::from(u32::MAX))?;
        u32::try_from(times).ok()
    }

    fn status(&mut self, node: NodeRef<'_>) -> Option<u16> {
        u16::try_from(self.integer(node, 200..=999)?).ok()
    }

    fn fault(&mut self, node: NodeRef<'_>) -> Option<Fault> {
        let name = self.text(node)?;
        let fault = Fault::parse(&name);
        if fault.is_none() {
            let names = Fault::ALL.map(|fault| format!("`{}`", fault.as_str())).join(", ");
            self.push(node.span(), format!("`{name}` is no fault"), Some(format!("there are {names}")));
        }
        fault
    }

    fn headers(&mut self, node: NodeRef<'_>) -> Vec<(String, Text)> {
        let mut headers = Vec::new();
        for (name, value) in self.entries(node) {
            if hyper::header::HeaderName::try_from(name.key()).is_err() {
                self.push(name.span(), format!("`{}` is no name of a header field", name.key()), None);
            } else if ["content-length", "transfer-encoding", "connection"].iter().any(|own| name.key().eq_ignore_ascii_case(own)) {
                self.push(name.span(), format!("`{}` is the server's own", name.key()), Some("to break an answer off, use `fault`".into()));
            } else if self.header_text(value).is_some()
                && let Some(text) = self.text_template(value)
            {
                headers.push((name.key().to_owned(), text));
            }
        }
        headers
    }

    /// A scalar's text that may stand in a header field.
    fn header_text(&mut self, node: NodeRef<'_>) -> Option<String> {
        let text = self.text(node)?;
        if hyper::header::HeaderValue::try_from(&text).is_ok() {
            return Some(text);
        }
        self.push(node.span(), "text with characters that a header field can't hold".into(), None);
        None
    }

    fn duration(&mut self, node: NodeRef<'_>) -> Option<Duration> {
        let text = self.text(node)?;
        match parse_duration(&text) {
            Some(duration) if duration <= LONGEST_DELAY => Some(duration),
            Some(_) => {
                self.push(node.span(), format!("`{text}` is longer than 10 minutes"), Some("use `fault: hang` for an answer that never comes".into()));
                None
            }
            None => {
                self.push(node.span(), format!("`{text}` is no duration"), Some("write it like `200ms`, `2s` or `1m`".into()));
                None
            }
        }
    }

    fn select(&mut self, node: NodeRef<'_>, reads: Reads) -> Option<Select> {
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

    fn template(&mut self, node: NodeRef<'_>) -> Template {
        let mut problems = Vec::new();
        let template = Template::read(node, &mut |node, malformed| problems.push(place_of(node, malformed)));
        for (span, message) in problems {
            self.push(span, message, None);
        }
        template
    }

    fn text_template(&mut self, node: NodeRef<'_>) -> Option<Text> {
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
    fn text(&mut self, node: NodeRef<'_>) -> Option<String> {
        if let Kind::Null | Kind::Sequence | Kind::Mapping = node.kind() {
            self.wrong_type(node, "a string");
            return None;
        }
        Some(node.key().to_owned())
    }

    fn integer(&mut self, node: NodeRef<'_>, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
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
    fn entries<'t>(&mut self, node: NodeRef<'t>) -> Vec<(NodeRef<'t>, NodeRef<'t>)> {
        if !node.is_mapping() {
            self.wrong_type(node, "an object");
        }
        node.entries().collect()
    }

    /// Whether `node` is a mapping; a finding for each key that is none of `fields`.
    fn mapping(&mut self, node: NodeRef<'_>, fields: &[&str], what: &str) -> bool {
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

    fn wrong_type(&mut self, node: NodeRef<'_>, expected: &str) {
        self.push(node.span(), format!("expected {expected}, not {}", node.kind().name()), None);
    }

    fn push(&mut self, span: Span, message: String, help: Option<String>) {
        let problem = Diagnostic::new(rule::INVALID_SCENARIO, message).at(self.source, span);
        self.diagnostics.push(problem.maybe_help(help));
    }
}

/// What an expression may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reads {
    Request,
    Both,
}

impl Scenario {
    /// This scenario's operations over those that all scenarios of the file share.
    fn over(mut self, shared: &Scenario) -> Scenario {
        let own: Vec<String> = self.scripts.iter().map(|(name, _)| name.value.clone()).collect();
        self.scripts.extend(shared.scripts.iter().filter(|(name, _)| !own.contains(&name.value)).cloned());
        if self.seed == 0 {
            self.seed = shared.seed;
        }
        self
    }
}

/// What another operation's answer calls the member that this key reads from a request's body.
fn answer_to(key: &Select) -> Option<Select> {
    match key {
        Select::RequestBody(pointer) if !pointer.is_empty() => Some(Select::ResponseBody(pointer.clone())),
        _ => None,
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
