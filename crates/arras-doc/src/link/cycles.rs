//! Things that wait for each other, or call each other without end, or wait for what calls them.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::arazzo::{ActionType, Document, Workflow};
use crate::diagnostic::{Diagnostic, Diagnostics, Label, Severity};
use crate::rule;
use crate::source::SourceId;
use crate::span::Span;

use super::linker::Linker;
use super::sources::{LinkedSource, LinkedSources};
use super::{Links, Target, WorkflowTarget};

/// One cycle of each strongly connected part of a graph, each as the list of its nodes; linear time, no recursion.
///
/// `edges[node]` are the nodes that `node` leads to.
pub(crate) fn cycles(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let component = components(edges);
    let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
    for (node, component) in component.iter().enumerate() {
        members.entry(*component).or_default().push(node);
    }
    let mut found: Vec<Vec<usize>> = members
        .into_values()
        .filter_map(|nodes| {
            let first = *nodes.first()?;
            shortest_way(first, first, edges, &component)
        })
        .collect();
    found.sort();
    found
}

/// The shortest way from a node to one of the same part, or back to itself, without the latter.
fn shortest_way(first: usize, last: usize, edges: &[Vec<usize>], component: &[usize]) -> Option<Vec<usize>> {
    let mut before: HashMap<usize, usize> = HashMap::new();
    let mut queue = VecDeque::from([first]);
    while let Some(node) = queue.pop_front() {
        for next in edges.get(node).into_iter().flatten().copied() {
            if next == last {
                let mut way = vec![node];
                while let Some(node) = way.last().filter(|node| **node != first).and_then(|node| before.get(node)) {
                    way.push(*node);
                }
                way.reverse();
                return Some(way);
            }
            if component.get(next) == component.get(first) && next != first && !before.contains_key(&next) {
                before.insert(next, node);
                queue.push_back(next);
            }
        }
    }
    None
}

/// The edge of a node to another, rather one that is certain.
fn edge(calls: &[Call], to: usize) -> Option<&Call> {
    let mut all = calls.iter().filter(|call| call.to == to);
    let first = all.clone().next();
    all.find(|call| call.certain).or(first)
}

/// How many cycles may be found that are not the wanted ones.
const IN_VAIN: usize = 100;

/// The strongly connected part of each node, by Tarjan's algorithm with its own stack.
fn components(edges: &[Vec<usize>]) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let count = edges.len();
    let mut order = vec![UNSEEN; count];
    let mut low = vec![0; count];
    let mut component = vec![UNSEEN; count];
    let mut open = Vec::new();
    let mut seen = 0;
    for root in 0..count {
        if order[root] != UNSEEN {
            continue;
        }
        let mut work = vec![(root, 0)];
        while let Some((node, edge)) = work.pop() {
            if edge == 0 {
                (order[node], low[node]) = (seen, seen);
                seen += 1;
                open.push(node);
            }
            let Some(next) = edges[node].get(edge).copied() else {
                if low[node] == order[node] {
                    while let Some(member) = open.pop() {
                        component[member] = node;
                        if member == node {
                            break;
                        }
                    }
                }
                if let Some((parent, _)) = work.last() {
                    low[*parent] = low[*parent].min(low[node]);
                }
                continue;
            };
            work.push((node, edge + 1));
            if next >= count {
                continue;
            }
            if order[next] == UNSEEN {
                work.push((next, 0));
            } else if component[next] == UNSEEN {
                low[node] = low[node].min(order[next]);
            }
        }
    }
    component
}

/// Where a workflow of one of several descriptions leads.
#[derive(Clone, Copy)]
struct Call {
    kind: Waits,
    to: usize,
    source: SourceId,
    span: Span,
    /// Whether nothing before it can prevent it.
    certain: bool,
}

/// The graphs of `dependsOn` and of calls over the workflows of several descriptions.
#[derive(Default)]
struct Graphs {
    names: Vec<String>,
    documents: Vec<usize>,
    waits: Vec<Vec<Call>>,
    calls: Vec<Vec<Call>>,
}

