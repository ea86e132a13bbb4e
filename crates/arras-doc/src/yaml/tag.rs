//! Tags: only those of the JSON schema mean something here (ARZ-DOC-06).

use granit_parser::Tag;

use super::scalar::{self, Resolved, Spelling};
use crate::diagnostic::Diagnostic;
use crate::node::Container;
use crate::read::Findings;
use crate::rule;
use crate::span::Span;

/// A tag of the JSON schema, or `!`, which only says that a scalar is not to be resolved.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Null,
    Bool,
    Int,
    Float,
    Str,
    Seq,
    Map,
    NonSpecific,
}

fn known(tag: &Tag) -> Option<Known> {
    if tag.handle().is_empty() && tag.suffix() == "!" {
        return Some(Known::NonSpecific);
    }
    Some(match tag.core_suffix()? {
        "null" => Known::Null,
        "bool" => Known::Bool,
        "int" => Known::Int,
        "float" => Known::Float,
        "str" => Known::Str,
        "seq" => Known::Seq,
        "map" => Known::Map,
        _ => return None,
    })
}

/// The value of a tagged scalar; `plain` tells an unquoted one. A tag that has no place here is
/// reported, and the scalar read as if it had none.
pub(super) fn resolve(tag: &Tag, text: &str, plain: bool, span: Span, findings: &mut Findings) -> Resolved {
    let untagged = || if plain { scalar::resolve(text) } else { (Resolved::Text, Spelling::Plain) };
    let Some(kind) = known(tag) else {
        unsupported(tag, span, findings);
        return untagged().0;
    };
    let (resolved, _) = scalar::resolve(text);
    let fits = match (kind, &resolved) {
        (Known::Str | Known::NonSpecific, _) => return Resolved::Text,
        (Known::Null, Resolved::Null) | (Known::Bool, Resolved::Bool(_)) | (Known::Float, Resolved::Number(_)) => true,
        (Known::Int, Resolved::Number(json)) => !json.as_deref().unwrap_or(text).contains(['.', 'e', 'E']),
        _ => false,
    };
    if fits {
        return resolved;
    }
    mismatch(tag, &format!("`{text}`"), span, findings);
    untagged().0
}

/// Reports a collection's tag that is not its own.
pub(super) fn check(tag: &Tag, container: Container, span: Span, findings: &mut Findings) {
    match (known(tag), container) {
        (None, _) => unsupported(tag, span, findings),
        (Some(Known::NonSpecific), _)
        | (Some(Known::Seq), Container::Sequence)
        | (Some(Known::Map), Container::Mapping) => {}
        (Some(_), Container::Sequence) => mismatch(tag, "a sequence", span, findings),
        (Some(_), Container::Mapping) => mismatch(tag, "a mapping", span, findings),
    }
}

fn unsupported(tag: &Tag, span: Span, findings: &mut Findings) {
    let found = Diagnostic::new(rule::UNSUPPORTED_TAG, format!("the tag `{}` is not one of JSON's", tag.original()));
    let help = "leave it out, or quote the text if it is none; only `!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!seq` and \
                `!!map` may be used";
    findings.push(found.at(findings.source(), span).help(help));
}

fn mismatch(tag: &Tag, what: &str, span: Span, findings: &mut Findings) {
    let found = Diagnostic::new(rule::UNSUPPORTED_TAG, format!("the tag `{}` does not fit {what}", tag.original()));
    findings.push(found.at(findings.source(), span).help("leave the tag out, or change the value"));
}
