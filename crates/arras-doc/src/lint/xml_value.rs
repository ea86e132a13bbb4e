//! What pointers and XPaths select in XML answers: names that are not there, and values that are never there.

use std::rc::Rc;

use crate::arazzo::Criterion;
use crate::diagnostic::Label;
use crate::expression::{Expression, Part, Root};
use crate::openapi::{SchemaType, XmlPart, XmlShape};
use crate::rule;
use crate::span::Span;
use crate::suggest;
use crate::value::{Number, Value};
use crate::xpath::{Axis, Expr, ExprKind, Operator, Path, Start, Test};

use super::provenance::tokens_of;
use super::xml_path::is_of_xml;
use super::{Lint, Scope, xml_text};

/// How deep expressions are followed.
const DEPTH: usize = 24;

/// A place in XML answers.
#[derive(Clone, Copy)]
enum At<'s> {
    /// Above the document element.
    Document,
    /// An element or attribute, or one of several.
    Part(XmlPart<'s>),
    /// An element around the items of a list, and the name of its property.
    List(XmlPart<'s>, &'s str),
}

/// What a name leads to.
enum Found<'s> {
    At(At<'s>),
    /// Nothing; these are there.
    Nothing(Vec<&'s str>),
    /// Something of which nothing is known.
    Open,
}

/// A name that is not there, and those that are.
struct Absent {
    name: String,
    there: Vec<String>,
}

/// A comparison of an XPath with a literal.
struct Compared {
    /// The bytes of the XPath.
    path: Span,
    literal: Value,
    span: Span,
    /// What the values at the end of the path are in each answer; `None` where that is open.
    values: Vec<Option<Vec<Value>>>,
    /// Whether there are nothing but numbers in all of them.
    numbers: bool,
}

impl<'d> Lint<'d> {
    /// The forms of the XML that a step's answers may be; empty where one is no XML with a known form.
    fn xml_shapes(&mut self, scope: Scope<'d>) -> Vec<Rc<XmlShape>> {
        let Some(call) = self.call(scope) else { return Vec::new() };
        let status = scope.asked_status();
        let one = status.and_then(|status| call.responses.for_status(status));
        let all = call.responses.iter().filter(|_| one.is_none()).chain(one);
        let mut shapes = Vec::new();
        for content in all.flat_map(|response| &response.content) {
            let Some(media_type) = content.parsed() else { return Vec::new() };
            match content.schema() {
                Some(schema) if media_type.is_xml() && schema.unresolved().is_empty() => {
                    shapes.push(self.xml_shape(&schema));
                }
                // a text has no members
                _ if media_type.essence() == "text/plain" => {}
                _ => return Vec::new(),
            }
        }
        shapes
    }

    /// A name in a pointer into an answer that is XML.
    pub(super) fn check_xml_pointer(&mut self, scope: Scope<'d>, expression: &Expression, span: Span) {
        let Some(tokens) = pointer_of(expression) else { return };
        let shapes = self.xml_shapes(scope);
        let mut nothing = None;
        for shape in &shapes {
            match pointed(shape, &tokens) {
                Err(Some(absent)) => nothing = nothing.or(Some(absent)),
                Ok(_) | Err(None) => return,
            }
        }
        let Some(Absent { name: token, there: names }) = nothing else { return };
        let near = self.nearest(&token, names.iter().map(String::as_str)).map(str::to_owned);
        let message = format!("`{expression}` is not described: the XML has no `{token}` there");
        let label = self.responses(scope);
        let diagnostic = self.note(rule::IMPOSSIBLE_SELECTION, span, message);
        diagnostic.help = match near {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None => Some(format!("it has {}", suggest::enumerated(names.iter().map(String::as_str)))),
        };
        diagnostic.labels.extend(label);
    }

    /// The values that an expression may have in an answer that is XML, if they are listed; else none.
    pub(super) fn xml_values(&mut self, scope: Scope<'d>, expression: &Expression) -> Vec<Value> {
        let Some(tokens) = pointer_of(expression) else { return Vec::new() };
        let mut values = Vec::new();
        for shape in &self.xml_shapes(scope) {
            match pointed(shape, &tokens) {
                Ok(At::Part(part)) if !part.values().is_empty() => values.extend(part.values().iter().cloned()),
                Err(Some(_)) => {}
                _ => return Vec::new(),
            }
        }
        values
    }

    /// The comparisons of an XPath on an answer with literals that are never there.
    pub(super) fn check_xml_comparisons(&mut self, scope: Scope<'d>, criterion: &'d Criterion, expression: &Expr) {
        let shapes = self.xml_shapes(scope);
        let mut compared = Vec::new();
        for shape in &shapes {
            let mut of_shape = Vec::new();
            comparisons(shape, At::Document, expression, DEPTH, &mut of_shape);
            match compared.is_empty() {
                true => compared = of_shape,
                false => merge(&mut compared, of_shape),
            }
        }
        for one in compared {
            let known: Option<Vec<Vec<Value>>> = one.values.into_iter().collect();
            let Some(values) = known.map(|all| all.concat()) else { continue };
            let text = one.literal.to_text();
            let same = |value: &Value| match &one.literal {
                Value::Number(number) => Number::parse(&value.to_text()).is_some_and(|value| value == *number),
                _ => xml_text::is_spelled(value, &text),
            };
            let path = criterion.condition.get(one.path.range()).unwrap_or_default();
            let (message, help) = if one.numbers && values.is_empty() && xml_text::number(&text).is_none() {
                (format!("`{path}` is a number, which never equals `{text}`"), None)
            } else if !values.is_empty() && !values.iter().any(same) {
                let texts: Vec<String> = values.iter().map(|value| value.to_text().into_owned()).collect();
                (format!("`{path}` is never `{text}`"), Some(texts))
            } else {
                continue;
            };
            let help = help.map(|texts| self.meant(&text, &texts));
            let (span, label) = (self.within(criterion, one.span), self.responses(scope));
            let diagnostic = self.note(rule::IMPOSSIBLE_COMPARISON, span, message);
            diagnostic.help = help;
            diagnostic.labels.extend(label);
        }
    }

    /// Notes that a value of an XML answer never equals a literal.
    pub(super) fn never_in_xml(&mut self, scope: Scope<'d>, what: &str, values: &[Value], literal: &Value, span: Span) {
        let texts: Vec<String> = values.iter().map(|value| value.to_text().into_owned()).collect();
        let text = literal.to_text().into_owned();
        let (help, label) = (self.meant(&text, &texts), self.responses(scope));
        let diagnostic = self.note(rule::IMPOSSIBLE_COMPARISON, span, format!("{what} is never `{text}`"));
        diagnostic.help = Some(help);
        diagnostic.labels.extend(label);
    }

    fn meant(&mut self, text: &str, texts: &[String]) -> String {
        match self.nearest(text, texts.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => super::comparison::listed(texts),
        }
    }

    fn responses(&mut self, scope: Scope<'d>) -> Option<Label> {
        let place = self.call(scope)?.operation.place();
        let span = place.get("responses").map_or(place.span(), |responses| responses.span());
        Some(Label { source: place.source(), span, text: "its responses".into() })
    }
}

/// The names of an expression that selects in the body of an answer.
fn pointer_of(expression: &Expression) -> Option<Vec<String>> {
    let of_body = expression.root == Root::Response(Part::Body);
    let tokens = tokens_of(&expression.path.name, expression.path.pointer.as_deref()).filter(|_| of_body)?;
    (!tokens.is_empty()).then_some(tokens)
}

/// Where a pointer leads in the projection of a document; else the name that is not there and those that are, if they are
/// all known.
fn pointed<'s>(shape: &'s XmlShape, tokens: &[String]) -> Result<At<'s>, Option<Absent>> {
    let mut at = At::Part(shape.root());
    let mut is_repeated = false;
    for token in tokens {
        let is_index = crate::pointer::index(token).is_some() || token == "-";
        if is_index && is_repeated {
            is_repeated = false;
            continue;
        }
        let found = match token.strip_prefix('@') {
            Some(name) if name.split_once(':').is_some_and(|(prefix, _)| is_of_xml(prefix)) => return Err(None),
            Some(name) => attribute(at, local(name)),
            None if token.starts_with('#') || is_index => return Err(None),
            None => child(shape, at, local(token)),
        };
        is_repeated = true;
        at = match found {
            Found::At(next) => next,
            Found::Nothing(_) => return Err(Some(Absent { name: token.clone(), there: names_at(shape, at) })),
            Found::Open => return Err(None),
        };
    }
    Ok(at)
}

