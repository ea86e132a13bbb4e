//! How a profile comes by its credentials: keys or another source, and the roles that are assumed from there.

use std::time::Duration;

use arras_run::fault::Fault;

use super::profile::{Profile, Profiles, keys};
use super::{AwsCredentials, unusable};

/// How a profile comes by its credentials, as written; nothing has been asked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Recipe {
    /// The profile that names the source.
    pub(super) profile: String,
    /// The source.
    pub(super) source: Source,
    /// The roles to assume, the first by the source's credentials, each further by those of the one before.
    pub(super) roles: Vec<Role>,
}

/// Where credentials come from without assuming a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Keys that stand in the profile.
    Keys(AwsCredentials),
    /// A program.
    Process(String),
    /// `credential_source = Environment`.
    Environment,
    /// `credential_source = EcsContainer`.
    Container,
    /// `credential_source = Ec2InstanceMetadata`.
    Instance,
    /// IAM Identity Center.
    Sso,
    /// A token of another identity provider.
    WebIdentity,
}

/// A role to assume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Role {
    /// The profile that names it.
    pub(super) profile: String,
    pub(super) arn: String,
    pub(super) external_id: Option<String>,
    pub(super) session_name: Option<String>,
    pub(super) duration: Option<Duration>,
}

/// A profile's property that is not empty.
pub(super) fn property<'p>(profile: &'p Profile, name: &str) -> Option<&'p str> {
    profile.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

/// Reads the recipe of a profile; `None` if it says nothing of credentials.
///
/// A role goes before the keys beside it in the profile that was asked for, and after them in one that it names as its
/// source: so a profile may name itself.
///
/// # Errors
/// `no-credentials` for a profile that names a source which is not there, two sources, itself in a circle, or MFA.
pub(super) fn recipe(profiles: &Profiles, name: &str) -> Result<Option<Recipe>, Fault> {
    let mut visited: Vec<&str> = Vec::new();
    let mut roles: Vec<Role> = Vec::new();
    let mut current = name;
    loop {
        let Some(profile) = profiles.get(current) else {
            let by = visited.last().copied().unwrap_or_default();
            let message = format!("the profile `{by}` names `source_profile = {current}`, which is not there");
            return Err(unusable(message));
        };
        let written = keys(current, profile)?;
        let first = visited.is_empty();
        if !first && let Some(written) = written {
            return finish(current, Source::Keys(written), roles);
        }
        if visited.contains(&current) {
            let path: Vec<String> = visited.iter().chain([&current]).map(|name| format!("`{name}`")).collect();
            return Err(unusable(format!("the profiles name each other as their source: {}", path.join(" → "))));
        }
        visited.push(current);
        match next(current, profile)? {
            Next::Source(source) => return finish(current, source, roles),
            Next::Nothing if first => return Ok(None),
            Next::Nothing => return Err(unusable(format!("the profile `{current}` holds no credentials"))),
            Next::Role(role, By::Source(source)) => {
                roles.push(role);
                return finish(current, source, roles);
            }
            Next::Role(role, By::Profile(source)) => {
                roles.push(role);
                current = source;
            }
        }
    }
}

/// What one profile says.
enum Next<'p> {
    /// Its credentials come from here.
    Source(Source),
    /// They are those of a role.
    Role(Role, By<'p>),
    /// Nothing of credentials.
    Nothing,
}

/// By whose credentials a role is assumed.
enum By<'p> {
    Profile(&'p str),
    Source(Source),
}

fn next<'p>(name: &str, profile: &'p Profile) -> Result<Next<'p>, Fault> {
    let Some(arn) = property(profile, "role_arn") else {
        return Ok(source(name, profile)?.map_or(Next::Nothing, Next::Source));
    };
    if property(profile, "web_identity_token_file").is_some() {
        return Ok(Next::Source(Source::WebIdentity));
    }
    let role = role(name, arn, profile)?;
    let wrong = |how: &str| Err(unusable(format!("the profile `{name}` has {how}")));
    match (property(profile, "source_profile"), property(profile, "credential_source")) {
        (Some(source), None) => Ok(Next::Role(role, By::Profile(source))),
        (None, Some(named)) => Ok(Next::Role(role, By::Source(named_source(name, named)?))),
        (Some(_), Some(_)) => wrong("both `source_profile` and `credential_source`: keep one"),
        (None, None) => wrong("`role_arn` but neither `source_profile` nor `credential_source`"),
    }
}

