//! A server of a few lines that keeps each request as its bytes came, and answers as a test says.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::judge;
use crate::support::SECRET;

pub(crate) const SESSION: &str = "6b0a52a4-6fd7-4a4b-9f5e-2f7c8f0f3c11";

/// One request as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: String,
    /// The path and query as sent.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Unix seconds.
    pub(crate) at: i64,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

/// What the server does about a request.
pub(crate) enum Answer {
    /// Answers with that status and JSON.
    Json(u16, String),
    /// Answers with that status, media type and text.
    Text(u16, &'static str, String),
    /// Says nothing for as long as the peer waits.
    Hang,
}

type Answering = dyn FnMut(usize, &Received) -> Answer + Send;

struct Shared {
    answer: Mutex<Box<Answering>>,
    received: Mutex<Vec<Received>>,
    connections: Mutex<Vec<TcpStream>>,
    stopped: AtomicBool,
}

pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Server {
    /// Serves with answers from `answer`, which is told the number of requests before and the request.
    pub(crate) fn start(answer: impl FnMut(usize, &Received) -> Answer + Send + 'static) -> Server {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            answer: Mutex::new(Box::new(answer)),
            received: Mutex::default(),
            connections: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if serving.stopped.load(Ordering::SeqCst) {
                    return;
                }
                serving.connections.lock().unwrap().push(stream.try_clone().unwrap());
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || {
                    let _ = serve(stream, &shared);
                });
            }
        });
        Server { address, shared }
    }

    /// A liveness session whose polls see these statuses, the last one again and again. Requests must be signed with
    /// `SECRET`; others get the service's own error.
    pub(crate) fn session(statuses: &'static [&'static str]) -> Server {
        Server::start(move |before, request| {
            if let Err(rejection) = judge::mock(request, SECRET) {
                let error = serde_json::json!({"__type": "InvalidSignatureException", "message": rejection.message});
                return Answer::Json(400, error.to_string());
            }
            if request.header("x-amz-target") == Some("RekognitionService.CreateFaceLivenessSession") {
                return Answer::Json(200, format!(r#"{{"SessionId":"{SESSION}"}}"#));
            }
            let status = statuses.get(before - 1).or(statuses.last()).unwrap();
            Answer::Json(
                200,
                match *status {
                    "SUCCEEDED" => r#"{"Status":"SUCCEEDED","Confidence":98.97350311279297}"#.to_owned(),
                    other => format!(r#"{{"Status":"{other}"}}"#),
                },
            )
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// Waits until that many requests have come.
    pub(crate) fn wait_for(&self, requests: usize) {
        let begun = Instant::now();
        while self.received().len() < requests {
            assert!(begun.elapsed() < Duration::from_secs(60), "{requests} requests never came");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Closes the port and every connection.
    pub(crate) fn stop(&self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        for connection in self.shared.connections.lock().unwrap().drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    while let Some(request) = receive(&mut reader)? {
        let answer = {
            let mut received = shared.received.lock().unwrap();
            let before = received.len();
            received.push(request.clone());
            drop(received);
            (shared.answer.lock().unwrap())(before, &request)
        };
        let (status, media_type, body) = match answer {
            Answer::Json(status, body) => (status, "application/x-amz-json-1.1", body),
            Answer::Text(status, media_type, body) => (status, media_type, body),
            Answer::Hang => {
                let _ = reader.read(&mut [0; 1]);
                return Ok(());
            }
        };
        let length = body.len();
        write!(
            writer,
            "HTTP/1.1 {status} Whatever\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n{body}"
        )?;
    }
    Ok(())
}

fn receive(reader: &mut impl BufRead) -> io::Result<Option<Received>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end_matches(['\r', '\n']) {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut parts = lines[0].split(' ');
    let (method, target) = (parts.next().unwrap().to_owned(), parts.next().unwrap().to_owned());
    let fields = lines[1..].iter().map(|line| line.split_once(':').unwrap());
    let headers: Vec<_> = fields.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
    reader.read_exact(&mut body)?;
    let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    Ok(Some(Received { method, target, headers, body, at: i64::try_from(at).unwrap() }))
}
