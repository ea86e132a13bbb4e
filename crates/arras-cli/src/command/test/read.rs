//! Test files out of the spanned tree; every mistake is named with its place.

use std::collections::HashMap;
use std::sync::Arc;

use arras_doc::node::{Kind, NodeRef};
use arras_doc::source::{Position, Source, Sources};
use arras_doc::span::Span;
use arras_doc::value::{Object, Value};
use arras_doc::{read, rule, suggest};
use arras_run::event::EndedBy;

use super::spec::{Ending, Expect, MockChoice, Named, Test, TestFile};
use crate::command::faults;
use crate::diagnostics::{Places, concise};
use crate::display::escape;

const FILE: &[&str] = &["file", "tests", "workflow", "mock", "inputs", "retries", "expect", "$schema"];
const TEST: &[&str] = &["name", "workflow", "mock", "inputs", "retries", "expect"];
const EXPECT: &[&str] = &["status", "endedBy", "outputs", "steps", "requests", "fault", "diagnostics"];
const STATUSES: &[(&str, Ending)] = &[("succeeded", Ending::Succeeded), ("failed", Ending::Failed)];
const ENDS: &[(&str, EndedBy)] = &[
    ("end", EndedBy::End),
    ("last-step", EndedBy::LastStep),
    ("goto", EndedBy::Goto),
    ("fault", EndedBy::Fault),
    ("budget", EndedBy::Budget),
];

/// Reads a test file, YAML or JSON.
///
/// # Errors
/// What is wrong, each with its place.
pub(super) fn read(name: &str, bytes: Vec<u8>) -> Result<TestFile, Vec<String>> {
    let unreadable = |why: &str| vec![format!("the test file `{}` can't be used: {why}", escape(name))];
    let text = read::decode(bytes).map_err(|undecodable| unreadable(&undecodable.error.message))?;
    let source = Source::new(name, "", text);
    let mut sources = Sources::default();
    let (tree, found) = read::read(&source, sources.add(source.clone()));
    let places = Places::new(Arc::new(sources), |_, _| None);
    let errors: Vec<_> = found.iter().filter(|found| found.is_error()).collect();
    if !errors.is_empty() {
        return Err(errors.into_iter().map(|found| concise::line(found, &places)).collect());
    }
    let tree = tree.ok_or_else(|| unreadable("it is empty"))?;
    let mut reader = Reader { source: &source, wrong: Vec::new() };
    let file = reader.file(tree.root());
    if reader.wrong.is_empty() { Ok(file) } else { Err(reader.wrong) }
}

/// A mistake at a place of a file, on one line.
pub(super) fn mistake(file: &str, at: Position, message: &str) -> String {
    format!("{}:{}:{}: {message}", escape(file), at.line, at.column)
}

/// What to do about a name that is none of these.
pub(super) fn help<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    let near = suggest::did_you_mean(&suggest::nearest(name, known.clone(), 1));
    let verb = if known.clone().nth(1).is_some() { "are" } else { "is" };
    near.unwrap_or_else(|| format!("there {verb} {}", suggest::enumerated(known)))
}

struct Reader<'s> {
    source: &'s Source,
    wrong: Vec<String>,
}

