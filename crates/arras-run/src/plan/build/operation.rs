//! What the plan keeps of an operation.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use arras_doc::diagnostic::Diagnostics;
use arras_doc::link::{LinkedSource, OperationTarget};
use arras_doc::media_type::MediaType;
use arras_doc::openapi::{self, Description, Location, Schema, Version};

use super::{At, Bound, Builder, Call, SetParameter, own_security, xml_types};
use crate::plan::{self, Declared, Operation, Parameter, Scalar};
use crate::request::default_type;

/// What the values of a request are to look like, as far as the plan asks.
#[derive(Default)]
pub(super) struct Shapes<'b> {
    described: Rc<Described<'b>>,
    /// The credentials that the document itself gives.
    pub(super) own: Vec<Parameter>,
}

/// What the description says of the values.
#[derive(Default)]
pub(super) struct Described<'b> {
    parameters: HashMap<(Location, String), Scalar>,
    body: Option<openapi::RequestBody<'b>>,
}

impl<'b> Described<'b> {
    fn of(parameters: &[openapi::Parameter<'b>], body: Option<openapi::RequestBody<'b>>) -> Described<'b> {
        let scalar = |parameter: &openapi::Parameter<'b>| {
            let key = (parameter.location, name_key(parameter.location, parameter.name));
            Some((key, Scalar::of(&parameter.schema()?)?))
        };
        Described { parameters: parameters.iter().filter_map(scalar).collect(), body }
    }
}

impl<'b> Shapes<'b> {
    /// The scalar that a parameter takes, if it takes one.
    pub(super) fn parameter(&self, location: Location, name: &str) -> Option<Scalar> {
        self.described.parameters.get(&(location, name_key(location, name))).copied()
    }

    /// The schema of the body in a media type, or in the one that is used by default.
    pub(super) fn body(&self, content_type: Option<&str>) -> Option<Schema<'b>> {
        let body = self.described.body.as_ref()?;
        let types: Vec<String> = body.content.iter().map(|content| content.media_type.to_owned()).collect();
        let media_type = content_type.map(str::to_owned).or_else(|| default_type(&types))?;
        body.content_for(&MediaType::parse(&media_type)?)?.schema()
    }
}

fn name_key(location: Location, name: &str) -> String {
    if location == Location::Header { name.to_ascii_lowercase() } else { name.to_owned() }
}

