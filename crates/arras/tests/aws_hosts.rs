//! Every AWS host that the shared descriptions name: for which service and region it is signed, and where requests go.
//!
//! With `--nocapture` the table is printed.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../../../tests/support/shared_data.rs"]
mod shared_data;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use arras::auth::{Detection, Facts, RegionSources, Scheme, detect};
use arras_doc::openapi::{Description, Document, Documents};
use arras_doc::source::{Source, SourceId};
use shared_data::shared;

/// Host as described, service, the region if nobody tells one, the region in an environment of `eu-west-1`, and the host
/// in its place there.
const ROWS: [(&str, &str, &str, &str, &str); 28] = [
    ("dynamodb.{region}.amazonaws.com", "dynamodb", "us-east-1", "eu-west-1", ""),
    ("dynamodb.{region}.amazonaws.com.cn", "dynamodb", "cn-north-1", "eu-west-1", ""),
    ("ec2.amazonaws.com", "ec2", "", "eu-west-1", "ec2.eu-west-1.amazonaws.com"),
    ("ec2.{region}.amazonaws.com", "ec2", "us-east-1", "eu-west-1", ""),
    ("ec2.{region}.amazonaws.com.cn", "ec2", "cn-north-1", "eu-west-1", ""),
    ("iam.amazonaws.com", "iam", "us-east-1", "us-east-1", ""),
    ("iam.cn-north-1.amazonaws.com.cn", "iam", "cn-north-1", "cn-north-1", ""),
    ("iam.us-gov.amazonaws.com", "iam", "us-gov-west-1", "us-gov-west-1", ""),
    ("lambda.{region}.amazonaws.com", "lambda", "us-east-1", "eu-west-1", ""),
    ("lambda.{region}.amazonaws.com.cn", "lambda", "cn-north-1", "eu-west-1", ""),
    ("my-bucket.s3.{region}.amazonaws.com", "s3", "us-east-1", "eu-west-1", ""),
    ("personalize.{region}.amazonaws.com", "personalize", "us-east-1", "eu-west-1", ""),
    ("quicksight.{region}.amazonaws.com", "quicksight", "us-east-1", "eu-west-1", ""),
    ("rds.{region}.amazonaws.com", "rds", "us-east-1", "eu-west-1", ""),
    ("rekognition.amazonaws.com", "rekognition", "", "eu-west-1", "rekognition.eu-west-1.amazonaws.com"),
    ("rekognition.{region}.amazonaws.com", "rekognition", "us-east-1", "eu-west-1", ""),
    ("rekognition.{region}.amazonaws.com.cn", "rekognition", "cn-north-1", "eu-west-1", ""),
    ("s3-{region}.amazonaws.com", "s3", "us-east-1", "eu-west-1", ""),
    ("s3.amazonaws.com", "s3", "us-east-1", "us-east-1", ""),
    ("s3.{region}.amazonaws.com", "s3", "us-east-1", "eu-west-1", ""),
    ("s3.{region}.amazonaws.com.cn", "s3", "cn-north-1", "eu-west-1", ""),
    ("sqs.{region}.amazonaws.com", "sqs", "us-east-1", "eu-west-1", ""),
    ("sqs.{region}.amazonaws.com.cn", "sqs", "cn-north-1", "eu-west-1", ""),
    ("states.{region}.amazonaws.com", "states", "us-east-1", "eu-west-1", ""),
    ("states.{region}.amazonaws.com.cn", "states", "cn-north-1", "eu-west-1", ""),
    ("sts.amazonaws.com", "sts", "us-east-1", "us-east-1", ""),
    ("sts.{region}.amazonaws.com", "sts", "us-gov-west-1", "eu-west-1", ""),
    ("sts.{region}.amazonaws.com.cn", "sts", "cn-north-1", "eu-west-1", ""),
];

/// The files below a folder whose names say that they are descriptions.
fn descriptions(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            descriptions(&path, found);
        } else if (name.contains("openapi") || path.components().any(|part| part.as_os_str() == "apis-guru"))
            && [".yml", ".yaml", ".json"].iter().any(|ending| name.ends_with(ending))
        {
            found.push(path);
        }
    }
}

/// The hosts of a description's servers with the defaults of their region variables.
fn hosts(path: &Path, found: &mut BTreeMap<String, String>) {
    let text = std::fs::read_to_string(path).unwrap();
    if !text.contains("amazonaws") {
        return;
    }
    let source = Source::new("api", "file:///api", text);
    let Some(tree) = arras_doc::read::read(&source, SourceId(0)).0 else { return };
    let document = Document::new(SourceId(0), "file:///api", std::sync::Arc::new(tree));
    let description = Description::index(std::sync::Arc::new(document), &Documents::default()).0;
    let Some(operation) = description.operations().next() else { return };
    for server in operation.servers(&mut Vec::new()) {
        let default = server.variables.iter().find(|variable| variable.name == "region");
        let default = default.and_then(|variable| variable.default).unwrap_or_default();
        for separator in ["-", "."] {
            let url = server.expand(|name| match name {
                "region" => Some("{region}".to_owned()),
                "dash-or-dot" => Some(separator.to_owned()),
                _ => None,
            });
            let url = url.unwrap();
            let host = url.split("://").nth(1).unwrap_or_default().to_owned();
            if host.contains("amazonaws") {
                found.entry(host).or_insert_with(|| default.to_owned());
            }
        }
    }
}

#[test]
fn every_described_host_is_signed_for_its_service_and_region() {
    let Some(shared) = shared("") else { return };
    let mut files = Vec::new();
    for folder in ["corpus/api-evangelist", "openapi-large/apis-guru", "aws"] {
        descriptions(&shared.join(folder), &mut files);
    }
    files.push(shared.join("aws/flagship/rekognition.apis-guru.json"));
    let mut found = BTreeMap::new();
    files.iter().for_each(|file| hosts(file, &mut found));
    let named: BTreeSet<&str> = ROWS.iter().map(|row| row.0).collect();
    assert_eq!(
        found.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        named,
        "hosts without a row, or rows without a host"
    );
    for (host, service, alone, around, rewritten) in ROWS {
        let default = found.get(host).map(String::as_str).filter(|default| !default.is_empty());
        let mut row = format!("{host:45}");
        for (environment, expected) in [(None, alone), (Some("eu-west-1"), around)] {
            let facts = Facts {
                scheme: Scheme {
                    key: "s",
                    kind: "apiKey",
                    location: Some("header"),
                    name: Some("Authorization"),
                    ..Scheme::default()
                },
                server: &format!("https://{host}"),
                region_default: default,
                regions: RegionSources { environment, profile: None },
                ..Facts::default()
            };
            let Detection::Sign(signing) = detect(&facts) else { panic!("{host} is not signed") };
            assert_eq!(signing.service.as_deref(), Some(service), "{host}");
            assert_eq!(signing.region.as_deref().unwrap_or_default(), expected, "{host} in {environment:?}");
            let host_there = signing.host_rewrite.unwrap_or_default();
            assert_eq!(host_there, if environment.is_some() { rewritten } else { "" }, "{host} in {environment:?}");
            row.push_str(&format!(" {service:12} {expected:14} {host_there}"));
        }
        println!("{row}");
    }
}
