//! Which elements of XML answers are arrays, numbers and booleans by the description's schemas.

use arras_doc::media_type::MediaType;
use arras_doc::openapi::{Responses, Schema, SchemaType, StatusPattern};

use crate::xml::XmlTypes;

/// How deep schemas are followed: recursive ones have no end.
const MAX_DEPTH: usize = 12;
/// How many schemas of one answer are looked at.
const MAX_SCHEMAS: usize = 4_000;

/// By status, in the description's order; answers of which nothing is known are there too.
pub(super) fn of(responses: &Responses<'_>) -> Vec<(StatusPattern, XmlTypes)> {
    let is_xml = |name: &str| MediaType::parse(name).is_some_and(|media_type| media_type.is_xml());
    if !responses.iter().flat_map(|response| &response.content).any(|content| is_xml(content.media_type)) {
        return Vec::new();
    }
    let paths = responses.iter().map(|response| {
        let content = response.content.iter().find(|content| is_xml(content.media_type));
        (response.status, content.and_then(|content| content.schema()).map(|schema| types(&schema)).unwrap_or_default())
    });
    paths.collect()
}

fn types(root: &Schema<'_>) -> XmlTypes {
    let mut found = XmlTypes::default();
    let mut open = vec![(String::new(), 0, root.clone())];
    let mut seen = 0;
    while let Some((path, depth, schema)) = open.pop() {
        seen += 1;
        if seen > MAX_SCHEMAS || depth > MAX_DEPTH {
            continue;
        }
        for (name, property) in schema.properties() {
            let is_array = property.types().contains(&SchemaType::Array);
            let items = property.items().filter(|_| is_array);
            let own = xml_name(&property).unwrap_or(name);
            let Some(items) = items else {
                let is_attribute = property.keyword("xml").is_some_and(|xml| xml.flag("attribute"));
                let below = join(&path, &if is_attribute { format!("@{own}") } else { own.to_owned() });
                note(&mut found, &below, &property);
                if is_array {
                    found.arrays.insert(below.clone());
                }
                open.push((below, depth + 1, property));
                continue;
            };
            // the name beside `type: array` is that of the wrapping element, and nothing's where there is none
            let item = xml_name(&items).unwrap_or(name);
            let is_wrapped = property.keyword("xml").is_some_and(|xml| xml.flag("wrapped"));
            let below = if is_wrapped { join(&join(&path, own), item) } else { join(&path, item) };
            found.arrays.insert(below.clone());
            note(&mut found, &below, &items);
            open.push((below, depth + 1, items));
        }
    }
    found
}

fn note(found: &mut XmlTypes, path: &str, schema: &Schema<'_>) {
    if let Some(kind @ (SchemaType::Integer | SchemaType::Number | SchemaType::Boolean)) = schema.single_type() {
        found.scalars.insert(path.to_owned(), kind);
    }
}

fn xml_name<'d>(schema: &Schema<'d>) -> Option<&'d str> {
    schema.keyword("xml")?.text("name")
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}
