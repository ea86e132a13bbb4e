//! Starting the mock for the sources of a document: for `arras mock` and `arras run --mock`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arras::Loaded;
use arras_doc::diagnostic::{Diagnostics, has_errors};
use arras_doc::link::{LinkedSource, Target};
use arras_doc::openapi::Description;
use arras_doc::read;
use arras_doc::source::{Source, Sources};
use arras_mock::sigv4::Scope;
use arras_mock::{Addresses, Mock, MockBuilder, Scenario, ScenarioFile, ScenarioName};

use crate::display::escape;

/// The region of mocked AWS services where nobody tells one.
pub(super) const REGION: &str = "us-east-1";

/// Why a mock can't be served.
pub(super) enum Unserved {
    /// The scenario is wrong; these are the texts that it is one of.
    Diagnostics(Diagnostics, Sources),
    /// There is no such scenario, or its file can't be read.
    NoScenario { message: String, unreadable: bool },
}

/// A mock of every description of a document.
pub(super) fn builder(loaded: &Loaded) -> MockBuilder {
    let several = loaded.descriptions().len() > 1;
    let addresses = if several { Addresses::PerService } else { Addresses::Shared };
    loaded.descriptions().into_iter().fold(Mock::builder().addresses(addresses), |builder, (name, description)| {
        describe(builder, &name, &description, |operation| {
            let scope = loaded.signing_scope(&name, *operation, REGION)?;
            Some(Scope::new(scope.service, scope.region))
        })
    })
}

/// The operations that the steps of a document and of those it refers to call: source, method and path.
pub(super) fn called(loaded: &Loaded) -> HashSet<(String, String, String)> {
    let mut found = HashSet::new();
    for linked in &loaded.bundle().documents {
        for step in linked.links.workflows.iter().flat_map(|workflow| &workflow.steps) {
            if let Some(Target::Operation(target)) = &step.target
                && let LinkedSource::OpenApi(description) = linked.sources.get(target.source)
                && let Some(operation) = description.operation_at(&target.pointer).found()
            {
                let source = linked.document.source_descriptions[target.source].name.value.clone();
                found.insert((source, operation.method().to_owned(), operation.path().as_str().to_owned()));
            }
        }
    }
    found
}

/// Adds one description.
pub(super) fn describe(
    builder: MockBuilder,
    name: &str,
    description: &Arc<Description>,
    signing: impl Fn(&arras_doc::openapi::Operation<'_>) -> Option<Scope>,
) -> MockBuilder {
    builder.description(name, description.clone(), signing)
}

/// The scenario that `chosen` names (`FILE`, `FILE#NAME` or `NAME`), else the one beside the document, if there is one.
/// Its text joins the `sources`, so that findings about it and about the others can be told together.
///
/// # Errors
/// If it does not exist or can't be read.
pub(super) fn scenario(
    document: &Path,
    chosen: Option<&Path>,
    sources: &mut Sources,
) -> Result<Option<Scenario>, Unserved> {
    let Some(path) = scenario_file(document, chosen) else { return Ok(None) };
    let name = chosen.map(|chosen| ScenarioName::parse(&chosen.to_string_lossy()));
    if let Some(ScenarioName { file: None, name: Some(name) }) = &name
        && !path.exists()
    {
        let (name, shown) = (escape(name), path.to_string_lossy());
        let message = format!("there is no scenario `{name}`: there is no file `{}` to hold it", escape(&shown));
        return Err(Unserved::NoScenario { message, unreadable: false });
    }
    let file = read_file(&path, sources)?;
    let found = file.scenario(name.as_ref().and_then(|name| name.name.as_deref())).cloned();
    found.map(Some).map_err(|unknown| {
        let message = format!("{}: {unknown}", escape(&path.to_string_lossy()));
        Unserved::NoScenario { message, unreadable: false }
    })
}

/// The file of that scenario, which need not be there; without a choice the one beside the document, if it is there.
pub(super) fn scenario_file(document: &Path, chosen: Option<&Path>) -> Option<PathBuf> {
    match chosen {
        None => beside(document).filter(|path| path.exists()),
        Some(chosen) => {
            let named = ScenarioName::parse(&chosen.to_string_lossy()).file;
            named.map(PathBuf::from).or_else(|| beside(document))
        }
    }
}

/// `NAME.mock.yaml` beside `NAME.arazzo.yaml`.
fn beside(document: &Path) -> Option<PathBuf> {
    let name = document.file_name()?.to_str()?;
    let stem = ["yaml", "yml", "json"].iter().find_map(|ending| name.strip_suffix(ending)?.strip_suffix('.'))?;
    let stem = stem.strip_suffix(".arazzo").unwrap_or(stem);
    Some(document.with_file_name(format!("{stem}.mock.yaml")))
}

fn read_file(path: &Path, sources: &mut Sources) -> Result<ScenarioFile, Unserved> {
    let shown = escape(&path.to_string_lossy()).into_owned();
    let unreadable = |why: String| Unserved::NoScenario {
        message: format!("the scenario `{shown}` can't be read: {why}"),
        unreadable: true,
    };
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let text = read::decode(bytes).map_err(|undecodable| unreadable(undecodable.error.message.clone()))?;
    let source = Source::new(shown.as_str(), "", text);
    let id = sources.add(source.clone());
    let (file, found) = ScenarioFile::parse(&source, id);
    if has_errors(&found) {
        return Err(Unserved::Diagnostics(found, sources.clone()));
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_lies_beside_its_document() {
        let rows = [
            ("a/face.arazzo.yaml", Some("a/face.mock.yaml")),
            ("face.arazzo.json", Some("face.mock.yaml")),
            ("flow.yml", Some("flow.mock.yaml")),
            ("flow", None),
        ];
        for (document, expected) in rows {
            assert_eq!(beside(Path::new(document)), expected.map(PathBuf::from), "{document}");
        }
    }
}
