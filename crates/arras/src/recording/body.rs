//! A body in a recording: text where it is text, base64 where it is not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A body or a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// UTF-8.
    Text(String),
    /// Anything else.
    Base64(String),
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

    /// Its bytes; none where the base64 is broken.
    pub fn bytes(&self) -> Bytes {
        match self {
            Body::Text(text) => Bytes::from(text.clone().into_bytes()),
            Body::Base64(text) => Bytes::from(STANDARD.decode(text).unwrap_or_default()),
        }
    }
}
