//! Agreement with an independent implementation, swagger-client, on generated parameters.
//!
//! `tests/styles.sh` installs it and says where; without it the test says that it skips. Where the two differ is listed in
//! `differences.tsv`, with how often and who is right.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use arras_doc::openapi::{Location, Style};
use arras_doc::value::Value;

use super::Case;
use super::expansion::expanded;

const CASES: usize = 2_000;
const SEED: u64 = 0x5eed_0f57_1e5a_11ed;

/// Marsaglia's xorshift: the same cases each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % end
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    fn text(&mut self) -> String {
        const PIECES: [&str; 26] = [
            "a", "b", "Z", "9", "-", ".", "_", "~", "/", "?", "#", "[", "]", "@", "!", "$", "&", "'", "(", "*", "+",
            ",", ";", "=", " ", "%",
        ];
        const MORE: [&str; 6] = ["ü", "❤", "%20", "\"", "^", "|"];
        let length = self.below(6);
        (0..length).map(|_| if self.below(8) == 0 { self.one(&MORE) } else { self.one(&PIECES) }).collect()
    }

    fn scalar(&mut self) -> Value {
        match self.below(8) {
            0 => Value::from(i64::try_from(self.below(2_000)).unwrap_or(0) - 1_000),
            1 => Value::from(serde_json::json!(self.below(100) as f64 + 0.125)),
            2 => Value::Bool(self.below(2) == 0),
            _ => Value::String(self.text()),
        }
    }

    fn value(&mut self, style: Style) -> Value {
        let kind = match style {
            Style::DeepObject => 2,
            Style::SpaceDelimited | Style::PipeDelimited => 1,
            _ => self.below(3),
        };
        match kind {
            0 => self.scalar(),
            1 => {
                let length = self.below(4);
                Value::Array((0..length).map(|_| self.item()).collect())
            }
            _ => {
                let length = self.below(4);
                let members = (0..length).map(|at| (format!("{}{at}", self.one(&["k", "a b", "x.y"])), self.item()));
                Value::Object(members.collect())
            }
        }
    }

    fn item(&mut self) -> Value {
        match self.below(20) {
            0 => Value::Null,
            1 => Value::from(serde_json::json!({"n": 1})),
            2 => Value::from(serde_json::json!([1, "b"])),
            _ => self.scalar(),
        }
    }

    fn case(&mut self) -> Case {
        use Location::{Cookie, Header, Path, Query};
        let (location, style) = self.one(&[
            (Path, Style::Simple),
            (Path, Style::Label),
            (Path, Style::Matrix),
            (Header, Style::Simple),
            (Query, Style::Form),
            (Query, Style::Form),
            (Query, Style::SpaceDelimited),
            (Query, Style::PipeDelimited),
            (Query, Style::DeepObject),
            (Cookie, Style::Form),
        ]);
        let explode = match style {
            Style::SpaceDelimited | Style::PipeDelimited => false,
            Style::DeepObject => true,
            _ => self.below(2) == 0,
        };
        let allow_reserved = location == Query && self.below(4) == 0;
        Case { location, style, explode, allow_reserved, value: self.value(style) }
    }
}

impl Case {
    fn json(&self) -> serde_json::Value {
        let kind = match &self.value {
            Value::Array(_) => "array",
            Value::Object(_) => "object",
            Value::Number(_) => "number",
            Value::Bool(_) => "boolean",
            _ => "string",
        };
        serde_json::json!({
            "name": "color", "location": self.location.as_str(), "style": self.style.as_str(), "explode": self.explode,
            "allowReserved": self.allow_reserved, "type": kind, "value": serde_json::Value::from(&self.value),
        })
    }

    fn theirs(&self, answer: &serde_json::Value) -> String {
        let url = answer["url"].as_str().unwrap_or_default();
        let header = |name: &str| answer["headers"][name].as_str().unwrap_or_default().to_owned();
        match self.location {
            Location::Path => url.strip_prefix("https://api.example/x/p").unwrap_or(url).to_owned(),
            Location::Header => header("color"),
            Location::Cookie => header("Cookie"),
            _ => url.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default(),
        }
    }

    /// Items of an array or values of an object.
    fn parts(&self) -> Vec<&Value> {
        match &self.value {
            Value::Array(items) => items.iter().collect(),
            Value::Object(members) => members.values().collect(),
            scalar => vec![scalar],
        }
    }

    /// A deep object that has objects in it, by brackets all the way and not encoded; `None` if it has none.
    fn nested(&self) -> Option<String> {
        let members = self.value.as_object().filter(|members| members.values().any(|it| it.as_object().is_some()))?;
        let pair = |(name, value): (&String, &Value)| match value.as_object() {
            Some(inner) => {
                let inner = inner.iter().map(|(key, value)| format!("color[{name}][{key}]={}", value.to_text()));
                inner.collect::<Vec<_>>().join("&")
            }
            None => format!("color[{name}]={}", value.to_text()),
        };
        Some(members.iter().map(pair).collect::<Vec<_>>().join("&"))
    }

