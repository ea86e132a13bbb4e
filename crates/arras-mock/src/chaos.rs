//! Trouble on demand: latency, errors, throttling and resets at given rates, the same again for the same seed.

use std::ops::RangeInclusive;
use std::time::Duration;

use ring::digest;

use crate::protocol::Protocol;

/// How much goes wrong. All draws follow from the seed and the number of the request, so that requests in the same order
/// meet the same trouble.
#[derive(Clone, Debug, PartialEq)]
pub struct Chaos {
    /// How much longer each answer takes, drawn evenly.
    pub latency: RangeInclusive<Duration>,
    /// The share of requests, from 0 to 1, that fail with the protocol's internal error and do nothing.
    pub error_rate: f64,
    /// The share of requests that are throttled and do nothing.
    pub throttle_rate: f64,
    /// The share of requests that do what they ask for, but whose connection is reset before the answer.
    pub reset_rate: f64,
    /// What the draws follow from.
    pub seed: u64,
}

impl Default for Chaos {
    fn default() -> Chaos {
        let latency = Duration::ZERO..=Duration::ZERO;
        Chaos { latency, error_rate: 0.0, throttle_rate: 0.0, reset_rate: 0.0, seed: 0 }
    }
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The protocol's internal error.
    Error,
    /// Too many requests.
    Throttle,
    /// A reset once the request was carried out.
    Reset,
}

impl Chaos {
    /// The rates taken together; no more than 1 for each to be kept.
    pub fn total(&self) -> f64 {
        self.error_rate + self.throttle_rate + self.reset_rate
    }

    /// What happens to the `count`th request, from 1: trouble, if any, and how much longer its answer takes.
    pub fn draw(&self, count: u64) -> (Option<Trouble>, Duration) {
        let hash = digest::digest(&digest::SHA256, format!("arras mock chaos {} {count}", self.seed).as_bytes());
        let share = |from: usize| {
            let bytes = hash.as_ref().get(from..from + 4).unwrap_or_default();
            let number = bytes.iter().fold(0u32, |number, byte| number << 8 | u32::from(*byte));
            f64::from(number) / (f64::from(u32::MAX) + 1.0)
        };
        let drawn = share(0);
        let trouble = [
            (self.error_rate, Trouble::Error),
            (self.throttle_rate, Trouble::Throttle),
            (self.reset_rate, Trouble::Reset),
        ];
        let mut end = 0.0;
        let trouble = trouble.into_iter().find(|(rate, _)| {
            end += rate;
            drawn < end
        });
        let spread = self.latency.end().saturating_sub(*self.latency.start());
        (trouble.map(|(_, trouble)| trouble), *self.latency.start() + spread.mul_f64(share(4)))
    }
}

impl Protocol {
    /// Status and code of a request that comes too soon.
    pub(crate) fn throttled(self) -> (u16, &'static str) {
        match self {
            Protocol::AwsJson => (400, "ThrottlingException"),
            Protocol::Query => (400, "Throttling"),
            Protocol::Ec2 => (503, "RequestLimitExceeded"),
            Protocol::RestJson => (429, "TooManyRequestsException"),
            Protocol::RestXml => (429, "Throttling"),
            Protocol::S3 => (503, "SlowDown"),
            Protocol::Problem => (429, "Too Many Requests"),
        }
    }

    /// Status and code of a service's own failure.
    pub(crate) fn failed(self) -> (u16, &'static str) {
        match self {
            Protocol::AwsJson | Protocol::RestJson => (500, "InternalServerError"),
            Protocol::Query | Protocol::RestXml => (500, "InternalFailure"),
            Protocol::Ec2 | Protocol::S3 => (500, "InternalError"),
            Protocol::Problem => (500, "Internal Server Error"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_follow_the_rates_and_the_seed() {
        let millis = Duration::from_millis;
        let chaos =
            Chaos { latency: millis(20)..=millis(80), error_rate: 0.2, throttle_rate: 0.1, reset_rate: 0.05, seed: 7 };
        let draws: Vec<_> = (1..=2_000).map(|count| chaos.draw(count)).collect();
        let share = |trouble| draws.iter().filter(|(drawn, _)| *drawn == trouble).count();
        // three standard deviations and more around what the rates say
        assert!((330..470).contains(&share(Some(Trouble::Error))), "{}", share(Some(Trouble::Error)));
        assert!((145..255).contains(&share(Some(Trouble::Throttle))), "{}", share(Some(Trouble::Throttle)));
        assert!((65..135).contains(&share(Some(Trouble::Reset))), "{}", share(Some(Trouble::Reset)));
        assert!(draws.iter().all(|(_, latency)| (millis(20)..=millis(80)).contains(latency)));
        assert_eq!(draws, (1..=2_000).map(|count| chaos.draw(count)).collect::<Vec<_>>());
        let other = Chaos { seed: 8, ..chaos };
        assert_ne!(draws, (1..=2_000).map(|count| other.draw(count)).collect::<Vec<_>>());
        assert_eq!(Chaos::default().draw(1), (None, Duration::ZERO));
        let always = Chaos { error_rate: 1.0, ..Chaos::default() };
        assert!((1..500).all(|count| always.draw(count).0 == Some(Trouble::Error)));
    }
}
