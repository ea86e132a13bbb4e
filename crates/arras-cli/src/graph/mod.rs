//! What a document plans, as a graph: workflows, their steps, and what leads from one to another. One file a format.

mod build;
pub mod dot;
pub mod html;
pub mod json;
mod layout;
pub mod mermaid;
pub mod svg;
pub mod tree;

use std::collections::BTreeSet;
use std::time::Duration;

pub use build::build;

use crate::display::{count, escape};
use crate::reporter::duration;

/// All workflows, those that were asked for first, then those that they lead to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// Other parts name them by their place here.
    pub workflows: Vec<Workflow>,
}

/// A workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    /// Its `workflowId`, which another document's workflow may have, too.
    pub id: String,
    /// What it is called here, where no two have the same name.
    pub name: String,
    /// The file that it stands in.
    pub file: String,
    /// Whether it was asked for.
    pub asked: bool,
    /// The workflows that must have succeeded before.
    pub needs: Vec<usize>,
    /// Its steps in order.
    pub steps: Vec<Step>,
    /// The names of its outputs.
    pub outputs: Vec<String>,
}

/// A step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its `stepId`.
    pub id: String,
    /// What it calls.
    pub calls: Calls,
    /// The steps that must have run before: the workflow and the step of each.
    pub needs: Vec<(usize, usize)>,
    /// Its success criteria, as written.
    pub criteria: Vec<String>,
    /// What its success leads to where no action says otherwise.
    pub next: Next,
    /// Its actions, those of success first, each in the order in which they are tried.
    pub actions: Vec<Action>,
}

/// What a step calls.
#[derive(Clone, Debug, PartialEq)]
pub enum Calls {
    /// An operation.
    Operation {
        /// The source description's name.
        source: String,
        /// Its `operationId`, if it has one.
        operation_id: Option<String>,
        /// Its method.
        method: String,
        /// Its path, or a shorter name where many operations share one.
        label: String,
    },
    /// A workflow.
    Workflow(usize),
}

/// What success leads to where no action says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The next step.
    Step(usize),
    /// The end of the workflow.
    End,
    /// Nothing: an action always says otherwise.
    Never,
}

/// A success or failure action.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Whether it is one of failure.
    pub on_failure: bool,
    /// Its name.
    pub name: String,
    /// When it applies: all of these, as written; without any, always.
    pub criteria: Vec<String>,
    /// What it does.
    pub kind: Kind,
}

/// What an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The workflow ends.
    End,
    /// The run goes on elsewhere.
    Goto(Target),
    /// The step is tried again.
    Retry {
        /// After this time.
        after: Option<Duration>,
        /// So often.
        limit: u32,
        /// After this has run.
        through: Option<Target>,
    },
}

/// Where an action leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A step of the same workflow.
    Step(usize),
    /// A workflow.
    Workflow(usize),
}

impl Graph {
    fn name(&self, workflow: usize) -> &str {
        self.workflows.get(workflow).map_or("", |workflow| workflow.name.as_str())
    }

    /// What a target is called within a workflow.
    fn target(&self, workflow: &Workflow, target: Target) -> String {
        match target {
            Target::Step(step) => workflow.steps.get(step).map(|step| step.id.clone()).unwrap_or_default(),
            Target::Workflow(other) => format!("workflow {}", self.name(other)),
        }
    }

    /// A step that another needs: its name, behind its workflow's where that is another.
    fn needed(&self, of: usize, (workflow, step): (usize, usize)) -> String {
        let step = self.workflows.get(workflow).and_then(|workflow| workflow.steps.get(step));
        let step = step.map(|step| step.id.as_str()).unwrap_or_default();
        if workflow == of { step.to_owned() } else { format!("{}.{step}", self.name(workflow)) }
    }

    /// What an action does, in words: `→ pollResults`, `→ end`, `↻ at most 5 times, after 2.0 s`.
    fn does(&self, workflow: &Workflow, action: &Action) -> String {
        match action.kind {
            Kind::End => "→ end".to_owned(),
            Kind::Goto(target) => format!("→ {}", escape(&self.target(workflow, target))),
            Kind::Retry { after, limit, through } => {
                let times = if limit == 1 { "once".to_owned() } else { format!("at most {limit} times") };
                let after = after.map(|after| format!(", after {}", duration(after))).unwrap_or_default();
                let through = through.map(|target| format!(", through {}", escape(&self.target(workflow, target))));
                format!("↻ {times}{after}{}", through.unwrap_or_default())
            }
        }
    }

    /// What a step needs, in words; empty if nothing.
    fn needs(&self, workflow: usize, step: &Step) -> String {
        let needed: Vec<_> = step.needs.iter().map(|other| self.needed(workflow, *other)).collect();
        if needed.is_empty() { String::new() } else { format!("needs {}", needed.join(", ")) }
    }

    /// What is to be said of a workflow beside its name: `2 steps`, what it needs.
    fn about(&self, workflow: &Workflow) -> String {
        let mut about = count(workflow.steps.len(), "step");
        let needed: Vec<_> = workflow.needs.iter().map(|other| self.name(*other)).collect();
        if !needed.is_empty() {
            about.push_str(&format!(" · needs {}", needed.join(", ")));
        }
        about
    }

    /// What a step calls, in words: `POST /orders`, `workflow login`.
    fn called(&self, step: &Step) -> String {
        match &step.calls {
            Calls::Operation { method, label, .. } => format!("{method} {label}"),
            Calls::Workflow(workflow) => format!("workflow {}", self.name(*workflow)),
        }
    }
}

impl Step {
    /// The workflows that it calls or that its actions lead to.
    fn leads_to(&self) -> BTreeSet<usize> {
        let by_action = |action: &Action| match action.kind {
            Kind::Goto(Target::Workflow(other)) | Kind::Retry { through: Some(Target::Workflow(other)), .. } => {
                Some(other)
            }
            Kind::Goto(Target::Step(_)) | Kind::End | Kind::Retry { .. } => None,
        };
        let called = match self.calls {
            Calls::Workflow(other) => Some(other),
            Calls::Operation { .. } => None,
        };
        called.into_iter().chain(self.actions.iter().filter_map(by_action)).collect()
    }
}

impl Action {
    /// When it applies, in words; empty for always. Of several criteria those that are several conditions themselves
    /// stand in brackets, so that `or` within one takes in no other.
    fn when(&self) -> String {
        let several = self.criteria.len() > 1;
        let compound = |one: &String| several && ["||", "&&"].iter().any(|operator| one.contains(operator));
        let criteria = self.criteria.iter().map(|one| if compound(one) { format!("({one})") } else { one.clone() });
        criteria.collect::<Vec<_>>().join(" and ")
    }

    /// What stands at its edge: its name, and when it applies.
    fn label(&self) -> String {
        match self.criteria.is_empty() {
            true => self.name.clone(),
            false => format!("{}: {}", self.name, self.when()),
        }
    }
}

impl Kind {
    /// `end`, `goto` or `retry`.
    fn name(self) -> &'static str {
        match self {
            Kind::End => "end",
            Kind::Goto(_) => "goto",
            Kind::Retry { .. } => "retry",
        }
    }
}
