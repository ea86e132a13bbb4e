//! What a step's operation is described to take and to answer, read once for all steps that call it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::link::{LinkedSource, Target, folded};
use crate::openapi::{
    Content, Operation, Parameter, Place, RequestBody, Responses, Schema, SecurityRequirement, Unresolved,
};
use crate::rule;
use crate::source::SourceId;
use crate::span::Span;

use super::{Lint, Scope};

/// How many things are told that a description's schemas refer to and that are not there.
const ABSENT: usize = 10;

/// How many references of a circle are followed.
const HOPS: usize = 64;

/// An operation, read.
pub(super) struct Call<'d> {
    pub(super) operation: Operation<'d>,
    pub(super) parameters: Vec<Parameter<'d>>,
    pub(super) body: Option<RequestBody<'d>>,
    pub(super) responses: Responses<'d>,
    /// What it asks for.
    pub(super) security: Vec<SecurityRequirement<'d>>,
    /// The places of its parameters by location and name.
    named: HashMap<(&'static str, Cow<'d, str>), usize>,
}

impl<'d> Call<'d> {
    /// The operation in messages.
    pub(super) fn name(&self) -> String {
        format!("`{}`", self.operation.name())
    }

    /// The parameter of that name, as names are told apart at that location.
    pub(super) fn parameter(&self, location: &'static str, name: &str) -> Option<&Parameter<'d>> {
        self.parameters.get(*self.named.get(&(location, folded(location, name)))?)
    }
}

impl<'d> Lint<'d> {
    /// The operation that a step calls; `None` if it calls none that is known.
    pub(super) fn call(&mut self, scope: Scope<'d>) -> Option<Rc<Call<'d>>> {
        let Some(Target::Operation(target)) = &scope.links.target else { return None };
        let key = (target.source, target.pointer.as_str());
        if let Some(call) = self.calls.get(&key) {
            return call.clone();
        }
        let call = self.read(target.source, &target.pointer).map(Rc::new);
        self.calls.insert(key, call.clone());
        call
    }

    fn read(&mut self, source: usize, pointer: &str) -> Option<Call<'d>> {
        let LinkedSource::OpenApi(description) = self.sources.get(source) else { return None };
        let operation = description.operation_at(pointer).found()?;
        let mut found = Diagnostics::new();
        let mut in_security = Diagnostics::new();
        let parameters = operation.parameters(&mut found);
        let mut named = HashMap::new();
        for (at, one) in parameters.iter().enumerate() {
            let location = one.location.as_str();
            named.entry((location, folded(location, one.name))).or_insert(at);
        }
        let call = Call {
            operation,
            parameters,
            body: operation.request_body(&mut found),
            responses: operation.responses(&mut found),
            security: operation.security(&mut in_security),
            named,
        };
        let contents = call.body.iter().flat_map(|body| &body.content);
        let contents = contents.chain(call.responses.iter().flat_map(|response| &response.content));
        let schemas: Vec<Schema<'d>> = contents.filter_map(Content::schema).collect();
        // without these nothing is known of the body
        let whole = schemas.iter().flat_map(|schema| schema.unresolved());
        let whole: Vec<Diagnostic> = whole.map(|(place, why)| why.diagnostic(*place)).collect();
        self.unresolved_in(&schemas, &whole, &mut found);
        found.extend(whole);
        undeclared_variables(operation, &mut found);
        // schemes that are asked for and not defined
        found.extend(in_security);
        // what operations share is read with each of them, and told once
        let told = &mut self.told;
        found.retain(|one| told.insert((one.rule.id, one.primary().map(|label| (label.source, label.span)))));
        self.diagnostics.extend(found);
        Some(call)
    }

