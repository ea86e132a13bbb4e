//! What the standard chain looks at, and what it talks through.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::environment::Environment;
use crate::policy::{HostPattern, Network, Policy, Private};
use crate::transport::{HttpSettings, HttpTransport, InvalidProxy, Proxies, Transport};

/// The addresses at which AWS serves credentials to what runs on it: of instances, of containers, of pods.
const FIXED: [&str; 5] = ["169.254.169.254", "[fd00:ec2::254]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];

/// How far the chain may look for credentials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Everywhere: variables, profiles, programs that they name, endpoints on this machine's network, STS.
    #[default]
    Everything,
    /// Only at what stands written: environment variables and the keys of a profile. No program, no socket.
    KeysAlone,
}

impl Reach {
    /// The reach under a policy: only written keys where there is no network or documents are not trusted.
    pub fn under(policy: &Policy) -> Reach {
        if policy.network == Network::Offline || policy.private == Private::Refused {
            return Reach::KeysAlone;
        }
        Reach::Everything
    }
}

/// What the standard chain of credentials looks at, and what it talks through.
#[derive(Clone)]
pub struct ChainSettings {
    /// Variables and files.
    pub environment: Environment,
    /// The profile that the user named in so many words; it is used alone.
    pub profile: Option<String>,
    /// The region that the user named, whose STS is asked; else that of the environment and the profile.
    pub region: Option<String>,
    /// How far to look.
    pub reach: Reach,
    /// What requests to AWS's services go through: STS, and SSO.
    pub services: Arc<dyn Transport>,
    /// What requests to the endpoints of instances and containers go through, without a proxy.
    pub metadata: Arc<dyn Transport>,
    /// What tells the time.
    pub clock: Arc<dyn Clock>,
}

impl fmt::Debug for ChainSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChainSettings")
            .field("environment", &self.environment)
            .field("profile", &self.profile)
            .field("region", &self.region)
            .field("reach", &self.reach)
            .finish_non_exhaustive()
    }
}

impl ChainSettings {
    /// Looks everywhere, with the system's clock and over the network. Costs nothing until credentials are asked for.
    ///
    /// # Errors
    /// If the environment's proxy variables can't be understood.
    pub fn new(environment: Environment) -> Result<ChainSettings, InvalidProxy> {
        let proxies = Proxies::from_environment(&environment)?;
        let services = HttpSettings { proxies, ..HttpSettings::default() };
        let metadata = HttpSettings {
            policy: metadata_policy(),
            connect_timeout: Duration::from_secs(1),
            ..HttpSettings::default()
        };
        Ok(ChainSettings {
            environment,
            profile: None,
            region: None,
            reach: Reach::default(),
            services: Arc::new(HttpTransport::new(services)),
            metadata: Arc::new(HttpTransport::new(metadata)),
            clock: Arc::new(SystemClock),
        })
    }
}

/// Where requests for metadata may go: to the fixed addresses, which are refused to documents.
fn metadata_policy() -> Policy {
    let named = FIXED.iter().filter_map(|host| host.parse::<HostPattern>().ok()).collect();
    Policy { named, ..Policy::default() }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::policy::judge;

    #[test]
    fn the_chain_reaches_the_fixed_addresses_and_documents_do_not() {
        for host in FIXED {
            let url = Url::parse(&format!("http://{host}/latest/api/token")).unwrap();
            assert!(judge(&metadata_policy(), &url).is_ok(), "{host}");
            assert!(judge(&Policy::default(), &url).is_err(), "{host}");
        }
        assert!(judge(&metadata_policy(), &Url::parse("http://169.254.1.1/").unwrap()).is_err());
    }

    #[test]
    fn written_keys_alone_count_offline_and_for_untrusted_documents() {
        let offline = Policy { network: Network::Offline, ..Policy::default() };
        let untrusted = Policy { private: Private::Refused, ..Policy::default() };
        assert_eq!(Reach::under(&Policy::default()), Reach::Everything);
        assert_eq!([offline, untrusted].map(|policy| Reach::under(&policy)), [Reach::KeysAlone; 2]);
    }
}
