//! What is drawn between the parts of a graph, the same in every drawing, and which lane each line of a column takes.

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

/// Every line, in the order of the document.
pub(super) fn edges(graph: &Graph) -> impl Iterator<Item = Edge> {
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
    all.into_iter()
}

/// Whether anything leads to the end of a workflow.
pub(super) fn has_end(graph: &Graph, workflow: usize) -> bool {
    edges(graph).any(|edge| edge.to == End::Over(workflow))
}

/// A lane for each of the stretches, so that none meets another in its lane: the shortest stand nearest.
pub(super) fn lanes(stretches: &[(usize, usize)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..stretches.len()).collect();
    order.sort_by_key(|index| {
        let (from, to) = stretches[*index];
        (to - from, from, *index)
    });
    let mut taken: Vec<Vec<(usize, usize)>> = Vec::new();
    let mut lanes = vec![0; stretches.len()];
    for index in order {
        let (from, to) = stretches[index];
        let free = |lane: &Vec<(usize, usize)>| lane.iter().all(|(a, b)| to < *a || *b < from);
        let lane = taken.iter().position(free).unwrap_or(taken.len());
        if lane == taken.len() {
            taken.push(Vec::new());
        }
        taken[lane].push((from, to));
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
