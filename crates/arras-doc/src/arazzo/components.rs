//! The Components Object: inputs, parameters and actions that others refer to.

use indexmap::IndexMap;

use crate::node::{NodeId, NodeRef};
use crate::rule;
use crate::span::{Span, Spanned};

use super::action::Action;
use super::fields::Fields;
use super::parameter::{self, Parameter, Position};
use super::reader::{Reader, Shape, field};
use super::{Extension, failure_action, success_action};

/// The Components Object (ARZ-COMP), each map in source order.
#[derive(Clone, Debug, Default)]
pub struct Components {
    /// JSON Schemas.
    pub inputs: IndexMap<String, Component<NodeId>>,
    /// Parameters.
    pub parameters: IndexMap<String, Component<Parameter>>,
    /// Success actions.
    pub success_actions: IndexMap<String, Component<Action>>,
    /// Failure actions.
    pub failure_actions: IndexMap<String, Component<Action>>,
    /// Its extensions.
    pub extensions: Vec<Extension>,
}

/// One entry of the components.
#[derive(Clone, Debug)]
pub struct Component<T> {
    /// Where its name stands.
    pub span: Span,
    /// The entry.
    pub value: T,
}

const SHAPE: Shape = Shape {
    name: "components object",
    fields: &[field("inputs"), field("parameters"), field("successActions"), field("failureActions")],
    extensions: true,
};

pub(super) fn read<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>) -> Option<Components> {
    let fields = reader.object(node, &SHAPE)?;
    Some(Components {
        inputs: read_map(reader, &fields, "inputs", read_schema),
        parameters: read_map(reader, &fields, "parameters", |reader, node| {
            not_a_reference(reader, node)?;
            parameter::read(reader, node, Position::Shared)
        }),
        success_actions: read_map(reader, &fields, "successActions", |reader, node| {
            not_a_reference(reader, node)?;
            success_action::read(reader, node)
        }),
        failure_actions: read_map(reader, &fields, "failureActions", |reader, node| {
            not_a_reference(reader, node)?;
            failure_action::read(reader, node)
        }),
        extensions: fields.extensions(),
    })
}

fn read_map<'t, T>(
    reader: &mut Reader<'t>,
    fields: &Fields<'t>,
    name: &'static str,
    read: impl Fn(&mut Reader<'t>, NodeRef<'t>) -> Option<T>,
) -> IndexMap<String, Component<T>> {
    let mut components = IndexMap::new();
    for (key, node) in fields.map(reader, name) {
        reader.map_key("a component", &key);
        let Spanned { value: key, span } = key;
        if let Some(value) = read(reader, node) {
            components.entry(key).or_insert(Component { span, value });
        }
    }
    components
}

fn read_schema<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>) -> Option<NodeId> {
    super::inputs::is_schema(reader, node).then(|| node.id())
}

/// A component is the object itself, no reference to another.
fn not_a_reference<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>) -> Option<()> {
    let Some((key, _)) = node.entry("reference").or_else(|| node.entry("$ref")) else { return Some(()) };
    let message = "a component can't refer to another component";
    reader.note_help(rule::INVALID_VALUE, key.span(), message, "write the object itself");
    None
}
