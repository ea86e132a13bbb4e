//! One request for credentials, sent again once if the network fails it.

use std::time::Duration;

use arras_run::exchange::{Request, Response};
use arras_run::fault::Fault;

use crate::transport::{Limits, Transport};

/// The most that an answer with credentials may hold.
const BODY: usize = 256 << 10;

/// A request without a body.
pub(super) fn request(method: &str, url: &str, headers: &[(&str, &str)]) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request {
        method: method.to_owned(),
        url: url.to_owned(),
        headers,
        body: Default::default(),
        path: Vec::new(),
        query: Vec::new(),
    }
}

/// Sends it, and once more if it could not be sent or the server says that it is broken.
///
/// # Errors
/// The transport's second fault.
pub(super) async fn ask(transport: &dyn Transport, request: &Request, limit: Duration) -> Result<Response, Fault> {
    let limits = Limits { request: limit, first_byte: limit, body: BODY };
    match transport.send(request, &limits).await {
        Ok(answer) if answer.response.status < 500 => Ok(answer.response),
        Err(fault) if !fault.is_transport() => Err(fault),
        _ => transport.send(request, &limits).await.map(|answer| answer.response),
    }
}

/// An answer's body as text.
pub(super) fn text(response: &Response) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(&response.body)
}
