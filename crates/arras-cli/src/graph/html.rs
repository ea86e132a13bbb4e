//! The graph as one page: the drawing, and each workflow as a table. It loads and runs nothing.

use super::{Action, Graph, Step, Workflow, svg};
use crate::diagnostics::junit::xml;
use crate::display::escape;

const STYLE: &str = include_str!("page.css");

/// The page.
pub fn write(graph: &Graph) -> String {
    let title = graph.workflows.first().map(|workflow| html(&workflow.name)).unwrap_or_default();
    let tables: String = (0..graph.workflows.len()).map(|index| table(graph, index)).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
         form-action 'none'\"><meta name=\"referrer\" content=\"no-referrer\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\n<style>\n{STYLE}</style></head><body>\n\
         <figure>\n{}</figure>\n{tables}</body></html>\n",
        svg::write(graph)
    )
}

fn table(graph: &Graph, index: usize) -> String {
    let workflow = &graph.workflows[index];
    let rows: String = workflow.steps.iter().map(|one| step(graph, index, workflow, one)).collect();
    format!(
        "<section><h2>{} <span class=\"dim\">{} · {}</span></h2>\n<table><tr><th>step<th>calls<th>succeeds if<th>then</tr>\n\
         {rows}</table></section>\n",
        html(&workflow.name),
        html(&graph.about(workflow)),
        html(&workflow.file)
    )
}

fn step(graph: &Graph, index: usize, workflow: &Workflow, step: &Step) -> String {
    let needs = graph.needs(index, step);
    let needs = if needs.is_empty() { String::new() } else { format!("<div class=\"dim\">{}</div>", html(&needs)) };
    let criteria: Vec<_> = step.criteria.iter().map(|one| format!("<code>{}</code>", html(one))).collect();
    let actions: String = step.actions.iter().map(|one| action(graph, workflow, one)).collect();
    format!(
        "<tr><td>{}{needs}<td>{}<td>{}<td>{actions}</tr>\n",
        html(&step.id),
        html(&graph.called(step)),
        criteria.join("<br>")
    )
}

fn action(graph: &Graph, workflow: &Workflow, action: &Action) -> String {
    let (class, mark) = if action.on_failure { ("failed", "✗") } else { ("succeeded", "✓") };
    let when = action.when();
    let when = if when.is_empty() { String::new() } else { format!(" <code>{}</code>", html(&when)) };
    format!(
        "<div><span class=\"{class}\">{mark} {}</span>{when} <span class=\"dim\">{}</span></div>",
        html(&graph.does(workflow, action)),
        html(&action.name)
    )
}

/// A text on one line as content of an element.
fn html(text: &str) -> String {
    xml(&escape(text))
}
