//! The version of the specification that a document declares (ARZ-DOC-02, A-62).

use crate::diagnostic::Severity;
use crate::node::{Kind, NodeRef};
use crate::rule;
use crate::span::Spanned;

use super::reader::Reader;

/// The feature set that `major.minor` selects; the patch number makes no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// 1.0.x
    V1_0,
    /// 1.1.x
    V1_1,
}

impl Version {
    /// `1.0` or `1.1`.
    pub fn as_str(self) -> &'static str {
        match self {
            Version::V1_0 => "1.0",
            Version::V1_1 => "1.1",
        }
    }
}

/// Reads the field `arazzo`; what can't be read counts as the newest version that is known.
pub(super) fn read<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>) -> (Version, Spanned<String>) {
    let text = Spanned::new(node.as_str().unwrap_or_default().to_owned(), node.span());
    let Some(written) = node.as_str() else {
        let (version, help) = match node.kind() {
            Kind::Number("1.0") => (Version::V1_0, "write `arazzo: 1.0.1`"),
            _ => (Version::V1_1, "write `arazzo: 1.1.0`"),
        };
        let message = format!("`arazzo` must be a string such as `1.1.0`, not {}", node.kind().name());
        reader.note_help(rule::UNSUPPORTED_VERSION, node.span(), message, help);
        return (version, text);
    };
    match parse(written) {
        Some(Written::Known(version)) => (version, text),
        Some(Written::Unknown) => {
            let message = format!("Arazzo {written} is not known here");
            reader.note_help(rule::UNSUPPORTED_VERSION, node.span(), message, "use `1.0.1` or `1.1.0`");
            (Version::V1_1, text)
        }
        Some(Written::Later) => {
            let severity = reader.newer_severity();
            let (message, help) = match severity {
                Severity::Warning => (format!("Arazzo {written} is not known here; it is read as 1.1"), "use `1.1.0`"),
                _ => (
                    format!("Arazzo {written} is not known here"),
                    "use `1.1.0`, or have it read as that: `--allow-newer`",
                ),
            };
            reader.note_help(rule::UNSUPPORTED_VERSION, node.span(), message, help).severity = severity;
            (Version::V1_1, text)
        }
        None => {
            let message = format!("`{written}` is no version of Arazzo");
            let help = "write all three numbers, such as `1.0.1` or `1.1.0`";
            reader.note_help(rule::UNSUPPORTED_VERSION, node.span(), message, help);
            (if written.starts_with("1.0") { Version::V1_0 } else { Version::V1_1 }, text)
        }
    }
}

enum Written {
    Known(Version),
    /// A later minor version of the same major one.
    Later,
    Unknown,
}

/// `MAJOR.MINOR.PATCH`, perhaps followed by `-` and a pre-release.
fn parse(text: &str) -> Option<Written> {
    let (numbers, _) = text.split_once('-').unwrap_or((text, ""));
    let parts: Vec<&str> = numbers.split('.').collect();
    let numeric = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match parts.as_slice() {
        [_, _, _] if !parts.iter().all(numeric) => None,
        ["1", "0", _] => Some(Written::Known(Version::V1_0)),
        ["1", "1", _] => Some(Written::Known(Version::V1_1)),
        ["1", _, _] => Some(Written::Later),
        [_, _, _] => Some(Written::Unknown),
        _ => None,
    }
}
