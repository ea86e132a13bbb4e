//! Bytes as they come from a file: decoded, read, pointed into.
#![no_main]

use arras_doc::source::{Source, SourceId};
use arras_fuzz::places;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (text, problem) = match arras_doc::read::decode(bytes.to_vec()) {
        Ok(text) => (text, None),
        Err(undecodable) => (undecodable.text, Some(undecodable.error)),
    };
    let source = Source::new("a", "file:///a", text);
    if let Some(problem) = problem {
        source.position(problem.span.start);
        return;
    }
    let (tree, found) = arras_doc::read::read(&source, SourceId(0));
    places(&found, &source.text);
    for one in &found {
        let label = one.primary().expect("a place");
        source.position(label.span.start);
        tree.as_ref().map(|tree| tree.pointer_at(label.span));
    }
});
