//! What a schema says at first sight, and values made from it.

use arras_doc::openapi::{Description, Direction, Schema, SchemaType, example_value};

use crate::support::{V3_0, index, sound};

fn schema<'d>(description: &'d Description, name: &str) -> Schema<'d> {
    Schema::at(description.root().at(&format!("/components/schemas/{name}")).expect("the schema"))
}

#[test]
fn parts_are_seen_together() {
    let shop = sound(V3_0);
    let order = schema(&shop, "Order");
    let names: Vec<_> = order.properties().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["id", "kind", "secret", "card", "pin", "beside", "either", "parent", "lines"]);
    assert_eq!((order.types(), order.required()), (vec![SchemaType::Object], vec!["id"]));
    let kind = order.property("kind").expect("a property");
    assert_eq!(kind.types(), [SchemaType::String, SchemaType::Null]);
    assert_eq!(kind.single_type(), Some(SchemaType::String));
    let either = order.property("either").expect("a property");
    assert_eq!((either.types(), either.single_type()), (vec![SchemaType::String, SchemaType::Integer], None));
    assert!(
        order
            .child("lines")
            .and_then(|lines| lines.child("3"))
            .is_some_and(|item| item.single_type() == Some(SchemaType::Integer))
    );
    assert!(order.child("none").is_none());
}

#[test]
fn secrets_are_marked() {
    let shop = sound(V3_0);
    let order = schema(&shop, "Order");
    let secret: Vec<_> =
        order.properties().into_iter().filter(|(_, it)| it.is_sensitive()).map(|(name, _)| name).collect();
    assert_eq!(secret, ["secret", "card", "pin", "beside", "either"]);
}

#[test]
fn values_fit_their_direction_and_end() {
    let shop = sound(V3_0);
    let order = schema(&shop, "Order");
    let made = |direction| example_value(&order, direction).to_json();
    assert_eq!(
        made(Direction::Request),
        r#"{"kind":"string","secret":"string","card":"string","pin":"string","beside":{},"either":"string","lines":[1,1]}"#
    );
    assert_eq!(
        made(Direction::Response),
        r#"{"id":"string","kind":"string","card":"string","pin":"string","beside":{},"either":"string","lines":[1,1]}"#
    );
}

