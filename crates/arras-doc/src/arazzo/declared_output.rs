//! Outputs whose declared names the grammar of expressions does not know: a declared name wins.

use std::collections::HashSet;
use std::sync::Arc;

use crate::expression::{Expression, Path, Root, Tolerance};
use crate::node::NodeRef;

use super::reader::Reader;

/// The ids of steps and workflows, each with the names of its outputs.
#[derive(Debug, Default)]
pub(super) struct DeclaredOutputs<'t> {
    steps: HashSet<(&'t str, &'t str)>,
    workflows: HashSet<(&'t str, &'t str)>,
}

/// `$steps.STEP.outputs.NAME` and `$workflows.WORKFLOW.outputs.NAME` where an output of exactly that name is declared,
/// whatever it is made of: `list[0].id`, `tasks (of today)`. The names of documents by 1.0 may have any character.
pub(super) fn expression(reader: &mut Reader<'_>, text: &str) -> Option<Expression> {
    may_be(text).then(|| of_document(reader).find(text))?
}

/// What the document declares, read once.
pub(super) fn of_document<'r, 't>(reader: &'r mut Reader<'t>) -> &'r DeclaredOutputs<'t> {
    let tree = reader.tree;
    reader.declared_outputs.get_or_insert_with(|| DeclaredOutputs::collect(tree.root()))
}

/// Whether a text names an output, and not by one that the grammar takes as a whole.
fn may_be(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (text.starts_with("$steps.") || text.starts_with("$workflows.")) && !text.bytes().skip(1).all(plain)
}

impl<'t> DeclaredOutputs<'t> {
    /// The expression that a text is by what is declared; `None` leaves it to the grammar.
    pub(super) fn find(&self, text: &str) -> Option<Expression> {
        if !may_be(text) {
            return None;
        }
        let (owners, rest) = match text.strip_prefix("$steps.") {
            Some(rest) => (&self.steps, rest),
            None => (&self.workflows, text.strip_prefix("$workflows.")?),
        };
        let (owner, name) = rest.split_once(".outputs.")?;
        owners.contains(&(owner, name)).then(|| Expression {
            text: Arc::from(text),
            root: match text.starts_with("$steps.") {
                true => Root::StepOutputs(owner.to_owned()),
                false => Root::WorkflowOutputs(owner.to_owned()),
            },
            path: Path { name: name.to_owned(), pointer: None },
            tolerance: Some(Tolerance::Name),
        })
    }

    fn collect(root: NodeRef<'t>) -> DeclaredOutputs<'t> {
        let mut declared = DeclaredOutputs::default();
        for workflow in root.get("workflows").into_iter().flat_map(NodeRef::items) {
            add(workflow, "workflowId", &mut declared.workflows);
            for step in workflow.get("steps").into_iter().flat_map(NodeRef::items) {
                add(step, "stepId", &mut declared.steps);
            }
        }
        declared
    }
}

fn add<'t>(owner: NodeRef<'t>, id: &str, names: &mut HashSet<(&'t str, &'t str)>) {
    let (Some(id), Some(outputs)) = (owner.get(id).and_then(NodeRef::as_str), owner.get("outputs")) else { return };
    names.extend(outputs.entries().map(|(name, _)| (id, name.key())));
}
