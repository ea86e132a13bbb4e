//! Trying again what the network failed: opt-in, for idempotent requests alone, by the numbers of AWS's standard mode.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arras_run::exchange::{Response, header};
use arras_run::fault::{Fault, FaultKind};
use arras_run::retry_after;
use arras_run::time::Timestamp;

use crate::auth::aws_error;
use crate::origin::Origin;

/// How often a request is sent in all.
pub(super) const ATTEMPTS: u32 = 3;
const BASE: Duration = Duration::from_millis(50);
const BASE_THROTTLED: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(20);

/// What a bucket holds at first and at most, and what a try costs.
const TOKENS: u32 = 500;
const COST: u32 = 14;
const COST_THROTTLED: u32 = 5;
/// What a request that needed no second try brings back.
const REFILL: u32 = 1;

/// The errors by which AWS says that it is asked too often, whatever the status.
const THROTTLED: [&str; 14] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Why a request is worth another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The connection failed, or something between here and there.
    Passing,
    /// The server is asked too often.
    Throttled,
}

/// Whether doing it twice does the same as doing it once (RFC 9110 §9.2.2).
pub(super) fn is_idempotent(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS" | "TRACE")
}

/// What is wrong with an answer, if another try may help.
pub(super) fn of_answer(response: &Response) -> Option<Trouble> {
    let named = || aws_error::code(response).is_some_and(|code| THROTTLED.contains(&&*code));
    match response.status {
        429 => Some(Trouble::Throttled),
        status if status >= 400 && named() => Some(Trouble::Throttled),
        502..=504 => Some(Trouble::Passing),
        _ => None,
    }
}

/// What is wrong with a connection, if another try may help.
pub(super) fn of_fault(fault: &Fault) -> Option<Trouble> {
    use FaultKind::{
        ConnectFailed, ConnectRefused, ConnectTimeout, ConnectionClosed, ConnectionReset, DnsFailed, SendFailed,
    };
    let passing = matches!(
        fault.kind,
        DnsFailed | ConnectRefused | ConnectTimeout | ConnectFailed | SendFailed | ConnectionReset | ConnectionClosed
    );
    passing.then_some(Trouble::Passing)
}

/// How long to wait before the try after `attempts`: by chance up to a time that doubles, and at least as long as the
/// server asks. `None` where it asks for more than anyone waits for here; the document's own retries may.
pub(super) fn pause(
    trouble: Trouble,
    attempts: u32,
    chance: f64,
    response: Option<&Response>,
    now: Timestamp,
) -> Option<Duration> {
    let base = match trouble {
        Trouble::Passing => BASE,
        Trouble::Throttled => BASE_THROTTLED,
    };
    let most = base.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(LONGEST);
    let asked = response.and_then(|response| header(&response.headers, "retry-after"));
    let asked = asked.and_then(|text| retry_after::parse(&text, now)).unwrap_or_default();
    let pause = most.mul_f64(chance.clamp(0.0, 1.0)).max(asked);
    (pause <= LONGEST).then_some(pause)
}

/// What each origin has left for second tries: where all fails, trying all again would make it worse.
#[derive(Debug, Default)]
pub(crate) struct Buckets(Mutex<HashMap<Origin, u32>>);

impl Buckets {
    /// Pays for a try; `None` if there is not enough left.
    pub(super) fn pay(&self, origin: &Origin, trouble: Trouble) -> Option<u32> {
        let cost = match trouble {
            Trouble::Passing => COST,
            Trouble::Throttled => COST_THROTTLED,
        };
        let mut held = self.held();
        let left = held.entry(origin.clone()).or_insert(TOKENS);
        *left = left.checked_sub(cost)?;
        Some(cost)
    }

