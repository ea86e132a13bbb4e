//! A fix must not change what a document means: whatever a machine may write in place of a condition, an expression or a
//! text comes to the same, over answers of every shape.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use arras_doc::arazzo::{ConditionKind, Document, OutputValue};
use arras_doc::diagnostic::{Diagnostic, Edit};
use arras_doc::expression::{Expression, Part, Piece, Root, Template, select, select_named};
use arras_doc::jsonpath::Mode;
use arras_doc::source::{Source, SourceId};
use arras_doc::value::Value;
use arras_run::criterion::jsonpath::JsonPathCondition;
use arras_run::criterion::simple::SimpleCondition;
use arras_run::resolve::Resolve;
use proptest::prelude::*;
use serde_json::json;

/// What an answer may be.
fn bodies() -> Vec<Value> {
    let all = json!([
        null, true, 0, "x", "", [], {},
        {"a": "x"}, {"a": "X"}, {"a": ""}, {"a": null}, {"a": 1}, {"a": "1"}, {"a": true}, {"a": "true"}, {"a": 0},
        {"a": []}, {"a": [1, 2]}, {"a": {}}, {"a": {"b": "x"}}, {"a": {"b": null}}, {"a": {"b": 1}}, {"a": {"b": [1]}},
        {"a": [{"b": "x"}]}, {"a": [{"b": "y"}, {"b": "x"}]}, {"a": [{}]}, {"a": [[]]}, {"a": [""]}, {"a": ["x"]},
        {"a": {"length": 5}}, {"length": 2}, {"a": 1, "b": 1}, {"b": 1}, {"b": "x"}, {"c": 1, "b": {"a": "x"}},
        {"b": {"a": "x"}}, {"links": {"a": 1}}, {"m": {"a": "x"}, "n": {"a": "y"}}, {"m": {"a": null}}, {"m": []},
        [{"a": "x"}], [{"a": 1}], [[{"a": "x"}]], [1], ["x"], [null], [{}], [{"a": {"b": "x"}}], {"a.b": 1}, {"a.b": 1, "a": {"b": 2}}
    ]);
    let Value::Array(bodies) = Value::from(all) else { unreachable!("an array") };
    bodies
}

struct Answer<'a>(&'a Value);

impl Resolve for Answer<'_> {
    fn resolve(&self, expression: &Expression) -> Option<Cow<'_, Value>> {
        match &expression.root {
            Root::Response(Part::Body) => select(self.0, &expression.path),
            Root::Inputs => {
                let inputs = Value::from(json!({"x": "x", "n": 1, "first": "Ada", "last": "Lovelace"}));
                select_named(inputs.as_object()?, &expression.path).map(|value| Cow::Owned(value.into_owned()))
            }
            _ => None,
        }
    }
}

fn read(text: &str) -> (Document, Vec<Diagnostic>) {
    let source = Source::new("case.yaml".to_owned(), "file:///case.yaml".to_owned(), text.to_owned());
    let (tree, mut found) = arras_doc::read::read(&source, SourceId(0));
    let (document, more) = Document::read(SourceId(0), Arc::new(tree.expect("a tree")));
    found.extend(more);
    (document, found)
}

/// The text with every fix applied, and the rules that offered one.
fn mended(text: &str, found: &[Diagnostic]) -> Option<(String, Vec<&'static str>)> {
    let fixes: Vec<_> = found.iter().filter_map(|one| Some((one.rule.id, one.fix.as_ref()?))).collect();
    let mut edits: Vec<&Edit> = fixes.iter().flat_map(|(_, fix)| &fix.edits).collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    let mut mended = text.to_owned();
    edits.iter().for_each(|edit| mended.replace_range(edit.span.range(), &edit.replacement));
    (!fixes.is_empty()).then(|| (mended, fixes.iter().map(|(rule, _)| *rule).collect()))
}

/// A document with that criterion; `None` where the condition can't be put into quotes as it is.
fn with_criterion(kind: &str, condition: &str) -> Option<String> {
    let quote = ['"', '\''].into_iter().find(|quote| !condition.contains([*quote, '\\']))?;
    let criterion = match kind {
        "simple" => format!("{{condition: {quote}{condition}{quote}}}"),
        kind => format!("{{context: $response.body, type: {kind}, condition: {quote}{condition}{quote}}}"),
    };
    Some(document(&format!("successCriteria: [{criterion}]")))
}

