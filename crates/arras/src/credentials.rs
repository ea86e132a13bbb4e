//! Where credentials come from: a chain of providers, of which the first that has some is used.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::time::Timestamp;

use crate::future::BoxFuture;

pub use self::chain_settings::{ChainSettings, Reach};
pub use self::container::ContainerCredentials;
pub use self::environment_keys::EnvironmentKeys;
pub use self::instance::InstanceCredentials;
pub use self::profile::Profiles;
pub use self::profile_credentials::ProfileCredentials;
pub use self::profile_file::{Kind as ProfileFileKind, ProfileError, ProfileFile};
pub use self::region::{Region, region};
pub use self::secret::{Secret, SecretString};
pub use self::survey::{Lookup, LookupName, LookupState, survey};
pub use self::web_identity::WebIdentity;

mod answer;
mod ask;
mod chain_settings;
mod container;
mod environment_keys;
#[cfg(feature = "aws-sso")]
mod federated;
#[cfg(not(feature = "aws-sso"))]
#[path = "credentials/federated_absent.rs"]
mod federated;
mod instance;
mod process;
mod profile;
mod profile_credentials;
mod profile_file;
mod recipe;
mod region;
mod secret;
#[cfg(test)]
mod shared_tests;
mod sts;
mod survey;
#[cfg(test)]
mod testing;
mod web_identity;
pub(crate) mod xml;

use self::web_identity::TOKEN_FILE;

/// Credentials of AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsCredentials {
    /// The access key's id, which is no secret.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: SecretString,
    /// The session token of temporary credentials.
    pub session_token: Option<SecretString>,
    /// When they expire; `None` for never.
    pub expires: Option<Timestamp>,
}

impl AwsCredentials {
    /// Credentials that do not expire.
    pub fn new(access_key_id: &str, secret_access_key: &str, session_token: Option<&str>) -> AwsCredentials {
        AwsCredentials {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret_access_key.to_owned().into(),
            session_token: session_token.map(|token| token.to_owned().into()),
            expires: None,
        }
    }

    /// Whether they expire within five minutes, so that new ones had better be asked for.
    pub fn expires_soon(&self, now: Timestamp) -> bool {
        const EARLY: Duration = Duration::from_secs(300);
        self.expires.is_some_and(|expires| now.after(EARLY) >= expires)
    }
}

/// Provides AWS credentials: one link of a chain, or a whole one.
///
/// A library's own source is a type that implements this:
///
/// ```
/// use arras::credentials::{AwsCredentials, Chain, ProvideAwsCredentials};
/// use arras::future::BoxFuture;
/// use arras_run::fault::Fault;
///
/// struct Vault;
///
/// impl ProvideAwsCredentials for Vault {
///     fn provide(&self) -> BoxFuture<'_, Result<Option<AwsCredentials>, Fault>> {
///         Box::pin(async { Ok(Some(AwsCredentials::new("AKIDEXAMPLE", "secret", None))) })
///     }
/// }
///
/// let chain = Chain::default().or(Vault);
/// ```
pub trait ProvideAwsCredentials: Send + Sync {
    /// The credentials; `None` if this link has none and the next is to be asked.
    ///
    /// # Errors
    /// When there is something here that was meant to give credentials but does not: the next link is not asked, since
    /// it would answer for someone else.
    fn provide(&self) -> BoxFuture<'_, Result<Option<AwsCredentials>, Fault>>;
}

impl ProvideAwsCredentials for AwsCredentials {
    fn provide(&self) -> BoxFuture<'_, Result<Option<AwsCredentials>, Fault>> {
        Box::pin(async { Ok(Some(self.clone())) })
    }
}

impl<T: ProvideAwsCredentials + ?Sized> ProvideAwsCredentials for Arc<T> {
    fn provide(&self) -> BoxFuture<'_, Result<Option<AwsCredentials>, Fault>> {
        (**self).provide()
    }
}

impl<T: ProvideAwsCredentials + ?Sized> ProvideAwsCredentials for Box<T> {
    fn provide(&self) -> BoxFuture<'_, Result<Option<AwsCredentials>, Fault>> {
        (**self).provide()
    }
}

/// Providers, asked one after the other.
#[derive(Default)]
pub struct Chain {
    links: Vec<Box<dyn ProvideAwsCredentials>>,
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain of {} links", self.links.len())
    }
}

