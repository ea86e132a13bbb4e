//! The versions of the specification that are read.

use std::fmt;

use crate::node::NodeRef;

/// A version of the OpenAPI Specification; patch versions don't differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// Swagger 2.0
    V2_0,
    /// OpenAPI 3.0
    V3_0,
    /// OpenAPI 3.1
    V3_1,
    /// OpenAPI 3.2
    V3_2,
}

impl Version {
    /// The version as people write it, without a patch number.
    pub fn as_str(self) -> &'static str {
        match self {
            Version::V2_0 => "2.0",
            Version::V3_0 => "3.0",
            Version::V3_1 => "3.1",
            Version::V3_2 => "3.2",
        }
    }

    /// Reads `2.0`, `3.0.3`, `3.1`, `3.2.0-rc1`; `None` for what is not known.
    pub fn parse(text: &str) -> Option<Version> {
        let mut numbers = text.trim().split(['.', '-', '+']);
        match (numbers.next()?, numbers.next().unwrap_or("0")) {
            ("2", "0") => Some(Version::V2_0),
            ("3", "0") => Some(Version::V3_0),
            ("3", "1") => Some(Version::V3_1),
            ("3", "2") => Some(Version::V3_2),
            _ => None,
        }
    }

    /// Whether schemas are JSON Schema 2020-12, where `$ref` may have siblings and `type` may be a list.
    pub fn has_json_schema(self) -> bool {
        self >= Version::V3_1
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The field that names the version, `openapi` or `swagger`, and the text in it.
pub(super) fn declared<'t>(root: NodeRef<'t>) -> Option<(NodeRef<'t>, &'t str)> {
    let field = root.get("openapi").or_else(|| root.get("swagger"))?;
    (!field.is_mapping() && !field.is_sequence()).then(|| (field, field.key()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patch_versions_and_release_candidates_count_as_their_minor_version() {
        for (text, expected) in [
            ("2.0", Some(Version::V2_0)),
            ("2", Some(Version::V2_0)),
            ("3.0.0-rc2", Some(Version::V3_0)),
            ("3.0.4", Some(Version::V3_0)),
            ("3.1", Some(Version::V3_1)),
            ("3.2.0", Some(Version::V3_2)),
            ("3.3.0", None),
            ("1.2", None),
            ("4.0.0", None),
            ("", None),
        ] {
            assert_eq!(Version::parse(text), expected, "{text}");
        }
    }
}
