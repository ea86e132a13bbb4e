//! Location paths: step by step, each result in document order and without duplicates.

use arras_doc::xpath::{Axis, Expr, Path, Start, Step, Test};

use super::axis;
use super::machine::{Context, Machine, Silent};
use super::node::{Node, NodeKind};
use super::shown;
use super::worth::Worth;
use crate::criterion::EvaluationError;

impl Machine<'_, '_> {
    /// The nodes that a path selects.
    pub(super) fn path(&mut self, path: &Path, context: Context) -> Result<Vec<Node>, EvaluationError> {
        let mut nodes = match &path.start {
            Start::Root => vec![Node::root()],
            Start::Context => vec![context.node],
            Start::Expression(start, predicates) => {
                let Worth::Nodes(nodes) = self.value(start, context, &mut Silent)? else { return Ok(Vec::new()) };
                self.filter(nodes, predicates)?
            }
        };
        for step in &path.steps {
            nodes = self.step(&nodes, step)?;
        }
        Ok(nodes)
    }

    fn step(&mut self, from: &[Node], step: &Step) -> Result<Vec<Node>, EvaluationError> {
        let wanted = self.wanted(&step.test, step)?;
        let mut seen = Seen::of(step.axis);
        let mut selected = Vec::new();
        for node in from {
            let mut candidates = Vec::new();
            let document = self.document;
            axis::walk(document, *node, step.axis, &mut |node| {
                self.spend(1)?;
                if wanted.takes(node, step.axis, document) {
                    candidates.push(node);
                }
                Ok(())
            })?;
            let kept = self.filter(candidates, &step.predicates)?;
            selected.extend(kept.into_iter().filter(|node| seen.is_new(*node)));
        }
        selected.sort_unstable();
        Ok(selected)
    }

    /// What a set of predicates keeps, in order; positions count in that order.
    fn filter(&mut self, mut nodes: Vec<Node>, predicates: &[Expr]) -> Result<Vec<Node>, EvaluationError> {
        for predicate in predicates {
            let size = nodes.len();
            let mut kept = Vec::new();
            for (index, node) in nodes.into_iter().enumerate() {
                let position = index + 1;
                let holds = match self.value(predicate, Context { node, position, size }, &mut Silent)? {
                    #[expect(clippy::cast_precision_loss, reason = "there are fewer nodes than that")]
                    Worth::Number(number) => number == position as f64,
                    worth => worth.holds(),
                };
                if holds {
                    kept.push(node);
                }
            }
            nodes = kept;
        }
        Ok(nodes)
    }

    /// A node test with its names resolved.
    fn wanted<'t>(&self, test: &'t Test, step: &Step) -> Result<Wanted<'t>, EvaluationError>
    where
        Self: 't,
    {
        Ok(match test {
            Test::Any => Wanted::Principal,
            Test::Namespace(prefix) => Wanted::Namespace(self.namespace(prefix).map(str::to_owned)),
            Test::Name { prefix, local } => Wanted::Name {
                namespace: prefix.as_ref().and_then(|prefix| self.namespace(prefix)).map(str::to_owned),
                local: local.clone(),
            },
            Test::Embedded(slot) => {
                let text = self.embedded(*slot).and_then(|value| value.as_str()).unwrap_or_default();
                let (prefix, local) =
                    text.split_once(':').map_or((None, text), |(prefix, local)| (Some(prefix), local));
                let namespace = prefix.and_then(|prefix| self.namespace(prefix));
                if !is_name(local) || prefix.is_some() != namespace.is_some() {
                    let message = format!("the value{} stands in the place of a name and is none", shown(text));
                    let help = Some("put the braces inside quotes".to_owned());
                    return Err(EvaluationError { message, span: Some(step.span), help });
                }
                Wanted::Name { namespace: namespace.map(str::to_owned), local: local.to_owned() }
            }
            Test::Node => Wanted::All,
            Test::Text => Wanted::Kind(NodeKind::Text),
            Test::Comment => Wanted::Kind(NodeKind::Comment),
            Test::Instruction(None) => Wanted::Kind(NodeKind::Instruction),
            Test::Instruction(Some(target)) => Wanted::Instruction(target),
        })
    }
}

/// Whether a text can be an element's or attribute's name; the test is coarse, for nothing is named otherwise.
fn is_name(text: &str) -> bool {
    let odd = |next: char| next.is_whitespace() || next.is_control() || "/@[](){}'\"|=!<>*,:$&;".contains(next);
    !text.is_empty() && !text.contains(odd)
}

enum Wanted<'t> {
    All,
    /// Any node of the axis's principal kind.
    Principal,
    Namespace(Option<String>),
    Name {
        namespace: Option<String>,
        local: String,
    },
    Kind(NodeKind),
    Instruction(&'t str),
}

impl Wanted<'_> {
    fn takes(&self, node: Node, axis: Axis, document: &roxmltree::Document<'_>) -> bool {
        let kind = node.kind(document);
        let principal = match axis {
            Axis::Attribute => NodeKind::Attribute,
            Axis::Namespace => NodeKind::Namespace,
            _ => NodeKind::Element,
        };
        match self {
            Wanted::All => true,
            Wanted::Kind(wanted) => kind == *wanted,
            Wanted::Instruction(target) => {
                kind == NodeKind::Instruction && node.expanded_name(document).is_some_and(|(_, name)| name == *target)
            }
            _ if kind != principal => false,
            Wanted::Principal => true,
            Wanted::Namespace(wanted) => {
                node.expanded_name(document).is_some_and(|(namespace, _)| namespace == wanted.as_deref())
            }
            Wanted::Name { namespace, local } => node
                .expanded_name(document)
                .is_some_and(|(own, name)| name == local && own.filter(|own| !own.is_empty()) == namespace.as_deref()),
        }
    }
}

/// Which nodes a step has selected already.
enum Seen {
    /// On this axis no two nodes lead to the same.
    Never,
    /// One bit for each node of the tree.
    Bits(Vec<u64>),
}

impl Seen {
    fn of(axis: Axis) -> Seen {
        match axis {
            Axis::Attribute | Axis::Namespace | Axis::Child | Axis::SelfNode => Seen::Never,
            _ => Seen::Bits(Vec::new()),
        }
    }

    fn is_new(&mut self, node: Node) -> bool {
        let Seen::Bits(bits) = self else { return true };
        if !node.is_own() {
            // only `…-or-self` gets here from an attribute, and each of these is its own
            return true;
        }
        let (word, bit) = (node.index() / 64, 1_u64 << (node.index() % 64));
        if bits.len() <= word {
            bits.resize(word + 1, 0);
        }
        match bits.get_mut(word) {
            Some(word) => {
                let fresh = *word & bit == 0;
                *word |= bit;
                fresh
            }
            None => true,
        }
    }
}
