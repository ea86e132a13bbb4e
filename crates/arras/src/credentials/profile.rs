//! The user's AWS profiles, and the keys that stand in them.

use std::collections::BTreeMap;

use arras_run::fault::Fault;

use super::profile_file::{Kind, ProfileFile};
use super::{AwsCredentials, unusable};
use crate::environment::Environment;

/// A profile's properties, names in lower case.
pub(super) type Profile = BTreeMap<String, String>;

/// The profiles of the shared config and credentials files, merged.
#[derive(Clone, Debug)]
pub struct Profiles {
    file: ProfileFile,
    paths: Vec<String>,
}

impl Profiles {
    /// Where the config file lies: `AWS_CONFIG_FILE`, else `~/.aws/config`.
    pub fn config_path(environment: &Environment) -> Option<String> {
        path(environment, "AWS_CONFIG_FILE", "config")
    }

    /// Where the credentials file lies: `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`.
    pub fn credentials_path(environment: &Environment) -> Option<String> {
        path(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials")
    }

    /// The profile to use unless one is named: `AWS_PROFILE`, else `default`.
    pub fn default_name(environment: &Environment) -> &str {
        environment.variable("AWS_PROFILE").unwrap_or("default")
    }

    /// Reads both files. One that is not there is empty.
    ///
    /// # Errors
    /// `no-credentials` naming file and line if one can't be read or parsed.
    pub fn load(environment: &Environment) -> Result<Profiles, Fault> {
        let mut file = ProfileFile::default();
        let mut paths = Vec::new();
        let places = [
            (Profiles::config_path(environment), Kind::Config),
            (Profiles::credentials_path(environment), Kind::Credentials),
        ];
        for (path, kind) in places {
            let Some(path) = path else { continue };
            let text = environment.file(&path).map_err(|error| unusable(format!("`{path}` can't be read: {error}")))?;
            let parsed = ProfileFile::parse(&text.unwrap_or_default(), kind);
            file.merge(parsed.map_err(|error| unusable(format!("`{path}`: {error}")))?);
            paths.push(path);
        }
        Ok(Profiles { file, paths })
    }

    /// The profile of that name.
    pub(super) fn get(&self, name: &str) -> Option<&Profile> {
        self.file.profiles.get(name)
    }

    /// The SSO session of that name.
    #[cfg(feature = "aws-sso")]
    pub(super) fn sso_session(&self, name: &str) -> Option<&Profile> {
        self.file.sso_sessions.get(name)
    }

    /// The profile of that name, else the environment's, with its name; `None` if none is named and there is no default.
    ///
    /// # Errors
    /// `no-credentials` if a profile was named, by the user or the environment, that is in neither file.
    pub fn chosen(&self, environment: &Environment, named: Option<&str>) -> Result<Option<(String, &Profile)>, Fault> {
        let by_variable = environment.variable("AWS_PROFILE");
        let name = named.or(by_variable).unwrap_or("default");
        match self.file.profiles.get(name) {
            Some(profile) => Ok(Some((name.to_owned(), profile))),
            None if named.is_none() && by_variable.is_none() => Ok(None),
            None => {
                let paths: Vec<String> = self.paths.iter().map(|path| format!("`{path}`")).collect();
                Err(unusable(format!("there is no profile `{name}` in {}", paths.join(" or "))))
            }
        }
    }
}

fn path(environment: &Environment, variable: &str, name: &str) -> Option<String> {
    match environment.variable(variable) {
        Some(path) => Some(environment.expand(path)),
        None => environment.below_home(&[".aws", name]),
    }
}

/// The keys that stand in a profile.
///
/// # Errors
/// `no-credentials` for half a pair.
pub(super) fn keys(name: &str, profile: &Profile) -> Result<Option<AwsCredentials>, Fault> {
    let read = |key: &str| profile.get(key).map(String::as_str).filter(|value| !value.is_empty());
    let half =
        |there: &str, missing: &str| Err(unusable(format!("the profile `{name}` has `{there}` but no `{missing}`")));
    match (read("aws_access_key_id"), read("aws_secret_access_key")) {
        (Some(key), Some(secret)) => Ok(Some(AwsCredentials::new(key, secret, read("aws_session_token")))),
        (None, None) => Ok(None),
        (Some(_), None) => half("aws_access_key_id", "aws_secret_access_key"),
        (None, Some(_)) => half("aws_secret_access_key", "aws_access_key_id"),
    }
}
