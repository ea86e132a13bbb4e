//! A value that never shows itself.

use std::fmt;

/// A secret: prints as `***`, whatever it is printed by, until [`Secret::expose`] is called in so many words.
///
/// ```
/// use arras::credentials::SecretString;
///
/// let secret = SecretString::from("hush".to_owned());
/// assert_eq!(format!("{secret} {secret:?}"), "*** ***");
/// assert_eq!(secret.expose(), "hush");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Secret<T>(T);

/// A secret text.
pub type SecretString = Secret<String>;

impl<T> Secret<T> {
    /// The secret itself.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> From<T> for Secret<T> {
    fn from(secret: T) -> Secret<T> {
        Secret(secret)
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
