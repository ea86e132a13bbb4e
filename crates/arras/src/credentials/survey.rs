//! Where the standard chain looks and what stands there, told without a value and without asking anyone.

use serde::Serialize;

use super::container;
use super::instance;
use super::profile::Profiles;
use super::recipe::{Recipe, Source, recipe};
use super::{ChainSettings, EnvironmentKeys, Reach, TOKEN_FILE};
use crate::environment::Environment;

/// One place where the standard chain looks for AWS credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lookup {
    /// The link of the chain: `environment`, `profile`, `web identity`, `container` or `instance`.
    pub place: &'static str,
    /// The variables and files that it looks for.
    pub names: Vec<LookupName>,
    /// What came of it.
    pub state: LookupState,
    /// One phrase on how it gives credentials, or why not.
    pub detail: Option<String>,
}

/// A variable or file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LookupName {
    /// Its name or path.
    pub name: String,
    /// Whether it is set or there.
    pub set: bool,
}

/// What came of a lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookupState {
    /// The credentials stand there.
    Found,
    /// There is what gives them when a workflow runs: a role, a program, an endpoint.
    Configured,
    /// There is nothing.
    Missing,
    /// What is there can't be used, and the chain ends with that error.
    Broken,
    /// Only asking would tell, which happens when a workflow runs.
    NotAsked,
}

/// Looks where the chain would, in its order. Files are read; nothing is run and no socket opened.
pub fn survey(settings: &ChainSettings) -> Vec<Lookup> {
    let environment = &settings.environment;
    let profile = profile(settings);
    if settings.profile.is_some() {
        return vec![profile];
    }
    let mut found = vec![keys(environment), profile];
    if settings.reach == Reach::Everything {
        found.extend([web_identity(environment), container(environment), instance(environment)]);
    }
    found
}

fn variables(environment: &Environment, names: &[&str]) -> Vec<LookupName> {
    let look = |name: &&str| LookupName { name: (*name).to_owned(), set: environment.variable(name).is_some() };
    names.iter().map(look).collect()
}

fn keys(environment: &Environment) -> Lookup {
    let names = variables(environment, &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]);
    let (state, detail) = match EnvironmentKeys::new(environment).read() {
        Ok(Some(_)) => (LookupState::Found, None),
        Ok(None) => (LookupState::Missing, None),
        Err(fault) => (LookupState::Broken, Some(fault.message)),
    };
    Lookup { place: "environment", names, state, detail }
}

fn profile(settings: &ChainSettings) -> Lookup {
    let environment = &settings.environment;
    let mut names = variables(environment, &["AWS_PROFILE"]);
    let paths = [Profiles::config_path(environment), Profiles::credentials_path(environment)];
    names.extend(paths.into_iter().flatten().map(|path| {
        let set = !matches!(environment.file(&path), Ok(None));
        LookupName { name: path, set }
    }));
    let (state, detail) = match chosen(settings) {
        Ok(Some((name, recipe))) => {
            let (state, how) = told(&recipe, settings.reach);
            (state, Some(format!("profile `{name}`: {how}")))
        }
        Ok(None) => (LookupState::Missing, None),
        Err(message) => (LookupState::Broken, Some(message)),
    };
    Lookup { place: "profile", names, state, detail }
}

fn chosen(settings: &ChainSettings) -> Result<Option<(String, Recipe)>, String> {
    let profiles = Profiles::load(&settings.environment).map_err(|fault| fault.message)?;
    let chosen = profiles.chosen(&settings.environment, settings.profile.as_deref()).map_err(|fault| fault.message)?;
    let Some((name, _)) = chosen else { return Ok(None) };
    match recipe(&profiles, &name).map_err(|fault| fault.message)? {
        Some(recipe) => Ok(Some((name, recipe))),
        None if settings.profile.is_some() => Err(format!("the profile `{name}` holds no credentials")),
        None => Ok(None),
    }
}

