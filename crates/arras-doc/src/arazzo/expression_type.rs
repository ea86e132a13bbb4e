//! The Expression Type Object: which language, and which version of it, a condition or selector is written in.

use crate::expression::SelectorLanguage;
use crate::node::NodeRef;
use crate::rule;
use crate::span::{Span, Spanned};

use super::Version;
use super::fields::Fields;
use super::reader::{Reader, Shape, choose, field};

/// The words of the field `type`, each with the version that it stands for alone.
const TYPES: &[(&str, SelectorLanguage)] = &[
    ("jsonpath", SelectorLanguage::JsonPath),
    ("xpath", SelectorLanguage::XPath31),
    ("jsonpointer", SelectorLanguage::JsonPointer),
];

const JSON_PATHS: &[(&str, SelectorLanguage)] = &[
    ("rfc9535", SelectorLanguage::JsonPath),
    ("draft-goessner-dispatch-jsonpath-00", SelectorLanguage::JsonPathDraft),
];

const X_PATHS: &[(&str, SelectorLanguage)] = &[
    ("xpath-31", SelectorLanguage::XPath31),
    ("xpath-30", SelectorLanguage::XPath30),
    ("xpath-20", SelectorLanguage::XPath20),
    ("xpath-10", SelectorLanguage::XPath10),
];

const JSON_POINTERS: &[(&str, SelectorLanguage)] = &[("rfc6901", SelectorLanguage::JsonPointer)];

const SHAPE: Shape =
    Shape { name: "expression type object", fields: &[field("type"), field("version")], extensions: true };

/// Reads a `type` or `targetSelectorType`: one of the words, or an Expression Type Object.
pub(super) fn read<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>, name: &str) -> Option<Spanned<SelectorLanguage>> {
    if node.is_mapping() {
        return read_object(reader, node);
    }
    let text = reader.text(node, name)?;
    choose(reader, name, &text, TYPES)
}

/// Reads an Expression Type Object (ARZ-ETYPE-01 … 07).
pub(super) fn read_object<'t>(reader: &mut Reader<'t>, node: NodeRef<'t>) -> Option<Spanned<SelectorLanguage>> {
    let fields = reader.object(node, &SHAPE)?;
    let language = fields.required_choice(reader, "type", TYPES)?;
    if language.value == SelectorLanguage::JsonPointer && reader.version < Version::V1_1 {
        reader.newer(language.span, "the expression type `jsonpointer`");
    }
    let found = match version(reader, &fields, language.value) {
        Written::Missing => language.value,
        Written::Known(found) => found,
        Written::Wrong => return None,
    };
    Some(Spanned::new(found, language.span))
}

enum Written {
    Missing,
    Known(SelectorLanguage),
    Wrong,
}

fn version<'t>(reader: &mut Reader<'t>, fields: &Fields<'t>, language: SelectorLanguage) -> Written {
    let words = match language {
        SelectorLanguage::JsonPath | SelectorLanguage::JsonPathDraft => JSON_PATHS,
        SelectorLanguage::JsonPointer => JSON_POINTERS,
        _ => X_PATHS,
    };
    if fields.get("version").is_none() {
        let default = words.first().map_or("", |(word, _)| *word);
        let message = "an expression type object needs the field `version`";
        let help = format!("`{default}` is assumed; write it");
        reader.note_help(rule::LOOSE_FIELD, fields.anchor(), message, help);
        return Written::Missing;
    }
    let Some(found) = fields.choice(reader, "version", words) else { return Written::Wrong };
    check_newer(reader, found.value, found.span);
    Written::Known(found.value)
}

/// 1.0 knew neither RFC 9535 nor XPath 3.1 by name (ARZ-ETYPE-03); both are its defaults, so naming them is harmless.
fn check_newer(reader: &mut Reader<'_>, found: SelectorLanguage, span: Span) {
    let named_since = matches!(found, SelectorLanguage::JsonPath | SelectorLanguage::XPath31);
    if named_since && reader.version < Version::V1_1 {
        let words = [JSON_PATHS, X_PATHS].concat();
        let word = words.iter().find(|(_, language)| *language == found).map_or("", |(word, _)| word);
        let message = format!("Arazzo 1.0 does not know the version `{word}`, though it is the one that 1.0 means");
        let help =
            "set `arazzo: 1.1.0`, or write the type as a plain word, such as `type: xpath`, which means the same";
        reader.note_help(rule::LOOSE_FIELD, span, message, help);
    }
}
