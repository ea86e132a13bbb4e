//! Which workflows of a document to run.

use arras::Loaded;

use crate::args::RunArgs;
use crate::args::resolve::Usage;
use crate::display::{escape, pad, width};

/// The widest column of names.
const WIDEST: usize = 40;

/// The named ones, with `--all` every root, else the only root. A root is a workflow that no other calls or depends on.
///
/// # Errors
/// If several could be meant, which the message lists, or there is none.
pub(in crate::command) fn workflows(loaded: &Loaded, args: &RunArgs) -> Result<Vec<String>, Usage> {
    if !args.workflows.is_empty() {
        return Ok(args.workflows.clone());
    }
    let all = loaded.workflows();
    let mut roots: Vec<&arras::WorkflowSummary> = all.iter().filter(|workflow| workflow.root).collect();
    if roots.is_empty() {
        // workflows that only call each other in a circle: any of them may be meant
        roots = all.iter().collect();
    }
    match roots.as_slice() {
        [] => Err(Usage::new("the file has no workflow that could be run")),
        [only] => Ok(vec![only.id.clone()]),
        roots if args.all => Ok(roots.iter().map(|workflow| workflow.id.clone()).collect()),
        roots => {
            let mut message = "the file has several workflows: name the ones to run, or give `--all`".to_owned();
            let widest = roots.iter().map(|workflow| width(&escape(&workflow.id))).max().unwrap_or(0).min(WIDEST);
            for workflow in roots {
                let line = match workflow.summary.as_deref().filter(|summary| !summary.is_empty()) {
                    // a name that is longer than most is not cut: it is what is to be written
                    Some(summary) if width(&escape(&workflow.id)) <= widest => {
                        format!("{}   {}", pad(&escape(&workflow.id), widest), escape(summary))
                    }
                    Some(summary) => format!("{}   {}", escape(&workflow.id), escape(summary)),
                    None => escape(&workflow.id).into_owned(),
                };
                message.push_str(&format!("\n  {line}"));
            }
            Err(Usage::new(message))
        }
    }
}