/// How a profile gives credentials.
fn told(recipe: &Recipe, reach: Reach) -> (LookupState, String) {
    let source = match &recipe.source {
        Source::Keys(_) => "keys",
        Source::Process(_) => "a program",
        Source::Environment => "the environment's keys",
        Source::Container => "the container",
        Source::Instance => "the instance",
        Source::Sso => "IAM Identity Center",
        Source::WebIdentity => "a web identity",
    };
    let roles = recipe.roles.iter().map(|role| format!(", then the role `{}`", role.arn));
    let how = std::iter::once(source.to_owned()).chain(roles).collect::<String>();
    let federated = matches!(recipe.source, Source::Sso | Source::WebIdentity);
    match (&recipe.source, recipe.roles.is_empty()) {
        (Source::Keys(_), true) => (LookupState::Found, how),
        _ if reach == Reach::KeysAlone => {
            (LookupState::Broken, format!("{how}, which is not used offline or for untrusted documents"))
        }
        _ if federated && !cfg!(feature = "aws-sso") => {
            (LookupState::Broken, format!("{how}, which needs a build with the feature `aws-sso`"))
        }
        _ => (LookupState::Configured, how),
    }
}

fn web_identity(environment: &Environment) -> Lookup {
    let names = variables(environment, &[TOKEN_FILE, "AWS_ROLE_ARN"]);
    let set = |index: usize| names.get(index).is_some_and(|name| name.set);
    let (state, detail) = match (set(0), set(1)) {
        (false, _) => (LookupState::Missing, None),
        (true, _) if !cfg!(feature = "aws-sso") => {
            (LookupState::Broken, Some("it needs a build with the feature `aws-sso`".to_owned()))
        }
        (true, false) => (LookupState::Broken, Some("`AWS_ROLE_ARN` is not set".to_owned())),
        (true, true) => (LookupState::Configured, None),
    };
    Lookup { place: "web identity", names, state, detail }
}

fn container(environment: &Environment) -> Lookup {
    let names = variables(environment, &[container::RELATIVE, container::FULL]);
    let state = if names.iter().any(|name| name.set) { LookupState::Configured } else { LookupState::Missing };
    Lookup { place: "container", names, state, detail: None }
}

fn instance(environment: &Environment) -> Lookup {
    let names = variables(environment, &[instance::DISABLED]);
    let state = if instance::is_disabled(environment) { LookupState::Missing } else { LookupState::NotAsked };
    Lookup { place: "instance", names, state, detail: None }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::testing::{Script, Variables, settings};
    use super::*;

    const CONFIG: &str = "[profile keys]\naws_access_key_id = AKID\naws_secret_access_key = hush\n\
                          [profile role]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = keys\n\
                          [profile program]\ncredential_process = /bin/hush\n[profile sso]\nsso_session = s\n";

    fn states(variables: &[(&str, &str)], named: Option<&str>, reach: Reach) -> String {
        let files = BTreeMap::from([("/h/.aws/config".to_owned(), CONFIG.to_owned())]);
        let script = Script::of([]);
        let settings =
            ChainSettings { profile: named.map(str::to_owned), reach, ..settings(variables, files, &script) };
        let found = survey(&settings);
        assert!(script.sent().is_empty());
        assert!(!format!("{found:?}").contains("hush"));
        found.iter().map(|lookup| format!("{} {:?} ", lookup.place, lookup.state)).collect::<String>().trim().to_owned()
    }

    #[test]
    fn each_place_is_told_in_the_order_of_the_chain() {
        use Reach::{Everything, KeysAlone};
        let sso = if cfg!(feature = "aws-sso") { "profile Configured" } else { "profile Broken" };
        let pair = [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "hush")];
        let rest = "web identity Missing container Missing instance NotAsked";
        let table: [(Variables<'_>, Option<&str>, Reach, &str); 9] = [
            (&[], None, Everything, &format!("environment Missing profile Missing {rest}")),
            (&pair, None, Everything, &format!("environment Found profile Missing {rest}")),
            (&pair[..1], None, Everything, &format!("environment Broken profile Missing {rest}")),
            (&[("AWS_PROFILE", "role")], None, Everything, &format!("environment Missing profile Configured {rest}")),
            (&[], Some("keys"), Everything, "profile Found"),
            (&[], Some("program"), KeysAlone, "profile Broken"),
            (&[], Some("none"), Everything, "profile Broken"),
            (&[], Some("sso"), Everything, sso),
            (
                &[(instance::DISABLED, "true"), (container::FULL, "x")],
                None,
                KeysAlone,
                "environment Missing profile Missing",
            ),
        ];
        for (variables, named, reach, expected) in table {
            assert_eq!(states(variables, named, reach), expected, "{named:?}");
        }
    }
}
