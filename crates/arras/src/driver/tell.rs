//! What is told of an exchange: masked, and of bodies the beginning.

use arras_run::effect::Send;
use arras_run::event::{Event, EventKind, RequestSent, ResponseReceived};
use arras_run::exchange::{Exchange, Request, Response};
use arras_run::secret::Secrets;
use arras_run::time::Timestamp;

/// How many bytes of a body an event shows.
const SHOWN: usize = 64 << 10;

/// A request goes out.
pub(super) fn sent(at: Timestamp, secrets: &Secrets, send: &Send, request: &Request) -> Event {
    let kind = EventKind::RequestSent(RequestSent {
        effect: send.id.clone(),
        method: request.method.clone(),
        url: secrets.text(&request.url),
        headers: secrets.headers(&request.headers),
        body: shown(&request.body).map(|body| secrets.text(body)),
        body_length: request.body.len(),
    });
    Event { at, kind }
}

/// An answer has come in.
pub(super) fn received(at: Timestamp, secrets: &Secrets, send: &Send, exchange: &Exchange) -> Event {
    let response: &Response = &exchange.response;
    let kind = EventKind::ResponseReceived(ResponseReceived {
        effect: send.id.clone(),
        status: response.status,
        headers: secrets.headers(&response.headers),
        body: shown(&response.body).map(|body| secrets.text(body)),
        body_length: response.body.len(),
        duration_ms: exchange.duration.as_secs_f64() * 1000.0,
    });
    Event { at, kind }
}

/// The beginning of a body as text; `None` for none and for bytes that are no text.
fn shown(body: &[u8]) -> Option<&str> {
    let head = body.get(..SHOWN).unwrap_or(body);
    match std::str::from_utf8(head) {
        Ok("") => None,
        Ok(text) => Some(text),
        // the cut may have gone through a character
        Err(error) if head.len() < body.len() && error.valid_up_to() + 4 > head.len() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}
