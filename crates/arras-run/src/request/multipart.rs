//! `multipart/form-data` (RFC 7578): a part for each field, as OpenAPI's Encoding Object says.

use arras_doc::diagnostic::Diagnostics;
use arras_doc::media_type::MediaType;
use arras_doc::openapi::{Content, Encoding, Schema, SchemaType};
use arras_doc::value::{Object, Value};
use bytes::Bytes;

use super::style::{self, Spelling};
use super::{Context, base64, body, encode, file_in_text, invalid};
use crate::fault::Fault;
use crate::file;
use crate::payload::Payload;

const BINARY: &str = "application/octet-stream";

/// A part: its header fields but for the first, and its body.
struct Part {
    name: String,
    file_name: Option<String>,
    content_type: Option<String>,
    headers: Vec<(String, String)>,
    body: Payload,
}

/// The content type with its boundary, and the bytes of a form (ARZ-BODY-10). A text is the whole body as it is.
pub(super) fn encode(
    value: &Value,
    content_type: String,
    media_type: &MediaType,
    content: Option<&Content<'_>>,
    context: Context<'_>,
) -> Result<(String, Payload), Fault> {
    match value {
        Value::String(text) => match (context.files.of(value), context.files.within(text)) {
            (Some(file), _) if media_type.parameter("boundary").is_some() => Ok((content_type, file.payload())),
            (Some(file), _) => whole(file.bytes().map_err(invalid)?, content_type, media_type),
            (None, Some(name)) => Err(file_in_text(name)),
            (None, None) => whole(Bytes::from(text.clone()), content_type, media_type),
        },
        Value::Object(members) if media_type.essence() == "multipart/form-data" => {
            let parts = parts(members, content, context)?;
            let boundary = match media_type.parameter("boundary") {
                Some(boundary) if !is_boundary(boundary) => {
                    return Err(invalid(format!("`{}` is no boundary", boundary.escape_debug())));
                }
                Some(boundary) => {
                    for part in &parts {
                        if ends_at(part, boundary).map_err(invalid)? {
                            return Err(invalid(format!("a part of the body has the boundary `{boundary}` in it")));
                        }
                    }
                    boundary.to_owned()
                }
                None => boundary(&parts, context.effect),
            };
            let content_type = match media_type.parameter("boundary") {
                Some(_) => content_type,
                None => format!("{}; boundary={boundary}", content_type.trim_end_matches([';', ' '])),
            };
            Ok((content_type, write(&parts, &boundary)))
        }
        value => Err(body::inexpressible(value.kind_name(), media_type)),
    }
}

/// A body that was written by hand: the content type must tell its boundary, which its first line has.
fn whole(bytes: Bytes, content_type: String, media_type: &MediaType) -> Result<(String, Payload), Fault> {
    if media_type.parameter("boundary").is_some() {
        return Ok((content_type, bytes.into()));
    }
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    let boundary = first.strip_prefix(b"--").and_then(|boundary| std::str::from_utf8(boundary).ok());
    match boundary.filter(|boundary| is_boundary(boundary)) {
        Some(boundary) => {
            let quote = if encode::is_token(boundary) { "" } else { "\"" };
            let content_type = content_type.trim_end_matches([';', ' ']);
            Ok((format!("{content_type}; boundary={quote}{boundary}{quote}"), bytes.into()))
        }
        None => Err(invalid(format!("a payload for `{media_type}` that is a text must begin with its boundary"))),
    }
}

fn parts(members: &Object, content: Option<&Content<'_>>, context: Context<'_>) -> Result<Vec<Part>, Fault> {
    let schema = content.and_then(Content::schema);
    let has_styles = content.is_some_and(has_styles);
    let mut parts = Vec::new();
    for (name, value) in members {
        if value.is_null() {
            continue;
        }
        let encoding = content.and_then(|content| content.encoding(name));
        let schema = schema.as_ref().and_then(|schema| schema.property(name));
        let has_file = context.files.inside(value).is_some();
        if let Some((style, explode)) = encoding.and_then(|encoding| encoding.style).filter(|_| has_styles && !has_file)
        {
            let spelling = Spelling::of_field(style, explode, false).plain();
            parts.extend(style::pairs(name, value, &spelling).into_iter().map(|(name, text)| plain(name, text)));
            continue;
        }
        let items = schema.as_ref().and_then(Schema::items);
        let (values, schema) = match value {
            Value::Array(values) => (values.as_slice(), items.as_ref()),
            single => (std::slice::from_ref(single), schema.as_ref()),
        };
        for value in values.iter().filter(|value| !value.is_null()) {
            parts.push(part(name, value, encoding.as_ref(), schema, context)?);
        }
    }
    Ok(parts)
}

