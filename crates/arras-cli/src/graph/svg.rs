//! The graph as a drawing of its own: a panel a workflow, its steps in a column, jumps beside them. It loads and runs nothing.

use std::fmt::Write as _;

use super::layout::{Edge, End, Line, by_workflow, edges, ended, lanes};
use super::{Graph, Step, Workflow};
use crate::diagnostics::junit::xml;
use crate::display::{cut, escape, width};

/// The width of a character of the drawing's font.
const CHAR: usize = 8;
const LINE: usize = 18;
const BOX: usize = 44;
const GAP: usize = 22;
const LANE: usize = 14;
const HEAD: usize = 40;
const MARGIN: usize = 16;
/// Longer texts are cut; their whole stands in a title.
const LONGEST: usize = 90;

const STYLE: &str = "text{font:12px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;fill:#1f2328}.b{font-weight:bold}.d{fill:#656d76}\
    rect{fill:#fff;stroke:#8c959f}.p{fill:#f6f8fa}.e{fill:#eaeef2}path{fill:none;stroke:#656d76}.s{stroke:#1a7f37}\
    .f{stroke:#cf222e;stroke-dasharray:5 3}.n{stroke-dasharray:1 3}text.s{fill:#1a7f37;stroke:none}text.f{fill:#cf222e;stroke:none}";

/// Where a workflow stands.
struct Panel<'a> {
    y: usize,
    height: usize,
    /// The left side of its steps, and how wide they are.
    x: usize,
    wide: usize,
    /// The top of each step's row.
    rows: Vec<usize>,
    /// The jumps within it with the lane of each.
    jumps: Vec<(&'a Edge, usize)>,
    /// Where the end of its text is.
    right: usize,
    /// The top of its end, if anything leads there.
    end: Option<usize>,
}

/// The drawing as one SVG document.
pub fn write(graph: &Graph) -> String {
    let (mut panels, mut y) = (Vec::new(), MARGIN);
    let edges = edges(graph);
    let own = by_workflow(&edges, graph.workflows.len());
    let ended = ended(&edges);
    for (index, own) in own.iter().enumerate() {
        let panel = panel(graph, index, own, ended.contains(&index), y);
        y += panel.height + MARGIN;
        panels.push(panel);
    }
    let right = panels.iter().map(|panel| panel.right).max().unwrap_or(0);
    let between = between(&edges, &panels);
    let count = between.iter().map(|(_, lane)| lane + 1).max().unwrap_or(0);
    let wide = right + MARGIN * 2 + count * LANE;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {y}\" width=\"{wide}\" height=\"{y}\" role=\"img\">\n\
         <style>{STYLE}</style>\n<defs>"
    );
    for (id, colour) in [("o", "#656d76"), ("s", "#1a7f37"), ("f", "#cf222e")] {
        let _ = write!(
            out,
            "<marker id=\"{id}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">\
             <polygon points=\"0,0 8,4 0,8\" fill=\"{colour}\"/></marker>"
        );
    }
    out.push_str("</defs>\n");
    for (index, (panel, own)) in panels.iter().zip(&own).enumerate() {
        draw(graph, index, panel, own, right, &mut out);
    }
    for (edge, lane) in &between {
        let lane = right + MARGIN + LANE * (lane + 1);
        let (from, to) = (level(edge.from, &panels), level(edge.to, &panels));
        let path = format!("M{} {from}H{lane}V{to}H{}", right + MARGIN, right + MARGIN + 2);
        line(edge, &path, &mut out);
    }
    out.push_str("</svg>\n");
    out
}

fn panel<'a>(graph: &Graph, index: usize, own: &'a [Edge], has_end: bool, y: usize) -> Panel<'a> {
    let workflow = &graph.workflows[index];
    let jumps: Vec<&Edge> = own.iter().filter(|edge| is_jump(edge, index)).collect();
    let stretches: Vec<_> = jumps.iter().map(|jump| stretch(row(jump.from), row(jump.to))).collect();
    let jumps: Vec<_> = jumps.into_iter().zip(lanes(&stretches)).collect();
    let count = jumps.iter().map(|(_, lane)| lane + 1).max().unwrap_or(0);
    let x = MARGIN * 2 + LANE * (count + 1);
    let names = workflow.steps.iter().flat_map(|step| [columns(&step.id), columns(&graph.called(step))]);
    let wide = names.max().unwrap_or(0).max(12) * CHAR + MARGIN;
    let mut rows = Vec::new();
    let mut next = y + HEAD;
    let mut right = x + wide;
    for step in &workflow.steps {
        rows.push(next);
        let notes = notes(graph, index, workflow, step);
        right = right.max(notes.iter().map(|(_, note)| x + wide + MARGIN + columns(note) * CHAR).max().unwrap_or(0));
        next += (notes.len() * LINE).max(BOX) + GAP;
    }
    let end = has_end.then_some(next);
    if end.is_some() {
        next += LINE + GAP / 2;
    }
    let head = columns(&head(graph, workflow)) * CHAR + MARGIN * 2;
    Panel { y, height: next - y, x, wide, rows, jumps, right: right.max(head), end }
}

fn head(graph: &Graph, workflow: &Workflow) -> String {
    format!("{}   {}", workflow.name, graph.about(workflow))
}

