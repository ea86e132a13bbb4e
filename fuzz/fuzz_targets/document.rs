//! A whole Arazzo document over an API of its own: read, linked, linted, planned.
#![no_main]

use std::sync::Arc;

use arras_doc::arazzo::Document;
use arras_doc::link::{LinkedSource, LinkedSources, link};
use arras_doc::lint::lint;
use arras_doc::source::{Source, SourceId};
use arras_fuzz::description;
use arras_run::plan::{Binding, Bundle, LinkedDocument, Plan, PlanOptions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (text, api) = input;
    let source = Source::new("a", "file:///a", text);
    let (Some(tree), _) = arras_doc::read::read(&source, SourceId(0)) else { return };
    let (document, mut found) = Document::read(SourceId(0), Arc::new(tree));
    let api = description(api).map(Arc::new);
    let source_of = |_| api.clone().map_or(LinkedSource::Missing, LinkedSource::OpenApi);
    let sources: LinkedSources = document.source_descriptions.iter().map(source_of).collect();
    let (links, linked) = link(&document, &sources);
    found.extend(linked);
    found.extend(lint(&document, &sources, &links));
    for label in found.iter().flat_map(|one| &one.labels).filter(|label| label.source == SourceId(0)) {
        assert!(source.text.get(label.span.range()).is_some(), "{label:?}");
    }
    if arras_doc::diagnostic::has_errors(&found) {
        return;
    }
    let arazzo = vec![None; document.source_descriptions.len()];
    let linked = LinkedDocument { document: Arc::new(document), sources, links, arazzo };
    let count = linked.document.workflows.len();
    let bundle = Bundle { documents: vec![linked] };
    for workflow in 0..count {
        let _ = Plan::build(&bundle, workflow, PlanOptions::default(), &mut |_| Ok(Binding { base: "https://a.example".into(), authorization: None }));
    }
});
