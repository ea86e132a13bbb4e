//! Temporary credentials from AWS's Security Token Service, by our own signer and transport.

use std::time::Duration;

use arras_run::exchange::{Request, Response};
use arras_run::fault::Fault;
use url::form_urlencoded;

use super::recipe::Role;
use super::{AwsCredentials, ChainSettings, answer, ask, region, unusable, xml};
use crate::auth::{Resend, Scope, Skews, service_host, sign};
use crate::origin::Origin;

const LIMIT: Duration = Duration::from_secs(15);
const VERSION: &str = "2011-06-15";

/// The Security Token Service of a region.
pub(super) struct Sts<'s> {
    settings: &'s ChainSettings,
    scope: Scope,
    url: String,
    origin: Origin,
}

impl<'s> Sts<'s> {
    /// The service of the user's region, else of the environment's or the profile's, else the global one; or where
    /// `AWS_ENDPOINT_URL_STS` or `AWS_ENDPOINT_URL` leads.
    ///
    /// # Errors
    /// `no-credentials` if the region or the endpoint can't be used.
    pub(super) fn new(settings: &'s ChainSettings) -> Result<Sts<'s>, Fault> {
        let around = region(&settings.environment, settings.profile.as_deref())?;
        let region = settings.region.clone().or(around.environment).or(around.profile);
        let environment = &settings.environment;
        let given = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"].iter().find_map(|name| environment.variable(name));
        let url = match (given, &region) {
            (Some(given), _) => given.to_owned(),
            (None, Some(region)) => {
                let host = service_host("sts", region);
                format!(
                    "https://{}/",
                    host.ok_or_else(|| unusable(format!("`{}` is no AWS region", region.escape_debug())))?
                )
            }
            (None, None) => "https://sts.amazonaws.com/".to_owned(),
        };
        let origin = Origin::parse(&url).map_err(|_| unusable("the endpoint of STS is no http or https URL"))?;
        let region = region.unwrap_or_else(|| "us-east-1".to_owned());
        Ok(Sts { settings, scope: Scope { region, service: "sts".to_owned() }, url, origin })
    }

    /// Assumes a role by those credentials.
    ///
    /// # Errors
    /// `no-credentials` with what the service answered.
    pub(super) async fn assume_role(&self, role: &Role, by: &AwsCredentials) -> Result<AwsCredentials, Fault> {
        let session = session_name(self.settings, role.session_name.as_deref());
        let duration = role.duration.map(|duration| duration.as_secs().to_string());
        let fields = [
            ("RoleArn", Some(role.arn.as_str())),
            ("RoleSessionName", Some(session.as_str())),
            ("ExternalId", role.external_id.as_deref()),
            ("DurationSeconds", duration.as_deref()),
        ];
        let request = self.request("AssumeRole", &fields);
        let what = format!("the role `{}` of the profile `{}`", role.arn, role.profile);
        let response = self.send_signed(&request, by).await.map_err(|fault| unreachable_service(&what, &fault))?;
        credentials(&what, &response)
    }

    /// Assumes a role by a token of another identity provider, which takes no signature.
    ///
    /// # Errors
    /// `no-credentials` with what the service answered.
    #[cfg(feature = "aws-sso")]
    pub(super) async fn assume_role_with_token(
        &self,
        arn: &str,
        session: Option<&str>,
        token: &str,
    ) -> Result<AwsCredentials, Fault> {
        let session = session_name(self.settings, session);
        let fields =
            [("RoleArn", Some(arn)), ("RoleSessionName", Some(session.as_str())), ("WebIdentityToken", Some(token))];
        let request = self.request("AssumeRoleWithWebIdentity", &fields);
        let what = format!("the role `{arn}` of the web identity");
        let response = ask::ask(&*self.settings.services, &request, LIMIT).await;
        credentials(&what, &response.map_err(|fault| unreachable_service(&what, &fault))?)
    }

    fn request(&self, action: &str, fields: &[(&str, Option<&str>)]) -> Request {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", action).append_pair("Version", VERSION);
        for (name, value) in fields {
            form.extend_pairs(value.map(|value| (name, value)));
        }
        let headers = [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")];
        Request { body: form.finish().into(), ..ask::request("POST", &self.url, &headers) }
    }

    /// Sends it signed, and once more by the service's clock if it says that ours is wrong.
    async fn send_signed(&self, request: &Request, by: &AwsCredentials) -> Result<Response, Fault> {
        let skews = Skews::default();
        match self.attempt(&skews, request, by).await? {
            (_, Resend::Yes) => self.attempt(&skews, request, by).await.map(|(response, _)| response),
            (response, Resend::No) => Ok(response),
        }
    }

    async fn attempt(
        &self,
        skews: &Skews,
        request: &Request,
        by: &AwsCredentials,
    ) -> Result<(Response, Resend), Fault> {
        let used = skews.of(&self.origin);
        let sent = self.settings.clock.now();
        let mut signed = request.clone();
        sign(&mut signed, by, &self.scope, used.correct(sent))?;
        let response = ask::ask(&*self.settings.services, &signed, LIMIT).await?;
        let received = self.settings.clock.now();
        let resend = skews.learn(&self.origin, used, &response, sent..received);
        Ok((response, resend))
    }
}

/// The user's name for the session, else one of ours, told apart by the time.
fn session_name(settings: &ChainSettings, given: Option<&str>) -> String {
    let given = given.or_else(|| settings.environment.variable("AWS_ROLE_SESSION_NAME"));
    given.map_or_else(|| format!("arras-{}", settings.clock.now().0 / 1000), str::to_owned)
}

fn unreachable_service(what: &str, fault: &Fault) -> Fault {
    unusable(format!("{what} can't be assumed: {}", fault.message))
}

fn credentials(what: &str, response: &Response) -> Result<AwsCredentials, Fault> {
    let body = ask::text(response);
    if response.status != 200 {
        let code = xml::text(&body, "Code").unwrap_or_else(|| response.status.to_string());
        let why = xml::text(&body, "Message").map(|message| format!(": {message}")).unwrap_or_default();
        return Err(unusable(format!("{what} can't be assumed: STS answered {code}{why}")));
    }
    let read = |name: &str| xml::text(&body, name).filter(|text| !text.is_empty());
    let (Some(key), Some(secret), Some(token)) = (read("AccessKeyId"), read("SecretAccessKey"), read("SessionToken"))
    else {
        return Err(unusable(format!("{what} can't be assumed: STS answered without credentials")));
    };
    let expires = read("Expiration").map(|text| answer::instant("STS", &text)).transpose()?;
    Ok(AwsCredentials { expires, ..AwsCredentials::new(&key, &secret, Some(&token)) })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use arras_run::exchange::header;

    use super::super::testing::{Script, Variables, settings};
    use super::super::{ProfileCredentials, ProvideAwsCredentials};
    use super::*;

    const CONFIG: &str = "[default]
aws_access_key_id = AKIDBASE
aws_secret_access_key = b
[profile one]
role_arn = arn:aws:iam::1:role/one
source_profile = default
external_id = a&b
role_session_name = me
duration_seconds = 900
[profile two]
role_arn = arn:aws:iam::2:role/two
source_profile = one
region = cn-north-1
";
    const STS: &str = "https://sts.eu-west-1.amazonaws.com/";

    fn answer(key: &str) -> String {
        format!(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s&amp;s\
             </SecretAccessKey><SessionToken>t</SessionToken><Expiration>2026-01-31T12:00:00Z</Expiration>\
             </Credentials></AssumeRoleResult></AssumeRoleResponse>"
        )
    }

    fn provider(profile: &str, variables: &[(&str, &str)], script: &Script) -> ProfileCredentials {
        let files = BTreeMap::from([("/h/.aws/config".to_owned(), CONFIG.to_owned())]);
        let mut settings = settings(variables, files, script);
        settings.profile = Some(profile.to_owned());
        ProfileCredentials::new(&settings)
    }

    fn signed_by(request: &Request) -> String {
        header(&request.headers, "authorization").unwrap().split(['=', ',']).nth(1).unwrap().to_owned()
    }

    #[tokio::test]
    async fn roles_are_assumed_one_by_the_other() {
        let script = Script::of([(STS, 200, &*answer("ASIAONE")), (STS, 200, &*answer("ASIATWO"))]);
        let found = provider("two", &[("AWS_REGION", "eu-west-1")], &script).provide().await.unwrap().unwrap();
        assert_eq!((found.access_key_id.as_str(), found.secret_access_key.expose().as_str()), ("ASIATWO", "s&s"));
        assert_eq!(found.expires, Some(arras_run::time::Timestamp(1_769_860_800_000)));
        let sent = script.sent();
        assert_eq!(
            String::from_utf8_lossy(&sent[0].body.outline()),
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fone&RoleSessionName=me\
             &ExternalId=a%26b&DurationSeconds=900"
        );
        assert!(String::from_utf8_lossy(&sent[1].body.outline()).contains("RoleSessionName=arras-1769"));
        assert!(signed_by(&sent[0]).ends_with("/eu-west-1/sts/aws4_request"));
        assert!(signed_by(&sent[0]).starts_with("AKIDBASE/") && signed_by(&sent[1]).starts_with("ASIAONE/"));
        assert_eq!(header(&sent[1].headers, "x-amz-security-token").as_deref(), Some("t"));
    }

    #[tokio::test]
    async fn the_service_is_found_by_endpoint_then_region_then_globally() {
        let table: [(&str, Variables<'_>, &str, &str); 5] = [
            ("one", &[], "https://sts.amazonaws.com/", "us-east-1"),
            ("two", &[], "https://sts.cn-north-1.amazonaws.com.cn/", "cn-north-1"),
            (
                "one",
                &[("AWS_DEFAULT_REGION", "us-gov-west-1")],
                "https://sts.us-gov-west-1.amazonaws.com/",
                "us-gov-west-1",
            ),
            ("one", &[("AWS_ENDPOINT_URL", "http://localhost:1/")], "http://localhost:1/", "us-east-1"),
            (
                "one",
                &[("AWS_ENDPOINT_URL_STS", "http://localhost:2/"), ("AWS_ENDPOINT_URL", "http://localhost:1/")],
                "http://localhost:2/",
                "us-east-1",
            ),
        ];
        for (profile, variables, url, region) in table {
            let script = Script::of([(url, 200, &*answer("ASIA")), (url, 200, &*answer("ASIA"))]);
            provider(profile, variables, &script).provide().await.unwrap();
            assert!(signed_by(&script.sent()[0]).contains(&format!("/{region}/sts/")), "{url}");
        }
    }

    #[tokio::test]
    async fn what_the_service_refuses_is_told() {
        let denied = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not &quot;you&quot;</Message></Error></ErrorResponse>";
        let table = [
            ((403, denied), "AccessDenied: not \"you\""),
            ((400, "oops"), "answered 400"),
            ((200, "<AccessKeyId>A</AccessKeyId>"), "without credentials"),
        ];
        for ((status, body), says) in table {
            let url = "https://sts.amazonaws.com/";
            let script = Script::of([(url, status, body)]);
            let fault = provider("one", &[], &script).provide().await.unwrap_err();
            assert!(fault.message.contains(says) && fault.message.contains("role/one"), "{}", fault.message);
        }
        let down = provider("one", &[], &Script::of([])).provide().await.unwrap_err();
        assert_eq!(down.kind, arras_run::fault::FaultKind::NoCredentials);
    }
}