impl<'b> Builder<'b, '_> {
    pub(super) fn operation(
        &mut self,
        at: At,
        target: &OperationTarget,
    ) -> Result<(Arc<Operation>, Shapes<'b>), Diagnostics> {
        let linked = self.linked(at.key.document);
        let LinkedSource::OpenApi(description) = linked.sources.get(target.source) else {
            return Err(Diagnostics::new());
        };
        let Some(operation) = description.operation_at(&target.pointer).found() else { return Err(Diagnostics::new()) };
        let mut set = self.set_parameters(at);
        let own = self.own_security(at, operation, &mut set)?;
        let (document, workflow) = (at.key.document, at.key.workflow);
        let (source, step, parameters) = (target.source, at.step, set.as_slice());
        let binding = (self.bind)(Call { document, source, workflow, step, operation, parameters })?;
        let bound = Bound { document, target: target.clone(), binding };
        if let Some((planned, described)) = self.operations.get(&bound) {
            return Ok((planned.clone(), Shapes { own, described: described.clone() }));
        }
        let (planned, described) = self.planned(description, operation, &bound);
        let (planned, described) = (Arc::new(planned), Rc::new(described));
        self.operations.insert(bound, (planned.clone(), described.clone()));
        Ok((planned, Shapes { own, described }))
    }

    fn planned(
        &self,
        description: &'b Arc<Description>,
        operation: openapi::Operation<'b>,
        bound: &Bound,
    ) -> (Operation, Described<'b>) {
        // what the description has wrong is `check`'s to tell; here the readable rest is enough
        let mut ignored = Diagnostics::new();
        let body = operation.request_body(&mut ignored);
        let responses = operation.responses(&mut ignored);
        let types = responses.iter().flat_map(|response| &response.content).map(|content| content.media_type);
        let parameters = operation.parameters(&mut ignored);
        let keys = keys(operation);
        let content = body.iter().flat_map(|body| &body.content);
        let base = bound.binding.base.clone();
        let path = operation.path().wire_path().to_owned();
        let source = &self.linked(bound.document).document.source_descriptions[bound.target.source];
        let planned = Operation {
            source: source.name.value.as_str().into(),
            operation_id: operation.operation_id().map(Into::into),
            method: operation.method().into(),
            label: label(operation).into(),
            url: format!("{base}{path}").into(),
            base,
            path,
            fixed_query: operation.path().fixed_query().map(str::to_owned),
            declared: parameters.iter().filter_map(|it| declared(it, description.version(), &keys)).collect(),
            request_types: content.map(|content| content.media_type.to_owned()).collect(),
            body_required: body.as_ref().is_some_and(|body| body.required),
            accept: accept(types),
            authorization: bound.binding.authorization,
            described: plan::Described::new(description.clone(), &bound.target.pointer, self.schemas.clone()),
            xml_types: xml_types::of(&responses),
        };
        (planned, Described::of(&parameters, body))
    }

    /// The credentials that the document itself gives the step, which are `set` from then on.
    fn own_security(
        &mut self,
        at: At,
        operation: openapi::Operation<'_>,
        set: &mut Vec<SetParameter>,
    ) -> Result<Vec<Parameter>, Diagnostics> {
        let document = &*self.linked(at.key.document).document;
        let workflow = &document.workflows[at.key.workflow];
        let (own, found) = own_security(document, workflow, &workflow.steps[at.step], operation, set);
        if !found.is_empty() {
            return Err(found);
        }
        let own: Vec<Parameter> =
            own.into_iter().map(|own| Parameter { value: self.value(at.key, &own.value), ..own }).collect();
        set.extend(own.iter().filter_map(SetParameter::of));
        Ok(own)
    }
}

/// What the story shows: the fragment that tells operations on one path apart, else the path.
fn label(operation: openapi::Operation<'_>) -> String {
    let path = operation.path();
    match path.fragment() {
        Some(fragment) => fragment.rsplit(['.', '=']).next().unwrap_or(fragment).to_owned(),
        None => path.as_str().to_owned(),
    }
}

/// Where credentials of the operation go that are parameters: published descriptions declare them as such, too.
fn keys(operation: openapi::Operation<'_>) -> Vec<(Location, String)> {
    let required = operation.security(&mut Diagnostics::new());
    let schemes = required.into_iter().flat_map(|required| required.schemes).filter_map(|required| required.scheme);
    let key = |scheme: openapi::SecurityScheme<'_>| match scheme.kind {
        openapi::SchemeKind::ApiKey { name, location } => Some((location, name_key(location, name))),
        _ => None,
    };
    schemes.filter_map(key).collect()
}

fn declared(parameter: &openapi::Parameter<'_>, version: Version, keys: &[(Location, String)]) -> Option<Declared> {
    let is_key = keys.contains(&(parameter.location, name_key(parameter.location, parameter.name)));
    let declared = Declared::of(parameter, version)?;
    // what identifies the caller is put in when the request is authorised
    Some(Declared { required: declared.required && !is_key, ..declared })
}

/// The declared response media types, JSON first, each once.
fn accept<'t>(types: impl Iterator<Item = &'t str>) -> Option<String> {
    let mut all: Vec<&str> = Vec::new();
    for name in types {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all.sort_by_key(|name| !MediaType::parse(name).is_some_and(|media_type| media_type.is_json()));
    (!all.is_empty()).then(|| all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_accepted_first() {
        let header = |types: &[&str]| accept(types.iter().copied());
        assert_eq!(
            header(&["text/csv", "application/json", "text/csv"]).as_deref(),
            Some("application/json, text/csv")
        );
        assert_eq!(header(&[]), None);
    }
}
