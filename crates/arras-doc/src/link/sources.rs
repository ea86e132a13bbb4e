//! What the source descriptions of a document turned out to be.

use std::sync::Arc;

use crate::arazzo::{Document, SourceType};
use crate::diagnostic::Diagnostic;
use crate::node::Tree;
use crate::openapi;
use crate::rule;
use crate::source::SourceId;

use super::WorkflowTarget;
use super::linker::Linker;

/// A loaded source description.
#[derive(Clone, Debug, Default)]
pub enum LinkedSource {
    /// An OpenAPI description.
    OpenApi(Arc<openapi::Description>),
    /// Another Arazzo description.
    Arazzo(Arc<Document>),
    /// An AsyncAPI description, as its text and tree.
    AsyncApi(SourceId, Arc<Tree>),
    /// It could not be loaded; the loader has said why.
    #[default]
    Missing,
}

impl LinkedSource {
    /// What it is; `None` if it is missing.
    pub fn source_type(&self) -> Option<SourceType> {
        match self {
            LinkedSource::OpenApi(_) => Some(SourceType::OpenApi),
            LinkedSource::Arazzo(_) => Some(SourceType::Arazzo),
            LinkedSource::AsyncApi(..) => Some(SourceType::AsyncApi),
            LinkedSource::Missing => None,
        }
    }
}

/// The loaded sources of a document, in the order of its `sourceDescriptions`; those beyond the end are missing.
#[derive(Clone, Debug, Default)]
pub struct LinkedSources {
    all: Vec<LinkedSource>,
}

impl FromIterator<LinkedSource> for LinkedSources {
    fn from_iter<I: IntoIterator<Item = LinkedSource>>(sources: I) -> LinkedSources {
        LinkedSources { all: sources.into_iter().collect() }
    }
}

impl LinkedSources {
    /// The source at an index of `sourceDescriptions`.
    pub fn get(&self, index: usize) -> &LinkedSource {
        self.all.get(index).unwrap_or(&LinkedSource::Missing)
    }

    /// The description that has a workflow to which `document`, whose sources these are, refers.
    pub(crate) fn document_of<'d>(&'d self, document: &'d Document, target: WorkflowTarget) -> Option<&'d Document> {
        match target.source.map(|source| self.get(source)) {
            None => Some(document),
            Some(LinkedSource::Arazzo(other)) => Some(other),
            Some(_) => None,
        }
    }
}

impl Linker<'_> {
    /// What a source is: what was loaded, else what the document says.
    pub(super) fn source_type(&self, index: usize) -> Option<SourceType> {
        let declared = self.document.source_descriptions.get(index).and_then(|source| source.source_type.as_ref());
        self.sources.get(index).source_type().or_else(|| declared.map(|declared| declared.value))
    }

    /// The indices of the sources that describe operations, or may; what `x-operation` describes nobody names.
    pub(super) fn operation_sources(&self) -> impl Iterator<Item = usize> + use<'_> {
        let all = self.document.source_descriptions.iter().enumerate().filter(|(_, source)| source.described.is_none());
        all.map(|(index, _)| index).filter(|index| self.source_type(*index) != Some(SourceType::Arazzo))
    }

    /// A declared type agrees with what was loaded (ARZ-SRC-09).
    pub(super) fn check_source_types(&mut self) {
        for (index, source) in self.document.source_descriptions.iter().enumerate() {
            let (Some(declared), Some(loaded)) = (&source.source_type, self.sources.get(index).source_type()) else {
                continue;
            };
            // without a URL it is the document itself, which nobody meant
            if declared.value != loaded && !source.url.is_empty() {
                let (declared_as, is) = (declared.value.as_str(), loaded.as_str());
                let message = format!("`{}` is declared as `{declared_as}`, but it is `{is}`", source.name.value);
                let diagnostic = Diagnostic::new(rule::WRONG_SOURCE_TYPE, message);
                let help = format!("write `type: {is}`, or another `url`");
                self.diagnostics.push(diagnostic.at(self.document.source, declared.span).help(help));
            }
        }
    }
}