/// The names of the elements and attributes at a place, as a pointer writes them.
fn names_at(shape: &XmlShape, at: At<'_>) -> Vec<String> {
    let mut names = Vec::new();
    if let Found::Nothing(elements) = child(shape, at, "") {
        names.extend(elements.into_iter().map(str::to_owned));
    }
    if let Found::Nothing(attributes) = attribute(at, "") {
        names.extend(attributes.into_iter().map(|name| format!("@{name}")));
    }
    names
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The properties of a part, where all of them are known.
fn properties(part: XmlPart<'_>) -> Option<Vec<(&str, XmlPart<'_>)>> {
    let all: Vec<_> = part.properties().collect();
    let is_object = part.kind().is_none_or(|kind| kind == SchemaType::Object);
    let is_beyond = (part.is_open() && is_object) || all.iter().any(|(_, one)| one.is_transparent() || one.is_text());
    let is_scalar = part.kind().is_some_and(|kind| !matches!(kind, SchemaType::Object | SchemaType::Array));
    (!is_beyond && (is_scalar || !all.is_empty())).then_some(all)
}

fn child<'s>(shape: &'s XmlShape, at: At<'s>, name: &str) -> Found<'s> {
    match at {
        At::Document => match shape.root_name() {
            Some(root) if root == name || !shape.is_root_named() => Found::At(At::Part(shape.root())),
            Some(root) => Found::Nothing(vec![root]),
            None => Found::At(At::Part(shape.root())),
        },
        At::List(part, of) => match part.items() {
            Some(items) if part.item_name(of) == name => Found::At(At::Part(items)),
            Some(_) => Found::Nothing(vec![part.item_name(of)]),
            None => Found::Open,
        },
        At::Part(part) => {
            let Some(all) = properties(part) else { return Found::Open };
            let elements: Vec<_> = all.into_iter().filter(|(_, one)| !one.is_attribute()).collect();
            let known = elements.iter().find(|(property, one)| one.element_name(property) == name);
            match known {
                Some((property, one)) if one.is_wrapped() => Found::At(At::List(*one, property)),
                Some((_, one)) => match (one.items(), one.kind()) {
                    (Some(items), _) => Found::At(At::Part(items)),
                    (None, Some(SchemaType::Array)) => Found::Open,
                    (None, _) => Found::At(At::Part(*one)),
                },
                None => Found::Nothing(elements.iter().map(|(property, one)| one.element_name(property)).collect()),
            }
        }
    }
}

fn attribute<'s>(at: At<'s>, name: &str) -> Found<'s> {
    let At::Part(part) = at else { return Found::Open };
    let Some(all) = properties(part) else { return Found::Open };
    let attributes: Vec<_> = all.into_iter().filter(|(_, one)| one.is_attribute()).collect();
    match attributes.iter().find(|(property, one)| one.element_name(property) == name) {
        Some((_, one)) => Found::At(At::Part(*one)),
        None => Found::Nothing(attributes.iter().map(|(property, one)| one.element_name(property)).collect()),
    }
}

