//! The published AWS documents, unchanged, run to their ends on the mock: every request in order, every output.
//!
//! The tables are `tests/cases/aws`: documents by their paths in the shared data, which the project does not contain.
#![allow(clippy::unwrap_used)]

#[path = "../../../tests/support/shared_data.rs"]
mod shared_data;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arras::credentials::AwsCredentials;
use arras::environment::Environment;
use arras::{Engine, Loaded, Report, ServerOverride, SetBy, Settings};
use arras_doc::read;
use arras_doc::source::{Source, SourceId};
use arras_doc::value::{Object, Value};
use arras_mock::sigv4::Scope;
use arras_mock::{Addresses, Mock, Recorded, Scenario, ScenarioFile};
use arras_run::run::Limits;
use shared_data::shared;

const REGION: &str = "eu-west-1";

/// The rows of a table: objects with `document`, `run`, `inputs`, `scenario`, and what must be seen.
fn table(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/cases/aws/{name}.yaml"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let source = Source::new(name, "file:///table.yaml", text);
    let (tree, found) = read::read(&source, SourceId(0));
    assert_eq!(found, [], "{name}");
    tree.unwrap().root().to_value().as_array().unwrap().to_vec()
}

fn scenario(value: &Value) -> Scenario {
    let source = Source::new("scenario", "file:///scenario.mock.yaml", value.to_json());
    let (file, found) = ScenarioFile::parse(&source, SourceId(0));
    assert_eq!(found, []);
    file.scenario(None).unwrap().clone()
}

/// A mock of everything that the document refers to, each description at an address of its own.
async fn mock(loaded: &Loaded, row: &Value) -> Mock {
    let mut builder = Mock::builder().addresses(Addresses::PerService);
    for (name, description) in loaded.descriptions() {
        builder = builder.description(name.clone(), Arc::clone(&description), |operation| {
            let scope = loaded.signing_scope(&name, *operation, REGION)?;
            Some(Scope::new(scope.service, scope.region))
        });
    }
    if let Some(value) = row.get("scenario") {
        builder = builder.scenario(scenario(value));
    }
    builder.start().await.unwrap_or_else(|error| panic!("{error}"))
}

fn engine(mock: Option<(&Mock, &Loaded)>) -> Engine {
    let limits = Limits { poll_interval: Duration::ZERO, ..Limits::default() };
    let mut settings = Settings { limits, ..Settings::default() };
    settings.aws.region = Some(REGION.to_owned());
    let mut builder = Engine::builder().environment(Environment::new([("PATH", "")], BTreeMap::new()));
    if let Some((mock, loaded)) = mock {
        for (name, _) in loaded.descriptions() {
            let url = mock.url_of(&name).unwrap();
            settings.servers.push(ServerOverride { source: Some(name), url, set_by: SetBy::User });
        }
        builder = builder.aws_credentials(AwsCredentials::new(mock.access_key_id(), mock.secret_access_key(), None));
    }
    builder.settings(settings).build().unwrap()
}

async fn run(shared: &Path, row: &Value) -> (Report, Vec<Recorded>) {
    let location = shared.join(row.get("document").and_then(Value::as_str).unwrap());
    let location = location.to_string_lossy();
    let loaded = engine(None).load(&location).await.unwrap();
    let mock = mock(&loaded, row).await;
    let loaded = engine(Some((&mock, &loaded))).load(&location).await.unwrap();
    let only = loaded.workflows().into_iter().next().unwrap();
    let workflow = loaded.workflow(&only.id).unwrap_or_else(|error| panic!("{location}: {error}"));
    let inputs = row.get("inputs").and_then(Value::as_object).cloned().unwrap_or_default();
    // the rows are about runs; what is found in the documents is judged elsewhere
    let report =
        workflow.without_findings().inputs(inputs).run().await.unwrap_or_else(|error| panic!("{location}: {error}"));
    let requests = mock.requests();
    mock.shutdown().await;
    (report, requests)
}

