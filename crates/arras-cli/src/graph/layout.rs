//! What is drawn between the parts of a graph, the same in every drawing, and which lane each line of a column takes.

use std::collections::{BTreeMap, HashSet};

use super::{Calls, Graph, Kind, Next, Target};
use crate::reporter::duration;

/// A line between two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) from: End,
    pub(super) to: End,
    pub(super) line: Line,
    /// What stands at it.
    pub(super) label: String,
}

/// What a line leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A step of a workflow.
    Step(usize, usize),
    /// A workflow as a whole.
    Workflow(usize),
    /// The end of a workflow.
    Over(usize),
}

impl End {
    /// The workflow that it is, or is of.
    fn workflow(self) -> usize {
        match self {
            End::Step(workflow, _) | End::Workflow(workflow) | End::Over(workflow) => workflow,
        }
    }
}

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// What comes next where no action says otherwise.
    Order,
    /// A success action.
    Success,
    /// A failure action.
    Failure,
    /// What must have been before.
    Needs,
    /// A called workflow.
    Calls,
}

/// Every line, in the order of the document: those of a workflow stand together.
pub(super) fn edges(graph: &Graph) -> Vec<Edge> {
    let mut all = Vec::new();
    for (index, workflow) in graph.workflows.iter().enumerate() {
        let mut add = |from, to, line, label: &str| all.push(Edge { from, to, line, label: label.to_owned() });
        for other in &workflow.needs {
            add(End::Workflow(index), End::Workflow(*other), Line::Needs, "needs");
        }
        for (number, step) in workflow.steps.iter().enumerate() {
            let here = End::Step(index, number);
            match step.next {
                Next::Step(next) => add(here, End::Step(index, next), Line::Order, ""),
                Next::End => add(here, End::Over(index), Line::Order, ""),
                Next::Never => {}
            }
            if let Calls::Workflow(other) = step.calls {
                add(here, End::Workflow(other), Line::Calls, "calls");
            }
            for (of, needed) in &step.needs {
                add(here, End::Step(*of, *needed), Line::Needs, "needs");
            }
            for action in &step.actions {
                let line = if action.on_failure { Line::Failure } else { Line::Success };
                let target = |target| match target {
                    Target::Step(step) => End::Step(index, step),
                    Target::Workflow(other) => End::Workflow(other),
                };
                match action.kind {
                    Kind::End => add(here, End::Over(index), line, &action.label()),
                    Kind::Goto(to) => add(here, target(to), line, &action.label()),
                    Kind::Retry { after, limit, through } => {
                        let after = after.map(|after| format!(" after {}", duration(after))).unwrap_or_default();
                        let label = format!("{} · retry ×{limit}{after}", action.label());
                        add(here, here, line, &label);
                        if let Some(through) = through {
                            add(here, target(through), line, &format!("{}: before each retry", action.name));
                        }
                    }
                }
            }
        }
    }
    all
}

/// The workflows to whose end anything leads.
pub(super) fn ended(edges: &[Edge]) -> HashSet<usize> {
    let over = |edge: &Edge| match edge.to {
        End::Over(workflow) => Some(workflow),
        End::Step(..) | End::Workflow(_) => None,
    };
    edges.iter().filter_map(over).collect()
}

/// The lines of each of so many workflows: those that begin there.
pub(super) fn by_workflow(edges: &[Edge], workflows: usize) -> Vec<&[Edge]> {
    let mut rest = edges;
    let mut own = |workflow| {
        let (of, others) = rest.split_at(rest.partition_point(|edge| edge.from.workflow() <= workflow));
        rest = others;
        of
    };
    (0..workflows).map(&mut own).collect()
}

/// A lane for each of the stretches, so that none meets another in its lane: the shortest stand nearest.
pub(super) fn lanes(stretches: &[(usize, usize)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..stretches.len()).collect();
    order.sort_by_key(|index| {
        let (from, to) = stretches[*index];
        (to - from, from, *index)
    });
    // of each lane what is taken, by its beginning
    let mut taken: Vec<BTreeMap<usize, usize>> = Vec::new();
    let mut lanes = vec![0; stretches.len()];
    for index in order {
        let (from, to) = stretches[index];
        // none of a lane meets another, so the last one that begins before the end of this says it all
        let free = |lane: &BTreeMap<usize, usize>| lane.range(..=to).next_back().is_none_or(|(_, end)| *end < from);
        let lane = taken.iter().position(free).unwrap_or(taken.len());
        if lane == taken.len() {
            taken.push(BTreeMap::new());
        }
        taken[lane].insert(from, to);
        lanes[index] = lane;
    }
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_would_meet_take_lanes_of_their_own() {
        assert_eq!(lanes(&[(0, 5), (1, 2), (3, 4), (2, 3)]), [2, 0, 0, 1]);
        assert_eq!(lanes(&[]), Vec::<usize>::new());
    }
}
