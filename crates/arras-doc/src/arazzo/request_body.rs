//! The Request Body Object: what a step sends.

use crate::node::NodeRef;
use crate::span::{Span, Spanned};

use super::Extension;
use super::expression_field::{self, ValueField};
use super::payload_replacement::{self, PayloadReplacement};
use super::reader::{Reader, Shape, field};

/// A Request Body Object (ARZ-BODY).
#[derive(Clone, Debug)]
pub struct RequestBody {
    /// The media type; `None` leaves it to the operation.
    pub content_type: Option<Spanned<String>>,
    /// What is sent: a literal with expressions (1.1: and selectors) anywhere in it.
    pub payload: Option<ValueField>,
    /// What is replaced in it, in order (ARZ-REPL-10).
    pub replacements: Vec<PayloadReplacement>,
    /// Its extensions.
    pub extensions: Vec<Extension>,
    /// Where to point for it.
    pub span: Span,
}

const SHAPE: Shape = Shape {
    name: "request body",
    fields: &[field("contentType"), field("payload"), field("replacements")],
    extensions: true,
};

pub(super) fn read<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>) -> Option<RequestBody> {
    let fields = reader.object(node, &SHAPE)?;
    let content_type = fields.text(reader, "contentType");
    let payload = fields.get("payload").map(|node| expression_field::value(reader, node));
    let items = fields.list(reader, "replacements");
    let replacements = items.iter().filter_map(|node| payload_replacement::read(reader, *node)).collect();
    let (extensions, span) = (fields.extensions(), fields.anchor());
    Some(RequestBody { content_type, payload, replacements, extensions, span })
}
