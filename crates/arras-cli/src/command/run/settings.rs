//! From arguments to the engine's settings.

use std::collections::BTreeMap;
use std::time::Duration;

use arras::environment::Environment;
use arras::policy::{HostPattern, HostPatterns, Network, Paths, Policy, Private};
use arras::transport::{ClientCertificate, HttpSettings, Proxies};
use arras::{
    AuthSettings, AwsSettings, Cookies, CredentialRef, CredentialSetting, Missing, NetworkSettings, Redirects,
    ServerOverride, ServerVariable, SetBy, Settings, TransportRetry,
};
use arras_doc::arazzo::Newer;
use arras_doc::jsonpath::Mode;
use arras_run::plan::{Dependencies, PlanOptions, Strictness};
use arras_run::run::{Checks, DefaultSuccess, Limits};

use super::super::named;
use crate::args::RunArgs;
use crate::args::resolve::{Invocation, Usage};
use crate::args::run::{self, AuthArgs, BudgetArgs, Jsonpath, NetworkArgs, ReadingArgs};
use crate::args::values::{self, CheckResponse, ResponseCheck};
use crate::context::Context;

/// What the engine is told.
///
/// # Errors
/// If a host pattern can't be understood.
pub(in crate::command) fn settings(args: &RunArgs, invocation: &Invocation) -> Result<Settings, Usage> {
    let sources = args.setup.sources.source.iter().map(|source| (source.name.clone(), source.target.clone()));
    let of_project = invocation.of_project("server");
    let servers = args.setup.sources.server.iter().enumerate();
    let set_by = |index| if of_project.contains(&index) { SetBy::Project } else { SetBy::User };
    let variables = args.setup.sources.server_var.iter();
    Ok(Settings {
        limits: limits(&args.setup.budgets, &args.setup.reading),
        plan: plan(&args.setup.reading),
        levels: values::levels(&args.setup.reading.rule),
        newer: if args.setup.reading.allow_newer { Newer::Take } else { Newer::Refuse },
        sources: sources.collect(),
        servers: servers
            .map(|(index, server)| ServerOverride {
                source: server.source.clone(),
                url: server.url.clone(),
                set_by: set_by(index),
            })
            .collect(),
        server_variables: variables
            .map(|variable| ServerVariable {
                source: variable.source.clone(),
                name: variable.name.clone(),
                value: variable.value.clone(),
            })
            .collect(),
        aws: AwsSettings {
            profile: args.setup.auth.aws_profile.clone(),
            region: args.setup.auth.aws_region.clone(),
            last_region: None,
            service: args.setup.auth.aws_service.clone(),
        },
        auth: auth_settings(
            &args.setup.auth,
            &args.setup.network.client_cert,
            args.setup.network.untrusted,
            invocation,
        )?,
        network: network(args)?,
        policy: policy(args)?,
    })
}

/// What the engine is told of credentials.
///
/// # Errors
/// If a client certificate can't be read, or is meant for every host though documents are not trusted.
pub(in crate::command) fn auth_settings(
    args: &AuthArgs,
    certificates: &[values::ClientCertificate],
    untrusted: bool,
    invocation: &Invocation,
) -> Result<AuthSettings, Usage> {
    let mut credentials = args.auth.iter().map(credential).collect::<Result<Vec<_>, _>>()?;
    let configured = credentials.drain(invocation.configured("auth")).collect();
    if untrusted && certificates.iter().any(|certificate| certificate.hosts.is_none()) {
        return Err(Usage::new("`--client-cert` needs `HOST=FILE` where documents are not trusted"));
    }
    let certificates = certificates.iter().map(certificate).collect::<Result<_, _>>()?;
    Ok(AuthSettings { credentials, configured, certificates, missing: Missing::Refused })
}

fn credential(given: &values::Credential) -> Result<CredentialSetting, Usage> {
    let reference = match &given.reference {
        values::CredentialRef::Env(name) => CredentialRef::Variable(name.clone()),
        values::CredentialRef::File(path) => match path.to_str() {
            Some(path) => CredentialRef::File(path.to_owned()),
            None => return Err(Usage::new(format!("`--auth {}` names a file whose name is no UTF-8", given.scheme))),
        },
        values::CredentialRef::Command(line) => CredentialRef::Command(line.clone()),
        values::CredentialRef::Literal(text) => CredentialRef::Literal(text.clone().into()),
    };
    Ok(CredentialSetting { source: given.source.clone(), scheme: given.scheme.clone(), reference })
}

fn certificate(given: &values::ClientCertificate) -> Result<ClientCertificate, Usage> {
    let path = given.path.display();
    let hosts = given.hosts.as_ref().map(|hosts| hosts.0.parse()).transpose();
    let hosts = hosts.map_err(|error| Usage::new(format!("{error}")))?;
    let pem = std::fs::read(&given.path).map_err(|error| Usage::new(format!("can't read `{path}`: {error}")))?;
    ClientCertificate::new(hosts, pem).map_err(|fault| Usage::new(format!("{}: `{path}`", fault.message)))
}

fn plan(reading: &ReadingArgs) -> PlanOptions {
    PlanOptions {
        jsonpath: match (reading.jsonpath, reading.strict) {
            (Some(Jsonpath::Strict), _) | (None, true) => Mode::Strict,
            (Some(Jsonpath::Tolerant), _) | (None, false) => Mode::Lenient,
        },
        strictness: if reading.strict { Strictness::Strict } else { Strictness::Tolerant },
        dependencies: if reading.no_deps { Dependencies::Refuse } else { Dependencies::Run },
    }
}

