//! What the readers of all objects share: fields by name, checked for presence, type and spelling.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Diagnostics, Edit, Fix, Severity};
use crate::expression::Grammar;
use crate::node::{Kind, NodeRef, Tree};
use crate::rule::{self, Rule};
use crate::source::SourceId;
use crate::span::{Span, Spanned};
use crate::suggest;

use super::declared_output::DeclaredOutputs;
use super::fields::Fields;
use super::foreign::OwnOperation;
use super::{Newer, Reading, Version};

/// Collects what is wrong while the objects are read.
pub(super) struct Reader<'t> {
    pub(super) source: SourceId,
    pub(super) tree: &'t Tree,
    pub(super) version: Version,
    pub(super) reading: Reading,
    pub(super) diagnostics: Diagnostics,
    /// What `x-operation` describes.
    pub(super) own_operations: Vec<OwnOperation>,
    /// The parameters of the workflow whose steps are read.
    pub(super) shared_parameters: Vec<NodeRef<'t>>,
    /// What the steps declare, once somebody has asked.
    pub(super) declared_outputs: Option<DeclaredOutputs<'t>>,
}

/// One object of the specification: its name and the fields it knows.
pub(super) struct Shape {
    /// The specification's word: `step`, `success action`.
    pub(super) name: &'static str,
    pub(super) fields: &'static [Field],
    /// Whether `x-` fields may stand in it (ARZ-EXT-04).
    pub(super) extensions: bool,
}

/// A field that an object may have.
pub(super) struct Field {
    pub(super) name: &'static str,
    since: Version,
}

/// A field of every version.
pub(super) const fn field(name: &'static str) -> Field {
    Field { name, since: Version::V1_0 }
}

/// A field that came with 1.1.
pub(super) const fn newer(name: &'static str) -> Field {
    Field { name, since: Version::V1_1 }
}

/// Of how many fields of one object it is said that they don't belong there.
const MOST_STRANGE: usize = 50;
/// How many known fields of one object are kept, those that stand there twice included.
const MOST_FIELDS: usize = 100;

impl<'t> Reader<'t> {
    pub(super) fn new(source: SourceId, tree: &'t Tree, version: Version, reading: Reading) -> Reader<'t> {
        let (diagnostics, own_operations, shared_parameters) = Default::default();
        Reader {
            source,
            tree,
            version,
            reading,
            diagnostics,
            own_operations,
            shared_parameters,
            declared_outputs: None,
        }
    }

    /// The grammar of expressions and values in the document.
    pub(super) fn grammar(&self) -> Grammar {
        self.reading.grammar(self.version)
    }

    /// Notes a finding of `rule` at `span`.
    pub(super) fn note(&mut self, rule: &'static Rule, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.push(Diagnostic::new(rule, message).at(self.source, span))
    }

    /// Notes a finding with what to do next.
    pub(super) fn note_help(
        &mut self,
        rule: &'static Rule,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> &mut Diagnostic {
        self.push(Diagnostic::new(rule, message).at(self.source, span).help(help))
    }

    fn push(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        let at = self.diagnostics.len();
        self.diagnostics.push(diagnostic);
        &mut self.diagnostics[at]
    }

    /// The fields of an object, once its names are checked; `None` if it is no object.
    pub(super) fn object(&mut self, node: NodeRef<'t>, shape: &'static Shape) -> Option<Fields<'t>> {
        if !node.is_mapping() {
            self.wrong_type(node, shape.name, "an object");
            return None;
        }
        let mut strange = 0;
        // looked for once, for an object may have very many entries
        let is_field = |key: &NodeRef<'_>| shape.fields.iter().any(|field| field.name == key.key());
        let there: Vec<NodeRef<'t>> = node.entries().map(|(key, _)| key).filter(is_field).take(MOST_FIELDS).collect();
        for (key, value) in node.entries() {
            let before = self.diagnostics.len();
            self.field_name(shape, key, value, &there);
            strange += usize::from(self.diagnostics.len() > before);
            // each is compared with the names that there are: an object full of others costs linear time
            if strange >= MOST_STRANGE {
                break;
            }
        }
        Some(Fields::new(node, shape))
    }