impl Chain {
    /// The standard chain: environment variables, the profile, web identity, the container, the instance.
    ///
    /// A profile that the user names in so many words is used alone: nothing else is looked at. Where only written keys
    /// may be used, the chain ends with the profile.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use arras::credentials::{Chain, ChainSettings};
    /// use arras::environment::Environment;
    ///
    /// let environment = Environment::new([("AWS_PROFILE", "work")], BTreeMap::new());
    /// let chain = Chain::standard(&ChainSettings::new(environment).unwrap());
    /// ```
    pub fn standard(settings: &ChainSettings) -> Chain {
        let profile = ProfileCredentials::new(settings);
        if settings.profile.is_some() {
            return Chain::default().or(profile);
        }
        let written = Chain::default().or(EnvironmentKeys::new(&settings.environment)).or(profile);
        match settings.reach {
            Reach::KeysAlone => written,
            Reach::Everything => written
                .or(WebIdentity::new(settings))
                .or(ContainerCredentials::new(settings))
                .or(InstanceCredentials::new(settings)),
        }
    }

    /// The chain with one more link at its end.
    #[must_use]
    pub fn or(mut self, link: impl ProvideAwsCredentials + 'static) -> Chain {
        self.links.push(Box::new(link));
        self
    }
}

impl ProvideAwsCredentials for Chain {
    fn provide(&self) -> BoxFuture<'_, Result<Option<AwsCredentials>, Fault>> {
        Box::pin(async move {
            for link in &self.links {
                if let Some(credentials) = link.provide().await? {
                    return Ok(Some(credentials));
                }
            }
            Ok(None)
        })
    }
}

/// The fault of having no credentials, which names every way to give them.
pub fn missing() -> Fault {
    let message = "no AWS credentials: set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, choose a profile of \
                   `~/.aws/credentials` or `~/.aws/config` by `--aws-profile` or `AWS_PROFILE`, run where a container or \
                   instance gives them, or, in a program, pass a provider; `arras auth list` shows where was looked";
    Fault::new(FaultKind::NoCredentials, Phase::Auth, message)
}