fn finish(profile: &str, source: Source, mut roles: Vec<Role>) -> Result<Option<Recipe>, Fault> {
    roles.reverse();
    Ok(Some(Recipe { profile: profile.to_owned(), source, roles }))
}

/// The source of a profile without a role.
fn source(name: &str, profile: &Profile) -> Result<Option<Source>, Fault> {
    if property(profile, "sso_session").or(property(profile, "sso_start_url")).is_some() {
        return Ok(Some(Source::Sso));
    }
    if let Some(written) = keys(name, profile)? {
        return Ok(Some(Source::Keys(written)));
    }
    if let Some(command) = property(profile, "credential_process") {
        return Ok(Some(Source::Process(command.to_owned())));
    }
    for (property_name, needs) in [("credential_source", "role_arn"), ("web_identity_token_file", "role_arn")] {
        if property(profile, property_name).is_some() {
            return Err(unusable(format!("the profile `{name}` has `{property_name}` but no `{needs}`")));
        }
    }
    Ok(None)
}

fn named_source(profile: &str, named: &str) -> Result<Source, Fault> {
    match named {
        "Environment" => Ok(Source::Environment),
        "EcsContainer" => Ok(Source::Container),
        "Ec2InstanceMetadata" => Ok(Source::Instance),
        other => {
            let message = format!(
                "the profile `{profile}` has `credential_source = {}`: it is one of `Environment`, `EcsContainer` and \
                 `Ec2InstanceMetadata`",
                other.escape_debug()
            );
            Err(unusable(message))
        }
    }
}

