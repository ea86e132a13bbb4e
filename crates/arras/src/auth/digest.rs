//! Digest authentication (RFC 7616): a challenge, and the answer to it.

use std::fmt;

use arras_run::exchange::Request;
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::payload::Payload;
use md5::{Digest as _, Md5};
use sha2::Sha256;
use url::Url;

use super::UserPassword;
use super::encode::hex;

/// What a server asks for, and how often it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    /// The algorithm as the server wrote it; `None` if it wrote none.
    algorithm_name: Option<String>,
    protection: Protection,
    userhash: bool,
    /// Whether only the nonce was too old.
    pub(super) stale: bool,
    uses: u32,
    /// Drawn for the first answer and kept: the key of a `-sess` algorithm is bound to it (RFC 7616, 3.4.2).
    cnonce: Option<String>,
    /// Whether an answer to it was taken.
    pub(super) accepted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Algorithm {
    hash: Hash,
    /// Whether the key is bound to the first nonces (`-sess`).
    session: bool,
}

/// The stronger one last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hash {
    Md5,
    Sha256,
}

/// What the answer protects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protection {
    /// As in RFC 2069, without `qop`.
    Legacy,
    /// `auth`
    Request,
    /// `auth-int`
    Body,
}

impl Hash {
    fn hex(self, data: &[u8]) -> String {
        match self {
            Hash::Md5 => hex(&Md5::digest(data)),
            Hash::Sha256 => hex(&Sha256::digest(data)),
        }
    }

    /// The digest of a body, whose files are read for that.
    ///
    /// # Errors
    /// `invalid-request`, if one of them can't be read or has another length than it had.
    pub(super) fn of(self, body: &Payload) -> Result<String, Fault> {
        let (mut md5, mut sha256) = (Md5::new(), Sha256::new());
        let read = body.visit(&mut |piece| match self {
            Hash::Md5 => md5.update(piece),
            Hash::Sha256 => sha256.update(piece),
        });
        read.map_err(|why| Fault::new(FaultKind::InvalidRequest, Phase::Build, why))?;
        Ok(match self {
            Hash::Md5 => hex(&md5.finalize()),
            Hash::Sha256 => hex(&sha256.finalize()),
        })
    }
}

/// Why a challenge can't be answered.
#[derive(Debug)]
pub(super) struct Unsupported(String);

impl Unsupported {
    /// By its name, unless that is too long to be one: it is not cut, lest a part of something secret be told.
    fn named(name: &str) -> Unsupported {
        const LONGEST: usize = 40;
        Unsupported(if name.len() > LONGEST { "something else".to_owned() } else { name.to_owned() })
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server asks for digest authentication by `{}`, which is not supported", self.0)
    }
}

/// The strongest challenge among the values of `WWW-Authenticate`; `None` if none is for digest authentication.
///
/// # Errors
/// If there are some and none can be answered.
pub(super) fn challenge<'h>(values: impl Iterator<Item = &'h str>) -> Result<Option<Challenge>, Unsupported> {
    let mut best: Option<Challenge> = None;
    let mut unsupported = None;
    for parameters in values.flat_map(challenges).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("digest")) {
        match read(&parameters.1) {
            Ok(found) if best.as_ref().is_none_or(|best| best.algorithm.hash < found.algorithm.hash) => {
                best = Some(found);
            }
            Ok(_) => {}
            Err(reason) => unsupported = Some(reason),
        }
    }
    match (best, unsupported) {
        (None, Some(reason)) => Err(reason),
        (best, _) => Ok(best),
    }
}

type Parameters = Vec<(String, String)>;

