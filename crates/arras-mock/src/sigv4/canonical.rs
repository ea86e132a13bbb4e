//! The canonical request: the one spelling of a request that signer and verifier both hash.

use ring::digest;

use super::SignedRequest;
use crate::percent;

/// How a path is spelled in the canonical request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathForm {
    /// Dot segments and double slashes removed, then encoded once more: every service but S3.
    Normalized,
    /// Encoded once more, otherwise as sent.
    AsSent,
    /// Encoded once, nothing removed, and the payload's hash taken from its header: S3 and its kin.
    S3,
}

impl PathForm {
    /// The form that a service's signing name asks for.
    pub fn of(service: &str) -> PathForm {
        match service {
            "s3" | "s3-object-lambda" | "s3-outposts" | "s3express" => PathForm::S3,
            _ => PathForm::Normalized,
        }
    }

    fn apply(self, path: &str) -> String {
        match self {
            PathForm::Normalized => percent::encode_path(&normalize(path)),
            PathForm::AsSent => percent::encode_path(path),
            PathForm::S3 => {
                let segments = path.split('/').map(|segment| percent::encode(percent::decode(segment)));
                segments.collect::<Vec<_>>().join("/")
            }
        }
    }
}

/// Removes `.`, `..` and empty segments; a slash at the end stays.
fn normalize(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    let open = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end)) && !kept.is_empty();
    format!("/{}{}", kept.join("/"), if open { "/" } else { "" })
}

/// The canonical request: method, path, query, the signed fields, their names, the payload's hash.
///
/// `signed_headers` are lower case and sorted.
pub fn canonical_request(
    request: &SignedRequest<'_>,
    signed_headers: &[String],
    form: PathForm,
    payload_hash: &str,
) -> String {
    let mut out = format!("{}\n{}\n{}\n", request.method, form.apply(request.path), canonical_query(request.query));
    for name in signed_headers {
        out.push_str(name);
        out.push(':');
        out.push_str(&canonical_values(request, name));
        out.push('\n');
    }
    out.push('\n');
    out.push_str(&signed_headers.join(";"));
    out.push('\n');
    out.push_str(payload_hash);
    out
}

fn canonical_query(query: &str) -> String {
    let spell = |text: &str| percent::encode(percent::decode(text));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut pairs: Vec<(String, String)> = pairs.map(|(name, value)| (spell(name), spell(value))).collect();
    pairs.sort_unstable();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Every value of a field, each trimmed and with its runs of spaces made one.
fn canonical_values(request: &SignedRequest<'_>, name: &str) -> String {
    let values = request.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    let values = values.map(|(_, value)| value.split_ascii_whitespace().collect::<Vec<_>>().join(" "));
    values.collect::<Vec<_>>().join(",")
}

/// The SHA-256 of some bytes in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_take_the_form_that_the_service_asks_for() {
        let table = [
            (PathForm::Normalized, "/", "/"),
            (PathForm::Normalized, "//a//b/", "/a/b/"),
            (PathForm::Normalized, "/a/../b/./c", "/b/c"),
            (PathForm::Normalized, "/../..", "/"),
            (PathForm::Normalized, "/a%2Fb(c)", "/a%252Fb%28c%29"),
            (PathForm::AsSent, "//a/../b", "//a/../b"),
            (PathForm::S3, "//a/../b%2Bc+d%2fe", "//a/../b%2Bc%2Bd%2Fe"),
        ];
        for (form, path, expected) in table {
            assert_eq!(form.apply(path), expected, "{form:?} {path}");
        }
    }

    #[test]
    fn queries_are_sorted_and_spelled_one_way() {
        assert_eq!(canonical_query("b=2&a&A=%7e&b=1&&c=a%20b/%2f"), "A=~&a=&b=1&b=2&c=a%20b%2F%2F");
    }
}
