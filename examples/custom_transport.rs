//! Puts a transport of one's own in place of HTTP: here one that answers from memory and keeps what was asked.

use std::sync::Mutex;
use std::time::Duration;

use arras::Engine;
use arras::credentials::AwsCredentials;
use arras::future::BoxFuture;
use arras::transport::{Answer, Limits, Transport};
use arras_run::exchange::{Request, Response};
use arras_run::fault::Fault;

const WORKFLOW: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../workflows/face-liveness.arazzo.yaml");

/// Plays the service.
#[derive(Default)]
struct Memory {
    targets: Mutex<Vec<String>>,
}

impl Transport for Memory {
    fn send<'a>(&'a self, request: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        let target = arras_run::exchange::header(&request.headers, "x-amz-target").unwrap_or_default();
        let body = match target.ends_with("CreateFaceLivenessSession") {
            true => r#"{"SessionId": "6b0a52a4-6fd7-4a4b-9f5e-2f7c8f0f3c11"}"#,
            false => r#"{"Status": "SUCCEEDED", "Confidence": 97.5}"#,
        };
        self.targets.lock().expect("no panic while locked").push(target);
        let headers = vec![("Content-Type".to_owned(), "application/x-amz-json-1.1".to_owned())];
        let response = Response { status: 200, headers, body: body.into() };
        Box::pin(async move { Ok(Answer { response, duration: Duration::from_millis(1) }) })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), arras::Error> {
    println!("{:?}", run().await?);
    Ok(())
}

async fn run() -> Result<Vec<String>, arras::Error> {
    let memory = std::sync::Arc::new(Memory::default());
    let engine = Engine::builder()
        .transport(memory.clone())
        .aws_region("us-east-1")
        .aws_credentials(AwsCredentials::new("AKIDEXAMPLEEXAMPLE00", "an-example-secret-of-forty-characters-00", None))
        .build()?;
    let report = engine.load(WORKFLOW).await?.workflow("face-liveness-session")?.run().await?;
    assert!(report.is_success());
    let targets = memory.targets.lock().expect("no panic while locked").clone();
    Ok(targets)
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn every_request_goes_through_the_transport() {
        let targets = super::run().await.expect("a run");
        let expected = ["CreateFaceLivenessSession", "GetFaceLivenessSessionResults"];
        assert_eq!(targets, expected.map(|name| format!("RekognitionService.{name}")));
    }
}
