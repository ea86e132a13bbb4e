//! Many runs at a time through one engine: none is lost, and none gets another's token or cookie.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/memory.rs"]
mod memory;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arras::environment::Environment;
use arras::{Cookies, Engine, NetworkSettings, Settings};
use arras_run::effect::Status;
use memory::Memory;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const RUNS: usize = 400;

const WORKFLOW: &str = include_str!("../../../tests/support/session.arazzo.yaml");
const API: &str = include_str!("../../../tests/support/session.openapi.yaml");

/// Who is connected at a time, and the most there were.
#[derive(Default)]
struct Count {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// A server that gives each run a token and a cookie of its own, and refuses those that are not of one run.
async fn server(count: Arc<Count>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                let now = count.now.fetch_add(1, Ordering::SeqCst) + 1;
                count.most.fetch_max(now, Ordering::SeqCst);
                serve(connection).await;
                count.now.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    port
}

async fn serve(mut connection: TcpStream) {
    let mut read = Vec::new();
    loop {
        while !read.ends_with(b"\r\n\r\n") {
            match connection.read_buf(&mut read).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
        let head = String::from_utf8(std::mem::take(&mut read)).unwrap();
        let answer = respond(&head);
        if connection.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn respond(head: &str) -> String {
    let field = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    };
    let run = field("x-run");
    let (status, fields, body) = if head.starts_with("POST /login") {
        (
            "200 OK",
            format!("Set-Cookie: session=cookie-{run}; Path=/\r\n"),
            format!(r#"{{"access_token":"token-{run}"}}"#),
        )
    } else {
        let (token, cookie) = (field("authorization"), field("cookie"));
        let token = token.strip_prefix("Bearer token-").unwrap_or("no token");
        let same = cookie.strip_prefix("session=cookie-") == Some(token);
        (if same { "200 OK" } else { "403 Forbidden" }, String::new(), format!(r#"{{"run":"{token}"}}"#))
    };
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{fields}Content-Length: {length}\r\n\r\n{body}")
}

#[tokio::test]
async fn many_runs_keep_apart_and_none_is_lost() {
    let count = Arc::new(Count::default());
    let port = server(Arc::clone(&count)).await;
    let network = NetworkSettings { cookies: Cookies::Kept, at_once: 50, ..NetworkSettings::default() };
    let engine = Engine::builder()
        .settings(Settings { network, ..Settings::default() })
        .environment(Environment::new([], BTreeMap::new()))
        .loader(Memory { workflow: WORKFLOW, api: API })
        .server(None, &format!("http://127.0.0.1:{port}"))
        .build()
        .unwrap();
    let workflow = engine.load("w.yaml").await.unwrap().workflow("w").unwrap();
    let mut runs = JoinSet::new();
    for number in 0..RUNS {
        let run = workflow.clone().input("run", format!("run-{number}"));
        runs.spawn(async move { (number, run.observe(|_| {}).await.unwrap()) });
    }
    let mut seen = vec![false; RUNS];
    while let Some(ended) = runs.join_next().await {
        let (number, outcome) = ended.unwrap();
        assert_eq!(outcome.status, Status::Succeeded, "run {number}");
        let told = outcome.outputs.get("run").and_then(|run| run.as_str());
        assert_eq!(told, Some(format!("run-{number}").as_str()));
        seen[number] = true;
    }
    assert!(seen.into_iter().all(|seen| seen));
    let most = count.most.load(Ordering::SeqCst);
    assert!(most <= 60, "{most} connections at a time, though 50 requests were allowed");
}
