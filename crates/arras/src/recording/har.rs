//! Reading an HTTP Archive as a recording: its requests are known by method and URL.

use serde_json::Value;

use super::{Body, RecordedAnswer, RecordedExchange, RecordedRequest, RecordedRun, Recording, VERSION};

/// The exchanges of an archive, in order.
///
/// # Errors
/// One phrase, if it has no entries.
pub(super) fn read(archive: &Value) -> Result<Recording, String> {
    let entries = archive.pointer("/log/entries").and_then(Value::as_array);
    let entries = entries.ok_or("it is an HTTP Archive without entries")?;
    let run = RecordedRun { exchanges: entries.iter().map(exchange).collect(), ..RecordedRun::default() };
    Ok(Recording { recording: VERSION, runs: vec![run], loose: true, ..Recording::default() })
}

fn exchange(entry: &Value) -> RecordedExchange {
    let request = RecordedRequest {
        method: text(entry, "/request/method").to_uppercase(),
        url: text(entry, "/request/url"),
        headers: headers(entry.pointer("/request/headers")),
        body: Body::Text(text(entry, "/request/postData/text")),
    };
    let status =
        entry.pointer("/response/status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    // status 0 stands for no answer
    let answer = status.filter(|status| *status > 0).map(|status| RecordedAnswer {
        status,
        // the body stands there decoded
        headers: headers(entry.pointer("/response/headers"))
            .into_iter()
            .filter(|(name, _)| {
                !["content-encoding", "transfer-encoding", "content-length"]
                    .iter()
                    .any(|own| name.eq_ignore_ascii_case(own))
            })
            .collect(),
        body: match text(entry, "/response/content/encoding").as_str() {
            "base64" => {
                let base64 = Body::Base64(text(entry, "/response/content/text"));
                Body::of(&base64.bytes())
            }
            _ => Body::Text(text(entry, "/response/content/text")),
        },
        duration_ns: nanoseconds(entry.get("time").and_then(Value::as_f64).unwrap_or_default()),
    });
    RecordedExchange { effect: text(entry, "/_effect"), request, answer, ..RecordedExchange::default() }
}

fn nanoseconds(millis: f64) -> u64 {
    if millis.is_finite() && millis > 0.0 { (millis * 1e6) as u64 } else { 0 }
}

fn text(entry: &Value, pointer: &str) -> String {
    entry.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn headers(fields: Option<&Value>) -> Vec<(String, String)> {
    let field = |field: &Value| {
        let name = field.get("name")?.as_str()?;
        // HTTP/2's own fields are no header fields
        (!name.starts_with(':')).then(|| (name.to_owned(), text(field, "/value")))
    };
    fields.and_then(Value::as_array).into_iter().flatten().filter_map(field).collect()
}
