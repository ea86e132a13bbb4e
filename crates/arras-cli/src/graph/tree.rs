//! For terminals: each workflow with its steps below it, and below each step where its actions lead.

use super::{Graph, Step, Workflow};
use crate::display::{cut, escape, pad, width};
use crate::look::{Lines, Look, Tone};

/// The widest column of step names.
const WIDEST: usize = 32;

/// The graph as lines; those of a terminal fit it.
pub fn draw(graph: &Graph, look: &Look) -> String {
    let all: Vec<String> = (0..graph.workflows.len()).map(|index| workflow(graph, index, look)).collect();
    look.spell(all.join("\n")).into_owned()
}

fn workflow(graph: &Graph, index: usize, look: &Look) -> String {
    let workflow = &graph.workflows[index];
    let name = escape(&workflow.name);
    let about = escape(&graph.about(workflow)).into_owned();
    let asked = if workflow.asked { String::new() } else { format!(" · {}", callers(graph, index)) };
    let room = room(look).saturating_sub(width(&name) + 3);
    let mut text =
        format!("{}   {}\n", look.paint(Tone::Strong, name), look.paint(Tone::Dim, cut(&(about + &asked), room)));
    let names = workflow.steps.iter().map(|step| width(&escape(&step.id))).max().unwrap_or(0).min(WIDEST);
    for (number, step) in workflow.steps.iter().enumerate() {
        text.push_str(&self::step(graph, index, number, step, names, look));
    }
    text
}

/// Who leads to a workflow that was not asked for.
fn callers(graph: &Graph, index: usize) -> String {
    let mut found: Vec<String> = Vec::new();
    for workflow in &graph.workflows {
        let calls = |step: &&Step| step.leads_to(index);
        let steps = workflow.steps.iter().filter(calls).map(|step| format!("{}.{}", workflow.name, step.id));
        found.extend(steps);
        if workflow.needs.contains(&index) {
            found.push(workflow.name.clone());
        }
    }
    escape(&format!("for {}", found.join(", "))).into_owned()
}

fn step(graph: &Graph, index: usize, number: usize, step: &Step, names: usize, look: &Look) -> String {
    let workflow: &Workflow = &graph.workflows[index];
    let is_last = number + 1 == workflow.steps.len();
    let (branch, below) = if is_last { ("└─", "  ") } else { ("├─", "│ ") };
    let needs = graph.needs(index, step);
    let needs = if needs.is_empty() { String::new() } else { format!("   {}", escape(&needs)) };
    let what = format!("{}{needs}", escape(&graph.called(step)));
    let head = format!(" {branch} {}", pad(&escape(&step.id), names));
    let mut text = format!("{head}   {}\n", cut(&what, room(look).saturating_sub(width(&head) + 3)));
    let does: Vec<String> = step.actions.iter().map(|action| graph.does(workflow, action)).collect();
    let widest = does.iter().map(|does| width(does)).max().unwrap_or(0).min(WIDEST);
    for (position, (action, does)) in step.actions.iter().zip(&does).enumerate() {
        let branch = if position + 1 == step.actions.len() { "└" } else { "├" };
        let (mark, tone) = if action.on_failure { ("✗", Tone::Bad) } else { ("✓", Tone::Good) };
        let does = if width(does) > widest { does.clone() } else { pad(does, widest) };
        let plain = format!(" {below}  {branch} {mark} {does}   ");
        let label = action.label();
        let why = cut(&escape(&label), room(look).saturating_sub(width(&plain))).into_owned();
        text.push_str(&format!(" {below}  {branch} {} {does}   {why}\n", look.paint(tone, mark)));
    }
    text
}

fn room(look: &Look) -> usize {
    if look.lines == Lines::Free { usize::MAX } else { look.width }
}
