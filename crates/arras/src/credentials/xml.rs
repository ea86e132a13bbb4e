//! Reads the few texts that matter of an XML answer: an error's, or those of STS.

/// The text of the first element of that name, character references replaced; `None` if there is none or it holds more
/// than text. Good for answers of a service that is known, not for XML at large.
pub(crate) fn text(xml: &str, name: &str) -> Option<String> {
    let open = format!("<{name}>");
    let start = xml.find(&open)? + open.len();
    let rest = xml.get(start..)?;
    let inner = rest.get(..rest.find('<')?)?;
    let closed = rest.get(inner.len()..)?.strip_prefix("</")?.strip_prefix(name)?.starts_with('>');
    closed.then(|| unescape(inner))
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let reference = after.find(';').and_then(|end| Some((after.get(1..end)?, after.get(end + 1..)?)));
        match reference.and_then(|(name, left)| Some((character(name)?, left))) {
            Some((character, left)) => {
                out.push(character);
                rest = left;
            }
            None => {
                out.push('&');
                rest = after.get(1..).unwrap_or_default();
            }
        }
    }
    out + rest
}

fn character(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_name() {
        let xml =
            "<R><Credentials><AccessKeyId>A&amp;B&#x2F;&#43;&nope;&</AccessKeyId><Empty></Empty></Credentials></R>";
        assert_eq!(text(xml, "AccessKeyId").as_deref(), Some("A&B/+&nope;&"));
        assert_eq!(text(xml, "Empty").as_deref(), Some(""));
        for name in ["Credentials", "Other", "R"] {
            assert_eq!(text(xml, name), None, "{name}");
        }
        assert_eq!(text("<A>x</B>", "A"), None);
        assert_eq!(text("<A>x", "A"), None);
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(64))]
        #[test]
        fn no_text_makes_it_panic(xml in "(<A>|</A>|&|#x|;|é|[a-z<>]){0,30}") {
            let _ = text(&xml, "A");
        }
    }
}
