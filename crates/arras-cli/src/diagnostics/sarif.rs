//! Findings as SARIF 2.1.0, for code scanning.

use std::collections::BTreeMap;
use std::io::{self, Write};

use arras_doc::diagnostic::{Diagnostic, Fix, Label, Severity};
use arras_doc::source::SourceId;
use arras_doc::span::Span;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{Checked, Place, Places};
use crate::display;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes one log with one run.
pub(super) fn write(checked: &Checked, places: &Places, out: &mut dyn Write) -> io::Result<()> {
    let rules = rules(&checked.diagnostics);
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: json!({ "driver": {
                "name": "arras",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.values().map(|(_, rule)| rule).collect::<Vec<_>>(),
            } }),
            column_kind: "unicodeCodePoints",
            artifacts: checked.files.iter().map(|file| json!({ "location": { "uri": uri(file) } })).collect(),
            results: Results { diagnostics: &checked.diagnostics, rules: &rules, places },
        }],
    };
    serde_json::to_writer_pretty(display::JsonText(&mut *out), &log)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Value,
    column_kind: &'static str,
    artifacts: Vec<Value>,
    results: Results<'a>,
}

/// Results that are written one after the other.
struct Results<'a> {
    diagnostics: &'a [Diagnostic],
    rules: &'a BTreeMap<&'static str, (usize, Value)>,
    places: &'a Places,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.diagnostics.iter().map(|diagnostic| result(diagnostic, self.rules, self.places)))
    }
}

/// The rules that have findings, by name, each with its index.
fn rules(diagnostics: &[Diagnostic]) -> BTreeMap<&'static str, (usize, Value)> {
    let mut rules = BTreeMap::new();
    for rule in diagnostics.iter().map(|diagnostic| diagnostic.rule) {
        rules.entry(rule.id).or_insert_with(|| {
            let descriptor = json!({
                "id": rule.id,
                "shortDescription": { "text": rule.summary },
                "defaultConfiguration": { "level": level(rule.severity) },
                "properties": { "tags": rule.origin },
            });
            (0, descriptor)
        });
    }
    rules.values_mut().enumerate().for_each(|(index, rule)| rule.0 = index);
    rules
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    }
}

fn result(diagnostic: &Diagnostic, rules: &BTreeMap<&'static str, (usize, Value)>, places: &Places) -> Value {
    let text = match &diagnostic.help {
        Some(help) => format!("{}\n{help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let mut result = json!({
        "ruleId": diagnostic.rule.id,
        "ruleIndex": rules.get(diagnostic.rule.id).map_or(0, |rule| rule.0),
        "level": level(diagnostic.severity),
        "message": { "text": text },
    });
    let mut labels = diagnostic.labels.iter();
    if let (Some(label), Some(place)) = (labels.next(), places.of(diagnostic)) {
        result["locations"] = json!([location(label, &place)]);
    }
    let related: Vec<_> =
        labels.filter_map(|label| Some(location(label, &places.find(label.source, label.span)?))).collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    if let Some(fix) = diagnostic.fix.as_ref().and_then(|fix| self::fix(fix, places)) {
        result["fixes"] = json!([fix]);
    }
    result
}

fn location(label: &Label, place: &Place) -> Value {
    let mut location = json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(&place.file) },
        "region": region(place),
    } });
    if let Some(pointer) = &place.pointer {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": pointer }]);
    }
    if !label.text.is_empty() {
        location["message"] = json!({ "text": label.text });
    }
    location
}

fn region(place: &Place) -> Value {
    json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    })
}

fn fix(fix: &Fix, places: &Places) -> Option<Value> {
    let mut changes: BTreeMap<SourceId, Vec<(Span, &str)>> = BTreeMap::new();
    for edit in &fix.edits {
        changes.entry(edit.source).or_default().push((edit.span, &edit.replacement));
    }
    let change = |(source, edits): (SourceId, Vec<(Span, &str)>)| {
        let file = places.source(source)?.name.clone();
        let replacement = |(span, text): (Span, &str)| {
            let place = places.find(source, span)?;
            Some(json!({ "deletedRegion": region(&place), "insertedContent": { "text": text } }))
        };
        let replacements = edits.into_iter().map(replacement).collect::<Option<Vec<_>>>()?;
        Some(json!({ "artifactLocation": { "uri": uri(&file) }, "replacements": replacements }))
    };
    let changes = changes.into_iter().map(change).collect::<Option<Vec<_>>>()?;
    (!changes.is_empty()).then(|| json!({ "description": { "text": fix.title }, "artifactChanges": changes }))
}

/// A path or URL as a URI reference: what is not allowed in one is percent-encoded.
fn uri(name: &str) -> String {
    use std::fmt::Write as _;
    let is_url = name.contains("://");
    let mut uri = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => uri.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'/' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';'
            | b'=' | b'@' => uri.push(char::from(byte)),
            b':' | b'?' | b'#' | b'%' | b'[' | b']' if is_url => uri.push(char::from(byte)),
            b'\\' if cfg!(windows) => uri.push('/'),
            other => {
                let _ = write!(uri, "%{other:02X}");
            }
        }
    }
    uri
}
