//! Keys that a mapping has twice (ARZ-SEC-02): readers disagree on which of them counts.

use std::collections::HashMap;

use super::Findings;
use crate::diagnostic::Diagnostic;
use crate::node::{NodeRef, Tree};
use crate::rule;

/// Up to here comparing every pair is quicker than hashing.
const FEW: usize = 8;

/// Reports every key that stands in its mapping already; `200` and `"200"` are the same.
pub(super) fn find(tree: &Tree, findings: &mut Findings) {
    for mapping in tree.nodes().filter(|node| node.is_mapping()) {
        if mapping.len() <= FEW {
            among_few(mapping, findings);
        } else {
            among_many(mapping, findings);
        }
    }
}

fn among_few(mapping: NodeRef<'_>, findings: &mut Findings) {
    for (index, (key, _)) in mapping.entries().enumerate() {
        let name = key.key();
        if let Some((first, _)) = mapping.entries().take(index).find(|(first, _)| first.key() == name) {
            report(first, key, findings);
        }
    }
}

fn among_many(mapping: NodeRef<'_>, findings: &mut Findings) {
    let mut seen = HashMap::with_capacity(mapping.len());
    for (key, _) in mapping.entries() {
        let first = *seen.entry(key.key()).or_insert(key);
        if first.id() != key.id() {
            report(first, key, findings);
        }
    }
}

fn report(first: NodeRef<'_>, second: NodeRef<'_>, findings: &mut Findings) {
    let source = findings.source();
    let found =
        Diagnostic::new(rule::DUPLICATE_KEY, format!("the key `{}` is used twice in one mapping", second.key()))
            .label(source, second.span(), "again here")
            .label(source, first.span(), "first here")
            .help("rename or delete one of them");
    findings.push(found);
}
