//! Finding the tests: those of test files, and each root workflow of Arazzo files that no test file is about.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use arras_doc::source::Position;
use arras_doc::value::Object;

use super::read;
use super::spec::{Expect, MockChoice};
use crate::args::TestArgs;
use crate::args::resolve::Usage;
use crate::args::values::{Mock, Shard};
use crate::command::check::find::{files_or, identity};
use crate::display::escape;
use crate::exit::Exit;

/// One test, ready to be run.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    /// The file that it is told under: the test file, else the Arazzo file.
    pub(super) file: String,
    pub(super) name: String,
    /// The Arazzo file.
    pub(super) document: PathBuf,
    /// The workflow; the only root where it is left out.
    pub(super) workflow: Option<String>,
    /// Where the test file names it, if it does.
    pub(super) workflow_at: Option<Position>,
    pub(super) mock: Option<Mock>,
    /// Whether the test file says so, not the command line.
    pub(super) names_mock: bool,
    pub(super) inputs: Object,
    pub(super) retries: u32,
    pub(super) expect: Expect,
    /// Whether its file expects the outputs of several tests, whose workflows may have other ones.
    pub(super) shares_outputs: bool,
    /// Why it can't be run.
    pub(super) broken: Vec<String>,
    /// What the shell learns of that.
    pub(super) exit: Exit,
}

/// What the arguments choose.
pub(super) struct Chosen {
    /// The tests, in order of their files.
    pub(super) tests: Vec<Planned>,
    /// The files that were looked into, whether or not one of the tests is about them.
    pub(super) files: Vec<PathBuf>,
}

/// The tests that the arguments choose.
///
/// # Errors
/// If a path is not there, or there is nothing to test.
pub(super) fn tests(args: &TestArgs, roots: impl Fn(&Path) -> Vec<String>) -> Result<Chosen, Usage> {
    let found = files_or(&args.paths, is_test_file).map_err(Usage::new)?;
    let files = found.iter().map(PathBuf::from).collect();
    let (test_files, documents): (Vec<_>, Vec<_>) = found.into_iter().partition(|file| is_test_file(Path::new(file)));
    let mut all = Vec::new();
    let mut covered = BTreeSet::new();
    for file in &test_files {
        for test in of_file(args, file) {
            covered.extend(identity(&test.document));
            all.push(test);
        }
    }
    for document in documents {
        let path = PathBuf::from(&document);
        if identity(&path).is_some_and(|identity| covered.contains(&identity)) {
            continue;
        }
        for workflow in roots(&path) {
            all.push(of_workflow(args, &document, workflow));
        }
    }
    all.retain(|test| is_chosen(test, &args.choice.filter));
    let mut all = match args.choice.shard {
        Some(Shard { index, of }) => {
            let mine = |(number, _): &(usize, Planned)| number % of == index - 1;
            all.into_iter().enumerate().filter(mine).map(|(_, test)| test).collect()
        }
        None => all,
    };
    if all.is_empty() && args.choice.shard.is_none() {
        let filtered = if args.choice.filter.is_empty() { "" } else { " that the filter lets through" };
        return Err(Usage::new(format!(
            "there are no tests{filtered}: name test files, Arazzo files, or folders with some"
        )));
    }
    for test in &mut all {
        test.retries = test.retries.max(args.choice.retries);
    }
    Ok(Chosen { tests: all, files })
}

/// Whether a file holds tests by its name.
fn is_test_file(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    [".test.yaml", ".test.yml", ".test.json"].iter().any(|ending| name.ends_with(ending))
}

fn of_workflow(args: &TestArgs, file: &str, workflow: String) -> Planned {
    Planned {
        file: file.to_owned(),
        name: workflow.clone(),
        document: PathBuf::from(file),
        workflow: Some(workflow),
        workflow_at: None,
        mock: args.setup.sources.mock.clone(),
        names_mock: false,
        inputs: Object::default(),
        retries: 0,
        expect: Expect::default(),
        shares_outputs: false,
        broken: Vec::new(),
        exit: Exit::Refused,
    }
}

