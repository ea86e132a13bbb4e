//! Published descriptions: each indexes without an error, and an independent count agrees.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use arras_doc::diagnostic::has_errors;
use arras_doc::media_type::MediaType;
use arras_doc::openapi::{Description, Direction, Documents, Location, SchemeKind};

use crate::imperfect::read_everything;
use crate::support::{operation, shared, try_document};

const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// Files below this size, in bytes, are read to the last example; in larger ones only the operations are found.
const THOROUGH: usize = 1 << 20;

/// `METHOD path operationId` of each operation.
type Operations = BTreeSet<String>;

/// The operations by another reader, if the text is an OpenAPI description; path items that are references left out.
fn counted(path: &Path, text: &str) -> Option<Operations> {
    let root: serde_json::Value = match path.extension().and_then(|it| it.to_str()) {
        Some("json") => serde_json::from_str(text).ok()?,
        _ => serde_yaml::from_str(text).ok()?,
    };
    root.get("openapi").or(root.get("swagger"))?;
    let mut operations = Operations::new();
    for (path, item) in root.get("paths").and_then(|it| it.as_object()).into_iter().flatten() {
        for (key, operation) in item.as_object().into_iter().flatten() {
            if METHODS.contains(&key.as_str()) && operation.is_object() {
                let id = operation.get("operationId").and_then(|it| it.as_str()).unwrap_or("-");
                operations.insert(format!("{} {path} {id}", key.to_uppercase()));
            }
        }
    }
    Some(operations)
}

fn indexed(description: &Description) -> Operations {
    let shown = description.operations().filter(|operation| operation.path_items().len() == 1).map(|operation| {
        format!("{} {} {}", operation.method(), operation.path().as_str(), operation.operation_id().unwrap_or("-"))
    });
    shown.collect()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let readable = matches!(path.extension().and_then(|it| it.to_str()), Some("json" | "yaml" | "yml"));
        if path.is_dir() {
            files(&path, found);
        } else if readable {
            found.push(path);
        }
    }
}

#[test]
fn published_descriptions_are_indexed_alike_by_another_reader() {
    let Some(shared) = shared() else { return };
    let mut all = Vec::new();
    for folder in ["corpus", "aws", "openapi-large", "spec/examples"] {
        files(&shared.join(folder), &mut all);
    }
    let (mut described, mut operations, mut compared, mut findings, mut lazy) = (0, 0, 0, 0, 0);
    for path in all {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let Some(document) = try_document(&format!("file://{}", path.display()), &text) else { continue };
        let root = document.tree().root();
        if root.get("openapi").is_none() && root.get("swagger").is_none() {
            continue;
        }
        let (description, diagnostics) = Description::index(document, &Documents::default());
        assert!(!has_errors(&diagnostics), "{}: {diagnostics:?}", path.display());
        described += 1;
        operations += description.operations().len();
        findings += diagnostics.len();
        if text.len() < THOROUGH {
            lazy += read_everything(&description);
        }
        if let Some(expected) = counted(&path, &text) {
            compared += 1;
            assert_eq!(indexed(&description), expected, "{}", path.display());
        } else {
            println!("only read here: {}", path.display());
        }
    }
    println!(
        "{described} descriptions, {operations} operations, {compared} compared, {findings} findings, {lazy} more when read"
    );
    assert!(described > 250 && compared > 250 && operations > 5_000, "{described} {compared} {operations}");
}

#[test]
fn the_face_liveness_operations_are_as_published() {
    let Some(shared) = shared() else { return };
    let path = shared.join("aws/flagship/openapi/amazon-rekognition-openapi.yml");
    let text = std::fs::read_to_string(path).expect("the description");
    let document = try_document("file:///amazon-rekognition-openapi.yml", &text).expect("readable text");
    let (description, diagnostics) = Description::index(document, &Documents::default());
    assert_eq!((diagnostics.len(), description.title()), (0, Some("Amazon Rekognition")));

    let create = operation(&description, "createFaceLivenessSession");
    assert_eq!((create.method(), create.path().wire_path()), ("POST", "/"));
    assert_eq!(create.path().fragment(), Some("CreateFaceLivenessSession"));
    assert_eq!(create.pointer(), "/paths/~1#CreateFaceLivenessSession/post");

    let mut found = Vec::new();
    let servers = create.servers(&mut found);
    assert_eq!(servers.iter().map(|it| &*it.url).collect::<Vec<_>>(), ["https://rekognition.amazonaws.com"]);
    let security = create.security(&mut found);
    let [required] = security[0].schemes.as_slice() else { panic!("one scheme") };
    let scheme = required.scheme.as_ref().expect("a scheme");
    assert_eq!((security.len(), required.name), (1, "aws_signature"));
    assert!(matches!(scheme.kind, SchemeKind::ApiKey { name: "Authorization", location: Location::Header }));
    assert!(scheme.description.is_some_and(|it| it.contains("Signature Version 4")));

    assert!(create.parameters(&mut found).is_empty());
    let body = create.request_body(&mut found).expect("a body");
    let amazon = MediaType::parse("application/x-amz-json-1.1").expect("a media type");
    assert!(body.required && amazon.is_json());
    let content = body.content_for(&amazon).expect("the content");
    let value = content.example_value(Direction::Request).expect("an example");
    assert_eq!(value.to_json(), r#"{"ClientRequestToken":"token-abc123"}"#);
    let schema = content.schema().expect("a schema");
    let names: Vec<_> = schema.properties().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["KmsKeyId", "Settings", "ClientRequestToken"]);

    let responses = create.responses(&mut found);
    let created = responses.for_status(200).and_then(|it| it.content_for(&amazon)).expect("the content");
    assert_eq!(
        created.example_value(Direction::Response).map(|it| it.to_json()).as_deref(),
        Some(r#"{"SessionId":"550e8400-e29b-41d4-a716-446655440000"}"#)
    );
    assert!(responses.for_status(400).is_some() && responses.for_status(500).is_none());

    let results = operation(&description, "getFaceLivenessSessionResults").responses(&mut found);
    let status = results.for_status(200).and_then(|it| it.content[0].schema()?.property("Status")).expect("a schema");
    let values: Vec<_> = status.values().into_iter().filter_map(|it| it.as_text()).collect();
    assert_eq!(values, ["CREATED", "IN_PROGRESS", "SUCCEEDED", "FAILED", "EXPIRED"]);
    assert!(found.is_empty());
}
