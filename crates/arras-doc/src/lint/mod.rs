//! What would go wrong although every name is known: requests and answers against what the descriptions say, and the
//! ways through a workflow. One file a rule, or a closely knit family.
//!
//! A finding is an error only where the run goes wrong for certain if the description is right; what is doubtful is a
//! warning. Where a description leaves something open, nothing is found.

mod body;
mod call;
mod comparison;
mod contradiction;
mod coverage;
mod credentials;
mod flow;
mod form_text;
mod header;
mod implied;
mod inherited;
mod input_schema;
mod inputs;
mod json_path;
mod json_text;
mod later;
mod literal;
mod message;
mod misbraced;
mod never;
mod onward;
mod operand;
mod provenance;
mod read_inputs;
mod repetition;
mod replaced;
mod replacement;
mod selection;
mod shadow;
mod shape;
mod status;
mod truth;
mod unbraced;
mod unread;
mod value;
mod whose;
mod xml_path;
mod xml_place;
mod xml_text;
mod xml_value;

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::arazzo::{Action, Criterion, Document, ExpressionUse, Step, Workflow};
use crate::diagnostic::{Diagnostic, Diagnostics, Edit, Fix};
use crate::link::{LinkedSource, LinkedSources, Links, StepLinks, goes_on};
use crate::node::{NodeId, NodeRef};
use crate::openapi::{self, Description, Schema, XmlShape};
use crate::rule::{self, Rule};
use crate::source::SourceId;
use crate::span::Span;
use crate::suggest;

use call::Call;
use read_inputs::ReadInputs;
use shadow::Shadowed;
use value::Limits;

/// How many names may be compared with wrong ones in all.
const COMPARISONS: usize = 50_000;

/// How many parts of schemas are looked at for references that lead nowhere.
const PARTS: usize = 50_000;

/// Looks for what would go wrong in a document whose names [`crate::link::link`] has resolved; the findings are in the
/// order of the text.
///
/// What is wrong with a name itself is not said again. Costs linear time in the size of the document and of the parts of
/// descriptions that it uses.
pub fn lint(document: &Document, sources: &LinkedSources, links: &Links) -> Diagnostics {
    let text = openapi::Document::new(document.source, "", Arc::clone(&document.tree));
    let own = Description::of_schemas(Arc::new(text));
    let messages = message::descriptions(document, sources);
    let others: Vec<Option<Description>> = (0..document.source_descriptions.len())
        .map(|source| match sources.get(source) {
            LinkedSource::Arazzo(other) => {
                let text = openapi::Document::new(other.source, "", Arc::clone(&other.tree));
                Some(Description::of_schemas(Arc::new(text)))
            }
            _ => None,
        })
        .collect();
    let mut lint = Lint::new(document, sources, links, (&own, &others), &messages);
    for (index, workflow) in document.workflows.iter().enumerate() {
        let Some(links) = links.workflows.get(index) else { continue };
        let scopes: Vec<Scope<'_>> = workflow
            .steps
            .iter()
            .zip(&links.steps)
            .enumerate()
            .map(|(at, (step, links))| Scope {
                workflow,
                index,
                step,
                at,
                links,
                failed: false,
                status: None,
                inherited: None,
            })
            .collect();
        let before = lint.diagnostics.len();
        for scope in &scopes {
            lint.step(*scope);
        }
        lint.check_inherited(&scopes);
        let compared = lint.impossible_comparisons(before);
        for scope in &scopes {
            lint.check_coverage(*scope, &compared);
        }
        lint.check_flow(workflow, &scopes);
        lint.check_outside(workflow, index);
        lint.check_workflow_selections(workflow, index);
        lint.check_inputs(workflow, index);
        lint.check_input_schema(workflow, index);
    }
    lint.check_shared_schemas();
    lint.check_onward();
    lint.check_dead();
    let mut diagnostics = lint.diagnostics;
    let place = |found: &Diagnostic| {
        found.primary().map(|label| (label.source != document.source, label.source, label.span.start))
    };
    diagnostics.sort_by_key(|found| (place(found), Reverse(found.severity)));
    diagnostics.dedup();
    told_once(document, &mut diagnostics);
    diagnostics
}

/// Of what is wrong with a component for several of its users the first is told.
fn told_once(document: &Document, diagnostics: &mut Diagnostics) {
    let Some(components) = document.tree.at("/components").map(|node| node.span()) else { return };
    let mut told = HashSet::new();
    diagnostics.retain(|found| match found.primary() {
        Some(label) if label.source == document.source && components.start <= label.span.start => {
            // whose operation is repeated stands in the message
            let message = if found.rule == rule::UNSAFE_RETRY { String::new() } else { found.message.clone() };
            label.span.end > components.end || told.insert((found.rule.id, label.span, message))
        }
        _ => true,
    });
}