fn read(parameters: &Parameters) -> Result<Challenge, Unsupported> {
    let get = |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let name = get("algorithm");
    let algorithm = match name.as_deref().unwrap_or("MD5").to_ascii_lowercase().as_str() {
        "md5" => Algorithm { hash: Hash::Md5, session: false },
        "md5-sess" => Algorithm { hash: Hash::Md5, session: true },
        "sha-256" => Algorithm { hash: Hash::Sha256, session: false },
        "sha-256-sess" => Algorithm { hash: Hash::Sha256, session: true },
        other => return Err(Unsupported::named(other)),
    };
    let protection = match get("qop") {
        None => Protection::Legacy,
        Some(offered) => {
            let offers = |wanted: &str| offered.split(',').any(|one| one.trim().eq_ignore_ascii_case(wanted));
            match (offers("auth"), offers("auth-int")) {
                (true, _) => Protection::Request,
                (false, true) => Protection::Body,
                (false, false) => return Err(Unsupported::named(&offered)),
            }
        }
    };
    let is_true = |name: &str| get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let Some(nonce) = get("nonce") else { return Err(Unsupported("a challenge without a nonce".to_owned())) };
    Ok(Challenge {
        realm: get("realm").unwrap_or_default(),
        nonce,
        opaque: get("opaque"),
        algorithm,
        algorithm_name: name,
        protection,
        userhash: is_true("userhash"),
        stale: is_true("stale"),
        uses: 0,
        cnonce: None,
        accepted: false,
    })
}

/// Splits `Digest realm="a", nonce="b", Basic realm="c"` into schemes with their parameters, names in lower case.
fn challenges(value: &str) -> Vec<(String, Parameters)> {
    let mut found: Vec<(String, Parameters)> = Vec::new();
    for part in parts(value) {
        let part = part.trim();
        let (head, rest) = part.split_once('=').map_or((part, None), |(head, rest)| (head.trim(), Some(rest.trim())));
        let name = match head.split_once(char::is_whitespace) {
            Some((scheme, name)) => {
                found.push((scheme.to_owned(), Parameters::new()));
                name.trim()
            }
            None if rest.is_none() => {
                found.push((head.to_owned(), Parameters::new()));
                continue;
            }
            None => head,
        };
        if let (Some(rest), Some((_, parameters))) = (rest, found.last_mut()) {
            parameters.push((name.to_ascii_lowercase(), unquote(rest)));
        }
    }
    found
}

/// Splits at the commas outside quotes.
fn parts(value: &str) -> Vec<&str> {
    let (mut found, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, char) in value.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                found.extend(value.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.extend(value.get(start..));
    found
}

fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else { return text.to_owned() };
    let mut escaped = false;
    let keep = |char: &char| {
        let drop = *char == '\\' && !escaped;
        escaped = drop;
        !drop
    };
    inner.chars().filter(keep).collect()
}

impl Challenge {
    /// Whether it is the same as one that is known already, whose answers count on.
    pub(super) fn repeats(&self, known: &Challenge) -> bool {
        known.nonce == self.nonce && known.realm == self.realm
    }

    /// Whether the value of `Authorization` answers it.
    pub(super) fn is_answered_by(&self, sent: &str) -> bool {
        let nonce = |(_, parameters): &(String, Parameters)| {
            parameters.iter().any(|(name, value)| name == "nonce" && *value == self.nonce)
        };
        challenges(sent).iter().any(nonce)
    }

    /// How an answer digests the body, if it does.
    pub(super) fn of_body(&self) -> Option<Hash> {
        (self.protection == Protection::Body).then_some(self.algorithm.hash)
    }

    /// The value of `Authorization` for a request; each answer counts. `body` is the digest of its body, for an answer that
    /// protects it.
    ///
    /// # Errors
    /// `signing-failed` without randomness, `invalid-request` for a URL that is none.
    pub(super) fn answer(&mut self, request: &Request, user: &UserPassword, body: &str) -> Result<String, Fault> {
        let cnonce = match &self.cnonce {
            Some(known) => known.clone(),
            None => {
                let mut random = [0u8; 16];
                getrandom::fill(&mut random).map_err(|_| {
                    let message = "the system gives no randomness for digest authentication";
                    Fault::new(FaultKind::SigningFailed, Phase::Auth, message)
                })?;
                self.cnonce.insert(hex(&random)).clone()
            }
        };
        self.answer_with(request, user, body, &cnonce)
    }

