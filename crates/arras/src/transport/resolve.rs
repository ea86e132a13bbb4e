//! The resolver that connections use: it judges every address before one is connected to.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use arras_run::fault::{Fault, FaultKind, Phase};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::progress;
use crate::origin::Origin;
use crate::policy::{Policy, judge_address};

/// Looks names up with the system's resolver and lets no address through that the policy refuses, so that a name whose
/// answer changes between judging and connecting gains nothing.
pub(super) struct JudgingResolver {
    pub(super) policy: Arc<Policy>,
    /// Hosts that are not judged: the user's proxies.
    pub(super) exempt: BTreeSet<String>,
}

/// Why a name was not resolved; carried through the layers of the HTTP client as an error.
#[derive(Debug)]
pub(super) struct Unresolved(pub(super) Fault);

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Unresolved {}

impl Resolve for JudgingResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let policy = (!self.exempt.contains(&name)).then(|| Arc::clone(&self.policy));
        let origin = progress::origin();
        Box::pin(async move {
            progress::resolving();
            let found: Vec<SocketAddr> = match tokio::net::lookup_host((name.as_str(), 0)).await {
                Ok(found) => found.collect(),
                Err(error) => return Err(Unresolved(not_found(&name, &error.to_string())).into()),
            };
            progress::resolved();
            let admitted = match policy {
                Some(policy) => admit(&policy, &name, origin.as_deref(), found).map_err(Unresolved)?,
                None => found,
            };
            let addresses: Addrs = Box::new(admitted.into_iter());
            Ok(addresses)
        })
    }
}

/// The addresses that the policy lets through; when it refuses all, why it refuses the first.
fn admit(
    policy: &Policy,
    name: &str,
    origin: Option<&Origin>,
    found: Vec<SocketAddr>,
) -> Result<Vec<SocketAddr>, Fault> {
    let mut refusal = None;
    let mut admitted = Vec::new();
    for address in found {
        match judge_address(policy, name, address.ip(), origin) {
            Ok(()) => admitted.push(address),
            Err(fault) => refusal = refusal.or(Some(fault)),
        }
    }
    if admitted.is_empty() {
        return Err(refusal.unwrap_or_else(|| not_found(name, "no address")));
    }
    Ok(admitted)
}

fn not_found(name: &str, why: &str) -> Fault {
    let why = why.strip_prefix("failed to lookup address information: ").unwrap_or(why);
    let message = format!("the host `{name}` has no address: {why}; check the name, or give the server by `--server`");
    Fault::new(FaultKind::DnsFailed, Phase::Dns, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_the_policy_refuses_is_not_connected_to() {
        let address = |text: &str| SocketAddr::new(text.parse().unwrap(), 0);
        let policy = Policy::default();
        let mixed = vec![address("169.254.169.254"), address("93.184.215.14")];
        assert_eq!(admit(&policy, "flips.example", None, mixed).unwrap(), [address("93.184.215.14")]);
        let fault = admit(&policy, "flips.example", None, vec![address("169.254.169.254")]).unwrap_err();
        assert_eq!((fault.kind, fault.phase), (FaultKind::PolicyRefused, Phase::Policy));
        assert!(fault.message.contains("--allow-host flips.example"), "{}", fault.message);
        assert_eq!(admit(&policy, "empty.example", None, Vec::new()).unwrap_err().kind, FaultKind::DnsFailed);
    }
}
