//! Decides whether an operation is signed with SigV4, for which service and region, and at which host.
//!
//! OpenAPI has no word for SigV4, so the signs are read in a fixed order and the first that speaks decides.

use arras_run::fault::{Fault, FaultKind, Phase};
use url::{Host, Url};

use super::Scope;
use super::aws_host::{AwsHost, RegionLabel, is_plausible_region};
use super::aws_table::Home;

/// What is known of an operation's security scheme and server.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// The security scheme.
    pub scheme: Scheme<'a>,
    /// `type` of the operation's or the description's `x-amazon-apigateway-auth`.
    pub gateway_auth: Option<&'a str>,
    /// The server's URL as the description has it, never one that the user put in its place. Variables other than the
    /// region's are filled in; the region's may stand in braces.
    pub server: &'a str,
    /// The operation's path, as it follows the server's URL.
    pub path: &'a str,
    /// The default of the server variable for the region.
    pub region_default: Option<&'a str>,
    /// What the user said.
    pub user: UserSettings<'a>,
    /// Regions from around: environment and profile.
    pub regions: RegionSources<'a>,
}

/// A security scheme, as far as detection looks at it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scheme<'a> {
    /// The key under which it stands in the description.
    pub key: &'a str,
    /// Its `type`.
    pub kind: &'a str,
    /// Its `in`.
    pub location: Option<&'a str>,
    /// Its `name`: the header field's.
    pub name: Option<&'a str>,
    /// Its description.
    pub description: Option<&'a str>,
    /// Its `x-amazon-apigateway-authtype`.
    pub gateway_authtype: Option<&'a str>,
}

/// What the user said about signing.
#[derive(Clone, Copy, Debug, Default)]
pub struct UserSettings<'a> {
    /// Whether to sign.
    pub sign: Option<Choice>,
    /// The signing name of the service.
    pub service: Option<&'a str>,
    /// The region.
    pub region: Option<&'a str>,
    /// The region where nothing else tells one.
    pub last_region: Option<&'a str>,
}

/// Whether the user wants requests signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Sign.
    Sign,
    /// Do not.
    DoNotSign,
}

/// Regions from around the user, used when neither the user nor the host names one.
#[derive(Clone, Copy, Debug, Default)]
pub struct RegionSources<'a> {
    /// `AWS_REGION`, else `AWS_DEFAULT_REGION`.
    pub environment: Option<&'a str>,
    /// The profile's `region`.
    pub profile: Option<&'a str>,
}

/// What detection came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detection {
    /// Sign.
    Sign(Signing),
    /// Do not sign.
    Unsigned(Unsigned),
}

/// How to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signing {
    /// The service's signing name; `None` where the host does not tell it.
    pub service: Option<String>,
    /// The region, which also fills the server's region variable; `None` where nobody tells it.
    pub region: Option<String>,
    /// The host in whose place the described one stands: it has no region and does not exist. The user is told.
    pub host_rewrite: Option<String>,
    /// What decided.
    pub rule: DetectionRule,
}

/// Which sign decided that requests are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetectionRule {
    /// The user's own setting.
    UserSetting,
    /// `x-amazon-apigateway-authtype: awsSigv4` or `awsS3`.
    GatewayAuthtype,
    /// `x-amazon-apigateway-auth: {type: AWS_IAM}`.
    GatewayAuth,
    /// An apiKey scheme on `Authorization` at a host of AWS.
    AwsHost,
    /// An apiKey scheme on `Authorization` whose name or description speaks of SigV4.
    Wording,
}

/// Why requests are not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsigned {
    /// The scheme has nothing to do with AWS.
    NotAws,
    /// The user said so.
    ByUser,
    /// A mark says that it is authorised in another way.
    OtherMark,
    /// An apiKey scheme on `Authorization` at an API Gateway that bears no mark: it may or may not be SigV4.
    /// Worth a warning.
    UnmarkedGateway,
    /// It speaks of SigV4A, which is not supported. Worth an error.
    SigV4A,
}

