//! When a request is signed, for which service and region, and what is said of what is missing.

use super::*;

const REKOGNITION: &str = "https://rekognition.amazonaws.com";
const SIGNED: &str = "AWS Signature Version 4. Include the Authorization header with AWS4-HMAC-SHA256 signature.";

fn key(key: &'static str, description: &'static str) -> Scheme<'static> {
    Scheme {
        key,
        kind: "apiKey",
        location: Some("header"),
        name: Some("Authorization"),
        description: Some(description),
        gateway_authtype: None,
    }
}

fn detected(facts: Facts<'_>) -> Result<DetectionRule, Unsigned> {
    match detect(&facts) {
        Detection::Sign(signing) => Ok(signing.rule),
        Detection::Unsigned(unsigned) => Err(unsigned),
    }
}

#[test]
fn the_first_sign_that_speaks_decides() {
    let plain = key("k", "a key");
    let marked = |mark| Scheme { gateway_authtype: Some(mark), ..plain };
    let gateway = "https://x.execute-api.us-east-1.amazonaws.com/prod";
    let other = "https://api.example.com";
    let at = |scheme, server| Facts { scheme, server, ..Facts::default() };
    let user = |sign, facts| Facts { user: UserSettings { sign: Some(sign), ..UserSettings::default() }, ..facts };
    let auth = |kind, facts| Facts { gateway_auth: Some(kind), ..facts };
    let bearer = Scheme { kind: "http", ..Scheme::default() };
    let in_query = Scheme { location: Some("query"), ..plain };
    let elsewhere = Scheme { name: Some("X-Api-Key"), ..plain };
    let table = [
        ("user", user(Choice::Sign, at(bearer, other)), Ok(DetectionRule::UserSetting)),
        ("user says no", user(Choice::DoNotSign, at(marked("awsSigv4"), REKOGNITION)), Err(Unsigned::ByUser)),
        ("authtype", at(marked("awsSigv4"), other), Ok(DetectionRule::GatewayAuthtype)),
        ("authtype s3", at(marked("awsS3"), other), Ok(DetectionRule::GatewayAuthtype)),
        ("custom", at(marked("custom"), REKOGNITION), Err(Unsigned::OtherMark)),
        ("cognito", at(marked("cognito_user_pools"), gateway), Err(Unsigned::OtherMark)),
        ("authtype first", auth("NONE", at(marked("awsSigv4"), other)), Ok(DetectionRule::GatewayAuthtype)),
        ("iam", auth("AWS_IAM", at(bearer, other)), Ok(DetectionRule::GatewayAuth)),
        ("iam none", auth("NONE", at(plain, REKOGNITION)), Err(Unsigned::OtherMark)),
        ("flagship", at(key("aws_signature", SIGNED), REKOGNITION), Ok(DetectionRule::AwsHost)),
        ("host alone", at(plain, REKOGNITION), Ok(DetectionRule::AwsHost)),
        ("gateway", at(plain, gateway), Err(Unsigned::UnmarkedGateway)),
        ("gateway that says so", at(key("sigv4", ""), gateway), Ok(DetectionRule::Wording)),
        ("wording", at(key("k", "Amazon Signature authorization v4"), other), Ok(DetectionRule::Wording)),
        ("wording of the key", at(key("aws_sig-v4", ""), other), Ok(DetectionRule::Wording)),
        ("sigv4a", at(key("k", "signed by SigV4A"), REKOGNITION), Err(Unsigned::SigV4A)),
        ("sigv4 a", at(key("k", "signed by SigV4 authorization"), other), Ok(DetectionRule::Wording)),
        ("any key", at(plain, other), Err(Unsigned::NotAws)),
        ("bearer at aws", at(bearer, REKOGNITION), Err(Unsigned::NotAws)),
        ("query at aws", at(in_query, REKOGNITION), Err(Unsigned::NotAws)),
        ("other header at aws", at(elsewhere, REKOGNITION), Err(Unsigned::NotAws)),
    ];
    for (name, facts, expected) in table {
        assert_eq!(detected(facts), expected, "{name}");
    }
}

