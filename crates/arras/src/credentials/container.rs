//! Credentials of a container, from the endpoint that its environment names.

use std::time::Duration;

use arras_run::fault::Fault;
use url::{Host, Url};

use super::{AwsCredentials, ChainSettings, ProvideAwsCredentials, answer, ask, unusable};
use crate::environment::Environment;
use crate::future::BoxFuture;
use crate::policy::is_loopback;

pub(super) const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
pub(super) const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

/// Where relative paths lead.
const HOST: &str = "http://169.254.170.2";
/// The other hosts that plain http may lead to, beside this machine: the agents of containers and pods.
const PLAIN: [&str; 3] = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];
const LIMIT: Duration = Duration::from_secs(5);

/// Asks the endpoint of `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `…_FULL_URI`; has none if neither is set.
#[derive(Clone, Debug)]
pub struct ContainerCredentials {
    settings: ChainSettings,
}

impl ContainerCredentials {
    /// The container of those settings.
    pub fn new(settings: &ChainSettings) -> ContainerCredentials {
        ContainerCredentials { settings: settings.clone() }
    }

    async fn ask(&self) -> Result<Option<AwsCredentials>, Fault> {
        let environment = &self.settings.environment;
        let Some(url) = endpoint(environment)? else { return Ok(None) };
        let token = token(environment)?;
        let headers: Vec<(&str, &str)> = token.iter().map(|token| ("Authorization", token.as_str())).collect();
        let source = format!("the container's endpoint `{}`", url.host_str().unwrap_or_default());
        let request = ask::request("GET", url.as_str(), &headers);
        let response = ask::ask(&*self.settings.metadata, &request, LIMIT)
            .await
            .map_err(|fault| unusable(format!("{source} gave no credentials: {}", fault.message)))?;
        if response.status != 200 {
            return Err(unusable(format!("{source} answered {} instead of credentials", response.status)));
        }
        answer::object(&source, &ask::text(&response), "Token").map(Some)
    }
}

impl ProvideAwsCredentials for ContainerCredentials {
    fn provide(&self) -> BoxFuture<'_, Result<Option<AwsCredentials>, Fault>> {
        Box::pin(self.ask())
    }
}

fn endpoint(environment: &Environment) -> Result<Option<Url>, Fault> {
    if let Some(path) = environment.variable(RELATIVE) {
        let invalid = || unusable(format!("`{RELATIVE}` is no path: it begins with `/`"));
        let url = path.starts_with('/').then(|| Url::parse(&format!("{HOST}{path}")).ok()).flatten();
        return url.ok_or_else(invalid).map(Some);
    }
    let Some(full) = environment.variable(FULL) else { return Ok(None) };
    let url = Url::parse(full).map_err(|_| unusable(format!("`{FULL}` is no URL")))?;
    let plain = || is_loopback(&url) || url.host().is_some_and(|host: Host<&str>| PLAIN.contains(&&*host.to_string()));
    match url.scheme() {
        "https" => Ok(Some(url)),
        "http" if plain() => Ok(Some(url)),
        _ => {
            let message = format!("`{FULL}` is refused: other machines than this one are asked by https only");
            Err(unusable(message))
        }
    }
}

/// The value of `Authorization`, read anew each time, since the file's token is replaced before it expires.
fn token(environment: &Environment) -> Result<Option<String>, Fault> {
    let token = match environment.variable(TOKEN_FILE) {
        Some(path) => match environment.file(path) {
            Ok(Some(text)) => Some(text.trim_end_matches(['\r', '\n']).to_owned()),
            Ok(None) => return Err(unusable(format!("the file `{path}` of `{TOKEN_FILE}` is not there"))),
            Err(error) => {
                return Err(unusable(format!("the file `{path}` of `{TOKEN_FILE}` can't be read: {error}")));
            }
        },
        None => environment.variable(TOKEN).map(str::to_owned),
    };
    match token {
        Some(token) if token.contains(['\r', '\n']) => Err(unusable("the container's token holds a line break")),
        token => Ok(token),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::testing::{Script, Variables, settings};
    use super::*;

    const KEYS: &str =
        r#"{"AccessKeyId":"AKIDBOX","SecretAccessKey":"b","Token":"t","Expiration":"2026-01-31T12:00:00Z"}"#;

    #[tokio::test]
    async fn the_endpoint_is_asked_with_the_token() {
        let table: [(Variables<'_>, &str, Option<&str>); 6] = [
            (&[(RELATIVE, "/v2/x?id=1")], "http://169.254.170.2/v2/x?id=1", None),
            (&[(FULL, "http://127.0.0.1:51679/x"), (TOKEN, "Basic x")], "http://127.0.0.1:51679/x", Some("Basic x")),
            (
                &[(FULL, "http://169.254.170.23/v1/c"), (TOKEN_FILE, "/t")],
                "http://169.254.170.23/v1/c",
                Some("pod-token"),
            ),
            (
                &[(FULL, "http://[fd00:ec2::23]/v1/c"), (TOKEN_FILE, "/t"), (TOKEN, "x")],
                "http://[fd00:ec2::23]/v1/c",
                Some("pod-token"),
            ),
            (&[(FULL, "https://keys.example/")], "https://keys.example/", None),
            (&[(RELATIVE, "/a"), (FULL, "https://keys.example/")], "http://169.254.170.2/a", None),
        ];
        for (variables, url, token) in table {
            let script = Script::of([(url, 200, KEYS)]);
            let files = BTreeMap::from([("/t".to_owned(), "pod-token\n".to_owned())]);
            let chain = ContainerCredentials::new(&settings(variables, files, &script));
            let found = chain.provide().await.unwrap().unwrap();
            assert_eq!(found.access_key_id, "AKIDBOX");
            let sent = script.sent();
            assert_eq!(arras_run::exchange::header(&sent[0].headers, "authorization").as_deref(), token, "{url}");
        }
    }

    #[tokio::test]
    async fn what_is_set_but_does_not_work_is_an_error() {
        let table: [(Variables<'_>, &str); 7] = [
            (&[(RELATIVE, "x@evil.example/")], "no path"),
            (&[(FULL, "http://evil.example/")], "https only"),
            (&[(FULL, "http://169.254.169.254/")], "https only"),
            (&[(FULL, "file:///etc/passwd")], "https only"),
            (&[(FULL, "http://localhost/"), (TOKEN_FILE, "/none")], "is not there"),
            (&[(FULL, "http://localhost/"), (TOKEN, "a\nInjected: b")], "line break"),
            (&[(RELATIVE, "/gone")], "404"),
        ];
        for (variables, says) in table {
            let script = Script::of([("http://169.254.170.2/gone", 404, "")]);
            let chain = ContainerCredentials::new(&settings(variables, BTreeMap::new(), &script));
            let fault = chain.provide().await.unwrap_err();
            assert!(fault.message.contains(says), "{says}: {}", fault.message);
        }
        let none = ContainerCredentials::new(&settings(&[], BTreeMap::new(), &Script::of([])));
        assert_eq!(none.provide().await.unwrap(), None);
    }
}
