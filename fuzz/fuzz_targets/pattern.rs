//! ECMA-262 patterns: parsed, matched within their budget, and what they match made up.
#![no_main]

use arras_doc::pattern::Pattern;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (pattern, text) = input;
    if let Ok((pattern, _)) = Pattern::parse(pattern) {
        let _ = pattern.is_match(text);
        if let Some(example) = pattern.example(text.len(), 0..=64) {
            assert_ne!(pattern.is_match(&example), Ok(false), "{example:?}");
        }
    }
});
