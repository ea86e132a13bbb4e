//! Tables of conditions with their evidence, warnings and errors.

use std::borrow::Cow;

use arras_doc::xpath::Version::{self, V1_0, V2_0, V3_1};
use serde_json::json;

use super::*;

struct Inputs(serde_json::Value);

impl Resolve for Inputs {
    fn resolve(&self, expression: &Expression) -> Option<Cow<'_, Value>> {
        let value = self.0.get(expression.path.name.as_str())?;
        Some(Cow::Owned(Value::from(value.clone())))
    }
}

const PETS: &str = "<pets><pet id='1'><name>Tom</name></pet><pet id='2'><name>it's</name></pet></pets>";

fn judged(text: &str, version: Version, context: Value) -> Result<Judgement, EvaluationError> {
    let inputs = json!({"id": 2, "digits": "2", "name": "Tom", "quote": "it's", "both": "\"'", "yes": true, "path": "//pet", "bad": "//pet[",
        "injection": "' or '1'='1", "element": "pet", "none": null});
    let condition = XPathCondition::parse(text, version).unwrap_or_else(|error| panic!("{text}: {error}"));
    condition.evaluate(Some(&context), &Inputs(inputs))
}

fn pets(text: &str, version: Version) -> Result<bool, String> {
    judged(text, version, Value::from(PETS)).map(|judgement| judgement.satisfied).map_err(|error| error.message)
}

/// ARZ-CRIT-12, A-06
#[test]
fn embedded_values_stay_values() {
    for version in [V1_0, V2_0, V3_1] {
        for (text, expected) in [
            ("//pet[@id = '{$inputs.id}']", true),
            ("//pet[@id = {$inputs.id}]/name = \"{$inputs.quote}\"", true),
            ("//pet[@id = '{$inputs.digits}']", true),
            ("//pet[@id = {$inputs.digits}]", true),
            ("//pet[{$inputs.id}]/@id = '2'", true),
            ("//name = '{$inputs.quote}'", true),
            ("//name = '{$inputs.both}'", false),
            ("//name = '{$inputs.injection}'", false),
            ("//name = {$inputs.name}", true),
            ("//{$inputs.element}/name = 'Tom'", true),
            ("//name = '{$inputs.absent}'", false),
            ("'{$inputs.absent}'", false),
            ("//name = 'x{$inputs.id}y'", false),
            ("{$inputs.path}", true),
        ] {
            assert_eq!(pets(text, version), Ok(expected), "{text} {version:?}");
        }
    }
    assert_eq!(pets("{$inputs.bad}", V1_0), Err("the value of `$inputs.bad` is no XPath: `]` is missing".into()));
    assert!(pets("{$inputs.absent}", V1_0).is_err_and(|error| error.contains("is no XPath")));
    let error = pets("//{$inputs.injection}", V1_0).expect_err("no name");
    assert_eq!(error, "the value `' or '1'='1` stands in the place of a name and is none");
    assert_eq!(pets("//pet/@id = {$inputs.yes}", V1_0), Ok(true));
    assert_eq!(
        pets("contains(//pet[1]/@id, {$inputs.id})", V3_1),
        Err("`contains` takes strings in XPath 2.0 and later".into())
    );
}

/// A-06: strictly a value that is absent, or would be taken for a string, is an error.
#[test]
fn embedded_values_are_taken_to_the_letter() {
    let strictly = |text: &str| {
        let condition = XPathCondition::parse(text, V3_1).expect(text).with_strictness(Strictness::Strict);
        let inputs = Inputs(json!({"id": 2, "digits": "2", "name": "Tom"}));
        condition
            .evaluate(Some(&Value::from(PETS)), &inputs)
            .map(|judged| judged.satisfied)
            .map_err(|error| error.message)
    };
    for text in ["//name = '{$inputs.name}'", "//pet[@id = {$inputs.id}]", "//pet[@id = {$inputs.digits}]"] {
        assert_eq!(strictly(text), Ok(true), "{text}");
    }
    for text in ["//name != '{$inputs.absent}'", "'x{$inputs.absent}'", "{$inputs.absent}"] {
        assert_eq!(strictly(text), Err("`$inputs.absent` has no value".into()), "{text}");
    }
    let bare = strictly("//name = {$inputs.name}").expect_err("a string without quotes");
    assert_eq!(bare, "the value of `$inputs.name` stands outside quotes and is no number");
}

