//! Replacements in a payload: the language of their targets, and places that are not there.

use crate::arazzo::{PayloadReplacement, RequestBody};
use crate::diagnostic::{Label, Severity};
use crate::expression::SelectorLanguage::{self, JsonPath, JsonPathDraft, JsonPointer};
use crate::jsonpath::{self, Anchor, Form, Mode, Reach, SelectorKind};
use crate::node::{Kind, NodeRef};
use crate::openapi::Content;
use crate::pointer;
use crate::rule;
use crate::xpath::{self, Version};

use super::replaced::Replaced;
use super::shape::Shape;
use super::value::{Medium, Sent};
use super::{Lint, Scope, json_path};

impl<'d> Lint<'d> {
    /// Every target is in the language of the body, and leads to a place in it (ARZ-REPL-01, ARZ-REPL-04, ARZ-REPL-05).
    pub(super) fn check_replacements(&mut self, scope: Scope<'d>, given: &'d RequestBody, content: &Content<'d>) {
        let Some(media_type) = content.parsed() else { return };
        let payload = given.payload.as_ref().map(|payload| self.document.tree.node(payload.node));
        let is_structure = payload.is_some_and(|node| node.is_mapping() || node.is_sequence());
        let targets: Vec<Option<Vec<_>>> =
            given.replacements.iter().map(|one| pointer::tokens(&one.target.value)).collect();
        for (at, replacement) in given.replacements.iter().enumerate() {
            if media_type.is_xml() && !is_structure {
                if self.check_xml_target(replacement)
                    && let Some(payload) = payload
                {
                    self.check_xml_place(scope, replacement, payload);
                }
                continue;
            }
            let Some(medium) = Medium::of(&media_type) else { continue };
            if !self.check_json_target(replacement, medium) {
                continue;
            }
            // what an earlier one has put there is another matter
            let untouched = |payload| match (language_of(replacement), &targets[at]) {
                (JsonPointer, Some(target)) => !targets[..at].iter().any(|earlier| touches(payload, earlier, target)),
                _ => at == 0,
            };
            if payload.is_some_and(|payload| untouched(payload) && self.leads_nowhere(replacement, payload)) {
                continue;
            }
            let (workflow, index) = (scope.workflow, scope.index);
            let sent =
                Sent { scope: Some(scope), workflow, index, medium, replaced: Replaced::default(), unknown: None };
            self.check_replaced(&sent, replacement, &Shape::of(content.schema()));
        }
    }

    /// XML is text: only an XPath leads into it.
    fn check_xml_target(&mut self, replacement: &'d PayloadReplacement) -> bool {
        let target = replacement.target.value.as_str();
        let message = match replacement.target_type.as_ref().map(|language| language.value) {
            Some(JsonPointer) if !target.is_empty() => {
                format!("the target `{target}` is a JSON Pointer, and the body is XML")
            }
            Some(JsonPath | JsonPathDraft) => format!("the target `{target}` is a JSONPath, and the body is XML"),
            // what begins like a pointer's fragment or a JSONPath has been told
            Some(_) => return !target.is_empty(),
            None if !target.starts_with(['$', '#']) => match xpath::parse(target, Version::V3_1) {
                Ok(_) => return true,
                Err(error) => format!("the target `{target}` is no XPath, which a body of XML needs: {error}"),
            },
            _ => return false,
        };
        let diagnostic = self.note(rule::INVALID_SELECTOR, replacement.target.span, message);
        diagnostic.help = Some("write an XPath, such as `/order/item[1]/sku`".into());
        false
    }

