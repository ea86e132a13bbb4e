//! Simple conditions: display and parse are inverse.
#![no_main]

use arras_doc::condition::{self, Context};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for context in [Context::Absent, Context::Present] {
        let Ok(condition) = condition::parse(text, context) else { continue };
        let shown = condition.to_string();
        let again = condition::parse(&shown, context).unwrap_or_else(|error| panic!("{text:?} as {shown:?}: {error:?}"));
        assert_eq!(again.to_string(), shown, "{text:?}");
    }
});
