//! The body of a request on its way: bytes as they are, files piece by piece from where they lie.

use std::collections::VecDeque;
use std::fmt;
use std::fs::Metadata;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::payload::{Payload, Segment, StoredFile};
use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, SizeHint};
use tokio::fs::File;
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::sync::watch;

/// How much of a body is handed on at a time.
const PIECE: usize = 64 << 10;

/// Why a body could not be sent to its end; carried through the layers of the HTTP client as an error.
#[derive(Debug)]
pub(super) struct Unsendable(pub(super) Fault);

impl fmt::Display for Unsendable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Unsendable {}

/// Tells when a body has been handed on to its end: until then the peer has nothing to answer to.
#[derive(Clone, Debug)]
pub(super) enum Sent {
    /// The body takes no time to send.
    Already,
    /// It is told here.
    Told(watch::Receiver<bool>),
}

impl Sent {
    /// Whether it is.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Sent::Already => true,
            Sent::Told(told) => *told.borrow(),
        }
    }

    /// Waits until it is, or until nobody sends it any more.
    pub(super) async fn whole(self) {
        if let Sent::Told(mut told) = self {
            let _ = told.wait_for(|sent| *sent).await;
        }
    }
}

/// A body with its files open.
///
/// # Errors
/// `invalid-request`, if one can't be read or has another length than it had when the run began.
pub(super) async fn open(payload: &Payload) -> Result<(reqwest::Body, Sent), Fault> {
    let mut parts = VecDeque::new();
    for segment in payload.segments() {
        parts.push_back(match segment {
            Segment::Bytes(bytes) if payload.len() <= PIECE as u64 => {
                return Ok((bytes.clone().into(), Sent::Already));
            }
            Segment::Bytes(bytes) => Part::Bytes(bytes.clone()),
            Segment::File(of) => {
                let unreadable = |error| invalid(format!("the file `{}` can't be read: {error}", of.name));
                // to open what is no file any more, such as a pipe, may take for ever
                unchanged(of, &tokio::fs::metadata(&of.path).await.map_err(unreadable)?)?;
                let file = File::open(&of.path).await.map_err(unreadable)?;
                unchanged(of, &file.metadata().await.map_err(unreadable)?)?;
                Part::File { file, left: of.length, last: None, of: Arc::clone(of) }
            }
        });
    }
    let (sent, told) = watch::channel(false);
    Ok((reqwest::Body::wrap(Outgoing { parts, left: payload.len(), sent }), Sent::Told(told)))
}

fn unchanged(of: &StoredFile, now: &Metadata) -> Result<(), Fault> {
    match now.len() {
        _ if !now.is_file() => Err(invalid(format!("{}, and is no regular file now", of.changed()))),
        length if length != of.length => Err(invalid(format!("{}, and has {length} now", of.changed()))),
        _ => Ok(()),
    }
}

fn invalid(message: String) -> Fault {
    Fault::new(FaultKind::InvalidRequest, Phase::Build, message)
}

enum Part {
    Bytes(Bytes),
    File {
        file: File,
        /// How much of it is still to be read.
        left: u64,
        /// Its last piece, which goes out once nothing is found behind it.
        last: Option<Bytes>,
        of: Arc<StoredFile>,
    },
}

struct Outgoing {
    parts: VecDeque<Part>,
    /// How much is still to be sent.
    left: u64,
    sent: watch::Sender<bool>,
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Unsendable;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Unsendable>>> {
        let piece = match self.parts.front_mut() {
            None => return Poll::Ready(None),
            Some(Part::Bytes(bytes)) => {
                let piece = bytes.split_to(PIECE.min(bytes.len()));
                if bytes.is_empty() {
                    self.parts.pop_front();
                }
                piece
            }
            Some(Part::File { file, left, last, of }) => match ready!(piece(file, left, last, of, context)) {
                Ok(Piece::Some(bytes)) => bytes,
                Ok(Piece::Last(bytes)) => {
                    self.parts.pop_front();
                    bytes
                }
                Err(why) => {
                    self.parts.clear();
                    let fault = Fault::new(FaultKind::SendFailed, Phase::Send, why);
                    return Poll::Ready(Some(Err(Unsendable(fault))));
                }
            },
        };
        self.left = self.left.saturating_sub(piece.len() as u64);
        if self.parts.is_empty() {
            self.sent.send_replace(true);
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.parts.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

enum Piece {
    Some(Bytes),
    Last(Bytes),
}

/// The next piece of a file that is as long as it was.
fn piece(
    file: &mut File,
    left: &mut u64,
    last: &mut Option<Bytes>,
    of: &StoredFile,
    context: &mut Context<'_>,
) -> Poll<Result<Piece, String>> {
    loop {
        let mut buffer = BytesMut::zeroed(PIECE);
        let mut read = ReadBuf::new(&mut buffer);
        if let Err(error) = ready!(Pin::new(&mut *file).poll_read(context, &mut read)) {
            return Poll::Ready(Err(format!("the file `{}` can't be read: {error}", of.name)));
        }
        let length = read.filled().len();
        match (length as u64, last.take()) {
            (0, Some(bytes)) => return Poll::Ready(Ok(Piece::Last(bytes))),
            (0, None) => return Poll::Ready(Err(format!("{}, and is shorter now", of.changed()))),
            (found, None) if found <= *left => {
                *left -= found;
                buffer.truncate(length);
                match *left {
                    0 => *last = Some(buffer.freeze()),
                    _ => return Poll::Ready(Ok(Piece::Some(buffer.freeze()))),
                }
            }
            _ => return Poll::Ready(Err(format!("{}, and is longer now", of.changed()))),
        }
    }
}
