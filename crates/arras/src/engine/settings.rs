//! What a user can set, as plain data.

use arras_doc::arazzo::Newer;
use arras_run::plan::PlanOptions;
use arras_run::run::Limits;

use super::NetworkSettings;
use crate::policy::Policy;

/// Everything that changes how documents are loaded and workflows run.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Budgets and pace.
    pub limits: Limits,
    /// How the document is read where the specification leaves a choice.
    pub plan: PlanOptions,
    /// What becomes of fields that are newer than the document that has them.
    pub newer: Newer,
    /// Where source descriptions really lie: name and path or URL.
    pub sources: Vec<(String, String)>,
    /// Base URLs in place of the descriptions' servers; of several that fit, the last one counts.
    pub servers: Vec<ServerOverride>,
    /// Values of server variables; of several that fit, the last one counts.
    pub server_variables: Vec<ServerVariable>,
    /// What is known of AWS.
    pub aws: AwsSettings,
    /// How requests travel.
    pub network: NetworkSettings,
    /// Where requests may go.
    pub policy: Policy,
}

/// A base URL in place of a description's servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerOverride {
    /// The source description; `None` for every one.
    pub source: Option<String>,
    /// The URL.
    pub url: String,
}

/// The value of a server variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerVariable {
    /// The source description; `None` for every one.
    pub source: Option<String>,
    /// The variable's name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What the user says of AWS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AwsSettings {
    /// The profile to take credentials and region from.
    pub profile: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The signing name of the service.
    pub service: Option<String>,
}

impl Settings {
    pub(crate) fn source(&self, name: &str) -> Option<&str> {
        self.sources.iter().rev().find(|(known, _)| known == name).map(|(_, location)| location.as_str())
    }

    pub(crate) fn server(&self, source: &str) -> Option<&str> {
        let fits = |server: &&ServerOverride| server.source.as_deref().is_none_or(|known| known == source);
        self.servers.iter().rev().find(fits).map(|server| server.url.as_str())
    }

    pub(crate) fn server_variable(&self, source: &str, name: &str) -> Option<&str> {
        let fits = |variable: &&ServerVariable| {
            variable.name == name && variable.source.as_deref().is_none_or(|known| known == source)
        };
        self.server_variables.iter().rev().find(fits).map(|variable| variable.value.as_str())
    }
}
