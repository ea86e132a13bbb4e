//! Gives the credentials of a profile: follows its recipe.

use arras_run::fault::Fault;

use super::container::ContainerCredentials;
use super::instance::InstanceCredentials;
use super::recipe::{Recipe, Source, recipe};
use super::{
    AwsCredentials, ChainSettings, EnvironmentKeys, Profiles, ProvideAwsCredentials, Reach, federated, process, sts,
    unusable,
};
use crate::future::BoxFuture;

/// Gives the credentials of a profile, whichever way it has: keys, a program, SSO, a container, an instance, and roles
/// that are assumed from there. The files are read when credentials are asked for.
#[derive(Clone, Debug)]
pub struct ProfileCredentials {
    settings: ChainSettings,
}

impl ProfileCredentials {
    /// The credentials of the profile that the settings name, else of the environment's.
    pub fn new(settings: &ChainSettings) -> ProfileCredentials {
        ProfileCredentials { settings: settings.clone() }
    }

    async fn follow(&self) -> Result<Option<AwsCredentials>, Fault> {
        let settings = &self.settings;
        let profiles = Profiles::load(&settings.environment)?;
        let Some((name, _)) = profiles.chosen(&settings.environment, settings.profile.as_deref())? else {
            return Ok(None);
        };
        match recipe(&profiles, &name)? {
            Some(recipe) => self.carry_out(&profiles, &name, &recipe).await.map(Some),
            None if settings.profile.is_some() => Err(unusable(format!("the profile `{name}` holds no credentials"))),
            None => Ok(None),
        }
    }

    async fn carry_out(&self, profiles: &Profiles, name: &str, recipe: &Recipe) -> Result<AwsCredentials, Fault> {
        let only_keys = matches!(recipe.source, Source::Keys(_)) && recipe.roles.is_empty();
        if self.settings.reach == Reach::KeysAlone && !only_keys {
            let message = format!(
                "the profile `{name}` leads to a program or the network, which is not used offline or for untrusted \
                 documents: give keys in it or in environment variables"
            );
            return Err(unusable(message));
        }
        let mut credentials = self.source(profiles, recipe).await?;
        if recipe.roles.is_empty() {
            return Ok(credentials);
        }
        let sts = sts::Sts::new(&self.settings)?;
        for role in &recipe.roles {
            credentials = sts.assume_role(role, &credentials).await?;
        }
        Ok(credentials)
    }

    async fn source(&self, profiles: &Profiles, recipe: &Recipe) -> Result<AwsCredentials, Fault> {
        let (found, what) = match &recipe.source {
            Source::Keys(keys) => return Ok(keys.clone()),
            Source::Process(command) => return process::credentials(&recipe.profile, command).await,
            Source::Sso => return federated::sso(&self.settings, profiles, &recipe.profile).await,
            Source::WebIdentity => {
                return federated::web_identity_of_profile(&self.settings, profiles, &recipe.profile).await;
            }
            Source::Environment => {
                (EnvironmentKeys::new(&self.settings.environment).provide().await?, "the environment's variables hold")
            }
            Source::Container => {
                (ContainerCredentials::new(&self.settings).provide().await?, "the container's endpoint has")
            }
            Source::Instance => {
                (InstanceCredentials::new(&self.settings).provide().await?, "the instance's metadata service has")
            }
        };
        found.ok_or_else(|| {
            let message = format!("{what} no credentials, which the profile `{}` names as its source", recipe.profile);
            unusable(message)
        })
    }
}

impl ProvideAwsCredentials for ProfileCredentials {
    fn provide(&self) -> BoxFuture<'_, Result<Option<AwsCredentials>, Fault>> {
        Box::pin(self.follow())
    }
}
