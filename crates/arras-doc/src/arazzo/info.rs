//! The Info Object: what the description is called.

use crate::node::NodeRef;
use crate::span::Spanned;

use super::Extension;
use super::reader::{Reader, Shape, field};

/// The Info Object (ARZ-INFO).
#[derive(Clone, Debug, Default)]
pub struct Info {
    /// The title.
    pub title: Option<Spanned<String>>,
    /// A short summary.
    pub summary: Option<Spanned<String>>,
    /// A description in CommonMark.
    pub description: Option<Spanned<String>>,
    /// The version of the description itself, no version of Arazzo.
    pub version: Option<Spanned<String>>,
    /// Its extensions.
    pub extensions: Vec<Extension>,
}

const SHAPE: Shape = Shape {
    name: "info object",
    fields: &[field("title"), field("summary"), field("description"), field("version")],
    extensions: true,
};

pub(super) fn read<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>) -> Option<Info> {
    let fields = reader.object(node, &SHAPE)?;
    Some(Info {
        title: fields.required(reader, "title").and_then(|node| reader.text(node, "title")),
        summary: fields.text(reader, "summary"),
        description: fields.text(reader, "description"),
        version: fields.required(reader, "version").and_then(|node| reader.text(node, "version")),
        extensions: fields.extensions(),
    })
}
