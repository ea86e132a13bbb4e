//! Bodies: a media type, its schema, its examples, and how the fields of a form are encoded.

use crate::diagnostic::Diagnostics;
use crate::media_type::MediaType;
use crate::openapi::parameter::{self, Declared};
use crate::openapi::{Example, Location, Operation, Parameter, Place, Schema, Style, Version, example, style};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// What an operation takes as a body.
#[derive(Clone, Debug)]
pub struct RequestBody<'d> {
    /// Whether a request must have it.
    pub required: bool,
    /// The media types it may have, in order.
    pub content: Vec<Content<'d>>,
    /// The Request Body Object; in Swagger 2.0 the body parameter or the first form field.
    pub place: Place<'d>,
}

impl<'d> RequestBody<'d> {
    /// The content for a media type: the one of the same type and subtype, else of the narrowest range that covers it.
    pub fn content_for(&self, media_type: &MediaType) -> Option<&Content<'d>> {
        content_for(&self.content, media_type)
    }
}

/// A body in one media type.
#[derive(Clone, Debug)]
pub struct Content<'d> {
    /// The media type or range as written.
    pub media_type: &'d str,
    /// The fields of a Swagger 2.0 form, which has no schema; else empty.
    pub fields: Vec<Parameter<'d>>,
    /// The Media Type Object; Swagger 2.0 has none.
    pub place: Option<Place<'d>>,
    schema: Option<Place<'d>>,
    example: Option<Place<'d>>,
}

/// How one field of a form, or one part of a multipart body, is written.
#[derive(Clone, Copy, Debug)]
pub struct Encoding<'d> {
    /// The media types it may have, a list with commas; where it is not given, the value's type decides.
    pub content_type: Option<&'d str>,
    /// Style and `explode`, where the description gives any of `style`, `explode`, `allowReserved`; in a form they go
    /// before `content_type`.
    pub style: Option<(Style, bool)>,
    /// Whether reserved characters stay as they are.
    pub allow_reserved: bool,
    /// The Encoding Object; in Swagger 2.0 the form field.
    pub place: Place<'d>,
}

impl<'d> Encoding<'d> {
    /// The headers of a part of a multipart body.
    pub fn headers(&self, diagnostics: &mut Diagnostics) -> Vec<Parameter<'d>> {
        parameter::headers(self.place, diagnostics)
    }
}

impl<'d> Content<'d> {
    /// The media type, parsed; `None` if it is none.
    pub fn parsed(&self) -> Option<MediaType> {
        MediaType::parse(self.media_type)
    }

    /// What the whole body must be.
    pub fn schema(&self) -> Option<Schema<'d>> {
        self.schema.map(Schema::at)
    }

    /// What each item of a sequence of values must be, such as a line of `application/jsonl` (OpenAPI 3.2).
    pub fn item_schema(&self) -> Option<Schema<'d>> {
        self.place?.get("itemSchema").map(Schema::at)
    }

    /// How the field or part of that name is encoded, where the description says so.
    pub fn encoding(&self, name: &str) -> Option<Encoding<'d>> {
        if let Some(field) = self.fields.iter().find(|field| field.name == name) {
            let (style, place) = (Some((field.style, field.explode)), field.place);
            return Some(Encoding { content_type: None, style, allow_reserved: false, place });
        }
        let place = self.place?.get("encoding")?.get(name)?.resolve().ok()?;
        let styled = ["style", "explode", "allowReserved"].iter().any(|field| place.get(field).is_some());
        let (style, explode, _) = style::of(place, Location::Query);
        Some(Encoding {
            content_type: place.text("contentType"),
            style: styled.then_some((style, explode)),
            allow_reserved: place.flag("allowReserved"),
            place,
        })
    }

    /// Its examples: `example`, then each of `examples`; those of its schema are not among them.
    pub fn examples(&self) -> Vec<Example<'d>> {
        match self.place {
            Some(place) => example::of_object(place),
            None => self.example.map(Example::data).into_iter().collect(),
        }
    }
}

/// The content for a media type: the one of the same type and subtype, else of the narrowest range that covers it.
pub(super) fn content_for<'a, 'd>(all: &'a [Content<'d>], media_type: &MediaType) -> Option<&'a Content<'d>> {
    let covering = all.iter().filter_map(|content| Some((content, content.parsed()?)));
    let rank = |known: &MediaType| match known.main_type() {
        _ if known.essence() == media_type.essence() => Some(0),
        main if known.is_range() && main == media_type.main_type() => Some(1),
        "*" => Some(2),
        _ => None,
    };
    let ranked = covering.filter_map(|(content, known)| Some((rank(&known)?, content)));
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, content)| content)
}