#[test]
fn values_fit_their_schema() {
    for (text, expected) in [
        ("{}", "{}"),
        ("{type: string}", r#""string""#),
        ("{type: string, format: date}", r#""2024-01-15""#),
        ("{type: string, minLength: 8}", r#""stringxx""#),
        ("{type: string, maxLength: 2}", r#""st""#),
        ("{type: string, enum: [null, b, c]}", r#""b""#),
        (r"{type: string, pattern: '^[A-Z]{3}\d{2}$'}", r#""AAA00""#),
        ("{type: string, pattern: '^[a-z]+$'}", r#""string""#),
        ("{type: string, pattern: '^arn:aws:[a-z0-9]+:.*$', minLength: 16}", r#""arn:aws:aaaaaaa:""#),
        ("{type: string, pattern: '^a*$', minLength: 3, maxLength: 5}", r#""aaa""#),
        ("{type: string, pattern: '[0-9]'}", r#""0""#),
        ("{type: string, pattern: '[0-9]', minLength: 3}", r#""0xx""#),
        ("{allOf: [{type: string, pattern: '^[a-c]+$'}, {pattern: '^.{4}$'}]}", r#""aaaa""#),
        ("{allOf: [{type: string, pattern: '^.{4}$'}, {pattern: '^a+$', minLength: 4}]}", r#""aaaa""#),
        ("{allOf: [{type: string, pattern: '^[a-c]+$'}, {pattern: '^[x-z]+$'}]}", r#""string""#),
        // what no text meets, or none that is found
        ("{type: string, pattern: '^a$', minLength: 2}", r#""string""#),
        ("{type: string, pattern: '('}", r#""string""#),
        ("{type: string, format: date, pattern: '^2'}", r#""2024-01-15""#),
        ("{type: integer, minimum: 5}", "5"),
        ("{type: integer, exclusiveMinimum: 5}", "6"),
        ("{type: integer, maximum: -5}", "-5"),
        ("{type: integer, minimum: 7, multipleOf: 5}", "10"),
        ("{type: integer, minimum: 0, maximum: 3, multipleOf: 5}", "0"),
        ("{type: integer, minimum: -7, maximum: -3, multipleOf: 5}", "-5"),
        ("{type: integer, maximum: 4, multipleOf: 5}", "0"),
        ("{type: integer, minimum: 2.5}", "3"),
        ("{type: integer, minimum: 2.0}", "2"),
        ("{type: integer, maximum: -2.5}", "-3"),
        ("{type: integer, exclusiveMinimum: 2.5}", "3"),
        ("{type: integer, exclusiveMaximum: 0.5}", "0"),
        ("{type: integer, exclusiveMinimum: 2, minimum: 7}", "7"),
        ("{type: integer, minimum: 5, exclusiveMinimum: true}", "6"),
        ("{allOf: [{type: integer, minimum: 2}, {minimum: 4, maximum: 9}]}", "4"),
        ("{type: integer, minimum: 1e30}", "1e30"),
        ("{type: number, multipleOf: 5, minimum: 0.5}", "5"),
        ("{type: number, exclusiveMinimum: 2.5}", "3.5"),
        ("{type: number, exclusiveMinimum: 0, exclusiveMaximum: 1}", "0.5"),
        ("{type: number, exclusiveMinimum: 0, maximum: 0.5}", "0.5"),
        ("{type: number, exclusiveMaximum: 1}", "0"),
        // what no number meets
        ("{type: integer, minimum: 1, maximum: 3, multipleOf: 5}", "5"),
        ("{type: number, minimum: 2, maximum: 1}", "2"),
        ("{type: number}", "1.5"),
        ("{type: number, maximum: 1}", "1"),
        ("{type: number, minimum: 0.1, maximum: 0.2}", "0.2"),
        ("{type: [null, boolean]}", "true"),
        ("{type: 'null'}", "null"),
        ("{type: array}", "[]"),
        ("{type: array, items: {const: 7}, minItems: 3}", "[7,7,7]"),
        ("{type: array, items: {}, maxItems: 0}", "[]"),
        ("{type: array, items: {type: integer}, minItems: 3, uniqueItems: true}", "[1,2,3]"),
        ("{type: array, items: {type: integer, maximum: 2}, minItems: 3, uniqueItems: true}", "[1,2,0]"),
        ("{type: array, items: {type: integer, multipleOf: 5}, minItems: 3, uniqueItems: true}", "[5,10,15]"),
        ("{type: array, items: {type: number, minimum: 0, maximum: 2}, minItems: 2, uniqueItems: true}", "[1.5,0.5]"),
        ("{type: array, items: {type: number, exclusiveMaximum: 3}, minItems: 3, uniqueItems: true}", "[1.5,2.5,0.5]"),
        (
            "{type: array, items: {type: integer, exclusiveMinimum: 0, maximum: 2.5}, minItems: 2, uniqueItems: true}",
            "[1,2]",
        ),
        ("{type: array, items: {type: boolean}, minItems: 2, uniqueItems: true}", "[true,false]"),
        ("{type: array, items: {enum: [a, b, c]}, minItems: 2, uniqueItems: true}", r#"["a","b"]"#),
        ("{type: array, items: {type: string}, minItems: 3, uniqueItems: true}", r#"["string","string1","string2"]"#),
        ("{type: array, items: {type: string, maxLength: 2}, minItems: 2, uniqueItems: true}", r#"["st","s1"]"#),
        ("{type: array, items: {type: string, example: x}, minItems: 2, uniqueItems: true}", r#"["x","string1"]"#),
        (
            "{type: array, items: {type: string, format: date}, minItems: 2, uniqueItems: true}",
            r#"["2024-01-15","2024-01-16"]"#,
        ),
        (
            r"{type: array, items: {type: string, pattern: '^[A-Z]\d$'}, minItems: 3, uniqueItems: true}",
            r#"["A0","B0","C0"]"#,
        ),
        // what can't differ
        ("{type: array, items: {const: 7}, minItems: 2, uniqueItems: true}", "[7,7]"),
        ("{type: array, items: {type: boolean}, minItems: 3, uniqueItems: true}", "[true,false,true]"),
        ("{type: array, items: {type: object}, minItems: 2, uniqueItems: true}", "[{},{}]"),
        (
            "{type: array, items: {type: string}, minItems: 1000000000}",
            &format!("[{}]", vec![r#""string""#; 64].join(",")),
        ),
        ("{prefixItems: [{const: a}, {type: boolean}]}", r#"["a",true]"#),
        ("{properties: {a: {default: 1}, b: false}}", r#"{"a":1}"#),
        ("{type: object, required: [b], properties: {b: false}}", r#"{"b":null}"#),
        ("{type: object, additionalProperties: {type: integer}}", r#"{"key":1}"#),
        ("{oneOf: [{type: 'null'}, {type: integer}]}", "1"),
        ("{type: object, properties: {a: {const: 1}}, anyOf: [{properties: {b: {const: 2}}}]}", r#"{"a":1,"b":2}"#),
        ("{example: {a: [1.10]}, type: object}", r#"{"a":[1.10]}"#),
        ("{example: {a: [1.10]}, type: string}", r#""string""#),
        ("{examples: [x, y]}", r#""x""#),
        ("{$ref: '#/components/schemas/Made'}", "null"),
        ("{$ref: '#/nowhere'}", "null"),
        ("{items: {$ref: '#/components/schemas/Made'}}", "[]"),
        ("{allOf: [{$ref: '#/components/schemas/Made'}, {type: boolean}]}", "true"),
        ("true", "{}"),
        ("false", "null"),
    ] {
        let (description, _) = index(&format!("{{openapi: 3.1.0, components: {{schemas: {{Made: {text}}}}}}}"));
        assert_eq!(example_value(&schema(&description, "Made"), Direction::Response).to_json(), expected, "{text}");
    }
}

#[test]
fn values_are_bounded() {
    let level = |at: usize| {
        let property = |name: usize| format!("p{name}: {{$ref: '#/components/schemas/L{}'}}", at + 1);
        format!("L{at}: {{type: object, properties: {{{}}}}}", (0..8).map(property).collect::<Vec<_>>().join(", "))
    };
    let levels: Vec<String> = (0..12).map(level).chain(["L12: {type: string}".into()]).collect();
    let (description, _) = index(&format!("{{openapi: 3.1.0, components: {{schemas: {{{}}}}}}}", levels.join(", ")));
    let value = example_value(&schema(&description, "L0"), Direction::Response).to_json();
    assert!(value.starts_with("{\"p0\":{") && value.len() < 200_000, "{}", value.len());
}
