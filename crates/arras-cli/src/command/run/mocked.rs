//! `--mock`: the sources served in this process, and an engine that requests them there.

use std::sync::Arc;

use arras::credentials::AwsCredentials;
use arras::{Engine, Loaded, Missing, ServerOverride, SetBy, Settings};
use arras_mock::service::Operation;
use arras_mock::{Mock, StartError};

use super::super::Failure;
use super::super::serving::{self, REGION};
use super::taping::Taping;
use crate::args::RunArgs;
use crate::args::values;
use crate::diagnostics::Places;

/// A mock that is served, and an engine that knows it.
pub(super) struct Mocked {
    pub(super) mock: Mock,
    pub(super) engine: Engine,
    /// With the mock in place of the servers.
    pub(super) settings: Settings,
}

/// Serves the sources of a document and makes an engine that sends everything there, with the mock's own credentials.
///
/// # Errors
/// If the scenario or the descriptions can't be served.
pub(super) async fn start(
    args: &RunArgs,
    loaded: &Loaded,
    chosen: &values::Mock,
    mut settings: Settings,
    taping: &Taping,
) -> Result<Mocked, Failure> {
    let chosen = match chosen {
        values::Mock::Descriptions => None,
        values::Mock::Scenario(path) => Some(path.as_path()),
    };
    let mut sources = loaded.sources().clone();
    let scenario = serving::scenario(&args.file, chosen, &mut sources)?;
    let builder = || match &scenario {
        Some(scenario) => serving::builder(loaded).scenario(scenario.clone()),
        None => serving::builder(loaded),
    };
    let mut started = builder().start().await;
    if let Err(StartError::Diagnostics(_)) = &started {
        // operations that can't be told apart are no matter to a run that calls none of them
        let called = serving::called(loaded);
        let is_called = |source: &str, operation: &Operation| {
            called.contains(&(source.to_owned(), operation.method.clone(), operation.path.clone()))
        };
        if let Ok(mock) = builder().only(is_called).start().await {
            started = Ok(mock);
        }
    }
    let mock = started.map_err(|error| match error {
        StartError::Diagnostics(found) => {
            Failure::Refused(found, Box::new(Places::new(Arc::new(sources), loaded.pointers())))
        }
        StartError::Io(error) => Failure::Environment(format!("the mock can't listen: {error}")),
    })?;
    for (name, _) in loaded.descriptions() {
        let url = mock.url_of(&name).unwrap_or_else(|| mock.url());
        settings.servers.push(ServerOverride { source: Some(name), url, set_by: SetBy::User });
    }
    settings.auth.missing = Missing::MadeUp;
    settings.aws.last_region = Some(REGION.to_owned());
    let credentials = AwsCredentials::new(mock.access_key_id(), mock.secret_access_key(), None);
    let builder = Engine::builder().settings(settings.clone()).aws_credentials(credentials);
    let engine = taping.attach(builder).build()?;
    Ok(Mocked { mock, engine, settings })
}
