//! Runs the flagship on the mock: serves the described API on loopback, then signs, polls and finishes.

use arras::Engine;
use arras::credentials::AwsCredentials;
use arras_mock::Mock;
use arras_mock::sigv4::Scope;

const WORKFLOW: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../workflows/face-liveness.arazzo.yaml");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let report = run().await?;
    println!("{} {:?}", report.workflows[0].workflow_id, report.output("confidence"));
    Ok(())
}

async fn run() -> Result<arras::Report, Box<dyn std::error::Error>> {
    // once to learn which APIs the document needs
    let loaded = Engine::builder().build()?.load(WORKFLOW).await?;
    let mut mock = Mock::builder();
    for (name, description) in loaded.descriptions() {
        mock = mock.description(name, description, |_| Some(Scope::new("rekognition", "us-east-1")));
    }
    let mock = mock.start().await?;

    // and once more against the mock, with the credentials that it accepts
    let engine = Engine::builder()
        .server(None, &mock.url())
        .aws_region("us-east-1")
        .aws_credentials(AwsCredentials::new(mock.access_key_id(), mock.secret_access_key(), None))
        .build()?;
    let workflow = engine.load(WORKFLOW).await?.workflow("face-liveness-session")?;
    let report = workflow.input("clientRequestToken", "abc").run().await?;
    assert_eq!(mock.requests().len(), 2); // the description's example is a session that has succeeded already
    mock.shutdown().await;
    Ok(report)
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn the_flagship_runs_on_the_mock() {
        let report = super::run().await.expect("a report");
        assert!(report.is_success());
        assert_eq!(report.output("confidence").map(ToString::to_string).as_deref(), Some("99.21"));
    }
}
