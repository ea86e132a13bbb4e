//! A workflow of the plan.

use std::collections::HashMap;
use std::sync::Arc;

use arras_doc::link::named_workflows;
use arras_doc::value::{Object, Value};

use super::input_schema::standing_alone;
use super::{Builder, Key};
use crate::inputs::InputSchema;
use crate::plan::Workflow;

/// By document.
pub(super) type Planned = HashMap<usize, Vec<(usize, usize)>>;

impl Builder<'_, '_> {
    pub(super) fn workflow(&mut self, key: Key, sources: Arc<HashMap<String, Object>>) -> Workflow {
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
            alias: String::new(),
            inputs: InputSchema::new(schema.map(|schema| standing_alone(schema.to_value(), document))),
            inputs_place: schema.map_or(place, |schema| self.place(key.document, schema.span())),
            steps: (0..workflow.steps.len()).map(|step| self.step(key, step)).collect(),
            step_index: workflow.steps.iter().enumerate().map(|(at, step)| (step.step_id.value.clone(), at)).collect(),
            outputs: self.outputs(key, &workflow.outputs),
            depends_on,
            names: Arc::default(),
            called: self.called(key),
            self_uri: document.self_uri.as_ref().map(|uri| uri.value.clone()),
            sources,
            exported: Vec::new(),
            credentials: Vec::new(),
            place,
        }
    }

    /// The planned workflows of each document, in its order: the place there, and the plan's index.
    pub(super) fn by_document(&self) -> Planned {
        let mut planned = Planned::new();
        for (index, key) in self.pending.iter().enumerate() {
            planned.entry(key.document).or_default().push((key.workflow, index));
        }
        planned.values_mut().for_each(|workflows| workflows.sort_unstable());
        planned
    }

    /// Under which names expressions of a document know the planned workflows.
    pub(super) fn names(&self, document: usize, planned: &Planned) -> HashMap<String, usize> {
        let linked = self.linked(document);
        let mut names = self.names_in(document, "", planned);
        for (source, description) in linked.document.source_descriptions.iter().enumerate() {
            if let Some(Some(other)) = linked.arazzo.get(source) {
                names.extend(self.names_in(*other, &format!("{}.", description.name.value), planned));
            }
        }
        names
    }

    fn names_in(&self, document: usize, prefix: &str, planned: &Planned) -> HashMap<String, usize> {
        let workflows = &self.linked(document).document.workflows;
        let named = |(workflow, index): &(usize, usize)| {
            (format!("{prefix}{}", workflows[*workflow].workflow_id.value), *index)
        };
        planned.get(&document).into_iter().flatten().map(named).collect()
    }

    /// The workflows of other documents that a workflow may name by plain id.
    fn called(&mut self, key: Key) -> HashMap<String, usize> {
        let linked = self.linked(key.document);
        let workflow = &linked.document.workflows[key.workflow];
        let links = &linked.links.workflows[key.workflow];
        let named = named_workflows(&linked.document, &linked.sources, workflow, links).into_iter();
        let others = named.filter_map(|(id, targets)| {
            let target = targets.first().copied().flatten().filter(|target| target.source.is_some())?;
            Some((id.to_owned(), self.target(key.document, target)?))
        });
        others.collect()
    }

    /// The fields of each source description (ARZ-EXPR-18).
    pub(super) fn sources(&self, document: usize) -> HashMap<String, Object> {
        let document = &self.linked(document).document;
        let fields = |source: &arras_doc::arazzo::SourceDescription| {
            let mut fields = Object::default();
            fields.insert("name".to_owned(), Value::from(source.name.as_str()));
            fields.insert("url".to_owned(), Value::from(source.url.as_str()));
            if let Some(source_type) = &source.source_type {
                fields.insert("type".to_owned(), Value::from(source_type.value.as_str()));
            }
            let extensions = source.extensions.iter();
            let value = |extension: &arras_doc::arazzo::Extension| document.tree.node(extension.value).to_value();
            fields.extend(extensions.map(|extension| (extension.name.value.clone(), value(extension))));
            (source.name.value.clone(), fields)
        };
        document.source_descriptions.iter().map(fields).collect()
    }
}
