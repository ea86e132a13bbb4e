//! References within and between documents.

use arras_doc::openapi::{Description, Documents, Unresolved};
use arras_doc::rule;

use crate::support::{V3_1, document, index, messages, operation, sound};

/// ARZ-URI-13
#[test]
fn identifiers_and_anchors_are_targets() {
    let names = sound(V3_1);
    let get = names.operation_by_path("get", "/things").found().expect("the operation");
    let body = get.request_body(&mut Vec::new()).expect("a body");
    let tree = body.content[0].schema().expect("a schema");
    let label = tree.property("label").expect("a property");
    assert_eq!(label.types().len(), 1);
    assert_eq!(label.keyword("description").and_then(|it| it.as_text()), Some("beside a reference"));
    for property in ["child", "self"] {
        let same = tree.property(property).expect("a property");
        assert!(same.property("leaf").is_some(), "`{property}` is the tree again");
    }
    let size = tree.property("leaf").expect("a property");
    assert_eq!(size.keyword("const").and_then(|it| it.as_text()), Some("3"));
    assert!(names.document().external_references().is_empty());
}

#[test]
fn references_end() {
    let (description, diagnostics) = index(
        "
openapi: 3.0.0
paths:
  /a: {$ref: '#/paths/~1a'}
  /b: {$ref: '#/paths/~1nothing'}
  /c~d e: {get: {operationId: c}}
components:
  schemas:
    Self: {$ref: '#/components/schemas/Self'}
    One: {$ref: '#/components/schemas/Two'}
    Two: {$ref: '#/components/schemas/One'}
    Through: {$ref: '#/components/schemas/Self/properties/x'}
    Good: {$ref: '#/paths/~1c~0d%20e/get'}
    Odd: {$ref: 'no scheme:at all#/'}
",
    );
    let expected = ["the path item's references lead in a circle", "`#/paths/~1nothing` does not exist"];
    assert_eq!(messages(&diagnostics), expected);
    let resolve = |name: &str| description.root().at(&format!("/components/schemas/{name}")).expect("it").resolve();
    for name in ["Self", "One", "Two"] {
        assert!(matches!(resolve(name), Err(Unresolved::Cycle { .. })), "{name}");
    }
    assert!(matches!(resolve("Through"), Err(Unresolved::Missing { .. })));
    assert!(matches!(resolve("Odd"), Err(Unresolved::External { .. })));
    assert_eq!(resolve("Good").ok().and_then(|place| place.text("operationId")), Some("c"));
}

#[test]
fn long_chains_end() {
    let link = |at: usize| format!("{{\"$ref\": \"#/components/schemas/S{at}\"}}");
    let schemas: Vec<String> = (0..200).map(|at| format!("\"S{at}\": {}", link(at + 1))).collect();
    let text = format!("{{\"openapi\": \"3.1.0\", \"components\": {{\"schemas\": {{{}}}}}}}", schemas.join(","));
    let (description, _) = index(&text);
    let first = description.root().at("/components/schemas/S0").expect("it");
    assert!(matches!(first.resolve(), Err(Unresolved::Cycle { .. })));
    let last = description.root().at("/components/schemas/S190").expect("it");
    assert!(matches!(last.resolve(), Err(Unresolved::Missing { .. })));
}

const ENTRY: &str = "
openapi: 3.0.0
servers: [{url: /v1}]
security: [{key: []}]
components:
  securitySchemes: {key: {type: apiKey, in: header, name: K}}
  schemas:
    Literal: {example: {$ref: not-a-reference.yaml}, default: {$ref: nor-this.yaml}}
    Named: {properties: {example: {$ref: named.yaml}, $ref: {type: string}}}
paths:
  /pets: {$ref: 'paths/pets.yaml#/all'}
  /more: {$ref: 'paths/more.yaml'}
";

const PETS: &str = "
all:
  parameters: [{$ref: '../parameters.yaml#/limit'}]
  get:
    operationId: listPets
    responses:
      '200': {content: {application/json: {schema: {$ref: ../schemas/Pet.yaml}}}}
  servers: [{url: pets}]
