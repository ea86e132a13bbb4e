//! What reading and linking an example finds, one line each.

use std::sync::Arc;

use arras_doc::arazzo::Document;
use arras_doc::diagnostic::{Diagnostic, Diagnostics};
use arras_doc::link::{LinkedSource, LinkedSources, link};
use arras_doc::lint::lint;
use arras_doc::node::Tree;
use arras_doc::openapi::{self, Description, Documents};
use arras_doc::read;
use arras_doc::rule::Rule;
use arras_doc::source::{Source, SourceId, Sources};

use super::page::Example;

/// The findings of `rule`, each on a line: `severity[rule] LINE:COLUMN message`, a source's with its name before.
pub(crate) fn findings(rule: &Rule, example: &Example<'_>) -> String {
    let mut all = Texts::default();
    let tree = all.read("example", &example.text);
    let loaded: Vec<(&str, LinkedSource)> =
        example.others.iter().map(|(kind, name, text)| (*name, all.load(kind, name, text))).collect();
    if let Some(tree) = tree {
        let (document, found) = Document::read(SourceId(0), tree);
        all.found.extend(found);
        let wanted = document.source_descriptions.iter().map(|source| {
            let named = loaded.iter().find(|(name, _)| source.url.trim_start_matches("./") == *name);
            named.map_or(LinkedSource::Missing, |(_, loaded)| loaded.clone())
        });
        let sources = wanted.collect::<LinkedSources>();
        let (links, found) = link(&document, &sources);
        all.found.extend(found);
        all.found.extend(lint(&document, &sources, &links));
    }
    let of_rule = all.found.iter().filter(|finding| finding.rule.id == rule.id);
    of_rule.map(|finding| line(finding, &all.sources)).collect()
}

fn line(finding: &Diagnostic, sources: &Sources) -> String {
    let place = finding.primary().map_or_else(String::new, |label| {
        let source = sources.get(label.source);
        let at = source.position(label.span.start);
        let name = if label.source == SourceId(0) { String::new() } else { format!("{}:", source.name) };
        format!("{name}{}:{} ", at.line, at.column)
    });
    format!("{}[{}] {place}{}\n", finding.severity.as_str(), finding.rule.id, finding.message)
}

/// The texts of an example and what was found so far.
#[derive(Default)]
struct Texts {
    sources: Sources,
    found: Diagnostics,
}

impl Texts {
    fn read(&mut self, name: &str, text: &str) -> Option<Arc<Tree>> {
        let source = Source::new(name, format!("https://example.com/{name}"), text);
        let id = self.sources.add(source.clone());
        let (tree, found) = read::read(&source, id);
        self.found.extend(found);
        tree.map(Arc::new)
    }

    fn load(&mut self, kind: &str, name: &str, text: &str) -> LinkedSource {
        let id = SourceId(u32::try_from(self.sources.iter().count()).expect("few texts"));
        let Some(tree) = self.read(name, text) else { return LinkedSource::Missing };
        match kind {
            "openapi" => {
                let uri = format!("https://example.com/{name}");
                let text = Arc::new(openapi::Document::new(id, uri, tree));
                let (description, found) = Description::index(text, &Documents::default());
                self.found.extend(found);
                LinkedSource::OpenApi(Arc::new(description))
            }
            "arazzo" => {
                let (document, found) = Document::read(id, tree);
                self.found.extend(found);
                LinkedSource::Arazzo(Arc::new(document))
            }
            "asyncapi" => LinkedSource::AsyncApi(id, tree),
            other => panic!("a source of the kind `{other}`"),
        }
    }
}
