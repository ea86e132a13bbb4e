//! The standard chain over real sockets: endpoints on loopback, and none that answers.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::time::Duration;

use arras::credentials::{AwsCredentials, Chain, ChainSettings, ProvideAwsCredentials};
use arras::environment::Environment;
use arras_run::fault::Fault;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server that answers each request in turn, then closes; gives its URL.
async fn server(answers: &'static [&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for body in answers {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.windows(4).any(|window| window == b"\r\n\r\n") {
                connection.read_buf(&mut head).await.unwrap();
            }
            let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            connection.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        }
        std::future::pending::<()>().await;
    });
    url
}

async fn provided(variables: &[(&str, &str)]) -> Result<Option<AwsCredentials>, Fault> {
    let environment = Environment::new(variables.iter().copied(), BTreeMap::new());
    Chain::standard(&ChainSettings::new(environment).unwrap()).provide().await
}

const KEYS: &str =
    r#"{"AccessKeyId":"ASIAHERE","SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z"}"#;

#[tokio::test]
async fn containers_and_instances_are_asked_over_http() {
    let container = server(&[KEYS]).await;
    let found = provided(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &container)]).await.unwrap().unwrap();
    assert_eq!(found.access_key_id, "ASIAHERE");
    let instance = server(&["token", "role", KEYS]).await;
    // a proxy is not for these
    let variables = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", &*instance), ("HTTP_PROXY", "http://127.0.0.1:9")];
    assert_eq!(provided(&variables).await.unwrap().unwrap().access_key_id, "ASIAHERE");
}

/// By the runtime's own time, which passes at once where all wait.
#[tokio::test(start_paused = true)]
async fn a_metadata_service_that_is_silent_is_given_up_within_three_seconds() {
    let silent = server(&[]).await;
    let refused = "http://127.0.0.1:9";
    for endpoint in [&*silent, refused] {
        let variables = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint)];
        let found = tokio::time::timeout(Duration::from_secs(3), provided(&variables))
            .await
            .unwrap_or_else(|_| panic!("{endpoint}"));
        assert_eq!(found, Ok(None));
    }
}
