//! What a user can set, as plain data.

use arras_doc::arazzo::Newer;
use arras_doc::arazzo::SourceDescription;
use arras_doc::levels::Levels;
use arras_run::plan::PlanOptions;
use arras_run::run::Limits;

use super::NetworkSettings;
use crate::credentials::SecretString;
use crate::policy::Policy;
use crate::transport::ClientCertificate;

/// Everything that changes how documents are loaded and workflows run.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Budgets and pace.
    pub limits: Limits,
    /// How the document is read where the specification leaves a choice.
    pub plan: PlanOptions,
    /// What becomes of fields that are newer than the document that has them.
    pub newer: Newer,
    /// How severe findings are that no run depends on ([`Rule::inert`](arras_doc::rule::Rule::inert)), unless the document
    /// that they are in says otherwise. An error keeps a workflow from being run. By default unknown fields are an error, and
    /// names with characters that the specification forbids a warning, unless the plan is strict.
    pub levels: Levels,
    /// Where source descriptions really lie: name and path or URL.
    pub sources: Vec<(String, String)>,
    /// Base URLs in place of the descriptions' servers; of several that fit, the last one counts.
    pub servers: Vec<ServerOverride>,
    /// Values of server variables; of several that fit, the last one counts.
    pub server_variables: Vec<ServerVariable>,
    /// What is known of AWS.
    pub aws: AwsSettings,
    /// What is known of other credentials.
    pub auth: AuthSettings,
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
    /// Who says so: a server that the user sets is a host that they name, for the policy.
    pub set_by: SetBy,
}

/// Whose word a setting is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SetBy {
    /// The user's own.
    #[default]
    User,
    /// That of the settings which came along with the documents.
    Project,
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
    /// The region where neither the user nor a host, the environment, the profile or a server variable tells one: for mocks.
    pub last_region: Option<String>,
    /// The signing name of the service.
    pub service: Option<String>,
}

/// What the user says of credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthSettings {
    /// Where credentials are that were given for this very use: looked at before the environment. Of several that fit,
    /// the last one counts.
    pub credentials: Vec<CredentialSetting>,
    /// Where credentials are that the user keeps in their own settings: looked at last.
    pub configured: Vec<CredentialSetting>,
    /// What happens where one is missing.
    pub missing: Missing,
    /// Client certificates, each for the hosts that its pattern names.
    pub certificates: Vec<ClientCertificate>,
}

impl AuthSettings {
    /// Where the credential is that was given for this very use.
    pub fn reference(&self, source: &str, scheme: &str) -> Option<&CredentialRef> {
        let setting = self.credentials.iter().rev().find(|setting| setting.fits(source, scheme));
        setting.map(|setting| &setting.reference)
    }
}

/// Where the credential for a security scheme is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialSetting {
    /// The source description; `None` for every one.
    pub source: Option<String>,
    /// The security scheme.
    pub scheme: String,
    /// Where it is.
    pub reference: CredentialRef,
}

/// Where a credential is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialRef {
    /// Here.
    Literal(SecretString),
    /// In that variable of the environment.
    Variable(String),
    /// In that file, without the line break at its end.
    File(String),
    /// It is what that command line prints, without the line break at its end.
    Command(String),
}

/// What happens where a credential is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// The workflow is not run.
    #[default]
    Refused,
    /// One is made up that proves nothing; no token is fetched and no command run: requests go to a mock, or nowhere.
    MadeUp,
}

impl CredentialSetting {
    pub(crate) fn fits(&self, source: &str, scheme: &str) -> bool {
        match &self.source {
            None => self.scheme == scheme,
            // the names of schemes may hold dots
            Some(own) => {
                (own == source && self.scheme == scheme)
                    || self.name() == format!("{source}.{scheme}")
                    || scheme.strip_prefix(own.as_str()).and_then(|rest| rest.strip_prefix('.')) == Some(&self.scheme)
            }
        }
    }

    pub(crate) fn name(&self) -> String {
        let source = self.source.as_ref().map(|source| format!("{source}.")).unwrap_or_default();
        format!("{source}{}", self.scheme)
    }
}

impl CredentialRef {
    /// For people: where it is, never what.
    pub(crate) fn whence(&self) -> String {
        match self {
            CredentialRef::Literal(_) => String::new(),
            CredentialRef::Variable(name) => format!(" (variable `{name}`)"),
            CredentialRef::File(path) => format!(" (file `{path}`)"),
            CredentialRef::Command(_) => " (a command)".to_owned(),
        }
    }
}

impl Settings {
    pub(crate) fn has_client_certificate(&self, host: &str, port: Option<u16>) -> bool {
        self.auth.certificates.iter().any(|certificate| certificate.is_for(host, port))
    }

    pub(crate) fn source(&self, name: &str) -> Option<&str> {
        self.sources.iter().rev().find(|(known, _)| known == name).map(|(_, location)| location.as_str())
    }

    pub(crate) fn server(&self, source: &str) -> Option<&str> {
        let fits = |server: &&ServerOverride| server.source.as_deref().is_none_or(|known| known == source);
        self.servers.iter().rev().find(fits).map(|server| server.url.as_str())
    }

    /// The server that stands in for the description's: the user's, else the document's own. What a document
    /// requests without a description goes elsewhere only if the user names it.
    pub(crate) fn server_of<'s>(&'s self, source: &'s SourceDescription) -> Option<&'s str> {
        let named = |server: &&ServerOverride| server.source.as_deref() == Some(source.name.value.as_str());
        let given = match source.described {
            Some(_) => self.servers.iter().rev().find(named).map(|server| server.url.as_str()),
            None => self.server(&source.name),
        };
        given.or_else(|| source.server_url.as_ref().map(|url| url.value.as_str()))
    }

    pub(crate) fn server_variable(&self, source: &str, name: &str) -> Option<&str> {
        let fits = |variable: &&ServerVariable| {
            variable.name == name && variable.source.as_deref().is_none_or(|known| known == source)
        };
        self.server_variables.iter().rev().find(fits).map(|variable| variable.value.as_str())
    }
}
