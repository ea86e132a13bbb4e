//! A criterion, parsed once.

use arras_doc::expression::Expression;

use crate::criterion::{JsonPathCondition, RegexCondition, SimpleCondition, XPathCondition};
use crate::place::{Place, TextPlace};

/// A criterion of a step or an action.
#[derive(Clone, Debug)]
pub struct Criterion {
    /// The condition as written.
    pub condition: String,
    /// What it is applied to; needed by all but simple conditions (ARZ-CRIT-03).
    pub context: Option<Box<Expression>>,
    /// How it is judged.
    pub test: Test,
    /// Where the condition stands.
    pub place: TextPlace,
    /// Where the context stands.
    pub context_place: Option<Place>,
}

/// How a criterion is judged.
#[derive(Clone, Debug)]
pub enum Test {
    /// `simple`
    Simple(SimpleCondition),
    /// `regex`
    Regex(Box<RegexCondition>),
    /// `jsonpath`
    JsonPath(Box<JsonPathCondition>),
    /// `xpath`
    XPath(Box<XPathCondition>),
}

impl Test {
    /// The name of the criterion's type.
    pub fn name(&self) -> &'static str {
        match self {
            Test::Simple(_) => "simple",
            Test::Regex(_) => "regex",
            Test::JsonPath(_) => "jsonpath",
            Test::XPath(_) => "xpath",
        }
    }

    /// The runtime expressions that the condition reads.
    pub fn expressions(&self) -> Vec<&Expression> {
        match self {
            Test::Simple(condition) => condition.expressions().collect(),
            Test::Regex(condition) => condition.expressions().map(|expression| &expression.value).collect(),
            Test::JsonPath(condition) => condition.expressions().collect(),
            Test::XPath(condition) => condition.expressions().iter().map(|expression| &expression.value).collect(),
        }
    }
}