    /// Whether a target can lead into JSON or a form.
    fn check_json_target(&mut self, replacement: &'d PayloadReplacement, medium: Medium) -> bool {
        let target = replacement.target.value.as_str();
        let body = if medium == Medium::Json { "JSON" } else { "a form" };
        let (message, instead) = match language_of(replacement) {
            JsonPath | JsonPathDraft => return true,
            JsonPointer if target.starts_with("//") && replacement.target_type.is_none() => {
                (format!("the target `{target}` is an XPath, and the body is {body}"), pointer_like(target))
            }
            JsonPointer if target.is_empty() || pointer::tokens(target).is_some() => return true,
            // told when the document was read
            JsonPointer if target.starts_with(['$', '#']) || replacement.target_type.is_some() => return false,
            JsonPointer => (
                format!("the target `{target}` is no JSON Pointer, which a body of {body} needs"),
                pointer_like(target),
            ),
            _ => (format!("the target `{target}` is an XPath, and the body is {body}"), pointer_like(target)),
        };
        let help = match &replacement.target_type {
            None => format!("write a JSON Pointer: `{instead}`"),
            Some(_) => format!("write `targetSelectorType: jsonpointer` and a JSON Pointer: `{instead}`"),
        };
        let diagnostic = self.note(rule::INVALID_SELECTOR, replacement.target.span, message);
        diagnostic.help = Some(help);
        false
    }

    /// Whether a target selects nothing in a payload that is known, where nothing can be added.
    fn leads_nowhere(&mut self, replacement: &'d PayloadReplacement, payload: NodeRef<'d>) -> bool {
        let why = match language_of(replacement) {
            JsonPointer => match pointer::tokens(&replacement.target) {
                Some(tokens) => blocked(payload, &tokens),
                None => None,
            },
            language @ (JsonPath | JsonPathDraft) => missing(payload, &replacement.target, language),
            _ => None,
        };
        let Some((why, at)) = why else { return false };
        let source = self.source();
        let message = format!("the target does not exist: {why}");
        let diagnostic = self.note(rule::INVALID_SELECTOR, replacement.target.span, message);
        diagnostic.labels.push(Label { source, span: at.span(), text: "in this part of the payload".into() });
        diagnostic.help = match at.entries().next() {
            Some(_) => Some(format!("it has {}", names(at))),
            None => Some("name a place that the payload has, or add it there".into()),
        };
        true
    }

    /// The target is a place that the body is described to have, and what is put there fits (ARZ-REPL-01).
    fn check_replaced(&mut self, sent: &Sent<'d>, replacement: &'d PayloadReplacement, shape: &Shape<'d>) {
        let target = match language_of(replacement) {
            JsonPointer => pointer::tokens(&replacement.target).map(|tokens| shape.at(&tokens)),
            JsonPath | JsonPathDraft => selected(&replacement.target, shape),
            _ => None,
        };
        match target {
            None => {}
            Some(Shape::Nothing(obstacle)) => {
                let severity = if obstacle.is_certain() { Severity::Error } else { Severity::Warning };
                let message = format!("the target does not exist: {}", obstacle.message());
                let place = obstacle.place;
                let diagnostic = self.note(rule::UNDECLARED_PROPERTY, replacement.target.span, message);
                diagnostic.severity = severity;
                diagnostic.help = obstacle.help();
                let text = "described here".to_owned();
                diagnostic.labels.push(Label { source: place.source(), span: place.span(), text });
            }
            Some(inner) => {
                let Some(value) = &replacement.value else { return };
                let node = self.document.tree.node(value.node);
                let found = sent.check(self, node, Some(&value.template), &inner, value.span);
                self.diagnostics.extend(found);
            }
        }
    }
}

/// What a JSONPath selects in a body of that shape.
fn selected<'d>(target: &str, shape: &Shape<'d>) -> Option<Shape<'d>> {
    let query = jsonpath::parse_query(target).ok()?;
    let mut found = Vec::new();
    let selected = json_path::query(&query, shape, shape, &mut found);
    Some(found.into_iter().next().map_or(selected, |(obstacle, _)| Shape::Nothing(obstacle)))
}

/// The language of a target; without a type it is a JSON Pointer in what is not XML.
pub(super) fn language_of(replacement: &PayloadReplacement) -> SelectorLanguage {
    replacement.target_type.as_ref().map_or(JsonPointer, |language| language.value)
}