    fn field_name(&mut self, shape: &'static Shape, key: NodeRef<'t>, value: NodeRef<'t>, there: &[NodeRef<'t>]) {
        let name = key.key();
        if let Some(field) = shape.fields.iter().find(|field| field.name == name) {
            if field.since > self.version {
                self.newer(key.span(), &format!("the field `{name}` of {}", with_article(shape.name)));
                if (shape.name, name) == ("step", "dependsOn")
                    && let Some(found) = self.diagnostics.last_mut()
                {
                    found.help = Some("set `arazzo: 1.1.0`, or remove it: steps run in the order of the list".into());
                }
            }
        } else if shape.extensions {
            if !name.starts_with("x-") {
                self.unknown_field(rule::UNKNOWN_FIELD, shape, key, there);
            }
        } else if name.starts_with("x-") {
            let message = format!("{} takes no extensions; `{name}` has no effect", with_article(shape.name));
            self.note(rule::IGNORED_FIELD, Span { start: key.span().start, end: value.span().end }, message);
        } else {
            // ARZ-REUSE-05: the specification itself says that these are passed over
            self.unknown_field(rule::IGNORED_FIELD, shape, key, there);
        }
    }

    /// Something of a later version than the document declares.
    pub(super) fn newer(&mut self, span: Span, what: &str) {
        let message = format!("{what} came with Arazzo 1.1");
        let severity = self.newer_severity();
        self.note_help(rule::NEWER_FIELD, span, message, "set `arazzo: 1.1.0`").severity = severity;
    }

    /// How bad it is that something is newer than it should be.
    pub(super) fn newer_severity(&self) -> Severity {
        match self.reading.newer {
            Newer::Refuse => Severity::Error,
            Newer::Take => Severity::Warning,
        }
    }

    fn unknown_field(&mut self, rule: &'static Rule, shape: &Shape, key: NodeRef<'t>, there: &[NodeRef<'t>]) {
        let name = key.key();
        if let Some(same) = there.iter().find(|field| suggest::differ_in_case(name, field.key())) {
            let message = format!("{} has no field `{name}`: `{}` is there, too", with_article(shape.name), same.key());
            let help = format!("remove `{name}`: `{}` counts", same.key());
            let (source, span) = (self.source, same.span());
            let label = crate::diagnostic::Label { source, span, text: "this counts".into() };
            self.note_help(rule, key.span(), message, help).labels.push(label);
            return;
        }
        let known =
            shape.fields.iter().map(|field| field.name).filter(|field| !there.iter().any(|key| key.key() == *field));
        let near = nearest(name, known);
        let message = format!("{} has no field `{name}`; it has no effect", with_article(shape.name));
        let help = near
            .map_or_else(|| "remove it, or begin its name with `x-` if it is an extension".to_owned(), did_you_mean);
        let source = self.source;
        let diagnostic = self.note_help(rule, key.span(), message, help);
        let sure = near.filter(|near| suggest::differ_in_case(name, near));
        diagnostic.fix = sure.map(|near| rename(source, key.span(), name, near));
    }

    /// Whether it was noted that the field with the key at `span` is unknown.
    pub(super) fn is_unknown(&self, span: Span) -> bool {
        self.unknown_at(span).is_some()
    }

    /// Takes back that a field is unknown, for more is said of it: that it stands for one that is missing.
    pub(super) fn take_unknown(&mut self, span: Span) -> Option<Diagnostic> {
        self.unknown_at(span).map(|at| self.diagnostics.remove(at))
    }

    fn unknown_at(&self, span: Span) -> Option<usize> {
        // it was noted just now, with the other fields of the object
        let recent = self.diagnostics.len().saturating_sub(2 * MOST_STRANGE);
        let is_it =
            |one: &Diagnostic| one.rule == rule::UNKNOWN_FIELD && one.primary().is_some_and(|it| it.span == span);
        self.diagnostics[recent..].iter().rposition(is_it).map(|at| recent + at)
    }

    /// A value of another type than the specification asks for; a scalar that only lacks quotes gets a fix.
    pub(super) fn wrong_type(&mut self, node: NodeRef<'t>, what: &str, expected: &str) {
        let found = node.kind().name();
        let message = format!("{} must be {expected}, not {found}", backticked(what));
        let source = self.source;
        let quote = if node.tree().text().trim_start().starts_with('{') { '"' } else { '\'' };
        let diagnostic = self.note(rule::WRONG_TYPE, node.span(), message);
        if expected == "a string" && matches!(node.kind(), Kind::Number(_) | Kind::Bool(_)) {
            let quoted = format!("{quote}{}{quote}", node.source_text());
            diagnostic.help = Some(format!("quote it: `{quoted}`"));
            let edits = vec![Edit { source, span: node.span(), replacement: quoted }];
            diagnostic.fix = Some(Fix { title: "quote the value".into(), edits });
        } else if expected == "a string" && node.source_text().starts_with(['{', '[']) {
            diagnostic.help = Some("quote it if a text is meant".into());
        }
    }

    /// The text of a string node; anything else is noted.
    pub(super) fn text(&mut self, node: NodeRef<'t>, what: &str) -> Option<Spanned<String>> {
        let text = node.as_str().map(|text| Spanned::new(text.to_owned(), node.span()));
        if text.is_none() {
            self.wrong_type(node, what, "a string");
        }
        text
    }

    /// Notes each name that stands twice in one scope.
    pub(super) fn unique<'n>(&mut self, what: &str, names: impl IntoIterator<Item = &'n Spanned<String>>) {
        let mut first: HashMap<&str, Span> = HashMap::new();
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            match first.get(name.as_str()) {
                None => drop(first.insert(name, name.span)),
                Some(span) => self.duplicate(name.span, *span, format!("the {what} `{}` is used twice", name.value)),
            }
        }
    }

    /// Notes a duplicate at `span` of what stands at `first`.
    pub(super) fn duplicate(&mut self, span: Span, first: Span, message: impl Into<String>) {
        let source = self.source;
        let diagnostic = Diagnostic::new(rule::DUPLICATE_NAME, message).at(source, span);
        self.diagnostics.push(diagnostic.label(source, first, "first here"));
    }

    /// Notes a name that expressions can't refer to (ARZ-SRC-02, ARZ-WF-02, ARZ-STEP-02).
    pub(super) fn referable(&mut self, what: &str, name: &Spanned<String>) {
        let strict = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if name.is_empty() || strict {
            return;
        }
        let message = format!("the {what} `{}` has characters that expressions can't refer to", name.value);
        self.note_help(rule::INVALID_NAME, name.span, message, "use letters, digits, `-` and `_` only");
    }

    /// Notes a map key outside `^[a-zA-Z0-9\.\-_]+$` (ARZ-WF-14, ARZ-COMP-07).
    pub(super) fn map_key(&mut self, what: &str, name: &Spanned<String>) {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if !name.is_empty() && name.bytes().all(allowed) {
            return;
        }
        let message = format!("`{}` is no valid name for {what}", name.value);
        let help = "use letters, digits, `.`, `-` and `_` only";
        self.note_help(rule::INVALID_MAP_KEY, name.span, message, help);
    }
}

