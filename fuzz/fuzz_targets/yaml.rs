//! YAML text into a tree, with all that is said about it; every place lies in the text.
#![no_main]

use std::sync::Arc;

use arras_doc::source::SourceId;
use arras_fuzz::places;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let text = Arc::from(text);
    let (tree, found) = arras_doc::yaml::parse(&text, SourceId(0));
    places(&found, &text);
    if let Ok(tree) = tree {
        tree.nodes().for_each(|node| assert!(text.get(node.span().range()).is_some()));
    }
});
