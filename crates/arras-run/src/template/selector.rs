//! Selector Objects to values.

use arras_doc::expression::{Selector, SelectorLanguage};
use arras_doc::jsonpath::{Form, Mode, Query, parse_condition, parse_query};
use arras_doc::value::Value;
use arras_doc::xpath::{self, Version};

use crate::criterion::EvaluationError;
use crate::resolve::Resolve;
use crate::{jsonpath, xml};

/// What a Selector Object selects: of a JSONPath no node is no value, one its value, several an array; of an XPath
/// a string, number or boolean is that, and nodes are their texts, as those of a JSONPath their values.
///
/// # Errors
/// If the context is no object or array (ARZ-SEL-01) and no XML for an XPath, or the query is wrong or takes too many
/// steps.
pub fn select(selector: &Selector, scope: &dyn Resolve) -> Result<Option<Value>, EvaluationError> {
    let text = selector.selector.value.as_str();
    let wrong = |error: &dyn std::fmt::Display| EvaluationError::new(format!("the selector `{text}`: {error}"));
    if let Some(version) = Version::of(selector.language) {
        let Some(context) = scope.resolve(&selector.context) else { return Ok(None) };
        let xml_text = crate::criterion::xpath::xml_text(&context)?;
        let parsed = match xpath::parse(text, version) {
            #[cfg(feature = "xpath31")]
            Err(_) if version > Version::V1_0 => {
                let query = crate::xpath31::Query::parse(text).map_err(|error| wrong(&error))?;
                return query.evaluate(&[], xml_text).map(|found| found.value).map_err(|error| wrong(&error));
            }
            parsed => parsed.map_err(|error| wrong(&error))?,
        };
        let document = xml::parse(xml_text).map_err(|error| wrong(&format!("the context is no XML: {error}")))?;
        let worth = crate::xpath::evaluate(&parsed, &document, &[]).map_err(|error| wrong(&error))?;
        return Ok(worth.to_value(&document));
    }
    let Some(context) = scope.structure(&selector.context)? else { return Ok(None) };
    if !context.is_structure() {
        let (kind, expression) = (context.kind_name(), &selector.context.value);
        let message = format!("the selector `{text}` can't select in {kind}, which `{expression}` is");
        return Err(EvaluationError::new(message));
    }
    match selector.language {
        SelectorLanguage::JsonPointer => match arras_doc::pointer::tokens(text) {
            Some(_) => Ok(context.at(text).cloned()),
            None => Err(EvaluationError::new(format!("the selector `{text}` is no JSON Pointer"))),
        },
        SelectorLanguage::JsonPath | SelectorLanguage::JsonPathDraft => {
            let query = query(text, selector.language)?;
            let nodes = jsonpath::select(&query, &context)
                .map_err(|error| EvaluationError::new(format!("the selector `{text}`: {error}")))?;
            Ok(match nodes.as_slice() {
                [] => None,
                [node] => Some((*node).clone()),
                nodes => Some(Value::Array(nodes.iter().map(|node| (*node).clone()).collect())),
            })
        }
        _ => Err(EvaluationError::new(format!("the selector `{text}` is of a language that is not supported"))),
    }
}

fn query(text: &str, language: SelectorLanguage) -> Result<Query, EvaluationError> {
    let wrong = |message: String| EvaluationError::new(format!("the selector `{text}` is wrong: {message}"));
    let strict = parse_query(text);
    if let Ok(query) = strict {
        return Ok(query);
    }
    let mode = if language == SelectorLanguage::JsonPathDraft { Mode::Draft } else { Mode::Lenient };
    match parse_condition(text, mode).map_err(|error| wrong(error.message))?.form {
        Form::Query(query) => Ok(query),
        Form::Logical(_) => Err(wrong("it is a comparison and selects nothing".to_owned())),
    }
}
