//! The replacements of the plan, their targets parsed once.

use arras_doc::arazzo;
use arras_doc::expression::SelectorLanguage;
use arras_doc::jsonpath::{self, Form, Mode, Query};
use arras_doc::rule;
use arras_doc::syntax::SyntaxError;
use arras_doc::xpath::{self, Version};

use super::{Builder, Key};
use crate::plan::{Replacement, ReplacementTarget};

impl Builder<'_, '_> {
    /// `None` for one that can't be carried out, which is an error.
    pub(super) fn replacement(&mut self, key: Key, replacement: &arazzo::PayloadReplacement) -> Option<Replacement> {
        let place = self.place(key.document, replacement.target.span);
        let text = replacement.target.value.as_str();
        match target(text, replacement.target_type.as_ref().map(|language| language.value)) {
            Ok(target) => {
                let value = self.value(key, &replacement.value.as_ref()?.template);
                Some(Replacement { target, text: text.to_owned(), value, place })
            }
            Err(error) => {
                let message = format!("the replacement's target `{text}`: {error}");
                self.error(rule::INVALID_SELECTOR, place, message, &error.help.unwrap_or_default());
                None
            }
        }
    }
}

/// Without a type the payload decides (ARZ-REPL-04 to ARZ-REPL-06): `/a/b` is a JSON Pointer and an XPath.
fn target(text: &str, language: Option<SelectorLanguage>) -> Result<ReplacementTarget, SyntaxError> {
    let Some(language) = language else {
        return Ok(ReplacementTarget::Inferred(xpath::parse(text, Version::V3_1)));
    };
    match language {
        SelectorLanguage::JsonPointer => Ok(ReplacementTarget::Pointer),
        SelectorLanguage::JsonPath => query(text, Mode::Lenient).map(ReplacementTarget::JsonPath),
        SelectorLanguage::JsonPathDraft => query(text, Mode::Draft).map(ReplacementTarget::JsonPath),
        other => xpath::parse(text, Version::of(other).unwrap_or(Version::V3_1)).map(ReplacementTarget::XPath),
    }
}

/// A JSONPath that stands by itself, in the spellings that reading the document has warned of or not.
fn query(text: &str, mode: Mode) -> Result<Query, SyntaxError> {
    let condition = jsonpath::parse_condition(text, mode)?;
    match condition.form {
        Form::Query(query) if condition.expressions.is_empty() => Ok(query),
        _ => Err(SyntaxError::new("it is no query by itself", 0..text.len())),
    }
}
