//! The Payload Replacement Object: one place of a payload and what to put there.

use crate::expression::SelectorLanguage;
use crate::node::{NodeId, NodeRef};
use crate::span::Spanned;

use super::Extension;
use super::expression_field::{self, ValueField};
use super::expression_type;
use super::reader::{Reader, Shape, field, newer};

/// A Payload Replacement Object (ARZ-REPL).
#[derive(Clone, Debug)]
pub struct PayloadReplacement {
    /// The place: a JSON Pointer, XPath or JSONPath.
    pub target: Spanned<String>,
    /// The node of the target's text.
    pub target_node: Option<NodeId>,
    /// The target's language; `None` leaves it to the payload's media type (ARZ-REPL-04, ARZ-REPL-05).
    pub target_type: Option<Spanned<SelectorLanguage>>,
    /// What to put there; `None` if the document gives nothing, which is an error.
    pub value: Option<ValueField>,
    /// Its extensions.
    pub extensions: Vec<Extension>,
}

const SHAPE: Shape = Shape {
    name: "payload replacement",
    fields: &[field("target"), newer("targetSelectorType"), field("value")],
    extensions: true,
};

pub(super) fn read<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>) -> Option<PayloadReplacement> {
    let fields = reader.object(node, &SHAPE)?;
    let target_node = fields.get("target");
    // `""` is a JSON Pointer: the whole payload
    let target = fields.required(reader, "target").and_then(|node| reader.text(node, "target"));
    let target_type = fields
        .present(reader, "targetSelectorType")
        .and_then(|node| expression_type::read(reader, node, "targetSelectorType"));
    match (target_node, &target_type) {
        (Some(node), Some(target_type)) => expression_field::query(reader, node, target_type.value, "target"),
        (Some(node), None) if fields.get("targetSelectorType").is_none() => {
            expression_field::untyped_target(reader, node);
        }
        _ => {}
    }
    let value = fields.required(reader, "value").map(|node| expression_field::value(reader, node));
    Some(PayloadReplacement {
        target: target.unwrap_or_else(|| Spanned::new(String::new(), fields.anchor())),
        target_node: target_node.map(NodeRef::id),
        target_type,
        value,
        extensions: fields.extensions(),
    })
}
