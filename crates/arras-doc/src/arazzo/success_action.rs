//! The Success Action Object: what to do once a step has succeeded.

use crate::node::NodeRef;

use super::action::{self, Action, Side};
use super::reader::{Reader, Shape, field, newer};

/// `retryAfter` and `retryLimit` stand here since `retry` is tolerated; on other types they are noted.
const SHAPE: Shape = Shape {
    name: "success action",
    fields: &[
        field("name"),
        field("type"),
        field("workflowId"),
        field("stepId"),
        field("retryAfter"),
        field("retryLimit"),
        newer("parameters"),
        field("criteria"),
    ],
    extensions: true,
};

pub(super) fn read<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>) -> Option<Action> {
    let fields = reader.object(node, &SHAPE)?;
    Some(action::read(reader, &fields, Side::Success))
}
