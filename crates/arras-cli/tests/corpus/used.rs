//! What the descriptions show for inputs, by where the steps of a workflow use them whole.

use arras::Loaded;
use arras_doc::diagnostic::Diagnostics;
use arras_doc::link::{LinkedSource, Target};
use arras_doc::media_type::MediaType;
use arras_doc::openapi::{Direction, ExampleValue, Operation, Schema, example_value};
use arras_doc::value::{Object, Value};

/// Values by the names of inputs, of the workflow at an index of the document that `value` is.
pub(crate) fn values(loaded: &Loaded, value: &Value, workflow: usize) -> Object {
    let mut found = Object::default();
    let linked = &loaded.bundle().documents[0];
    let steps = value.get("workflows").and_then(|all| all.as_array()?.get(workflow)?.get("steps")?.as_array());
    for (index, step) in steps.into_iter().flatten().enumerate() {
        let links = linked.links.workflows.get(workflow).and_then(|links| links.steps.get(index));
        let Some(Target::Operation(target)) = links.and_then(|links| links.target.as_ref()) else { continue };
        let LinkedSource::OpenApi(description) = linked.sources.get(target.source) else { continue };
        if let Some(operation) = description.operation_at(&target.pointer).found() {
            of_step(step, operation, &mut found);
        }
    }
    found
}

fn of_step(step: &Value, operation: Operation<'_>, found: &mut Object) {
    let declared = operation.parameters(&mut Diagnostics::new());
    for parameter in step.get("parameters").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| parameter.get(key).and_then(Value::as_str);
        let of = declared
            .iter()
            .find(|known| text("name") == Some(known.name) && text("in") == Some(known.location.as_str()));
        if let (Some(input), Some(of)) = (parameter.get("value").and_then(input), of) {
            let shown = of.examples().into_iter().find_map(|example| match example.value {
                ExampleValue::Data(place) => Some(place.node().to_value()),
                _ => None,
            });
            let made = || of.schema().map(|schema| example_value(&schema, Direction::Request));
            if let Some(shown) = shown.or_else(made) {
                found.entry(input.to_owned()).or_insert(shown);
            }
        }
    }
    let Some(body) = operation.request_body(&mut Diagnostics::new()) else { return };
    let given = step.get("requestBody");
    let named = given.and_then(|body| body.get("contentType")?.as_str()).and_then(MediaType::parse);
    let content = named.and_then(|media_type| body.content_for(&media_type)).or(body.content.first());
    if let (Some(payload), Some(schema)) =
        (given.and_then(|body| body.get("payload")), content.and_then(|it| it.schema()))
    {
        of_payload(payload, &schema, found);
    }
}

fn of_payload(payload: &Value, schema: &Schema<'_>, found: &mut Object) {
    match payload {
        Value::Object(members) => members.iter().for_each(|(name, member)| {
            let within = schema.child(name).or_else(|| schema.alternatives().iter().find_map(|it| it.child(name)));
            within.iter().for_each(|schema| of_payload(member, schema, found));
        }),
        Value::Array(items) => items.iter().for_each(|item| {
            schema.items().iter().for_each(|schema| of_payload(item, schema, found));
        }),
        text => {
            if let Some(input) = input(text) {
                found.entry(input.to_owned()).or_insert_with(|| example_value(schema, Direction::Request));
            }
        }
    }
}

/// The input that a value is, whole.
fn input(value: &Value) -> Option<&str> {
    let name = value.as_str()?.strip_prefix("$inputs.")?;
    (!name.contains(['#', '/', ' ', '[', '{'])).then_some(name)
}
