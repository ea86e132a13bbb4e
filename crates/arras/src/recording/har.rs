//! Reading an HTTP Archive as a recording: its requests are known by method and URL. What it says that it lacks is lacking.

use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::secret::MASK;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Body, RecordedAnswer, RecordedExchange, RecordedRequest, RecordedRun, Recording, VERSION};

/// The exchanges of an archive, in order.
///
/// # Errors
/// One phrase, if it has no entries.
pub(super) fn read(archive: &Value) -> Result<Recording, String> {
    let entries = archive.pointer("/log/entries").and_then(Value::as_array);
    let entries = entries.ok_or("it is an HTTP Archive without entries")?;
    // what a report of runs left out or masked is marked in it
    let is_masked = text(archive, "/log/creator/name") == "arras";
    let exchanges = entries.iter().map(|entry| exchange(entry, is_masked)).collect();
    let run = RecordedRun { exchanges, ..RecordedRun::default() };
    Ok(Recording { recording: VERSION, runs: vec![run], loose: true, is_masked, ..Recording::default() })
}

fn exchange(entry: &Value, is_masked: bool) -> RecordedExchange {
    let cut = if is_masked && !text(entry, "/request/postData/comment").is_empty() { MASK } else { "" };
    let request = RecordedRequest {
        method: text(entry, "/request/method").to_uppercase(),
        url: text(entry, "/request/url"),
        headers: headers(entry.pointer("/request/headers")),
        body: Body::Text(sent(entry) + cut),
    };
    let status =
        entry.pointer("/response/status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    // status 0 stands for no answer
    let status = status.filter(|status| *status > 0);
    let lacking = status.and_then(|_| lacking(entry, is_masked));
    let fault = lacking.map(|message| Fault::new(FaultKind::ReplayDrift, Phase::Build, message));
    let answer = status.filter(|_| fault.is_none()).map(|status| RecordedAnswer {
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
    RecordedExchange { effect: text(entry, "/_effect"), request, answer, fault, ..RecordedExchange::default() }
}

/// The body of the request: its text, else the form whose fields stand in its place.
fn sent(entry: &Value) -> String {
    let body = text(entry, "/request/postData/text");
    let is_form = text(entry, "/request/postData/mimeType").starts_with("application/x-www-form-urlencoded");
    let fields = entry.pointer("/request/postData/params").and_then(Value::as_array).filter(|_| is_form);
    match fields {
        Some(fields) if body.is_empty() => {
            let pairs = fields.iter().map(|field| (text(field, "/name"), text(field, "/value")));
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
        }
        _ => body,
    }
}

/// What of the answer's body the archive lacks, as a phrase.
fn lacking(entry: &Value, is_masked: bool) -> Option<String> {
    let content = entry.pointer("/response/content")?;
    let size = content.get("size").and_then(Value::as_u64).unwrap_or_default();
    let Some(held) = content.get("text").and_then(Value::as_str) else {
        let size = size.max(announced(entry));
        return (size > 0).then(|| format!("the archive does not hold the {size} bytes of the answer's body"));
    };
    if is_masked {
        let comment = text(content, "/comment");
        return (!comment.is_empty()).then(|| format!("the archive holds only {comment} of the answer's body"));
    }
    let held = match text(content, "/encoding").as_str() {
        "base64" => match STANDARD.decode(held) {
            Ok(bytes) => bytes.len(),
            Err(error) => return Some(format!("the archive holds an answer's body that is no base64: {error}")),
        },
        // the size is that in the encoding it had
        _ if !is_utf8(&text(content, "/mimeType")) => return None,
        _ => held.len(),
    };
    let held = u64::try_from(held).unwrap_or(u64::MAX);
    (held < size).then(|| format!("the archive holds only {held} of {size} bytes of the answer's body"))
}

/// The length of the answer's body as its head has it; answers that have none may announce one.
fn announced(entry: &Value) -> u64 {
    let is_without = text(entry, "/request/method").eq_ignore_ascii_case("head")
        || entry.pointer("/response/status").and_then(Value::as_u64) == Some(304);
    let fields = headers(entry.pointer("/response/headers"));
    let length = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.filter(|_| !is_without).and_then(|(_, length)| length.trim().parse().ok()).unwrap_or_default()
}

/// Whether a text of that type is UTF-8, as most are that do not say.
fn is_utf8(media_type: &str) -> bool {
    let lower = media_type.to_ascii_lowercase();
    lower.split_once("charset=").is_none_or(|(_, charset)| charset.trim_matches('"').starts_with("utf-8"))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_archive_may_begin_with_a_mark() {
        let archive = json!({"log": {"entries": []}}).to_string();
        assert!(Recording::parse(&format!("\u{feff}{archive}")).is_ok());
    }

    #[test]
    fn a_form_may_stand_there_by_its_fields() {
        let body = |data: Value| {
            let entry =
                json!({"request": {"method": "POST", "url": "u", "postData": data}, "response": {"status": 200}});
            let archive = json!({"log": {"entries": [entry]}});
            read(&archive).expect("an archive").runs.remove(0).exchanges.remove(0).request.body
        };
        let form = "application/x-www-form-urlencoded";
        let params = json!([{"name": "user", "value": "b b"}, {"name": "x", "value": "é"}]);
        for (data, expected) in [
            (json!({"mimeType": form, "params": params}), "user=b+b&x=%C3%A9"),
            (json!({"mimeType": form, "params": params, "text": ""}), "user=b+b&x=%C3%A9"),
            (json!({"mimeType": form, "params": params, "text": "a=1"}), "a=1"),
            (json!({"mimeType": "multipart/form-data", "params": params}), ""),
        ] {
            assert_eq!(body(data.clone()), Body::Text(expected.to_owned()), "{data}");
        }
    }

    #[test]
    fn what_an_archive_lacks_of_an_answer_is_told() {
        for (creator, content, expected) in [
            (
                "arras",
                json!({"size": 10, "text": "half", "comment": "4 of 10 bytes"}),
                Some("the archive holds only 4 of 10 bytes of the answer's body"),
            ),
            (
                "arras",
                json!({"size": 4, "comment": "bytes that are no text"}),
                Some("the archive does not hold the 4 bytes of the answer's body"),
            ),
            (
                "WebInspector",
                json!({"size": 4, "mimeType": "image/png"}),
                Some("the archive does not hold the 4 bytes of the answer's body"),
            ),
            ("WebInspector", json!({"size": 4, "text": "half", "comment": "so it was"}), None),
            (
                "WebInspector",
                json!({"size": 10, "text": "half"}),
                Some("the archive holds only 4 of 10 bytes of the answer's body"),
            ),
            (
                "WebInspector",
                json!({"size": 10, "text": ""}),
                Some("the archive holds only 0 of 10 bytes of the answer's body"),
            ),
            ("WebInspector", json!({"size": 5, "text": "hälf", "mimeType": "a/b; charset=utf-8"}), None),
            ("WebInspector", json!({"size": 8, "text": "half", "mimeType": "a/b; charset=UTF-16LE"}), None),
            ("WebInspector", json!({"size": -1, "text": "half"}), None),
            ("WebInspector", json!({"size": 3, "text": "AP/+", "encoding": "base64"}), None),
            (
                "WebInspector",
                json!({"size": 9, "text": "!!!", "encoding": "base64"}),
                Some("the archive holds an answer's body that is no base64: Invalid symbol 33, offset 0."),
            ),
            ("arras", json!({"size": 0}), None),
            ("arras", json!({"size": 4, "text": "half"}), None),
        ] {
            let entry =
                json!({"request": {"method": "get", "url": "u"}, "response": {"status": 200, "content": content}});
            let archive = json!({"log": {"creator": {"name": creator}, "entries": [entry]}});
            let exchange = read(&archive).expect("an archive").runs.remove(0).exchanges.remove(0);
            assert_eq!(exchange.fault.as_ref().map(|fault| fault.message.as_str()), expected, "{content}");
            assert_eq!(exchange.answer.is_none(), expected.is_some());
        }
    }
}
