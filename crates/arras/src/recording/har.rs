//! Reading an HTTP Archive as a recording: its requests are known by method and URL. What it says that it lacks is lacking.

use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::secret::MASK;
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
        body: Body::Text(text(entry, "/request/postData/text") + cut),
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

/// What of the answer's body the archive lacks, as a phrase.
fn lacking(entry: &Value, is_masked: bool) -> Option<String> {
    let content = entry.pointer("/response/content")?;
    let size = content.get("size").and_then(Value::as_u64).unwrap_or_default();
    if content.get("text").is_none() {
        return (size > 0).then(|| format!("the archive does not hold the {size} bytes of the answer's body"));
    }
    let comment = text(content, "/comment");
    (is_masked && !comment.is_empty()).then(|| format!("the archive holds only {comment} of the answer's body"))
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
