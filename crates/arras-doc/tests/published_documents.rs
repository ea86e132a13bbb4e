//! The specification's own documents, and a corpus of published ones, read and linked with the descriptions beside them.

#![allow(clippy::print_stdout, reason = "what was skipped, and the histogram, are there to be read")]

#[path = "../../../tests/support/shared_data.rs"]
mod shared_data;
#[path = "../../../tests/support/texts.rs"]
mod texts;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arras_doc::arazzo::{Document, SourceType};
use arras_doc::diagnostic::{Diagnostic, Diagnostics, has_errors};
use arras_doc::link::{LinkedSource, LinkedSources, link};
use arras_doc::openapi;
use arras_doc::source::{Source, Sources};
use shared_data::shared;
use texts::texts;

/// Sources of more bytes are left out unless `ARRAS_LARGE` is set: a test takes seconds.
const LARGE: u64 = 500_000;

/// Loads from disk, references of OpenAPI descriptions to other files not followed.
#[derive(Default)]
struct Loader {
    sources: Sources,
    loaded: HashMap<PathBuf, LinkedSource>,
}

impl Loader {
    /// A text as a tree, with what is wrong about it.
    fn tree(&mut self, path: &Path) -> Option<(arras_doc::source::SourceId, Arc<arras_doc::node::Tree>, Diagnostics)> {
        let text = String::from_utf8(std::fs::read(path).ok()?).ok()?;
        let name = path.to_string_lossy();
        let id = self.sources.add(Source::new(name.as_ref(), format!("file://{name}"), text));
        let (tree, diagnostics) = arras_doc::read::read(self.sources.get(id), id);
        Some((id, Arc::new(tree?), diagnostics))
    }

    fn document(&mut self, path: &Path) -> Option<(Document, Diagnostics)> {
        let (id, tree, mut diagnostics) = self.tree(path)?;
        let (document, found) = Document::read(id, tree);
        diagnostics.extend(found);
        Some((document, diagnostics))
    }

    fn source(&mut self, path: &Path) -> LinkedSource {
        if let Some(loaded) = self.loaded.get(path) {
            return loaded.clone();
        }
        let loaded = self.load(path);
        self.loaded.insert(path.to_owned(), loaded.clone());
        loaded
    }

    fn load(&mut self, path: &Path) -> LinkedSource {
        let large = std::fs::metadata(path).is_ok_and(|data| data.len() > LARGE);
        if large && std::env::var_os("ARRAS_LARGE").is_none() {
            return LinkedSource::Missing;
        }
        let Some((id, tree, _)) = self.tree(path) else { return LinkedSource::Missing };
        match SourceType::detect(tree.root()) {
            Some(SourceType::OpenApi) => {
                let document = Arc::new(openapi::Document::new(id, format!("file://{}", path.display()), tree));
                let (description, _) = openapi::Description::index(document, &openapi::Documents::default());
                LinkedSource::OpenApi(Arc::new(description))
            }
            Some(SourceType::Arazzo) => LinkedSource::Arazzo(Arc::new(Document::read(id, tree).0)),
            Some(SourceType::AsyncApi) => LinkedSource::AsyncApi(id, tree),
            None => LinkedSource::Missing,
        }
    }

    /// All sources that are files beside the document, or below `root`.
    fn sources_of(&mut self, document: &Document, path: &Path, root: &Path) -> LinkedSources {
        let folder = path.parent().unwrap_or(root);
        let load = |source: &arras_doc::arazzo::SourceDescription| {
            let url = source.url.as_str();
            let remote = url.split_once("://").map(|(_, rest)| root.join("_remote").join(rest));
            let candidates = [folder.join(url), root.join(url)].into_iter().chain(remote);
            candidates.into_iter().find(|path| path.is_file())
        };
        let paths: Vec<Option<PathBuf>> = document.source_descriptions.iter().map(load).collect();
        paths.into_iter().map(|path| path.map_or(LinkedSource::Missing, |path| self.source(&path))).collect()
    }
}

fn show(sources: &Sources, diagnostic: &Diagnostic) -> String {
    let place = diagnostic.primary().map_or_else(String::new, |label| {
        let source = sources.get(label.source);
        let position = source.position(label.span.start);
        format!("{}:{}:{}", source.name, position.line, position.column)
    });
    let (rule, severity) = (diagnostic.rule.id, diagnostic.severity.as_str());
    let help = diagnostic.help.as_ref().map(|help| format!(" [{help}]"));
    format!("{severity} {rule} {place} {}{}", diagnostic.message, help.unwrap_or_default())
}

/// Documents that pass the JSON Schema and are wrong nevertheless.
const DEFECTS: &[(&str, &str)] = &[
    // its operationPath leads nowhere, which the document itself calls a gap of the schema
    ("characterization-openapi-invalid-operationPath", "invalid-value"),
    // it reads `$response.headers.Location`, which no version's grammar knows
    ("bnpl-example", "invalid-expression"),
];

#[test]
fn official_documents_that_pass() {
    let Some(folder) = shared("spec/schema-tests") else { return };
    for version in ["1.0", "1.1"] {
        for path in texts(&folder.join(version).join("pass")) {
            let mut loader = Loader::default();
            let (_, diagnostics) = loader.document(&path).expect("a tree");
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let expected: Vec<&str> =
                DEFECTS.iter().filter(|(known, _)| name.starts_with(known)).map(|(_, rule)| *rule).collect();
            let errors: Vec<&str> = diagnostics.iter().filter(|one| one.is_error()).map(|one| one.rule.id).collect();
            let shown: Vec<String> = diagnostics.iter().map(|found| show(&loader.sources, found)).collect();
            assert_eq!(errors, expected, "{version} {shown:#?}");
        }
    }
}

