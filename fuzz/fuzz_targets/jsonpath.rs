//! JSONPaths and the conditions that are written in them, in every mode, with every span inside the text.
#![no_main]

use arras_doc::jsonpath::{self, Mode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(query) = jsonpath::parse_query(text) {
        let shown = query.to_string();
        let again = jsonpath::parse_query(&shown).unwrap_or_else(|error| panic!("{text:?} as {shown:?}: {error:?}"));
        assert_eq!(again.to_string(), shown, "{text:?}");
    }
    for mode in [Mode::Strict, Mode::Lenient, Mode::Draft] {
        if let Ok(prepared) = jsonpath::prepare(text, mode) {
            prepared.tolerances().iter().for_each(|one| assert!(text.get(one.span.range()).is_some(), "{text:?}"));
        }
    }
});
