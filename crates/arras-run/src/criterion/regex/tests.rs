//! Regex criteria against tables.

use serde_json::json;

use super::*;

struct Inputs(Value);

impl Resolve for Inputs {
    fn resolve(&self, expression: &Expression) -> Option<Cow<'_, Value>> {
        arras_doc::expression::select_named(self.0.as_object()?, &expression.path)
    }
}

fn evaluate(pattern: &str, context: Option<serde_json::Value>) -> Result<Judgement, EvaluationError> {
    let scope = Inputs(Value::from(json!({"digits": "\\d{2}", "code": 200, "bad": "("})));
    let (condition, _) = RegexCondition::parse(pattern).expect(pattern);
    condition.evaluate(context.map(Value::from).as_ref(), &scope)
}

/// ARZ-REGEX-01, ARZ-REGEX-03, ARZ-REGEX-04, ARZ-CRIT-12
#[test]
fn contexts_are_searched_as_text() {
    for (pattern, context, expected) in [
        ("^200$", Some(json!(200)), true),
        ("^true$", Some(json!(true)), true),
        ("^placed|approved$", Some(json!("placed")), true),
        ("\"a\":\\[1,2\\]", Some(json!({"a": [1, 2]})), true),
        ("^[]?", Some(json!("")), true),
        ("", Some(json!(null)), false),
        ("", None, false),
        ("^2{$inputs.digits}$", Some(json!(204)), true),
        ("^{$inputs.code}$", Some(json!("200")), true),
        ("^{$inputs.code}$", Some(json!("2001")), false),
        ("^a{2}$", Some(json!("aa")), true),
    ] {
        let judgement = evaluate(pattern, context.clone()).expect(pattern);
        assert_eq!(judgement.satisfied, expected, "{pattern} {context:?}");
        assert_eq!(judgement.evidence.last().and_then(|entry| entry.holds), Some(expected));
    }
}

/// ARZ-REGEX-02, ARZ-CRIT-10
#[test]
fn a_pattern_that_fails_with_its_values_is_an_error() {
    for (pattern, message) in [
        ("{$inputs.no}", "`$inputs.no` has no value to put into the pattern"),
        ("^{$inputs.bad}", "the pattern `^(` is wrong: the group is not closed"),
    ] {
        assert_eq!(evaluate(pattern, Some(json!("x"))).expect_err(pattern).message, message);
    }
    assert!(RegexCondition::parse("^{$response.headers.x}").is_err());
    assert!(RegexCondition::parse("(").is_err());
}

///
#[test]
fn a_value_that_is_absent_is_an_empty_text_but_to_the_letter() {
    let told = "`$inputs.no` has no value and is taken for an empty string";
    for (pattern, context, expected) in [("^{$inputs.no}$", "x", false), ("^a{$inputs.no}$", "a", true)] {
        let judgement = evaluate(pattern, Some(json!(context))).expect(pattern);
        assert_eq!((judgement.satisfied, judgement.warnings), (expected, vec![told.to_owned()]), "{pattern}");
        assert_eq!(judgement.evidence[0].value, None);
        let (condition, _) = RegexCondition::parse(pattern).expect(pattern);
        let strict = condition.with_strictness(Strictness::Strict);
        let error = strict.evaluate(Some(&Value::from(context)), &Inputs(Value::from(json!({})))).expect_err(pattern);
        assert_eq!(error.message, "`$inputs.no` has no value to put into the pattern");
        assert_eq!(error.span, Some(Span::new(pattern.find('$').unwrap_or(0), pattern.find('}').unwrap_or(0))));
    }
}
