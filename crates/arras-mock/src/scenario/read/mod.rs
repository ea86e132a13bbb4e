//! Scenario files out of the spanned tree; every problem is a finding with its place.

mod answer;
mod chaos;
mod field;

use arras_doc::diagnostic::{Diagnostic, Diagnostics};
use arras_doc::node::NodeRef;
use arras_doc::source::SourceId;
use arras_doc::span::Spanned;
use arras_doc::{rule, suggest};
use indexmap::IndexMap;

use super::select::Select;
use super::{Link, Scenario, ScenarioFile, Script};
use field::Reads;

const FILE: &[&str] = &["scenarios", "default", "operations", "seed", "summary", "validate", "chaos"];
const SCENARIO: &[&str] = &["operations", "seed", "summary", "validate", "chaos"];
const SCRIPT: &[&str] = &["answers", "key", "after", "until", "unknown", "token"];
const LINK: &[&str] = &["operation", "value"];
const ANSWER: &[&str] = &[
    "when",
    "times",
    "once",
    "delay",
    "status",
    "headers",
    "contentType",
    "body",
    "text",
    "error",
    "example",
    "fault",
];
const ERROR: &[&str] = &["type", "message", "status"];

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
        let says = ["operations", "validate", "chaos"].iter().any(|name| root.get(name).is_some());
        if !says && root.get("scenarios").is_none_or(NodeRef::is_empty) {
            let problem = Diagnostic::new(rule::INVALID_SCENARIO, "the file has neither `scenarios` nor `operations`");
            self.diagnostics
                .push(problem.at(self.source, root.span()).help("give an operation its answers under `operations`"));
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
        let validation = node.get("validate").and_then(|node| self.validation(node));
        let chaos = node.get("chaos").map(|node| self.chaos(node));
        let mut scripts = Vec::new();
        let operations = node.get("operations").map(|operations| self.entries(operations));
        for (name, script) in operations.unwrap_or_default() {
            scripts.push((Spanned::new(name.key().to_owned(), name.span()), self.script(script)));
        }
        let seed = u64::try_from(seed).unwrap_or(0);
        Scenario { source: Some(self.source), seed, validation, chaos, scripts }
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
                    self.push(
                        name.span(),
                        format!("`{field}` says which keys exist, but there is no `key`"),
                        Some(help.into()),
                    );
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
}

impl Scenario {
    /// This scenario's operations over those that all scenarios of the file share.
    fn over(mut self, shared: &Scenario) -> Scenario {
        let own: Vec<String> = self.scripts.iter().map(|(name, _)| name.value.clone()).collect();
        self.scripts.extend(shared.scripts.iter().filter(|(name, _)| !own.contains(&name.value)).cloned());
        if self.seed == 0 {
            self.seed = shared.seed;
        }
        self.validation = self.validation.or(shared.validation);
        self.chaos = self.chaos.or_else(|| shared.chaos.clone());
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
