//! The names of an XPath against those of the elements and attributes that an XML answer is described to have.

use std::collections::HashSet;

use crate::arazzo::{Criterion, CriterionType};
use crate::diagnostic::Label;
use crate::expression::{Part, Root, SelectorLanguage};
use crate::openapi::XmlPart;
use crate::rule;
use crate::span::Span;
use crate::suggest;
use crate::xpath::{self, Axis, Expr, ExprKind, Start, Test, Version};

use super::{Lint, Scope};

/// How many parts of a description are looked at.
const PARTS: usize = 2_000;
/// How deep elements are followed.
const DEPTH: usize = 24;

impl<'d> Lint<'d> {
    /// Every name in the XPaths of a step is one that its answers can have.
    pub(super) fn check_xpaths(&mut self, scope: Scope<'d>) {
        let actions = self.scoped_actions(scope);
        let of_actions =
            actions.into_iter().flat_map(|(action, scope)| action.criteria.iter().map(move |one| (one, scope)));
        let own = scope.success_criteria().iter().map(|one| (one, scope));
        let criteria: Vec<_> = own.chain(of_actions).filter(|(one, _)| is_of_body(one)).collect();
        if criteria.is_empty() {
            return;
        }
        let names = self.xml_names(scope);
        for (criterion, scope) in criteria {
            let Ok(parsed) = xpath::parse(&criterion.condition, Version::V1_0) else { continue };
            self.check_xml_comparisons(scope, criterion, &parsed.expression);
            let Some(Names { names, is_root_open }) = &names else { continue };
            let mut tests = Vec::new();
            collect(&parsed.expression, *is_root_open, &mut tests);
            for (name, span) in tests.into_iter().filter(|(name, _)| !names.contains(*name)) {
                let near = suggest::nearest(name, names.iter().map(String::as_str).take(500), 1).into_iter().next();
                let help = near.map(|near| format!("did you mean `{near}`?"));
                let message = format!("the XPath selects nothing: no element or attribute `{name}` is described");
                let at = criterion.condition.get(span.range()).map_or(0, |step| offset_of(name, step));
                let start = span.start as usize + at;
                let span = self.within(criterion, Span::new(start, start + name.len()));
                let label = self.call(scope).map(|call| call.operation.place());
                let diagnostic = self.note(rule::IMPOSSIBLE_SELECTION, span, message);
                diagnostic.help = help;
                diagnostic.labels.extend(label.map(|place| Label {
                    source: place.source(),
                    span: place.get("responses").map_or(place.span(), |responses| responses.span()),
                    text: "its responses".into(),
                }));
            }
        }
    }

    /// The names in all XML answers of a step's operation; `None` where a description leaves some open.
    fn xml_names(&mut self, scope: Scope<'d>) -> Option<Names> {
        let call = self.call(scope)?;
        let contents = call.responses.iter().flat_map(|response| &response.content);
        let xml = contents.filter(|content| content.parsed().is_some_and(|media_type| media_type.is_xml()));
        let (mut names, mut is_root_open) = (HashSet::new(), false);
        let mut left = PARTS;
        for content in xml {
            let shape = self.xml_shape(&content.schema()?);
            names.insert(shape.root_name()?.to_owned());
            is_root_open |= !shape.is_root_named();
            add_names(shape.root(), DEPTH, &mut left, &mut names)?;
        }
        (!names.is_empty()).then_some(Names { names, is_root_open })
    }
}

/// The names in the XML answers of an operation.
struct Names {
    names: HashSet<String>,
    /// Whether the document element of one may be called otherwise.
    is_root_open: bool,
}

