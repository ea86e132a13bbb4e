//! JSON Pointers (RFC 6901): `/a~1b/0`.

use std::borrow::Cow;

/// The decoded tokens of a pointer; `None` if it is neither empty nor begins with `/`,
/// or holds a `~` that is not `~0` or `~1`.
pub fn tokens(pointer: &str) -> Option<Vec<Cow<'_, str>>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    pointer.strip_prefix('/')?.split('/').map(decode).collect()
}

/// Appends one token to a pointer, escaped.
pub fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
}

/// The array index that a token spells: digits without a leading zero.
pub fn index(token: &str) -> Option<usize> {
    let digits = token.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (token == "0" || !token.starts_with('0'))).then(|| token.parse().ok()).flatten()
}

fn decode(token: &str) -> Option<Cow<'_, str>> {
    if !token.contains('~') {
        return Some(Cow::Borrowed(token));
    }
    let valid = token.match_indices('~').all(|(at, _)| matches!(token.as_bytes().get(at + 1), Some(b'0' | b'1')));
    valid.then(|| Cow::Owned(token.replace("~1", "/").replace("~0", "~")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ARZ-EXPR-27
    #[test]
    fn tokens_are_decoded_as_rfc_6901_says() {
        let decoded = |pointer| tokens(pointer).map(|tokens| tokens.join("|"));
        assert_eq!(decoded(""), Some(String::new()));
        assert_eq!(decoded("/"), Some(String::new()));
        assert_eq!(decoded("/a~1b/m~0n/~01/ "), Some("a/b|m~n|~1| ".into()));
        assert_eq!((decoded("a"), decoded("/~2"), decoded("/~")), (None, None, None));
        assert_eq!(
            [index("0"), index("10"), index("01"), index("-"), index("")],
            [Some(0), Some(10), None, None, None]
        );
    }

    #[test]
    fn a_pushed_token_comes_back() {
        let mut pointer = String::new();
        push(&mut pointer, "~/x");
        assert_eq!((pointer.as_str(), tokens(&pointer).expect("a pointer")[0].as_ref()), ("/~0~1x", "~/x"));
    }
}
