//! Merge keys (`<<`), expanded where they stand.

use std::collections::HashSet;

use crate::diagnostic::{Diagnostic, Severity};
use crate::node::{Builder, NodeId, NodeRef};
use crate::read::Findings;
use crate::rule;

/// Replaces each merge key of the innermost open mapping by the entries that it brings in.
///
/// The mapping's own keys win over merged ones, and an earlier source over a later one.
pub(super) fn expand(builder: &mut Builder, findings: &mut Findings) {
    let mut taken = HashSet::new();
    for [key, _] in pairs(builder) {
        if !is_merge(builder.node(key)) {
            taken.insert(builder.node(key).key());
        }
    }
    let mut expanded = Vec::new();
    let mut first_merge: Option<NodeRef<'_>> = None;
    for [key, value] in pairs(builder) {
        let (name, merged) = (builder.node(key), builder.node(value));
        if !is_merge(name) {
            expanded.extend([key, value]);
            continue;
        }
        report(name, first_merge, findings);
        first_merge = first_merge.or(Some(name));
        let Some(sources) = sources(merged) else {
            refuse(name, merged, findings);
            continue;
        };
        for (key, value) in sources.into_iter().flat_map(NodeRef::entries) {
            if taken.insert(key.key()) {
                expanded.extend([key.id(), value.id()]);
            }
        }
    }
    builder.replace_pending(expanded);
}

fn pairs(builder: &Builder) -> impl Iterator<Item = [NodeId; 2]> {
    builder.pending().as_chunks::<2>().0.iter().copied()
}

fn is_merge(key: NodeRef<'_>) -> bool {
    key.source_text() == "<<"
}

/// The mappings that a merge key's value names, in order; `None` if it is neither one nor a list of them.
fn sources(value: NodeRef<'_>) -> Option<Vec<NodeRef<'_>>> {
    let sources = if value.is_sequence() { value.items().collect() } else { vec![value] };
    sources.iter().all(|source| source.is_mapping()).then_some(sources)
}

fn report(key: NodeRef<'_>, first: Option<NodeRef<'_>>, findings: &mut Findings) {
    let source = findings.source();
    let found = match first {
        None => Diagnostic::new(rule::MERGE_KEY, "the merge key `<<` is no part of YAML 1.2")
            .at(source, key.span())
            .help("write the entries out: not every reader expands it"),
        Some(first) => Diagnostic::new(rule::DUPLICATE_KEY, "the key `<<` is used twice in one mapping")
            .label(source, key.span(), "again here")
            .label(source, first.span(), "first here")
            .help("merge several mappings with one list: `<<: [*a, *b]`"),
    };
    findings.push(found);
}

fn refuse(key: NodeRef<'_>, value: NodeRef<'_>, findings: &mut Findings) {
    let source = findings.source();
    let what = if value.is_sequence() { "a list with something else in it" } else { value.kind().name() };
    let found = Diagnostic::new(rule::MERGE_KEY, format!("`<<` needs a mapping or a list of mappings, not {what}"));
    let found = found.severity(Severity::Error).at(source, value.span()).label(source, key.span(), "");
    findings.push(found.help("quote the key if `<<` is meant as a name"));
}
