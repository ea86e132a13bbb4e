//! Parameters: merging, locations, styles.

use arras_doc::openapi::{Location, Style};

use crate::support::{V2_0, V3_0, V3_2, index, messages, operation, sound};

/// `name location style[*] [required]` of each parameter.
fn shown(text: &str, id: &str) -> Vec<String> {
    let (description, _) = index(text);
    let mut diagnostics = Vec::new();
    let parameters = operation(&description, id).parameters(&mut diagnostics);
    assert_eq!(messages(&diagnostics), Vec::<&str>::new());
    let shown = parameters.iter().map(|it| {
        let explode = if it.explode { "*" } else { "" };
        let required = if it.required { " required" } else { "" };
        format!("{} {} {}{explode}{required}", it.name, it.location.as_str(), it.style.as_str())
    });
    shown.collect()
}

#[test]
fn an_operation_overrides_its_path_item() {
    let expected = [
        "orderId path simple required",
        "verbose query form required",
        "x-trace header simple required",
        "filter query deepObject*",
        "where query form*",
        "session cookie form*",
        "Authorization header simple",
    ];
    assert_eq!(shown(V3_0, "getOrder"), expected);
}

#[test]
fn collection_formats_are_styles() {
    let expected = ["limit query form", "tags query form*", "ids query pipeDelimited", "X-Codes header simple"];
    assert_eq!(shown(V2_0, "listBooks"), expected);
    assert_eq!(shown(V2_0, "addBook"), ["limit query form"], "the body is no parameter");
}

#[test]
fn a_query_string_is_one_parameter() {
    assert_eq!(shown(V3_2, "queryDocs"), ["all querystring form*", "c cookie cookie*"]);
}

#[test]
fn schemas_and_contents_are_found() {
    let shop = sound(V3_0);
    let parameters = operation(&shop, "getOrder").parameters(&mut Vec::new());
    let named = |name| parameters.iter().find(|it| it.name == name).expect("the parameter");
    assert_eq!(named("orderId").schema().and_then(|schema| schema.format()), Some("uuid"));
    assert_eq!(named("where").content.as_ref().map(|content| content.media_type), Some("application/json"));
    assert!(named("where").schema().is_some());
    assert!(named("Authorization").is_ignored() && !named("x-trace").is_ignored());
    let library = sound(V2_0);
    let limit = &operation(&library, "listBooks").parameters(&mut Vec::new())[0];
    assert_eq!(limit.schema().and_then(|schema| schema.keyword("maximum")?.as_text()), Some("50"));
}

#[test]
fn what_can_not_be_read_is_said() {
    let (description, diagnostics) = index(
        "
openapi: 3.0.0
paths:
  /a:
    get:
      operationId: a
      parameters:
        - {in: query}
        - {name: b}
        - {name: c, in: body}
        - {name: d, in: query, style: matrix}
        - {name: d, in: query}
        - {$ref: '#/components/parameters/none'}
        - 7
",
    );
    assert!(diagnostics.is_empty());
    let mut diagnostics = Vec::new();
    let parameters = operation(&description, "a").parameters(&mut diagnostics);
    assert_eq!(
        messages(&diagnostics),
        [
            "a parameter without `name`",
            "a parameter without `in`",
            "the query parameter `d` is declared twice",
            "`#/components/parameters/none` does not exist",
            "a parameter without `name`",
            "`body` is no place for a parameter",
            "the style `matrix` is none for a query parameter",
        ]
    );
    assert!(diagnostics.iter().all(|finding| !finding.is_error() && finding.primary().is_some()));
    let read: Vec<_> = parameters.iter().map(|it| (it.name, it.location, it.style)).collect();
    assert_eq!(read, [("d", Location::Query, Style::Form)]);
}
