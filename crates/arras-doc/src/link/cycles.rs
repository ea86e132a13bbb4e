//! Things that wait for each other, or call each other without end, or wait for what calls them.

use std::collections::{HashMap, VecDeque};

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
            shortest_cycle(first, edges, &component)
        })
        .collect();
    found.sort();
    found
}

/// The shortest way from a node back to itself inside its part.
fn shortest_cycle(first: usize, edges: &[Vec<usize>], component: &[usize]) -> Option<Vec<usize>> {
    let mut before: HashMap<usize, usize> = HashMap::new();
    let mut queue = VecDeque::from([first]);
    while let Some(node) = queue.pop_front() {
        for next in edges.get(node).into_iter().flatten().copied() {
            if next == first {
                let mut cycle = vec![node];
                while let Some(node) = cycle.last().and_then(|node| before.get(node)) {
                    cycle.push(*node);
                }
                cycle.reverse();
                return Some(cycle);
            }
            if component.get(next) == component.get(first) && !before.contains_key(&next) {
                before.insert(next, node);
                queue.push_back(next);
            }
        }
    }
    None
}

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
        let mut found = self.findings_of(&self.waits, across, |_| true);
        found.extend(self.findings_of(&self.calls, across, |_| true));
        // who waits for a workflow that calls it, in whatever way, waits for itself
        let both: Vec<Vec<Call>> =
            self.waits.iter().zip(&self.calls).map(|(waits, calls)| [waits.as_slice(), calls].concat()).collect();
        let mixed = |calls: &[&Call]| {
            let waits = calls.iter().filter(|call| matches!(call.kind, Waits::For)).count();
            waits > 0 && waits < calls.len()
        };
        found.extend(self.findings_of(&both, across, mixed));
        found
    }

    fn findings_of(&self, edges: &[Vec<Call>], across: bool, is_told: impl Fn(&[&Call]) -> bool) -> Diagnostics {
        let plain: Vec<Vec<usize>> = edges.iter().map(|calls| calls.iter().map(|call| call.to).collect()).collect();
        let in_one = |cycle: &[usize]| {
            let mut documents = cycle.iter().filter_map(|node| self.documents.get(*node));
            let first = documents.next();
            documents.all(|other| Some(other) == first)
        };
        let found = cycles(&plain).into_iter().filter(|cycle| !(across && in_one(cycle)));
        found
            .filter_map(|cycle| {
                let next = cycle.iter().skip(1).chain(cycle.first());
                let calls = cycle.iter().zip(next);
                let calls: Vec<&Call> =
                    calls.filter_map(|(node, next)| edges.get(*node)?.iter().find(|call| call.to == *next)).collect();
                is_told(&calls).then(|| self.finding(&cycle, &calls))
            })
            .collect()
    }

    fn finding(&self, cycle: &[usize], calls: &[&Call]) -> Diagnostic {
        let names: Vec<&str> =
            cycle.iter().chain(cycle.first()).filter_map(|node| self.names.get(*node)).map(String::as_str).collect();
        let kinds: Vec<Waits> = calls.iter().map(|call| call.kind).collect();
        let certain = calls.iter().all(|call| call.certain);
        let mut diagnostic = Diagnostic::new(rule::CYCLE, describe(&names, &kinds));
        if !certain {
            diagnostic.severity = Severity::Warning;
        }
        diagnostic.labels = calls
            .iter()
            .take(16)
            .map(|call| Label { source: call.source, span: call.span, text: String::new() })
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

/// ``the workflow `a` waits for `b`, which calls `a` ``: `kinds` says how each name leads to the next.
fn describe(names: &[&str], kinds: &[Waits]) -> String {
    const SHOWN: usize = 8;
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
    }
}
