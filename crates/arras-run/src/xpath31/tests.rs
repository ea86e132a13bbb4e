//! What the newer versions have and XPath 1.0 has not.

use std::borrow::Cow;

use arras_doc::xpath::Version;
use serde_json::json;

use super::*;
use crate::criterion::XPathCondition;
use crate::resolve::Resolve;

const PETS: &str =
    "<pets xmlns:p='urn:p'><pet id='1'><name>Tom</name></pet><pet id='2'><name>it's</name></pet><p:x>7</p:x></pets>";

struct Inputs(serde_json::Value);

impl Resolve for Inputs {
    fn resolve(&self, expression: &Expression) -> Option<Cow<'_, Value>> {
        Some(Cow::Owned(Value::from(self.0.get(expression.path.name.as_str())?.clone())))
    }
}

fn judged(text: &str) -> Result<(bool, Option<Value>), String> {
    let inputs = json!({"name": "it's", "id": 2, "digits": "2", "yes": true, "element": "pet", "path": "some $n in //name satisfies $n = 'Tom'"});
    let condition = XPathCondition::parse(text, Version::V3_1).map_err(|error| error.message)?;
    let judged = condition.evaluate(Some(&Value::from(PETS)), &Inputs(inputs)).map_err(|error| error.message)?;
    Ok((judged.satisfied, judged.evidence.last().and_then(|entry| entry.value.clone())))
}

/// ARZ-XPATH-01, ARZ-XPATH-02, ARZ-XPATH-03, ARZ-ETYPE-05, A-31
#[test]
fn newer_expressions_are_judged() {
    for (text, expected) in [
        ("some $n in //name satisfies $n = 'Tom'", true),
        ("every $n in //name satisfies $n = 'Tom'", false),
        ("//pet[matches(name, '^T.m$')]", true),
        ("sum(//pet/@id) = 3", true),
        ("string-join(//name, ',') eq 'Tom,it''s'", true),
        ("for $p in //pet return $p/name", true),
        ("(1 to 3)[. = 4]", false),
        ("if (//pet) then 0 else 1", false),
        ("//p:x = 7 and exists(//p:x)", true),
        ("map { 'a' : //pet[1]/@id }('a') = '1'", true),
        ("//pet ! name", true),
        ("let $n := count(//pet) return $n = 2", true),
        ("//pet[@id = {$inputs.id}]/name eq \"{$inputs.name}\"", true),
        ("lower-case('{$inputs.name}') = 'it''s'", true),
        ("//pet[@id = {$inputs.digits}]/name/upper-case(.) = \"IT'S\"", true),
        ("//{$inputs.element}/upper-case(name) = 'TOM'", true),
        ("{$inputs.yes} and exists(//pet)", true),
        ("{$inputs.path}", true),
    ] {
        assert_eq!(judged(text).map(|(satisfied, _)| satisfied), Ok(expected), "{text}");
    }
    assert_eq!(judged("sum(//pet/@id)").map(|(_, value)| value), Ok(Value::from_json("3").ok()));
    let ids = Query::parse("for $p in //pet return string($p/@id)").expect("a query").evaluate(&[], PETS);
    assert_eq!(ids.map(|found| found.value), Ok(Value::from_json(r#"["1","2"]"#).ok()));
}

/// ARZ-XPATH-03, ARZ-XPATH-04: a sequence that begins with no node has no truth; what is no expression is refused when it
/// is read.
#[test]
fn what_has_no_truth_and_what_is_no_expression_are_errors() {
    assert!(judged("(1, 2)").is_err_and(|error| error.contains("neither true nor false")));
    assert_eq!(judged("(//pet, 1)").map(|(satisfied, _)| satisfied), Ok(true));
    for text in ["for $p in", "//pet[matches(name)]", "unknown-function(1)", "$x + 1"] {
        assert!(XPathCondition::parse(text, Version::V3_1).is_err(), "{text}");
    }
    assert!(judged("exists(//q:x)").is_err_and(|error| error.contains("XPST0081")));
    assert!(judged("xs:integer('x') = 1").is_err());
    // to XPath 1.0 all that is no expression
    assert!(XPathCondition::parse("some $n in //name satisfies $n = 'Tom'", Version::V1_0).is_err());
    assert!(XPathCondition::parse(&"(".repeat(500), Version::V3_1).is_err());
}

/// A value can't leave its place.
#[test]
fn values_stay_values() {
    let query = Query::parse("lower-case('{$inputs.a}') = {$inputs.b}").expect("a query");
    let values = [Some(Value::from("' or true() or '")), Some(Value::from("'') or true()"))];
    let expected = "lower-case(''' or true() or ''') = ''''') or true()'";
    assert_eq!(query.text(&values), expected);
    assert_eq!(query.evaluate(&values, PETS).map(|found| found.holds), Ok(Ok(false)));
    let names = Query::parse("upper-case(//{$inputs.a})").expect("a query");
    assert_eq!(names.text(&[Some(Value::from("pet | //x"))]), "upper-case(//'pet | //x')");
}
