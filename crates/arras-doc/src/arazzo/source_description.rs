//! The Source Description Object: a description that the workflows refer to by name.

use crate::node::NodeRef;
use crate::rule;
use crate::span::Spanned;
use crate::uri::without_user;

use super::reader::{Reader, Shape, field};
use super::{Extension, Version, foreign, uri};

/// A Source Description Object (ARZ-SRC).
#[derive(Clone, Debug)]
pub struct SourceDescription {
    /// The name that expressions use; empty if the document gives none.
    pub name: Spanned<String>,
    /// Where it is, as written: a URI reference.
    pub url: Spanned<String>,
    /// What it is; `None` if the loaded text has to tell.
    pub source_type: Option<Spanned<SourceType>>,
    /// Its extensions.
    pub extensions: Vec<Extension>,
    /// `x-serverUrl`: the server in place of the description's.
    pub server_url: Option<Spanned<String>>,
    /// The text of the description itself, of the source that `x-operation` steps make up.
    pub described: Option<String>,
}

/// What a source description describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceType {
    /// An OpenAPI description.
    OpenApi,
    /// Another Arazzo description.
    Arazzo,
    /// An AsyncAPI description (1.1).
    AsyncApi,
}

impl SourceType {
    /// The specification's word.
    pub fn as_str(self) -> &'static str {
        match self {
            SourceType::OpenApi => "openapi",
            SourceType::Arazzo => "arazzo",
            SourceType::AsyncApi => "asyncapi",
        }
    }

    /// What a text with these root fields is: `openapi`, `swagger`, `asyncapi` or `arazzo`.
    pub fn detect(root: NodeRef<'_>) -> Option<SourceType> {
        let has = |name| root.get(name).is_some();
        if has("openapi") || has("swagger") {
            return Some(SourceType::OpenApi);
        }
        if has("arazzo") {
            return Some(SourceType::Arazzo);
        }
        has("asyncapi").then_some(SourceType::AsyncApi)
    }
}

const SHAPE: Shape =
    Shape { name: "source description", fields: &[field("name"), field("url"), field("type")], extensions: true };

const TYPES: &[(&str, SourceType)] =
    &[("openapi", SourceType::OpenApi), ("arazzo", SourceType::Arazzo), ("asyncapi", SourceType::AsyncApi)];

pub(super) fn read<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>) -> Option<SourceDescription> {
    let fields = reader.object(node, &SHAPE)?;
    let name = fields.required_text(reader, "name");
    reader.referable("source description name", &name);
    let url = fields.required_text(reader, "url");
    check_url(reader, &url);
    let source_type = fields.choice(reader, "type", TYPES);
    if let Some(source_type) = &source_type
        && source_type.value == SourceType::AsyncApi
        && reader.version < Version::V1_1
    {
        reader.newer(source_type.span, "a source description of the type `asyncapi`");
    }
    let server_url = foreign::server_url(reader, &fields);
    Some(SourceDescription { name, url, source_type, extensions: fields.extensions(), server_url, described: None })
}

/// A URL is written, not computed (ARZ-URI-19); strange characters may still load (ARZ-SRC-03).
fn check_url(reader: &mut Reader<'_>, url: &Spanned<String>) {
    if url.is_empty() {
        return;
    }
    if url.starts_with('$') || url.contains("{$") {
        let message = format!("`url` can't be the runtime expression `{}`", url.value);
        reader.note_help(rule::INVALID_VALUE, url.span, message, "write the URL or the path of the file");
    } else if let Some((document, _)) = url.split_once('#') {
        let message = format!("`{}` names a part of a document; the whole of it is read", url.value);
        let help = match document {
            "" => "write the URL or the path of the file".to_owned(),
            document => format!("write `{document}`"),
        };
        reader.note_help(rule::LOOSE_FIELD, url.span, message, help);
    } else if let Some(problem) = uri::problem(url) {
        let message = format!("`{}` is no valid URI reference", without_user(&url.value));
        reader.note_help(rule::LOOSE_FIELD, url.span, message, problem);
    }
}