    /// A request has gone well; `paid` is what its last try cost, if it took more than one.
    pub(super) fn refill(&self, origin: &Origin, paid: Option<u32>) {
        if let Some(left) = self.held().get_mut(origin) {
            *left = left.saturating_add(paid.unwrap_or(REFILL)).min(TOKENS);
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Origin, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use arras_run::fault::Phase;

    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &'static str) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Response { status, headers, body: body.into() }
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        let table = [
            (429, "", Some(Trouble::Throttled)),
            (502, "", Some(Trouble::Passing)),
            (503, "", Some(Trouble::Passing)),
            (504, "", Some(Trouble::Passing)),
            (500, "", None),
            (501, "", None),
            (400, "", None),
            (404, "", None),
            (200, r#"{"__type":"ThrottlingException"}"#, None),
            (400, r#"{"__type":"ThrottlingException"}"#, Some(Trouble::Throttled)),
            (
                400,
                r#"{"__type":"com.amazonaws.dynamodb#ProvisionedThroughputExceededException"}"#,
                Some(Trouble::Throttled),
            ),
            (503, "<Error><Code>SlowDown</Code></Error>", Some(Trouble::Throttled)),
            (400, r#"{"__type":"ValidationException"}"#, None),
        ];
        for (status, body, trouble) in table {
            assert_eq!(of_answer(&answer(status, &[], body)), trouble, "{status} {body}");
        }
        let fault = |kind| of_fault(&Fault::new(kind, Phase::Connect, ""));
        assert_eq!(fault(FaultKind::ConnectRefused), Some(Trouble::Passing));
        assert_eq!(fault(FaultKind::ConnectionReset), Some(Trouble::Passing));
        for kind in
            [FaultKind::TlsFailed, FaultKind::PolicyRefused, FaultKind::RequestTimeout, FaultKind::InvalidResponse]
        {
            assert_eq!(fault(kind), None, "{kind:?}");
        }
    }

    #[test]
    fn only_what_can_be_done_twice_is() {
        for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"] {
            assert!(is_idempotent(method), "{method}");
        }
        for method in ["POST", "PATCH", "CONNECT", "get", "QUERY"] {
            assert!(!is_idempotent(method), "{method}");
        }
    }

    #[test]
    fn pauses_double_by_chance_and_obey_the_server() {
        let (now, plain) = (Timestamp(1_795_338_000_000), answer(503, &[], ""));
        let pause = |trouble, attempts, chance| super::pause(trouble, attempts, chance, Some(&plain), now).unwrap();
        let ms = Duration::from_millis;
        assert_eq!(pause(Trouble::Passing, 1, 0.0), ms(0));
        assert_eq!(pause(Trouble::Passing, 1, 0.5), ms(25));
        assert_eq!(pause(Trouble::Passing, 2, 0.5), ms(50));
        assert_eq!(pause(Trouble::Throttled, 1, 0.5), ms(500));
        assert_eq!(pause(Trouble::Throttled, 2, 0.5), ms(1000));
        assert_eq!(pause(Trouble::Throttled, 9, 1.0), ms(20_000));
        let asks =
            |value| super::pause(Trouble::Passing, 1, 0.5, Some(&answer(503, &[("Retry-After", value)], "")), now);
        assert_eq!(asks("2"), Some(ms(2_000)));
        assert_eq!(asks("Sun, 22 Nov 2026 09:00:03 GMT"), Some(ms(3_000)));
        for passed_over in ["0", "soon", "-1", "Sun, 06 Nov 1994 08:49:37 GMT"] {
            assert_eq!(asks(passed_over), Some(ms(25)), "{passed_over}");
        }
        assert_eq!(asks("31536000"), None);
    }

    #[test]
    fn where_all_fails_the_tries_run_out() {
        let [one, two] = ["https://a.example", "https://b.example"].map(|url| Origin::parse(url).unwrap());
        let buckets = Buckets::default();
        let tries = std::iter::from_fn(|| buckets.pay(&one, Trouble::Passing)).count();
        assert_eq!(tries, 35);
        assert_eq!(buckets.pay(&two, Trouble::Throttled), Some(5), "another origin has its own");
        buckets.refill(&one, None);
        assert_eq!(buckets.pay(&one, Trouble::Passing), None);
        buckets.refill(&one, Some(14));
        assert!(buckets.pay(&one, Trouble::Passing).is_some());
    }
}
