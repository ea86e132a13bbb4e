//! Selector Objects to values.

use arras_doc::expression::{Selector, SelectorLanguage};
use arras_doc::jsonpath::parse_query;
use arras_doc::value::Value;
use arras_doc::xpath::{self, Version};

use crate::criterion::EvaluationError;
use crate::resolve::Resolve;
use crate::{jsonpath, xml};

/// What a Selector Object selects: of a JSONPath no node is no value, one its value, several an array; of an XPath
/// a string, number or boolean is that, and nodes are their texts, as those of a JSONPath their values.
///
/// # Errors
/// If the query is wrong, takes too many steps, or is of a language that is not supported here; if an XPath's context is no XML.
pub fn select(selector: &Selector, scope: &dyn Resolve) -> Result<Option<Value>, EvaluationError> {
    let query = selector.selector.value.as_str();
    let wrong = |error: &dyn std::fmt::Display| EvaluationError::new(format!("`{query}`: {error}"));
    if let Some(version) = Version::of(selector.language) {
        let Some(context) = scope.resolve(&selector.context) else { return Ok(None) };
        let parsed = xpath::parse(query, version).map_err(|error| wrong(&error))?;
        let text = crate::criterion::xpath::xml_text(&context)?;
        let document = xml::parse(text).map_err(|error| wrong(&format!("the context is no XML: {error}")))?;
        let worth = crate::xpath::evaluate(&parsed, &document, &[]).map_err(|error| wrong(&error))?;
        return Ok(worth.to_value(&document));
    }
    let Some(context) = scope.structure(&selector.context)? else { return Ok(None) };
    match selector.language {
        SelectorLanguage::JsonPointer => match arras_doc::pointer::tokens(query) {
            Some(_) => Ok(context.at(query).cloned()),
            None => Err(EvaluationError::new(format!("`{query}` is no JSON Pointer"))),
        },
        SelectorLanguage::JsonPath => {
            let parsed = parse_query(query).map_err(|error| wrong(&error))?;
            let nodes = jsonpath::select(&parsed, &context).map_err(|error| EvaluationError::new(error.to_string()))?;
            Ok(match nodes.as_slice() {
                [] => None,
                [node] => Some((*node).clone()),
                nodes => Some(Value::Array(nodes.iter().map(|node| (*node).clone()).collect())),
            })
        }
        language => Err(EvaluationError::new(format!("selectors of the language {language:?} are not supported"))),
    }
}
