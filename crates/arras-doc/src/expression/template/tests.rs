//! Templates read from documents: kinds, places and findings.

use std::sync::Arc;

use super::*;

fn read(json: &str, grammar: Grammar) -> (Template, Vec<(&'static str, bool, String)>) {
    let text: Arc<str> = json.into();
    let tree = crate::json::parse(&text).expect("valid JSON");
    let mut diagnostics = Vec::new();
    let template = Template::read(tree.root(), grammar, SourceId(0), &mut diagnostics);
    let place = |found: &crate::diagnostic::Diagnostic| text[found.labels[0].span.range()].to_owned();
    (template, diagnostics.iter().map(|found| (found.rule.id, found.is_error(), place(found))).collect())
}

/// The template's shape in one line, expressions as the source has them.
fn shape(template: &Template, source: &str) -> String {
    let at = |expression: &Spanned<Expression>| format!("«{}»", &source[expression.span.range()]);
    match template {
        Template::Literal(literal) => literal.value.to_json(),
        Template::Expression(expression) => at(expression),
        Template::Text(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Expression(expression) => format!("{{{}}}", at(expression)),
            })
            .collect(),
        Template::Array(items) => {
            format!("[{}]", items.iter().map(|item| shape(item, source)).collect::<Vec<_>>().join(","))
        }
        Template::Object(members) => {
            let members = members.iter().map(|(name, member)| format!("{name}:{}", shape(member, source)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Template::Selector(selector) => {
            format!("{:?} {} in {}", selector.language, selector.selector.value, at(&selector.context))
        }
    }
}

/// ARZ-EXPR-31, ARZ-SEL-06
#[test]
fn values_are_told_apart() {
    let selector = r#"{"context":"$inputs.a","selector":"$.x","type":"jsonpath"}"#;
    for (json, grammar, expected) in [
        (r#"{"a":[1,"x"]}"#, Grammar::V1_1, r#"{"a":[1,"x"]}"#),
        (r#""$inputs.a""#, Grammar::V1_0, "«$inputs.a»"),
        (r#"{"a":["$inputs.a",2],"b":{"c":null}}"#, Grammar::V1_0, r#"{a:[«$inputs.a»,2],b:{"c":null}}"#),
        (r#""x {$inputs.a} y""#, Grammar::V1_0, "x {«$inputs.a»} y"),
        (
            r#"["$.items[*]", "$5.00", "$faker", "{a}", "$$"]"#,
            Grammar::V1_0,
            r#"["$.items[*]","$5.00","$faker","{a}","$$"]"#,
        ),
        (selector, Grammar::V1_1, "JsonPath $.x in «$inputs.a»"),
        (selector, Grammar::V1_0, r#"{context:«$inputs.a»,selector:"$.x",type:"jsonpath"}"#),
        (
            r#"{"context":"$inputs.a","selector":"/a","type":{"type":"xpath","version":"xpath-10"},"x-note":1}"#,
            Grammar::V1_1,
            "XPath10 /a in «$inputs.a»",
        ),
        (
            r#"{"context":"$inputs.a","selector":"/a","type":"jmespath"}"#,
            Grammar::V1_1,
            r#"{context:«$inputs.a»,selector:"/a",type:"jmespath"}"#,
        ),
        (
            r#"{"context":"a","selector":"/a","type":"jsonpointer"}"#,
            Grammar::V1_1,
            r#"{"context":"a","selector":"/a","type":"jsonpointer"}"#,
        ),
        (
            r#"{"context":"$inputs.a","selector":"/a","type":"jsonpointer","more":1}"#,
            Grammar::V1_1,
            r#"{context:«$inputs.a»,selector:"/a",type:"jsonpointer",more:1}"#,
        ),
    ] {
        let (template, findings) = read(json, grammar);
        assert_eq!(shape(&template, json), expected, "{json}");
        assert!(findings.is_empty(), "{json}: {findings:?}");
    }
}

#[test]
fn what_is_doubtful_is_found_where_it_stands() {
    for (json, grammar, rule, is_error, place) in [
        (r#"{"a":"$response.body.x"}"#, Grammar::V1_1, "loose-expression", false, "$response.body.x"),
        (r#"["$response.headers.x"]"#, Grammar::V1_1, "invalid-expression", false, "headers"),
        (r#""$step.a.outputs.b""#, Grammar::V1_1, "invalid-expression", false, "$step"),
        (r#""$inputs.a and more""#, Grammar::V1_1, "invalid-expression", false, " and more"),
        (r#"["$forEach.item.id"]"#, Grammar::V1_1, "invalid-expression", false, "$forEach"),
        (r#""x {$response.headers.x}""#, Grammar::V1_1, "invalid-expression", true, "headers"),
        (r#""x {$steps.s.name}""#, Grammar::V1_1, "invalid-expression", true, "$steps.s.name"),
        (r#""x {$steps.s.name}""#, Grammar::V1_0, "loose-expression", false, "$steps.s.name"),
        (
            r#"{"context":"$steps.s.outputs","selector":"$.x","type":"jsonpath"}"#,
            Grammar::V1_1,
            "loose-expression",
            false,
            "$steps.s.outputs",
        ),
    ] {
        let (template, findings) = read(json, grammar);
        assert_eq!(findings, [(rule, is_error, place.to_owned())], "{json}");
        assert_eq!(
            template.expressions().is_empty(),
            rule == "invalid-expression" && !json.contains("$steps"),
            "{json}"
        );
    }
}

#[test]
fn unbraced_expressions_are_embedded_where_they_are_declared() {
    let json = r#"{"a": "Bearer $inputs.token", "b": ["x {$inputs.n} $inputs.token"], "c": "$inputs.token", "d": "x $inputs.no"}"#;
    let (template, _) = read(json, Grammar::V1_0);
    let declared = |expression: &Expression| expression.path.name == "token";
    let (template, found) = template.with_unbraced(&declared);
    let embedded: Vec<_> = found.iter().flat_map(|found| &**found).map(|found| found.text.to_string()).collect();
    assert_eq!(embedded, ["$inputs.token", "$inputs.token"]);
    let texts: Vec<_> = template.expressions().iter().map(|expression| expression.text.to_string()).collect();
    assert_eq!(texts, ["$inputs.token", "$inputs.n", "$inputs.token", "$inputs.token"]);
    let (literal, found) = read(r#"{"a": ["x $inputs.no", 1]}"#, Grammar::V1_0).0.with_unbraced(&declared);
    assert!(literal.is_literal() && found.is_empty());
}

#[test]
fn a_text_that_is_one_embedded_expression_is_known() {
    let sole = |json: &str| read(json, Grammar::V1_0).0.sole_embedded().map(|expression| expression.text.to_string());
    assert_eq!(sole(r#""{$inputs.a}""#).as_deref(), Some("$inputs.a"));
    assert_eq!((sole(r#""$inputs.a""#), sole(r#"" {$inputs.a}""#)), (None, None));
}