fn role(name: &str, arn: &str, profile: &Profile) -> Result<Role, Fault> {
    if property(profile, "mfa_serial").is_some() {
        let message = format!(
            "the profile `{name}` asks for an MFA code (`mfa_serial`), which can't be given here: get temporary keys \
             yourself, as by `aws configure export-credentials --profile {name} --format env`"
        );
        return Err(unusable(message));
    }
    let own = |key: &str| property(profile, key).map(str::to_owned);
    let duration = match property(profile, "duration_seconds") {
        None => None,
        Some(text) => match text.parse::<u64>() {
            Ok(seconds @ 900..=43_200) => Some(Duration::from_secs(seconds)),
            _ => {
                let message =
                    format!("the profile `{name}` has a `duration_seconds` that is no number from 900 to 43200");
                return Err(unusable(message));
            }
        },
    };
    Ok(Role {
        profile: name.to_owned(),
        arn: arn.to_owned(),
        external_id: own("external_id"),
        session_name: own("role_session_name"),
        duration,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::environment::Environment;

    const CONFIG: &str = "
[profile keys]
aws_access_key_id = AKIDKEYS
aws_secret_access_key = k
[profile one]
role_arn = arn:aws:iam::1:role/one
source_profile = keys
external_id = ext
role_session_name = me
duration_seconds = 900
[profile two]
role_arn = arn:aws:iam::2:role/two
source_profile = one
[profile self]
role_arn = arn:aws:iam::3:role/self
source_profile = self
aws_access_key_id = AKIDSELF
aws_secret_access_key = s
[profile via-self]
role_arn = arn:aws:iam::4:role/via
source_profile = self
[profile box]
role_arn = arn:aws:iam::5:role/box
credential_source = EcsContainer
[profile ec2]
role_arn = arn:aws:iam::5:role/ec2
credential_source = Ec2InstanceMetadata
[profile env]
role_arn = arn:aws:iam::5:role/env
credential_source = Environment
[profile cmd]
credential_process = /bin/x y
[profile cmd-role]
role_arn = arn:aws:iam::6:role/cmd
source_profile = cmd
[profile sso]
sso_session = corp
[profile legacy-sso]
sso_start_url = https://corp.example
aws_access_key_id = AKIDOLD
aws_secret_access_key = o
[profile web]
role_arn = arn:aws:iam::7:role/web
web_identity_token_file = /token
[profile empty]
region = eu-west-1
[profile a]
role_arn = arn:aws:iam::8:role/a
source_profile = b
[profile b]
role_arn = arn:aws:iam::8:role/b
source_profile = a
[profile alone]
role_arn = arn:aws:iam::9:role/alone
source_profile = alone
[profile lost]
role_arn = arn:aws:iam::9:role/lost
source_profile = nowhere
[profile hollow]
role_arn = arn:aws:iam::9:role/hollow
source_profile = empty
[profile both]
role_arn = arn:aws:iam::9:role/both
source_profile = keys
credential_source = Environment
[profile neither]
role_arn = arn:aws:iam::9:role/neither
[profile odd]
role_arn = arn:aws:iam::9:role/odd
credential_source = Moon
[profile mfa]
role_arn = arn:aws:iam::9:role/mfa
source_profile = keys
mfa_serial = arn:aws:iam::9:mfa/ada
[profile long]
role_arn = arn:aws:iam::9:role/long
source_profile = keys
duration_seconds = 1e3
[profile roleless]
credential_source = Environment
[profile half]
aws_access_key_id = AKIDHALF
";

    fn profiles() -> Profiles {
        let files = BTreeMap::from([("/h/.aws/config".to_owned(), CONFIG.to_owned())]);
        Profiles::load(&Environment::new([("HOME", "/h")], files)).unwrap()
    }

    fn key(source: &Source) -> String {
        match source {
            Source::Keys(keys) => keys.access_key_id.clone(),
            Source::Process(command) => command.clone(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_profile_is_followed_to_its_source() {
        let table: [(&str, &str, &str, &[&str]); 12] = [
            ("keys", "keys", "AKIDKEYS", &[]),
            ("one", "keys", "AKIDKEYS", &["one"]),
            ("two", "keys", "AKIDKEYS", &["one", "two"]),
            ("self", "self", "AKIDSELF", &["self"]),
            ("via-self", "self", "AKIDSELF", &["via-self"]),
            ("box", "box", "Container", &["box"]),
            ("ec2", "ec2", "Instance", &["ec2"]),
            ("env", "env", "Environment", &["env"]),
            ("cmd-role", "cmd", "/bin/x y", &["cmd-role"]),
            ("sso", "sso", "Sso", &[]),
            ("legacy-sso", "legacy-sso", "Sso", &[]),
            ("web", "web", "WebIdentity", &[]),
        ];
        let profiles = profiles();
        for (name, profile, source, roles) in table {
            let found = recipe(&profiles, name).unwrap().unwrap();
            assert_eq!((found.profile.as_str(), key(&found.source).as_str()), (profile, source), "{name}");
            assert_eq!(found.roles.iter().map(|role| role.profile.as_str()).collect::<Vec<_>>(), roles, "{name}");
        }
        assert_eq!(recipe(&profiles, "empty").unwrap(), None);
        let one = recipe(&profiles, "one").unwrap().unwrap().roles.remove(0);
        assert_eq!((one.external_id.as_deref(), one.session_name.as_deref()), (Some("ext"), Some("me")));
        assert_eq!(one.duration, Some(Duration::from_secs(900)));
    }

    #[test]
    fn a_profile_that_leads_nowhere_says_where() {
        let table = [
            ("a", "`a` → `b` → `a`"),
            ("alone", "`alone` → `alone`"),
            ("lost", "`source_profile = nowhere`"),
            ("hollow", "`empty` holds no credentials"),
            ("both", "keep one"),
            ("neither", "neither `source_profile`"),
            ("odd", "Moon"),
            ("mfa", "mfa_serial"),
            ("long", "900 to 43200"),
            ("roleless", "no `role_arn`"),
            ("half", "aws_secret_access_key"),
        ];
        let profiles = profiles();
        for (name, says) in table {
            let fault = recipe(&profiles, name).unwrap_err();
            assert!(fault.message.contains(says), "{name}: {}", fault.message);
        }
    }
}
