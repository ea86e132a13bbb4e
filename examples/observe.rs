//! Watches a run as it happens: the events are a stream, and the run can be stopped.

use std::time::Duration;

use arras::Engine;
use arras::credentials::AwsCredentials;
use arras::future::BoxFuture;
use arras::transport::{Answer, Limits, Transport};
use arras_run::effect::CancelReason;
use arras_run::event::EventKind;
use arras_run::exchange::{Request, Response};
use arras_run::fault::Fault;

const WORKFLOW: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../workflows/face-liveness.arazzo.yaml");

/// A service whose sessions never end.
struct Endless;

impl Transport for Endless {
    fn send<'a>(&'a self, _: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        let headers = vec![("Content-Type".to_owned(), "application/x-amz-json-1.1".to_owned())];
        let body = r#"{"SessionId": "6b0a52a4-6fd7-4a4b-9f5e-2f7c8f0f3c11", "Status": "IN_PROGRESS"}"#;
        let response = Response { status: 200, headers, body: body.into() };
        Box::pin(async move { Ok(Answer { response, duration: Duration::from_millis(1) }) })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), arras::Error> {
    for line in run().await? {
        println!("{line}");
    }
    Ok(())
}

async fn run() -> Result<Vec<String>, arras::Error> {
    let limits = arras_run::run::Limits { poll_interval: Duration::from_millis(1), ..Default::default() };
    let engine = Engine::builder()
        .transport(Endless)
        .limits(limits)
        .aws_region("us-east-1")
        .aws_credentials(AwsCredentials::new("AKIDEXAMPLEEXAMPLE00", "an-example-secret-of-forty-characters-00", None))
        .build()?;
    let (handle, mut events) = engine.load(WORKFLOW).await?.workflow("face-liveness-session")?.start()?;
    let mut lines = Vec::new();
    while let Some(event) = events.next().await {
        match event.kind {
            EventKind::StepFinished(step) => {
                lines.push(format!("{} {:?} {:?}", step.effect, step.status, step.outputs.get("status")));
                if step.visit == 3 {
                    handle.cancel(CancelReason::Caller);
                }
            }
            EventKind::RunFinished { status } => lines.push(format!("{status:?}")),
            _ => {}
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn a_run_is_watched_and_stopped() {
        let lines = super::run().await.expect("a run");
        assert!(lines[0].starts_with("createSession#1.1 Succeeded"), "{lines:?}");
        assert!(lines.iter().any(|line| line.starts_with("pollResults#3.1")), "{lines:?}");
        assert_eq!(lines.last().map(String::as_str), Some("Cancelled"));
    }
}
