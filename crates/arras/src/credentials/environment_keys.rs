//! Credentials in environment variables.

use arras_run::fault::Fault;

use super::{AwsCredentials, ProvideAwsCredentials, unusable};
use crate::environment::Environment;
use crate::future::BoxFuture;

const KEY: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
const TOKEN: &str = "AWS_SESSION_TOKEN";

/// Reads `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`. One of the first two without the other is
/// an error.
#[derive(Clone, Debug)]
pub struct EnvironmentKeys {
    found: Result<Option<AwsCredentials>, Fault>,
}

impl EnvironmentKeys {
    /// The keys of that environment.
    pub fn new(environment: &Environment) -> EnvironmentKeys {
        let read = |name| environment.variable(name).map(str::trim).filter(|value| !value.is_empty());
        let found = match (read(KEY), read(SECRET)) {
            (Some(key), Some(secret)) => Ok(Some(AwsCredentials::new(key, secret, read(TOKEN)))),
            (None, None) => Ok(None),
            (Some(_), None) => Err(unusable(format!("`{KEY}` is set but `{SECRET}` is not: set both or neither"))),
            (None, Some(_)) => Err(unusable(format!("`{SECRET}` is set but `{KEY}` is not: set both or neither"))),
        };
        EnvironmentKeys { found }
    }

    /// What was found.
    pub(super) fn read(self) -> Result<Option<AwsCredentials>, Fault> {
        self.found
    }
}

impl ProvideAwsCredentials for EnvironmentKeys {
    fn provide(&self) -> BoxFuture<'_, Result<Option<AwsCredentials>, Fault>> {
        Box::pin(async { self.found.clone() })
    }
}