/// A-31
#[test]
fn values_taken_otherwise_than_written_are_told() {
    let warnings = |text: &str, context: &str| judged(text, V1_0, Value::from(context)).expect(text).warnings;
    assert_eq!(
        warnings("//name = {$inputs.name}", PETS),
        ["the value of `$inputs.name` stands outside quotes and is taken for a string"]
    );
    assert!(warnings("//pet/@id = {$inputs.digits}", PETS).is_empty());
    assert_eq!(
        warnings("//name = '{$inputs.absent}'", PETS),
        ["`$inputs.absent` has no value and is taken for an empty string"]
    );
    let listing = "<ListBucketResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><Contents><Key>a</Key></Contents></ListBucketResult>";
    assert_eq!(
        warnings("//Contents/Key = 'a'", listing),
        ["`Contents` without a prefix is in no namespace, and the document's `Contents` is in \
          `http://s3.amazonaws.com/doc/2006-03-01/`: write `*[local-name()='Contents']`"]
    );
    assert!(warnings("//*[local-name()='Contents']", listing).is_empty());
    assert!(warnings("//Other", listing).is_empty());
}

/// ARZ-XPATH-04, ARZ-XPATH-05, A-66
#[test]
fn contexts_that_are_no_xml_are_errors() {
    for (context, expected) in [
        (Value::from(json!({"a": 1})), "the context is an object, not XML text"),
        (Value::from(json!([1])), "the context is an array, not XML text"),
        (Value::from(1), "the context is a number, not XML text"),
        (Value::from("{\"a\": 1}"), "the context is no XML: "),
        (Value::from(""), "the context is no XML: "),
        (Value::from("<html><br></html>"), "the context is no XML: "),
        (
            Value::from("<!DOCTYPE html><html/>"),
            "the context is no XML: it has a document type declaration, which is not read",
        ),
    ] {
        let error = judged("//a", V3_1, context).expect_err(expected);
        assert!(error.message.starts_with(expected) && error.help.is_some(), "{error:?}");
    }
    assert_eq!(judged("true()", V3_1, Value::Null).map(|judgement| judgement.satisfied), Ok(false));
    let absent = XPathCondition::parse("true()", V3_1).expect("a condition").evaluate(None, &Inputs(json!({})));
    assert_eq!(absent.map(|judgement| judgement.satisfied), Ok(false));
}

fn evidence(text: &str, context: &str) -> String {
    let judgement = judged(text, V1_0, Value::from(context)).expect(text);
    let shown = |entry: &super::super::Evidence| {
        let value = entry.value.as_ref().map(|value| format!(" {value}")).unwrap_or_default();
        let holds = entry.holds.map(|holds| format!(" {holds}")).unwrap_or_default();
        format!("{}{value}{holds}", entry.expression)
    };
    judgement.evidence.iter().map(shown).collect::<Vec<_>>().join("; ")
}

#[test]
fn evidence_shows_what_decided() {
    for (text, expected) in [
        ("//name = 'Bob'", r#"//name ["Tom","it's"]; //name = 'Bob' false"#),
        ("//pet[1]/name = 'Tom'", r#"//pet[1]/name "Tom"; //pet[1]/name = 'Tom' true"#),
        ("count(//pet) > 2", r#"//pet ["Tom","it's"]; count(//pet) 2; count(//pet) > 2 false"#),
        ("//nothing", "//nothing"),
        ("not(//pet)", r#"//pet ["Tom","it's"]; not(//pet) false"#),
        (
            "//pet[@id = '3']",
            r#"//pet[@id = '3']; /pets/pet[1]/@id "1"; /pets/pet[1][@id = '3'] false; /pets/pet[2]/@id "2"; /pets/pet[2][@id = '3'] false"#,
        ),
        ("//pet[3]", "//pet[3]"),
        (
            "//name = '{$inputs.name}' and //x",
            r#"$inputs.name "Tom"; //name ["Tom","it's"]; //name = '{$inputs.name}' true; //x"#,
        ),
        ("//x or 1 > 2", "//x; 1 > 2 false"),
        ("{$inputs.path}", r#"$inputs.path "//pet"; {$inputs.path} ["Tom","it's"]"#),
    ] {
        assert_eq!(evidence(text, PETS), expected, "{text}");
    }
    let many = format!("<a>{}</a>", "<b>x</b>".repeat(500));
    let judgement = judged("//b", V1_0, Value::from(many)).expect("a judgement");
    let entry = judgement.evidence.first().expect("evidence");
    assert!(entry.shortened && entry.value.as_ref().and_then(Value::as_array).is_some_and(|items| items.len() == 8));
    for entry in &judged("//pet/@id = '{$inputs.id}'", V1_0, Value::from(PETS)).expect("a judgement").evidence {
        assert!(entry.span.end as usize <= "//pet/@id = '{$inputs.id}'".len());
    }
}