/// Whether parts have styles: not in OpenAPI 3.0, which has them ignored but in forms.
fn has_styles(content: &Content<'_>) -> bool {
    // Swagger 2.0 has no Media Type Object, and `collectionFormat` for all fields
    content.place.is_none_or(|place| place.description().version().has_json_schema())
}

fn plain(name: String, text: String) -> Part {
    Part { name, file_name: None, content_type: None, headers: Vec::new(), body: text.into() }
}

fn part(
    name: &str,
    value: &Value,
    encoding: Option<&Encoding<'_>>,
    schema: Option<&Schema<'_>>,
    context: Context<'_>,
) -> Result<Part, Fault> {
    let file = context.files.of(value);
    let listed = encoding.and_then(|encoding| encoding.content_type);
    let content_type = match listed {
        Some(list) => chosen(list, file.map(|file| file.name.as_str())),
        None => default_type(value, schema, file.is_some()).to_owned(),
    };
    let media_type = MediaType::parse(&content_type)
        .ok_or_else(|| invalid(format!("`{content_type}`, the content type of field `{name}`, is no media type")))?;
    if content_type.contains(char::is_control) {
        return Err(invalid(format!("the content type of field `{name}` has a control character")));
    }
    let body: Payload = match (file, schema.and_then(base64::of)) {
        (Some(file), Some(alphabet)) => alphabet.encode(&file.bytes().map_err(invalid)?).into(),
        (Some(file), None) => file.payload(),
        (None, _) => {
            let text = part_text(value, &media_type, schema, context)?;
            match media_type.parameter("charset") {
                Some(charset) => body::in_charset(text, charset)?.into(),
                None => text.into(),
            }
        }
    };
    let mut headers = part_headers(name, encoding)?;
    let encoding = schema.and_then(|schema| schema.keyword("contentEncoding")).and_then(|keyword| keyword.as_text());
    if let Some(encoding) = encoding.filter(|_| !headers.iter().any(|(name, _)| is_transfer_encoding(name))) {
        if !encode::is_token(encoding) {
            let encoding = encoding.escape_debug();
            return Err(invalid(format!(
                "`{encoding}`, the `contentEncoding` of field `{name}`, is no name of an encoding"
            )));
        }
        headers.push(("Content-Transfer-Encoding".into(), encoding.to_owned()));
    }
    // without a content type, a field is plain text (RFC 7578 §4.4)
    let content_type = (content_type != "text/plain" || listed.is_some()).then_some(content_type);
    Ok(Part { name: name.to_owned(), file_name: file.map(|file| file.name.clone()), content_type, headers, body })
}

fn is_transfer_encoding(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-transfer-encoding")
}

/// The text of a value by a media type of its own.
pub(super) fn part_text(
    value: &Value,
    media_type: &MediaType,
    schema: Option<&Schema<'_>>,
    context: Context<'_>,
) -> Result<String, Fault> {
    if let Some(name) = context.files.inside(value).filter(|_| !media_type.is_json()) {
        return Err(invalid(format!("the file `{name}` is inside of a field, where only JSON can have one")));
    }
    match value {
        value if media_type.is_json() => body::json(value, schema, context),
        value if media_type.is_xml() && value.is_structure() => body::xml(value, schema, media_type, context),
        value if value.is_structure() => Err(body::inexpressible(value.kind_name(), media_type)),
        scalar => Ok(scalar.to_text().into_owned()),
    }
}

/// The table of default content types of the Encoding Object.
fn default_type(value: &Value, schema: Option<&Schema<'_>>, is_file: bool) -> &'static str {
    let encoded = |schema: &Schema<'_>| {
        schema.keyword("contentEncoding").is_some() || matches!(schema.format(), Some("binary" | "byte" | "base64"))
    };
    let is_text = schema.and_then(Schema::single_type) == Some(SchemaType::String);
    match value {
        _ if is_file => BINARY,
        value if value.is_structure() => "application/json",
        _ if schema.is_some_and(|schema| encoded(schema) || (!is_text && schema.types().is_empty())) => BINARY,
        _ => "text/plain",
    }
}

/// One of a list of media types: for a file that of its name, else the first that is no range.
fn chosen(list: &str, file_name: Option<&str>) -> String {
    let listed = || list.split(',').map(str::trim);
    let guessed = file_name.and_then(by_extension);
    let fits = |range: &str| {
        let (guessed, range) = (guessed.and_then(MediaType::parse), MediaType::parse(range));
        guessed.zip(range).is_some_and(|(guessed, range)| guessed.is_in(&range))
    };
    if let (Some(guessed), true) = (guessed, listed().any(fits)) {
        let written = listed().find(|range| fits(range) && !range.contains('*'));
        return written.unwrap_or(guessed).to_owned();
    }
    listed().find(|range| !range.contains('*')).unwrap_or(BINARY).to_owned()
}

