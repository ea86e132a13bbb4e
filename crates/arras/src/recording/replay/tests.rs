//! What attempts and runs leave to those behind them.

use arras_run::result::StepResult;

use super::*;
use crate::auth::{Authorization, Authorizer};

fn recording() -> Recording {
    let judged = StepResult { status_code: Some(418), ..StepResult::default() };
    let exchange = RecordedExchange {
        effect: "a#1.1".to_owned(),
        request: RecordedRequest {
            method: "GET".to_owned(),
            url: "https://a.example/".to_owned(),
            ..Default::default()
        },
        judged: Some(Box::new(judged)),
        ..RecordedExchange::default()
    };
    let run = RecordedRun { workflow_id: "w".to_owned(), exchanges: vec![exchange], ..RecordedRun::default() };
    Recording { runs: vec![run], ..Recording::default() }
}

/// One that a deadline ended is never settled, and the next one may not get as far as an exchange.
#[tokio::test]
async fn an_attempt_is_settled_by_its_own_exchange() {
    let replay = Replay::new(recording());
    replay.run("w");
    let request = made(&recording().runs[0].exchanges[0].request);
    for (effect, expected) in [("a#1.1", Ok(())), ("b#1.1", Err(FaultKind::ReplayDrift))] {
        let effect = EffectId(effect.into());
        replay.begin(&effect, None, &Secrets::default());
        let (mut request, mut trail) = (request.clone(), Trail::default());
        let outcome = replay.authorize(&mut request, &Authorization::None, Timestamp(0), &mut trail).await;
        assert_eq!(outcome.map_err(|fault| fault.kind), expected);
    }
    let mut result = StepResult::default();
    replay.settle(&EffectId("b#1.1".into()), &mut result);
    assert_eq!((result.status_code, replay.notes()), (None, Vec::new()));
}

#[tokio::test]
async fn a_run_is_not_ended_by_the_deadline_of_another() {
    let replay = Replay::new(recording());
    replay.run("w");
    // the run is stopped before it notices
    tokio::select! {
        biased;
        () = replay.expire() => panic!("it comes to no end"),
        () = std::future::ready(()) => {}
    }
    replay.run("w");
    tokio::select! {
        biased;
        () = replay.overdue() => panic!("no attempt of this run is overdue"),
        () = std::future::ready(()) => {}
    }
}

/// What a browser asked for side by side stands in any order.
#[tokio::test]
async fn an_archive_answers_with_the_entry_that_fits() {
    let entry = |body: &str, status| RecordedExchange {
        request: RecordedRequest {
            method: "POST".to_owned(),
            url: "https://a.example/".to_owned(),
            body: crate::recording::Body::Text(body.to_owned()),
            ..Default::default()
        },
        answer: Some(RecordedAnswer { status, ..Default::default() }),
        ..RecordedExchange::default()
    };
    let run = RecordedRun { exchanges: vec![entry("one", 201), entry("two", 202)], ..RecordedRun::default() };
    let replay = Replay::new(Recording { runs: vec![run.clone()], loose: true, ..Recording::default() });
    replay.run("w");
    for (at, status) in [(1, 202), (0, 201)] {
        replay.begin(&EffectId("a#1.1".into()), None, &Secrets::default());
        let (mut request, mut trail) = (made(&run.exchanges[at].request), Trail::default());
        let outcome = replay.authorize(&mut request, &Authorization::None, Timestamp(0), &mut trail).await;
        assert_eq!((outcome, replay.outcome().map(|answer| answer.response.status)), (Ok(()), Ok(status)));
    }
    assert_eq!(replay.drifts(), [""; 0]);
}
