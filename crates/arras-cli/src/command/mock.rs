//! `arras mock`.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arras::{Engine, Loaded, Settings};
use arras_doc::diagnostic::has_errors;
use arras_mock::{Mock, StartError};

use super::run::known::{Given, Names};
use super::serving::{self, REGION};
use super::{Failure, places, signals};
use crate::args::MockArgs;
use crate::args::resolve::Invocation;
use crate::args::values::levels;
use crate::context::Context;
use crate::diagnostics::{Places, human};
use crate::display::count;
use crate::exit::Exit;
use crate::look::Tone;

/// Carries out `arras mock`: serves until it is asked to stop.
pub(super) fn mock(args: &MockArgs, invocation: &Invocation, context: &Context) -> Exit {
    super::on_runtime(context, async {
        match serve(args, invocation, context).await {
            Ok(exit) => exit,
            Err(failure) => failure.tell(args.common.color, context),
        }
    })
}

async fn serve(args: &MockArgs, invocation: &Invocation, context: &Context) -> Result<Exit, Failure> {
    let sources: Vec<_> = args.source.iter().map(|source| (source.name.clone(), source.target.clone())).collect();
    let engine =
        Engine::builder().settings(Settings { sources, levels: levels(&args.rule), ..Settings::default() }).build()?;
    let mut builder = Mock::builder();
    let mut last = None;
    let (given, mut names) = (Given::of_sources(&args.source, invocation), Names::default());
    for file in &args.files {
        let loaded = engine.load(&file.to_string_lossy()).await?;
        names.add_sources(&loaded);
        if loaded.entry_description().is_none() && has_errors(loaded.diagnostics()) {
            names.check_near(&given)?;
            let found = loaded.diagnostics().iter().filter(|diagnostic| diagnostic.is_error()).cloned().collect();
            return Err(Failure::Refused(found, Box::new(places(&loaded))));
        }
        builder = described(builder, file, &loaded);
        last = Some(loaded);
    }
    names.check(&given)?;
    let entry = args.files.first().map_or(Path::new(""), |file| file.as_path());
    let mut sources = last.as_ref().map(|loaded| loaded.sources().clone()).unwrap_or_default();
    if let Some(scenario) = serving::scenario(entry, args.scenario.as_deref(), &mut sources)? {
        builder = builder.scenario(scenario);
    }
    let places = match &last {
        Some(loaded) => Places::new(Arc::new(sources), loaded.pointers()),
        None => Places::new(Arc::new(sources), |_, _| None),
    };
    let quiet = args.volume.quiet;
    let teller = context.clone();
    let served = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&served);
    let builder = builder.port(args.port.unwrap_or(0)).observer(move |request| {
        counted.fetch_add(1, Ordering::Relaxed);
        if !quiet {
            teller.write_stderr(&format!("{request}\n"));
        }
    });
    let look = context.look(args.common.color, &context.stderr);
    let found = builder.check();
    for diagnostic in found.iter().filter(|diagnostic| !quiet && !diagnostic.is_error()) {
        context.write_stderr(&format!("{}\n", human::render(diagnostic, &places, &look)));
    }
    let mock = builder.start().await.map_err(|error| match error {
        StartError::Diagnostics(found) => Failure::Refused(found, Box::new(places)),
        error @ StartError::Io(_) => Failure::Environment(error.to_string()),
    })?;
    let stop = signals::stop();
    let announced = announce(&mock, context);
    if announced != Exit::Yes {
        mock.shutdown().await;
        return Ok(announced);
    }
    if !quiet {
        let word = look.paint(Tone::Accent, "Serving");
        context.write_stderr(
            &look.spell(format!("{word}  {}   each request is told here · Ctrl-C ends it\n", mock.url())),
        );
    }
    stop.await;
    mock.shutdown().await;
    let requests = count(served.load(Ordering::Relaxed), "request");
    context.write_stderr(&format!("{}  {requests}\n", look.paint(Tone::Good, "Stopped")));
    Ok(Exit::Yes)
}

/// The descriptions of an Arazzo document, or the description that the file itself is.
fn described(mut builder: arras_mock::MockBuilder, file: &Path, loaded: &Loaded) -> arras_mock::MockBuilder {
    // a file that is itself a description goes by its name
    let name = file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let own = loaded.entry_description().map(|description| (name, description.clone()));
    for (source, description) in own.into_iter().chain(loaded.descriptions()) {
        builder = serving::describe(builder, &source, &Arc::clone(&description), |operation| {
            let scope = loaded.signing_scope(&source, *operation, REGION)?;
            Some(arras_mock::sigv4::Scope::new(scope.service, scope.region))
        });
    }
    builder
}

/// The first line on stdout: where it is served and, where signatures are asked for, with what to sign.
fn announce(mock: &Mock, context: &Context) -> Exit {
    let mut line = serde_json::json!({ "url": mock.url() });
    if mock.asks_for_signatures() {
        line["accessKeyId"] = mock.access_key_id().into();
        line["secretAccessKey"] = mock.secret_access_key().into();
        line["region"] = mock.region().into();
    }
    context.write_stdout(&format!("{line}\n"))
}