impl Reader<'_> {
    fn file(&mut self, root: NodeRef<'_>) -> TestFile {
        if !self.object(root, FILE, "a test file") {
            return TestFile::default();
        }
        let file = self.member(root, "file").and_then(|node| self.text(node));
        let general = self.test(root);
        let Some(list) = root.get("tests") else { return TestFile { file, general, tests: vec![Test::default()] } };
        let mut tests = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for node in self.items(list) {
            if !self.object(node, TEST, "a test") {
                continue;
            }
            let test = self.test(node);
            let place = node.get("name").unwrap_or(node).span();
            if test.name.trim().is_empty() {
                self.push(place, "a test of a list has a `name`, by which reports call it");
            } else if let Some(first) = known.insert(test.name.clone(), self.at(place).line) {
                self.push(
                    place,
                    &format!("two tests have the name `{}`; the first is in line {first}", escape(&test.name)),
                );
            }
            tests.push(test);
        }
        if tests.is_empty() {
            tests.push(Test::default());
        }
        TestFile { file, general, tests }
    }

    /// What a test and a file have in common; the file has no name.
    fn test(&mut self, node: NodeRef<'_>) -> Test {
        Test {
            name: self.member(node, "name").and_then(|name| self.text(name)).unwrap_or_default(),
            workflow: self.member(node, "workflow").and_then(|workflow| self.named(workflow)),
            mock: self.member(node, "mock").and_then(|mock| self.mock(mock)),
            inputs: node.get("inputs").map(|inputs| self.values(inputs)).unwrap_or_default(),
            retries: self.member(node, "retries").and_then(|retries| self.number(retries)),
            expect: node.get("expect").map(|expect| self.expect(expect)).unwrap_or_default(),
        }
    }

    fn expect(&mut self, node: NodeRef<'_>) -> Expect {
        if !self.object(node, EXPECT, "`expect`") {
            return Expect::default();
        }
        let rules = rule::ALL.iter().map(|rule| rule.id);
        Expect {
            status: self.member(node, "status").and_then(|status| self.one_of(status, "status", STATUSES)),
            ended_by: self.member(node, "endedBy").and_then(|by| self.one_of(by, "endedBy", ENDS)),
            outputs: self.member(node, "outputs").map(|outputs| self.outputs(outputs)),
            steps: self.member(node, "steps").map(|steps| self.list(steps, Reader::named)),
            requests: self.member(node, "requests").and_then(|requests| self.number(requests)),
            fault: self
                .member(node, "fault")
                .and_then(|fault| self.known(fault, ("kind of fault", "docs/faults.md"), faults::kinds())),
            diagnostics: self.member(node, "diagnostics").map(|found| {
                self.list(found, |reader, rule| reader.known(rule, ("rule", "`arras explain`"), rules.clone()))
            }),
        }
    }

    fn mock(&mut self, node: NodeRef<'_>) -> Option<MockChoice> {
        match node.kind() {
            Kind::Bool(whether) => Some(MockChoice::Whether(whether)),
            Kind::String(scenario) => Some(MockChoice::Scenario(scenario.to_owned())),
            _ => self.expected(node, "`true`, `false` or a scenario's name"),
        }
    }

    fn outputs(&mut self, node: NodeRef<'_>) -> Vec<(Named, Value)> {
        if !node.is_mapping() {
            self.expected::<()>(node, "an object");
        }
        let named = |name: NodeRef<'_>| Named { name: name.key().to_owned(), at: self.at(name.span()) };
        node.entries().map(|(name, value)| (named(name), value.to_value())).collect()
    }

    fn values(&mut self, node: NodeRef<'_>) -> Object {
        match node.to_value() {
            Value::Object(values) => values,
            _ => self.expected(node, "an object").unwrap_or_default(),
        }
    }

    fn list<T>(&mut self, node: NodeRef<'_>, mut each: impl FnMut(&mut Self, NodeRef<'_>) -> Option<T>) -> Vec<T> {
        self.items(node).into_iter().filter_map(|item| each(self, item)).collect()
    }

    fn items<'t>(&mut self, node: NodeRef<'t>) -> Vec<NodeRef<'t>> {
        if !node.is_sequence() {
            self.expected::<()>(node, "an array");
        }
        node.items().collect()
    }

    fn named(&mut self, node: NodeRef<'_>) -> Option<Named> {
        Some(Named { name: self.text(node)?, at: self.at(node.span()) })
    }

    fn text(&mut self, node: NodeRef<'_>) -> Option<String> {
        match node.as_str() {
            Some(text) => Some(text.to_owned()),
            None => self.expected(node, "a string"),
        }
    }

    fn number(&mut self, node: NodeRef<'_>) -> Option<u32> {
        let number = node.as_number().and_then(|number| number.as_i64()).and_then(|number| u32::try_from(number).ok());
        if number.is_none() && node.as_number().is_some() {
            self.push(node.span(), &format!("expected a whole number from 0 to {}, not {}", u32::MAX, node.to_value()));
            return None;
        }
        number.or_else(|| self.expected(node, "a whole number from 0 on"))
    }

    /// One of a few words.
    fn one_of<T: Copy>(&mut self, node: NodeRef<'_>, member: &str, known: &[(&str, T)]) -> Option<T> {
        let text = self.text(node)?;
        if let Some((_, found)) = known.iter().find(|(word, _)| *word == text) {
            return Some(*found);
        }
        let help = help(&text, known.iter().map(|(word, _)| *word));
        self.push(node.span(), &format!("`{}` is no `{member}`: {help}", escape(&text)));
        None
    }

    /// A name of a closed set.
    fn known<'n>(
        &mut self,
        node: NodeRef<'_>,
        (what, list): (&str, &str),
        known: impl Iterator<Item = &'n str> + Clone,
    ) -> Option<String> {
        let text = self.text(node)?;
        if known.clone().any(|name| name == text) {
            return Some(text);
        }
        let near = suggest::did_you_mean(&suggest::nearest(&text, known, 1));
        let help = near.unwrap_or_else(|| format!("{list} lists them"));
        self.push(node.span(), &format!("there is no {what} `{}`: {help}", escape(&text)));
        None
    }

    /// A member, unless it is left out or `null`.
    fn member<'t>(&self, node: NodeRef<'t>, name: &str) -> Option<NodeRef<'t>> {
        node.get(name).filter(|member| !member.is_null())
    }

    /// Whether it is an object; each member that none of `members` is a mistake.
    fn object(&mut self, node: NodeRef<'_>, members: &[&str], what: &str) -> bool {
        if !node.is_mapping() {
            self.push(node.span(), &format!("{what} is an object, not {}", node.kind().name()));
            return false;
        }
        for (name, _) in node.entries().filter(|(name, _)| !members.contains(&name.key())) {
            let help = help(name.key(), members.iter().copied());
            self.push(name.span(), &format!("{what} has no member `{}`: {help}", escape(name.key())));
        }
        true
    }

    fn expected<T>(&mut self, node: NodeRef<'_>, what: &str) -> Option<T> {
        self.push(node.span(), &format!("expected {what}, not {}", node.kind().name()));
        None
    }

    fn at(&self, span: Span) -> Position {
        self.source.position(span.start)
    }

    fn push(&mut self, span: Span, message: &str) {
        self.wrong.push(mistake(&self.source.name, self.at(span), message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named_with_its_place_and_what_may_be_meant() {
        let table = [
            (
                "tests: [{name: a, expcet: {}}]",
                "a.test.yaml:1:19: a test has no member `expcet`: did you mean `expect`?",
            ),
            ("flie: a.yaml", "1:1: a test file has no member `flie`: did you mean `file`?"),
            ("tests:\n- inputs: {}", "2:3: a test of a list has a `name`"),
            ("tests: [{name: a},\n {name: a}]", "2:9: two tests have the name `a`; the first is in line 1"),
            ("expect: {status: passed}", "1:18: `passed` is no `status`: there are `succeeded`, `failed`"),
            ("expect: {endedBy: laststep}", "1:19: `laststep` is no `endedBy`: did you mean `last-step`?"),
            (
                "expect: {fault: conection-closed}",
                "there is no kind of fault `conection-closed`: did you mean `connection-closed`?",
            ),
            (
                "expect: {diagnostics: [no-acton-matched]}",
                "there is no rule `no-acton-matched`: did you mean `no-action-matched`?",
            ),
            ("expect: {diagnostics: [zzzzzzzz]}", "there is no rule `zzzzzzzz`: `arras explain` lists them"),
            ("expect: {requests: many}", "1:20: expected a whole number from 0 on, not a string"),
            ("expect: {requests: -1}", "expected a whole number from 0 to 4294967295, not -1"),
            ("retries: 1.5", "expected a whole number from 0 to 4294967295, not 1.5"),
            ("expect: {steps: one}", "expected an array, not a string"),
            ("expect: {outputs: [1]}", "expected an object, not an array"),
            ("mock: 5", "expected `true`, `false` or a scenario's name, not a number"),
            ("[1]", "a test file is an object, not an array"),
            ("a: [", "a.test.yaml:1:"),
            ("", "the file holds nothing"),
        ];
        for (text, expected) in table {
            let wrong = read("a.test.yaml", text.as_bytes().to_vec()).expect_err(text);
            assert!(wrong[0].contains(expected), "{text}: {wrong:?}");
        }
        let several = read("a", b"flie: a\nexpect: {requests: -1}\nretires: 2".to_vec());
        assert_eq!(several.expect_err("wrong").len(), 3);
    }

    #[test]
    fn a_test_takes_over_what_it_leaves_out() {
        let text = "expect: {status: failed, requests: 2}\ntests: [{name: a, expect: {requests: 3, fault: null}}]";
        let mut file = read("a", text.as_bytes().to_vec()).expect("a file");
        let expect = file.tests.remove(0).expect.over(&file.general.expect);
        assert_eq!((expect.status, expect.requests), (Some(Ending::Failed), Some(3)));
    }
}
