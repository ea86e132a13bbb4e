//! Keeps a run and runs it again without the service: the events are the same, and no secret is kept.

use std::sync::Arc;
use std::time::Duration;

use arras::Engine;
use arras::credentials::AwsCredentials;
use arras::future::BoxFuture;
use arras::recording::{Recorder, Recording, Replay};
use arras::transport::{Answer, Limits, Transport};
use arras_run::event::Event;
use arras_run::exchange::{Request, Response, header};
use arras_run::fault::Fault;

const WORKFLOW: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../workflows/face-liveness.arazzo.yaml");
const SECRET: &str = "an-example-secret-of-forty-characters-00";

/// Plays the service, which nobody asks the second time.
struct Service;

impl Transport for Service {
    fn send<'a>(&'a self, request: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        let target = header(&request.headers, "x-amz-target").unwrap_or_default();
        let body = match target.ends_with("CreateFaceLivenessSession") {
            true => r#"{"SessionId": "6b0a52a4-6fd7-4a4b-9f5e-2f7c8f0f3c11"}"#,
            false => r#"{"Status": "SUCCEEDED", "Confidence": 97.5}"#,
        };
        let headers = vec![("Content-Type".to_owned(), "application/x-amz-json-1.1".to_owned())];
        let response = Response { status: 200, headers, body: body.into() };
        Box::pin(async move { Ok(Answer { response, duration: Duration::from_millis(1) }) })
    }
}

/// Runs the workflow and keeps what happened.
async fn events(engine: &Engine) -> Result<Vec<Event>, arras::Error> {
    let mut events = Vec::new();
    let workflow = engine.load(WORKFLOW).await?.workflow("face-liveness-session")?;
    workflow.observe(|event| events.push(event.clone())).await?;
    Ok(events)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), arras::Error> {
    let (first, again, text) = run().await?;
    println!("{} events, the same again: {}; a recording of {} bytes", first.len(), first == again, text.len());
    Ok(())
}

async fn run() -> Result<(Vec<Event>, Vec<Event>, String), arras::Error> {
    let recorder = Recorder::default();
    let engine = Engine::builder()
        .transport(Arc::new(Service))
        .aws_region("us-east-1")
        .aws_credentials(AwsCredentials::new("AKIDEXAMPLEEXAMPLE00", SECRET, None))
        .record(recorder.clone())
        .build()?;
    let first = events(&engine).await?;
    let text = recorder.recording(&[]).to_json();

    let replay = Replay::new(Recording::parse(&text).expect("a recording")).with_documents();
    let engine = Engine::builder().aws_region("us-east-1").replay(replay.clone()).build()?;
    let again = events(&engine).await?;
    assert!(replay.drifts().is_empty(), "{:?}", replay.drifts());
    Ok((first, again, text))
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn a_replay_shows_the_same_events() {
        let (first, again, text) = super::run().await.expect("two runs");
        assert_eq!(first, again);
        assert!(first.len() > 8 && !text.contains(super::SECRET));
    }
}
