//! URI references as RFC 3986 allows them: a check of characters, no resolution.

/// What is wrong with `text` as a URI reference, if something is (ARZ-ROOT-02, ARZ-SRC-03).
pub(super) fn problem(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("it is empty".into());
    }
    if let Some(letter) = text.chars().find(|letter| !allowed(*letter)) {
        return Some(format!("`{letter}` must be percent-encoded"));
    }
    let escape =
        |at: usize| text.as_bytes().get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
    if text.match_indices('%').any(|(at, _)| !escape(at)) {
        return Some("`%` needs two hexadecimal digits after it".into());
    }
    let path = host(text).map_or(text, |(host, rest)| if bracketed(host) { rest } else { text });
    path.contains(['[', ']']).then(|| "brackets only enclose an IPv6 host".into())
}

/// The authority after `//`, and what follows it.
fn host(text: &str) -> Option<(&str, &str)> {
    let (before, rest) = text.split_once("//")?;
    if !(before.is_empty() || before.ends_with(':')) {
        return None;
    }
    Some(rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())))
}

fn bracketed(authority: &str) -> bool {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let Some(rest) = host.strip_prefix('[') else { return !host.contains(['[', ']']) };
    rest.split_once(']').is_some_and(|(address, port)| {
        let numeric = |letter: char| letter.is_ascii_hexdigit() || matches!(letter, ':' | '.' | 'v' | 'V');
        address.chars().all(numeric) && (port.is_empty() || port.starts_with(':'))
    })
}

fn allowed(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::problem;

    /// ARZ-ROOT-02, ARZ-SRC-03
    #[test]
    fn uri_references_are_told_from_other_text() {
        for good in
            ["./a.yaml", "../a%20b.yaml", "https://example.com/x?y#z", "http://[::1]:80/x", "a", "file:///x", "#x"]
        {
            assert_eq!(problem(good), None, "{good}");
        }
        for bad in ["", "a b", "http://[bad", "{x}", "a%2", "a[0]", "<x>", "über.yaml", "a\\b"] {
            assert!(problem(bad).is_some(), "{bad}");
        }
    }
}
