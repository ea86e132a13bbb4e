//! By which names credentials are looked for: those of sources, but never one name for two descriptions.

use std::collections::{HashMap, HashSet, VecDeque};

use arras_doc::link::LinkedSource;
use arras_doc::source::SourceId;
use arras_run::plan::Bundle;

/// The names of the sources of all documents.
#[derive(Debug, Default)]
pub(super) struct SourceNames(HashMap<(usize, usize), String>);

impl SourceNames {
    /// A source has its own name, unless a document before it, the one that was asked for first of all, calls another
    /// description so. Then the names of the sources that lead to its document stand before it: `billing.api`. So no
    /// document gets what was given for another's source by choosing its name.
    pub(super) fn of(bundle: &Bundle) -> SourceNames {
        let mut taken: HashMap<&str, SourceId> = HashMap::new();
        let mut names = HashMap::new();
        let mut used: HashSet<String> = HashSet::new();
        for (at, path) in in_order(bundle) {
            let linked = &bundle.documents[at];
            for (index, source) in linked.document.source_descriptions.iter().enumerate() {
                let LinkedSource::OpenApi(description) = linked.sources.get(index) else { continue };
                let (name, entry) = (source.name.value.as_str(), description.root().source());
                let mut known = match *taken.entry(name).or_insert(entry) == entry {
                    true => name.to_owned(),
                    false => path.iter().copied().chain([name]).collect::<Vec<_>>().join("."),
                };
                while known != name && !used.insert(known.clone()) {
                    known.push_str(".2");
                }
                names.insert((at, index), known);
            }
        }
        SourceNames(names)
    }

    /// The name of a source of a document; its own if nothing else is known.
    pub(super) fn name<'n>(&'n self, document: usize, source: usize, own: &'n str) -> &'n str {
        self.0.get(&(document, source)).map_or(own, String::as_str)
    }
}

/// The documents, the first one first, each with the names of the sources that lead to it.
fn in_order(bundle: &Bundle) -> Vec<(usize, Vec<&str>)> {
    let mut seen: HashSet<usize> = HashSet::new();
    let mut found = Vec::new();
    let all = (0..bundle.documents.len()).map(|at| (at, Vec::new()));
    for start in all {
        let mut open: VecDeque<(usize, Vec<&str>)> = [start].into();
        while let Some((at, path)) = open.pop_front() {
            let Some(linked) = bundle.documents.get(at) else { continue };
            if !seen.insert(at) {
                continue;
            }
            let sources = linked.document.source_descriptions.iter().zip(&linked.arazzo);
            for (source, target) in sources {
                if let Some(target) = target {
                    open.push_back((*target, path.iter().copied().chain([source.name.value.as_str()]).collect()));
                }
            }
            found.push((at, path));
        }
    }
    found
}
