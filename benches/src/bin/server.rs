//! A server for measurements: keeps connections, answers at once, and tells runs apart by what they were given.
//!
//! It prints its port. `GET /items/N` answers `{"id": N, …}`. `POST /login` answers with a token and a cookie that are made of the
//! field `X-Run`; `GET /whoami` answers with what both say, and 403 where they are not of one run or not there.

#![allow(clippy::print_stdout, reason = "its port is its answer")]

use std::fmt::Write as _;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    loop {
        let (connection, _) = listener.accept().await?;
        connection.set_nodelay(true)?;
        tokio::spawn(serve(connection));
    }
}

async fn serve(mut connection: TcpStream) {
    let mut read = Vec::with_capacity(4096);
    let mut answer = String::new();
    loop {
        let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") else {
            match connection.read_buf(&mut read).await {
                Ok(0) | Err(_) => return,
                Ok(_) => continue,
            }
        };
        let head = String::from_utf8_lossy(&read[..end]).into_owned();
        let length = field(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        while read.len() < end + 4 + length {
            match connection.read_buf(&mut read).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
        read.drain(..end + 4 + length);
        answer.clear();
        respond(&head, &mut answer);
        if connection.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn field<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn respond(head: &str, answer: &mut String) {
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (status, cookie, body) = match path {
        "/login" => {
            let run = field(head, "x-run").unwrap_or_default();
            (
                "200 OK",
                format!("Set-Cookie: session=cookie-{run}; Path=/; HttpOnly\r\n"),
                format!(r#"{{"access_token":"token-{run}"}}"#),
            )
        }
        "/whoami" => {
            let token = field(head, "authorization").and_then(|value| value.strip_prefix("Bearer token-"));
            let cookie = field(head, "cookie").and_then(|value| value.strip_prefix("session=cookie-"));
            match (token, cookie) {
                (Some(token), Some(cookie)) if token == cookie => {
                    ("200 OK", String::new(), format!(r#"{{"run":"{token}"}}"#))
                }
                _ => ("403 Forbidden", String::new(), format!(r#"{{"token":"{token:?}","cookie":"{cookie:?}"}}"#)),
            }
        }
        _ => {
            let id = path.rsplit('/').next().unwrap_or_default();
            (
                "200 OK",
                String::new(),
                format!(
                    r#"{{"id":{id},"name":"item {id}","tags":["a","b"],"price":12.5,"stock":{{"here":3,"there":0}}}}"#
                ),
            )
        }
    };
    let _ = write!(
        answer,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{cookie}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
}
