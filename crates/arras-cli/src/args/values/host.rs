//! Hosts that are named by the user.

/// A host name, an address, or `*.` before a domain; perhaps with a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern(pub String);

/// Reads a host, an address or `*.DOMAIN`, perhaps with a port.
///
/// # Errors
/// If it looks like a URL or is empty.
pub fn host_pattern(text: &str) -> Result<HostPattern, String> {
    if text.is_empty() || text.contains(['/', '@', '?', '#', ' ']) {
        return Err("expected a host such as `api.example.com`, `*.example.com` or `127.0.0.1:8080`".to_owned());
    }
    Ok(HostPattern(text.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        assert_eq!(host_pattern("*.Example.com").unwrap().0, "*.example.com");
        assert!(host_pattern("https://a").is_err());
    }
}