    /// Why the two differ, by name; the first that applies.
    fn difference(&self, ours: Result<&str, &str>, theirs: &str) -> Option<&'static str> {
        use Location::{Cookie, Path, Query};
        let is_object = self.value.as_object().is_some();
        let has_nulls = self.value.is_structure() && self.parts().iter().any(|part| part.is_null());
        let has_empty = self.parts().iter().any(|part| part.as_str() == Some(""));
        let has_triples = self.parts().iter().any(|part| part.to_text().contains("%20"));
        let decoded = |text: &str| arras_doc::uri::percent_decode(text);
        let same_text = ours.ok().and_then(decoded).is_some_and(|ours| {
            // where they leave a lone `%`, decoding is none, and the text itself is meant
            ours == decoded(theirs).unwrap_or_else(|| theirs.to_owned())
        });
        Some(match (self.location, self.style) {
            (Path, _) if ours.is_err() && theirs.is_empty() => "empty-path",
            (Path | Location::Header, _) if is_undefined(&self.value) => "nothing-in-path",
            _ if is_undefined(&self.value) => "nothing-in-query",
            (Cookie, _) if self.explode && self.value.is_structure() => "cookie-exploded",
            _ if has_nulls => "null-inside",
            (Cookie, _) => "cookie-not-encoded",
            (Path, Style::Label) if self.value.is_structure() && !self.explode => "label-not-exploded",
            (Path, Style::Matrix) if has_empty => "matrix-empty",
            (Path, _) if is_object && same_text => "name-not-encoded",
            (Query, Style::Form) if self.value.as_str() == Some("") => "empty-text",
            (Query, Style::DeepObject) if self.parts().iter().any(|part| part.as_array().is_some()) => "deep-array",
            (Query, Style::DeepObject)
                if self.nested().is_some_and(|nested| ours.ok().and_then(decoded) == Some(nested)) =>
            {
                "deep-nested"
            }
            (Query, Style::PipeDelimited) if same_text => "pipe-not-encoded",
            (Query, _) if self.allow_reserved && same_text => "reserved-not-encoded",
            (Query, _) if self.allow_reserved && has_triples => "triple-encoded-again",
            _ => return None,
        })
    }
}

/// RFC 6570 §2.3: `null`, and lists and objects in which nothing is defined.
fn is_undefined(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().all(Value::is_null),
        Value::Object(members) => members.values().all(Value::is_null),
        _ => false,
    }
}

/// The folder that `ARRAS_SWAGGER_CLIENT` names, in which the package is installed.
fn package() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("ARRAS_SWAGGER_CLIENT")?);
    assert!(folder.join("node_modules/swagger-client").is_dir(), "no swagger-client in {}", folder.display());
    Some(folder)
}

fn answers(cases: &[Case], package: &Path) -> Vec<serde_json::Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/styles/swagger-client.mjs");
    let mut node = Command::new("node");
    node.arg(script).arg(package).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = node.spawn().expect("node runs");
    let lines: String = cases.iter().map(|case| format!("{}\n", case.json())).collect();
    let mut input = child.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("node ends");
    writer.join().expect("no panic").expect("all is written");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// ARZ-PARAM-09, ARZ-PARAM-10, ARZ-PARAM-11, ARZ-PARAM-12
#[test]
fn each_case_is_expanded_as_the_specifications_say() {
    let mut random = Random(SEED);
    let wrong = (0..CASES).map(|_| random.case()).filter_map(|case| misspelled(&case));
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

/// What is wrong with how a case is spelled here, by the specifications.
fn misspelled(case: &Case) -> Option<String> {
    let (ours, expected) = (case.spelled(), expanded(case));
    let right = match (&ours, &expected) {
        (Ok(ours), Ok(expected)) => ours == expected,
        (ours, expected) => ours.is_err() && expected.is_err(),
    };
    (!right).then(|| format!("{}\n    ours     {ours:?}\n    expected {expected:?}", case.json()))
}

/// Where the two differ, ours is what the specifications say, to the letter.
///
/// ARZ-PARAM-09, ARZ-PARAM-10, ARZ-PARAM-11, ARZ-PARAM-12
#[test]
fn agreement_with_swagger_client() {
    let Some(package) = package() else {
        eprintln!("skipped: `tests/styles.sh` installs swagger-client to compare with");
        return;
    };
    let mut random = Random(SEED);
    let cases: Vec<Case> = (0..CASES).map(|_| random.case()).collect();
    let answers = answers(&cases, &package);
    assert_eq!(answers.len(), cases.len());
    let mut unexplained = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (case, answer) in cases.iter().zip(&answers) {
        let (ours, theirs) = (case.spelled(), case.theirs(answer));
        let ours = ours.as_deref().map_err(String::as_str);
        if ours == Ok(&theirs) {
            continue;
        }
        match case.difference(ours, &theirs) {
            Some(name) if misspelled(case).is_some() => {
                unexplained.push(format!("{name}: {}", misspelled(case).unwrap_or_default()));
            }
            Some(name) => *counts.entry(name).or_default() += 1,
            None => unexplained.push(format!("{}\n    ours   {ours:?}\n    theirs {theirs}", case.json())),
        }
    }
    assert!(unexplained.is_empty(), "{} differences\n{}", unexplained.len(), unexplained.join("\n"));
    let listed = include_str!("differences.tsv");
    let listed = listed.lines().skip(1).filter_map(|line| {
        let mut cells = line.split('\t');
        Some((cells.next()?, cells.next()?.parse::<usize>().ok()?))
    });
    assert_eq!(counts, listed.collect::<BTreeMap<_, _>>(), "update `tests/styles/differences.tsv`");
}