fn document(field: &str) -> String {
    format!(
        "arazzo: 1.0.1\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: api, url: api.yaml}}]\n\
         workflows:\n- workflowId: w\n  inputs: {{type: object, properties: {{x: {{}}, n: {{}}, first: {{}}, last: {{}}}}}}\n  \
         steps:\n  - stepId: s\n    operationId: o\n    {field}\n"
    )
}

/// Whether the document's one criterion holds of each body; `None` if it can't be read.
fn truths(document: &Document) -> Option<Vec<bool>> {
    let criterion = document.workflows[0].steps[0].success_criteria.first()?;
    let kind = &criterion.parsed.as_ref()?.kind;
    let holds = |body: &Value| match kind {
        ConditionKind::Simple(condition) => {
            SimpleCondition::from(condition.clone()).evaluate(&Answer(body), None).map(|judged| judged.satisfied)
        }
        ConditionKind::JsonPath(_) => {
            let (condition, _) = JsonPathCondition::parse(&criterion.condition, Mode::Lenient).expect("as it was read");
            condition.holds(body, &|one| Answer(body).resolve(one).map(Cow::into_owned))
        }
        _ => panic!("no condition of these tests"),
    };
    Some(bodies().iter().map(|body| holds(body).unwrap_or(false)).collect())
}

/// Applies what is offered for a criterion: it must hold of the same answers, and earn no further finding that has a fix.
fn check(kind: &str, condition: &str, offered: &mut BTreeMap<&'static str, usize>) -> Result<(), String> {
    let Some(text) = with_criterion(kind, condition) else { return Ok(()) };
    let (before, found) = read(&text);
    let Some((mended_text, rules)) = mended(&text, &found) else { return Ok(()) };
    let (after, left) = read(&mended_text);
    let changed = &*after.workflows[0].steps[0].success_criteria[0].condition;
    let (Some(was), Some(is)) = (truths(&before), truths(&after)) else {
        return Err(format!("{kind} `{condition}`: `{changed}` can't be read: {left:?}"));
    };
    if let Some((body, was)) = bodies()
        .iter()
        .zip(was.iter().zip(&is))
        .find_map(|(body, (was, is))| (was != is).then_some((body.to_json(), was)))
    {
        return Err(format!("{kind} `{condition}` is {was} of {body}, and `{changed}` is not"));
    }
    if let Some(again) = left.iter().find(|found| found.fix.is_some()) {
        return Err(format!("{kind} `{condition}`: `{changed}` earns {} again", again.rule.id));
    }
    rules.into_iter().for_each(|rule| *offered.entry(rule).or_default() += 1);
    Ok(())
}

#[test]
fn conditions_that_are_mended_hold_of_the_same_answers() {
    let mut offered = BTreeMap::new();
    for (kind, conditions) in [
        (
            "jsonpath",
            &[
                "$.a == 'x'",
                "$.a == 1",
                "$.a != null",
                "null != $.a",
                "$.a == null",
                "$.a != 'x'",
                "$.a.b != null && $.a.b == 'x'",
                "$.a[0].b == 'x' || $.a[0].b == 'y'",
                "@.a == true",
                "!$.a",
                "!($.a == 'x')",
                "$.a && $.b == 1",
                "$.a == $.b",
                "$.a != $.b",
                "$.a >= 1",
                "$.a.length > 0",
                "$.a.length == 0",
                "$.a empty false",
                "$.a[0] empty false",
                "$.a empty true",
                "count($.a[*]) > 0",
                "count($.a) > 0",
                "count($.a) < 1",
                "length($.a) > 1",
                "length($) > 1",
                "match($.a, 'x')",
                "search($.a, 'x') == false || $.a == 1",
                "$[0].a == 'x'",
                "$.a[?@.b == 'x'].length > 0",
                "$.a[?@.b == null] && $.a != null",
                "$.a == \"x\"",
                "$.*.a == 'x'",
                "$.a == $inputs.x",
                "$[?@.a == 'x']",
                "$[?@.a.length > 1]",
                "$[?count(@.a) > 0]",
            ][..],
        ),
        (
            "simple",
            &[
                "$response.body#/a == \"x\"",
                "$response.body#/a == x",
                "{$response.body#/a == 'x'}",
                "{$response.body#/a} == 'x'",
                "$response.body.a.length > 1",
                "$response.body.a == 'x' && $response.body#/b == 1",
                "$response.body#/a == '$inputs.x'",
                "$response.body#/a/0/b == \"it's\"",
            ][..],
        ),
    ] {
        for condition in conditions {
            check(kind, condition, &mut offered).unwrap_or_else(|problem| panic!("{problem}"));
        }
    }
    assert!(offered.get("jsonpath-bare-comparison").is_some_and(|count| *count > 10), "{offered:?}");
    assert!(offered.get("loose-condition").is_some_and(|count| *count > 2), "{offered:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn a_comparison_that_is_mended_holds_of_the_same_answers(
        first in comparison(), second in comparison(), third in comparison(), shape in 0..5_u8,
    ) {
        let condition = match shape {
            0 => first,
            1 => format!("{first} && {second}"),
            2 => format!("{first} || {second}"),
            3 => format!("({first} || {second}) && {third}"),
            _ => format!("!({first}) && {second}"),
        };
        check("jsonpath", &condition, &mut BTreeMap::new()).map_err(TestCaseError::fail)?;
    }
}

