//! What a mock remembers of each request, and the line it shows for it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use crate::chaos::Trouble;
use crate::contract::Violation;
use crate::fault::Fault;
use crate::percent;
use crate::sigv4::RejectionKind;

/// How many requests are remembered; the oldest is forgotten first.
const REMEMBERED: usize = 10_000;
/// How many bytes of bodies are remembered.
const REMEMBERED_BYTES: usize = 64 << 20;

/// Why a request got the answer it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The scenario's answer of that index.
    Scenario(usize),
    /// The description's example.
    Example,
    /// The answer that its idempotency token had got before.
    Repeated,
    /// Its key does not exist.
    UnknownKey,
    /// The scenario had no answer left.
    Exhausted,
    /// Its signature was refused.
    Rejected(RejectionKind),
    /// It does not meet its description.
    Invalid,
    /// Chaos made it fail or throttled it.
    Chaos(Trouble),
    /// No operation is there.
    NoOperation,
    /// Its body was larger than the mock takes.
    TooLarge,
}

/// One request and how it was answered.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The service's name, if an operation was found.
    pub service: Option<String>,
    /// The operation's id, if one was found.
    pub operation: Option<String>,
    /// The method.
    pub method: String,
    /// The path as sent.
    pub path: String,
    /// The query as sent, without `?`.
    pub query: String,
    /// The parameters of the query whose values its line leaves out.
    pub secret_query: Vec<String>,
    /// The header fields in the order they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// The answer's status; none where a fault kept it back.
    pub status: Option<u16>,
    /// The fault, if there was one.
    pub fault: Option<Fault>,
    /// Why it was answered so.
    pub verdict: Verdict,
    /// The first line of a refusal.
    pub refusal: Option<String>,
    /// What of it does not meet the description, as far as that was looked at.
    pub violations: Vec<Violation>,
}

impl Recorded {
    /// The first value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// One line: `POST / createFaceLivenessSession 200`, without control characters and without the values of secrets.
impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, visible(&self.path))?;
        if !self.query.is_empty() {
            write!(f, "?{}", visible(&masked(&self.query, &self.secret_query)))?;
        }
        if let Some(operation) = &self.operation {
            write!(f, " {}", visible(operation))?;
        }
        match self.status {
            Some(status) => write!(f, " {status}")?,
            None => f.write_str(" -")?,
        }
        if let Some(fault) = self.fault {
            write!(f, " ({})", fault.as_str())?;
        }
        match (&self.verdict, &self.refusal) {
            (Verdict::Rejected(_), Some(refusal)) => write!(f, ": {}", visible(refusal)),
            (Verdict::Repeated, _) => f.write_str(": same token as before"),
            (Verdict::UnknownKey, _) => f.write_str(": unknown key"),
            (Verdict::Exhausted, _) => f.write_str(": the scenario has no answer left"),
            (Verdict::NoOperation, _) => f.write_str(": no such operation"),
            (Verdict::TooLarge, _) => f.write_str(": body too large"),
            (Verdict::Chaos(Trouble::Throttle), _) => f.write_str(": throttled by chaos"),
            (Verdict::Chaos(_), _) => f.write_str(": failed by chaos"),
            _ => Ok(()),
        }?;
        if !self.violations.is_empty() && self.verdict != Verdict::Invalid {
            f.write_str(" (let pass)")?;
        }
        for (index, violation) in self.violations.iter().enumerate() {
            let separator = if index == 0 { ": " } else { "; " };
            write!(f, "{separator}{}", visible(&violation.to_string()))?;
        }
        Ok(())
    }
}

/// Names under which queries carry secrets, whatever a description says.
const SECRET: [&str; 16] = [
    "access_token",
    "api-key",
    "api_key",
    "apikey",
    "client_secret",
    "id_token",
    "passwd",
    "password",
    "pwd",
    "refresh_token",
    "secret",
    "sig",
    "token",
    "x-amz-credential",
    "x-amz-security-token",
    "x-amz-signature",
];

/// The query with `***` in place of what is secret.
fn masked(query: &str, secret: &[String]) -> String {
    let pair = |pair: &str| {
        let Some((name, _)) = pair.split_once('=') else { return pair.to_owned() };
        let decoded = percent::decode_text(name);
        let by_nature = SECRET.iter().any(|known| decoded.eq_ignore_ascii_case(known));
        if by_nature || secret.contains(&decoded) { format!("{name}=***") } else { pair.to_owned() }
    };
    query.split('&').map(pair).collect::<Vec<_>>().join("&")
}

/// Control characters and bidirectional overrides escaped.
fn visible(text: &str) -> String {
    let hidden = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown = text.chars().map(|c| if hidden(c) { c.escape_default().to_string() } else { c.to_string() });
    shown.collect()
}

/// The last requests.
#[derive(Debug, Default)]
pub(crate) struct Records {
    inner: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    all: VecDeque<Recorded>,
    bytes: usize,
}

impl Records {
    pub(crate) fn add(&self, recorded: Recorded) {
        let mut kept = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += recorded.body.len();
        kept.all.push_back(recorded);
        while kept.all.len() > REMEMBERED || kept.bytes > REMEMBERED_BYTES {
            let Some(oldest) = kept.all.pop_front() else { break };
            kept.bytes -= oldest.body.len();
        }
    }

    pub(crate) fn all(&self) -> Vec<Recorded> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).all.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_no_secret_of_a_query() {
        let secret = ["key".to_owned(), "my pass".to_owned()];
        let table = [
            ("id=42&key=hush", "id=42&key=***"),
            ("my%20pass=hush&my pass=hush&mypass=seen", "my%20pass=***&my pass=***&mypass=seen"),
            ("Password=hush&access_token=hush&flag", "Password=***&access_token=***&flag"),
            ("X-Amz-Signature=hush&X-Amz-Date=20261126", "X-Amz-Signature=***&X-Amz-Date=20261126"),
            ("%70assword=hush=hush", "%70assword=***"),
            ("", ""),
        ];
        for (query, shown) in table {
            assert_eq!(masked(query, &secret), shown, "{query}");
        }
    }
}
