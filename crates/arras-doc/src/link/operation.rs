//! Operations: named by id or by path, in the one source that is meant.

use std::collections::HashSet;

use crate::arazzo::{OperationId, OperationPath, PathSource, SourceType};
use crate::openapi::{Lookup, Operation};
use crate::rule;
use crate::span::{Span, Spanned};

use super::linker::Linker;
use super::sources::LinkedSource;
use super::unknown_operation::near_operation;
use super::{OperationTarget, Target, message};

/// What a name was found to stand for in one source, in source order.
pub(super) type Found = Vec<Target>;

impl<'d> Linker<'d> {
    /// The operation of an `operationId`; none, or more than one, is noted (ARZ-STEP-06, ARZ-STEP-07).
    pub(super) fn operation_id(&mut self, id: &Spanned<OperationId>) -> Option<Target> {
        match &id.value {
            OperationId::Plain(name) => self.plain_operation(name, id.span),
            OperationId::Qualified { source, operation } => {
                let index = self.source(source, id.span)?;
                self.operation_in(index, operation, id.span)
            }
        }
    }

    /// The operation of an `operationPath` (ARZ-STEP-08, ARZ-STEP-10, A-34).
    pub(super) fn operation_path(&mut self, path: &Spanned<OperationPath>) -> Option<Target> {
        match &path.value {
            OperationPath::OperationId(id) => self.operation_id(&Spanned::new(id.clone(), path.span)),
            OperationPath::Pointer(source, pointer) => {
                let index = self.path_source(source, path.span)?;
                self.operation_at(index, pointer, path.span)
            }
            OperationPath::MethodAndPath { method, path: template } => {
                self.operation_by_path(method, template, path.span)
            }
        }
    }

    /// The source that a path names.
    pub(super) fn path_source(&mut self, source: &PathSource, span: Span) -> Option<usize> {
        let document = self.document;
        match source {
            PathSource::Expression(name) => self.source(name, span),
            PathSource::Text(text) => {
                let by_url = || document.source_descriptions.iter().position(|source| source.url.as_str() == text);
                let found = document.source_index(text).or_else(by_url);
                found.or_else(|| self.source(text, span))
            }
            PathSource::Unnamed => {
                let mut all = self.operation_sources();
                let (first, second) = (all.next(), all.next());
                drop(all);
                if first.is_none() || second.is_some() {
                    let message = "the path does not say which source description it leads into";
                    let help = "begin it with `{$sourceDescriptions.<name>.url}`";
                    self.note(rule::UNKNOWN_SOURCE, span, message).help = Some(help.into());
                    return None;
                }
                first
            }
        }
    }

    fn plain_operation(&mut self, id: &str, span: Span) -> Option<Target> {
        let sources: Vec<usize> = self.operation_sources().collect();
        let mut found = Vec::new();
        for source in &sources {
            found.extend(self.lookup(*source, id).into_iter().map(|target| (*source, target)));
        }
        match found.len() {
            0 => match self.operation_ignoring_case(&sources, id, span) {
                Some(target) => Some(target),
                None => self.dotted_operation(&sources, id, span),
            },
            1 => {
                let (source, target) = found.pop()?;
                if sources.len() > 1 {
                    self.unqualified_operation(source, id, span);
                }
                Some(target)
            }
            _ => self.by_path_parameters(found, id, span),
        }
    }

    /// The only one of several operations whose path has the very parameters that the step gives in it: ids that are
    /// not unique are common in descriptions of early versions.
    fn by_path_parameters(&mut self, found: Vec<(usize, Target)>, id: &str, span: Span) -> Option<Target> {
        let given: HashSet<&str> = self.path_parameters.iter().copied().collect();
        let fits = |(source, target): &&(usize, Target)| {
            let (Target::Operation(target), LinkedSource::OpenApi(description)) = (target, self.sources.get(*source))
            else {
                return false;
            };
            let operation = description.operation_at(&target.pointer).found();
            operation.is_some_and(|operation| operation.path().template_names().collect::<HashSet<_>>() == given)
        };
        let fitting: Vec<&(usize, Target)> = found.iter().filter(fits).collect();
        let [(source, target)] = fitting.as_slice() else {
            self.ambiguous_operation(&found, id, span);
            return None;
        };
        let name = &self.document.source_descriptions[*source].name.value;
        let message =
            format!("`{name}` has several operations `{id}`; the one whose path takes the step's parameters is used");
        let target = target.clone();
        self.note(rule::LOOSE_REFERENCE, span, message).help = Some("name the operation by `operationPath`".into());
        Some(target)
    }

    /// `source.operationId`, which is no form of the specification.
    fn dotted_operation(&mut self, sources: &[usize], id: &str, span: Span) -> Option<Target> {
        if let Some((source, operation)) = id.split_once('.')
            && let Some(index) = self.document.source_index(source)
        {
            let message = "the source of an operation is named by a runtime expression";
            let help = format!("write `$sourceDescriptions.{id}`");
            self.note(rule::LOOSE_REFERENCE, span, message).help = Some(help);
            return self.operation_in(index, operation, span);
        }
        let all_loaded = sources.iter().all(|source| self.sources.get(*source).source_type().is_some());
        // without any source that is what is wrong, and it has been said
        if all_loaded && !sources.is_empty() {
            self.unknown_operation(sources, id, span);
        }
        None
    }

