//! A scenario file: several scenarios by name, one of them the default.

use arras_doc::diagnostic::Diagnostics;
use arras_doc::node::Tree;
use arras_doc::source::{Source, SourceId};
use arras_doc::suggest;
use indexmap::IndexMap;

use super::Scenario;
use super::read::Reader;

/// The scenarios of one file (`NAME.mock.yaml`).
#[derive(Clone, Debug, Default)]
pub struct ScenarioFile {
    pub(super) scenarios: IndexMap<String, Scenario>,
    pub(super) default: Option<String>,
}

/// A name that no scenario of the file has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownScenario {
    /// The name.
    pub name: String,
    /// The names there are.
    pub known: Vec<String>,
}

impl std::fmt::Display for UnknownScenario {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "there is no scenario `{}`", self.name)?;
        let near = suggest::did_you_mean(&suggest::nearest(&self.name, self.known.iter().map(String::as_str), 1));
        match near {
            Some(near) => write!(f, "; {near}"),
            None if self.known.is_empty() => f.write_str("; the file has one scenario, without a name"),
            None => write!(f, "; there are `{}`", self.known.join("`, `")),
        }
    }
}

impl std::error::Error for UnknownScenario {}

impl ScenarioFile {
    /// Reads a file's text, YAML or JSON; what is wrong is a finding with its place.
    pub fn parse(source: &Source, id: SourceId) -> (ScenarioFile, Diagnostics) {
        let (tree, mut diagnostics) = arras_doc::read::read(source, id);
        let Some(tree) = tree else { return (ScenarioFile::default(), diagnostics) };
        let (file, problems) = ScenarioFile::read(id, &tree);
        diagnostics.extend(problems);
        (file, diagnostics)
    }

    /// Reads a file's tree; what is wrong is a finding with its place.
    ///
    /// Whether the operations exist is found out when a mock starts.
    pub fn read(source: SourceId, tree: &Tree) -> (ScenarioFile, Diagnostics) {
        let mut reader = Reader::new(source);
        let file = reader.file(tree.root());
        (file, reader.diagnostics)
    }

    /// The scenario of that name; without one the default.
    ///
    /// # Errors
    /// If the file has no scenario of that name.
    pub fn scenario(&self, name: Option<&str>) -> Result<&Scenario, UnknownScenario> {
        let found = match name.or(self.default.as_deref()) {
            Some(name) => self.scenarios.get(name).ok_or(name),
            None => self.scenarios.first().map(|(_, scenario)| scenario).ok_or(""),
        };
        found
            .map_err(|name| UnknownScenario { name: name.to_owned(), known: self.names().map(str::to_owned).collect() })
    }

    /// The scenarios' names in the order of the file; none for a file with one scenario without a name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.scenarios.keys().map(String::as_str).filter(|name| !name.is_empty())
    }

    /// The name of the scenario that is taken when none is named.
    pub fn default_name(&self) -> Option<&str> {
        self.default.as_deref().or_else(|| self.names().next())
    }
}

/// How people name a scenario: `FILE`, `FILE#NAME` or `NAME`.
///
/// ```
/// use arras_mock::ScenarioName;
/// let named = ScenarioName::parse("face.mock.yaml#expired");
/// assert_eq!((named.file.as_deref(), named.name.as_deref()), (Some("face.mock.yaml"), Some("expired")));
/// assert_eq!(ScenarioName::parse("expired").file, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScenarioName {
    /// The file; none for the one beside the workflow.
    pub file: Option<String>,
    /// The scenario's name; none for the file's default.
    pub name: Option<String>,
}

impl ScenarioName {
    /// Takes for a file what has an ending `.yaml`, `.yml` or `.json`, a folder, or a `#NAME` after it.
    pub fn parse(text: &str) -> ScenarioName {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        if let Some((file, name)) = text.rsplit_once('#') {
            return ScenarioName { file: some(file), name: some(name) };
        }
        let is_file =
            [".yaml", ".yml", ".json"].iter().any(|ending| text.ends_with(ending)) || text.contains(['/', '\\']);
        match is_file {
            true => ScenarioName { file: some(text), name: None },
            false => ScenarioName { file: None, name: some(text) },
        }
    }
}
