//! What holds of the events of every run.

use std::collections::{HashMap, HashSet};

use arras_run::event::{Event, EventKind};
use arras_run::report::{Folder, Report, StepReport, WorkflowReport};
use arras_run::time::Timestamp;

/// Each thing that starts is finished once, within what it belongs to; times go up; the report holds all of it.
pub fn well_formed(events: &[&Event]) {
    let (mut steps, mut effects, mut open) = (HashMap::new(), HashSet::new(), Vec::new());
    let (mut finished_steps, mut workflows, mut last) = (0, 0, Timestamp(0));
    assert!(matches!(events.first().map(|event| &event.kind), Some(EventKind::RunStarted { .. })));
    assert!(matches!(events.last().map(|event| &event.kind), Some(EventKind::RunFinished { .. })));
    for event in events {
        assert!(event.at >= last, "time goes back: {event:?}");
        last = event.at;
        match &event.kind {
            EventKind::WorkflowStarted { path, .. } => {
                workflows += 1;
                open.push(path.clone());
            }
            EventKind::WorkflowFinished { path, .. } | EventKind::WorkflowTransferred { path, .. } => {
                assert_eq!(open.pop().as_ref(), Some(path), "{event:?}");
                let inside = steps.values().filter(|of| *of == path).count();
                assert_eq!(inside, 0, "a step of it is under way: {event:?}");
            }
            EventKind::StepStarted(step) => {
                assert_eq!(open.last(), Some(&step.path), "{event:?}");
                assert!(effects.insert(step.effect.clone()), "a second {}", step.effect);
                steps.insert(step.effect.clone(), step.path.clone());
            }
            EventKind::StepFinished(step) => {
                assert_eq!(open.last(), Some(&step.path), "{event:?}");
                assert!(steps.remove(&step.effect).is_some(), "{event:?}");
                finished_steps += 1;
            }
            _ => {}
        }
    }
    assert!(open.is_empty() && steps.is_empty(), "{open:?} {steps:?}");
    let report = report(events);
    let mut counts = (0, 0);
    let mut pending: Vec<&WorkflowReport> = report.workflows.iter().collect();
    while let Some(workflow) = pending.pop() {
        counts.0 += 1;
        counts.1 += workflow.steps.len();
        for StepReport { workflow, left, before_retry, .. } in &workflow.steps {
            pending.extend(workflow.as_deref());
            pending.extend(left);
            pending.extend(before_retry);
        }
    }
    assert_eq!(counts, (workflows, finished_steps), "the report lacks workflows or steps");
}

/// The fold of the events.
pub fn report(events: &[&Event]) -> Report {
    let mut folder = Folder::default();
    events.iter().for_each(|event| folder.fold(event));
    folder.finish()
}
