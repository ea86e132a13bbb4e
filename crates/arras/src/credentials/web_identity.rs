//! Credentials by a token of another identity provider, as pods get them.

use arras_run::fault::Fault;

use super::{AwsCredentials, ChainSettings, ProvideAwsCredentials, federated};
use crate::future::BoxFuture;

/// Where the token of another identity provider lies.
pub(super) const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";

/// Assumes the role of `AWS_ROLE_ARN` by the token in the file of `AWS_WEB_IDENTITY_TOKEN_FILE`; has none if it is not
/// set, and is an error where it is set in a build without the feature `aws-sso`.
#[derive(Clone, Debug)]
pub struct WebIdentity {
    settings: ChainSettings,
}

impl WebIdentity {
    /// The web identity of those settings.
    pub fn new(settings: &ChainSettings) -> WebIdentity {
        WebIdentity { settings: settings.clone() }
    }
}

impl ProvideAwsCredentials for WebIdentity {
    fn provide(&self) -> BoxFuture<'_, Result<Option<AwsCredentials>, Fault>> {
        Box::pin(federated::web_identity_of_environment(&self.settings))
    }
}