    fn answer_with(
        &mut self,
        request: &Request,
        user: &UserPassword,
        body: &str,
        cnonce: &str,
    ) -> Result<String, Fault> {
        let url = Url::parse(&request.url)
            .map_err(|_| Fault::new(FaultKind::InvalidRequest, Phase::Build, "the request's URL can't be used"))?;
        let uri = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        self.uses += 1;
        let count = format!("{:08x}", self.uses);
        let subject = match self.protection {
            Protection::Body => format!("{}:{uri}:{body}", request.method),
            Protection::Legacy | Protection::Request => format!("{}:{uri}", request.method),
        };
        let response = self.response(user, &subject, &count, cnonce);
        let hash = |text: &str| self.algorithm.hash.hex(text.as_bytes());
        let username = match self.userhash {
            true => hash(&format!("{}:{}", user.username, self.realm)),
            false => user.username.clone(),
        };
        let quote = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let mut fields = vec![
            format!("username={}", quote(&username)),
            format!("realm={}", quote(&self.realm)),
            format!("nonce={}", quote(&self.nonce)),
            format!("uri={}", quote(&uri)),
            format!("response=\"{response}\""),
        ];
        fields.extend(self.algorithm_name.iter().map(|name| format!("algorithm={name}")));
        fields.extend(self.opaque.iter().map(|opaque| format!("opaque={}", quote(opaque))));
        if self.protection != Protection::Legacy {
            fields.push(format!("qop={}, nc={count}, cnonce={}", self.quality(), quote(cnonce)));
        } else if self.algorithm.session {
            fields.push(format!("cnonce={}", quote(cnonce)));
        }
        if self.userhash {
            fields.push("userhash=true".to_owned());
        }
        Ok(format!("Digest {}", fields.join(", ")))
    }