impl Graphs {
    /// `resolve` says which description a source of the description at an index is, if it is one of them.
    fn of(documents: &[(&Document, &Links)], resolve: impl Fn(usize, usize) -> Option<usize>) -> Graphs {
        let mut starts = Vec::new();
        let mut graphs = Graphs::default();
        for (at, (document, _)) in documents.iter().enumerate() {
            starts.push(graphs.names.len());
            graphs.names.extend(document.workflows.iter().map(|workflow| workflow.workflow_id.value.clone()));
            graphs.documents.extend(document.workflows.iter().map(|_| at));
        }
        let node = |at: usize, target: &WorkflowTarget| {
            let document = target.source.map_or(Some(at), |source| resolve(at, source))?;
            Some(starts.get(document)? + target.workflow)
        };
        for (at, (document, links)) in documents.iter().enumerate() {
            for (workflow, links) in document.workflows.iter().zip(&links.workflows) {
                let waits = workflow.depends_on.iter().zip(&links.depends_on).filter_map(|(written, target)| {
                    let to = node(at, target.as_ref()?)?;
                    Some(Call { kind: Waits::For, to, source: document.source, span: written.span, certain: true })
                });
                graphs.waits.push(waits.collect());
                let certain = certain_steps(document, workflow);
                let calls = workflow.steps.iter().zip(&links.steps).enumerate().filter_map(|(index, (step, link))| {
                    let Some(Target::Workflow(target)) = &link.target else { return None };
                    let span = if step.step_id.is_empty() { step.span } else { step.step_id.span };
                    let to = node(at, target)?;
                    Some(Call { kind: Waits::Calls, to, source: document.source, span, certain: index < certain })
                });
                graphs.calls.push(calls.collect());
            }
        }
        graphs
    }

    /// Cycles, each as a finding; those inside one description are left out if `across` is set.
    fn findings(&self, across: bool) -> Diagnostics {
        let leaves = |node: usize, call: &Call| self.documents.get(node) != self.documents.get(call.to);
        let mut found = Diagnostics::new();
        for edges in [&self.waits, &self.calls] {
            if !across {
                found.extend(self.of_themselves(edges));
            }
            found.extend(self.round(edges, |node, call| !across || leaves(node, call), |_| true));
        }
        // who waits for a workflow that calls it, in whatever way, waits for itself
        let both: Vec<Vec<Call>> =
            self.waits.iter().zip(&self.calls).map(|(waits, calls)| [waits.as_slice(), calls].concat()).collect();
        let waits = |call: &Call| matches!(call.kind, Waits::For);
        let is_start = |node: usize, call: &Call| waits(call) || across && leaves(node, call);
        let mixed = |calls: &[(usize, &Call)]| {
            let is_mixed = calls.iter().any(|(_, call)| waits(call)) && !calls.iter().all(|(_, call)| waits(call));
            is_mixed && (!across || calls.iter().any(|(node, call)| leaves(*node, call)))
        };
        found.extend(self.round(&both, is_start, mixed));
        found
    }

    /// The workflows that lead to themselves at once.
    fn of_themselves(&self, edges: &[Vec<Call>]) -> Diagnostics {
        let own = |(node, calls): (usize, &Vec<Call>)| {
            let call = edge(calls, node)?;
            Some(self.finding(&[(node, call)]))
        };
        edges.iter().enumerate().filter_map(own).collect()
    }

    /// One cycle of each strongly connected part through several workflows, rather one that is certain: it begins with one
    /// of the edges `is_start` and `is_told`.
    fn round(
        &self,
        edges: &[Vec<Call>],
        is_start: impl Fn(usize, &Call) -> bool,
        is_told: impl Fn(&[(usize, &Call)]) -> bool,
    ) -> Diagnostics {
        let graph = |certain: bool| -> Vec<Vec<usize>> {
            let of = |(node, calls): (usize, &Vec<Call>)| {
                let calls = calls.iter().filter(|call| call.to != node && (call.certain || !certain));
                calls.map(|call| call.to).collect()
            };
            edges.iter().enumerate().map(of).collect()
        };
        let whole = components(&graph(false));
        let (mut found, mut told, mut left) = (Diagnostics::new(), HashSet::new(), IN_VAIN);
        for certain in [true, false] {
            let graph = graph(certain);
            let part = components(&graph);
            for (node, calls) in edges.iter().enumerate() {
                for call in calls.iter().filter(|call| call.to != node && (call.certain || !certain)) {
                    let inside = part.get(node) == part.get(call.to);
                    if !inside || left == 0 || told.contains(&whole[node]) || !is_start(node, call) {
                        continue;
                    }
                    let Some(way) = shortest_way(call.to, node, &graph, &part) else { continue };
                    let next = way.iter().skip(1).chain([&node]);
                    let rest = way.iter().zip(next).filter_map(|(at, to)| Some((*at, edge(edges.get(*at)?, *to)?)));
                    let cycle: Vec<(usize, &Call)> = std::iter::once((node, call)).chain(rest).collect();
                    if is_told(&cycle) {
                        told.insert(whole[node]);
                        found.push(self.finding(&cycle));
                    } else {
                        left -= 1;
                    }
                }
            }
        }
        found
    }