fn comparison() -> impl Strategy<Value = String> {
    let path = prop::sample::select(vec![
        "$.a",
        "$.a.b",
        "$.a[0]",
        "$.a[0].b",
        "$[0].a",
        "$.b",
        "@.a",
        "$",
        "$['length']",
        "$.a.length",
        "$.m.a",
        "$..a",
    ]);
    let operator = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let literal =
        prop::sample::select(vec!["'x'", "'X'", "''", "null", "true", "0", "1", "$.b", "length($.a)", "count($.a[*])"]);
    let test = prop::sample::select(vec!["$.a", "!$.a", "$.a[?@.b]", "$.a empty false", "search($.a, 'x')", "@.m"]);
    prop_oneof![
        6 => (path, operator, literal).prop_map(|(path, operator, literal)| format!("{path} {operator} {literal}")),
        1 => test.prop_map(str::to_owned),
    ]
}

#[test]
fn expressions_that_are_mended_read_the_same() {
    for expression in [
        "$response.body.a",
        "$response.body.a.b",
        "$response.body.a[0].b",
        "$response.body[0].a",
        "$response.body['a']",
    ] {
        let text = document(&format!("outputs: {{o: {}}}", json!(expression)));
        let (before, found) = read(&text);
        let (mended_text, rules) = mended(&text, &found).expect(expression);
        assert_eq!(rules, ["loose-expression"], "{expression}");
        let (after, left) = read(&mended_text);
        assert!(left.is_empty(), "{expression}: {left:?}");
        let output = |document: &Document| match &document.workflows[0].steps[0].outputs[0].value {
            Some(OutputValue::Expression(expression)) => expression.value.clone(),
            other => panic!("{other:?}"),
        };
        let (was, is) = (output(&before), output(&after));
        // `.a.b` also finds a member that is called `a.b`, but the pointer is what A-22 asks for
        for body in bodies().into_iter().filter(|body| !body.to_json().contains("a.b")) {
            assert_eq!(
                Answer(&body).resolve(&was),
                Answer(&body).resolve(&is),
                "{expression}, {is} of {}",
                body.to_json()
            );
        }
    }
}

///
#[test]
fn texts_that_get_their_braces_are_the_same() {
    for value in ["Bearer $inputs.x", "$inputs.first $inputs.last", "a $inputs.x, {$inputs.first} $inputs.last."] {
        let text = document(&format!("parameters: [{{name: p, in: query, value: {}}}]", json!(value)));
        let (document, read_found) = read(&text);
        assert!(read_found.is_empty(), "{value}: {read_found:?}");
        let nothing = arras_doc::link::LinkedSources::default();
        let (links, _) = arras_doc::link::link(&document, &nothing);
        let found: Vec<_> = arras_doc::lint::lint(&document, &nothing, &links)
            .into_iter()
            .filter(|found| found.rule.id == "loose-expression")
            .collect();
        let (mended_text, _) = mended(&text, &found).expect(value);
        let template = |document: &Document| {
            let parameter = document.parameter(&document.workflows[0].steps[0].parameters[0]).expect("a parameter");
            parameter.value.expect("a value").template.clone()
        };
        let (embedding, _) = template(&document).with_unbraced(&|expression| document.declares(0, expression));
        assert_eq!(shown(&embedding), shown(&template(&read(&mended_text).0)), "{value}");
    }
}

fn shown(template: &Template) -> String {
    let Template::Text(pieces) = template else { panic!("{template:?}") };
    let shown = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Expression(expression) => format!("«{}»", expression.text),
    });
    shown.collect()
}