/// Adds what was linted in `documents` to what was found before, each mistake once: of a mistaken expression, of which both
/// say what is wrong, the certain finding stays; that an input is never read is not said where another finding of its
/// workflow is about the same name.
pub fn add(found: &mut Diagnostics, mut linted: Diagnostics, documents: &[&Document]) {
    unread::settle(found, &mut linted, documents);
    let place = |one: &Diagnostic| one.primary().map(|label| (label.source, label.span));
    // of a file that can't be read, that it is not loaded says nothing more
    let unread = found.iter().filter(|one| one.rule == rule::REFERENCE_UNREADABLE);
    let unread: HashSet<_> = unread.map(place).collect();
    linted.retain(|one| one.rule != rule::UNRESOLVED_REFERENCE || !unread.contains(&place(one)));
    // nor is a header of the signature declared by anyone
    let signed = linted.iter().filter(|one| one.rule == rule::SIGNED_HEADER);
    let signed: HashSet<_> = signed.map(place).collect();
    found.retain(|one| one.rule != rule::UNDECLARED_PARAMETER || !signed.contains(&place(one)));
    let mistaken = linted.iter().filter(|one| one.rule == rule::INVALID_EXPRESSION);
    let certain: HashSet<_> = mistaken.map(place).collect();
    found.retain(|one| one.rule != rule::INVALID_EXPRESSION || !certain.contains(&place(one)));
    found.extend(linted);
}

/// One pass over a document.
struct Lint<'d> {
    document: &'d Document,
    sources: &'d LinkedSources,
    links: &'d Links,
    /// The document's own schemas: those of inputs.
    own: &'d Description,
    /// The schemas of messages, by source.
    messages: &'d [Option<Description>],
    /// Those of the other Arazzo descriptions, by source.
    others: &'d [Option<Description>],
    diagnostics: Diagnostics,
    /// The operations that were asked for, by source and pointer.
    calls: HashMap<(usize, &'d str), Option<Rc<Call<'d>>>>,
    /// What was found in descriptions: rule and place.
    told: HashSet<(&'static str, Option<(SourceId, Span)>)>,
    /// The schemas whose references were looked at, and how many more may be.
    walked: HashSet<(SourceId, Span)>,
    parts: usize,
    /// What references in schemas name that is not there, by document.
    absent: HashSet<(SourceId, &'d str)>,
    comparisons: usize,
    /// The parameters of workflows whose values were compared with a schema.
    shared: HashSet<(usize, NodeId, (SourceId, NodeId))>,
    /// The forms of XML that schemas describe, by where these stand.
    xml_shapes: HashMap<(SourceId, NodeId), Rc<XmlShape>>,
    /// Made when it is asked for first.
    read_inputs: Option<Rc<ReadInputs<'d>>>,
    /// How much more of values is compared and told.
    limits: Limits,
    /// How many more comparisons are looked at for what others imply.
    implications: Rc<Cell<usize>>,
    /// How many more parts of inherited actions are judged.
    inherited: usize,
    /// The schemas that literal values were judged by.
    judges: HashMap<(SourceId, NodeId), Rc<literal::Judge>>,
    /// By the index of the workflow: whether it may go on to another.
    goes_on: Vec<bool>,
    /// How many schemas were converted for that.
    converted: usize,
    /// The actions of the workflow's steps that never run.
    shadowed: Vec<Shadowed<'d>>,
    /// By where it stands, that an action never runs, as long as it is so in each step that has it.
    dead: BTreeMap<Span, Option<Diagnostic>>,
}

/// A step in its workflow.
#[derive(Clone, Copy)]
struct Scope<'d> {
    workflow: &'d Workflow,
    /// The workflow's place in the document.
    index: usize,
    step: &'d Step,
    /// The step's place in the workflow.
    at: usize,
    links: &'d StepLinks,
    /// Whether the step may have failed where something is read: then nothing is known of the status.
    failed: bool,
    /// The status that is asked for where something is read, beside what the step's own criteria ask for.
    status: Option<u16>,
    /// The action of the workflow that alone is looked at, as this step has it; nothing of the step itself is.
    inherited: Option<&'d Action>,
}

impl<'d> Scope<'d> {
    /// The one status that is asked for where something is read.
    fn asked_status(&self) -> Option<u16> {
        self.status.or_else(|| provenance::required_status(&self.step.success_criteria).filter(|_| !self.failed))
    }

    /// The same where the step may have failed.
    fn or_failed(self) -> Scope<'d> {
        Scope { failed: true, ..self }
    }

    /// The criteria by which the step succeeds, where the step itself is looked at.
    fn success_criteria(self) -> &'d [Criterion] {
        if self.inherited.is_some() { &[] } else { &self.step.success_criteria }
    }
}