/// The tests of a file; one that can't be read is a test that can't be run.
fn of_file(args: &TestArgs, file: &str) -> Vec<Planned> {
    let path = Path::new(file);
    let unreadable =
        |error| (vec![format!("the test file `{}` can't be read: {error}", escape(file))], Exit::Environment);
    let invalid = |wrong| (wrong, Exit::Refused);
    let read = std::fs::read(path).map_err(unreadable);
    let read = match read.and_then(|bytes| read::read(file, bytes).map_err(invalid)) {
        Ok(read) => read,
        Err((broken, exit)) => {
            let unread = of_workflow(args, file, "tests".to_owned());
            return vec![Planned { broken, exit, workflow: None, document: document(path, None), ..unread }];
        }
    };
    let several = read.tests.len() > 1;
    let (general, document) = (read.general, document(path, read.file.as_deref()));
    let planned = |test: super::spec::Test| {
        let workflow = test.workflow.or_else(|| general.workflow.clone());
        let (workflow, workflow_at) = workflow.map(|named| (named.name, named.at)).unzip();
        let name = [Some(test.name).filter(|name| !name.is_empty()), workflow.clone()].into_iter().flatten().next();
        let mut inputs = general.inputs.clone();
        inputs.extend(test.inputs);
        let chosen = test.mock.or_else(|| general.mock.clone());
        let names_mock = chosen.is_some();
        let mock = match chosen {
            None => args.setup.sources.mock.clone(),
            Some(MockChoice::Whether(false)) => None,
            Some(MockChoice::Whether(true)) => Some(Mock::Descriptions),
            Some(MockChoice::Scenario(scenario)) => Some(Mock::Scenario(scenario.into())),
        };
        Planned {
            file: file.to_owned(),
            name: name.unwrap_or_else(|| stem(path)),
            document: document.clone(),
            workflow,
            workflow_at,
            mock,
            names_mock,
            inputs,
            retries: test.retries.or(general.retries).unwrap_or(0),
            shares_outputs: several && test.expect.outputs.is_none(),
            expect: test.expect.over(&general.expect),
            broken: Vec::new(),
            exit: Exit::Refused,
        }
    };
    read.tests.into_iter().map(planned).collect()
}

/// The Arazzo file of a test file: the one that it names, else the one beside it whose name it has.
fn document(path: &Path, named: Option<&str>) -> PathBuf {
    if let Some(named) = named {
        return path.with_file_name(named);
    }
    let stem = stem(path);
    let names = ["arazzo.yaml", "arazzo.yml", "arazzo.json", "yaml", "yml", "json"];
    let beside = names.map(|ending| path.with_file_name(format!("{stem}.{ending}")));
    let found = beside.iter().find(|beside| beside.is_file());
    found.unwrap_or(&beside[0]).clone()
}

fn stem(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.rsplit_once(".test.").map_or(name.clone(), |(stem, _)| stem.to_owned())
}

fn is_chosen(test: &Planned, filters: &[String]) -> bool {
    let texts = [test.file.as_str(), test.name.as_str(), test.workflow.as_deref().unwrap_or_default()];
    filters.is_empty() || filters.iter().any(|filter| texts.iter().any(|text| holds(text, filter)))
}

/// Whether the text holds the parts of the pattern between its `*`, in order.
fn holds(text: &str, pattern: &str) -> bool {
    let mut rest = text;
    pattern.split('*').all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_parts_of_a_text() {
        for (text, pattern, expected) in [
            ("orders.test.yaml", "orders", true),
            ("orders.test.yaml", "ord*yaml", true),
            ("orders.test.yaml", "yaml*ord", false),
            ("a", "", true),
            ("a", "b", false),
        ] {
            assert_eq!(holds(text, pattern), expected, "{text} {pattern}");
        }
    }

    #[test]
    fn a_test_file_s_document_lies_beside_it() {
        assert_eq!(document(Path::new("a/x.test.yaml"), Some("../b.yaml")), PathBuf::from("a/../b.yaml"));
        assert_eq!(document(Path::new("a/x.test.yaml"), None), PathBuf::from("a/x.arazzo.yaml"));
        assert_eq!(stem(Path::new("a/x.y.test.yml")), "x.y");
    }
}
