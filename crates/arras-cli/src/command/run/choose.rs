//! Which workflows of a document to run.

use arras::Loaded;

use crate::args::RunArgs;
use crate::args::resolve::Usage;
use crate::display::escape;

/// The named ones, with `--all` every root, else the only root. A root is a workflow that no other calls or depends on.
///
/// # Errors
/// If several could be meant; the message lists them.
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
        [only] => Ok(vec![only.id.clone()]),
        roots if args.all => Ok(roots.iter().map(|workflow| workflow.id.clone()).collect()),
        roots => {
            let mut message = "the file has several workflows: name the ones to run, or give `--all`".to_owned();
            for workflow in roots {
                let summary = workflow.summary.as_deref().map(|summary| format!("  {}", escape(summary)));
                message.push_str(&format!("\n  {}{}", escape(&workflow.id), summary.unwrap_or_default()));
            }
            Err(Usage::new(message))
        }
    }
}
