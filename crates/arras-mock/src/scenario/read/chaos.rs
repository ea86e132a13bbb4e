//! `validate` and `chaos` out of the spanned tree.

use std::ops::RangeInclusive;
use std::time::Duration;

use arras_doc::node::NodeRef;

use super::Reader;
use crate::chaos::Chaos;
use crate::contract::Validation;

const CHAOS: &[&str] = &["latency", "errorRate", "throttleRate", "resetRate", "seed"];

impl Reader {
    pub(super) fn validation(&mut self, node: NodeRef<'_>) -> Option<Validation> {
        let name = self.text(node)?;
        // where it is a boolean, that is how YAML 1.1 reads `on` and `off`
        let choice = match node.as_bool() {
            Some(true) => Some(Validation::On),
            Some(false) => Some(Validation::Off),
            None => Validation::parse(&name),
        };
        if choice.is_none() {
            let names = Validation::ALL.map(|choice| format!("`{}`", choice.as_str())).join(", ");
            self.push(node.span(), format!("`{name}` is no way to validate"), Some(format!("there are {names}")));
        }
        choice
    }

    pub(super) fn chaos(&mut self, node: NodeRef<'_>) -> Chaos {
        let mut chaos = Chaos::default();
        if !self.mapping(node, CHAOS, "`chaos`") {
            return chaos;
        }
        if let Some(latency) = node.get("latency").and_then(|latency| self.latency(latency)) {
            chaos.latency = latency;
        }
        chaos.error_rate = self.rate(node, "errorRate");
        chaos.throttle_rate = self.rate(node, "throttleRate");
        chaos.reset_rate = self.rate(node, "resetRate");
        let seed = node.get("seed").and_then(|seed| self.integer(seed, 0..=i64::MAX)).unwrap_or(0);
        chaos.seed = u64::try_from(seed).unwrap_or(0);
        if chaos.total() > 1.0 {
            let message = "the rates of errors, throttling and resets are more than 1 together".to_owned();
            self.push(node.span(), message, None);
        }
        chaos
    }

    /// `50ms`, or a range: `20ms..80ms`.
    fn latency(&mut self, node: NodeRef<'_>) -> Option<RangeInclusive<Duration>> {
        let text = self.text(node)?;
        let (least, most) = text.split_once("..").unwrap_or((&text, &text));
        let (least, most) = (self.duration_of(node, least.trim())?, self.duration_of(node, most.trim())?);
        if least > most {
            self.push(node.span(), format!("`{text}` ends before it begins"), None);
            return None;
        }
        Some(least..=most)
    }

    fn rate(&mut self, node: NodeRef<'_>, name: &str) -> f64 {
        let Some(rate) = node.get(name) else { return 0.0 };
        match rate.as_number().map(|number| number.as_f64()) {
            Some(share) if (0.0..=1.0).contains(&share) => share,
            Some(_) => {
                self.push(rate.span(), format!("`{}` is no share from 0 to 1", rate.key()), None);
                0.0
            }
            None => {
                self.wrong_type(rate, "a number");
                0.0
            }
        }
    }
}
