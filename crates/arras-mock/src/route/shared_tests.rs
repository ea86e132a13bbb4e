//! Every operation of every AWS description in the shared data is found by a request made from its own description.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arras_doc::openapi::{self, Description, Document, Documents};
use arras_doc::source::{Source, SourceId};
use bytes::Bytes;

use super::*;
use crate::describe;
use crate::percent;
use crate::sigv4::Scope;

fn shared() -> Option<PathBuf> {
    std::env::var_os("ARRAS_SHARED").map(PathBuf::from).or_else(|| {
        let start = Path::new(env!("CARGO_MANIFEST_DIR"));
        start.ancestors().map(|folder| folder.join("shared")).find(|path| path.is_dir())
    })
}

/// The files of some folders that are descriptions of AWS services.
fn descriptions(shared: &Path) -> Vec<PathBuf> {
    let mut found = vec![
        shared.join("aws/dynamodb-s3/dynamodb.openapi.yaml"),
        shared.join("aws/dynamodb-s3/s3.openapi.yaml"),
        shared.join("aws/flagship/rekognition.apis-guru.json"),
    ];
    let mut folders = vec![
        shared.join("openapi-large/apis-guru/amazonaws.com"),
        shared.join("aws/flagship/openapi"),
        shared.join("aws/flagship/openapi-head"),
    ];
    let corpus = std::fs::read_dir(shared.join("corpus/api-evangelist")).into_iter().flatten().flatten();
    folders.extend(
        corpus
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("amazon-"))
            .map(|entry| entry.path().join("openapi")),
    );
    for folder in folders {
        found.extend(std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()));
    }
    found
}

fn described(path: &Path) -> Arc<Description> {
    let source = Source::new("api", "file:///api", std::fs::read_to_string(path).expect("a description"));
    let tree = arras_doc::read::read(&source, SourceId(0)).0.expect("a tree");
    let document = Document::new(SourceId(0), "file:///api", Arc::new(tree));
    Arc::new(Description::index(Arc::new(document), &Documents::default()).0)
}

/// A path with every `{name}` filled in.
fn filled(template: &str) -> String {
    let mut parts = template.split('{');
    let mut path = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').expect("a closing brace");
        path.push_str(if name.ends_with('+') { "a/b%20c" } else { "value" });
        path.push_str(rest);
    }
    path
}

/// A request as its description asks for it: what the path key says, and each required parameter.
fn request(operation: openapi::Operation<'_>) -> Received {
    let key = operation.path();
    let parameters = operation.parameters(&mut Vec::new());
    let mut query: Vec<(String, String)> = Vec::new();
    let mut headers: Vec<(String, String)> = Vec::new();
    let pairs = key.fixed_pairs().map(|(name, value)| (name, filled(&value.unwrap_or_default())));
    query.extend(pairs);
    for part in key.fragment().unwrap_or_default().split('&').filter(|part| !part.is_empty()) {
        match part.split_once('=') {
            Some(("X-Amz-Target", target)) => headers.push(("x-amz-target".into(), target.into())),
            Some((name, value)) => query.push((name.into(), filled(value))),
            None if key.wire_path() == "/" => headers.push(("x-amz-target".into(), format!("Service.{part}"))),
            // a header's name, in S3's case
            None if parameters.iter().any(|it| it.location == openapi::Location::Header && it.name == part) => {}
            None => query.push((part.into(), String::new())),
        }
    }
    for parameter in &parameters {
        let values = parameter.schema().map(|schema| schema.values()).unwrap_or_default();
        let value = values.first().and_then(|value| value.as_text()).unwrap_or("value").to_owned();
        let known =
            |pairs: &[(String, String)]| pairs.iter().any(|(name, _)| name.eq_ignore_ascii_case(parameter.name));
        match parameter.location {
            openapi::Location::Query if parameter.required && !known(&query) => {
                query.push((parameter.name.to_owned(), value));
            }
            openapi::Location::Header if parameter.required && !known(&headers) => {
                headers.push((parameter.name.to_ascii_lowercase(), value));
            }
            _ => {}
        }
    }
    let query: Vec<String> =
        query.iter().map(|(name, value)| format!("{}={}", percent::encode(name), percent::encode(value))).collect();
    Received::new(operation.method(), &filled(key.wire_path()), &query.join("&"), headers, Bytes::new())
}

#[test]
#[allow(clippy::print_stdout, reason = "a test that skips says so")]
fn every_aws_operation_is_found() {
    let Some(shared) = shared() else {
        println!("skipped: the shared data is absent");
        return;
    };
    let mut seen = 0;
    let mut lost = Vec::new();
    for path in descriptions(&shared) {
        let description = described(&path);
        let service = describe::service("aws".into(), &description, |_| Some(Scope::new("x", "us-east-1")));
        let services = [service];
        let (routes, problems) = Routes::new(&services, Sharing::One);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        lost.extend(problems.iter().map(|problem| format!("{name}: {}", problem.message)));
        for (index, operation) in description.operations().enumerate() {
            seen += 1;
            let request = request(operation);
            match routes.find(&request, |_| true) {
                Found::Operation(found, _) if found.operation == index => {}
                Found::Operation(found, _) => {
                    let other = services[0].operations.get(found.operation).map(|it| it.id.clone());
                    lost.push(format!("{name}: {} {} is taken for {other:?}", operation.name(), request.target_uri()));
                }
                other => lost.push(format!("{name}: {} {}: {other:?}", operation.name(), request.target_uri())),
            }
        }
    }
    println!("{seen} operations");
    assert!(seen > 1_000, "{seen} operations");
    assert!(lost.is_empty(), "{} of {seen}:\n{}", lost.len(), lost.join("\n"));
}