";

/// ARZ-URI-13
#[test]
fn a_description_may_have_many_files() {
    let base = "https://docs.example.com/";
    let entry = document("https://docs.example.com/api.yaml", ENTRY);
    let external = |document: &arras_doc::openapi::Document| -> Vec<String> {
        document.external_references().iter().map(|reference| reference.uri.replace(base, "")).collect()
    };
    assert_eq!(external(&entry), ["named.yaml", "paths/pets.yaml", "paths/more.yaml"]);
    let pets = document("https://docs.example.com/paths/pets.yaml", PETS);
    assert_eq!(external(&pets), ["parameters.yaml", "schemas/Pet.yaml"]);

    let mut others = Documents::default();
    others.add(pets);
    others.add_as(
        "https://docs.example.com/parameters.yaml",
        document("https://cdn.example.com/p.yaml", "limit: {name: limit, in: query, schema: {$ref: 's.yaml'}}"),
    );
    others.add(document("https://cdn.example.com/s.yaml", "type: integer"));
    others.add(document("https://docs.example.com/schemas/Pet.yaml", "properties: {name: {type: string}}"));
    let (description, diagnostics) = Description::index(entry, &others);
    assert_eq!(
        messages(&diagnostics),
        ["the document `https://docs.example.com/paths/more.yaml` is referred to but not loaded"]
    );
    assert_eq!(diagnostics[0].rule, rule::UNRESOLVED_REFERENCE);

    let list = operation(&description, "listPets");
    assert_eq!(
        (list.pointer(), list.place().document().uri()),
        ("/paths/~1pets/get", "https://docs.example.com/paths/pets.yaml")
    );
    let mut diagnostics = Vec::new();
    let parameters = list.parameters(&mut diagnostics);
    assert_eq!(parameters[0].schema().map(|schema| schema.types().len()), Some(1));
    let responses = list.responses(&mut diagnostics);
    let schema = responses.for_status(200).and_then(|response| response.content[0].schema()).expect("a schema");
    assert!(schema.property("name").is_some());
    let servers = list.servers(&mut diagnostics);
    assert_eq!(servers[0].document_uri, "https://docs.example.com/paths/pets.yaml");
    let security = list.security(&mut diagnostics);
    assert!(security[0].schemes[0].scheme.is_some());
    assert_eq!(messages(&diagnostics), Vec::<&str>::new());
}

/// ARZ-URI-10, ARZ-DOC-17: a fragment is looked for in the whole document that it leads into, by the rules of that
/// document: as a pointer with its escapes, or as the name of an anchor that stands anywhere else in it.
#[test]
fn fragments_are_resolved_in_whole_documents() {
    let entry = |reference: &str| {
        format!(
            "openapi: 3.1.0\npaths:\n  /a: {{post: {{operationId: a, requestBody: {{content: {{application/json: \
             {{schema: {{$ref: '{reference}'}}}}}}}}}}}}\n"
        )
    };
    let parts = "first: {$ref: '#last'}\na/b c: {title: pointer}\n'%7E': {title: percent}\n\
                 deep: {down: {here: {$anchor: last, title: anchor}}}\n";
    for (reference, title) in [
        ("parts.yaml#/a~1b%20c", Some("pointer")),
        ("parts.yaml#/%257E", Some("percent")),
        ("parts.yaml#/deep/down/here", Some("anchor")),
        ("parts.yaml#last", Some("anchor")),
        ("parts.yaml#/first", Some("anchor")),
        ("parts.yaml#/nowhere", None),
        ("parts.yaml#nowhere", None),
    ] {
        let mut others = Documents::default();
        others.add(document("https://docs.example.com/parts.yaml", parts));
        let (description, _) =
            Description::index(document("https://docs.example.com/api.yaml", &entry(reference)), &others);
        let body = operation(&description, "a").request_body(&mut Vec::new()).expect("a body");
        let found = body.content[0].schema().and_then(|schema| schema.keyword("title")?.as_text().map(str::to_owned));
        assert_eq!(found.as_deref(), title, "{reference}");
    }
}
