//! A test file: which workflow to run, with what, and what to expect.

use std::collections::HashMap;

use arras_doc::node::NodeRef;
use arras_doc::read;
use arras_doc::source::{Source, SourceId};
use arras_doc::value::{Object, Value};
use serde::Deserialize;

use crate::display::escape;

/// A `*.test.yaml` as it is written; docs/testing.md describes each member.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(super) struct TestFile {
    pub(super) file: Option<String>,
    pub(super) workflow: Option<String>,
    pub(super) mock: Option<MockChoice>,
    pub(super) inputs: Object,
    pub(super) retries: Option<u32>,
    pub(super) expect: Expect,
    tests: Vec<Value>,
    /// The line that each test's name stands in.
    #[serde(skip)]
    lines: Vec<usize>,
    /// For editors.
    #[serde(rename = "$schema")]
    _schema: Option<String>,
}

/// One test; what it leaves out is the file's.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(super) struct Test {
    pub(super) name: String,
    pub(super) workflow: Option<String>,
    pub(super) mock: Option<MockChoice>,
    pub(super) inputs: Object,
    pub(super) retries: Option<u32>,
    pub(super) expect: Expect,
}

/// Whether and what the mock plays.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum MockChoice {
    Whether(bool),
    Scenario(String),
}

/// What a run must come to; what is left out may be anything.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(super) struct Expect {
    pub(super) status: Option<Ending>,
    pub(super) ended_by: Option<String>,
    pub(super) outputs: Option<Object>,
    pub(super) steps: Option<Vec<String>>,
    pub(super) requests: Option<usize>,
    pub(super) fault: Option<String>,
    pub(super) diagnostics: Option<Vec<String>>,
}

/// How a run must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Ending {
    Succeeded,
    Failed,
}

impl Expect {
    /// Whether something is expected besides an ending.
    pub(super) fn is_more_than_status(&self) -> bool {
        Expect { status: None, ..self.clone() } != Expect::default()
    }

    /// These expectations, and those of `general` that they say nothing of.
    pub(super) fn over(self, general: &Expect) -> Expect {
        let general = general.clone();
        Expect {
            status: self.status.or(general.status),
            ended_by: self.ended_by.or(general.ended_by),
            outputs: self.outputs.or(general.outputs),
            steps: self.steps.or(general.steps),
            requests: self.requests.or(general.requests),
            fault: self.fault.or(general.fault),
            diagnostics: self.diagnostics.or(general.diagnostics),
        }
    }
}

impl TestFile {
    /// Reads a test file, YAML or JSON.
    ///
    /// # Errors
    /// One phrase that says where.
    pub(super) fn parse(name: &str, bytes: Vec<u8>) -> Result<TestFile, String> {
        let text = read::decode(bytes).map_err(|undecodable| undecodable.error.message.clone())?;
        let source = Source::new(name, "", text);
        let (tree, found) = read::read(&source, SourceId(0));
        if let Some(error) = found.iter().find(|diagnostic| diagnostic.is_error()) {
            return Err(error.message.clone());
        }
        let tree = tree.ok_or("it is empty")?;
        let items = tree.root().get("tests").into_iter().flat_map(|tests| tests.items());
        let line = |test: NodeRef<'_>| source.position(test.get("name").unwrap_or(test).span().start).line;
        Ok(TestFile { lines: items.map(line).collect(), ..typed(&tree.root().to_value())? })
    }

    /// Its tests; a file without a list is one test by itself.
    ///
    /// # Errors
    /// One phrase that says which test is wrong.
    pub(super) fn tests(&self) -> Result<Vec<Test>, String> {
        if self.tests.is_empty() {
            return Ok(vec![Test::default()]);
        }
        let test = |(index, value): (usize, &Value)| {
            let at = |error| format!("`tests/{index}`: {error}");
            let test = typed::<Test>(value).map_err(at)?;
            if test.name.trim().is_empty() { Err(at("it has no `name`".to_owned())) } else { Ok(test) }
        };
        let tests: Vec<Test> = self.tests.iter().enumerate().map(test).collect::<Result<_, _>>()?;
        self.refuse_repeated(&tests)?;
        Ok(tests)
    }

    /// Refuses two tests of one name: reports could not tell them apart.
    fn refuse_repeated(&self, tests: &[Test]) -> Result<(), String> {
        let line = |index: usize| self.lines.get(index).copied().unwrap_or_default();
        let mut known = HashMap::new();
        for (index, test) in tests.iter().enumerate() {
            if let Some(first) = known.insert(test.name.as_str(), index) {
                let (name, first, second) = (escape(&test.name), line(first), line(index));
                return Err(format!("two tests have the name `{name}`, in line {first} and in line {second}"));
            }
        }
        Ok(())
    }
}

fn typed<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_json::from_str(&value.to_json()).map_err(|error| {
        // the place is one in a text that nobody has seen
        let message = error.to_string();
        message.split(" at line ").next().unwrap_or_default().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let file = TestFile::parse("a.test.yaml", text.as_bytes().to_vec());
        file.and_then(|file| file.tests().map(|_| ())).expect_err(text)
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(error("tests: [{name: a, expcet: {}}]").contains("`tests/0`: unknown field `expcet`"));
        assert!(error("tests: [{inputs: {}}]").contains("has no `name`"));
        assert!(error("expect: {status: passed}").contains("unknown variant `passed`"));
        assert!(error("a: [").len() > 3);
    }

    #[test]
    fn a_test_takes_over_what_it_leaves_out() {
        let file = TestFile::parse(
            "a",
            b"expect: {status: failed, requests: 2}\ntests: [{name: a, expect: {requests: 3}}]".to_vec(),
        );
        let file = file.expect("a file");
        let test = file.tests().expect("tests").remove(0);
        let expect = test.expect.over(&file.expect);
        assert_eq!((expect.status, expect.requests), (Some(Ending::Failed), Some(3)));
    }
}
