//! JSON text: what this reader takes is what serde_json takes, deep nesting and lone surrogates apart.
#![no_main]

use std::sync::Arc;

use arras_doc::value::Value;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let read = arras_doc::json::parse(&Arc::from(text));
    if let Ok(tree) = &read {
        let value = tree.root().to_value();
        assert_eq!(Value::from_json(&value.to_json()).as_ref(), Ok(&value));
    }
});