impl<'d> Lint<'d> {
    fn new(
        document: &'d Document,
        sources: &'d LinkedSources,
        links: &'d Links,
        (own, others): (&'d Description, &'d [Option<Description>]),
        messages: &'d [Option<Description>],
    ) -> Lint<'d> {
        Lint {
            document,
            sources,
            links,
            own,
            messages,
            others,
            diagnostics: Diagnostics::new(),
            calls: HashMap::new(),
            told: HashSet::new(),
            walked: HashSet::new(),
            parts: PARTS,
            absent: HashSet::new(),
            comparisons: COMPARISONS,
            shared: HashSet::new(),
            xml_shapes: HashMap::new(),
            read_inputs: None,
            limits: Limits::default(),
            implications: Rc::new(Cell::new(implied::IMPLICATIONS)),
            inherited: inherited::JUDGED,
            judges: HashMap::new(),
            goes_on: document.workflows.iter().map(|workflow| goes_on(document, workflow)).collect(),
            converted: 0,
            shadowed: Vec::new(),
            dead: BTreeMap::new(),
        }
    }

    fn step(&mut self, scope: Scope<'d>) {
        if let Some(call) = self.call(scope) {
            self.check_parameters(scope, &call);
            self.check_body(scope, &call);
            self.check_credentials(scope, &call);
            self.check_headers(scope, &call);
            self.check_statuses(scope, &call);
        }
        self.check_called_inputs(scope);
        self.check_too_early(scope);
        self.check_messages(scope);
        self.check_unbraced(scope);
        self.check_languages(scope);
        self.check_selections(scope);
        self.check_xpaths(scope);
        self.check_bodiless(scope);
        self.check_lengths(scope);
        self.check_comparisons(scope);
        self.check_contradictions(scope);
        self.check_shadows(scope);
        self.check_repetition(scope);
    }

    /// The expressions of what is looked at: of the step with its own actions, or of one that it inherits.
    fn expressions(&self, scope: Scope<'d>) -> Vec<ExpressionUse<'d>> {
        match scope.inherited {
            Some(action) => self.document.action_expressions(scope.index, action),
            None => self.document.step_expressions(scope.index, scope.step),
        }
    }

    /// The scope of another step of the same workflow.
    fn scope(&self, workflow: &'d Workflow, index: usize, at: usize) -> Option<Scope<'d>> {
        let links = self.links.workflows.get(index)?.steps.get(at)?;
        Some(Scope {
            workflow,
            index,
            step: workflow.steps.get(at)?,
            at,
            links,
            failed: false,
            status: None,
            inherited: None,
        })
    }

    /// Notes a finding of `rule` at `span` of the document.
    fn note(&mut self, rule: &'static Rule, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        let at = self.diagnostics.len();
        self.diagnostics.push(Diagnostic::new(rule, message).at(self.document.source, span));
        &mut self.diagnostics[at]
    }

    /// The candidate most like a wrong name, as long as there is time to look.
    fn nearest<'c>(&mut self, name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
        let (mut used, left) = (0, self.comparisons);
        let near = suggest::nearest(name, candidates.into_iter().take(left).inspect(|_| used += 1), 1);
        self.comparisons -= used;
        near.into_iter().next()
    }

    /// The form of XML that a schema describes, looked for once.
    fn xml_shape(&mut self, schema: &Schema<'d>) -> Rc<XmlShape> {
        let place = schema.place();
        let known = self.xml_shapes.entry((place.source(), place.node().id()));
        Rc::clone(known.or_insert_with(|| Rc::new(XmlShape::of(schema))))
    }

    fn source(&self) -> SourceId {
        self.document.source
    }
}

/// The change that writes another text in place of a scalar's, in the quotes that it has; `None` where its text is written
/// with escapes or over several lines.
fn replace_text(source: SourceId, node: NodeRef<'_>, text: &str) -> Option<Fix> {
    let (span, written, old) = (node.span(), node.source_text(), node.as_str()?);
    let plain = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte))
            && !matches!(
                text.to_ascii_lowercase().as_str(),
                "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
            )
    };
    let span = if written == old && plain(text) {
        span
    } else if written.len() == old.len() + 2
        && written.get(1..written.len() - 1) == Some(old)
        && !text.contains(['\'', '"', '\\'])
    {
        Span { start: span.start + 1, end: span.end - 1 }
    } else {
        return None;
    };
    let edit = Edit { source, span, replacement: text.to_owned() };
    Some(Fix { title: format!("write `{text}`"), edits: vec![edit] })
}

/// Where to point for a step.
fn step_span(step: &Step) -> Span {
    if step.step_id.is_empty() { step.span } else { step.step_id.span }
}
