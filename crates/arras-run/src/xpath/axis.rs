//! The axes: which nodes lie in which direction, in the axis's own order (XPath 1.0 §2.2).

use arras_doc::xpath::Axis;
use roxmltree::Document;

use super::node::Node;

/// Gives `visit` each node on the axis, the nearest first.
pub(super) fn walk<E>(
    document: &Document<'_>,
    from: Node,
    axis: Axis,
    visit: &mut dyn FnMut(Node) -> Result<(), E>,
) -> Result<(), E> {
    let Some(tree) = from.tree(document) else { return Ok(()) };
    // an attribute or namespace has a parent, ancestors, and what follows or precedes these; nothing else
    let own = from.is_own();
    match axis {
        Axis::SelfNode => visit(from),
        Axis::Parent if own => each(tree.parent().into_iter(), visit),
        Axis::Parent => visit(Node::of(tree)),
        Axis::Ancestor => each(tree.ancestors().skip(usize::from(own)), visit),
        Axis::AncestorOrSelf => {
            visit(from)?;
            each(tree.ancestors().skip(usize::from(own)), visit)
        }
        Axis::DescendantOrSelf if !own => visit(from),
        Axis::DescendantOrSelf => each(tree.descendants(), visit),
        Axis::Descendant if own => each(tree.descendants().skip(1), visit),
        Axis::Child if own => each(tree.children(), visit),
        Axis::FollowingSibling if own => each(tree.next_siblings().skip(1), visit),
        Axis::PrecedingSibling if own => each(tree.prev_siblings().skip(1), visit),
        Axis::Attribute if own && tree.is_element() => {
            (0..tree.attributes().len()).try_for_each(|index| visit(Node::attribute_of(from, index)))
        }
        Axis::Namespace if own && tree.is_element() => {
            let known = tree.namespaces().enumerate();
            let mut known = known.filter(|(_, namespace)| !namespace.uri().is_empty());
            known.try_for_each(|(index, _)| visit(Node::namespace_of(from, index)))
        }
        Axis::Following => following(document, tree, own, visit),
        Axis::Preceding => preceding(document, tree, visit),
        Axis::Descendant
        | Axis::Child
        | Axis::FollowingSibling
        | Axis::PrecedingSibling
        | Axis::Attribute
        | Axis::Namespace => Ok(()),
    }
}

fn each<'a, 'i: 'a, E>(
    mut nodes: impl Iterator<Item = roxmltree::Node<'a, 'i>>,
    visit: &mut dyn FnMut(Node) -> Result<(), E>,
) -> Result<(), E> {
    nodes.try_for_each(|node| visit(Node::of(node)))
}

/// All nodes after the last descendant; what follows an attribute begins with its element's content.
fn following<E>(
    document: &Document<'_>,
    tree: roxmltree::Node<'_, '_>,
    own: bool,
    visit: &mut dyn FnMut(Node) -> Result<(), E>,
) -> Result<(), E> {
    let mut next = tree.id().get();
    next = if own {
        // the descendants of a node have the numbers that follow its own
        let after = tree.ancestors().find_map(|node| node.next_sibling());
        match after {
            Some(after) => after.id().get(),
            None => return Ok(()),
        }
    } else {
        next.saturating_add(1)
    };
    while let Some(node) = document.get_node(roxmltree::NodeId::new(next)) {
        visit(Node::of(node))?;
        next = next.saturating_add(1);
    }
    Ok(())
}

/// All nodes before, the nearest first, ancestors left out.
fn preceding<E>(
    document: &Document<'_>,
    tree: roxmltree::Node<'_, '_>,
    visit: &mut dyn FnMut(Node) -> Result<(), E>,
) -> Result<(), E> {
    let mut ancestors = tree.ancestors().skip(1).map(|node| node.id().get()).peekable();
    for id in (0..tree.id().get()).rev() {
        if ancestors.peek() == Some(&id) {
            ancestors.next();
        } else if let Some(node) = document.get_node(roxmltree::NodeId::new(id)) {
            visit(Node::of(node))?;
        }
    }
    Ok(())
}
