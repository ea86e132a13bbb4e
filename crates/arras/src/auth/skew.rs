//! Clocks that disagree: what a host's `Date` tells of its clock, and when that makes a refused request worth sending
//! again.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arras_run::exchange::{Response, header};
use arras_run::retry_after;
use arras_run::time::Timestamp;

use super::aws_error;
use crate::origin::Origin;

/// Above this, a signature's time is what is wrong with it; below, AWS accepts it.
const DETECTED: Duration = Duration::from_secs(4 * 60);
/// An answer that took longer than this tells nothing of the clock: it may have lain anywhere in between.
const TRUSTED: Duration = Duration::from_secs(15 * 60);

/// The errors by which services refuse a signature whose time may be wrong.
const CODES: [&str; 7] = [
    "RequestTimeTooSkewed",
    "RequestExpired",
    "RequestInTheFuture",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "AuthFailure",
    "AccessDeniedException",
];

/// How far a host's clock is ahead of ours, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Skew(i64);

impl Skew {
    /// The host's time.
    pub(crate) fn correct(self, now: Timestamp) -> Timestamp {
        Timestamp(now.0.saturating_add_signed(self.0))
    }

    fn differs_from(self, other: Skew) -> bool {
        Duration::from_millis(self.0.abs_diff(other.0)) >= DETECTED
    }
}

/// Whether a request that was refused for its time is to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resend {
    /// Signed by the corrected time it may pass.
    Yes,
    /// The answer stands.
    No,
}

/// The skews of the hosts that have answered.
#[derive(Debug, Default)]
pub(crate) struct Skews(Mutex<HashMap<Origin, Skew>>);

impl Skews {
    /// What is known of a host; no skew where nothing is.
    pub(crate) fn of(&self, origin: &Origin) -> Skew {
        self.known().get(origin).copied().unwrap_or_default()
    }

    /// Learns from an answer to a request that was signed with the skew `used`, sent and received at these times.
    pub(crate) fn learn(&self, origin: &Origin, used: Skew, response: &Response, times: Range<Timestamp>) -> Resend {
        let Some(skew) = measured(response, times) else { return Resend::No };
        self.known().insert(origin.clone(), skew);
        let refused = response.status >= 400 && aws_error::code(response).is_some_and(|code| CODES.contains(&&*code));
        if refused && skew.differs_from(used) { Resend::Yes } else { Resend::No }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Origin, Skew>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The skew by an answer's `Date`, taken to be written halfway between sending and receiving. An answer that a cache
/// gave, or that was long on its way, tells nothing.
fn measured(response: &Response, times: Range<Timestamp>) -> Option<Skew> {
    let way = times.end.since(times.start);
    if way > TRUSTED || header(&response.headers, "age").is_some() {
        return None;
    }
    let date = retry_after::date(&header(&response.headers, "date")?)?;
    let middle = times.start.after(way / 2);
    let ahead = i128::from(date.0) - i128::from(middle.0);
    i64::try_from(ahead).ok().map(Skew)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use serde_json::Value;

    use super::*;

    fn instant(text: &Value) -> Timestamp {
        let time = chrono::DateTime::parse_from_rfc3339(text.as_str().unwrap()).unwrap();
        Timestamp(u64::try_from(time.timestamp_millis()).unwrap())
    }

    fn response(case: &Value) -> Response {
        let fields = case["headers"].as_object().unwrap();
        let headers = fields.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
        let body = match case["errorCode"].as_str() {
            Some(code) => format!(r#"{{"__type":"com.amazon.coral#{code}"}}"#),
            None => "{}".to_owned(),
        };
        Response { status: u16::try_from(case["statusCode"].as_u64().unwrap()).unwrap(), headers, body: body.into() }
    }

    #[test]
    fn the_clock_skew_cases_of_aws_come_out_as_published() {
        let named = std::env::var_os("ARRAS_SHARED").map(PathBuf::from);
        let beside = || {
            let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
            above.map(|folder| folder.join("shared")).find(|it| it.is_dir())
        };
        let Some(shared) = named.or_else(beside).filter(|folder| folder.is_dir()) else {
            eprintln!("skipped: the shared data is not at hand");
            return;
        };
        let text = std::fs::read_to_string(shared.join("aws/smithy-rs/clock-skew-test-cases.json")).unwrap();
        let cases: Value = serde_json::from_str(&text).unwrap();
        let cases = cases["tests"].as_array().unwrap();
        assert_eq!(cases.len(), 10);
        let origin = Origin::parse("https://sqs.us-east-1.amazonaws.com").unwrap();
        for case in cases {
            let name = case["description"].as_str().unwrap();
            let skews = Skews::default();
            for operation in case["operations"].as_array().unwrap() {
                let seconds = |key: &str| operation[key].as_i64().unwrap() * 1000;
                skews.known().insert(origin.clone(), Skew(seconds("initialClientSkew")));
                let attempts = operation["attempts"].as_array().unwrap();
                for (number, attempt) in attempts.iter().enumerate() {
                    let (sent, received) =
                        (instant(&attempt["clientTimeAtSend"]), instant(&attempt["clientTimeAtReceive"]));
                    let used = skews.of(&origin);
                    assert_eq!(used.correct(sent), instant(&attempt["expectedSigningTime"]), "{name}");
                    let resend = skews.learn(&origin, used, &response(&attempt["response"]), sent..received);
                    let more = number + 1 < attempts.len() || operation["maxAttempts"] == 1;
                    assert_eq!(resend == Resend::Yes, more, "{name}");
                }
                assert_eq!(skews.of(&origin), Skew(seconds("expectedClientSkew")), "{name}");
            }
        }
    }

    #[test]
    fn one_hosts_clock_says_nothing_of_anothers() {
        let [one, two] = ["https://a.example", "https://b.example"].map(|url| Origin::parse(url).unwrap());
        let skews = Skews::default();
        let headers = vec![("Date".to_owned(), "Thu, 01 Jan 1970 01:00:00 GMT".to_owned())];
        let refused =
            Response { status: 403, headers, body: "<Error><Code>RequestTimeTooSkewed</Code></Error>".into() };
        let now = Timestamp(1_000);
        assert_eq!(skews.learn(&one, Skew::default(), &refused, now..now), Resend::Yes);
        assert_eq!(skews.of(&one).correct(now), Timestamp(3_600_000));
        assert_eq!(skews.of(&two).correct(now), now);
        let used = skews.of(&one);
        assert_eq!(skews.learn(&one, used, &refused, now..now), Resend::No, "the correction did not help");
    }
}