impl DetectionRule {
    /// The kebab-case name under which listings know it.
    pub fn as_str(self) -> &'static str {
        match self {
            DetectionRule::UserSetting => "user-setting",
            DetectionRule::GatewayAuthtype => "gateway-authtype",
            DetectionRule::GatewayAuth => "gateway-auth",
            DetectionRule::AwsHost => "aws-host",
            DetectionRule::Wording => "wording",
        }
    }

    /// What it found, in a phrase.
    pub fn explain(self) -> &'static str {
        match self {
            DetectionRule::UserSetting => "you said so",
            DetectionRule::GatewayAuthtype => "the scheme is marked `x-amazon-apigateway-authtype`",
            DetectionRule::GatewayAuth => "the operation is marked `x-amazon-apigateway-auth`",
            DetectionRule::AwsHost => "a key in the field `Authorization` at a host of AWS",
            DetectionRule::Wording => "a key in the field `Authorization` whose name or description speaks of it",
        }
    }
}

impl Signing {
    /// The scope to sign for.
    ///
    /// # Errors
    /// `no-region`, or `signing-failed` without a service, each naming every way to give it.
    pub fn scope(&self) -> Result<Scope, Fault> {
        let Some(service) = &self.service else {
            let message =
                "the host does not tell which AWS service to sign for: give its signing name by `--aws-service`";
            return Err(Fault::new(FaultKind::SigningFailed, Phase::Auth, message));
        };
        let Some(region) = &self.region else {
            let message = format!(
                "no AWS region to sign `{service}` for: give one by `--aws-region`, the variable `AWS_REGION` or \
                 `AWS_DEFAULT_REGION`, or `region` in the profile"
            );
            return Err(Fault::new(FaultKind::NoRegion, Phase::Auth, message));
        };
        if !is_plausible_region(region) {
            let message = format!("`{}` is no AWS region", region.escape_debug());
            return Err(Fault::new(FaultKind::NoRegion, Phase::Auth, message));
        }
        Ok(Scope { region: region.clone(), service: service.clone() })
    }
}

/// Reads the signs in their order: the user's setting, the gateway's marks, the host, the wording.
pub fn detect(facts: &Facts<'_>) -> Detection {
    let aws = described_host(facts);
    match rule(facts, aws.as_ref()) {
        Ok(rule) => Detection::Sign(signing(facts, aws.as_ref(), rule)),
        Err(unsigned) => Detection::Unsigned(unsigned),
    }
}

/// The host of AWS that the server's URL names, braces and all.
fn described_host(facts: &Facts<'_>) -> Option<AwsHost> {
    let (_, rest) = facts.server.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let base = rest.strip_prefix(authority)?.split(['?', '#']).next()?;
    let path = format!("{}{}", base.trim_end_matches('/'), facts.path);
    let host = authority.rsplit('@').next()?;
    let host = if host.starts_with('[') { host } else { host.split(':').next()? };
    AwsHost::parse(host, &path)
}

fn rule(facts: &Facts<'_>, aws: Option<&AwsHost>) -> Result<DetectionRule, Unsigned> {
    match facts.user.sign {
        Some(Choice::Sign) => return Ok(DetectionRule::UserSetting),
        Some(Choice::DoNotSign) => return Err(Unsigned::ByUser),
        None => {}
    }
    if let Some(mark) = facts.scheme.gateway_authtype {
        let ours = ["awsSigv4", "awsS3"].iter().any(|known| mark.eq_ignore_ascii_case(known));
        return if ours { Ok(DetectionRule::GatewayAuthtype) } else { Err(Unsigned::OtherMark) };
    }
    if let Some(mark) = facts.gateway_auth {
        let ours = mark.eq_ignore_ascii_case("AWS_IAM");
        return if ours { Ok(DetectionRule::GatewayAuth) } else { Err(Unsigned::OtherMark) };
    }
    if !is_authorization_key(&facts.scheme) {
        return Err(Unsigned::NotAws);
    }
    let texts = [Some(facts.scheme.key), facts.scheme.description];
    let wording = texts.into_iter().flatten().map(wording).max().unwrap_or(Wording::Silent);
    match (aws, wording) {
        (_, Wording::SigV4A) => Err(Unsigned::SigV4A),
        (Some(host), _) if !host.is_execute_api() => Ok(DetectionRule::AwsHost),
        (_, Wording::SigV4) => Ok(DetectionRule::Wording),
        (Some(_), Wording::Silent) => Err(Unsigned::UnmarkedGateway),
        (None, Wording::Silent) => Err(Unsigned::NotAws),
    }
}

