//! Texts that embed expressions, and values that hold them.
#![no_main]

use arras_doc::expression::{Grammar, Template, pieces};
use arras_doc::source::{Source, SourceId};
use arras_fuzz::places;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = pieces(text);
    let source = Source::new("a", "file:///a", text);
    let (Some(tree), _) = arras_doc::read::read(&source, SourceId(0)) else { return };
    let mut found = Vec::new();
    let template = Template::read(tree.root(), Grammar::V1_1, SourceId(0), &mut found);
    places(&found, &source.text);
    for expression in template.expressions() {
        assert!(source.text.get(expression.span.range()).is_some(), "{expression:?}");
    }
});
