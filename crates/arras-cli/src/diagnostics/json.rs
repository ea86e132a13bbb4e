//! Findings as JSON: the shape of `arras check --format json`, which reports of runs use too.

use std::io::{self, Write};

use arras_doc::diagnostic::{Diagnostic, Severity};
use arras_doc::source::SourceId;
use arras_doc::span::Span;
use serde::{Serialize, Serializer};

use super::{Checked, Place, Places};
use crate::display;

/// The version of the shape.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    files: usize,
    diagnostics: Views<'a>,
    summary: Summary,
}

/// Findings that are written one after the other.
struct Views<'a> {
    diagnostics: &'a [Diagnostic],
    places: &'a Places,
}

impl Serialize for Views<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.diagnostics.iter().map(|diagnostic| View::new(diagnostic, self.places)))
    }
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
}

/// A finding with its places resolved. A finding without a place has `null` there.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View<'a> {
    rule: &'static str,
    severity: Severity,
    message: &'a str,
    #[serde(flatten)]
    place: PlaceView,
    help: Option<&'a str>,
    related: Vec<RelatedView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixView<'a>>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct PlaceView {
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
    pointer: Option<String>,
}

/// A further place, with what to say about it; the first finding's own words stand here too when it has any.
#[derive(Debug, Serialize)]
struct RelatedView<'a> {
    message: &'a str,
    #[serde(flatten)]
    place: PlaceView,
}

#[derive(Debug, Serialize)]
struct FixView<'a> {
    title: &'a str,
    edits: Vec<EditView<'a>>,
}

#[derive(Debug, Serialize)]
struct EditView<'a> {
    #[serde(flatten)]
    place: PlaceView,
    replacement: &'a str,
}

impl<'a> View<'a> {
    /// The finding as it is printed.
    pub fn new(diagnostic: &'a Diagnostic, places: &Places) -> View<'a> {
        let primary = places.of(diagnostic).map(PlaceView::from);
        let related =
            diagnostic.labels.iter().enumerate().filter(|(index, label)| *index > 0 || !label.text.is_empty());
        let related = related
            .map(|(_, label)| RelatedView { message: &label.text, place: place(places, label.source, label.span) });
        let fix = diagnostic.fix.as_ref().map(|fix| FixView {
            title: &fix.title,
            edits: fix
                .edits
                .iter()
                .map(|edit| EditView { place: place(places, edit.source, edit.span), replacement: &edit.replacement })
                .collect(),
        });
        View {
            rule: diagnostic.rule.id,
            severity: diagnostic.severity,
            message: &diagnostic.message,
            place: primary.unwrap_or_default(),
            help: diagnostic.help.as_deref(),
            related: related.collect(),
            fix,
        }
    }

    /// All of them.
    pub fn all(diagnostics: &'a [Diagnostic], places: &Places) -> Vec<View<'a>> {
        diagnostics.iter().map(|diagnostic| View::new(diagnostic, places)).collect()
    }
}

fn place(places: &Places, source: SourceId, span: Span) -> PlaceView {
    places.find(source, span).map(PlaceView::from).unwrap_or_default()
}

impl From<Place> for PlaceView {
    fn from(place: Place) -> PlaceView {
        PlaceView {
            file: Some(place.file.to_string()),
            line: Some(place.line),
            column: Some(place.column),
            end_line: Some(place.end_line),
            end_column: Some(place.end_column),
            pointer: place.pointer,
        }
    }
}

/// Writes the findings as one object.
pub(super) fn write(checked: &Checked, places: &Places, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        files: checked.files.len(),
        diagnostics: Views { diagnostics: &checked.diagnostics, places },
        summary: Summary { errors: checked.count(Severity::Error), warnings: checked.count(Severity::Warning) },
    };
    serde_json::to_writer_pretty(display::JsonText(&mut *out), &document)?;
    writeln!(out)
}
