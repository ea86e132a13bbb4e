//! Documents as they were loaded, and the texts in them that are spelled otherwise than they are: folded, indented, escaped.

use std::ops::Range;
use std::sync::OnceLock;

use arras_doc::read;
use arras_doc::source::{Source, SourceId};

use super::{Body, RecordedDocument};

/// A document that a recorder keeps.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) document: RecordedDocument,
    /// Where such a text stands, and what it is; in order.
    spelled: OnceLock<Vec<(Range<usize>, String)>>,
}

impl Kept {
    pub(super) fn new(document: RecordedDocument) -> Kept {
        Kept { document, spelled: OnceLock::new() }
    }

    /// The document's text with what `replace` makes of it and of each of its strings; one that it changes stands there as a
    /// string of JSON, which is one of YAML, too.
    pub(super) fn replaced(&self, text: &str, replace: impl Fn(&str) -> String) -> String {
        let (mut done, mut from) = (String::new(), 0);
        for (place, value) in self.spelled.get_or_init(|| spelled(&self.document.body)) {
            let now = replace(value);
            if now == *value || place.start < from {
                continue;
            }
            done.push_str(&replace(&text[from..place.start]));
            done.push_str(&serde_json::Value::from(now).to_string());
            // a block ends with its last line
            done.push_str(if text[place.clone()].ends_with('\n') { "\n" } else { "" });
            from = place.end;
        }
        done + &replace(&text[from..])
    }
}

fn spelled(body: &Body) -> Vec<(Range<usize>, String)> {
    let Body::Text(text) = body else { return Vec::new() };
    let (Some(tree), _) = read::read(&Source::new("", "", text.as_str()), SourceId(0)) else { return Vec::new() };
    let texts = tree.nodes().filter_map(|node| Some((node, node.as_str()?)));
    let texts = texts.filter(|(node, text)| !node.source_text().contains(text));
    let mut found: Vec<_> = texts.map(|(node, text)| (node.span().range(), text.to_owned())).collect();
    found.sort_by_key(|(place, _)| place.start);
    found
}