    fn finding(&self, cycle: &[(usize, &Call)]) -> Diagnostic {
        let nodes = cycle.iter().chain(cycle.first());
        let names: Vec<&str> = nodes.filter_map(|(node, _)| self.names.get(*node)).map(String::as_str).collect();
        let kinds: Vec<Waits> = cycle.iter().map(|(_, call)| call.kind).collect();
        let certain = cycle.iter().all(|(_, call)| call.certain);
        let mut diagnostic = Diagnostic::new(rule::CYCLE, describe(&names, &kinds));
        if !certain {
            diagnostic.severity = Severity::Warning;
        }
        diagnostic.labels = cycle
            .iter()
            .take(16)
            .map(|(_, call)| Label { source: call.source, span: call.span, text: String::new() })
            .collect();
        // a dependency is easier to do without than a call
        if let Some(first) =
            kinds.iter().position(|kind| matches!(kind, Waits::For)).filter(|at| *at < diagnostic.labels.len())
        {
            diagnostic.labels.rotate_left(first);
        }
        let waits = kinds.iter().filter(|kind| matches!(kind, Waits::For)).count();
        let help = match waits {
            0 if certain => "let one of them end without the call, or `goto` the workflow instead",
            0 => "see that an action ends it in time",
            waits if waits < kinds.len() => "remove the dependency, or the call",
            _ => "remove one of these dependencies",
        };
        diagnostic.help(help)
    }
}

#[derive(Clone, Copy)]
enum Waits {
    For,
    Calls,
}

impl Waits {
    fn verb(self) -> &'static str {
        match self {
            Waits::For => "waits for",
            Waits::Calls => "calls",
        }
    }
}

/// How many names of a cycle are shown.
const SHOWN: usize = 8;

/// ``the workflow `a` waits for `b`, which calls `a` ``: `kinds` says how each name leads to the next.
fn describe(names: &[&str], kinds: &[Waits]) -> String {
    let verb = |at: usize| kinds.get(at).or(kinds.first()).map_or("", |kind| kind.verb());
    let Some((first, rest)) = names.split_first() else { return String::new() };
    let mut text = format!("the workflow `{first}` {}", verb(0));
    let hidden = rest.len().saturating_sub(SHOWN);
    for (index, name) in rest.iter().enumerate() {
        if hidden > 0 && index == SHOWN - 1 {
            text.push_str(&format!(" … (and {hidden} more), and at last"));
        }
        if hidden > 0 && (SHOWN - 1..rest.len() - 1).contains(&index) {
            continue;
        }
        let separator = if index == 0 || hidden > 0 && index == rest.len() - 1 {
            " ".to_owned()
        } else {
            format!(", which {} ", verb(index))
        };
        text.push_str(&format!("{separator}`{name}`"));
    }
    text
}

/// `` `a` → `b` → `a` ``, long ones with the names between left out.
pub(crate) fn chain(names: &[&str]) -> String {
    let shown = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" → ");
    match names {
        [first @ .., last] if names.len() > SHOWN + 1 => {
            format!("{} … (and {} more) → `{last}`", shown(&first[..SHOWN]), first.len() - SHOWN)
        }
        _ => shown(names),
    }
}

