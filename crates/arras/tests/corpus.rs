//! Published documents: none that the official schema accepts is refused for its language, but for a list of those that are
//! plainly wrong.

#![allow(clippy::print_stdout, reason = "the numbers are there to be read")]

#[path = "../../../tests/support/shared_data.rs"]
mod shared_data;
#[path = "../../../tests/support/texts.rs"]
mod texts;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use arras::policy::{Network, Policy};
use arras::{AuthSettings, Engine, Error, Loaded, Missing, Settings, Shelf, Supplied};
use arras_doc::diagnostic::{Diagnostic, has_errors};
use arras_doc::schema;
use arras_doc::source::{Source, SourceId};
use shared_data::shared;
use texts::texts;

/// What is wrong with the files around a document, as is all that stands in them, and with what the caller has not given: not the document's language.
const AROUND: &[&str] = &[
    "source-not-found",
    "source-unreadable",
    "source-not-fetched",
    "not-an-openapi-description",
    "unsupported-openapi-version",
    "unsupported-asyncapi-version",
    "invalid-server",
    "invalid-input",
    "duplicate-self",
];

/// A document may take this long here, where nothing is optimised and others use the machine.
const LONG: Duration = Duration::from_secs(30);

/// A published document: its sources where they lie here, and whether the official schema accepts it.
struct Published {
    path: PathBuf,
    sources: Vec<(String, String)>,
    accepted: bool,
}

fn published(path: PathBuf, root: &Path) -> Option<Published> {
    let text = std::fs::read_to_string(&path).ok()?;
    if !text.get(..text.len().min(4096)).is_some_and(|head| head.contains("arazzo")) {
        return None;
    }
    let (tree, found) = arras_doc::read::read(&Source::new("x", "file:///x", text), SourceId(0));
    let tree = tree?;
    tree.root().get("arazzo")?;
    // one repository names its files from its own root, and what lies elsewhere was fetched into a folder of its own
    let repository: PathBuf = path.strip_prefix(root).ok()?.iter().take(2).collect();
    let place = |url: &str| {
        let url = url.split('#').next().unwrap_or(url);
        let remote = url.split_once("://").map(|(_, rest)| root.join("_remote").join(rest));
        let near = [path.parent()?.join(url), root.join(&repository).join(url)];
        remote.into_iter().chain(near).find(|place| place.is_file())
    };
    let sources = tree.root().get("sourceDescriptions")?.items().filter_map(|source| {
        let (name, url) = (source.get("name")?.as_str()?, source.get("url")?.as_str()?);
        Some((name.to_owned(), place(url)?.to_str()?.to_owned()))
    });
    let sources = sources.collect();
    let accepted = !has_errors(&found) && schema::judge(SourceId(0), &tree).is_empty();
    Some(Published { path, sources, accepted })
}

/// What `run --dry-run` refuses a document for: the errors of reading and linking it, and of planning its workflows.
fn refusals(
    runtime: &tokio::runtime::Runtime,
    shelf: &Shelf,
    document: &Published,
) -> (Vec<Diagnostic>, usize, Option<Loaded>) {
    let settings = Settings {
        sources: document.sources.clone(),
        auth: AuthSettings { missing: Missing::MadeUp, ..AuthSettings::default() },
        policy: Policy { network: Network::Offline, ..Policy::default() },
        ..Settings::default()
    };
    let engine = Engine::builder().settings(settings).aws_region("eu-west-1");
    let engine = engine.build().expect("an engine");
    let supplied = Supplied::at(document.path.to_string_lossy());
    let Ok(loaded) = runtime.block_on(engine.load_on(shelf, &supplied, &[])) else { return (Vec::new(), 0, None) };
    let mut found: Vec<Diagnostic> = loaded.diagnostics().to_vec();
    let mut planned = 0;
    for workflow in loaded.workflows() {
        let drafted = loaded.workflow(&workflow.id).and_then(|run| run.dry_run());
        match drafted {
            Ok(_) => planned += 1,
            Err(error) => found.extend(error_diagnostics(&error)),
        }
    }
    // nothing is known of what a missing source describes, so its steps can't be planned
    let incomplete = found.iter().any(|one| AROUND.contains(&one.rule.id));
    let unplanned = |one: &Diagnostic| incomplete && one.message.starts_with("it is not known what step");
    let own = loaded.document().map(|document| document.source);
    let inside = |one: &Diagnostic| one.primary().is_none_or(|label| Some(label.source) == own);
    found.retain(|one| one.is_error() && inside(one) && !AROUND.contains(&one.rule.id) && !unplanned(one));
    (found, planned, Some(loaded))
}

fn error_diagnostics(error: &Error) -> Vec<Diagnostic> {
    assert!(error.is_refused() || error.is_invalid_input() || error.is_usage(), "{error}");
    error.diagnostics().to_vec()
}

/// The lines of the list: file, pointer, rule, reason.
fn exceptions() -> BTreeSet<(String, String, String)> {
    let mut found = BTreeSet::new();
    for line in include_str!("data/corpus-exceptions.tsv").lines().filter(|line| !line.starts_with('#')) {
        let [file, pointer, rule, reason] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert!(!reason.is_empty(), "{line}");
        found.insert((file.to_owned(), pointer.to_owned(), rule.to_owned()));
    }
    found
}

#[test]
fn no_published_document_is_refused_for_its_language() {
    let Some(root) = shared("corpus") else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let shelf = Shelf::default();
    let mut documents: Vec<Published> = texts(&root).into_iter().filter_map(|path| published(path, &root)).collect();
    let all = documents.len();
    documents.retain(|document| document.accepted);
    let accepted = documents.len();
    let (mut refused, mut workflows, mut slowest) = (BTreeSet::new(), 0, (Duration::ZERO, PathBuf::new()));
    let (mut lines, mut alone) = (BTreeSet::new(), 0);
    for document in &documents {
        let started = Instant::now();
        let judged = catch_unwind(AssertUnwindSafe(|| refusals(&runtime, &shelf, document)));
        let (found, planned, loaded) = judged.unwrap_or_else(|_| panic!("{} panics", document.path.display()));
        slowest = slowest.max((started.elapsed(), document.path.clone()));
        workflows += planned;
        let Some(loaded) = loaded else { continue };
        alone += usize::from(found.is_empty());
        let file = document.path.strip_prefix(&root).expect("below the folder").to_string_lossy().into_owned();
        for one in &found {
            let pointer = one.primary().and_then(|label| loaded.pointer(label.source, label.span)).unwrap_or_default();
            lines.insert(format!("{file}\t{pointer}\t{}\t{}", one.rule.id, one.message));
            refused.insert((file.clone(), pointer, one.rule.id.to_owned()));
        }
    }
    println!(
        "{all} documents, {accepted} accepted by the official schema of their version, {alone} of these without an error of"
    );
    println!(
        "their language, {workflows} workflows of them planned; the slowest took {:?}: {}",
        slowest.0,
        slowest.1.display()
    );
    let listed = exceptions();
    let unlisted: Vec<&String> = lines
        .iter()
        .filter(|line| {
            !listed.iter().any(|(file, pointer, rule)| line.starts_with(&format!("{file}\t{pointer}\t{rule}\t")))
        })
        .collect();
    let stale: Vec<_> = listed.difference(&refused).collect();
    assert!(
        unlisted.is_empty(),
        "refused and not listed:\n{}",
        unlisted.iter().map(|line| format!("{line}\n")).collect::<String>()
    );
    assert!(stale.is_empty(), "listed and not refused any more: {stale:#?}");
    assert!(slowest.0 < LONG, "{slowest:?}");
}
