//! XPaths of every version.
#![no_main]

use arras_doc::xpath::{self, Version};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = xpath::check_shape(text);
    if let Ok(parsed) = xpath::parse(text, Version::V1_0) {
        let shown = parsed.expression.to_string();
        let again = xpath::parse(&shown, Version::V1_0).unwrap_or_else(|error| panic!("{text:?} as {shown:?}: {error:?}"));
        assert_eq!(again.expression.to_string(), shown, "{text:?}");
    }
});