/// The lines beside a step: what it needs, and its actions.
fn notes(graph: &Graph, index: usize, workflow: &Workflow, step: &Step) -> Vec<(&'static str, String)> {
    let needs = graph.needs(index, step);
    let mut notes: Vec<_> = Some(("d", needs)).filter(|(_, needs)| !needs.is_empty()).into_iter().collect();
    for action in &step.actions {
        let (class, mark) = if action.on_failure { ("f", "✗") } else { ("s", "✓") };
        notes.push((class, format!("{mark} {}   {}", graph.does(workflow, action), action.label())));
    }
    notes
}

/// Whether a line leads from a step to a step of the same workflow, other than in order.
fn is_jump(edge: &Edge, workflow: usize) -> bool {
    let within = |end: End| matches!(end, End::Step(of, _) if of == workflow);
    edge.line != Line::Order && within(edge.from) && within(edge.to)
}

fn row(end: End) -> usize {
    match end {
        End::Step(_, step) => step,
        End::Workflow(_) | End::Over(_) => 0,
    }
}

fn stretch(from: usize, to: usize) -> (usize, usize) {
    (from.min(to), from.max(to))
}

/// The lines from one panel to another, with the lane of each.
fn between<'a>(edges: &'a [Edge], panels: &[Panel<'_>]) -> Vec<(&'a Edge, usize)> {
    let leads_away = |edge: &Edge| match (edge.from, edge.to) {
        (End::Workflow(_), _) | (_, End::Workflow(_)) => true,
        (End::Step(from, _), End::Step(to, _)) => from != to,
        _ => false,
    };
    let away: Vec<&Edge> = edges.iter().filter(|edge| leads_away(edge)).collect();
    let stretches: Vec<_> = away.iter().map(|edge| stretch(level(edge.from, panels), level(edge.to, panels))).collect();
    away.into_iter().zip(lanes(&stretches)).collect()
}

/// How far down a line meets what it leads to.
fn level(end: End, panels: &[Panel<'_>]) -> usize {
    match end {
        End::Step(workflow, step) => panels[workflow].rows[step] + BOX / 2,
        End::Workflow(workflow) => panels[workflow].y + HEAD / 2,
        End::Over(workflow) => panels[workflow].end.unwrap_or(panels[workflow].y),
    }
}

fn draw(graph: &Graph, index: usize, panel: &Panel<'_>, own: &[Edge], right: usize, out: &mut String) {
    let workflow = &graph.workflows[index];
    let Panel { y, height, x, wide, rows, .. } = panel;
    let _ =
        writeln!(out, "<rect class=\"p\" x=\"{MARGIN}\" y=\"{y}\" width=\"{right}\" height=\"{height}\" rx=\"6\"/>");
    text((MARGIN * 2, y + 25), "b", &workflow.name, out);
    let about = MARGIN * 2 + (columns(&workflow.name) + 3) * CHAR;
    text((about, y + 25), "d", &graph.about(workflow), out);
    for (step, top) in workflow.steps.iter().zip(rows) {
        let _ = writeln!(out, "<rect x=\"{x}\" y=\"{top}\" width=\"{wide}\" height=\"{BOX}\" rx=\"5\"/>");
        text((x + MARGIN / 2, top + 18), "b", &step.id, out);
        text((x + MARGIN / 2, top + 35), "d", &graph.called(step), out);
        for (number, (class, note)) in notes(graph, index, workflow, step).iter().enumerate() {
            text((x + wide + MARGIN, top + 14 + number * LINE), class, note, out);
        }
    }
    let middle = x + wide / 2;
    if let Some(end) = panel.end {
        let _ = writeln!(
            out,
            "<rect class=\"e\" x=\"{}\" y=\"{end}\" width=\"48\" height=\"{LINE}\" rx=\"9\"/>",
            middle - 24
        );
        text((middle - 12, end + 13), "d", "end", out);
    }
    for edge in own.iter().filter(|edge| edge.line == Line::Order) {
        let (End::Step(_, from), to) = (edge.from, edge.to) else { continue };
        let top = match to {
            End::Step(_, step) => rows[step],
            End::Workflow(_) | End::Over(_) => panel.end.unwrap_or(*y),
        };
        line(edge, &format!("M{middle} {}V{top}", rows[from] + BOX), out);
    }
    for (edge, lane) in &panel.jumps {
        let lane = x - LANE * (lane + 1);
        // what leaves a step stands above what comes to it
        let (from, to) = (rows[row(edge.from)] + 12, rows[row(edge.to)] + 32);
        line(edge, &format!("M{x} {from}H{lane}V{to}H{x}"), out);
    }
}

fn line(edge: &Edge, path: &str, out: &mut String) {
    let (class, marker) = match edge.line {
        Line::Order => ("", "o"),
        Line::Success => ("s", "s"),
        Line::Failure => ("f", "f"),
        Line::Needs | Line::Calls => ("n", "o"),
    };
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let title = Some(&edge.label).filter(|label| !label.is_empty());
    let title = title.map(|label| format!("<title>{}</title>", xml(&escape(label)))).unwrap_or_default();
    let _ = writeln!(out, "<path{class} marker-end=\"url(#{marker})\" d=\"{path}\">{title}</path>");
}

fn text((x, y): (usize, usize), class: &str, text: &str, out: &mut String) {
    let whole = escape(text);
    let shown = cut(&whole, LONGEST);
    let title = if shown == whole { String::new() } else { format!("<title>{}</title>", xml(&whole)) };
    let _ = writeln!(
        out,
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" xml:space=\"preserve\">{}{title}</text>",
        xml(&shown)
    );
}

/// How many columns a text takes in the drawing.
fn columns(text: &str) -> usize {
    width(&escape(text)).min(LONGEST)
}
