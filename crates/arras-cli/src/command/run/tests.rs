//! What is kept when a run breaks off in a way that none should.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arras::Engine;
use arras::recording::{RecordedOption, Recorder, Recording};
use arras::transport::{Answer, Limits, Transport};
use arras_run::exchange::{Request, Response};
use arras_run::fault::Fault;
use clap::FromArgMatches;

use super::*;
use crate::args::{Cli, parser};
use crate::context::Stream;

/// Answers once, and breaks at the second request.
struct Breaking(AtomicUsize);

impl Transport for Breaking {
    fn send<'a>(&'a self, _: &'a Request, _: &'a Limits) -> arras::future::BoxFuture<'a, Result<Answer, Fault>> {
        assert_eq!(self.0.fetch_add(1, Ordering::Relaxed), 0, "this transport breaks, as it should in this test");
        let response = Response { status: 200, headers: Vec::new(), body: Default::default() };
        Box::pin(async { Ok(Answer { response, duration: Duration::from_millis(1) }) })
    }
}

fn arguments(given: &[&str]) -> Box<RunArgs> {
    let matches = parser().try_get_matches_from(["arras", "run"].iter().chain(given)).expect("arguments");
    let Command::Run(args) = Cli::from_arg_matches(&matches).expect("arguments").command else { panic!("a run") };
    args
}

fn context(here: &Path) -> Context {
    Context {
        arguments: Vec::new(),
        variables: Default::default(),
        directory: here.to_owned(),
        stdout: Stream::Pipe,
        stderr: Stream::Pipe,
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("arras-run-tests-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let api = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nservers: [{url: 'http://127.0.0.1:1'}]\n\
        paths: {/a: {get: {operationId: look, responses: {'200': {description: ok}}}}}\n";
    let flow = "arazzo: 1.0.1\ninfo: {title: F, version: '1'}\nsourceDescriptions: [{name: shop, url: api.yaml, type: openapi}]\n\
        workflows:\n- {workflowId: first, steps: [{stepId: s, operationId: look}]}\n\
        - {workflowId: second, steps: [{stepId: s, operationId: look}]}\n";
    for (name, text) in [("api.yaml", api), ("flow.arazzo.yaml", flow)] {
        std::fs::write(folder.join(name), text).expect("a file");
    }
    folder
}

/// What goes behind a beginning that nobody has written would be no recording.
#[test]
fn a_recording_without_its_beginning_is_an_error() {
    let here = folder("begun");
    let (file, path) = (here.join("flow.arazzo.yaml"), here.join("r.rec"));
    let (args, context) =
        (arguments(&[&file.to_string_lossy(), &format!("--record={}", path.display())]), context(&here));
    let recorder = Recorder::default();
    let taping = Taping::Record(recorder.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut tape = taping.tape(&args, Vec::new()).ok().flatten().expect("a tape");
    for id in ["first", "second"] {
        runtime.block_on(async {
            let engine = Engine::builder().transport(Breaking(AtomicUsize::new(0))).record(recorder.clone());
            let loaded = engine.build().expect("an engine").load(&file.to_string_lossy()).await.expect("documents");
            loaded.workflow(id).expect("a workflow").run().await.expect("a run");
        });
        if id == "first" {
            assert!(recorder.journal(&[]).is_some(), "somebody else has it");
        }
    }
    tape.keep();
    assert_eq!(tape.finish(false, &context), Exit::Environment);
    assert!(!path.exists());
    std::fs::remove_dir_all(&here).expect("the folder");
}

#[test]
fn a_run_that_breaks_off_leaves_the_recording_and_the_reports_of_those_before_it() {
    let here = folder("broken");
    let (file, tape, report) = (here.join("flow.arazzo.yaml"), here.join("r.rec"), here.join("r.json"));
    let (record, told) = (format!("--record={}", tape.display()), format!("--report=json={}", report.display()));
    let file = file.to_string_lossy().into_owned();
    let args = arguments(&[&file, "first", "second", "-q", "--output=none", &record, &told]);
    let context = context(&here);
    let recorder = Recorder::default();
    let taping = Taping::Record(recorder.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let ended = runtime.block_on(async {
        let engine = Engine::builder().transport(Breaking(AtomicUsize::new(0))).record(recorder);
        let loaded = engine.build().expect("an engine").load(&file).await.expect("documents");
        let runs = ["first", "second"].map(|id| (id.to_owned(), loaded.workflow(id).expect("a workflow")));
        let tape = taping.tape(&args, vec![RecordedOption::Fixed(file.clone())]).ok().flatten();
        assert!(tape.is_some());
        tell(&args, &context, &places(&loaded), runs.into(), "", tape, &mut Drifted::default()).await
    });
    assert!(matches!(ended, Err(Failure::Engine(_))), "the second run broke off");
    let read = |path: &PathBuf| std::fs::read_to_string(path).expect("a file");
    let recording = Recording::parse(&read(&tape)).expect("a recording");
    assert!(recording.unfinished);
    assert_eq!(recording.runs.iter().map(|run| run.workflow_id.as_str()).collect::<Vec<_>>(), ["first", "second"]);
    let report: serde_json::Value = serde_json::from_str(&read(&report)).expect("a whole report");
    let statuses: Vec<_> =
        report["workflows"].as_array().into_iter().flatten().map(|it| it["status"].as_str()).collect();
    assert_eq!(statuses, [Some("succeeded"), Some("cancelled")]);
    std::fs::remove_dir_all(&here).expect("the folder");
}
