//! From arguments to loaded documents and, where it was asked for, a mock that serves what they describe.

use arras::{Engine, Loaded, Missing, Settings};
use arras_doc::diagnostic::has_errors;
use arras_mock::Mock;

use super::super::Failure;
use super::super::supplied::Documents;
use super::taping::Taping;
use super::{choose, mocked, settings};
use crate::args::RunArgs;
use crate::args::resolve::Invocation;

/// Loaded documents, perhaps with errors, and what their workflows run against.
pub(in crate::command) struct Prepared {
    pub(in crate::command) loaded: Loaded,
    pub(in crate::command) mock: Option<Mock>,
    pub(in crate::command) settings: Settings,
}

/// Loads the documents that the arguments name.
///
/// # Errors
/// If they can't be read, or the mock can't be served.
pub(in crate::command) async fn prepare(args: &RunArgs, invocation: &Invocation) -> Result<Prepared, Failure> {
    prepare_with(args, invocation, &Taping::None).await
}

/// The same, recorded or replayed.
///
/// # Errors
/// As [`prepare`].
pub(super) async fn prepare_with(
    args: &RunArgs,
    invocation: &Invocation,
    taping: &Taping,
) -> Result<Prepared, Failure> {
    let documents = Documents::new(
        &args.file,
        &args.setup.sources.document,
        args.setup.sources.base_uri.as_deref(),
        args.setup.inputs.inputs.as_deref(),
    )?;
    let mut settings = settings::settings(args, invocation)?;
    if args.setup.reading.dry_run {
        settings.auth.missing = Missing::MadeUp;
    }
    taping.adopt(&mut settings);
    let engine = taping.attach(Engine::builder().settings(settings.clone())).build()?;
    let loaded = engine.load_all(&documents.entry, &documents.others).await?;
    let is_refused = match choose::workflows(&loaded, args) {
        Ok(workflows) => loaded.tolerated(&workflows).is_err(),
        Err(_) => has_errors(loaded.diagnostics()),
    };
    match &args.setup.sources.mock {
        Some(chosen) if !is_refused => {
            let mocked = mocked::start(args, &loaded, chosen, settings, taping).await?;
            let loaded = mocked.engine.load_all(&documents.entry, &documents.others).await?;
            Ok(Prepared { loaded, mock: Some(mocked.mock), settings: mocked.settings })
        }
        _ => Ok(Prepared { loaded, mock: None, settings }),
    }
}
