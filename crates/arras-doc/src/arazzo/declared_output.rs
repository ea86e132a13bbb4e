//! Outputs whose declared names the grammar of expressions does not know: a declared name wins.

use std::collections::HashSet;
use std::sync::Arc;

use crate::expression::{Expression, Path, Root, Tolerance};
use crate::node::NodeRef;

use super::reader::Reader;

/// The steps' ids with the names of their outputs.
pub(super) type DeclaredOutputs<'t> = HashSet<(&'t str, &'t str)>;

/// `$steps.STEP.outputs.NAME` where a step of that id declares an output of exactly that name, whatever it is made of:
/// `list[0].id`, `tasks (of today)`. The names of documents by 1.0 may have any character.
pub(super) fn expression(reader: &mut Reader<'_>, text: &str) -> Option<Expression> {
    let (step, name) = text.strip_prefix("$steps.")?.split_once(".outputs.")?;
    // what the grammar takes as one name needs no look
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if name.bytes().all(plain) {
        return None;
    }
    let tree = reader.tree;
    let declared = reader.declared_outputs.get_or_insert_with(|| collect(tree.root()));
    declared.contains(&(step, name)).then(|| Expression {
        text: Arc::from(text),
        root: Root::StepOutputs(step.to_owned()),
        path: Path { name: name.to_owned(), pointer: None },
        tolerance: Some(Tolerance::Name),
    })
}

fn collect(root: NodeRef<'_>) -> DeclaredOutputs<'_> {
    let workflows = root.get("workflows").into_iter().flat_map(NodeRef::items);
    let steps = workflows.filter_map(|workflow| workflow.get("steps")).flat_map(NodeRef::items);
    let outputs = steps.filter_map(|step| Some((step.get("stepId")?.as_str()?, step.get("outputs")?)));
    outputs.flat_map(|(step, outputs)| outputs.entries().map(move |(name, _)| (step, name.key()))).collect()
}