fn is_authorization_key(scheme: &Scheme<'_>) -> bool {
    scheme.kind == "apiKey"
        && scheme.location == Some("header")
        && scheme.name.is_some_and(|name| name.eq_ignore_ascii_case("authorization"))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wording {
    Silent,
    SigV4,
    SigV4A,
}

/// What a text says of AWS's signatures, however it is spelt: `AWS Signature Version 4`, `aws_sigv4`, `AWS4-HMAC-SHA256`.
fn wording(text: &str) -> Wording {
    let lower = text.to_ascii_lowercase();
    let words = || lower.split(|letter: char| !letter.is_ascii_alphanumeric());
    if words().any(|word| word == "sigv4a") || lower.contains("aws4-ecdsa") {
        return Wording::SigV4A;
    }
    let run: String = words().collect();
    let signs = [
        "sigv4",
        "sig4",
        "aws4",
        "awssignature",
        "amazonsignature",
        "signatureversion4",
        "signaturev4",
        "signatureauthorizationv4",
    ];
    if signs.iter().any(|sign| run.contains(sign)) { Wording::SigV4 } else { Wording::Silent }
}

fn signing(facts: &Facts<'_>, aws: Option<&AwsHost>, rule: DetectionRule) -> Signing {
    let own = |text: &str| text.to_owned();
    let region = region(facts, aws);
    let service = facts.user.service.map(own).or_else(|| aws.map(|host| host.service.clone())).or(match rule {
        DetectionRule::GatewayAuth => Some(own("execute-api")),
        DetectionRule::GatewayAuthtype => {
            let s3 = facts.scheme.gateway_authtype.is_some_and(|mark| mark.eq_ignore_ascii_case("awsS3"));
            Some(own(if s3 { "s3" } else { "execute-api" }))
        }
        DetectionRule::UserSetting | DetectionRule::AwsHost | DetectionRule::Wording => None,
    });
    let host_rewrite = aws.and_then(|host| rewrite(host, region.as_deref()));
    Signing { service, region, host_rewrite, rule }
}

/// The user's setting, the host's own label, a service's only region, environment, profile, the variable's default, the
/// user's last one.
fn region(facts: &Facts<'_>, aws: Option<&AwsHost>) -> Option<String> {
    let own = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    if let Some(region) = facts.user.region.and_then(own) {
        return Some(region);
    }
    if let Some(RegionLabel::Literal(region)) = aws.map(|host| &host.region) {
        return Some(region.clone());
    }
    let home = aws.and_then(AwsHost::home);
    if let Some(Home::Bare(region) | Home::Only(region)) = home
        && !aws.is_some_and(AwsHost::is_bucket)
    {
        return own(region);
    }
    let around = [facts.regions.environment, facts.regions.profile, facts.region_default];
    let bucket_default = home.map(|(Home::Bare(region) | Home::Only(region))| region);
    around.into_iter().chain([bucket_default, facts.user.last_region]).flatten().find_map(own)
}

/// The regional host for one that names no region and belongs to a service that has one.
fn rewrite(host: &AwsHost, region: Option<&str>) -> Option<String> {
    let region = region.filter(|region| is_plausible_region(region))?;
    match (&host.region, host.home()) {
        (RegionLabel::Absent, None) => Some(host.regional(region)),
        (RegionLabel::Absent, Some(Home::Only(only))) => Some(host.regional(only)),
        _ => None,
    }
}

/// A server's URL with its host replaced by [`Signing::host_rewrite`]; the scheme, port and path stay.
///
/// # Errors
/// `invalid-request` if the server is no absolute URL.
pub fn rewrite_server(server: &str, host: &str) -> Result<String, Fault> {
    let invalid = || Fault::new(FaultKind::InvalidRequest, Phase::Build, "the server is no absolute URL");
    let mut url = Url::parse(server).map_err(|_| invalid())?;
    Host::parse(host).map_err(|_| invalid())?;
    url.set_host(Some(host)).map_err(|_| invalid())?;
    Ok(url.into())
}

#[cfg(test)]
mod tests;