/// What a file's name says of its content.
fn by_extension(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
        "json" => "application/json",
        "xml" => "application/xml",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "gz" => "application/gzip",
        "txt" => "text/plain",
        "csv" => "text/csv",
        "html" | "htm" => "text/html",
        "md" => "text/markdown",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        _ => return None,
    })
}

/// The header fields that the description gives a part, whose values only their schemas can tell.
fn part_headers(field: &str, encoding: Option<&Encoding<'_>>) -> Result<Vec<(String, String)>, Fault> {
    let described = encoding.map(|encoding| encoding.headers(&mut Diagnostics::new())).unwrap_or_default();
    let mut headers = Vec::new();
    for header in described {
        let schema = header.schema();
        let only = schema.as_ref().and_then(|schema| match schema.values().as_slice() {
            [only] => Some(*only),
            _ => schema.keyword("default"),
        });
        let value = only.map(|place| place.node().to_value());
        match value.filter(|value| !value.is_structure()).map(|value| value.to_text().into_owned()) {
            Some(text) if !text.contains(['\r', '\n', '\0']) && encode::is_token(header.name) => {
                headers.push((header.name.to_owned(), text));
            }
            None if !header.required => {}
            _ => {
                let message =
                    format!("the part `{field}` needs the header `{}`, whose value nothing tells", header.name);
                return Err(invalid(message));
            }
        }
    }
    Ok(headers)
}

/// A boundary that no part has in it: made from the attempt's name, and so the same whenever the run is replayed. Files
/// that stay where they are are not searched: their digests are in the boundary, so that no file can hold it but by luck.
fn boundary(parts: &[Part], effect: &str) -> String {
    let mut seed = file::digest(effect.as_bytes());
    let digests: String = parts.iter().flat_map(|part| part.body.files()).map(|file| file.digest.as_str()).collect();
    let files = if digests.is_empty() { String::new() } else { format!("-{:016x}", file::digest(digests.as_bytes())) };
    loop {
        let boundary = format!("arras-{seed:016x}{files}");
        if !parts.iter().any(|part| holds(part, &boundary)) {
            return boundary;
        }
        seed = file::digest(boundary.as_bytes());
    }
}

fn holds(part: &Part, boundary: &str) -> bool {
    let boundary = boundary.as_bytes();
    let bytes = part.body.in_memory().unwrap_or_default();
    !boundary.is_empty() && bytes.windows(boundary.len()).any(|window| window == boundary)
}

/// Whether a line of the part begins as the boundary does, which ends it.
fn ends_at(part: &Part, boundary: &str) -> Result<bool, String> {
    let line = format!("\r\n--{boundary}");
    let line = line.as_bytes();
    // what came before the first byte was the end of a line, too
    let mut kept = b"\r\n".to_vec();
    let mut found = false;
    part.body.visit(&mut |piece| {
        kept.extend_from_slice(piece);
        found = found || kept.windows(line.len()).any(|window| window == line);
        kept.drain(..kept.len().saturating_sub(line.len() - 1));
    })?;
    Ok(found)
}

/// RFC 2046 §5.1.1
fn is_boundary(text: &str) -> bool {
    let may_be = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    !text.is_empty() && text.len() <= 70 && !text.ends_with(' ') && text.bytes().all(may_be)
}

fn write(parts: &[Part], boundary: &str) -> Payload {
    let mut out = Payload::default();
    // what stands between files, written at once
    let mut text: Vec<u8> = Vec::new();
    for part in parts {
        text.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        text.extend_from_slice(format!("Content-Disposition: form-data; name=\"{}\"", quoted(&part.name)).as_bytes());
        if let Some(name) = &part.file_name {
            text.extend_from_slice(format!("; filename=\"{}\"", quoted(name)).as_bytes());
        }
        text.extend_from_slice(b"\r\n");
        if let Some(content_type) = &part.content_type {
            text.extend_from_slice(format!("Content-Type: {content_type}\r\n").as_bytes());
        }
        for (name, value) in &part.headers {
            text.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        text.extend_from_slice(b"\r\n");
        match part.body.in_memory() {
            Some(bytes) => text.extend_from_slice(bytes),
            None => {
                out.push(std::mem::take(&mut text).into());
                out.append(part.body.clone());
            }
        }
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    out.push(text.into());
    out
}

/// A name between quotes, as browsers write it.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
