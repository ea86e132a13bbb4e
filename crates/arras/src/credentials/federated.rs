//! Credentials by other identities: IAM Identity Center's cached sign-in, and tokens of other providers.

use std::time::Duration;

use arras_doc::value::Value;
use arras_run::fault::Fault;
use arras_run::time::Timestamp;
use sha1::{Digest, Sha1};
use url::form_urlencoded;

use super::profile::Profile;
use super::recipe::property;
use super::{AwsCredentials, ChainSettings, Profiles, TOKEN_FILE, answer, ask, sts, unusable};
use crate::auth::service_host;

const LIMIT: Duration = Duration::from_secs(15);

/// What a profile says of IAM Identity Center.
struct Sso<'p> {
    /// What the cached sign-in's file is named for: the session, in the older form the start URL.
    cached_as: &'p str,
    region: &'p str,
    account: &'p str,
    role: &'p str,
}

/// The credentials of a profile's account and role, by the sign-in that `aws sso login` left behind.
pub(super) async fn sso(settings: &ChainSettings, profiles: &Profiles, profile: &str) -> Result<AwsCredentials, Fault> {
    let properties = profiles.get(profile).ok_or_else(|| unusable(format!("there is no profile `{profile}`")))?;
    let sso = read_sso(profiles, profile, properties)?;
    let token = sign_in(settings, profile, sso.cached_as)?;
    let host = service_host("portal.sso", sso.region)
        .ok_or_else(|| unusable(format!("`{}` is no AWS region", sso.region.escape_debug())))?;
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("role_name", sso.role)
        .append_pair("account_id", sso.account)
        .finish();
    let url = format!("https://{host}/federation/credentials?{query}");
    let request = ask::request("GET", &url, &[("x-amz-sso_bearer_token", token.as_str())]);
    let what = format!("IAM Identity Center, which the profile `{profile}` asks,");
    let response = ask::ask(&*settings.services, &request, LIMIT).await;
    let response = response.map_err(|fault| unusable(format!("{what} gave no credentials: {}", fault.message)))?;
    match response.status {
        200 => role_credentials(&what, &ask::text(&response)),
        401 => Err(unusable(format!("{what} does not take the sign-in any more: {}", login(profile)))),
        other => {
            let why = Value::from_json(&ask::text(&response)).ok();
            let why = why.as_ref().and_then(|why| why.get("message")).and_then(Value::as_str);
            let why = why.map(|why| format!(": {}", why.escape_debug())).unwrap_or_default();
            Err(unusable(format!("{what} answered {other}{why}")))
        }
    }
}

fn read_sso<'p>(profiles: &'p Profiles, profile: &'p str, properties: &'p Profile) -> Result<Sso<'p>, Fault> {
    let needs = |name: &str, found: Option<&'p str>| {
        let message = format!("the profile `{profile}` asks for IAM Identity Center but has no `{name}`");
        found.ok_or_else(|| unusable(message))
    };
    let own = |name: &str| needs(name, property(properties, name));
    let (cached_as, region) = match property(properties, "sso_session") {
        Some(session) => {
            let section = profiles.sso_session(session).ok_or_else(|| {
                unusable(format!("the profile `{profile}` names the `sso-session` `{session}`, which is not there"))
            })?;
            (session, needs("sso_region", property(section, "sso_region"))?)
        }
        None => (own("sso_start_url")?, own("sso_region")?),
    };
    Ok(Sso { cached_as, region, account: own("sso_account_id")?, role: own("sso_role_name")? })
}

