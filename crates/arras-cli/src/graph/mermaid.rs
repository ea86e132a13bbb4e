//! The graph for Mermaid: a flowchart with a subgraph a workflow, as forges and editors draw it.

use std::fmt::Write as _;

use super::Graph;
use super::layout::{End, Line, edges, ended};
use crate::display::escape;

/// The flowchart's text.
pub fn write(graph: &Graph) -> String {
    let mut text = String::from("flowchart TD\n");
    let edges = edges(graph);
    let ended = ended(&edges);
    for (index, workflow) in graph.workflows.iter().enumerate() {
        let about = quoted(&format!("{} · {}", workflow.name, graph.about(workflow)));
        let _ = writeln!(text, "  subgraph w{index}[\"{about}\"]");
        for (number, step) in workflow.steps.iter().enumerate() {
            let called = quoted(&graph.called(step));
            let _ = writeln!(text, "    w{index}s{number}[\"{}<br/>{called}\"]", quoted(&step.id));
        }
        if ended.contains(&index) {
            let _ = writeln!(text, "    w{index}end([\"end\"])");
        }
        text.push_str("  end\n");
    }
    for edge in &edges {
        let arrow = match edge.line {
            Line::Order => "-->",
            Line::Success => "==>",
            Line::Failure => "-.->",
            Line::Needs | Line::Calls => "-.-o",
        };
        let label = if edge.label.is_empty() { String::new() } else { format!("|\"{}\"|", quoted(&edge.label)) };
        let _ = writeln!(text, "  {} {arrow}{label} {}", node(graph, edge.from), node(graph, edge.to));
    }
    text
}

/// A line to a workflow leads to its first step: one to a subgraph from within itself can't be drawn.
fn node(graph: &Graph, end: End) -> String {
    match end {
        End::Step(workflow, step) => format!("w{workflow}s{step}"),
        End::Workflow(workflow) if graph.workflows[workflow].steps.is_empty() => format!("w{workflow}"),
        End::Workflow(workflow) => format!("w{workflow}s0"),
        End::Over(workflow) => format!("w{workflow}end"),
    }
}

/// A text within quotation marks: nothing in it is markup, a link or the end of the quotation.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in escape(text).chars() {
        match char {
            '"' | '#' | '&' | '<' | '>' | '`' | '\\' | '|' | ';' | '%' => {
                let _ = write!(out, "#{};", u32::from(char));
            }
            other => out.push(other),
        }
    }
    out
}
