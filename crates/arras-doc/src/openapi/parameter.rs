//! Parameters of an operation, and headers, which are described alike.

use std::borrow::Cow;
use std::collections::HashSet;

use indexmap::IndexMap;

use crate::diagnostic::Diagnostics;
use crate::openapi::body::{self, Content};
use crate::openapi::{Example, Operation, Place, Schema, Style, Version, example, style};
use crate::rule;

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Location {
    /// Into the path template.
    Path,
    /// Into the query, under its name.
    Query,
    /// It is the whole query (OpenAPI 3.2).
    Querystring,
    /// Into a header field.
    Header,
    /// Into the field `Cookie`.
    Cookie,
}

impl Location {
    /// The value of `in`.
    pub fn as_str(self) -> &'static str {
        match self {
            Location::Path => "path",
            Location::Query => "query",
            Location::Querystring => "querystring",
            Location::Header => "header",
            Location::Cookie => "cookie",
        }
    }

    /// Reads the value of `in`.
    pub fn parse(text: &str) -> Option<Location> {
        use Location::{Cookie, Header, Path, Query, Querystring};
        [Path, Query, Querystring, Header, Cookie].into_iter().find(|location| location.as_str() == text)
    }
}

/// A parameter or a header.
#[derive(Clone, Debug)]
pub struct Parameter<'d> {
    /// Its name, case as written.
    pub name: &'d str,
    /// Where it goes.
    pub location: Location,
    /// Whether a request must have it; always so in a path.
    pub required: bool,
    /// How its value is spelled, unless `content` says so.
    pub style: Style,
    /// Whether arrays and objects become several pairs.
    pub explode: bool,
    /// Whether reserved characters of a query stay as they are.
    pub allow_reserved: bool,
    /// Whether an empty value may be sent.
    pub allow_empty_value: bool,
    /// The media type that its value is written in, where it has `content` instead of `schema`.
    pub content: Option<Content<'d>>,
    /// The Parameter or Header Object.
    pub place: Place<'d>,
}

impl<'d> Parameter<'d> {
    /// What values it takes: `schema`, else the schema of its content; in Swagger 2.0 the parameter itself.
    pub fn schema(&self) -> Option<Schema<'d>> {
        if let Some(schema) = self.place.get("schema") {
            return Some(Schema::at(schema));
        }
        match &self.content {
            Some(content) => content.schema(),
            None => (self.place.description.version() == Version::V2_0).then(|| Schema::at(self.place)),
        }
    }

    /// How Swagger 2.0 has the items of its items separated, the outermost first; other versions don't.
    pub fn inner_formats(&self) -> Vec<Style> {
        // arrays as deep as no description has them
        const MOST_NESTED: usize = 8;
        let mut formats = Vec::new();
        if self.place.description.version() == Version::V2_0 {
            let mut items = self.place.get("items");
            while let Some(place) =
                items.filter(|place| place.text("type") == Some("array") && formats.len() < MOST_NESTED)
            {
                formats.push(style::of(place, Location::Path).0);
                items = place.get("items");
            }
        }
        formats
    }

    /// Its examples, those of its content or schema not among them.
    pub fn examples(&self) -> Vec<Example<'d>> {
        example::of_object(self.place)
    }

    /// Whether the specification says to ignore it: a header that the HTTP machinery owns (`Accept`, `Content-Type`, `Authorization`).
    pub fn is_ignored(&self) -> bool {
        let owned = ["Accept", "Content-Type", "Authorization"];
        let of_version_3 = self.place.description.version() != Version::V2_0;
        of_version_3
            && self.location == Location::Header
            && owned.iter().any(|name| self.name.eq_ignore_ascii_case(name))
    }
}

/// A Parameter Object of any `in`, its references resolved.
#[derive(Clone, Copy, Debug)]
pub(super) struct Declared<'d> {
    pub(super) name: &'d str,
    pub(super) within: &'d str,
    pub(super) place: Place<'d>,
}

impl<'d> Declared<'d> {
    /// What it has in common with those that are the same parameter.
    fn key(&self) -> (&'d str, Cow<'d, str>) {
        let name = match self.within {
            "header" => self.name.to_ascii_lowercase().into(),
            "body" | "querystring" => "".into(),
            _ => self.name.into(),
        };
        (self.within, name)
    }
}

