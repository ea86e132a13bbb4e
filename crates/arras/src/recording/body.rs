//! A body in a recording: text where it is text, base64 where it is not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};

/// A body or a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// UTF-8.
    Text(String),
    /// Anything else; what is no base64 is not read.
    Base64(#[serde(deserialize_with = "base64")] String),
}

fn base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(&text).map_err(|error| D::Error::custom(format!("a body is no base64: {error}")))?;
    Ok(text)
}

impl Default for Body {
    fn default() -> Body {
        Body::Text(String::new())
    }
}

impl Body {
    pub(super) fn of(bytes: &[u8]) -> Body {
        match std::str::from_utf8(bytes) {
            Ok(text) => Body::Text(text.to_owned()),
            Err(_) => Body::Base64(STANDARD.encode(bytes)),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        matches!(self, Body::Text(text) | Body::Base64(text) if text.is_empty())
    }

    /// Its bytes; none where what a program calls base64 is none.
    pub fn bytes(&self) -> Bytes {
        match self {
            Body::Text(text) => Bytes::from(text.clone().into_bytes()),
            Body::Base64(text) => Bytes::from(STANDARD.decode(text).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_base64_is_not_read() {
        let read = |text| serde_json::from_str::<Body>(text).map_err(|error| error.to_string());
        assert_eq!(read(r#"{"base64":"AP8="}"#).expect("a body").bytes().as_ref(), [0, 0xff]);
        assert!(read(r#"{"base64":"!!"}"#).expect_err("no base64").contains("a body is no base64"));
    }
}
