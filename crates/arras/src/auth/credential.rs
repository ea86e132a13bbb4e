//! A credential as its owner gives it, before it is known what a security scheme makes of it.

use std::sync::Arc;

use arras_run::fault::Fault;

use crate::credentials::SecretString;

/// What its owner gives for a security scheme; which fields are needed is the scheme's to say.
///
/// ```
/// use arras::auth::Credential;
///
/// let credential = Credential::client("my-client", "hush");
/// assert!(!format!("{credential:?}").contains("hush"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credential {
    /// The whole in one text: an API key, a token, or `user:password`.
    pub value: Option<SecretString>,
    /// The name for basic, digest and the password flow.
    pub username: Option<String>,
    /// The password that belongs to it.
    pub password: Option<SecretString>,
    /// The client's id at the authorization server.
    pub client_id: Option<String>,
    /// The client's secret.
    pub client_secret: Option<SecretString>,
    /// A ready access or bearer token.
    pub token: Option<SecretString>,
    /// A refresh token, by which access tokens are fetched.
    pub refresh_token: Option<SecretString>,
}

impl Credential {
    /// An API key, a ready token, or `user:password`.
    pub fn value(value: &str) -> Credential {
        Credential { value: Some(value.to_owned().into()), ..Credential::default() }
    }

    /// A name and a password: for basic, digest, or the password flow of OAuth 2.
    pub fn user(username: &str, password: &str) -> Credential {
        let (username, password) = (Some(username.to_owned()), Some(password.to_owned().into()));
        Credential { username, password, ..Credential::default() }
    }

    /// A client's own id and secret: for OAuth 2.
    pub fn client(id: &str, secret: &str) -> Credential {
        Credential::default().with_client(id, Some(secret))
    }

    /// A ready token.
    pub fn token(token: &str) -> Credential {
        Credential { token: Some(token.to_owned().into()), ..Credential::default() }
    }

    /// A refresh token; most servers also want to know the client ([`Credential::with_client`]).
    pub fn refresh(token: &str) -> Credential {
        Credential { refresh_token: Some(token.to_owned().into()), ..Credential::default() }
    }

    /// The same, sent by that client. One without a secret is public.
    #[must_use]
    pub fn with_client(mut self, id: &str, secret: Option<&str>) -> Credential {
        self.client_id = Some(id.to_owned());
        self.client_secret = secret.map(|secret| secret.to_owned().into());
        self
    }

    /// Every text in it.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let open = [&self.username, &self.client_id].into_iter().flatten().map(String::as_str);
        let secret = [&self.value, &self.password, &self.client_secret, &self.token, &self.refresh_token];
        open.chain(secret.into_iter().flatten().map(|secret| secret.expose().as_str()))
    }
}

/// Gives credentials for security schemes: a program's own way, asked before all others when a run is planned.
///
/// ```
/// use arras::auth::{Credential, ProvideCredential};
/// use arras_run::fault::Fault;
///
/// struct Vault;
///
/// impl ProvideCredential for Vault {
///     fn provide(&self, source: &str, scheme: &str) -> Result<Option<Credential>, Fault> {
///         Ok((source == "pets" && scheme == "key").then(|| Credential::value("hush")))
///     }
/// }
///
/// let engine = arras::Engine::builder().credentials(Vault).build();
/// assert!(engine.is_ok());
/// ```
pub trait ProvideCredential: Send + Sync {
    /// The credential for the security scheme `scheme` of the source description `source`; `None` if there is none here
    /// and it is to be looked for elsewhere.
    ///
    /// # Errors
    /// When there should be one here but can't be had: it is looked for nowhere else.
    fn provide(&self, source: &str, scheme: &str) -> Result<Option<Credential>, Fault>;
}

impl<T: ProvideCredential + ?Sized> ProvideCredential for Arc<T> {
    fn provide(&self, source: &str, scheme: &str) -> Result<Option<Credential>, Fault> {
        (**self).provide(source, scheme)
    }
}

/// The variable of the environment that holds a credential for a scheme of a source, or with a suffix such as `_TOKEN`
/// a part of one: upper case, every other character as `_`.
///
/// ```
/// assert_eq!(arras::auth::variable("pet-store", "key", "_TOKEN"), "ARRAS_AUTH_PET_STORE_KEY_TOKEN");
/// ```
pub fn variable(source: &str, scheme: &str, suffix: &str) -> String {
    let upper = |text: &str| {
        let upper = |char: char| if char.is_ascii_alphanumeric() { char.to_ascii_uppercase() } else { '_' };
        text.chars().map(upper).collect::<String>()
    };
    format!("ARRAS_AUTH_{}_{}{suffix}", upper(source), upper(scheme))
}
