//! How many there may be.

/// Reads a number from 1 on.
///
/// # Errors
/// If it is none; it says what is expected.
pub fn at_least_one(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "expected a whole number from 1 on".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_begin_with_one() {
        assert_eq!((at_least_one("1"), at_least_one("18446744073709551615")), (Ok(1), Ok(u64::MAX)));
        for wrong in ["0", "-1", "many", "1.5", ""] {
            assert!(at_least_one(wrong).is_err_and(|why| why.contains("from 1 on")), "{wrong}");
        }
    }
}
