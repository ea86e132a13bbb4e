//! Who a request is from, as options of curl: credentials come from where a run finds them, and none is shown.

use arras::auth::{Authorization, Identified, Identity, variable};
use arras::{AuthSettings, CredentialRef};
use arras_doc::openapi::Location;
use arras_run::exchange::Request;

use super::quote;

/// The options by which a request says who it is from; what it says itself stands for that.
pub(super) fn options(request: &Request, part: &Authorization, auth: &AuthSettings) -> Vec<String> {
    match part {
        Authorization::SigV4(signed) => {
            let scope = quote(&format!("aws:amz:{}:{}", signed.scope.region, signed.scope.service));
            // an empty field would be signed and not sent; each of the two is one word of any shell, or none
            let token =
                "${AWS_SESSION_TOKEN:+--header} ${AWS_SESSION_TOKEN:+\"X-Amz-Security-Token: $AWS_SESSION_TOKEN\"}";
            vec![format!("--aws-sigv4 {scope} --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\""), token.to_owned()]
        }
        Authorization::Scheme(who) => scheme(request, who, auth).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn scheme(request: &Request, who: &Identified, auth: &AuthSettings) -> Option<String> {
    let set = |name: &str| request.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let own = |suffix: &str| variable(&who.source, &who.scheme, suffix);
    let given = auth.reference(&who.source, &who.scheme).and_then(expansion);
    // what a run looks at, the first that is there
    let word = |variables: String| format!("\"{}\"", given.clone().unwrap_or(variables));
    let value = || word(format!("${}", own("")));
    let token = || word(format!("${{{}:-${}}}", own("_TOKEN"), own("")));
    let user = || word(format!("${{{}:-${}:${}}}", own(""), own("_USERNAME"), own("_PASSWORD")));
    match &who.identity {
        Identity::ApiKey { location: Location::Header, name, .. } if !set(name) => {
            Some(format!("--header {}{}", quote(&format!("{name}: ")), value()))
        }
        Identity::ApiKey { location: Location::Query, name, .. } => {
            Some(format!("--url-query {}{}", quote(&format!("{name}=")), value()))
        }
        Identity::ApiKey { location: Location::Cookie, name, .. } => {
            Some(format!("--cookie {}{}", quote(&format!("{name}=")), value()))
        }
        Identity::ApiKey { .. } => None,
        _ if set("authorization") => None,
        Identity::Basic(_) => Some(format!("--user {}", user())),
        Identity::Digest(_) => Some(format!("--digest --user {}", user())),
        Identity::Bearer(_) | Identity::Token(_) => Some(format!("--header 'Authorization: Bearer '{}", token())),
        Identity::Certificate => Some("--cert \"$CLIENT_CERTIFICATE\"".to_owned()),
        _ => None,
    }
}

/// What a shell makes the credential of, within double quotes; `None` for one that stands in the setting itself, and for a
/// command, which is not a shell's.
fn expansion(reference: &CredentialRef) -> Option<String> {
    match reference {
        CredentialRef::Variable(name) => {
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            let named = name.bytes().all(is_name) && !name.starts_with(|first: char| first.is_ascii_digit());
            (named && !name.is_empty()).then(|| format!("${name}"))
        }
        CredentialRef::File(path) => Some(match path.strip_prefix("~/") {
            Some(rest) => format!("$(cat -- \"$HOME\"/{})", quote(rest)),
            None => format!("$(cat -- {})", quote(path)),
        }),
        CredentialRef::Literal(_) | CredentialRef::Command(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use arras::CredentialSetting;

    use super::*;

    #[test]
    fn a_credential_comes_from_where_a_run_finds_it() {
        let table = [
            (None, "\"$ARRAS_AUTH_PET_STORE_KEY\""),
            (Some(CredentialRef::Variable("KK".into())), "\"$KK\""),
            (Some(CredentialRef::Variable("a b".into())), "\"$ARRAS_AUTH_PET_STORE_KEY\""),
            (Some(CredentialRef::File("it's".into())), "\"$(cat -- 'it'\\''s')\""),
            (Some(CredentialRef::File("~/a key".into())), "\"$(cat -- \"$HOME\"/'a key')\""),
            (Some(CredentialRef::Literal("hush".to_owned().into())), "\"$ARRAS_AUTH_PET_STORE_KEY\""),
            (Some(CredentialRef::Command("rm -rf ~".into())), "\"$ARRAS_AUTH_PET_STORE_KEY\""),
        ];
        let request = Request {
            method: "GET".into(),
            url: "https://a.example/".into(),
            headers: Vec::new(),
            body: "".into(),
            path: Vec::new(),
            query: Vec::new(),
        };
        let keyed = Authorization::Scheme(Identified {
            source: "pet-store".into(),
            scheme: "key".into(),
            from: "`--auth key`".into(),
            origin: arras::origin::Origin::parse("https://a.example").expect("an origin"),
            identity: Identity::ApiKey {
                location: Location::Header,
                name: "X-Key".into(),
                value: "hush".to_owned().into(),
            },
        });
        for (reference, expected) in table {
            let setting = |reference| CredentialSetting { source: None, scheme: "key".into(), reference };
            let auth = AuthSettings { credentials: reference.map(setting).into_iter().collect(), ..Default::default() };
            assert_eq!(options(&request, &keyed, &auth), [format!("--header 'X-Key: '{expected}")]);
        }
    }
}
