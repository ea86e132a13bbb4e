//! The replacements of the plan, their targets parsed once.

use arras_doc::arazzo;
use arras_doc::expression::SelectorLanguage;
use arras_doc::jsonpath;
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
        SelectorLanguage::JsonPath | SelectorLanguage::JsonPathDraft => {
            jsonpath::parse_query(text).map(ReplacementTarget::JsonPath)
        }
        other => xpath::parse(text, Version::of(other).unwrap_or(Version::V3_1)).map(ReplacementTarget::XPath),
    }
}
