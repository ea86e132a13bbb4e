//! For terminals: each workflow with its steps below it, and below each step where its actions lead.

use super::{Graph, Step, Workflow};
use crate::display::{cut, escape, hanging, pad, width};
use crate::look::{Lines, Look, Tone};

/// The widest column of step names.
const WIDEST: usize = 32;

/// The graph as lines; those of a terminal fit it.
pub fn draw(graph: &Graph, look: &Look) -> String {
    let callers = callers(graph);
    let all: Vec<String> =
        callers.iter().enumerate().map(|(index, callers)| workflow(graph, index, callers, look)).collect();
    look.spell(all.join("\n")).into_owned()
}

fn workflow(graph: &Graph, index: usize, callers: &[String], look: &Look) -> String {
    let workflow = &graph.workflows[index];
    let name = escape(&workflow.name);
    let about = escape(&graph.about(workflow)).into_owned();
    let asked = match workflow.asked {
        true => String::new(),
        false => format!(" · for {}", escape(&callers.join(", "))),
    };
    let room = room(look).saturating_sub(width(&name) + 3);
    let mut text =
        format!("{}   {}\n", look.paint(Tone::Strong, name), look.paint(Tone::Dim, cut(&(about + &asked), room)));
    let names = workflow.steps.iter().map(|step| width(&escape(&step.id))).max().unwrap_or(0).min(WIDEST);
    for (number, step) in workflow.steps.iter().enumerate() {
        text.push_str(&self::step(graph, index, number, step, names, look));
    }
    text
}

/// Who leads to each workflow: steps, and workflows that need it.
fn callers(graph: &Graph) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new(); graph.workflows.len()];
    for workflow in &graph.workflows {
        for step in &workflow.steps {
            step.leads_to().iter().for_each(|other| all[*other].push(format!("{}.{}", workflow.name, step.id)));
        }
        workflow.needs.iter().for_each(|other| all[*other].push(workflow.name.clone()));
    }
    all
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
        let label = action.label();
        let why = escape(&label);
        let plain = width(below) + width(&does) + 10 + width(&why);
        let mark = look.paint(tone, mark);
        if plain <= room(look) {
            text.push_str(&format!(" {below}  {branch} {mark} {does}   {why}\n"));
            continue;
        }
        // what does not fit behind stands below, whole
        let line = if position + 1 == step.actions.len() { " " } else { "│" };
        let indent = format!(" {below}  {line}     ");
        text.push_str(&format!(" {below}  {branch} {mark} {}\n", does.trim_end()));
        text.push_str(&format!("{}\n", hanging(&indent, &why, &indent, room(look))));
    }
    text
}

fn room(look: &Look) -> usize {
    if look.lines == Lines::Free { usize::MAX } else { look.width }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{Action, Calls, Kind, Next, Target};
    use super::*;

    #[test]
    fn a_tree_fits_the_terminal_and_loses_no_condition() {
        let action = |name: &str, kind| Action {
            on_failure: true,
            name: name.to_owned(),
            criteria: vec!["$statusCode == 503 && $response.header.retry-after != null".to_owned()],
            kind,
        };
        let again = Kind::Retry { after: Some(Duration::from_secs(2)), limit: 5, through: None };
        let operation = |label: &str| Calls::Operation {
            source: "api".to_owned(),
            operation_id: None,
            method: "POST".to_owned(),
            label: label.to_owned(),
        };
        let step = |id: &str, actions| Step {
            id: id.to_owned(),
            calls: operation("/a/path/that/is/longer/than/others"),
            needs: Vec::new(),
            criteria: Vec::new(),
            next: Next::End,
            actions,
        };
        let steps = vec![
            step("first", vec![action("again", again), action("on", Kind::Goto(Target::Step(1)))]),
            step("second", vec![action("over", Kind::End)]),
        ];
        let workflow = Workflow {
            id: "w".to_owned(),
            name: "w".to_owned(),
            file: "w.yaml".to_owned(),
            asked: true,
            needs: Vec::new(),
            steps,
            outputs: Vec::new(),
        };
        let graph = Graph { workflows: vec![workflow] };
        for columns in [40, 60, 200] {
            let text = draw(&graph, &Look::plain(columns));
            assert!(text.lines().all(|line| width(line) <= columns && line == line.trim_end()), "{columns}: {text}");
            let words: Vec<_> = text.split_whitespace().filter(|word| *word != "│").collect();
            let shown = words.join(" ");
            assert_eq!(shown.matches("$response.header.retry-after != null").count(), 3, "{columns}: {text}");
        }
    }
}