/// `METHOD path?query target body`, without what is not there.
fn line(request: &Recorded) -> String {
    let mut line = format!("{} {}", request.method, request.path);
    if !request.query.is_empty() {
        write!(line, "?{}", request.query).unwrap();
    }
    if let Some(target) = request.header("x-amz-target") {
        write!(line, " {target}").unwrap();
    }
    let body = String::from_utf8_lossy(&request.body);
    let body = body.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap_or(&body);
    if !body.is_empty() {
        write!(line, " {body}").unwrap();
    }
    line
}

/// What was seen of a run, in the words of the tables.
fn seen(report: &Report, requests: &[Recorded]) -> Object {
    let workflow = report.workflows.first().unwrap();
    let diagnostics = workflow.steps.iter().flat_map(|step| &step.diagnostics).chain(&report.diagnostics);
    let mut rules: Vec<&str> = diagnostics.map(|diagnostic| diagnostic.rule.id).collect();
    rules.dedup();
    let refused = requests.iter().filter(|request| !request.violations.is_empty() || request.refusal.is_some());
    let members = [
        ("status", Value::from(if report.is_success() { "succeeded" } else { "failed" })),
        ("requests", Value::Array(requests.iter().map(|request| Value::from(line(request))).collect())),
        ("outputs", Value::Object(workflow.outputs.clone())),
        ("findings", Value::Array(rules.into_iter().map(Value::from).collect())),
        ("refused", Value::Array(refused.map(|request| Value::from(request.to_string())).collect())),
    ];
    let is_empty = |value: &Value| value.as_array().is_some_and(<[Value]>::is_empty);
    members.into_iter().filter(|(_, value)| !is_empty(value)).map(|(name, value)| (name.to_owned(), value)).collect()
}

#[allow(clippy::print_stdout)]
async fn family(name: &str) {
    let Some(shared) = shared("") else { return };
    let mut differences = String::new();
    for row in table(name) {
        let (report, requests) = run(&shared, &row).await;
        let seen = seen(&report, &requests);
        let names = ["status", "requests", "outputs", "findings", "refused"];
        let expected = names.iter().filter_map(|name| Some(((*name).to_owned(), row.get(name)?.clone())));
        if seen != expected.collect::<Object>() {
            let about = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
            writeln!(differences, "# {} {}", about("document"), about("run")).unwrap();
            for (name, value) in &seen {
                writeln!(differences, "  {name}: {}", value.to_json()).unwrap();
            }
        }
    }
    assert!(differences.is_empty(), "seen otherwise than written:\n{differences}");
}

#[tokio::test]
async fn rekognition() {
    family("rekognition").await;
}

#[tokio::test]
async fn dynamodb_and_s3() {
    family("dynamodb-s3").await;
}

#[tokio::test]
async fn personalize() {
    family("personalize").await;
}

#[tokio::test]
async fn quicksight() {
    family("quicksight").await;
}

#[tokio::test]
async fn rds() {
    family("rds").await;
}

#[tokio::test]
async fn s3() {
    family("s3").await;
}

/// No published document of the family is without a row.
#[test]
#[allow(clippy::print_stdout)]
fn every_document_has_a_row() {
    let Some(shared) = shared("") else { return };
    let mut folders = vec![shared.join("aws/flagship/arazzo"), shared.join("aws/dynamodb-s3")];
    for folder in std::fs::read_dir(shared.join("corpus/api-evangelist")).unwrap().flatten() {
        let is_aws = folder.file_name().to_string_lossy().starts_with("amazon-");
        // the same documents as the flagship's
        if is_aws && folder.file_name() != "amazon-rekognition" {
            folders.push(folder.path().join("arazzo"));
        }
    }
    let names = ["rekognition", "dynamodb-s3", "personalize", "quicksight", "rds", "s3"];
    let rows: Vec<Value> = names.iter().flat_map(|name| table(name)).collect();
    let documents: Vec<PathBuf> =
        rows.iter().map(|row| shared.join(row.get("document").and_then(Value::as_str).unwrap())).collect();
    for folder in folders {
        for file in std::fs::read_dir(&folder).unwrap().flatten() {
            let path = file.path();
            let name = file.file_name().to_string_lossy().into_owned();
            if name.contains("workflow") {
                assert!(documents.contains(&path), "{} has no row", path.display());
            }
        }
    }
}
