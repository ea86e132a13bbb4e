//! Forms against the schemas and encodings of their fields.

use super::*;

pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// What is wrong with a form that has this encoding and schema.
fn found(encoding: &str, schema: &str, body: &str) -> Vec<String> {
    let api = format!(
        "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths:\n  /:\n    post:\n      requestBody: {{content: {{{FORM}: {{encoding: {{{encoding}}}, schema: {schema}}}}}}}\n      responses: {{'200': {{description: ok}}}}\n"
    );
    violations(&api, Protocol::Problem, &posted(FORM, body))
}

/// Encoding, schema, forms that are right, forms that are not.
type Row<'r> = (&'r str, &'r str, &'r [&'r str], &'r [&'r str]);

fn check(rows: &[Row<'_>]) {
    for (encoding, schema, right, wrong) in rows {
        for body in *right {
            assert_eq!(found(encoding, schema, body), [""; 0], "{encoding} {schema} {body}");
        }
        for body in *wrong {
            assert!(!found(encoding, schema, body).is_empty(), "{encoding} {schema} {body}");
        }
    }
}

#[test]
fn fields_are_read_by_their_encoding() {
    let integers = "{properties: {a: {type: array, maxItems: 2, items: {type: integer}}}}";
    let words = "{properties: {a: {type: array, items: {enum: ['b,c', d]}}}}";
    let object = "{required: [o], properties: {o: {type: object}, n: {type: integer}}}";
    let either = "{required: [o], properties: {o: {anyOf: [{type: object}, {type: string, enum: ['']}]}}}";
    let choice = "{oneOf: [{required: [o], properties: {o: {type: object, required: [k]}}}, {required: [p]}], properties: {n: {type: integer}}}";
    let deep = "o: {style: deepObject, explode: true}";
    check(&[
        (
            "a: {style: form, explode: false}",
            integers,
            &["a=1,2", "a=1", "a="],
            &["a=1,x", "a=1,2,3", "a=1%2C2", "a=1&a=x"],
        ),
        ("a: {style: form, explode: false}", words, &["a=b%2Cc,d"], &["a=b,c"]),
        ("a: {style: pipeDelimited, explode: false}", integers, &["a=1%7C2", "a=1|2"], &["a=1,2", "a=1|x"]),
        ("a: {style: spaceDelimited, explode: false}", integers, &["a=1%202", "a=1+2"], &["a=1,2"]),
        ("a: {explode: true}", integers, &["a=1&a=2"], &["a=1,2"]),
        ("", integers, &["a=1&a=2", "a="], &["a=1,2", "a=1&a=x", "a=1&a=2&a=3"]),
        // members in brackets are there, but not looked at
        (deep, object, &["o%5Bk%5D=1", "o[k][l]=1&n=1", "o[k]=1&o[l]=2"], &["n=1", "o[k]=1&n=x", "p[k]=1"]),
        (deep, either, &["o[k]=1", "o="], &["o=x", "p=1"]),
        (deep, choice, &["o[k]=1", "p=1", "o[k]=1&n=1"], &["n=1", "o[k]=1&n=x"]),
        ("a: {style: deepObject, explode: true}", integers, &["a[]=1", "a[0]=x", "a=x"], &[]),
        (
            "'a[]': {style: form}",
            "{properties: {'a[]': {type: array, items: {type: integer}}}}",
            &["a[]=1&a%5B%5D=2"],
            &["a[]=x"],
        ),
        // names and values may alternate, or be fields of their own, which are anybody's
        ("o: {style: form, explode: false}", object, &["o=k,1"], &["n=1"]),
        ("o: {style: form, explode: true}", object, &["k=1", "k=1&n=x"], &[]),
        ("", object, &["o=%7B%22k%22:1%7D"], &["o=1", "o[k]=1"]),
        ("o: {contentType: application/json}", object, &["o=%7B%7D"], &["o=x"]),
        ("o: {contentType: application/xml}", object, &["o=%3Co/%3E"], &["n=1"]),
        ("n: {contentType: application/json}", object, &["o=%7B%7D&n=1"], &["o=%7B%7D&n=%221%22"]),
        ("a: {contentType: application/json}", "{properties: {a: {enum: [x]}}}", &["a=%22x%22", "a=x"], &["a=y"]),
        ("a: {contentType: text/plain}", integers, &["a=1&a=2"], &["a=x"]),
    ]);
}

#[test]
fn fields_whose_type_is_open_are_what_their_schemas_allow() {
    let other = "{type: object, additionalProperties: {type: integer}}";
    let patterns = "{patternProperties: {'^n': {type: integer}}, properties: {a: {type: string}}}";
    let branches = "{oneOf: [{properties: {k: {const: 1}, v: {type: integer}}, required: [k]}, {properties: {k: {const: x}, v: {type: string}}}]}";
    let condition = "{if: {properties: {k: {const: '1'}}}, then: {properties: {v: {type: integer}}}, else: {properties: {v: {type: string}}}}";
    let many: Vec<String> = (0..8).map(|at| format!("p{at}: {{enum: ['1', 1]}}, q{at}: {{minimum: 0}}")).collect();
    let many = format!(
        "{{properties: {{{}}}, oneOf: [{{properties: {{p0: {{type: integer}}, p1: {{type: string}}}}}}]}}",
        many.join(", ")
    );
    check(&[
        ("", "{properties: {x: {oneOf: [{type: integer}, {type: boolean}]}}}", &["x=5", "x=true"], &["x=a", "x="]),
        ("", "{properties: {x: {enum: [5, '6']}, y: {enum: ['5', 6]}}}", &["x=5&y=5", "x=6&y=6"], &["x=7", "y=x"]),
        ("", "{properties: {x: {type: [integer, 'null']}}}", &["x=5", "x="], &["x=a"]),
        (
            "",
            "{properties: {x: {type: [integer, array], items: {type: boolean}}}}",
            &["x=5", "x=true&x=false", "x=true"],
            &["x=a"],
        ),
        (
            "",
            "{properties: {x: {anyOf: [{type: object, required: [a]}, {type: boolean}]}}}",
            &["x=%7B%22a%22:1%7D", "x=true"],
            &["x=%7B%7D"],
        ),
        ("", "{properties: {x: {}}, not: {properties: {x: {type: integer}}}}", &["x=5"], &[]),
        ("", "{allOf: [{properties: {x: {}}}, {properties: {x: {type: integer}}}]}", &["x=5"], &["x=a"]),
        ("", other, &["zz=1", "zz=1&y=2"], &["zz=x"]),
        ("zz: {style: form}", other, &["zz=1"], &["zz=x"]),
        ("", patterns, &["n1=5&a=5", "o=5", "o=x"], &["n1=x"]),
        ("", branches, &["k=1&v=5", "k=x&v=5", "k=x&v=x"], &["k=1&v=x"]),
        ("", condition, &["k=1&v=5", "k=2&v=5"], &["k=1&v=x"]),
        ("", &many, &["p0=1&p1=1&p2=1&q3=1"], &["p0=x"]),
        ("", "{additionalProperties: false, properties: {x: {type: integer}}}", &["x=1"], &["y=1"]),
    ]);
    let told = found("", "{properties: {x: {oneOf: [{type: integer}, {type: boolean}]}}}", "x=a");
    assert_eq!(told, ["body /x: value is not valid under any of the schemas listed in the 'oneOf' keyword"]);
}