/// Adds the names below a part; `None` if they are not all known.
fn add_names(part: XmlPart<'_>, depth: usize, left: &mut usize, names: &mut HashSet<String>) -> Option<()> {
    use crate::openapi::SchemaType::{Array, Object};
    *left = left.checked_sub(1)?;
    let depth = depth.checked_sub(1)?;
    let mut properties = part.properties().peekable();
    let is_unnamed = properties.peek().is_none() && matches!(part.kind(), None | Some(Object));
    let may_be_more = part.is_open() && matches!(part.kind(), None | Some(Object));
    if is_unnamed || may_be_more {
        return None;
    }
    for (name, inner) in properties {
        names.insert(inner.element_name(name).to_owned());
        if let Some(items) = inner.items() {
            names.insert(inner.item_name(name).to_owned());
            names.insert(items.element_name(name).to_owned());
        }
        add_names(inner, depth, left, names)?;
    }
    match part.items() {
        Some(items) => add_names(items, depth, left, names),
        None if part.kind() == Some(Array) => None,
        None => Some(()),
    }
}

fn is_of_body(criterion: &Criterion) -> bool {
    use SelectorLanguage::{XPath10, XPath20, XPath30, XPath31};
    let body = criterion.context.as_ref().is_some_and(|context| {
        context.value.root == Root::Response(Part::Body) && context.value.path.pointer.is_none()
    });
    body && matches!(criterion.criterion_type, CriterionType::Query(XPath10 | XPath20 | XPath30 | XPath31))
}

/// The names that an expression tests, each with its bytes; without those that may be the document element's, if that is
/// open.
fn collect<'x>(expression: &'x Expr, is_root_open: bool, found: &mut Vec<(&'x str, Span)>) {
    // each with whether it is read below an element that was named
    let mut open = vec![(expression, false)];
    while let Some((one, is_inside)) = open.pop() {
        match &one.kind {
            ExprKind::Path(path) => {
                if let Start::Expression(start, predicates) = &path.start {
                    open.push((start, is_inside));
                    open.extend(predicates.iter().map(|predicate| (predicate, false)));
                }
                let mut is_below = is_inside && matches!(path.start, Start::Context);
                for step in &path.steps {
                    let is_down = matches!(step.axis, Axis::Child | Axis::Attribute | Axis::Descendant);
                    if let Test::Name { prefix, local } = &step.test {
                        let is_told = !is_root_open || (is_below && is_down);
                        if is_told && !prefix.as_deref().is_some_and(is_of_xml) {
                            found.push((local, step.span));
                        }
                        is_below = is_down;
                    } else {
                        is_below &= is_down || step.axis == Axis::DescendantOrSelf;
                    }
                    open.extend(step.predicates.iter().map(|predicate| (predicate, is_below)));
                }
            }
            ExprKind::Chain { first, rest } => {
                open.push((first, is_inside));
                open.extend(rest.iter().map(|(_, operand)| (operand, is_inside)));
            }
            ExprKind::Negate { operand, .. } => open.push((operand, is_inside)),
            ExprKind::Call(call) => open.extend(call.arguments.iter().map(|argument| (argument, is_inside))),
            ExprKind::Literal(_) | ExprKind::Number { .. } | ExprKind::Embedded(_) => {}
        }
    }
}

/// Where in a step its name stands, behind its axis and prefix and before its predicates.
fn offset_of(name: &str, step: &str) -> usize {
    step.split('[').next().and_then(|test| test.rfind(name)).unwrap_or(0)
}

/// Whether names with a prefix belong to XML or to XML Schema itself, and stand in any document.
pub(super) fn is_of_xml(prefix: &str) -> bool {
    matches!(prefix, "xml" | "xmlns" | "xsi")
}

#[cfg(test)]
mod tests {
    use super::offset_of;

    #[test]
    fn the_name_of_a_step_stands_behind_its_axis_and_prefix() {
        for (name, step, at) in
            [("d", "d", 0), ("d", "child::d", 7), ("d", "d:d", 2), ("d", "@d", 1), ("d", "child :: a:d [d = 5]", 11)]
        {
            assert_eq!(offset_of(name, step), at, "{step}");
        }
    }
}
