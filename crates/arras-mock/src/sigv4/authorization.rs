//! The `Authorization` field of a signed request.

use super::{ALGORITHM, Rejection};

/// A parsed `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// Who signed.
    pub access_key_id: String,
    /// The scope's day, `YYYYMMDD`.
    pub date: String,
    /// The scope's region.
    pub region: String,
    /// The scope's service.
    pub service: String,
    /// The scope's end, `aws4_request`.
    pub terminator: String,
    /// The signed fields, in lower case, sorted, each once.
    pub signed_headers: Vec<String>,
    /// The signature as written.
    pub signature: String,
}

impl Authorization {
    /// Reads the field.
    ///
    /// # Errors
    /// What is missing from it, in AWS's words.
    pub fn parse(text: &str) -> Result<Authorization, Rejection> {
        let (algorithm, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        if algorithm != ALGORITHM {
            return Err(Rejection::unsupported_algorithm(algorithm));
        }
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for pair in rest.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("Credential", value)) => credential = Some(value),
                Some(("SignedHeaders", value)) => signed_headers = Some(value),
                Some(("Signature", value)) => signature = Some(value),
                Some(_) => {}
                None => return Err(Rejection::no_pair(pair, text)),
            }
        }
        let (Some(credential), Some(signed_headers), Some(signature)) = (credential, signed_headers, signature) else {
            let found = [("Credential", credential), ("Signature", signature), ("SignedHeaders", signed_headers)];
            let missing = found.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| *name);
            return Err(Rejection::missing_parts(missing, text));
        };
        let mut names: Vec<String> = signed_headers.split(';').map(|name| name.trim().to_ascii_lowercase()).collect();
        names.sort_unstable();
        names.dedup();
        Authorization::scoped(credential, names, signature)
    }

    /// An access key id may hold `/`, so the scope's four parts are taken from the end.
    fn scoped(credential: &str, signed_headers: Vec<String>, signature: &str) -> Result<Authorization, Rejection> {
        let mut parts = credential.rsplitn(5, '/').map(str::to_owned);
        let (terminator, service, region, date, access_key_id) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next());
        match (terminator, service, region, date, access_key_id) {
            (Some(terminator), Some(service), Some(region), Some(date), Some(access_key_id)) => Ok(Authorization {
                access_key_id,
                date,
                region,
                service,
                terminator,
                signed_headers,
                signature: signature.to_owned(),
            }),
            _ => Err(Rejection::malformed_credential(credential)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_found_in_any_order_and_spacing() {
        let text = "AWS4-HMAC-SHA256 Signature=ab,SignedHeaders=x-b;Host;host ,  Credential=AK/20260101/eu-west-1/s3/aws4_request";
        let parsed = Authorization::parse(text).expect("well-formed");
        assert_eq!(parsed.signed_headers, ["host", "x-b"]);
        assert_eq!(
            (parsed.access_key_id.as_str(), parsed.date.as_str(), parsed.service.as_str()),
            ("AK", "20260101", "s3")
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let message = |text| Authorization::parse(text).map(|_| ()).map_err(|rejection| rejection.message);
        let missing = message("AWS4-HMAC-SHA256 Credential=a/b/c/d/e").expect_err("incomplete");
        assert!(missing.contains("'Signature'") && missing.contains("'SignedHeaders'"), "{missing}");
        assert!(message("AWS4-HMAC-SHA256 x").expect_err("no pair").contains("missing equal-sign"));
        assert!(message("Bearer abc").expect_err("another scheme").contains("'Bearer'"));
        let short = message("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=a").expect_err("short");
        assert!(short.contains("'a/b'"), "{short}");
    }
}
