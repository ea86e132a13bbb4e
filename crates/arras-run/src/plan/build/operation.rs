//! What the plan keeps of an operation.

use arras_doc::diagnostic::Diagnostics;
use arras_doc::link::{LinkedSource, OperationTarget};
use arras_doc::media_type::MediaType;
use arras_doc::openapi;

use super::{At, Builder, Call, xml_arrays};
use crate::plan::{Declared, Operation, Parameter};

impl Builder<'_> {
    pub(super) fn operation(
        &mut self,
        at: At,
        target: &OperationTarget,
        parameters: &[Parameter],
    ) -> Result<Operation, Diagnostics> {
        let linked = self.linked(at.key.document);
        let LinkedSource::OpenApi(description) = linked.sources.get(target.source) else {
            return Err(Diagnostics::new());
        };
        let Some(operation) = description.operation_at(&target.pointer).found() else { return Err(Diagnostics::new()) };
        let (document, workflow) = (at.key.document, at.key.workflow);
        let (source, step, place) = (target.source, at.step, at.place);
        let binding = (self.bind)(Call { document, source, workflow, step, operation, parameters, place })?;
        // what the description has wrong is `check`'s to tell; here the readable rest is enough
        let mut ignored = Diagnostics::new();
        let body = operation.request_body(&mut ignored);
        let responses = operation.responses(&mut ignored);
        let types = responses.iter().flat_map(|response| &response.content).map(|content| content.media_type);
        let parameters = operation.parameters(&mut ignored);
        Ok(Operation {
            source: linked.document.source_descriptions[target.source].name.value.clone(),
            operation_id: operation.operation_id().map(str::to_owned),
            method: operation.method().to_owned(),
            label: label(operation),
            base: binding.base,
            path: operation.path().wire_path().to_owned(),
            fixed_query: operation.path().fixed_query().map(str::to_owned),
            declared: parameters.iter().filter(|parameter| !parameter.is_ignored()).map(declared).collect(),
            request_types: body
                .iter()
                .flat_map(|body| &body.content)
                .map(|content| content.media_type.to_owned())
                .collect(),
            body_required: body.as_ref().is_some_and(|body| body.required),
            accept: accept(types),
            authorization: binding.authorization,
            xml_arrays: xml_arrays::of(&responses),
        })
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

fn declared(parameter: &openapi::Parameter<'_>) -> Declared {
    Declared {
        name: parameter.name.to_owned(),
        location: parameter.location,
        required: parameter.required,
        style: parameter.style,
        explode: parameter.explode,
        allow_reserved: parameter.allow_reserved,
        content: parameter.content.as_ref().map(|content| content.media_type.to_owned()),
    }
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
