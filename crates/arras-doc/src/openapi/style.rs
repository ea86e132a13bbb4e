//! How arrays and objects become text: `style` and `explode`, and Swagger 2.0's `collectionFormat`.

use crate::openapi::{Location, Place, Version};

/// How a parameter's value is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// `a,b`
    Simple,
    /// `.a.b`
    Label,
    /// `;name=a;name=b`
    Matrix,
    /// `name=a&name=b`
    Form,
    /// `name=a%20b`
    SpaceDelimited,
    /// `name=a|b`
    PipeDelimited,
    /// `name=a%09b`: Swagger 2.0's `collectionFormat: tsv`, which later versions don't have.
    TabDelimited,
    /// `name[key]=a`
    DeepObject,
    /// `name=a; name=b`, nothing encoded (OpenAPI 3.2)
    Cookie,
}

impl Style {
    /// The name in a description; `tsv` for the one that only Swagger 2.0 has.
    pub fn as_str(self) -> &'static str {
        match self {
            Style::Simple => "simple",
            Style::Label => "label",
            Style::Matrix => "matrix",
            Style::Form => "form",
            Style::SpaceDelimited => "spaceDelimited",
            Style::PipeDelimited => "pipeDelimited",
            Style::TabDelimited => "tsv",
            Style::DeepObject => "deepObject",
            Style::Cookie => "cookie",
        }
    }

    /// Reads the name of a style of OpenAPI 3.
    pub fn parse(name: &str) -> Option<Style> {
        use Style::{Cookie, DeepObject, Form, Label, Matrix, PipeDelimited, Simple, SpaceDelimited};
        let all = [Simple, Label, Matrix, Form, SpaceDelimited, PipeDelimited, DeepObject, Cookie];
        all.into_iter().find(|style| style.as_str() == name)
    }

    /// The style of a parameter that names none.
    pub fn default_for(location: Location) -> Style {
        match location {
            Location::Path | Location::Header => Style::Simple,
            Location::Query | Location::Cookie | Location::Querystring => Style::Form,
        }
    }

    /// `explode` where it is not given.
    pub fn explodes_by_default(self) -> bool {
        matches!(self, Style::Form | Style::Cookie)
    }

    /// Whether the specification allows it in that location.
    pub fn fits(self, location: Location) -> bool {
        match self {
            Style::Simple => matches!(location, Location::Path | Location::Header),
            Style::Label | Style::Matrix => location == Location::Path,
            Style::Form => matches!(location, Location::Query | Location::Cookie),
            Style::SpaceDelimited | Style::PipeDelimited | Style::DeepObject => location == Location::Query,
            Style::TabDelimited => location != Location::Cookie,
            Style::Cookie => location == Location::Cookie,
        }
    }
}

/// Style and `explode` of a parameter, header or form field, and the style's name if it can't be used there.
pub(super) fn of(place: Place<'_>, location: Location) -> (Style, bool, Option<&str>) {
    if place.description.version() == Version::V2_0 {
        return collection_format(place.text("collectionFormat"), location);
    }
    let default = Style::default_for(location);
    let named = place.text("style");
    let known = named.map_or(Some(default), Style::parse).filter(|style| style.fits(location));
    let style = known.unwrap_or(default);
    let explode = place.node().get("explode").and_then(|explode| explode.as_bool());
    (style, explode.unwrap_or(style.explodes_by_default()), if known.is_none() { named } else { None })
}

fn collection_format(name: Option<&str>, location: Location) -> (Style, bool, Option<&str>) {
    let separated = Style::default_for(location);
    match name {
        None | Some("csv") => (separated, false, None),
        Some("ssv") => (Style::SpaceDelimited, false, None),
        Some("tsv") => (Style::TabDelimited, false, None),
        Some("pipes") => (Style::PipeDelimited, false, None),
        Some("multi") if location == Location::Query => (Style::Form, true, None),
        Some(other) => (separated, false, Some(other)),
    }
}
