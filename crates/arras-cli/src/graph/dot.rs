//! The graph for Graphviz: a cluster a workflow.

use std::fmt::Write as _;

use super::Graph;
use super::layout::{End, Line, edges, ended};
use crate::display::escape;

/// The digraph's text.
pub fn write(graph: &Graph) -> String {
    let mut text = String::from(
        "digraph arazzo {\n  rankdir=TB; compound=true;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n",
    );
    let edges = edges(graph);
    let ended = ended(&edges);
    for (index, workflow) in graph.workflows.iter().enumerate() {
        let label = quoted(&format!("{} · {}", workflow.name, graph.about(workflow)));
        let _ = writeln!(text, "  subgraph cluster_w{index} {{\n    label=\"{label}\";");
        // what leads to the workflow leads to this point of it
        let _ = writeln!(text, "    w{index} [shape=point, width=0.08, label=\"\"];");
        for (number, step) in workflow.steps.iter().enumerate() {
            let label = format!("{}\\n{}", quoted(&step.id), quoted(&graph.called(step)));
            let _ = writeln!(text, "    w{index}s{number} [label=\"{label}\"];");
        }
        if ended.contains(&index) {
            let _ = writeln!(text, "    w{index}end [shape=oval, label=\"end\"];");
        }
        text.push_str("  }\n");
        if !workflow.steps.is_empty() {
            let _ = writeln!(text, "  w{index} -> w{index}s0;");
        }
    }
    for edge in &edges {
        let style = match edge.line {
            Line::Order => "",
            Line::Success => "color=\"#1a7f37\"",
            Line::Failure => "color=\"#cf222e\", style=dashed",
            Line::Needs => "style=dotted, arrowhead=odot",
            Line::Calls => "style=dotted",
        };
        let label = if edge.label.is_empty() { String::new() } else { format!("label=\"{}\"", quoted(&edge.label)) };
        let between = if label.is_empty() || style.is_empty() { "" } else { ", " };
        let attributes = format!("{label}{between}{style}");
        let attributes = if attributes.is_empty() { String::new() } else { format!(" [{attributes}]") };
        let _ = writeln!(text, "  {} -> {}{attributes};", node(edge.from), node(edge.to));
    }
    text.push_str("}\n");
    text
}

fn node(end: End) -> String {
    match end {
        End::Step(workflow, step) => format!("w{workflow}s{step}"),
        End::Workflow(workflow) => format!("w{workflow}"),
        End::Over(workflow) => format!("w{workflow}end"),
    }
}

/// A text within quotation marks.
fn quoted(text: &str) -> String {
    escape(text).replace('\\', "\\\\").replace('"', "\\\"")
}