/// Where the steps of a path lead; `None` where that is open, or nowhere.
fn stepped<'s>(shape: &'s XmlShape, from: At<'s>, path: &Path) -> Option<At<'s>> {
    let mut at = match path.start {
        Start::Root => At::Document,
        Start::Context => from,
        Start::Expression(..) => return None,
    };
    for step in &path.steps {
        let Test::Name { prefix, local } = &step.test else { return None };
        if prefix.as_deref().is_some_and(is_of_xml) {
            return None;
        }
        let found = match step.axis {
            Axis::Child => child(shape, at, local),
            Axis::Attribute => attribute(at, local),
            _ => return None,
        };
        let Found::At(next) = found else { return None };
        at = next;
    }
    Some(at)
}

/// The comparisons with literals in an expression, in a fixed order, with what is compared in documents of one form.
fn comparisons(shape: &XmlShape, at: At<'_>, one: &Expr, depth: usize, found: &mut Vec<Compared>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match &one.kind {
        ExprKind::Chain { first, rest } => {
            if let [(Operator::Equal | Operator::NotEqual, second)] = rest.as_slice() {
                let sides = path_and_literal(first, second).or_else(|| path_and_literal(second, first));
                if let Some((path, subject, literal, span)) = sides {
                    let part = match stepped(shape, at, path) {
                        Some(At::Part(part)) => Some(part),
                        _ => None,
                    };
                    let types = part.map(XmlPart::types).unwrap_or_default();
                    let numbers = !types.is_empty() && types.iter().all(|one| one.is_number());
                    let values = part.filter(|part| numbers || !part.values().is_empty());
                    let values = vec![values.map(|part| part.values().to_vec())];
                    found.push(Compared { path: subject, literal, span, values, numbers });
                }
            }
            for inner in std::iter::once(&**first).chain(rest.iter().map(|(_, inner)| inner)) {
                comparisons(shape, at, inner, depth, found);
            }
        }
        ExprKind::Path(path) => {
            for (index, step) in path.steps.iter().enumerate() {
                let before = Path { start: path.start.clone(), steps: path.steps[..=index].to_vec() };
                for predicate in &step.predicates {
                    // of what is not known, only the number of comparisons is
                    let at = stepped(shape, at, &before);
                    let open = XmlShape::default();
                    match at {
                        Some(at) => comparisons(shape, at, predicate, depth, found),
                        None => comparisons(&open, At::Part(open.root()), predicate, depth, found),
                    }
                }
            }
        }
        ExprKind::Call(call) => {
            call.arguments.iter().for_each(|argument| comparisons(shape, at, argument, depth, found));
        }
        ExprKind::Negate { operand, .. } => comparisons(shape, at, operand, depth, found),
        ExprKind::Literal(_) | ExprKind::Number { .. } | ExprKind::Embedded(_) => {}
    }
}

fn path_and_literal<'x>(one: &'x Expr, other: &'x Expr) -> Option<(&'x Path, Span, Value, Span)> {
    let ExprKind::Path(path) = &one.kind else { return None };
    let literal = match &other.kind {
        ExprKind::Literal(parts) => match parts.as_slice() {
            [] => return None,
            [crate::xpath::Part::Text(text)] => Value::String(text.clone()),
            _ => return None,
        },
        ExprKind::Number { text, .. } => Value::Number(Number::parse(text)?),
        _ => return None,
    };
    Some((path, one.span, literal, other.span))
}

/// Adds what the same comparisons are in documents of another form.
fn merge(all: &mut [Compared], more: Vec<Compared>) {
    for (one, other) in all.iter_mut().zip(more) {
        one.values.extend(other.values);
        one.numbers = one.numbers && other.numbers;
    }
}
