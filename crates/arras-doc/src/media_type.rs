//! Media types. (Stand-in; the full parser replaces it.)

/// A media type such as `application/json; charset=utf-8`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaType {
    essence: String,
    parameters: Vec<(String, String)>,
}

impl MediaType {
    /// Reads a `Content-Type`.
    pub fn parse(text: &str) -> Option<MediaType> {
        let mut parts = text.split(';');
        let essence = parts.next()?.trim().to_ascii_lowercase();
        let parameters = parts.filter_map(|part| part.split_once('='));
        let parameters =
            parameters.map(|(k, v)| (k.trim().to_ascii_lowercase(), v.trim().trim_matches('"').to_owned()));
        essence.contains('/').then(|| MediaType { essence, parameters: parameters.collect() })
    }

    /// Type and subtype.
    pub fn essence(&self) -> String {
        self.essence.clone()
    }

    /// A parameter's value.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether it is JSON.
    pub fn is_json(&self) -> bool {
        ["application/json", "text/json"].contains(&self.essence.as_str())
            || self.essence.ends_with("+json")
            || self.essence.starts_with("application/x-amz-json-")
    }

    /// Whether it is XML.
    pub fn is_xml(&self) -> bool {
        ["application/xml", "text/xml"].contains(&self.essence.as_str()) || self.essence.ends_with("+xml")
    }

    /// Whether it is text.
    pub fn is_text(&self) -> bool {
        self.essence.starts_with("text/")
    }
}

impl std::fmt::Display for MediaType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.essence)
    }
}
