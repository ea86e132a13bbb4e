//! A server that fails by script: what it does with each connection, and what it has been sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// One thing that the server does with a connection.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Reads a whole request and keeps it.
    Read,
    /// Reads what a client of HTTP/2 greets with.
    Greeting,
    /// Reads a whole request of HTTP/2 and keeps it: the frames up to the end of the first stream that ends.
    ReadFrames,
    /// Reads what there is, once, and forgets it.
    Sip,
    /// Writes bytes.
    Write(Vec<u8>),
    /// Writes the request that was read last.
    Echo,
    /// Writes the bytes again and again until nobody reads them.
    Flood(Vec<u8>),
    /// Writes the bytes again and again, a while between.
    Drip(Vec<u8>, Duration),
    /// Waits.
    Pause(Duration),
    /// Closes without saying so at a higher layer.
    Close,
    /// Resets.
    Reset,
    /// Keeps the connection open and says nothing.
    Hold,
}

/// Writes a text, its line breaks as HTTP has them.
pub(crate) fn write(text: &str) -> Act {
    Act::Write(text.replace('\n', "\r\n").into_bytes())
}

/// A running server.
pub(crate) struct Server {
    /// Where it listens on loopback.
    pub(crate) port: u16,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Server {
    /// Does this to every connection, inside TLS if there is a configuration for it.
    pub(crate) async fn start(address: &str, tls: Option<ServerConfig>, acts: Vec<Act>) -> std::io::Result<Server> {
        let listener = TcpListener::bind((address, 0)).await?;
        let port = listener.local_addr()?.port();
        let requests = Arc::default();
        let kept = Arc::clone(&requests);
        let acceptor = tls.map(|tls| TlsAcceptor::from(Arc::new(tls)));
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (acts, kept, acceptor) = (acts.clone(), Arc::clone(&kept), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => play(connection, acts, &kept, reset).await,
                        Some(acceptor) => {
                            if let Ok(inside) = acceptor.accept(connection).await {
                                play(inside, acts, &kept, |inside| reset(inside.into_inner().0)).await;
                            }
                        }
                    }
                });
            }
        });
        Ok(Server { port, requests })
    }

    /// The whole requests that have come in, head and body.
    pub(crate) fn requests(&self) -> Vec<Vec<u8>> {
        self.requests.lock().unwrap().clone()
    }
}

fn reset(connection: TcpStream) {
    #[allow(deprecated, reason = "a lingering time of zero is how a reset is made")]
    let _ = connection.set_linger(Some(Duration::ZERO));
}

async fn play<S: AsyncRead + AsyncWrite + Unpin>(
    mut connection: S,
    acts: Vec<Act>,
    kept: &Mutex<Vec<Vec<u8>>>,
    reset: impl FnOnce(S),
) {
    let mut last = Vec::new();
    for act in acts {
        let went = match act {
            Act::Read => match read(&mut connection).await {
                Some(request) => {
                    kept.lock().unwrap().push(request.clone());
                    last = request;
                    true
                }
                None => return,
            },
            Act::Greeting => connection.read_exact(&mut [0; 24]).await.is_ok(),
            Act::ReadFrames => match read_frames(&mut connection).await {
                Some(request) => {
                    kept.lock().unwrap().push(request);
                    true
                }
                None => return,
            },
            Act::Sip => connection.read_buf(&mut Vec::with_capacity(64 << 10)).await.is_ok(),
            Act::Write(bytes) => connection.write_all(&bytes).await.is_ok(),
            Act::Echo => connection.write_all(&last).await.is_ok(),
            Act::Flood(bytes) => {
                while connection.write_all(&bytes).await.is_ok() {}
                false
            }
            Act::Drip(bytes, between) => {
                while connection.write_all(&bytes).await.is_ok() && connection.flush().await.is_ok() {
                    tokio::time::sleep(between).await;
                }
                false
            }
            Act::Pause(time) => {
                tokio::time::sleep(time).await;
                true
            }
            Act::Close => return,
            Act::Reset => return reset(connection),
            Act::Hold => std::future::pending().await,
        };
        if !went || connection.flush().await.is_err() {
            return;
        }
    }
    // what is left is read, so that closing is no reset
    let _ = connection.shutdown().await;
    let _ = connection.read_to_end(&mut Vec::new()).await;
}

/// A request, its body as long as its head says; `None` if it never became whole.
async fn read(connection: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    let head = loop {
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if connection.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8_lossy(&request[..head]).to_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0);
    while request.len() < head + length {
        if connection.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    }
    Some(request)
}

/// What a client of HTTP/2 sends until a stream ends, byte by byte; `None` if none does.
async fn read_frames(connection: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    const ENDS: u8 = 1;
    let mut read = Vec::new();
    loop {
        let mut head = [0; 9];
        connection.read_exact(&mut head).await.ok()?;
        let length = usize::try_from(u32::from_be_bytes([0, head[0], head[1], head[2]])).unwrap();
        let (kind, flags, start) = (head[3], head[4], read.len());
        read.resize(start + length, 0);
        connection.read_exact(&mut read[start..]).await.ok()?;
        if matches!(kind, 0 | 1) && flags & ENDS != 0 {
            return Some(read);
        }
    }
}
