//! From arguments to the engine's settings.

use arras::policy::{HostPattern, Network, Policy};
use arras::{AwsSettings, ServerOverride, ServerVariable, Settings};
use arras_doc::jsonpath::Mode;
use arras_run::plan::PlanOptions;
use arras_run::run::{CheckLevel, Checks, DefaultSuccess, Limits};

use crate::args::RunArgs;
use crate::args::resolve::Usage;
use crate::args::run::{self, BudgetArgs, CheckResponse, Jsonpath, ReadingArgs};

/// What the engine is told.
///
/// # Errors
/// If a host pattern can't be understood.
pub(super) fn settings(args: &RunArgs) -> Result<Settings, Usage> {
    let sources = args.sources.source.iter().map(|source| (source.name.clone(), source.target.clone()));
    let servers = args.sources.server.iter();
    let variables = args.sources.server_var.iter();
    Ok(Settings {
        limits: limits(&args.budgets, &args.reading),
        plan: PlanOptions {
            jsonpath: match args.reading.jsonpath {
                Some(Jsonpath::Strict) => Mode::Strict,
                Some(Jsonpath::Tolerant) | None => Mode::Lenient,
            },
        },
        sources: sources.collect(),
        servers: servers
            .map(|server| ServerOverride { source: server.source.clone(), url: server.url.clone() })
            .collect(),
        server_variables: variables
            .map(|variable| ServerVariable {
                source: variable.source.clone(),
                name: variable.name.clone(),
                value: variable.value.clone(),
            })
            .collect(),
        aws: AwsSettings {
            profile: args.auth.aws_profile.clone(),
            region: args.auth.aws_region.clone(),
            service: args.auth.aws_service.clone(),
        },
        policy: policy(args)?,
    })
}

fn policy(args: &RunArgs) -> Result<Policy, Usage> {
    let mut policy = Policy::default();
    for pattern in &args.network.allow_host {
        let parsed: HostPattern = pattern.0.parse().map_err(|error| Usage::new(format!("{error}")))?;
        policy.named.push(parsed);
    }
    if args.network.offline {
        policy.network = Network::Offline;
    }
    Ok(policy)
}

/// A timeout of `0` is none.
fn limits(budgets: &BudgetArgs, reading: &ReadingArgs) -> Limits {
    let some = |duration: std::time::Duration| (!duration.is_zero()).then_some(duration);
    Limits {
        timeout: some(budgets.timeout),
        step_timeout: some(budgets.step_timeout),
        max_steps: budgets.max_steps,
        max_visits: budgets.max_visits.map(|most| u32::try_from(most).unwrap_or(u32::MAX)),
        max_depth: budgets.max_depth as usize,
        max_retry_after: budgets.max_retry_after,
        poll_interval: budgets.poll_interval,
        checks: Checks {
            response: match reading.check_response {
                Some(CheckResponse::Off) => CheckLevel::Off,
                Some(CheckResponse::Warn) | None => CheckLevel::Warn,
                Some(CheckResponse::Error) => CheckLevel::Error,
            },
        },
        default_success: match reading.default_success {
            Some(run::DefaultSuccess::Any) => DefaultSuccess::Any,
            Some(run::DefaultSuccess::TwoHundreds) => DefaultSuccess::TwoXx,
            Some(run::DefaultSuccess::Lt400) | None => DefaultSuccess::BelowFourHundred,
        },
    }
}
