//! A value against the schemas of its place: each schema is compared with each part of it once.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::expression::Template;
use crate::node::{Kind, NodeId};
use crate::openapi::Schema;
use crate::rule;
use crate::source::SourceId;

use super::object::Stray;
use super::{Part, Sent, mistaken};
use crate::lint::Lint;
use crate::lint::shape::ObstacleKind;

/// Findings that several alternatives may share.
pub(super) type Findings = Vec<Rc<Diagnostic>>;

/// A schema and a part.
type Pair = ((SourceId, NodeId), NodeId);

/// What a schema says of a part.
#[derive(Clone, Default)]
struct Verdict<'d> {
    found: Findings,
    /// The members that neither it nor any of its alternatives that fit names.
    strays: Vec<Stray<'d>>,
}

impl Verdict<'_> {
    fn worst(&self) -> Severity {
        self.found.iter().map(|one| one.severity).max().unwrap_or(Severity::Advice)
    }
}

pub(super) struct Walk<'w, 'd> {
    pub(super) sent: &'w Sent<'d>,
    pub(super) lint: &'w mut Lint<'d>,
    verdicts: HashMap<Pair, Rc<Verdict<'d>>>,
    told: HashMap<Pair, Findings>,
    /// How many schemas may still be compared with parts, and findings passed on; `None` beyond that.
    left: Option<usize>,
}

impl<'w, 'd> Walk<'w, 'd> {
    /// What is wrong with a part for which one of the schemas must fit, and whether something of it was not looked at.
    pub(super) fn over(
        sent: &'w Sent<'d>,
        lint: &'w mut Lint<'d>,
        part: &Part<'_>,
        schemas: &[Schema<'d>],
    ) -> Diagnostics {
        let (comparisons, most) = (lint.limits.comparisons(), lint.limits.findings());
        let (verdicts, told) = (HashMap::new(), HashMap::new());
        let mut walk = Walk { sent, lint, verdicts, told, left: Some(comparisons) };
        let all = walk.value(part, schemas);
        let left = walk.left;
        // parts of a schema often say the same
        let mut known = HashSet::new();
        let is_new = |one: &Rc<Diagnostic>| {
            let place = one.primary().map(|label| (label.source, label.span));
            known.insert((one.rule.id, place, one.message.clone()))
        };
        let mut found: Diagnostics = all.into_iter().filter(is_new).take(most).map(Rc::unwrap_or_clone).collect();
        lint.limits.spend(comparisons - left.unwrap_or(0), found.len());
        if left.is_none() || found.len() == most {
            found.push(lint.limits.unfinished(lint.source(), part.anchor));
        }
        found
    }

    /// A part against the schemas of its place, one of which must fit: there its members are told that nothing describes.
    pub(super) fn value(&mut self, part: &Part<'_>, schemas: &[Schema<'d>]) -> Findings {
        if self.sent.replaced.covers(&part.path) {
            return Findings::new();
        }
        let pair = match schemas {
            [schema] => Some((schema.identity(), part.node.id())),
            _ => None,
        };
        if let Some(known) = pair.and_then(|pair| self.told.get(&pair)) {
            return known.clone();
        }
        let Verdict { mut found, strays } = self.one_of(part, schemas);
        found.extend(strays.iter().filter_map(|stray| self.stray(part, stray)));
        if let Some(pair) = pair {
            self.told.insert(pair, found.clone());
        }
        found
    }

