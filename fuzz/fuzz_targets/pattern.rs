//! ECMA-262 patterns: parsed, and matched within their budget.
#![no_main]

use arras_doc::pattern::Pattern;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (pattern, text) = input;
    if let Ok((pattern, _)) = Pattern::parse(pattern) {
        let _ = pattern.is_match(text);
    }
});
