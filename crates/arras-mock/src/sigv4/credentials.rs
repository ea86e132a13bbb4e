//! The credentials that the mock accepts.

use ring::rand::{SecureRandom, SystemRandom};

/// An access key and, for temporary credentials, a session token. Its `Debug` shows no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

impl Credentials {
    /// A long-lived access key.
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Credentials {
        Credentials {
            access_key_id: access_key_id.into(),
            secret_access_key: secret_access_key.into(),
            session_token: None,
        }
    }

    /// The same key as a temporary one, which every request must accompany with `token`.
    #[must_use]
    pub fn with_session_token(mut self, token: impl Into<String>) -> Credentials {
        self.session_token = Some(token.into());
        self
    }

    /// A made-up key of the usual form: `AKIA` and 16 characters, a secret of 40.
    ///
    /// # Errors
    /// If the operating system has no randomness to give.
    pub fn demo() -> std::io::Result<Credentials> {
        const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        Ok(Credentials::new(format!("AKIA{}", random_text(BASE32, 16)?), random_text(BASE64, 40)?))
    }

    /// Who signs.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// What is signed with.
    pub fn secret_access_key(&self) -> &str {
        &self.secret_access_key
    }

    /// What must accompany each request, for temporary credentials.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({}, ***)", self.access_key_id)
    }
}

/// `alphabet` has a power of two of letters, so that each is as likely as another.
fn random_text(alphabet: &[u8], length: usize) -> std::io::Result<String> {
    let mut bytes = vec![0; length];
    SystemRandom::new().fill(&mut bytes).map_err(|_| std::io::Error::other("no randomness from the system"))?;
    Ok(bytes.iter().map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demo_credentials_look_like_real_ones_and_differ() {
        let (one, other) = (Credentials::demo().expect("randomness"), Credentials::demo().expect("randomness"));
        assert_eq!((one.access_key_id().len(), one.secret_access_key().len()), (20, 40));
        assert!(one.access_key_id().starts_with("AKIA") && one != other);
        assert!(!format!("{one:?}").contains(one.secret_access_key()));
    }
}
