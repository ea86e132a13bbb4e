//! `application/x-www-form-urlencoded`, each field as OpenAPI's Encoding Object says.

use arras_doc::media_type::MediaType;
use arras_doc::openapi::{Content, Encoding, Schema};
use arras_doc::value::{Object, Value};

use super::style::{self, Pairs, Spelling};
use super::{Context, body, encode, file_in_text};
use crate::fault::Fault;

/// The form of an object (ARZ-BODY-07): a member is a field, an array several of one name. `null` is left out.
pub(super) fn encode(members: &Object, content: Option<&Content<'_>>, context: Context<'_>) -> Result<String, Fault> {
    let schema = content.and_then(Content::schema);
    let mut pairs: Pairs = Vec::new();
    for (name, value) in members {
        let encoding = content.and_then(|content| content.encoding(name));
        let schema = schema.as_ref().and_then(|schema| schema.property(name));
        match encoding.and_then(|encoding| Some((encoding.style?, encoding.allow_reserved))) {
            Some(_) if value.is_null() => {}
            Some(((style, explode), allow_reserved)) if context.files.inside(value).is_none() => {
                pairs.extend(style::pairs(name, value, &Spelling::of_field(style, explode, allow_reserved)));
            }
            _ => by_content(name, value, encoding.as_ref(), schema.as_ref(), context, &mut pairs)?,
        }
    }
    let fields = pairs.into_iter().map(|(name, value)| format!("{name}={value}"));
    Ok(fields.collect::<Vec<_>>().join("&"))
}

/// A field that is written by a media type, each item of an array on its own.
fn by_content(
    name: &str,
    value: &Value,
    encoding: Option<&Encoding<'_>>,
    schema: Option<&Schema<'_>>,
    context: Context<'_>,
    pairs: &mut Pairs,
) -> Result<(), Fault> {
    let items = schema.and_then(Schema::items);
    let (values, schema) = match value {
        Value::Array(items_of_value) => (items_of_value.as_slice(), items.as_ref()),
        single => (std::slice::from_ref(single), schema),
    };
    for value in values {
        let text = match context.files.of(value) {
            Some(file) => body::file_text(file, schema)?,
            None => match field_text(value, encoding, schema, context)? {
                Some(text) => text,
                None => continue,
            },
        };
        pairs.push((encode::form(name), encode::form(&text)));
    }
    Ok(())
}

/// The text of a field: by the one media type that its encoding names, else JSON for structures and text for the rest.
fn field_text(
    value: &Value,
    encoding: Option<&Encoding<'_>>,
    schema: Option<&Schema<'_>>,
    context: Context<'_>,
) -> Result<Option<String>, Fault> {
    let named = encoding.and_then(|encoding| encoding.content_type).and_then(MediaType::parse);
    let is_json = named.as_ref().is_some_and(MediaType::is_json);
    if let Some(name) = value.as_str().and_then(|text| context.files.within(text)) {
        return Err(file_in_text(name));
    }
    Ok(match value {
        Value::Null if !is_json => None,
        value if is_json || (named.is_none() && value.is_structure()) => Some(body::json(value, schema, context)?),
        value => match named {
            Some(media_type) => Some(super::multipart::part_text(value, &media_type, schema, context)?),
            None => Some(value.to_text().into_owned()),
        },
    })
}
