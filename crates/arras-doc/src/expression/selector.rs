//! Selector Objects (1.1): a context expression and a JSONPath, XPath or JSON Pointer into its value.

use super::ast::Expression;
use super::check::{Grammar, check};
use crate::diagnostic::Diagnostics;
use crate::node::NodeRef;
use crate::source::SourceId;
use crate::span::{Span, Spanned};

/// A Selector Object (ARZ-SEL-01 … ARZ-SEL-07).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The expression whose value is selected in.
    pub context: Spanned<Expression>,
    /// The query.
    pub selector: Spanned<String>,
    /// The language of the query.
    pub language: SelectorLanguage,
    /// The whole object.
    pub span: Span,
}

/// A language of queries and its version (ARZ-ETYPE-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SelectorLanguage {
    /// `jsonpath`, or its version `rfc9535`
    JsonPath,
    /// `jsonpath` of version `draft-goessner-dispatch-jsonpath-00`
    JsonPathDraft,
    /// `xpath`, or its version `xpath-31`
    XPath31,
    /// `xpath` of version `xpath-30`
    XPath30,
    /// `xpath` of version `xpath-20`
    XPath20,
    /// `xpath` of version `xpath-10`
    XPath10,
    /// `jsonpointer`, or its version `rfc6901`
    JsonPointer,
}

impl SelectorLanguage {
    /// The language that a `type` and a `version` name, the version's default where there is none.
    pub fn find(kind: &str, version: Option<&str>) -> Option<SelectorLanguage> {
        Some(match (kind, version) {
            ("jsonpath", None | Some("rfc9535")) => SelectorLanguage::JsonPath,
            ("jsonpath", Some("draft-goessner-dispatch-jsonpath-00")) => SelectorLanguage::JsonPathDraft,
            ("xpath", None | Some("xpath-31")) => SelectorLanguage::XPath31,
            ("xpath", Some("xpath-30")) => SelectorLanguage::XPath30,
            ("xpath", Some("xpath-20")) => SelectorLanguage::XPath20,
            ("xpath", Some("xpath-10")) => SelectorLanguage::XPath10,
            ("jsonpointer", None | Some("rfc6901")) => SelectorLanguage::JsonPointer,
            _ => return None,
        })
    }
}

impl Selector {
    /// Reads a mapping as a Selector Object; `None` if it is a literal object.
    ///
    /// `declared` gives the expressions that the document's own names make of texts, before the grammar is asked.
    pub(super) fn read(
        node: NodeRef<'_>,
        source: SourceId,
        declared: &dyn Fn(&str) -> Option<Expression>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Selector> {
        let known = |key: &str| matches!(key, "context" | "selector" | "type") || key.starts_with("x-");
        if !node.is_mapping() || !node.entries().all(|(key, _)| known(key.key())) {
            return None;
        }
        let context = node.get("context")?;
        let selector = node.get("selector")?;
        let language = language(node.get("type")?)?;
        let text = context.as_str()?;
        let expression = declared(text).map_or_else(|| Expression::parse(text), Ok).ok()?;
        let selector = Spanned::new(selector.as_str()?.to_owned(), selector.span());
        let context_span = context.subspan(0, expression.text.len());
        diagnostics.extend(check(&expression, Grammar::V1_1, source, context_span));
        Some(Selector { context: Spanned::new(expression, context_span), selector, language, span: node.span() })
    }
}

/// A type string, or an Expression Type Object, whose version may be missing (ARZ-ETYPE-02).
fn language(node: NodeRef<'_>) -> Option<SelectorLanguage> {
    if let Some(kind) = node.as_str() {
        return SelectorLanguage::find(kind, None);
    }
    let version = match node.get("version") {
        Some(version) => Some(version.as_str()?),
        None => None,
    };
    SelectorLanguage::find(node.get("type")?.as_str()?, version)
}