struct Row {
    server: &'static str,
    user: (Option<&'static str>, Option<&'static str>),
    around: [Option<&'static str>; 3],
    expected: (Option<&'static str>, Option<&'static str>, Option<&'static str>),
}

const NOWHERE: [Option<&str>; 3] = [None; 3];
const ALL: [Option<&str>; 3] = [Some("eu-west-1"), Some("eu-west-2"), Some("eu-west-3")];

/// Columns: server; the user's service and region; environment, profile, default; then service, region, rewrite.
#[test]
fn service_region_and_host_follow_their_orders() {
    let row = |server, user, around, expected| Row { server, user, around, expected };
    let none = (None, None);
    let table = [
        row(REKOGNITION, none, NOWHERE, (Some("rekognition"), None, None)),
        row(
            REKOGNITION,
            none,
            ALL,
            (Some("rekognition"), Some("eu-west-1"), Some("rekognition.eu-west-1.amazonaws.com")),
        ),
        row(
            REKOGNITION,
            none,
            [None, Some("cn-north-1"), None],
            (Some("rekognition"), Some("cn-north-1"), Some("rekognition.cn-north-1.amazonaws.com.cn")),
        ),
        row(
            REKOGNITION,
            (None, Some("us-west-2")),
            ALL,
            (Some("rekognition"), Some("us-west-2"), Some("rekognition.us-west-2.amazonaws.com")),
        ),
        row("https://sqs.us-east-2.amazonaws.com/", none, ALL, (Some("sqs"), Some("us-east-2"), None)),
        row(
            "https://sqs.us-east-2.amazonaws.com",
            (None, Some("us-west-1")),
            ALL,
            (Some("sqs"), Some("us-west-1"), None),
        ),
        row("https://dynamodb.{region}.amazonaws.com", none, ALL, (Some("dynamodb"), Some("eu-west-1"), None)),
        row(
            "https://dynamodb.{region}.amazonaws.com:443/x",
            none,
            [None, None, Some("us-east-1")],
            (Some("dynamodb"), Some("us-east-1"), None),
        ),
        row("https://iam.amazonaws.com", none, ALL, (Some("iam"), Some("us-east-1"), None)),
        row("https://sts.amazonaws.com", none, NOWHERE, (Some("sts"), Some("us-east-1"), None)),
        row("https://route53.amazonaws.com", none, ALL, (Some("route53"), Some("us-east-1"), None)),
        row("https://organizations.amazonaws.com", none, ALL, (Some("organizations"), Some("us-east-1"), None)),
        row("https://route53.amazonaws.com.cn", none, ALL, (Some("route53"), Some("cn-northwest-1"), None)),
        row("https://global.health.amazonaws.com", none, ALL, (Some("health"), Some("us-east-1"), None)),
        row("https://iam.global.api.aws", none, ALL, (Some("iam"), Some("us-east-1"), None)),
        row(
            "https://partnercentral-channel.global.api.aws",
            none,
            ALL,
            (Some("partnercentral-channel"), Some("us-east-1"), None),
        ),
        row("https://iam.global.api.amazonwebservices.com.cn", none, ALL, (Some("iam"), Some("cn-north-1"), None)),
        row("https://cloudfront.amazonaws.eu", none, ALL, (Some("cloudfront"), Some("eusc-de-east-1"), None)),
        row("https://s3.amazonaws.com/bucket", none, ALL, (Some("s3"), Some("us-east-1"), None)),
        row("https://bucket.s3.amazonaws.com", none, ALL, (Some("s3"), Some("eu-west-1"), None)),
        row("https://bucket.s3.amazonaws.com", none, NOWHERE, (Some("s3"), Some("us-east-1"), None)),
        row("https://bucket.s3-accelerate.amazonaws.com", none, ALL, (Some("s3"), Some("eu-west-1"), None)),
        row("https://bucket.s3-accelerate.dualstack.amazonaws.com", none, ALL, (Some("s3"), Some("eu-west-1"), None)),
        row("https://s3-external-1.amazonaws.com", none, ALL, (Some("s3"), Some("us-east-1"), None)),
        row("https://ce.amazonaws.com", none, ALL, (Some("ce"), Some("us-east-1"), Some("ce.us-east-1.amazonaws.com"))),
        row("https://email.us-east-1.amazonaws.com", none, ALL, (Some("ses"), Some("us-east-1"), None)),
        row(
            "https://email.us-east-1.amazonaws.com",
            (Some("mine"), None),
            ALL,
            (Some("mine"), Some("us-east-1"), None),
        ),
        row("https://maps.geo.eu-west-1.amazonaws.com/v2", none, ALL, (Some("geo-maps"), Some("eu-west-1"), None)),
        row("https://maps.geo.{region}.amazonaws.com/v2/", none, ALL, (Some("geo-maps"), Some("eu-west-1"), None)),
        row("https://maps.geo.eu-west-1.amazonaws.com:443", none, ALL, (Some("geo"), Some("eu-west-1"), None)),
        row("https://maps.geo.eu-west-1.amazonaws.com?/v2", none, ALL, (Some("geo"), Some("eu-west-1"), None)),
        row(
            "https://routes.geo.us-gov-west-1.us-gov.amazonaws.com/v2",
            none,
            ALL,
            (Some("geo-routes"), Some("us-gov-west-1"), None),
        ),
        row("https://api.example.com", none, ALL, (None, Some("eu-west-1"), None)),
    ];
    for Row { server, user: (service, region), around: [environment, profile, default], expected } in table {
        let facts = Facts {
            scheme: key("sigv4", SIGNED),
            server,
            region_default: default,
            user: UserSettings { sign: None, service, region, last_region: None },
            regions: RegionSources { environment, profile },
            ..Facts::default()
        };
        let Detection::Sign(signing) = detect(&facts) else { panic!("{server} is not signed") };
        let found = (signing.service.as_deref(), signing.region.as_deref(), signing.host_rewrite.as_deref());
        assert_eq!(found, expected, "{server}");
    }
}

#[test]
fn the_path_counts_wherever_it_is_written() {
    let table = [
        ("https://places.geo.eu-west-1.amazonaws.com", "/v2/geocode", "geo-places"),
        ("https://places.geo.eu-west-1.amazonaws.com/", "/v2/geocode", "geo-places"),
        ("https://places.geo.eu-west-1.amazonaws.com/v2", "/geocode", "geo-places"),
        ("https://places.geo.eu-west-1.amazonaws.com/places", "/v2", "geo"),
    ];
    for (server, path, service) in table {
        let facts = Facts { scheme: key("sigv4", SIGNED), server, path, ..Facts::default() };
        let Detection::Sign(signing) = detect(&facts) else { panic!("{server} is not signed") };
        assert_eq!(signing.service.as_deref(), Some(service), "{server}{path}");
    }
}

#[test]
fn a_mark_tells_the_service_where_the_host_does_not() {
    let own_domain = "https://api.example.com";
    for (mark, service) in [("awsSigv4", "execute-api"), ("awsS3", "s3")] {
        let scheme = Scheme { gateway_authtype: Some(mark), ..key("k", "") };
        let Detection::Sign(signing) = detect(&Facts { scheme, server: own_domain, ..Facts::default() }) else {
            panic!()
        };
        assert_eq!(signing.service.as_deref(), Some(service));
    }
}

#[test]
fn what_is_missing_is_named_with_every_way_to_give_it() {
    let facts = Facts { scheme: key("k", SIGNED), server: REKOGNITION, ..Facts::default() };
    let Detection::Sign(signing) = detect(&facts) else { panic!() };
    let fault = signing.scope().unwrap_err();
    assert_eq!((fault.kind, fault.phase), (FaultKind::NoRegion, Phase::Auth));
    for way in ["--aws-region", "AWS_REGION", "AWS_DEFAULT_REGION", "profile"] {
        assert!(fault.message.contains(way), "{way}: {}", fault.message);
    }
    let smuggled = Signing { region: Some("evil.example/".to_owned()), ..signing.clone() };
    assert_eq!(smuggled.scope().unwrap_err().kind, FaultKind::NoRegion);
    let unknown = Signing { service: None, ..signing };
    assert!(unknown.scope().unwrap_err().message.contains("--aws-service"));
}

#[test]
fn a_rewritten_server_keeps_all_but_its_host() {
    let server = rewrite_server("https://rekognition.amazonaws.com:8443/a", "rekognition.eu-west-1.amazonaws.com");
    assert_eq!(server.unwrap(), "https://rekognition.eu-west-1.amazonaws.com:8443/a");
    assert!(rewrite_server("/relative", "x.example").is_err());
}