fn policy(args: &RunArgs) -> Result<Policy, Usage> {
    let mut policy = Policy { named: named(&args.setup.network.allow_host)?, ..Policy::default() };
    if args.setup.network.offline {
        policy.network = Network::Offline;
    }
    if args.setup.network.untrusted {
        policy.private = Private::Refused;
        policy.paths = Paths::Project { and: args.setup.network.allow_path.clone() };
    }
    Ok(policy)
}

/// What is said later counts.
fn checks(asked: &[CheckResponse]) -> Checks {
    let mut checks = Checks::default();
    for CheckResponse { what, level } in asked {
        match what {
            None => checks = Checks::all(*level),
            Some(ResponseCheck::Status) => checks.status = *level,
            Some(ResponseCheck::ContentType) => checks.content_type = *level,
            Some(ResponseCheck::Body) => checks.body = *level,
        }
    }
    checks
}

/// How requests travel.
///
/// # Errors
/// If a file can't be read, or a proxy or host can't be understood.
fn network(args: &RunArgs) -> Result<NetworkSettings, Usage> {
    let given = &args.setup.network;
    let standard = NetworkSettings::default();
    // who allows a request longer than usual means the wait for its first byte, too
    let longer = Some(args.setup.budgets.step_timeout).filter(|timeout| *timeout > USUAL);
    Ok(NetworkSettings {
        redirects: if given.follow_redirects { Redirects::Followed } else { Redirects::Answers },
        retries: if given.transport_retry { TransportRetry::Standard } else { TransportRetry::Off },
        cookies: if given.cookie_jar { Cookies::Kept } else { Cookies::Dropped },
        proxies: proxies(given)?,
        roots: roots(given)?,
        unverified: unverified(&given.insecure_host)?,
        first_byte_timeout: longer.unwrap_or(standard.first_byte_timeout),
        ..standard
    })
}

/// The certificates of `--ca`.
fn roots(given: &NetworkArgs) -> Result<Vec<Vec<u8>>, Usage> {
    let read = |path: &std::path::PathBuf| {
        std::fs::read(path).map_err(|error| Usage::new(format!("`--ca`: can't read `{}`: {error}", path.display())))
    };
    given.ca.iter().map(read).collect()
}

/// What `--proxy` says; `None` where it says nothing.
fn proxies(given: &NetworkArgs) -> Result<Option<Proxies>, Usage> {
    match given.proxy.as_deref() {
        None => Ok(None),
        Some("none" | "") => Ok(Some(Proxies::default())),
        Some(url) => Proxies::all(url).map(Some).map_err(|error| Usage::new(error.to_string())),
    }
}

/// How what is sent for the user's own sake travels, beside what documents ask for: with the same roots, certificates and
/// proxies.
///
/// # Errors
/// If a file can't be read, or a proxy or host can't be understood.
pub(in crate::command) fn own_requests(given: &NetworkArgs, context: &Context) -> Result<HttpSettings, Usage> {
    let variables = context.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let environment = || Environment::new(variables, BTreeMap::new());
    let of_environment = || Proxies::from_environment(&environment()).map_err(|error| Usage::new(error.to_string()));
    let certificates = given.client_cert.iter().map(certificate).collect::<Result<_, _>>()?;
    let mut settings = HttpSettings {
        proxies: proxies(given)?.map_or_else(of_environment, Ok)?,
        roots: roots(given)?,
        unverified: unverified(&given.insecure_host)?,
        certificates,
        ..HttpSettings::default()
    };
    if given.offline {
        settings.policy.network = Network::Offline;
    }
    Ok(settings)
}

/// The time that one request has where nobody says.
const USUAL: Duration = Duration::from_secs(60);

/// The hosts of `--insecure-host`: each one host, since whoever answers there is believed.
fn unverified(hosts: &[String]) -> Result<HostPatterns, Usage> {
    let one = |host: &String| match host.parse::<HostPattern>() {
        Ok(pattern) if pattern.is_one_host() => Ok(pattern),
        _ => Err(Usage::new(format!("`--insecure-host {host}` names no one host: write `HOST`, without port or `*`"))),
    };
    hosts.iter().map(one).collect()
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
        checks: checks(&reading.check_response),
        default_success: match reading.default_success {
            Some(run::DefaultSuccess::Any) => DefaultSuccess::Any,
            Some(run::DefaultSuccess::TwoHundreds) => DefaultSuccess::TwoXx,
            Some(run::DefaultSuccess::Lt400) | None => DefaultSuccess::BelowFourHundred,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::context::Stream;

    #[test]
    fn what_is_sent_for_the_users_own_sake_goes_through_the_environments_proxies_but_where_they_say_not() {
        let variables = [("https_proxy", "http://ada:hush@p:3128"), ("NO_PROXY", "collector.example")];
        let context = Context {
            arguments: Vec::new(),
            variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            directory: PathBuf::new(),
            stdout: Stream::Pipe,
            stderr: Stream::Pipe,
        };
        let Ok(settings) = own_requests(&NetworkArgs::default(), &context) else { panic!("settings") };
        let of = |url: &str| settings.proxies.of(&url.parse().unwrap());
        assert_eq!(of("https://other.example/v1/traces").as_deref(), Some("http://p:3128/"));
        assert_eq!(of("https://collector.example/v1/traces"), None);
        let none = NetworkArgs { proxy: Some("none".to_owned()), ..NetworkArgs::default() };
        let Ok(settings) = own_requests(&none, &context) else { panic!("settings") };
        assert!(settings.proxies.is_empty());
        let odd = NetworkArgs { proxy: Some("ftp://x".to_owned()), ..NetworkArgs::default() };
        assert!(own_requests(&odd, &context).is_err_and(|usage| usage.text(false).contains("--proxy")));
    }
}