    /// The references that lead nowhere in what schemas consist of, each part looked at once; those known already are not
    /// told again.
    ///
    /// The rest of a body is still checked: one finding for each thing that is not there, of documents that were not loaded
    /// an advice.
    fn unresolved_in(&mut self, schemas: &[Schema<'d>], known: &[Diagnostic], found: &mut Diagnostics) {
        let mut open: Vec<Place<'d>> = schemas.iter().rev().map(Schema::place).collect();
        while let Some(place) = open.pop() {
            if self.parts == 0 || !self.walked.insert((place.source(), place.span())) {
                continue;
            }
            self.parts -= 1;
            match place.target() {
                Some(Err(why)) => {
                    let told = self.absent.iter().filter(|(source, _)| *source == place.source()).count();
                    let diagnostic = (told < ABSENT).then(|| why.diagnostic(place));
                    let diagnostic = diagnostic.filter(|it| !known.iter().any(|one| one.labels == it.labels));
                    let mut is_new = || self.absent.insert((place.source(), place.reference().unwrap_or_default()));
                    if let Some(mut diagnostic) = diagnostic.filter(|_| is_new()) {
                        if matches!(why, Unresolved::External { .. }) {
                            diagnostic.severity = Severity::Advice;
                        }
                        found.push(diagnostic);
                    }
                }
                Some(Ok(target)) => {
                    if let Some(why) = circle(place, &self.walked) {
                        found.push(why.diagnostic(place));
                    }
                    open.push(target);
                }
                None => {}
            }
            // what stands beside a reference counts since OpenAPI 3.1
            if place.reference().is_none() || place.description().version().has_json_schema() {
                let parts: Vec<Place<'d>> = parts_of(place).collect();
                open.extend(parts.into_iter().rev());
            }
        }
    }
}

/// Why a reference leads nowhere that comes back to itself by nothing but references; a circle is told at the first of
/// them that is `walked`.
fn circle(place: Place<'_>, walked: &HashSet<(SourceId, Span)>) -> Option<Unresolved> {
    let why = place.resolve().err().filter(|why| matches!(why, Unresolved::Cycle { .. }))?;
    let mut next = place;
    for _ in 0..HOPS {
        next = next.target()?.ok()?;
        let at = (next.source(), next.span());
        if at == (place.source(), place.span()) {
            return Some(why);
        }
        if walked.contains(&at) {
            return None;
        }
    }
    None
}

/// Notes names in the URL of the server that requests go to which it does not describe (ARZ-URI-18); Swagger 2.0 has none
/// that could be described.
fn undeclared_variables(operation: Operation<'_>, found: &mut Diagnostics) {
    let servers = operation.servers(&mut Diagnostics::new());
    let Some(server) = servers.first() else { return };
    let root = operation.description().root();
    let of_host = |name: &str| {
        let parts = ["host", "basePath"].into_iter().filter_map(|part| root.get(part));
        parts.into_iter().find(|part| part.as_text().is_some_and(|text| text.contains(&format!("{{{name}}}"))))
    };
    let mut rest = &*server.url;
    while let Some((name, after)) = rest.split_once('{').and_then(|(_, after)| after.split_once('}')) {
        rest = after;
        if server.variable(name).is_some() {
            continue;
        }
        let (at, why, help) = match server.place {
            Some(place) => (
                place.get("url").unwrap_or(place),
                "the server describes none of that name",
                "describe it among the server's `variables` with a `default`",
            ),
            None => match of_host(name) {
                Some(part) => (part, "Swagger 2.0 describes none", "write its value"),
                None => continue,
            },
        };
        let message = format!("the server variable `{name}` has no value: {why}");
        let diagnostic = Diagnostic::new(rule::INVALID_SERVER, message).at(at.source(), at.span());
        let help = format!("{help}; until then a run needs the whole URL by `--server`");
        found.push(diagnostic.severity(Severity::Warning).help(help));
    }
}

/// The schemas that a schema consists of.
fn parts_of<'d>(schema: Place<'d>) -> impl Iterator<Item = Place<'d>> {
    const ONE: [&str; 8] = ["items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"];
    const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
    const MAPS: [&str; 3] = ["properties", "patternProperties", "dependentSchemas"];
    let one = ONE.into_iter().filter_map(move |name| schema.get(name));
    let lists = LISTS.into_iter().filter_map(move |name| schema.get(name)).flat_map(Place::items);
    let maps = MAPS.into_iter().filter_map(move |name| schema.get(name)).flat_map(Place::entries);
    one.chain(lists).chain(maps.map(|(_, part)| part)).filter(|part| part.node().is_mapping())
}