    /// The operation of that id in one source.
    fn operation_in(&mut self, source: usize, id: &str, span: Span) -> Option<Target> {
        if self.source_type(source) == Some(SourceType::Arazzo) {
            let name = self.document.source_descriptions[source].name.value.as_str();
            let message = format!("`{name}` is an Arazzo document; it has no operations");
            let help = format!("to run a workflow of it, write `workflowId: $sourceDescriptions.{name}.{id}`");
            self.note(rule::WRONG_SOURCE_TYPE, span, message).help = Some(help);
            return None;
        }
        let mut found = self.lookup(source, id);
        match found.len() {
            0 if self.sources.get(source).source_type().is_none() => None,
            0 => {
                let found = self.operation_ignoring_case(&[source], id, span);
                if found.is_none() {
                    self.unknown_operation(&[source], id, span);
                }
                found
            }
            1 => found.pop(),
            _ => self.by_path_parameters(found.into_iter().map(|target| (source, target)).collect(), id, span),
        }
    }

    /// The only operation whose id differs in case alone: it is used, with a warning.
    fn operation_ignoring_case(&mut self, sources: &[usize], id: &str, span: Span) -> Option<Target> {
        let key = (sources.first().copied().filter(|_| sources.len() == 1), format!("operationId {id}"));
        if !self.found.contains_key(&key) {
            let mut all = Vec::new();
            for source in sources {
                if let LinkedSource::OpenApi(description) = self.sources.get(*source)
                    && self.spend(description.operations().len())
                {
                    all.extend(targets(*source, description.operation_ignoring_case(id)));
                }
            }
            self.found.insert(key.clone(), all);
        }
        let [Target::Operation(target)] = self.found.get(&key)?.as_slice() else { return None };
        let target = target.clone();
        let LinkedSource::OpenApi(description) = self.sources.get(target.source) else { return None };
        let declared = description.operation_at(&target.pointer).found()?;
        let near = near_operation(description, declared.operation_id()?)?;
        let message = format!("there is no operation `{id}`; a run takes `{}`, which differs in case alone", near.name);
        let fix = self.respell(id, &near.name, span);
        let diagnostic = self.note(rule::LOOSE_REFERENCE, span, message);
        diagnostic.help = Some(format!("write `{}`", near.name));
        diagnostic.fix = fix;
        diagnostic.labels.push(near.label);
        Some(Target::Operation(target))
    }

    fn lookup(&self, source: usize, id: &str) -> Found {
        match self.sources.get(source) {
            LinkedSource::OpenApi(description) => targets(source, description.operation(id)),
            LinkedSource::AsyncApi(_, tree) => message::operation(source, tree, id).into_iter().collect(),
            LinkedSource::Arazzo(_) | LinkedSource::Missing => Vec::new(),
        }
    }

    fn operation_at(&mut self, source: usize, pointer: &str, span: Span) -> Option<Target> {
        let description = match (self.sources.get(source), self.source_type(source)) {
            (LinkedSource::OpenApi(description), _) => description,
            (_, Some(SourceType::OpenApi) | None) => return None,
            (_, Some(other)) => {
                let name = &self.document.source_descriptions[source].name.value;
                let message = format!("`{name}` is an `{}` description; it has no paths", other.as_str());
                self.note(rule::WRONG_SOURCE_TYPE, span, message);
                return None;
            }
        };
        let key = (Some(source), pointer.to_owned());
        let found = match self.found.get(&key) {
            Some(found) => found.clone(),
            None => targets(source, description.operation_at(pointer)),
        };
        self.found.insert(key, found.clone());
        match found.as_slice() {
            [] => {
                self.unknown_pointer(source, description, pointer, span);
                None
            }
            [Target::Operation(operation)] => {
                self.path_item_without_method(source, pointer, operation, span);
                found.into_iter().next()
            }
            _ => {
                let message = format!("the path item at `{pointer}` has several operations");
                let help = format!("add the method: `{pointer}/get`");
                self.note(rule::AMBIGUOUS_OPERATION, span, message).help = Some(help);
                None
            }
        }
    }

    /// A pointer that ends at the path item.
    fn path_item_without_method(&mut self, source: usize, pointer: &str, target: &OperationTarget, span: Span) {
        let method = target.pointer.strip_prefix(pointer).filter(|rest| rest.starts_with('/'));
        if let Some(method) = method {
            let name = &self.document.source_descriptions[source].name.value;
            let help = format!("write `'{{$sourceDescriptions.{name}.url}}#{pointer}{method}'`");
            let message = "the path leads to a path item; its only operation is used";
            self.note(rule::LOOSE_REFERENCE, span, message).help = Some(help);
        }
    }

    fn operation_by_path(&mut self, method: &str, path: &str, span: Span) -> Option<Target> {
        let sources: Vec<usize> = self.operation_sources().collect();
        let text = format!("{method} {path}");
        let mut found = Vec::new();
        for source in &sources {
            let LinkedSource::OpenApi(description) = self.sources.get(*source) else { continue };
            let key = (Some(*source), text.clone());
            let here =
                self.found.entry(key).or_insert_with(|| targets(*source, description.operation_by_path(method, path)));
            found.extend(here.iter().cloned().map(|target| (*source, target)));
        }
        let all_loaded = sources.iter().all(|source| self.sources.get(*source).source_type().is_some());
        match found.len() {
            0 if all_loaded => {
                let message = format!("no source describes the operation `{} {path}`", method.to_uppercase());
                self.note(rule::UNKNOWN_OPERATION, span, message);
                None
            }
            0 => None,
            1 => found.pop().map(|(_, target)| target),
            _ => {
                self.ambiguous_operation(&found, &text, span);
                None
            }
        }
    }
}

fn targets(source: usize, found: Lookup<'_>) -> Found {
    let target = |operation: Operation<'_>| {
        Target::Operation(OperationTarget { source, pointer: operation.pointer().to_owned() })
    };
    match found {
        Lookup::Found(operation) => vec![target(operation)],
        Lookup::Several(operations) => operations.into_iter().map(target).collect(),
        Lookup::Missing => Vec::new(),
    }
}
