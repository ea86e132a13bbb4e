//! Criteria of type `xpath`: an XPath over XML text and its effective boolean value (ARZ-XPATH).

mod evidence;
mod hint;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use arras_doc::expression::Expression;
use arras_doc::span::{Span, Spanned};
use arras_doc::syntax::SyntaxError;
use arras_doc::value::Value;
use arras_doc::xpath::{self, Prepared, Version, XPath};
use roxmltree::Document;

use super::{EvaluationError, Judgement, Reading};
use crate::plan::Strictness;
use crate::resolve::Resolve;
use crate::xml;
use crate::xpath::Machine;
#[cfg(feature = "xpath31")]
use crate::xpath31::Query;
use evidence::Recorder;

/// The condition of an `xpath` criterion.
#[derive(Clone, Debug, PartialEq)]
pub struct XPathCondition {
    text: String,
    version: Version,
    prepared: Ready,
    strictness: Strictness,
}

/// A condition, ready for the engine that evaluates it.
#[derive(Clone, Debug, PartialEq)]
enum Ready {
    /// What all versions share.
    Shared(Prepared),
    /// What only newer ones have.
    #[cfg(feature = "xpath31")]
    Newer(Query, Vec<Spanned<Expression>>),
}

impl XPathCondition {
    /// Reads a condition, once for all its evaluations.
    ///
    /// ```
    /// use std::borrow::Cow;
    /// use arras_doc::{expression::Expression, value::Value, xpath::Version};
    /// use arras_run::{criterion::XPathCondition, resolve::Resolve};
    ///
    /// struct Nothing;
    /// impl Resolve for Nothing {
    ///     fn resolve(&self, _: &Expression) -> Option<Cow<'_, Value>> {
    ///         None
    ///     }
    /// }
    /// let condition = XPathCondition::parse("//status = 'CREATED'", Version::V3_1)?;
    /// let context = Value::from("<job><status>FAILED</status></job>");
    /// let judgement = condition.evaluate(Some(&context), &Nothing)?;
    /// assert!(!judgement.satisfied);
    /// assert_eq!(judgement.evidence[0].expression, "//status");
    /// assert_eq!(judgement.evidence[0].value, Some(Value::from("FAILED")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If it can't be parsed, whatever values it embeds, or means something in that version that it does not in XPath 1.0
    /// (A-31).
    pub fn parse(text: &str, version: Version) -> Result<XPathCondition, SyntaxError> {
        let prepared = match xpath::prepare(text, version) {
            #[cfg(feature = "xpath31")]
            Err(_) if version > Version::V1_0 => {
                let query = Query::parse(text)?;
                let expressions = query.expressions().cloned().collect();
                Ready::Newer(query, expressions)
            }
            prepared => Ready::Shared(prepared?),
        };
        Ok(XPathCondition { text: text.to_owned(), version, prepared, strictness: Strictness::Tolerant })
    }

    /// The same condition, whose embedded values must be there, and be numbers outside of quotes, if nothing is tolerated
    /// (A-06).
    #[must_use]
    pub fn with_strictness(self, strictness: Strictness) -> XPathCondition {
        XPathCondition { strictness, ..self }
    }

    /// The condition as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The runtime expressions that it embeds, with their bytes in the condition's text.
    pub fn expressions(&self) -> &[Spanned<Expression>] {
        match &self.prepared {
            Ready::Shared(prepared) => prepared.expressions(),
            #[cfg(feature = "xpath31")]
            Ready::Newer(_, expressions) => expressions,
        }
    }