    fn quality(&self) -> &'static str {
        if self.protection == Protection::Body { "auth-int" } else { "auth" }
    }

    /// `subject` is what RFC 7616 calls A2.
    fn response(&self, user: &UserPassword, subject: &str, count: &str, cnonce: &str) -> String {
        let hash = |text: &str| self.algorithm.hash.hex(text.as_bytes());
        let mut key = hash(&format!("{}:{}:{}", user.username, self.realm, user.password.expose()));
        if self.algorithm.session {
            key = hash(&format!("{key}:{}:{cnonce}", self.nonce));
        }
        let subject = hash(subject);
        match self.protection {
            Protection::Legacy => hash(&format!("{key}:{}:{subject}", self.nonce)),
            _ => hash(&format!("{key}:{}:{count}:{cnonce}:{}:{subject}", self.nonce, self.quality())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, url: &str, body: &'static str) -> Request {
        let (method, url, body) = (method.into(), url.into(), body.into());
        Request { method, url, headers: vec![], body, path: vec![], query: vec![] }
    }

    fn user(username: &str, password: &str) -> UserPassword {
        UserPassword { username: username.into(), password: password.to_owned().into() }
    }

    /// Answers with the digest of the request's own body.
    fn answer_with(challenge: &mut Challenge, request: &Request, user: &UserPassword, cnonce: &str) -> String {
        let body = challenge.of_body().map(|hash| hash.of(&request.body).unwrap()).unwrap_or_default();
        challenge.answer_with(request, user, &body, cnonce).unwrap()
    }

    fn one(value: &str) -> Challenge {
        challenge([value].into_iter()).unwrap().unwrap()
    }

    /// RFC 7616, 3.9.1
    #[test]
    fn the_examples_of_the_rfc() {
        const CNONCE: &str = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let header = |algorithm: &str| {
            format!(
                "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, \
                 nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            )
        };
        let get = request("GET", "http://www.example.org/dir/index.html", "");
        let user = user("Mufasa", "Circle of Life");
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let answer = answer_with(&mut one(&header(algorithm)), &get, &user, CNONCE);
            assert!(answer.contains(&format!("response=\"{response}\"")), "{answer}");
            assert!(answer.contains("nc=00000001") && answer.contains("qop=auth,"), "{answer}");
        }
        let both = [header("MD5"), header("SHA-256"), header("SHA-512-256")];
        let best = challenge(both.iter().map(String::as_str)).unwrap().unwrap();
        assert_eq!(best.algorithm.hash, Hash::Sha256);
        assert!(challenge([header("SHA-512-256").as_str()].into_iter()).is_err());
    }

    /// RFC 2069, 2.4 with the erratum's value.
    #[test]
    fn a_server_without_qop_gets_the_old_answer() {
        let mut challenge = one("Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"");
        let get = request("GET", "http://a/dir/index.html", "");
        let answer = answer_with(&mut challenge, &get, &user("Mufasa", "CircleOfLife"), "x");
        assert!(answer.contains("response=\"1949323746fe6a43ef61f9606e7febea\""), "{answer}");
        assert!(!answer.contains("nc=") && !answer.contains("algorithm"), "{answer}");
    }

    #[test]
    fn challenges_are_told_apart_and_quotes_read() {
        let value = r#"Basic realm="a, b", Negotiate, digest Realm="say \"hi\"", NONCE=abc, stale=TRUE"#;
        let found = one(value);
        assert_eq!((found.realm.as_str(), found.nonce.as_str(), found.stale), ("say \"hi\"", "abc", true));
        assert!(
            challenge(["Basic realm=\"x\"", "Bearer", "", ",,", "=", "\"", "Digest\\"].into_iter()).unwrap().is_none()
        );
    }

    /// Values by another implementation of RFC 7616, 3.4: the hash of the password is bound to the first nonces.
    #[test]
    fn sessions_bodies_and_hashed_names_are_as_the_rfc_has_them() {
        let table = [
            (
                "MD5-sess",
                "ba84be203fdfc7d34e054a76d285d0c9",
                ["8df3b83d8cd8b895470dfd31da9447fa", "44b54164ed8fc389e788646f17e5b9f0"],
            ),
            (
                "SHA-256-sess",
                "1d8a03a6e21a4ce775060ea57360329ac750dea5d847297b42f0d46539af8ab2",
                [
                    "adbd6725e53cb3169328bb5348194c62b14ff1df0a302b0d2c9c93feb1a53f3a",
                    "6c964209a36c0770421dee5d747f3e381ce072afee821f2a185b484d325ccea5",
                ],
            ),
        ];
        for (algorithm, name, responses) in table {
            let header =
                format!("Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\", algorithm={algorithm}, userhash=true");
            let mut challenge = one(&header);
            for (body, response) in ["body", "other"].into_iter().zip(responses) {
                let request = request("POST", "http://a/x?y=1", body);
                let answer = answer_with(&mut challenge, &request, &user("u", "p"), "c");
                assert!(answer.contains(&format!("response=\"{response}\"")), "{answer}");
                assert!(answer.contains(&format!("username=\"{name}\"")), "{answer}");
            }
        }
    }

    #[test]
    fn the_clients_nonce_is_drawn_once_for_a_challenge() {
        let header = "Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=MD5-sess";
        let drawn = |challenge: &mut Challenge| {
            let answer = challenge.answer(&request("GET", "http://a/", ""), &user("u", "p"), "").unwrap();
            answer.split("cnonce=").nth(1).unwrap().to_owned()
        };
        let mut challenge = one(header);
        let first = drawn(&mut challenge);
        assert_eq!(drawn(&mut challenge), first);
        assert_ne!(drawn(&mut one(header)), first);
    }

    #[test]
    fn each_use_counts_and_the_body_is_protected_where_that_is_asked() {
        let mut challenge = one("Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\", algorithm=MD5-sess, userhash=true");
        let first = answer_with(&mut challenge, &request("POST", "http://a/x?y=1", "body"), &user("u", "p"), "c");
        let second = answer_with(&mut challenge, &request("POST", "http://a/x?y=1", "other"), &user("u", "p"), "c");
        assert!(first.contains("nc=00000001") && second.contains("nc=00000002"));
        assert!(
            first.contains("uri=\"/x?y=1\"") && first.contains("userhash=true") && !first.contains("username=\"u\"")
        );
        assert_ne!(first.split("response=").nth(1), second.split("response=").nth(1));
    }
}