/// An edit that puts another name in the place of a key, quotes kept.
fn rename(source: SourceId, span: Span, from: &str, to: &str) -> Fix {
    let quotes = span.len().saturating_sub(from.len()) / 2;
    let start = span.start as usize + quotes;
    let edit = Edit { source, span: Span::new(start, start + from.len()), replacement: to.to_owned() };
    Fix { title: format!("rename `{from}` to `{to}`"), edits: vec![edit] }
}

/// `a step`, `an info object`
pub(super) fn with_article(name: &str) -> String {
    let article = if name.starts_with(['A', 'a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {name}")
}

/// A field's name in backticks, an object's name in words.
fn backticked(what: &str) -> String {
    if what.starts_with("the ") {
        return what.to_owned();
    }
    if what.contains(' ') { format!("a value of the {what}") } else { format!("`{what}`") }
}

/// The meaning of one of a few words; another word is noted with the likeliest.
pub(super) fn choose<T: Copy>(
    reader: &mut Reader<'_>,
    name: &str,
    text: &Spanned<String>,
    words: &[(&'static str, T)],
) -> Option<Spanned<T>> {
    if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text.as_str()) {
        return Some(Spanned::new(*meaning, text.span));
    }
    let help = nearest(text, words.iter().map(|(word, _)| *word)).map_or_else(|| one_of(words), did_you_mean);
    let message = format!("`{name}` can't be `{}`", text.value);
    reader.note_help(rule::INVALID_VALUE, text.span, message, help);
    None
}

fn one_of<T>(words: &[(&'static str, T)]) -> String {
    let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
    format!("use {}", words.join(", "))
}

/// The candidate that someone who wrote `name` most likely meant.
pub(super) fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    suggest::nearest(name, candidates, 1).into_iter().next()
}

/// `did you mean `x`?`
pub(super) fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}

/// The items in a list no larger than it must be: a document has thousands of short ones, which live as long as it does.
pub(super) fn exact<T>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut list = Vec::with_capacity(items.size_hint().1.unwrap_or_default());
    list.extend(items);
    list.shrink_to_fit();
    list
}
