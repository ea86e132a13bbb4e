//! The Reusable Object: a reference to a parameter or action among the components.

use crate::expression::{ComponentKind, Expression, Root};
use crate::node::NodeRef;
use crate::rule;
use crate::span::Spanned;

use super::expression_field::{self, ValueField};
use super::reader::{Reader, Shape, field};

/// A Reusable Object (ARZ-REUSE).
#[derive(Clone, Debug)]
pub struct Reusable {
    /// The reference as written.
    pub reference: Spanned<String>,
    /// The map and the name in it; `None` if the reference could not be read.
    pub component: Option<(ComponentKind, String)>,
    /// What replaces the value of the parameter.
    pub value: Option<ValueField>,
}

/// An object written where it is used, or a reference to one.
#[derive(Clone, Debug)]
pub enum Entry<T> {
    /// It stands here.
    Inline(T),
    /// It stands among the components.
    Reference(Box<Reusable>),
}

const SHAPE: Shape =
    Shape { name: "reusable object", fields: &[field("reference"), field("value")], extensions: false };

/// Reads one entry of a list: an object with `reference` is a reference, any other is read by `inline`.
pub(super) fn entry<'t, T>(
    reader: &mut Reader<'t>,
    node: NodeRef<'t>,
    takes_value: bool,
    inline: impl FnOnce(&mut Reader<'t>, NodeRef<'t>) -> Option<T>,
) -> Option<Entry<T>> {
    if node.get("reference").is_some() {
        return read(reader, node, takes_value).map(|reusable| Entry::Reference(Box::new(reusable)));
    }
    if let Some((key, value)) = node.entry("$ref") {
        let written = value.as_str().unwrap_or_default();
        let message = "only `inputs` use `$ref`";
        let help = match expression_of_pointer(written) {
            Some(expression) => format!("write `reference: {expression}`"),
            None => "write `reference: $components.<kind>.<name>`".to_owned(),
        };
        reader.note_help(rule::INVALID_VALUE, key.span(), message, help);
        return None;
    }
    inline(reader, node).map(Entry::Inline)
}

fn read<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>, takes_value: bool) -> Option<Reusable> {
    let fields = reader.object(node, &SHAPE)?;
    let reference = fields.required(reader, "reference")?;
    let text = reader.text(reference, "reference")?;
    let component = component(reader, reference, &text);
    let value = fields.get("value");
    if let Some(value) = value.filter(|_| !takes_value) {
        let message = "`value` has no effect on a reference to an action";
        reader.note_help(rule::IGNORED_FIELD, value.span(), message, "remove `value`");
    }
    let value = value.filter(|_| takes_value).map(|node| expression_field::value(reader, node));
    Some(Reusable { reference: text, component, value })
}

fn component<'t>(
    reader: &mut Reader<'t>,
    node: NodeRef<'t>,
    text: &Spanned<String>,
) -> Option<(ComponentKind, String)> {
    if let Ok(Expression { root: Root::Component(kind), path, .. }) = Expression::parse(text) {
        return Some((kind, path.name));
    }
    let message = format!("`{}` names no component", text.value);
    let help = match expression_of_pointer(text) {
        Some(expression) => format!("write `{expression}`"),
        None => "write `$components.parameters.<name>`, `$components.successActions.<name>` \
                 or `$components.failureActions.<name>`"
            .to_owned(),
    };
    reader.note_help(rule::INVALID_EXPRESSION, node.span(), message, help);
    None
}

/// `#/components/parameters/x` as the expression that means the same.
fn expression_of_pointer(text: &str) -> Option<String> {
    let (kind, name) = text.strip_prefix("#/components/")?.split_once('/')?;
    let known = matches!(kind, "parameters" | "successActions" | "failureActions");
    (known && !name.is_empty()).then(|| format!("$components.{kind}.{name}"))
}
