//! What is told of an exchange: masked, and of bodies the beginning.

use arras_run::effect::Send;
use arras_run::event::{Detail, Event, EventKind, RequestSent, ResponseReceived};
use arras_run::exchange::{Exchange, Request, Response};
use arras_run::payload::{Payload, Segment};
use arras_run::secret::Secrets;
use arras_run::time::Timestamp;

/// How many bytes of a body an event shows.
const SHOWN: usize = 64 << 10;

/// A request goes out.
pub(super) fn sent(at: Timestamp, secrets: &Secrets, detail: Detail, send: &Send, request: &Request) -> Event {
    let mut sent = RequestSent {
        effect: send.id.clone(),
        method: String::new(),
        url: String::new(),
        headers: Vec::new(),
        body: None,
        body_length: 0,
    };
    if detail == Detail::Full {
        sent.method.clone_from(&request.method);
        sent.url = secrets.text(&request.url);
        sent.headers = secrets.headers(&request.headers);
        (sent.body, sent.body_length) = shown(secrets, &request.body.outline());
        if request.body.in_memory().is_none() {
            sent.body_length = with_files(secrets, &request.body);
        }
    }
    Event { at, kind: EventKind::RequestSent(sent) }
}

/// An answer has come in.
pub(super) fn received(at: Timestamp, secrets: &Secrets, detail: Detail, send: &Send, exchange: &Exchange) -> Event {
    let response: &Response = &exchange.response;
    let mut received = ResponseReceived {
        effect: send.id.clone(),
        status: response.status,
        headers: Vec::new(),
        body: None,
        body_length: 0,
        duration_ms: exchange.duration.as_secs_f64() * 1000.0,
    };
    if detail == Detail::Full {
        received.headers = secrets.headers(&response.headers);
        (received.body, received.body_length) = shown(secrets, &response.body);
    }
    Event { at, kind: EventKind::ResponseReceived(received) }
}

/// The length of a body: of files their own, whatever is shown in their places.
fn with_files(secrets: &Secrets, body: &Payload) -> usize {
    let length = |segment: &Segment| match segment {
        Segment::Bytes(bytes) => shown(secrets, bytes).1,
        Segment::File(file) => usize::try_from(file.length).unwrap_or(usize::MAX),
    };
    body.segments().iter().map(length).fold(0, usize::saturating_add)
}

/// The beginning of a body as text, `None` for none and for bytes that are no text, and its length.
///
/// It is masked before it is cut, lest the cut leave a part of a secret; its length is that of what is shown whole, lest it
/// tell how long a secret is; and what is no text for its secrets alone is shown, as a replay has it that knows none.
fn shown(secrets: &Secrets, body: &[u8]) -> (Option<String>, usize) {
    let masked = match std::str::from_utf8(body) {
        Ok("") => return (None, 0),
        Ok(text) if secrets.is_empty() => return (Some(cut(text).to_owned()), text.len()),
        Err(_) if secrets.is_empty() => return (None, body.len()),
        Ok(text) => Ok(secrets.text(text)),
        Err(_) => String::from_utf8(secrets.bytes(body)),
    };
    match masked {
        Ok(text) => (Some(cut(&text).to_owned()), text.len()),
        Err(bytes) => (None, bytes.as_bytes().len()),
    }
}

/// As much as an event shows, whole characters.
fn cut(text: &str) -> &str {
    let end = (0..=SHOWN.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use arras_run::payload::{ReadFile, StoredFile};
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_cut_leaves_no_part_of_a_secret() {
        let mut secrets = Secrets::default();
        secrets.add("canary-canary");
        let body = format!("{}canary-canary and more", "x".repeat(SHOWN - 6));
        let (text, length) = shown(&secrets, body.as_bytes());
        let text = text.expect("a text");
        assert!(
            text.ends_with("x***and") || text.ends_with("x*** an") || !text.contains("canary"),
            "{}",
            &text[SHOWN - 20..]
        );
        assert_eq!(length, body.len() - "canary-canary".len() + 3);
        assert_eq!(shown(&secrets, &[0xff, 0xfe]), (None, 2));
        assert_eq!(shown(&secrets, b"\xffcanary-canary"), (None, 4));
        secrets.add("fenêtre");
        assert_eq!(shown(&secrets, b"a fen\xeatre"), (Some("a ***".into()), 5));
        let utf16: Vec<u8> = "a canary-canary".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(shown(&secrets, &utf16), (Some("a\0 \0*\0*\0*\0".into()), 10));
        let (text, _) = shown(&Secrets::default(), "é".repeat(SHOWN).as_bytes());
        assert_eq!(text.map(|text| text.len()), Some(SHOWN));
    }

    #[test]
    fn a_file_counts_in_full_also_where_its_marker_is_secret() {
        let (length, read) = (5 << 20, (|_, _| Ok(())) as ReadFile);
        let file = StoredFile { name: "a.bin".into(), path: "a.bin".into(), length, digest: "01".repeat(32), read };
        let mut body = Payload::from("note=canary-canary&film=");
        body.append(file.clone().into());
        body.push(Bytes::from_static(b"&end"));
        let mut secrets = Secrets::default();
        assert_eq!(with_files(&secrets, &body), (5 << 20) + "note=canary-canary&film=&end".len());
        secrets.add(&file.marker());
        secrets.add("canary-canary");
        assert!(!shown(&secrets, &body.outline()).0.expect("a text").contains("a.bin"));
        assert_eq!(with_files(&secrets, &body), (5 << 20) + "note=***&film=&end".len());
    }
}
