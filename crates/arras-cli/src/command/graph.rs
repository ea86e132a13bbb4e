//! `arras graph`: draws what a file plans, and sends nothing.

use arras::policy::Policy;
use arras::{Engine, Loaded, Settings};
use arras_doc::arazzo::Newer;
use arras_doc::diagnostic::{Diagnostic, has_errors};
use arras_run::plan::{Binding, Plan, PlanOptions};

use super::run::known::{Given, Names};
use super::supplied::Documents;
use super::{Failure, named, places, untrusted};
use crate::args::GraphArgs;
use crate::args::graph::Format;
use crate::args::resolve::{Invocation, Usage};
use crate::args::values::levels;
use crate::context::Context;
use crate::display::escape;
use crate::exit::Exit;
use crate::graph::{self, Graph, dot, html, json, mermaid, svg, tree};

/// Carries out `arras graph`.
pub(super) fn graph(args: &GraphArgs, invocation: &Invocation, context: &Context) -> Exit {
    super::on_runtime(context, async {
        match planned(args, invocation).await {
            Ok(graph) => draw(&graph, args, context),
            Err(failure) => failure.tell(args.common.color, context),
        }
    })
}

fn draw(graph: &Graph, args: &GraphArgs, context: &Context) -> Exit {
    let text = match args.format {
        Format::Tree => tree::draw(graph, &context.look(args.common.color, &context.stdout)),
        Format::Mermaid => mermaid::write(graph),
        Format::Dot => dot::write(graph),
        Format::Svg => svg::write(graph),
        Format::Html => html::write(graph),
        Format::Json => json::write(graph),
    };
    context.write_stdout(&text)
}

async fn planned(args: &GraphArgs, invocation: &Invocation) -> Result<Graph, Failure> {
    let documents = Documents::new(&args.file, &args.document, args.base_uri.as_deref(), None)?;
    let policy = Policy { named: named(&args.allow_host)?, ..Policy::default() };
    let settings = Settings {
        sources: args.source.iter().map(|source| (source.name.clone(), source.target.clone())).collect(),
        levels: levels(&args.rule),
        newer: if args.allow_newer { Newer::Take } else { Newer::Refuse },
        policy: if args.untrusted { untrusted(policy, &args.allow_path) } else { policy },
        ..Settings::default()
    };
    let engine = Engine::builder().settings(settings).build()?;
    let loaded = engine.load_all(&documents.entry, &documents.others).await?;
    let given = Given::of_sources(&args.source, invocation);
    let names = Names::of(&loaded);
    if has_errors(loaded.diagnostics()) {
        names.check_near(&given)?;
    }
    let chosen = chosen(args, &loaded);
    let refused = |found: &[Diagnostic]| {
        let errors = found.iter().filter(|found| found.is_error()).cloned().collect();
        Failure::Refused(errors, Box::new(places(&loaded)))
    };
    if chosen.is_empty() && has_errors(loaded.diagnostics()) {
        return Err(refused(loaded.diagnostics()));
    }
    loaded.tolerated(&chosen).map_err(refused)?;
    names.check(&given)?;
    let plans: Result<Vec<Plan>, Failure> = chosen.iter().map(|id| plan(&loaded, id, &refused)).collect();
    Ok(graph::build(&plans?, loaded.sources()))
}

/// Where requests would go and who would send them is no part of a graph.
fn plan(loaded: &Loaded, id: &str, refused: &impl Fn(&[Diagnostic]) -> Failure) -> Result<Plan, Failure> {
    let index = loaded.document().and_then(|document| document.workflow_index(id));
    let Some(index) = index else {
        let known: Vec<_> = loaded.workflows().iter().map(|workflow| format!("`{}`", escape(&workflow.id))).collect();
        let message = format!("there is no workflow `{}`; there are {}", escape(id), known.join(", "));
        return Err(Usage::new(message).into());
    };
    let nowhere = || Binding { base: String::new(), authorization: None };
    let built = Plan::build(loaded.bundle(), index, PlanOptions::default(), &mut |_| Ok(nowhere()));
    built.map(|(plan, _)| plan).map_err(|found| refused(&found))
}

/// The named workflows, else those that no other leads to; all where each leads to another.
fn chosen(args: &GraphArgs, loaded: &Loaded) -> Vec<String> {
    if !args.workflows.is_empty() {
        return args.workflows.clone();
    }
    let all = loaded.workflows();
    let roots: Vec<_> = all.iter().filter(|workflow| workflow.root).map(|workflow| workflow.id.clone()).collect();
    if roots.is_empty() { all.into_iter().map(|workflow| workflow.id).collect() } else { roots }
}