    /// One of the schemas must fit. What is doubtful or only worth knowing is no reason to take another.
    fn one_of(&mut self, part: &Part<'_>, schemas: &[Schema<'d>]) -> Verdict<'d> {
        let verdicts: Vec<Rc<Verdict<'d>>> = schemas.iter().map(|schema| self.schema(part, schema)).collect();
        if let [only] = verdicts.as_slice() {
            return Verdict::clone(only);
        }
        let fitting: Vec<&Verdict<'d>> =
            verdicts.iter().map(|one| &**one).filter(|one| one.worst() < Severity::Error).collect();
        // what is said in every alternative that may be meant holds whichever it is
        let in_all = |found: &Rc<Diagnostic>| {
            fitting.iter().all(|other| other.found.iter().any(|known| Rc::ptr_eq(known, found)))
        };
        let clean = fitting.iter().find(|one| one.worst() == Severity::Advice);
        let best = clean.or_else(|| fitting.first().filter(|first| first.found.iter().all(in_all)));
        let found = match best {
            Some(best) => best.found.clone(),
            None => self.fits_none(part, schemas),
        };
        let mut strays = fitting.first().map(|first| first.strays.clone()).unwrap_or_default();
        strays.retain(|stray| fitting.iter().all(|one| one.strays.iter().any(|other| other.at == stray.at)));
        Verdict { found, strays }
    }

    fn fits_none(&mut self, part: &Part<'_>, schemas: &[Schema<'d>]) -> Findings {
        let Some(first) = schemas.first().map(Schema::place) else { return Findings::new() };
        let message =
            format!("{}the value fits none of the {} alternatives that are described", part.name(), schemas.len());
        let diagnostic = self.sent.finding(self.lint, rule::MISMATCHED_VALUE, part.span(), message);
        let diagnostic = diagnostic.severity(Severity::Warning);
        vec![Rc::new(diagnostic.label(first.source(), first.span(), "the first of them"))]
    }

    fn schema(&mut self, part: &Part<'_>, schema: &Schema<'d>) -> Rc<Verdict<'d>> {
        let pair = (schema.identity(), part.node.id());
        if let Some(known) = self.verdicts.get(&pair) {
            return Rc::clone(known);
        }
        // what is its own alternative says nothing as that
        self.verdicts.insert(pair, Rc::default());
        self.spend(1);
        if self.left.is_none() {
            return Rc::default();
        }
        let verdict = Rc::new(self.meant(part, schema));
        self.spend(verdict.found.len() + verdict.strays.len());
        self.verdicts.insert(pair, Rc::clone(&verdict));
        verdict
    }

    pub(super) fn spend(&mut self, cost: usize) {
        self.left = self.left.and_then(|left| left.checked_sub(cost));
    }

    /// A text that was meant as an expression is wrong as that, not as the text that it is taken for.
    fn meant(&mut self, part: &Part<'_>, schema: &Schema<'d>) -> Verdict<'d> {
        let verdict = self.fitting(part, schema);
        let is_text = matches!(part.template, Some(Template::Literal(_)) | None) && self.sent.unknown.is_none();
        let Some(error) = part.node.as_str().filter(|_| is_text).and_then(mistaken) else { return verdict };
        let Some(first) = verdict.found.iter().find(|one| one.is_error()) else { return Verdict::default() };
        let mut diagnostic = error.to_diagnostic(rule::INVALID_EXPRESSION, self.lint.source(), part.node);
        diagnostic.labels.extend(first.labels.iter().skip(1).cloned());
        Verdict { found: vec![Rc::new(diagnostic)], ..Verdict::default() }
    }

    fn fitting(&mut self, part: &Part<'_>, schema: &Schema<'d>) -> Verdict<'d> {
        let is_later = part.node.as_str().is_some_and(|text| self.sent.is_later(text));
        let takes_null = || part.node.is_null() && schema.takes_null();
        if part.depth == 0 || !schema.unresolved().is_empty() || is_later || takes_null() {
            return Verdict::default();
        }
        let sent = self.sent;
        let mut known = Diagnostics::new();
        match part.template {
            Some(Template::Expression(expression)) => {
                let given = self.lint.shape(sent.workflow, sent.index, sent.scope, &expression.value);
                let text = format!("`{}`", expression.value);
                sent.given(self.lint, &given, &text, expression.span, schema, &mut known);
                if known.is_empty() {
                    sent.later(self.lint, &given, expression, schema, &mut known);
                }
                return Verdict { found: shared(known), ..Verdict::default() };
            }
            Some(Template::Text(pieces)) => {
                sent.text(self.lint, part.template, &pieces.value, pieces.span, schema, &mut known);
                return Verdict { found: shared(known), ..Verdict::default() };
            }
            Some(Template::Selector(_)) => return Verdict::default(),
            Some(Template::Literal(_) | Template::Array(_) | Template::Object(_)) | None => {}
        }
        let inner = Part { depth: part.depth - 1, ..part.clone() };
        let choices = schema.choices();
        let general: Vec<Verdict<'d>> = choices.iter().map(|choice| self.one_of(&inner, choice)).collect();
        let (mut found, mut strays) = self.within(part, schema, !choices.is_empty());
        // what is wrong with a part says more than what is wrong with one of several alternatives
        let is_wrong = found.iter().any(|one| one.severity > Severity::Advice);
        for (verdict, choice) in general.into_iter().zip(&choices) {
            match &mut strays {
                Some(strays) => strays.retain_mut(|stray| {
                    let other = verdict.strays.iter().find(|other| other.at == stray.at);
                    stray.of.extend(other.iter().flat_map(|other| &other.of));
                    other.is_some()
                }),
                None => strays = Some(verdict.strays),
            }
            let tells = |one: &Rc<Diagnostic>| !is_wrong || choice.len() == 1 || one.severity == Severity::Advice;
            found.extend(verdict.found.into_iter().filter(tells));
        }
        once(&mut found);
        let strays = strays.unwrap_or_default().into_iter();
        let (refused, strays): (Vec<_>, Vec<_>) = strays.partition(|stray| stray.kind == ObstacleKind::Closed);
        found.extend(refused.iter().filter_map(|stray| self.stray(part, stray)));
        Verdict { found, strays }
    }

    /// A value that is written out, by what a schema says whichever of its alternatives it is, and the members that it does
    /// not name, if it names any.
    fn within(
        &mut self,
        part: &Part<'_>,
        schema: &Schema<'d>,
        has_choices: bool,
    ) -> (Findings, Option<Vec<Stray<'d>>>) {
        let types = schema.types();
        let (sent, mut found) = (self.sent, Diagnostics::new());
        if !types.is_empty() && !sent.is_of(part.node, &types) {
            sent.wrong_type(self.lint, part, &types, schema, &mut found);
            return (shared(found), Some(Vec::new()));
        }
        sent.values(self.lint, part, schema, &mut found);
        match part.node.kind() {
            Kind::Mapping => return self.object(part, schema, has_choices),
            Kind::Sequence => return (self.array(part, schema), None),
            Kind::Number(_) => sent.bounds(self.lint, part, schema, &mut found),
            Kind::String(text) => sent.length(self.lint, part, text, schema, &mut found),
            Kind::Null | Kind::Bool(_) => {}
        }
        (shared(found), None)
    }
}

/// Keeps each finding once.
pub(super) fn once(found: &mut Findings) {
    let mut seen = HashSet::new();
    if found.len() > 1 {
        found.retain(|one| seen.insert(Rc::as_ptr(one)));
    }
}

pub(super) fn shared(found: Diagnostics) -> Findings {
    found.into_iter().map(Rc::new).collect()
}
