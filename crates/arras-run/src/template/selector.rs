//! Selector Objects to values.

use arras_doc::expression::{Selector, SelectorLanguage};
use arras_doc::jsonpath::parse_query;
use arras_doc::value::Value;

use crate::criterion::EvaluationError;
use crate::jsonpath;
use crate::resolve::Resolve;

/// What a Selector Object selects: of a JSONPath no node is no value, one its value, several an array.
///
/// # Errors
/// If the query is wrong, takes too many steps, or is of a language that is not supported here.
pub fn select(selector: &Selector, scope: &dyn Resolve) -> Result<Option<Value>, EvaluationError> {
    let Some(context) = scope.resolve(&selector.context) else { return Ok(None) };
    let query = selector.selector.value.as_str();
    match selector.language {
        SelectorLanguage::JsonPointer => match arras_doc::pointer::tokens(query) {
            Some(_) => Ok(context.at(query).cloned()),
            None => Err(EvaluationError::new(format!("`{query}` is no JSON Pointer"))),
        },
        SelectorLanguage::JsonPath => {
            let parsed = parse_query(query).map_err(|error| EvaluationError::new(format!("`{query}`: {error}")))?;
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