/// The fault of credentials that are there but can't be used.
fn unusable(message: impl Into<String>) -> Fault {
    Fault::new(FaultKind::NoCredentials, Phase::Auth, message)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::testing::{Script, Variables};
    use super::*;
    use crate::environment::Environment;

    /// The variables, the profile that the user names, and what the outcome says.
    type Row<'a> = (&'a [(&'static str, &'static str)], Option<&'static str>, &'static str);

    const FILES: [(&str, &str); 2] = [
        (
            "/home/ada/.aws/credentials",
            "[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = d\n[half]\naws_access_key_id = AKIDHALF\n",
        ),
        (
            "/home/ada/.aws/config",
            "[profile work]\naws_access_key_id = AKIDWORK\naws_secret_access_key = w\naws_session_token = t\n\
             [profile role]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = default\n\
             [profile cmd]\ncredential_process = /no/such/program\n[profile sso]\nsso_session = s\n\
             [profile empty]\nregion = eu-west-1\n",
        ),
    ];

    fn chain_settings(variables: &[(&str, &str)], profile: Option<&str>, script: &Script) -> ChainSettings {
        let files: BTreeMap<String, String> =
            FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let home = [("HOME", "/home/ada")];
        let variables: Vec<_> = home.into_iter().chain(variables.iter().copied()).collect();
        ChainSettings { profile: profile.map(str::to_owned), ..testing::settings(&variables, files, script) }
    }

    async fn provided(
        variables: &[(&'static str, &'static str)],
        profile: Option<&str>,
    ) -> Result<Option<AwsCredentials>, Fault> {
        Chain::standard(&chain_settings(variables, profile, &Script::of([]))).provide().await
    }

    #[tokio::test]
    async fn the_first_link_that_has_credentials_gives_them() {
        let keys = [("AWS_ACCESS_KEY_ID", "AKIDENV"), ("AWS_SECRET_ACCESS_KEY", "e")];
        let work = [("AWS_PROFILE", "work")];
        let table: [Row<'_>; 6] = [
            (&[], None, "AKIDDEFAULT"),
            (&keys, None, "AKIDENV"),
            (&work, None, "AKIDWORK"),
            (&[keys[0], keys[1], work[0]], None, "AKIDENV"),
            (&keys, Some("work"), "AKIDWORK"),
            (&work, Some("default"), "AKIDDEFAULT"),
        ];
        for (variables, profile, expected) in table {
            let found = provided(variables, profile).await.unwrap().unwrap();
            assert_eq!(found.access_key_id, expected, "{variables:?} {profile:?}");
        }
        let work = provided(&[], Some("work")).await.unwrap().unwrap();
        assert_eq!(work.session_token.unwrap().expose(), "t");
        let explicit = Chain::default()
            .or(AwsCredentials::new("AKIDMINE", "m", None))
            .or(EnvironmentKeys::new(&Environment::new(keys, BTreeMap::new())));
        assert_eq!(explicit.provide().await.unwrap().unwrap().access_key_id, "AKIDMINE");
    }

    #[tokio::test]
    async fn a_source_that_is_broken_is_an_error_and_not_passed_over() {
        let table: [Row<'_>; 9] = [
            (
                &[(TOKEN_FILE, "/hush"), ("AWS_PROFILE", "empty")],
                None,
                if cfg!(feature = "aws-sso") { "AWS_ROLE_ARN" } else { "feature `aws-sso`" },
            ),
            (&[("AWS_ACCESS_KEY_ID", "AKIDENV")], None, "AWS_SECRET_ACCESS_KEY"),
            (&[("AWS_SECRET_ACCESS_KEY", "hush")], None, "AWS_ACCESS_KEY_ID"),
            (&[], Some("half"), "aws_secret_access_key"),
            (&[], Some("role"), "arn:aws:iam::1:role/x"),
            (&[], Some("cmd"), "credential_process"),
            (&[], Some("sso"), if cfg!(feature = "aws-sso") { "sso-session" } else { "feature `aws-sso`" }),
            (&[], Some("absent"), "/home/ada/.aws/config"),
            (&[], Some("empty"), "empty"),
        ];
        for (variables, profile, says) in table {
            let fault = provided(variables, profile).await.unwrap_err();
            assert_eq!((fault.kind, fault.phase), (FaultKind::NoCredentials, Phase::Auth));
            assert!(fault.message.contains(says), "{says}: {}", fault.message);
            assert!(!fault.message.contains("hush"));
        }
    }

    #[tokio::test]
    async fn nothing_anywhere_names_every_way() {
        let script = Script::of([]);
        let nowhere = testing::settings(&[], BTreeMap::new(), &script);
        assert_eq!(Chain::standard(&nowhere).provide().await.unwrap(), None);
        assert_eq!(script.sent().len(), 2, "the instance is asked twice");
        let message = missing().message;
        for way in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "--aws-profile", "~/.aws/credentials"]
        {
            assert!(message.contains(way), "{way}");
        }
    }

    #[tokio::test]
    async fn the_container_comes_before_the_instance() {
        let keys = r#"{"AccessKeyId":"AKIDBOX","SecretAccessKey":"b"}"#;
        let script = Script::of([("http://169.254.170.2/keys", 200, keys)]);
        let variables = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/keys"), ("AWS_PROFILE", "empty")];
        let found = Chain::standard(&chain_settings(&variables, None, &script)).provide().await.unwrap();
        assert_eq!(found.unwrap().access_key_id, "AKIDBOX");
        assert_eq!(script.sent().len(), 1);
    }

    #[tokio::test]
    async fn where_only_written_keys_count_nothing_is_run_or_asked() {
        let box_keys = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/keys"), ("AWS_PROFILE", "empty")];
        let table: [(Variables<'_>, Option<&str>, Result<Option<&str>, &str>); 5] = [
            (&[], None, Ok(Some("AKIDDEFAULT"))),
            (&[("AWS_ACCESS_KEY_ID", "AKIDENV"), ("AWS_SECRET_ACCESS_KEY", "e")], None, Ok(Some("AKIDENV"))),
            (&box_keys, None, Ok(None)),
            (&[], Some("role"), Err("untrusted")),
            (&[], Some("cmd"), Err("offline")),
        ];
        for (variables, profile, expected) in table {
            let script = Script::of([]);
            let settings = ChainSettings { reach: Reach::KeysAlone, ..chain_settings(variables, profile, &script) };
            match (Chain::standard(&settings).provide().await, expected) {
                (Ok(found), Ok(key)) => assert_eq!(found.map(|it| it.access_key_id).as_deref(), key),
                (Err(fault), Err(says)) => assert!(fault.message.contains(says), "{}", fault.message),
                (found, _) => panic!("{variables:?} {profile:?}: {found:?}"),
            }
            assert!(script.sent().is_empty());
        }
    }

    #[test]
    fn credentials_are_never_shown() {
        let shown = format!("{:?}", AwsCredentials::new("AKID", "hush-hush", Some("tok-en")));
        assert!(shown.contains("AKID") && !shown.contains("hush") && !shown.contains("tok-en"), "{shown}");
    }
}