/// How many steps from the first run whatever happens, unless the workflow fails: those up to the first that has
/// actions, by which a recursion may end.
fn certain_steps(document: &Document, workflow: &Workflow) -> usize {
    if !workflow.success_actions.is_empty() || !workflow.failure_actions.is_empty() {
        return 0;
    }
    let leaves = |action: &&crate::arazzo::Action| {
        action.action_type.as_ref().is_none_or(|action_type| action_type.value != ActionType::Retry)
    };
    let first = workflow.steps.iter().position(|step| {
        let success = step.on_success.iter().filter_map(|entry| document.success_action(entry));
        let failure = step.on_failure.iter().filter_map(|entry| document.failure_action(entry));
        success.chain(failure).any(|action| leaves(&action))
    });
    // the step with the actions runs itself
    first.map_or(workflow.steps.len(), |first| first + 1)
}

impl Linker<'_> {
    /// Workflows of this description that wait for, or call, themselves.
    pub(super) fn check_cycles(&mut self, links: &Links) {
        let graphs = Graphs::of(&[(self.document, links)], |_, _| None);
        self.diagnostics.extend(graphs.findings(false));
    }
}

/// Cycles of workflows that lead through more than one description; [`super::link`] finds those inside one.
///
/// `documents` are the linked descriptions of one load, each with its sources. Costs linear time.
pub fn document_cycles(documents: &[(&Document, &LinkedSources, &Links)]) -> Diagnostics {
    let index: HashMap<SourceId, usize> =
        documents.iter().enumerate().map(|(at, (document, _, _))| (document.source, at)).collect();
    let pairs: Vec<(&Document, &Links)> = documents.iter().map(|(document, _, links)| (*document, *links)).collect();
    let graphs = Graphs::of(&pairs, |at, source| match documents.get(at)?.1.get(source) {
        LinkedSource::Arazzo(other) => index.get(&other.source).copied(),
        _ => None,
    });
    graphs.findings(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_found_once() {
        type Lists = &'static [&'static [usize]];
        let table: [(Lists, Lists); 6] = [
            (&[], &[]),
            (&[&[1], &[2], &[]], &[]),
            (&[&[0]], &[&[0]]),
            (&[&[1], &[0], &[3], &[3]], &[&[0, 1], &[3]]),
            (&[&[1], &[2], &[0, 1]], &[&[0, 1, 2]]),
            (&[&[1, 9], &[2, 2], &[]], &[]),
        ];
        for (edges, expected) in table {
            let edges: Vec<Vec<usize>> = edges.iter().map(|edges| edges.to_vec()).collect();
            assert_eq!(cycles(&edges), expected.iter().map(|cycle| cycle.to_vec()).collect::<Vec<_>>(), "{edges:?}");
        }
    }

    #[test]
    fn a_long_chain_takes_no_stack() {
        let count = 200_000;
        let mut edges: Vec<Vec<usize>> = (0..count).map(|node| vec![node + 1]).collect();
        assert!(cycles(&edges).is_empty());
        edges[count - 1] = vec![0];
        assert_eq!(cycles(&edges).first().map(Vec::len), Some(count));
    }

    #[test]
    fn a_cycle_is_told_in_words() {
        assert_eq!(describe(&["a", "a"], &[Waits::For]), "the workflow `a` waits for `a`");
        assert_eq!(
            describe(&["a", "b", "a"], &[Waits::Calls, Waits::Calls]),
            "the workflow `a` calls `b`, which calls `a`"
        );
        assert_eq!(
            describe(&["a", "b", "a"], &[Waits::For, Waits::Calls]),
            "the workflow `a` waits for `b`, which calls `a`"
        );
        let many: Vec<String> = (0..20).map(|name| format!("w{name}")).collect();
        let mut names: Vec<&str> = many.iter().map(String::as_str).collect();
        names.push("w0");
        let text = describe(&names, &[Waits::For; 20]);
        assert!(text.ends_with("which waits for `w7` … (and 12 more), and at last `w0`"), "{text}");
        assert_eq!(chain(&["a", "b", "a"]), "`a` → `b` → `a`");
        assert!(chain(&names).ends_with("`w6` → `w7` … (and 12 more) → `w0`"), "{}", chain(&names));
    }
}
