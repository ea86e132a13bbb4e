//! Credentials of an EC2 instance, from its metadata service, version 2: a token first, then what it opens.

use std::time::Duration;

use arras_run::exchange::Response;
use arras_run::fault::Fault;
use url::Url;

use super::{AwsCredentials, ChainSettings, ProvideAwsCredentials, answer, ask, unusable};
use crate::environment::Environment;
use crate::future::BoxFuture;

pub(super) const DISABLED: &str = "AWS_EC2_METADATA_DISABLED";
const ENDPOINT: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
const MODE: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
const ROLES: &str = "latest/meta-data/iam/security-credentials/";

/// For the token, by whose coming or not it shows whether there is a service at all. It is asked for twice.
const PRESENCE: Duration = Duration::from_secs(1);
/// For what comes then.
const LIMIT: Duration = Duration::from_secs(5);

/// Asks the metadata service of an instance; has none where there is no such service or it holds no role.
#[derive(Clone, Debug)]
pub struct InstanceCredentials {
    settings: ChainSettings,
}

impl InstanceCredentials {
    /// The instance of those settings.
    pub fn new(settings: &ChainSettings) -> InstanceCredentials {
        InstanceCredentials { settings: settings.clone() }
    }

    async fn ask(&self) -> Result<Option<AwsCredentials>, Fault> {
        if is_disabled(&self.settings.environment) {
            return Ok(None);
        }
        let base = endpoint(&self.settings.environment)?;
        let Some(token) = self.token(&base).await else { return Ok(None) };
        let listed = self.get(&base, ROLES, &token).await?;
        if listed.status == 404 {
            return Ok(None);
        }
        let role = ask::text(&expect(listed)?).lines().next().unwrap_or_default().trim().to_owned();
        if role.is_empty() {
            return Ok(None);
        }
        let keys = expect(self.get(&base, &format!("{ROLES}{role}"), &token).await?)?;
        answer::object("the instance's metadata service", &ask::text(&keys), "Token").map(Some)
    }

    /// The token that opens the rest; `None` where nobody gives one, be it that another cloud answers there.
    async fn token(&self, base: &Url) -> Option<String> {
        let url = base.join("latest/api/token").ok()?;
        let request = ask::request("PUT", url.as_str(), &[("X-aws-ec2-metadata-token-ttl-seconds", "21600")]);
        let response = ask::ask(&*self.settings.metadata, &request, PRESENCE).await.ok()?;
        let token = ask::text(&response).trim().to_owned();
        (response.status == 200 && !token.is_empty()).then_some(token)
    }

    async fn get(&self, base: &Url, path: &str, token: &str) -> Result<Response, Fault> {
        let url = base.join(path).map_err(|_| unusable("the instance's role has no name"))?;
        let request = ask::request("GET", url.as_str(), &[("X-aws-ec2-metadata-token", token)]);
        let failed = |fault: Fault| unusable(format!("the instance's metadata service failed: {}", fault.message));
        ask::ask(&*self.settings.metadata, &request, LIMIT).await.map_err(failed)
    }
}

impl ProvideAwsCredentials for InstanceCredentials {
    fn provide(&self) -> BoxFuture<'_, Result<Option<AwsCredentials>, Fault>> {
        Box::pin(self.ask())
    }
}

fn expect(response: Response) -> Result<Response, Fault> {
    match response.status {
        200 => Ok(response),
        other => Err(unusable(format!("the instance's metadata service answered {other} instead of credentials"))),
    }
}

/// Whether the user does not want the service asked.
pub(super) fn is_disabled(environment: &Environment) -> bool {
    environment.variable(DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn endpoint(environment: &Environment) -> Result<Url, Fault> {
    let six = environment.variable(MODE).is_some_and(|mode| mode.eq_ignore_ascii_case("IPv6"));
    let default = if six { "http://[fd00:ec2::254]/" } else { "http://169.254.169.254/" };
    let text = environment.variable(ENDPOINT).unwrap_or(default);
    let url = Url::parse(&format!("{}/", text.trim_end_matches('/'))).ok();
    url.filter(|url| url.has_host()).ok_or_else(|| unusable(format!("`{ENDPOINT}` is no URL")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use arras_run::exchange::header;

    use super::super::testing::{Script, settings};
    use super::*;

    const KEYS: &str = r#"{"Code":"Success","AccessKeyId":"ASIAEC2","SecretAccessKey":"e","Token":"t"}"#;

    fn provider(variables: &[(&str, &str)], script: &Script) -> InstanceCredentials {
        InstanceCredentials::new(&settings(variables, BTreeMap::new(), script))
    }

    #[tokio::test]
    async fn a_token_opens_the_role_and_its_keys() {
        for (variables, base) in [
            (&[][..], "http://169.254.169.254"),
            (&[(MODE, "ipv6")][..], "http://[fd00:ec2::254]"),
            (&[(ENDPOINT, "http://localhost:1338")][..], "http://localhost:1338"),
        ] {
            let urls = ["latest/api/token", ROLES, &format!("{ROLES}worker")].map(|path| format!("{base}/{path}"));
            let script = Script::of([(&*urls[0], 200, "open"), (&*urls[1], 200, "worker\n"), (&*urls[2], 200, KEYS)]);
            let found = provider(variables, &script).provide().await.unwrap().unwrap();
            assert_eq!(found.access_key_id, "ASIAEC2");
            let sent = script.sent();
            assert_eq!(sent[0].method, "PUT");
            assert!(
                sent[1..].iter().all(|it| header(&it.headers, "x-aws-ec2-metadata-token").as_deref() == Some("open"))
            );
        }
    }

    #[tokio::test]
    async fn without_a_service_a_token_or_a_role_there_are_none() {
        let token = "http://169.254.169.254/latest/api/token";
        let roles = "http://169.254.169.254/latest/meta-data/iam/security-credentials/";
        let silent = Script::of([]);
        assert_eq!(provider(&[], &silent).provide().await.unwrap(), None);
        assert_eq!(silent.sent().len(), 2, "asked once and once more");
        for answers in [
            vec![(token, 404, "")],
            vec![(token, 200, "t"), (roles, 404, "")],
            vec![(token, 200, "t"), (roles, 200, "")],
        ] {
            assert_eq!(provider(&[], &Script::of(answers)).provide().await.unwrap(), None);
        }
        let disabled = Script::of([(token, 200, "t")]);
        assert_eq!(provider(&[(DISABLED, "TRUE")], &disabled).provide().await.unwrap(), None);
        assert!(disabled.sent().is_empty());
        let broken = Script::of([(token, 200, "t"), (roles, 401, "")]);
        assert!(provider(&[], &broken).provide().await.unwrap_err().message.contains("401"));
    }
}