#[test]
fn official_documents_that_fail() {
    let Some(folder) = shared("spec/schema-tests") else { return };
    for version in ["1.0", "1.1"] {
        for path in texts(&folder.join(version).join("fail")) {
            let mut loader = Loader::default();
            let (document, mut diagnostics) = loader.document(&path).expect("a tree");
            diagnostics.extend(link(&document, &LinkedSources::default()).1);
            assert!(has_errors(&diagnostics), "{}", path.display());
        }
    }
}

/// The JSON Schema's documented gaps are findings here, most of them once the sources' types are known.
/// ARZ-ASYNC-07, ARZ-ASYNC-08
#[test]
fn official_characterizations_are_found() {
    let Some(folder) = shared("spec/schema-tests/1.1/pass") else { return };
    let expected = [
        ("characterization-async-invalid-channelPath-string", "loose-reference"),
        ("characterization-asyncapi-operationId-without-action", "missing-field"),
        ("characterization-openapi-invalid-operationPath-string", "invalid-value"),
        ("characterization-openapi-operationId-with-action", "conflicting-fields"),
        ("characterization-openapi-receive-with-correlationId", "conflicting-fields"),
        ("characterization-workflow-step-with-requestBody", "ignored-field"),
    ];
    for (name, rule) in expected {
        let mut loader = Loader::default();
        let (document, mut found) = loader.document(&folder.join(format!("{name}.arazzo.yaml"))).expect("a tree");
        found.extend(link(&document, &LinkedSources::default()).1);
        let shown: Vec<String> = found.iter().map(|found| show(&loader.sources, found)).collect();
        assert!(found.iter().any(|found| found.rule.id == rule), "{name}: {shown:#?}");
    }
}

/// The examples run as far as they are right; what is wrong about them is known (decisions, §5).
#[test]
fn examples_of_the_specification() {
    let Some(folder) = shared("spec/examples") else { return };
    let mut loader = Loader::default();
    let mut errors = Vec::new();
    for path in texts(&folder).into_iter().filter(|path| path.to_string_lossy().contains("arazzo.")) {
        let (document, mut found) = loader.document(&path).expect("a tree");
        let sources = loader.sources_of(&document, &path, &folder);
        found.extend(link(&document, &sources).1);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let wrong = found.iter().filter(|one| one.is_error());
        errors.extend(wrong.map(|one| format!("{name} {} {}", one.rule.id, one.message)));
    }
    let expected = [
        "bnpl-arazzo.yaml unknown-output the step `authenticateCustomerAndAuthorizeLoan` has no output `redirectAuthToken`",
        "bnpl-arazzo.yaml unknown-output the step `initiateBnplTransaction` has no output `loanTransactionId`",
        "bnpl-arazzo.yaml unknown-output the step `initiateBnplTransaction` has no output `loanTransactionId`",
        // it gives `pet_id`
        "pet-coupons.arazzo.yaml missing-parameter the operation requires the path parameter `petId`, and declares no path parameter `pet_id`",
    ];
    assert_eq!(errors, expected);
}

/// Nothing panics, and the histogram is there to be read: `cargo test -- --nocapture published`.
#[test]
fn published_documents_are_read_and_linked() {
    let Some(folder) = shared("corpus") else { return };
    let mut histogram: BTreeMap<(String, &str), (usize, Vec<String>)> = BTreeMap::new();
    let (mut documents, mut with_errors) = (0, 0);
    let mut loader = Loader::default();
    for path in texts(&folder) {
        // most files are descriptions of services: not worth a second reading
        let text = std::fs::read(&path).unwrap_or_default();
        if !text.iter().take(4096).copied().collect::<Vec<u8>>().windows(6).any(|window| window == b"arazzo") {
            continue;
        }
        let Some((id, tree, mut found)) = loader.tree(&path) else { continue };
        if tree.root().get("arazzo").is_none() {
            continue;
        }
        let (document, read) = Document::read(id, tree);
        let sources = loader.sources_of(&document, &path, &folder);
        found.extend(read);
        let (links, linked) = link(&document, &sources);
        assert_eq!(links.workflows.len(), document.workflows.len());
        found.extend(linked);
        documents += 1;
        with_errors += usize::from(has_errors(&found));
        for diagnostic in &found {
            let key = (diagnostic.severity.as_str().to_owned(), diagnostic.rule.id);
            let (count, samples) = histogram.entry(key).or_default();
            *count += 1;
            samples.push(show(&loader.sources, diagnostic));
        }
    }
    println!("{documents} documents, {with_errors} with errors");
    for ((severity, rule), (count, samples)) in &histogram {
        println!("{count:6} {severity} {rule}");
        if std::env::var_os("ARRAS_SAMPLES").is_some() {
            samples.iter().for_each(|sample| println!("         {sample}"));
        }
    }
    // about one in twenty has a name, a condition or an expression that is plainly wrong; more would be crying wolf
    assert!(documents > 100 && with_errors * 10 < documents, "{with_errors} of {documents}");
}

/// The project's own workflows are right, with the descriptions they name.
#[test]
fn own_workflows_have_no_errors() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows");
    let mut loader = Loader::default();
    let mut read = 0;
    for path in texts(&folder).into_iter().filter(|path| path.to_string_lossy().contains(".arazzo.")) {
        let (document, mut found) = loader.document(&path).expect("a tree");
        let sources = loader.sources_of(&document, &path, &folder);
        found.extend(link(&document, &sources).1);
        let shown: Vec<String> = found.iter().map(|found| show(&loader.sources, found)).collect();
        assert!(!has_errors(&found) && sources.get(0).source_type().is_some(), "{}: {shown:#?}", path.display());
        read += 1;
    }
    assert!(read > 0);
}
