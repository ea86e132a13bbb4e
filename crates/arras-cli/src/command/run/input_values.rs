//! From the texts of inputs to their values, by the workflow's schema.

use std::io::Read;
use std::path::Path;

use arras::WorkflowRun;
use arras_doc::read;
use arras_doc::source::{Source, SourceId};
use arras_doc::value::{Object, Value};
use arras_run::inputs::{self, property};

use crate::args::RunArgs;
use crate::args::inputs::{InputText, given};
use crate::args::resolve::{Invocation, Usage};
use crate::args::values::FileInput;
use crate::context::Context;
use crate::display::escape;

/// The inputs of one workflow, of whose schema the names are known.
///
/// # Errors
/// If a text is no JSON where JSON is asked for, or the file of inputs can't be read.
pub(in crate::command) fn values(
    args: &RunArgs,
    invocation: &Invocation,
    schema: Option<&Value>,
    context: &Context,
) -> Result<Object, Usage> {
    let declared = inputs::names(schema);
    let given = given(args, invocation, &declared, context)?;
    let mut values = Object::default();
    for input in &given.under {
        values.insert(input.name.clone(), value(input, schema)?);
    }
    if let Some(path) = &given.file {
        values.extend(of_file(path)?);
    }
    for input in &given.over {
        values.insert(input.name.clone(), value(input, schema)?);
    }
    Ok(values)
}

/// Reads the files that inputs stand for.
///
/// # Errors
/// If one can't be read, or an input is given as a value too.
pub(in crate::command) fn files(args: &RunArgs, mut workflow: WorkflowRun) -> Result<WorkflowRun, Usage> {
    for given in &args.setup.inputs.input_file {
        if args.setup.inputs.input.iter().any(|text| text.name == given.name) {
            let name = escape(&given.name);
            return Err(Usage::new(format!("input `{name}` is given both by `-i` and by `--file`")));
        }
        workflow = file(workflow, given)?;
    }
    Ok(workflow)
}

/// Reads the file that an input stands for.
///
/// # Errors
/// If it can't be read.
pub(super) fn file(workflow: WorkflowRun, given: &FileInput) -> Result<WorkflowRun, Usage> {
    workflow.file_at(&given.name, &given.path).map_err(|error| {
        let (name, path) = (escape(&given.name), given.path.to_string_lossy());
        Usage::new(format!("the file `{}` for input `{name}` can't be used: {error}", escape(&path)))
    })
}

/// JSON where the schema asks for anything but a string, else the text as it is.
fn value(input: &InputText, schema: Option<&Value>) -> Result<Value, Usage> {
    of_text(&input.name, &input.text, schema)
}

/// The value of the input `name` of a workflow with that schema.
///
/// # Errors
/// If the text is no JSON where JSON is asked for.
pub(in crate::command) fn of_text(name: &str, text: &str, schema: Option<&Value>) -> Result<Value, Usage> {
    let Some(property) = property(schema, name) else { return Ok(Value::from(text)) };
    match takes_text(property) {
        Some(true) => Ok(Value::from(text)),
        Some(false) => Value::from_json(text).map_err(|error| {
            let name = escape(name);
            Usage::new(format!("input `{name}` must be JSON, since its schema is not a string: {error}"))
        }),
        None => Ok(Value::from_json(text).unwrap_or_else(|_| Value::from(text))),
    }
}

/// Whether the schema's `type`, or that of an alternative, is or includes `string`; `None` if it names no type.
fn takes_text(schema: &Value) -> Option<bool> {
    match schema.get("type") {
        Some(Value::String(name)) => Some(name == "string"),
        Some(Value::Array(names)) => Some(names.iter().any(|name| name.as_str() == Some("string"))),
        Some(_) => None,
        None => {
            let lists = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|keyword| schema.get(keyword)?.as_array());
            let said: Vec<Option<bool>> = lists.flatten().map(takes_text).collect();
            match said.contains(&Some(true)) {
                true => Some(true),
                false => (!said.is_empty() && !said.contains(&None)).then_some(false),
            }
        }
    }
}

/// A JSON or YAML object; `-` is standard input.
fn of_file(path: &Path) -> Result<Object, Usage> {
    let shown = escape(&path.to_string_lossy()).into_owned();
    let refuse = |why: String| Usage::new(format!("the inputs of `{shown}` can't be used: {why}"));
    let mut bytes = Vec::new();
    let read_bytes = match path.to_str() {
        Some("-") => std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ()),
        _ => std::fs::read(path).map(|content| bytes = content),
    };
    read_bytes.map_err(|error| refuse(error.to_string()))?;
    let text = read::decode(bytes).map_err(|undecodable| refuse(undecodable.error.message.clone()))?;
    let source = Source::new(shown.as_str(), "", text);
    let (tree, found) = read::read(&source, SourceId(0));
    if let Some(error) = found.iter().find(|diagnostic| diagnostic.is_error()) {
        return Err(refuse(error.message.clone()));
    }
    match tree.map(|tree| tree.root().to_value()) {
        Some(Value::Object(values)) => Ok(values),
        Some(other) => Err(refuse(format!("it holds {}, not an object", other.kind_name()))),
        None => Err(refuse("it is empty".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Origin;

    fn read_as(text: &str, schema: &str) -> Result<String, String> {
        let schema = Value::from_json(&format!(r#"{{"properties":{{"x":{schema}}}}}"#)).expect("a schema");
        let input = InputText { name: "x".into(), text: text.into(), origin: Origin::CommandLine };
        value(&input, Some(&schema)).map(|value| value.to_json()).map_err(|usage| usage.text(false))
    }

    #[test]
    fn the_schema_says_how_a_text_is_read() {
        let rows = [
            ("42", r#"{"type":"integer"}"#, Some("42")),
            ("42", r#"{"type":"string"}"#, Some("\"42\"")),
            ("null", r#"{"type":["string","null"]}"#, Some("\"null\"")),
            (r#"{"a":1.10}"#, r#"{"type":"object"}"#, Some(r#"{"a":1.10}"#)),
            ("plain", r#"{"type":"object"}"#, None),
            ("plain", "{}", Some("\"plain\"")),
            ("42", r#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, Some("\"42\"")),
            ("42", r#"{"oneOf":[{"type":"integer"},{"type":"null"}]}"#, Some("42")),
            ("plain", r#"{"oneOf":[{"type":"integer"},{"type":"null"}]}"#, None),
            ("42", r#"{"anyOf":[{"type":"integer"},{}]}"#, Some("42")),
            ("plain", r#"{"anyOf":[{"type":"integer"},{}]}"#, Some("\"plain\"")),
            ("true", "{}", Some("true")),
        ];
        for (text, schema, expected) in rows {
            assert_eq!(read_as(text, schema).ok().as_deref(), expected, "{text} {schema}");
        }
        let input = InputText { name: "y".into(), text: "42".into(), origin: Origin::CommandLine };
        assert_eq!(value(&input, None).map(|value| value.to_json()).ok().as_deref(), Some("\"42\""));
    }
}
