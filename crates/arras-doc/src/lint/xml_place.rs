//! Where replacements lead in a payload that is written as XML text.

use std::collections::{BTreeSet, HashSet};

use roxmltree::{Document as Xml, Node};

use crate::arazzo::PayloadReplacement;
use crate::diagnostic::Diagnostic;
use crate::node::NodeRef;
use crate::rule;
use crate::suggest;
use crate::xpath::{self, Axis, Expr, ExprKind, Start, Test, Version};

use super::json_text::LATER;
use super::xml_text::parse;
use super::{Lint, Scope};

impl<'d> Lint<'d> {
    /// The target selects something in a payload that is known: an XPath adds nothing.
    pub(super) fn check_xml_place(&mut self, scope: Scope<'d>, replacement: &'d PayloadReplacement, node: NodeRef<'d>) {
        let Ok(parsed) = xpath::parse(&replacement.target, Version::V3_1) else { return };
        let Some(filled) = self.filled_xml(scope, node) else { return };
        let Ok(document) = parse(&filled.text) else { return };
        let Some((name, names)) = missing(&parsed.expression, &document) else { return };
        let message = format!("the target leads nowhere: the payload has no `{name}` there, and an XPath adds nothing");
        let near = self.nearest(&name, names.iter().map(String::as_str)).map(str::to_owned);
        let diagnostic: &mut Diagnostic = self.note(rule::INVALID_SELECTOR, replacement.target.span, message);
        diagnostic.help = match near {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if names.is_empty() => None,
            None => Some(format!("it has {}", suggest::enumerated(names.iter().map(String::as_str)))),
        };
    }
}

/// The elements in any of some nodes and those themselves, each once.
fn descendants<'a, 'x>(nodes: &[Node<'a, 'x>]) -> Vec<Node<'a, 'x>> {
    let mut seen = HashSet::new();
    let mut open: Vec<Node<'a, 'x>> = nodes.iter().rev().copied().collect();
    let mut all = Vec::new();
    while let Some(node) = open.pop() {
        if (node.is_element() || node.is_root()) && seen.insert(node.id()) {
            all.push(node);
            open.extend(node.children().rev());
        }
    }
    all
}

/// The first name of a path that selects nothing in a document, and those that are there; `None` where it selects something
/// or nobody knows.
fn missing(expression: &Expr, document: &Xml<'_>) -> Option<(String, Vec<String>)> {
    let ExprKind::Path(path) = &expression.kind else { return None };
    if matches!(path.start, Start::Expression(..)) {
        return None;
    }
    let mut nodes = vec![document.root()];
    for step in &path.steps {
        let is_known = |node: &Node<'_, '_>| {
            !node.children().any(|child| child.is_text() && child.text().is_some_and(|text| text.contains(LATER)))
        };
        let wanted = match &step.test {
            Test::Name { local, .. } => Some(local.as_str()),
            Test::Any | Test::Node => None,
            _ => return None,
        };
        let fits = |name: &str| wanted.is_none_or(|wanted| wanted == name);
        let (next, names): (Vec<_>, Vec<String>) = match step.axis {
            Axis::Attribute => {
                let wanted = wanted?;
                let all: Vec<&str> = nodes.iter().flat_map(Node::attributes).map(|one| one.name()).collect();
                let is_there = all.contains(&wanted);
                return (!is_there).then(|| (wanted.to_owned(), all.into_iter().map(str::to_owned).collect()));
            }
            Axis::DescendantOrSelf if wanted.is_none() => (descendants(&nodes), Vec::new()),
            Axis::Child if nodes.iter().all(is_known) => {
                let all: Vec<_> = nodes.iter().flat_map(Node::children).filter(Node::is_element).collect();
                let names: BTreeSet<&str> = all.iter().map(|node| node.tag_name().name()).collect();
                let names = names.into_iter().map(str::to_owned).collect();
                (all.into_iter().filter(|node| fits(node.tag_name().name())).collect(), names)
            }
            _ => return None,
        };
        if next.is_empty() {
            return wanted.map(|wanted| (wanted.to_owned(), names));
        }
        if !step.predicates.is_empty() {
            return None;
        }
        nodes = next;
    }
    None
}
