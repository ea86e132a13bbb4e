//! What the parts of a condition were worth, kept for whoever asks why it failed.

use arras_doc::expression::Expression;
use arras_doc::span::{Span, Spanned};
use arras_doc::value::Value;
use arras_doc::xpath::{Expr, ExprKind, Kind, Path, XPath};
use roxmltree::Document;

use super::super::jsonpath::evidence::shorten;
use super::super::{EvaluationError, Evidence, MAX_EVIDENCE};
use crate::xpath::{Machine, Node, Observer, Silent, Worth};

/// How many nodes of a set evidence shows.
const MAX_NODES: usize = 8;
/// How many of the nodes that a predicate refused are shown.
const MAX_CANDIDATES: usize = 4;

/// Collects evidence.
pub(super) struct Recorder<'t> {
    text: &'t str,
    pub(super) entries: Vec<Evidence>,
    /// Whether the condition is the value of an expression, so that no part of its text is a part of what is evaluated.
    pub(super) is_whole: bool,
    /// Whether some path selected nothing.
    pub(super) is_missing: bool,
}

impl<'t> Recorder<'t> {
    pub(super) fn new(text: &'t str) -> Recorder<'t> {
        Recorder { text, entries: Vec::new(), is_whole: false, is_missing: false }
    }

    /// Notes an embedded expression's value.
    pub(super) fn embedded(&mut self, expression: &Spanned<Expression>, value: Option<&Value>) {
        let (value, shortened) = shorten(value);
        self.push(Evidence {
            expression: expression.text.to_string(),
            span: expression.span,
            value,
            shortened,
            holds: None,
        });
    }

    /// Notes that there is nothing to select from.
    pub(super) fn null_context(&mut self) {
        let span = Span::new(0, self.text.len());
        let (value, expression) = (Some(Value::Null), "context".to_owned());
        self.push(Evidence { expression, span, value, shortened: false, holds: Some(false) });
    }

    /// Notes what the whole condition came to.
    #[cfg(feature = "xpath31")]
    pub(super) fn whole(&mut self, value: Option<&Value>, holds: bool) {
        let (value, shortened) = shorten(value);
        let span = Span::new(0, self.text.len());
        self.push(Evidence { expression: self.text.to_owned(), span, value, shortened, holds: Some(holds) });
    }

    /// An observer of an evaluation over this document.
    pub(super) fn watch<'r>(&'r mut self, document: &'r Document<'r>) -> Watch<'r, 't> {
        Watch { recorder: self, document, place: None }
    }

    fn push(&mut self, entry: Evidence) {
        if self.entries.len() < MAX_EVIDENCE {
            self.entries.push(entry);
        }
    }
}

/// A recorder during an evaluation.
pub(super) struct Watch<'r, 't> {
    recorder: &'r mut Recorder<'t>,
    document: &'r Document<'r>,
    /// What relative paths start from, if not from the document.
    place: Option<String>,
}

impl Watch<'_, '_> {
    fn push(&mut self, span: Span, value: Option<Value>, shortened: bool, holds: Option<bool>) {
        let text = self.recorder.text;
        let span = if self.recorder.is_whole { Span::new(0, text.len()) } else { span };
        let text = text.get(span.range()).unwrap_or("");
        let expression = match &self.place {
            Some(place) if value.is_some() || holds.is_none() => match text.starts_with(['/', '(']) {
                true => text.to_owned(),
                false => format!("{place}/{text}"),
            },
            Some(place) => format!("{place}[{text}]"),
            None => text.to_owned(),
        };
        self.recorder.push(Evidence { expression, span, value, shortened, holds });
    }
}

impl Observer for Watch<'_, '_> {
    fn operand(&mut self, span: Span, worth: &Worth) {
        let mut cut = false;
        let value = match worth {
            Worth::Nodes(nodes) => {
                self.recorder.is_missing |= nodes.is_empty();
                cut = nodes.len() > MAX_NODES;
                Worth::Nodes(nodes.iter().copied().take(MAX_NODES).collect()).to_value(self.document)
            }
            scalar => scalar.to_value(self.document),
        };
        let (value, shortened) = shorten(value.as_ref());
        self.push(span, value, shortened || cut, None);
    }

    fn verdict(&mut self, span: Span, holds: bool) {
        self.push(span, None, false, Some(holds));
    }
}

/// Shows why the last predicates of a path refused the nodes that they were asked about.
pub(super) fn refused(
    xpath: &XPath,
    machine: &mut Machine<'_, '_>,
    recorder: &mut Recorder<'_>,
) -> Result<(), EvaluationError> {
    let ExprKind::Path(path) = &xpath.expression.kind else { return Ok(()) };
    let Some((last, before)) = path.steps.split_last() else { return Ok(()) };
    // a position is nothing that a node has alone
    let asked: Vec<&Expr> = last.predicates.iter().filter(|predicate| is_about_node(predicate)).collect();
    if asked.is_empty() || asked.len() < last.predicates.len() {
        return Ok(());
    }
    let mut step = last.clone();
    step.predicates.clear();
    let steps = before.iter().cloned().chain([step]).collect();
    let open = Expr { kind: ExprKind::Path(Path { start: path.start.clone(), steps }), span: xpath.expression.span };
    let Worth::Nodes(candidates) = machine.at(&open, Node::root(), &mut Silent)? else { return Ok(()) };
    for node in candidates.into_iter().take(MAX_CANDIDATES) {
        let document = machine.document;
        let place = Some(node.location(document).to_string());
        let mut watch = Watch { recorder: &mut *recorder, document, place };
        for predicate in &asked {
            machine.at(predicate, node, &mut watch)?;
        }
    }
    Ok(())
}

fn is_about_node(predicate: &Expr) -> bool {
    let text = predicate.to_string();
    !matches!(predicate.kind_of(), Kind::Number | Kind::Any) && !text.contains("position(") && !text.contains("last(")
}
