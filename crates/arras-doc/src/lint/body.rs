//! A step's request body against the one that its operation takes.

use crate::arazzo::{RequestBody, ValueField};
use crate::diagnostic::Label;
use crate::expression::Template;
use crate::media_type::MediaType;
use crate::openapi::{self, Content, Schema};
use crate::rule;
use crate::suggest;

use super::call::Call;
use super::replaced::Replaced;
use super::shape::Shape;
use super::value::{Medium, Sent};
use super::{Lint, Scope, step_span};

impl<'d> Lint<'d> {
    /// The body is there if it must be, in a media type that the operation takes, with a payload that fits (ARZ-STEP-17,
    ///
    pub(super) fn check_body(&mut self, scope: Scope<'d>, call: &Call<'d>) {
        match (&scope.step.request_body, &call.body) {
            (None, Some(declared)) if declared.required => self.missing_body(scope, call, declared),
            (Some(given), None) => self.undeclared_body(scope, given, call),
            (Some(given), Some(declared)) => self.given_body(scope, call, given, declared),
            (None, _) => {}
        }
    }

    fn missing_body(&mut self, scope: Scope<'d>, call: &Call<'d>, declared: &openapi::RequestBody<'d>) {
        let message = format!("{} requires a request body", call.name());
        let first = declared.content.first().map_or("application/json", |content| content.media_type);
        let place = declared.place;
        let schema = declared.content.first().and_then(Content::schema);
        let names = schema.as_ref().map(Schema::property_names).unwrap_or_default();
        let diagnostic = self.note(rule::MISSING_BODY, step_span(scope.step), message);
        diagnostic.help = Some(match suggest::enumerated(names) {
            names if names.is_empty() => format!("add `requestBody` with a `payload` in `{first}`"),
            names => format!("add `requestBody` with a `payload` in `{first}`, which has {names}"),
        });
        let text = "required here".to_owned();
        diagnostic.labels.push(Label { source: place.source(), span: place.span(), text });
    }

    fn undeclared_body(&mut self, scope: Scope<'d>, given: &'d RequestBody, call: &Call<'d>) {
        let method = call.operation.method();
        let message = format!("{} is not described to take a request body", call.name());
        let place = call.operation.place();
        let pointer = format!("/workflows/{}/steps/{}", scope.index, scope.at);
        let key = self.document.tree.at(&pointer).and_then(|step| Some(step.entry("requestBody")?.0.span()));
        let diagnostic = self.note(rule::UNDECLARED_BODY, key.unwrap_or(given.span), message);
        diagnostic.help = Some(match method {
            "GET" | "HEAD" | "DELETE" => format!("a {method} request has no body as a rule: give parameters instead"),
            _ => "remove `requestBody`, or describe it; it is sent nevertheless".to_owned(),
        });
        let text = "the operation".to_owned();
        diagnostic.labels.push(Label { source: place.source(), span: place.span(), text });
    }

    fn given_body(
        &mut self,
        scope: Scope<'d>,
        call: &Call<'d>,
        given: &'d RequestBody,
        declared: &openapi::RequestBody<'d>,
    ) {
        let content = match &given.content_type {
            Some(written) => {
                let Some(media_type) = MediaType::parse(written) else { return };
                match declared.content_for(&media_type) {
                    Some(content) => Some(content),
                    None => {
                        // `{$inputs.type}` is known later
                        if !written.contains('$') {
                            self.undeclared_type(written, written.span, call, declared);
                        }
                        return;
                    }
                }
            }
            None => default_content(&declared.content),
        };
        let Some(content) = content else { return };
        if let Some(payload) = &given.payload {
            self.check_payload(scope, given, payload, content);
        }
        self.check_replacements(scope, given, content);
    }

    fn undeclared_type(
        &mut self,
        written: &str,
        span: crate::span::Span,
        call: &Call<'d>,
        declared: &openapi::RequestBody<'d>,
    ) {
        let offered: Vec<&str> = declared.content.iter().map(|content| content.media_type).collect();
        if offered.is_empty() {
            return;
        }
        let message = format!("{} takes no `{written}`", call.name());
        let offered: Vec<String> = offered.iter().map(|one| format!("`{one}`")).collect();
        let place = declared.place;
        let diagnostic = self.note(rule::UNDECLARED_CONTENT_TYPE, span, message);
        diagnostic.help = Some(format!("it takes {}", offered.join(", ")));
        diagnostic.labels.push(Label { source: place.source(), span: place.span(), text: "described here".into() });
    }

    fn check_payload(
        &mut self,
        scope: Scope<'d>,
        given: &'d RequestBody,
        payload: &'d ValueField,
        content: &Content<'d>,
    ) {
        let Some(media_type) = content.parsed() else { return };
        let node = self.document.tree.node(payload.node);
        if media_type.is_xml() && node.as_str().is_some() {
            self.check_xml_text(scope, given, node, content.schema().as_ref());
        }
        let Some(medium) = Medium::of(&media_type) else { return };
        let replaced = Replaced::of(given);
        let shape = Shape::of(content.schema());
        let anchor = self.payload_key(scope).unwrap_or(given.span);
        let (workflow, index) = (scope.workflow, scope.index);
        let sent = Sent { scope: Some(scope), workflow, index, medium, replaced, unknown: None };
        // a text is a template of the body, not a value in it
        let is_text = matches!(payload.template, Template::Literal(_) | Template::Text(_)) && node.as_str().is_some();
        if !is_text {
            let found = sent.check(self, node, Some(&payload.template), &shape, anchor);
            self.diagnostics.extend(found);
        } else if medium == Medium::Json {
            self.check_json_text(&sent, scope, node, &shape, anchor);
        } else if media_type.is_form() {
            self.check_form_text(&sent, scope, node, &shape, anchor);
        }
    }

    /// The word `payload` of a step's request body.
    fn payload_key(&self, scope: Scope<'d>) -> Option<crate::span::Span> {
        let pointer = format!("/workflows/{}/steps/{}/requestBody", scope.index, scope.at);
        Some(self.document.tree.at(&pointer)?.entry("payload")?.0.span())
    }
}

/// What is sent where the step does not say: the sole media type, else the first that is like JSON.
pub(super) fn default_content<'a, 'd>(all: &'a [Content<'d>]) -> Option<&'a Content<'d>> {
    match all {
        [only] => Some(only),
        all => all.iter().find(|content| content.parsed().is_some_and(|media_type| media_type.is_json())),
    }
}
