//! Keys that a mapping has twice (ARZ-SEC-02): readers disagree on which of them counts.

use std::collections::HashMap;

use super::Findings;
use crate::diagnostic::Diagnostic;
use crate::node::{NodeRef, Tree};
use crate::rule;

/// Up to here comparing every pair is quicker than hashing.
const FEW: usize = 12;

/// Reports every key that stands in its mapping already; `200` and `"200"` are the same.
pub(super) fn find(tree: &Tree, findings: &mut Findings) {
    let mut keys = Vec::new();
    for mapping in tree.nodes().filter(|node| node.is_mapping()) {
        keys.clear();
        keys.extend(mapping.entries().map(|(key, _)| (key.key(), key)));
        if keys.len() <= FEW {
            among_few(&keys, findings);
        } else {
            among_many(&keys, findings);
        }
    }
}

fn among_few(keys: &[(&str, NodeRef<'_>)], findings: &mut Findings) {
    for (index, (name, key)) in keys.iter().enumerate() {
        if let Some((_, first)) = keys.iter().take(index).find(|(earlier, _)| earlier == name) {
            report(*first, *key, findings);
        }
    }
}

fn among_many(keys: &[(&str, NodeRef<'_>)], findings: &mut Findings) {
    let mut seen = HashMap::with_capacity(keys.len());
    for (name, key) in keys {
        let first = *seen.entry(*name).or_insert(*key);
        if first.id() != key.id() {
            report(first, *key, findings);
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
