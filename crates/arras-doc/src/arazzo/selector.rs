//! The Selector Object where nothing else can stand: what it lacks is noted, not taken for a literal.

use crate::expression::Selector;
use crate::node::NodeRef;

use super::reader::{Reader, Shape, newer};
use super::{expression_field, expression_type};

const SHAPE: Shape =
    Shape { name: "selector object", fields: &[newer("context"), newer("selector"), newer("type")], extensions: true };

/// Reads a selector (ARZ-SEL-01 … 03).
pub(super) fn read<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>) -> Option<Selector> {
    let fields = reader.object(node, &SHAPE)?;
    let context = fields.required(reader, "context");
    let context = context.and_then(|node| expression_field::expression(reader, node, "context"));
    let text_node = fields.required(reader, "selector");
    let selector = text_node.and_then(|node| reader.text(node, "selector"));
    let language = fields.required(reader, "type").and_then(|node| expression_type::read(reader, node, "type"));
    let language = language?.value;
    expression_field::query(reader, text_node?, language, "selector");
    Some(Selector { context: context?, selector: selector?, language, span: node.span() })
}