    /// Whether the XML text satisfies it, with evidence. A `null` or absent context never does (ARZ-XPATH-04).
    ///
    /// # Errors
    /// If the context is no XML text (ARZ-XPATH-05), a prefix is not declared, an embedded value doesn't fit its place, or
    /// it takes too many steps.
    pub fn evaluate(&self, context: Option<&Value>, scope: &dyn Resolve) -> Result<Judgement, EvaluationError> {
        let mut recorder = Recorder::new(&self.text);
        let Some(context) = context.filter(|context| !context.is_null()) else {
            recorder.null_context();
            return Ok(Judgement {
                satisfied: false,
                reading: Reading::Plain,
                evidence: recorder.entries,
                warnings: Vec::new(),
            });
        };
        let text = xml_text(context)?;
        let document = xml::parse(text).map_err(|error| EvaluationError {
            message: format!("the context is no XML: {error}"),
            span: None,
            help: Some("an `xpath` criterion needs XML; for JSON use `jsonpath` or a simple condition".to_owned()),
        })?;
        let resolved: Vec<_> = self.expressions().iter().map(|expression| scope.resolve(expression)).collect();
        let values: Vec<Option<Value>> = resolved.into_iter().map(|value| value.map(Cow::into_owned)).collect();
        let mut warnings = Vec::new();
        for (expression, value) in self.expressions().iter().zip(&values) {
            recorder.embedded(expression, value.as_ref());
            if value.is_none() {
                let text = &expression.text;
                if self.strictness == Strictness::Strict {
                    let error = EvaluationError::new(format!("`{text}` has no value"));
                    return Err(EvaluationError { span: Some(expression.span), ..error });
                }
                warnings.push(format!("`{text}` has no value and is taken for an empty string"));
            }
        }
        let whole;
        let (xpath, values) = match &self.prepared {
            Ready::Shared(Prepared::Expression(xpath)) => (xpath, values.as_slice()),
            Ready::Shared(Prepared::Whole(expression)) => {
                let value = values.first().and_then(Option::as_ref);
                #[cfg(feature = "xpath31")]
                if let Some(query) = self.newer(value) {
                    return judge_newer(&query, &[], text, recorder, warnings);
                }
                whole = self.whole(expression, value)?;
                recorder.is_whole = true;
                (&whole, [].as_slice())
            }
            #[cfg(feature = "xpath31")]
            Ready::Newer(query, _) => return judge_newer(query, &values, text, recorder, warnings),
        };
        for expression in loose(xpath, values) {
            let outside = format!("the value of `{}` stands outside quotes", expression.text);
            if self.strictness == Strictness::Strict {
                let error = EvaluationError::new(format!("{outside} and is no number"));
                return Err(EvaluationError { span: Some(expression.span), ..error });
            }
            warnings.push(format!("{outside} and is taken for a string"));
        }
        let satisfied = judge(xpath, &document, values, &mut recorder)?;
        warnings.extend(hint::namespaces(xpath, &document, recorder.is_missing));
        Ok(Judgement { satisfied, reading: Reading::Plain, evidence: recorder.entries, warnings })
    }

    /// The value of the one expression that the condition consists of, if only newer versions can read it.
    #[cfg(feature = "xpath31")]
    fn newer(&self, value: Option<&Value>) -> Option<Query> {
        let text = value.map(Value::to_text).unwrap_or_default();
        let newer = self.version > Version::V1_0 && xpath::parse(&text, self.version).is_err();
        newer.then(|| Query::parse(&text).ok())?
    }

    /// The value of the one expression that the condition consists of, read as a condition.
    fn whole(&self, expression: &Spanned<Expression>, value: Option<&Value>) -> Result<XPath, EvaluationError> {
        let text = value.map(Value::to_text).unwrap_or_default();
        xpath::parse(&text, self.version).map_err(|error| EvaluationError {
            message: format!("the value of `{}` is no XPath: {error}", expression.text),
            span: Some(Span::new(0, self.text.len())),
            help: error.help,
        })
    }
}

#[cfg(feature = "xpath31")]
fn judge_newer(
    query: &Query,
    values: &[Option<Value>],
    text: &str,
    mut recorder: Recorder<'_>,
    warnings: Vec<String>,
) -> Result<Judgement, EvaluationError> {
    let found = query.evaluate(values, text)?;
    let satisfied = found.holds.map_err(EvaluationError::new)?;
    recorder.whole(found.value.as_ref(), satisfied);
    Ok(Judgement { satisfied, reading: Reading::Plain, evidence: recorder.entries, warnings })
}

/// The XML text that a context is.
pub(crate) fn xml_text(context: &Value) -> Result<&str, EvaluationError> {
    context.as_str().ok_or_else(|| EvaluationError {
        message: format!("the context is {}, not XML text", context.kind_name()),
        span: None,
        help: Some("use `jsonpath`, or a simple condition such as `$response.body#/status == 'x'`".to_owned()),
    })
}

fn judge(
    xpath: &XPath,
    document: &Document<'_>,
    values: &[Option<Value>],
    recorder: &mut Recorder<'_>,
) -> Result<bool, EvaluationError> {
    let mut machine = Machine::new(xpath, document, values)?;
    let satisfied = machine.whole(&mut recorder.watch(document))?.holds();
    if !satisfied {
        evidence::refused(xpath, &mut machine, recorder)?;
    }
    Ok(satisfied)
}

/// The expressions whose values are strings and stand where numbers may, outside of quotes (A-06).
fn loose<'x>(xpath: &'x XPath, values: &[Option<Value>]) -> impl Iterator<Item = &'x Spanned<Expression>> {
    let is_text = |slot: &&usize| match values.get(**slot) {
        Some(Some(value)) => {
            !matches!(value, Value::Bool(_) | Value::Number(_)) && !crate::xpath::is_number(&value.to_text())
        }
        _ => false,
    };
    xpath.bare.iter().filter(is_text).filter_map(|slot| xpath.embedded.get(*slot))
}
