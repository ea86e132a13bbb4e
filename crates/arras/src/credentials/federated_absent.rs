//! What stands in for SSO and web identity in a build without them: an error that names the feature.

use arras_run::fault::Fault;

use super::{AwsCredentials, ChainSettings, Profiles, TOKEN_FILE, unusable};

fn absent(what: &str) -> Fault {
    unusable(format!(
        "{what}, which this build can't use: build with the feature `aws-sso`, or give temporary keys yourself, as by \
         `aws configure export-credentials --format env`"
    ))
}

pub(super) async fn sso(_: &ChainSettings, _: &Profiles, profile: &str) -> Result<AwsCredentials, Fault> {
    Err(absent(&format!("the profile `{profile}` asks for IAM Identity Center (SSO)")))
}

pub(super) async fn web_identity_of_profile(
    _: &ChainSettings,
    _: &Profiles,
    profile: &str,
) -> Result<AwsCredentials, Fault> {
    Err(absent(&format!("the profile `{profile}` asks for a web identity")))
}

pub(super) async fn web_identity_of_environment(settings: &ChainSettings) -> Result<Option<AwsCredentials>, Fault> {
    match settings.environment.variable(TOKEN_FILE) {
        Some(_) => Err(absent(&format!("`{TOKEN_FILE}` asks for a web identity"))),
        None => Ok(None),
    }
}
