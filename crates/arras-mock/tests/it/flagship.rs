//! The face-liveness workflow's requests against its published description, which the project does not contain.

use arras_mock::sigv4::Scope;
use arras_mock::{Mock, Verdict};

use crate::support::*;

const SCENARIO: &str = "
operations:
  createFaceLivenessSession:
    token: $request.body#/ClientRequestToken
    answers:
    - body: {SessionId: '{uuid}'}
  getFaceLivenessSessionResults:
    key: $request.body#/SessionId
    after: createFaceLivenessSession
    unknown:
      error: {type: SessionNotFoundException, message: Session not found}
    answers:
    - body: {SessionId: '{$request.body#/SessionId}', Status: CREATED}
    - body: {SessionId: '{$request.body#/SessionId}', Status: IN_PROGRESS}
    - error: {type: ThrottlingException, message: Slow down}
    - body: {SessionId: '{$request.body#/SessionId}', Status: SUCCEEDED, Confidence: 99.5}
";

#[expect(clippy::print_stdout, reason = "a test that skips says so")]
async fn mock(scenario: &str) -> Option<Mock> {
    let Some(api) = shared("aws/flagship/openapi/amazon-rekognition-openapi.yml") else {
        println!("skipped: no shared flagship");
        return None;
    };
    let builder = Mock::builder()
        .description("rekognitionApi", description(&api), |_| Some(Scope::new("rekognition", "us-east-1")));
    Some(scripted(builder, scenario).start().await.expect("the mock starts"))
}

async fn request(mock: &Mock, operation: &str, body: &str) -> Answer {
    let target = format!("RekognitionService.{operation}");
    let fields = headers(&[("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", &target)]);
    let scope = Scope::new("rekognition", mock.region());
    let fields = signed("POST", "/", &fields, body, &scope, mock.credentials(), &amz_date(0));
    send(&mock.url(), "POST", "/", &fields, body).await
}

#[tokio::test]
async fn a_session_runs_its_course() {
    let Some(mock) = mock(SCENARIO).await else { return };
    let body = r#"{"ClientRequestToken":"abc"}"#;
    let session = request(&mock, "CreateFaceLivenessSession", body).await.text("/SessionId");
    assert_eq!(request(&mock, "CreateFaceLivenessSession", body).await.text("/SessionId"), session);
    let poll =
        async || request(&mock, "GetFaceLivenessSessionResults", &format!(r#"{{"SessionId":"{session}"}}"#)).await;
    assert_eq!(poll().await.text("/Status"), "CREATED");
    assert_eq!(poll().await.text("/Status"), "IN_PROGRESS");
    let throttled = poll().await;
    assert_eq!((throttled.status, throttled.text("/__type").as_str()), (400, "ThrottlingException"));
    let done = poll().await;
    assert_eq!((done.text("/Status").as_str(), done.text("/Confidence").as_str()), ("SUCCEEDED", "99.5"));
    assert_eq!((done.text("/SessionId"), done.header("content-type")), (session, Some("application/x-amz-json-1.1")));
    let unknown = request(&mock, "GetFaceLivenessSessionResults", r#"{"SessionId":"x"}"#).await;
    assert_eq!((unknown.status, unknown.text("/__type").as_str()), (400, "SessionNotFoundException"));
}

#[tokio::test]
async fn without_a_scenario_the_published_examples_answer() {
    let Some(mock) = mock("").await else { return };
    let answer = request(&mock, "CreateFaceLivenessSession", "{}").await;
    assert_eq!((answer.status, answer.text("/SessionId").len()), (200, 36));
    assert_eq!(mock.requests()[0].verdict, Verdict::Example);
}