/// The access token that is cached for a sign-in.
fn sign_in(settings: &ChainSettings, profile: &str, cached_as: &str) -> Result<String, Fault> {
    let name: String = Sha1::digest(cached_as.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let absent = || unusable(format!("there is no sign-in for the profile `{profile}`: {}", login(profile)));
    let path =
        settings.environment.below_home(&[".aws", "sso", "cache", &format!("{name}.json")]).ok_or_else(absent)?;
    let read = settings.environment.file(&path);
    let text = read.map_err(|error| unusable(format!("`{path}` can't be read: {error}")))?.ok_or_else(absent)?;
    let value = Value::from_json(&text).map_err(|_| unusable(format!("`{path}` holds no JSON")))?;
    let member = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (Some(token), Some(expires)) = (member("accessToken"), member("expiresAt")) else { return Err(absent()) };
    if answer::instant("the cached sign-in", expires)? <= settings.clock.now() {
        return Err(unusable(format!("the sign-in for the profile `{profile}` has expired: {}", login(profile))));
    }
    Ok(token.to_owned())
}

fn login(profile: &str) -> String {
    format!("sign in by `aws sso login --profile {profile}`")
}

fn role_credentials(what: &str, text: &str) -> Result<AwsCredentials, Fault> {
    let empty = || unusable(format!("{what} answered without credentials"));
    let value = Value::from_json(text).map_err(|_| empty())?;
    let keys = value.get("roleCredentials").ok_or_else(empty)?;
    let member = |name: &str| keys.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (Some(key), Some(secret), Some(token)) =
        (member("accessKeyId"), member("secretAccessKey"), member("sessionToken"))
    else {
        return Err(empty());
    };
    let expires = keys.get("expiration").and_then(|millis| millis.to_json().parse().ok()).map(Timestamp);
    Ok(AwsCredentials { expires, ..AwsCredentials::new(key, secret, Some(token)) })
}

/// The credentials of a profile's `role_arn` and `web_identity_token_file`.
pub(super) async fn web_identity_of_profile(
    settings: &ChainSettings,
    profiles: &Profiles,
    profile: &str,
) -> Result<AwsCredentials, Fault> {
    let properties = profiles.get(profile);
    let read = |name: &str| properties.and_then(|properties| property(properties, name));
    let (Some(arn), Some(file)) = (read("role_arn"), read("web_identity_token_file")) else {
        let message = format!("the profile `{profile}` lacks `role_arn` or `web_identity_token_file`");
        return Err(unusable(message));
    };
    web_identity(settings, arn, file, read("role_session_name")).await
}

/// The credentials of `AWS_ROLE_ARN` and `AWS_WEB_IDENTITY_TOKEN_FILE`; `None` if the file is not named.
pub(super) async fn web_identity_of_environment(settings: &ChainSettings) -> Result<Option<AwsCredentials>, Fault> {
    let Some(file) = settings.environment.variable(TOKEN_FILE) else { return Ok(None) };
    let Some(arn) = settings.environment.variable("AWS_ROLE_ARN") else {
        return Err(unusable(format!("`{TOKEN_FILE}` is set but `AWS_ROLE_ARN` is not")));
    };
    web_identity(settings, arn, file, None).await.map(Some)
}

async fn web_identity(
    settings: &ChainSettings,
    arn: &str,
    file: &str,
    session: Option<&str>,
) -> Result<AwsCredentials, Fault> {
    let read = settings.environment.file(file);
    let text = read.map_err(|error| unusable(format!("the token's file `{file}` can't be read: {error}")))?;
    let text = text.ok_or_else(|| unusable(format!("the token's file `{file}` is not there")))?;
    sts::Sts::new(settings)?.assume_role_with_token(arn, session, text.trim()).await
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::testing::{Script, settings};
    use super::super::{ProfileCredentials, ProvideAwsCredentials};
    use super::*;

    const CONFIG: &str = "[profile new]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Reader
[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://corp.example/start
[profile old]
sso_start_url = https://corp.example/start
sso_region = us-east-1
sso_account_id = 123456789012
sso_role_name = Reader
[profile lost]
sso_session = nowhere
[profile half]
sso_session = corp
[profile web]
role_arn = arn:aws:iam::1:role/web
web_identity_token_file = /token
";
    /// What `corp` and the start URL are cached as: their SHA-1.
    const CACHED: [&str; 2] = ["ee0bfd2552fbd840c02cc48b6e823320543c450f", "f7c9b39d0b4c7a7d82c79307585f77e1c5e74378"];

    fn provider(profile: &str, cached: &str, script: &Script) -> ProfileCredentials {
        let mut files = BTreeMap::from([
            ("/h/.aws/config".to_owned(), CONFIG.to_owned()),
            ("/token".to_owned(), "jwt\n".to_owned()),
        ]);
        for name in CACHED {
            files.insert(format!("/h/.aws/sso/cache/{name}.json"), cached.to_owned());
        }
        let mut settings = settings(&[], files, script);
        settings.profile = Some(profile.to_owned());
        ProfileCredentials::new(&settings)
    }

    const SIGNED_IN: &str = r#"{"accessToken":"open-sesame","expiresAt":"2099-01-01T00:00:00Z"}"#;
    const KEYS: &str = r#"{"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"s","sessionToken":"t","expiration":1769860800000}}"#;

    #[tokio::test]
    async fn a_sign_in_gives_the_roles_credentials() {
        for (profile, region) in [("new", "eu-west-1"), ("old", "us-east-1")] {
            let url = format!(
                "https://portal.sso.{region}.amazonaws.com/federation/credentials?role_name=Reader&account_id=123456789012"
            );
            let script = Script::of([(&*url, 200, KEYS)]);
            let found = provider(profile, SIGNED_IN, &script).provide().await.unwrap().unwrap();
            assert_eq!(found.access_key_id, "ASIASSO");
            assert_eq!(found.expires, Some(Timestamp(1_769_860_800_000)));
            assert!(script.sent()[0].headers.iter().any(|(_, value)| value == "open-sesame"));
        }
    }

    #[tokio::test]
    async fn a_sign_in_that_is_over_says_how_to_renew_it() {
        let url = "https://portal.sso.eu-west-1.amazonaws.com/federation/credentials?role_name=Reader&account_id=123456789012";
        let table = [
            ("new", r#"{"accessToken":"open-sesame","expiresAt":"2020-01-01T00:00:00Z"}"#, "has expired: sign in by"),
            ("new", "{}", "aws sso login --profile new"),
            ("new", "open-sesame", "no JSON"),
            ("new", SIGNED_IN, "does not take the sign-in"),
            ("lost", SIGNED_IN, "nowhere"),
            ("half", SIGNED_IN, "sso_account_id"),
        ];
        for (profile, cached, says) in table {
            let script = Script::of([(url, 401, "{}")]);
            let fault = provider(profile, cached, &script).provide().await.unwrap_err();
            assert!(
                fault.message.contains(says) && !fault.message.contains("open-sesame"),
                "{says}: {}",
                fault.message
            );
        }
    }

    #[tokio::test]
    async fn a_token_assumes_a_role_without_a_signature() {
        let url = "https://sts.amazonaws.com/";
        let keys =
            "<AccessKeyId>ASIAWEB</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>";
        let script = Script::of([(url, 200, keys)]);
        let found = provider("web", "", &script).provide().await.unwrap().unwrap();
        assert_eq!(found.access_key_id, "ASIAWEB");
        let sent = script.sent();
        let body = String::from_utf8_lossy(&sent[0].body.outline()).into_owned();
        assert!(
            body.starts_with("Action=AssumeRoleWithWebIdentity&") && body.ends_with("&WebIdentityToken=jwt"),
            "{body}"
        );
        assert_eq!(arras_run::exchange::header(&sent[0].headers, "authorization"), None);
        let variables = [(TOKEN_FILE, "/token"), ("AWS_ROLE_ARN", "arn:aws:iam::1:role/env")];
        let files = BTreeMap::from([("/token".to_owned(), "jwt".to_owned())]);
        let script = Script::of([(url, 200, keys)]);
        let found = web_identity_of_environment(&settings(&variables, files, &script)).await.unwrap();
        assert_eq!(found.unwrap().access_key_id, "ASIAWEB");
        let half = settings(&variables[..1], BTreeMap::new(), &script);
        assert!(web_identity_of_environment(&half).await.unwrap_err().message.contains("AWS_ROLE_ARN"));
    }
}