/// The pointer that someone may have meant by a name or an XPath.
fn pointer_like(target: &str) -> String {
    let simple = |char: char| char.is_alphanumeric() || matches!(char, '/' | '.' | '_' | '-');
    match target.trim_start_matches(['/', '.']) {
        rest if !rest.is_empty() && rest.chars().all(simple) => {
            format!("/{}", rest.replace("//", "/").replace('.', "/"))
        }
        _ => "/name".to_owned(),
    }
}

/// Whether a node's value is known only when it runs.
fn is_later(node: NodeRef<'_>) -> bool {
    node.as_str().is_some_and(|text| text.contains('$') || text.trim_start().starts_with(['{', '[']))
}

/// Whether an earlier replacement may have changed what is on the way to a target: it leads there itself, into a list that
/// has become longer, or nobody knows where to.
fn touches<'d, T: AsRef<str> + PartialEq>(payload: NodeRef<'d>, earlier: &Option<Vec<T>>, target: &[T]) -> bool {
    let Some((_, parent)) = earlier.as_ref().and_then(|earlier| earlier.split_last()) else { return true };
    let is_object = || {
        let step = |node: NodeRef<'d>, token: &T| match node.kind() {
            Kind::Sequence => node.items().nth(pointer::index(token.as_ref())?),
            _ => node.get(token.as_ref()),
        };
        parent.iter().try_fold(payload, step).is_some_and(|node| node.is_mapping())
    };
    target.starts_with(parent) && (earlier.as_ref().is_some_and(|earlier| target.starts_with(earlier)) || !is_object())
}

/// Where a pointer can't go on, as A-48 has it: names are added to objects, items to the end of arrays, nothing elsewhere.
fn blocked<'d, T: AsRef<str>>(payload: NodeRef<'d>, tokens: &[T]) -> Option<(String, NodeRef<'d>)> {
    let mut node = payload;
    for (depth, token) in tokens.iter().map(AsRef::as_ref).enumerate() {
        let last = depth + 1 == tokens.len();
        match node.kind() {
            Kind::Mapping => node = node.get(token)?,
            Kind::Sequence => match pointer::index(token) {
                Some(index) if index < node.len() => node = node.items().nth(index)?,
                Some(index) if index == node.len() && last => return None,
                None if token == "-" && last => return None,
                Some(_) => {
                    let items = if node.len() == 1 { "item" } else { "items" };
                    return Some((format!("the array has {} {items}, and no `{token}`", node.len()), node));
                }
                None => return Some((format!("`{token}` is no index, and an array stands there"), node)),
            },
            _ if is_later(node) => return None,
            kind => return Some((format!("{} stands where `{token}` is looked for", kind.name()), node)),
        }
    }
    None
}

/// What a JSONPath of names and indices alone does not find: nothing is added for it.
fn missing<'d>(payload: NodeRef<'d>, target: &str, language: SelectorLanguage) -> Option<(String, NodeRef<'d>)> {
    let mode = if language == JsonPathDraft { Mode::Draft } else { Mode::Lenient };
    let condition = jsonpath::parse_condition(target, mode).ok()?;
    let Form::Query(query) = condition.form else { return None };
    if query.anchor != Anchor::Root || payload.as_str().is_some() {
        return None;
    }
    let mut node = payload;
    for segment in &query.segments {
        if segment.reach != Reach::Children || is_later(node) {
            return None;
        }
        let (found, token) = match segment.singular()? {
            SelectorKind::Name(name) => (node.get(name), name.clone()),
            SelectorKind::Index(index) => (node.items().nth(usize::try_from(*index).ok()?), index.to_string()),
            _ => return None,
        };
        match found {
            Some(next) => node = next,
            // a Selector Object stands for a value
            None if node.get("context").is_some() => return None,
            None => return Some((format!("the payload has no `{token}` there, and a JSONPath adds nothing"), node)),
        }
    }
    None
}

fn names(node: NodeRef<'_>) -> String {
    let shown: Vec<String> = node.entries().take(6).map(|(key, _)| format!("`{}`", key.key())).collect();
    let more = if node.len() > shown.len() { " …" } else { "" };
    format!("{}{more}", shown.join(", "))
}