/// All that an operation and its path item declare; of two with the same name and location the operation's, else the
/// first.
pub(super) fn declared<'d>(operation: Operation<'d>, diagnostics: &mut Diagnostics) -> Vec<Declared<'d>> {
    let mut all = IndexMap::new();
    for item in operation.path_items() {
        for parameter in list(item, diagnostics) {
            all.entry(parameter.key()).or_insert(parameter);
        }
    }
    all.extend(list(operation.place(), diagnostics).into_iter().map(|parameter| (parameter.key(), parameter)));
    all.into_values().collect()
}

/// The parameters that one object lists, without repetitions.
fn list<'d>(owner: Place<'d>, diagnostics: &mut Diagnostics) -> Vec<Declared<'d>> {
    let mut all: Vec<Declared<'d>> = Vec::new();
    let mut known = HashSet::new();
    for item in owner.list("parameters", diagnostics) {
        let Some(place) = item.resolve_or_warn(diagnostics) else { continue };
        let Some(parameter) = declaration(place, diagnostics) else { continue };
        if !known.insert(parameter.key()) {
            let message = format!("the {} parameter `{}` is declared twice", parameter.within, parameter.name);
            diagnostics.push(item.finding(rule::MALFORMED_DESCRIPTION, message).help("the first one counts"));
        } else {
            all.push(parameter);
        }
    }
    all
}

fn declaration<'d>(place: Place<'d>, diagnostics: &mut Diagnostics) -> Option<Declared<'d>> {
    let (name, within) = (place.text("name"), place.text("in"));
    if let (Some(name), Some(within)) = (name, within) {
        return Some(Declared { name, within, place });
    }
    let field = if name.is_none() { "name" } else { "in" };
    let message = format!("a parameter without `{field}`");
    diagnostics.push(place.finding(rule::MALFORMED_DESCRIPTION, message).help("it is left out"));
    None
}

pub(super) fn of_operation<'d>(operation: Operation<'d>, diagnostics: &mut Diagnostics) -> Vec<Parameter<'d>> {
    let declared = declared(operation, diagnostics);
    let mut parameters = Vec::with_capacity(declared.len());
    for parameter in declared {
        match Location::parse(parameter.within) {
            Some(location) => parameters.push(read(parameter.name, location, parameter.place, diagnostics)),
            None if is_body_part(parameter) => {}
            None => {
                let message = format!("`{}` is no place for a parameter", parameter.within);
                let finding = parameter.place.finding_at("in", rule::MALFORMED_DESCRIPTION, message);
                diagnostics.push(finding.help("the parameter is left out"));
            }
        }
    }
    parameters
}

fn is_body_part(parameter: Declared<'_>) -> bool {
    let in_body = matches!(parameter.within, "body" | "formData");
    in_body && parameter.place.description.version() == Version::V2_0
}

/// Reads a Parameter or Header Object.
pub(super) fn read<'d>(
    name: &'d str,
    location: Location,
    place: Place<'d>,
    diagnostics: &mut Diagnostics,
) -> Parameter<'d> {
    let (style, explode, misplaced) = style::of(place, location);
    if let Some(name) = misplaced {
        let message = format!("the style `{name}` is none for a {} parameter", location.as_str());
        let finding = place.finding(rule::MALFORMED_DESCRIPTION, message);
        diagnostics.push(finding.help(format!("`{}` is used instead", style.as_str())));
    }
    let content = body::content(place, diagnostics).into_iter().next();
    Parameter {
        name,
        location,
        required: location == Location::Path || place.flag("required"),
        style,
        explode,
        allow_reserved: place.flag("allowReserved"),
        allow_empty_value: place.flag("allowEmptyValue"),
        content,
        place,
    }
}

/// Reads the map of Header Objects under `headers`; `Content-Type` is described elsewhere and left out.
pub(super) fn headers<'d>(owner: Place<'d>, diagnostics: &mut Diagnostics) -> Vec<Parameter<'d>> {
    let mut headers = Vec::new();
    for (key, header) in owner.map("headers", diagnostics).collect::<Vec<_>>() {
        if key.key().eq_ignore_ascii_case("content-type") {
            continue;
        }
        if let Some(place) = header.resolve_or_warn(diagnostics) {
            headers.push(read(key.key(), Location::Header, place, diagnostics));
        }
    }
    headers
}