/// Reads the map of media types under `content`.
pub(super) fn content<'d>(owner: Place<'d>, diagnostics: &mut Diagnostics) -> Vec<Content<'d>> {
    let mut all = Vec::new();
    for (key, object) in owner.map("content", diagnostics) {
        let media_type = key.key();
        if let Some(place) = object.resolve_or_warn(diagnostics) {
            let schema = place.get("schema");
            all.push(Content { media_type, fields: Vec::new(), place: Some(place), schema, example: None });
        }
    }
    all
}

pub(super) fn of_operation<'d>(operation: Operation<'d>, diagnostics: &mut Diagnostics) -> Option<RequestBody<'d>> {
    if operation.description().version() == Version::V2_0 {
        return of_parameters(operation, diagnostics);
    }
    let place = operation.place().get("requestBody")?.resolve_or_warn(diagnostics)?;
    if !place.node().is_mapping() {
        diagnostics.push(place.malformed("`requestBody`", "an object"));
        return None;
    }
    let content = content(place, diagnostics);
    Some(RequestBody { required: place.flag("required"), content, place })
}

/// The body of Swagger 2.0: one parameter `in: body`, or fields `in: formData`.
fn of_parameters<'d>(operation: Operation<'d>, diagnostics: &mut Diagnostics) -> Option<RequestBody<'d>> {
    // what is wrong with parameters is reported where they are asked for
    let declared = parameter::declared(operation, &mut Diagnostics::new());
    let consumes = media_types(operation, "consumes");
    if let Some(body) = declared.iter().find(|parameter| parameter.within == "body") {
        return Some(of_body_parameter(*body, consumes));
    }
    let fields: Vec<Declared<'d>> = declared.into_iter().filter(|parameter| parameter.within == "formData").collect();
    let place = fields.first()?.place;
    let mut read = |field: &Declared<'d>| parameter::read(field.name, Location::Query, field.place, diagnostics);
    let fields: Vec<Parameter<'d>> = fields.iter().map(&mut read).collect();
    let required = fields.iter().any(|field| field.required);
    let has_file = fields.iter().any(|field| field.place.text("type") == Some("file"));
    let mut types = form_types(consumes, has_file);
    if types.is_empty() {
        types.push(if has_file { MULTIPART } else { FORM });
    }
    let content = types.into_iter().map(|media_type| Content {
        media_type,
        fields: fields.clone(),
        place: None,
        schema: None,
        example: None,
    });
    Some(RequestBody { required, content: content.collect(), place })
}

/// Those media types that can hold a form, and its files if it has any.
fn form_types(consumes: Vec<&str>, has_file: bool) -> Vec<&str> {
    let fits = |text: &&str| {
        let media_type = MediaType::parse(text);
        media_type.is_some_and(|it| it.is_multipart() || (it.is_form() && !has_file))
    };
    consumes.into_iter().filter(fits).collect()
}

fn of_body_parameter<'d>(body: Declared<'d>, mut consumes: Vec<&'d str>) -> RequestBody<'d> {
    let (place, schema) = (body.place, body.place.get("schema"));
    if consumes.is_empty() {
        consumes.push(JSON);
    }
    let content = consumes.into_iter().map(|media_type| bare(media_type, schema, None));
    RequestBody { required: place.flag("required"), content: content.collect(), place }
}

/// A content of Swagger 2.0.
fn bare<'d>(media_type: &'d str, schema: Option<Place<'d>>, example: Option<Place<'d>>) -> Content<'d> {
    Content { media_type, fields: Vec::new(), place: None, schema, example }
}

/// The contents of a Swagger 2.0 response: its schema in every media type that the operation produces.
pub(super) fn of_produces<'d>(operation: Operation<'d>, response: Place<'d>) -> Vec<Content<'d>> {
    let schema = response.get("schema");
    let examples: Vec<(&str, Place<'d>)> =
        response.get("examples").into_iter().flat_map(Place::entries).map(|(key, it)| (key.key(), it)).collect();
    let mut types = if schema.is_some() { media_types(operation, "produces") } else { Vec::new() };
    types.extend(examples.iter().map(|(key, _)| *key).filter(|key| MediaType::parse(key).is_some()));
    if types.is_empty() && schema.is_some() {
        types.push(JSON);
    }
    let mut content: Vec<Content<'d>> = Vec::new();
    for media_type in types {
        if !content.iter().any(|known| known.media_type == media_type) {
            let example = examples.iter().find(|(key, _)| *key == media_type).map(|(_, place)| *place);
            content.push(bare(media_type, schema, example));
        }
    }
    content
}

/// `consumes` or `produces`: the operation's own, else the description's.
fn media_types<'d>(operation: Operation<'d>, field: &str) -> Vec<&'d str> {
    let own = operation.place().get(field).or_else(|| operation.description().root().get(field));
    own.into_iter().flat_map(Place::items).filter_map(Place::as_text).collect()
}
