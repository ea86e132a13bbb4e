//! A workflow of the plan.

use arras_doc::arazzo::{self, OutputValue};
use arras_doc::expression::Template;
use arras_doc::value::{Object, Value};

use super::{Builder, Key};
use crate::plan::{Output, Workflow};

impl Builder<'_> {
    pub(super) fn workflow(&mut self, key: Key) -> Workflow {
        let linked = self.linked(key.document);
        let document = &*linked.document;
        let workflow = &document.workflows[key.workflow];
        let links = &linked.links.workflows[key.workflow];
        let depends_on = links.depends_on.iter().flatten().filter_map(|target| self.target(key.document, *target));
        let depends_on = depends_on.collect();
        let place = self.place(key.document, workflow.workflow_id.span);
        let schema = workflow.inputs.as_ref().map(|inputs| document.tree.node(inputs.schema));
        Workflow {
            id: workflow.workflow_id.value.clone(),
            inputs: schema.map(|schema| schema_of(schema.to_value(), document)),
            inputs_place: schema.map_or(place, |schema| self.place(key.document, schema.span())),
            steps: (0..workflow.steps.len()).map(|step| self.step(key, step)).collect(),
            outputs: self.outputs(key.document, &workflow.outputs),
            depends_on,
            names: Vec::new(),
            self_uri: document.self_uri.as_ref().map(|uri| uri.value.clone()),
            sources: document
                .source_descriptions
                .iter()
                .map(|source| (source.name.value.clone(), source.url.value.clone()))
                .collect(),
            place,
        }
    }

    /// Under which names expressions of a document know the planned workflows.
    pub(super) fn names(&self, document: usize) -> Vec<(String, usize)> {
        let linked = self.linked(document);
        let mut names = self.names_in(document, "");
        for (source, description) in linked.document.source_descriptions.iter().enumerate() {
            if let Some(Some(other)) = linked.arazzo.get(source) {
                names.extend(self.names_in(*other, &format!("{}.", description.name.value)));
            }
        }
        names
    }

    fn names_in(&self, document: usize, prefix: &str) -> Vec<(String, usize)> {
        let workflows = self.linked(document).document.workflows.iter().enumerate();
        let named = workflows.filter_map(|(workflow, object)| {
            let index = self.indices.get(&Key { document, workflow })?;
            Some((format!("{prefix}{}", object.workflow_id.value), *index))
        });
        named.collect()
    }

    pub(super) fn outputs(&self, document: usize, outputs: &[arazzo::Output]) -> Vec<Output> {
        let template = |output: &arazzo::Output| {
            Some(Output {
                name: output.name.value.clone(),
                value: match output.value.as_ref()? {
                    OutputValue::Expression(expression) => Template::Expression(expression.clone()),
                    OutputValue::Selector(selector) => Template::Selector(selector.clone()),
                },
                place: self.place(document, output.name.span),
            })
        };
        outputs.iter().filter_map(template).collect()
    }
}

/// A schema that stands alone: what it refers to in `components/inputs` goes along, under the same pointer and, for
/// anchors, among its definitions.
fn schema_of(mut schema: Value, document: &arazzo::Document) -> Value {
    let shared = document.tree.at("/components/inputs").map(|inputs| inputs.to_value());
    if let (Value::Object(members), Some(shared)) = (&mut schema, shared) {
        let mut components = Object::new();
        components.insert("inputs".to_owned(), shared.clone());
        members.insert("components".to_owned(), Value::Object(components));
        let definitions = members.entry("$defs".to_owned()).or_insert_with(|| Value::Object(Object::new()));
        if let (Value::Object(definitions), Value::Object(shared)) = (definitions, shared) {
            definitions.extend(shared.into_iter().map(|(name, schema)| (format!("components/inputs/{name}"), schema)));
        }
    }
    schema
}
