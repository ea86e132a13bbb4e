//! `arras auth list`: which credentials each step needs, and where they are looked for; never a value.

mod human;
mod json;
mod summary;

use arras::credentials::{Lookup, LookupState};
use arras::policy::{Network, Policy};
use arras::{AwsSettings, Engine, Needs, ServerVariable, Settings, Way};
use arras_doc::diagnostic::has_errors;

use super::run::known::{Given, Names};
use super::run::settings::auth_settings;
use super::{Failure, places};
use crate::args::AuthListArgs;
use crate::args::auth::Format;
use crate::args::resolve::{Invocation, Usage};
use crate::args::values::levels;
use crate::context::Context;
use crate::exit::Exit;
use summary::Summary;

/// Carries out `arras auth list`.
pub(super) fn auth(args: &AuthListArgs, invocation: &Invocation, context: &Context) -> Exit {
    super::on_runtime(context, async {
        match list(args, invocation, context).await {
            Ok(exit) => exit,
            Err(failure) => failure.tell(args.common.color, context),
        }
    })
}

async fn list(args: &AuthListArgs, invocation: &Invocation, context: &Context) -> Result<Exit, Failure> {
    let file = args.file.to_string_lossy();
    let loaded = Engine::builder().settings(settings(args, invocation)?).build()?.load(&file).await?;
    let (given, names) = (Given::of_listing(args, invocation), Names::of(&loaded));
    if has_errors(loaded.diagnostics()) {
        names.check_near(&given)?;
        let found = loaded.diagnostics().iter().filter(|diagnostic| diagnostic.is_error()).cloned().collect();
        return Err(Failure::Refused(found, Box::new(places(&loaded))));
    }
    names.check(&given)?;
    let needs = loaded.needs()?;
    let look = context.look(args.common.color, &context.stdout);
    let answered = context.write_stdout(&match args.format {
        Format::Human => look.spell(look.fit(&human::listing(&needs, &look)).into_owned()).into_owned(),
        Format::Json => json::listing(&file, &needs),
    });
    context.write_stderr(&Summary::of(&needs).line(&context.look(args.common.color, &context.stderr)));
    Ok(answered)
}

fn settings(args: &AuthListArgs, invocation: &Invocation) -> Result<Settings, Usage> {
    let variable = |variable: &crate::args::values::ServerVariable| ServerVariable {
        source: variable.source.clone(),
        name: variable.name.clone(),
        value: variable.value.clone(),
    };
    let network = if args.offline { Network::Offline } else { Network::Online };
    Ok(Settings {
        sources: args.source.iter().map(|source| (source.name.clone(), source.target.clone())).collect(),
        server_variables: args.server_var.iter().map(variable).collect(),
        aws: AwsSettings {
            profile: args.who.aws_profile.clone(),
            region: args.who.aws_region.clone(),
            last_region: None,
            service: args.who.aws_service.clone(),
        },
        levels: levels(&args.rule),
        policy: Policy { network, ..Policy::default() },
        auth: auth_settings(&args.who, &args.client_cert, false, invocation)?,
        ..Settings::default()
    })
}

/// The lookup that the chain ends with, the first that has or gives something, in working order or not; if none does,
/// the one that only a run can ask.
fn deciding(lookups: &[Lookup]) -> Option<&Lookup> {
    let gives = |lookup: &&Lookup| lookup.state != LookupState::Missing;
    lookups.iter().find(gives)
}

/// Whether any step is signed by AWS credentials.
fn uses_aws(needs: &Needs) -> bool {
    let schemes = || needs.steps.iter().flat_map(|step| step.alternatives.iter().flatten());
    schemes().any(|scheme| matches!(scheme.way, Way::SigV4(_)))
}

/// What became of the AWS credentials, in a word.
fn verdict(lookups: &[Lookup]) -> &'static str {
    match deciding(lookups).map(|lookup| lookup.state) {
        Some(LookupState::Found) => "found",
        Some(LookupState::Configured) => "configured",
        Some(LookupState::Broken) => "broken",
        // Nothing stands anywhere; that an instance may still give some is told by its own lookup.
        Some(LookupState::NotAsked | LookupState::Missing) | None => "missing",
    }
}
