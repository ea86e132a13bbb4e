//! A run's next turn, by another thread where files may be read for it.

use arras_run::effect::Turn;
use arras_run::run::Run;

/// What a run with stored files does next. To build a request a file may have to be read whole, such as for a member of JSON:
/// meanwhile other runs go on, and timeouts and interrupts are heard.
pub(super) async fn aside(mut run: Box<Run>) -> (Box<Run>, Turn) {
    let turning = tokio::task::spawn_blocking(move || {
        let turn = run.turn();
        (run, turn)
    });
    match turning.await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(next) => next,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // the runtime is ending, and this task with it
        Err(Err(_)) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, Instant};

    use arras_doc::value::Object;
    use arras_run::effect::Effect;
    use arras_run::file::{FileContent, Files};
    use arras_run::payload::{ReadFile, StoredFile};
    use arras_run::run::Limits;
    use arras_run::time::Timestamp;

    use super::*;
    use crate::Engine;
    use crate::future::BoxFuture;
    use crate::load::{LoadError, Loaded, Loader};

    const API: &str = "
openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: 'http://127.0.0.1:9'}]
paths:
  /films: {post: {operationId: add, requestBody: {content: {application/json: {}}}, responses: {}}}
";

    const WORKFLOW: &str = "
arazzo: 1.0.1
info: {title: t, version: '1'}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
  - workflowId: w
    steps: [{stepId: add, operationId: add, requestBody: {payload: {film: $inputs.film}}}]
";

    struct Memory;

    impl Loader for Memory {
        fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
            let text = if uri.ends_with("api.yaml") { API } else { WORKFLOW };
            let loaded = Loaded { uri: uri.to_owned(), name: uri.to_owned(), bytes: text.into() };
            Box::pin(async move { Ok(loaded) })
        }
    }

    #[tokio::test]
    async fn time_goes_on_while_a_file_is_read_into_a_body() {
        static RELEASED: AtomicBool = AtomicBool::new(false);
        let read: ReadFile = |_, see| {
            let begun = Instant::now();
            while !RELEASED.load(Ordering::Relaxed) && begun.elapsed() < Duration::from_secs(20) {
                std::thread::sleep(Duration::from_millis(5));
            }
            see(b"film");
            Ok(())
        };
        let file = StoredFile { name: "a.bin".into(), path: "a.bin".into(), length: 4, digest: "00".repeat(32), read };
        let mut files = Files::default();
        let inputs: Object = [("film".to_owned(), files.add(FileContent::stored(file)))].into_iter().collect();
        let engine = Engine::builder().loader(Memory).build().unwrap();
        let workflow = engine.load("flow.yaml").await.unwrap().workflow("w").unwrap();
        let run = Run::new(workflow.plan().clone(), inputs, Limits::default(), Timestamp(0)).unwrap();
        let mut turning = Box::pin(aside(Box::new(run.with_files(Arc::new(files)))));
        let early = tokio::time::timeout(Duration::from_millis(50), &mut turning).await;
        RELEASED.store(true, Ordering::Relaxed);
        assert!(early.is_err(), "nothing else was done meanwhile");
        let (_, turn) = turning.await;
        let Turn::Perform(Effect::Send(send)) = turn else { panic!("{turn:?}") };
        assert_eq!(send.request.body.in_memory(), Some(b"{\"film\":\"film\"}".as_slice()));
    }
}
