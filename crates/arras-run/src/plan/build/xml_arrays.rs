//! Which elements of XML answers are arrays by the description's schemas.

use arras_doc::media_type::MediaType;
use arras_doc::openapi::{Responses, Schema, SchemaType, StatusPattern};

use crate::xml::ArrayPaths;

/// How deep schemas are followed: recursive ones have no end.
const MAX_DEPTH: usize = 12;
/// How many schemas of one answer are looked at.
const MAX_SCHEMAS: usize = 4_000;

/// By status, in the description's order; answers without such elements are there too, with none.
pub(super) fn of(responses: &Responses<'_>) -> Vec<(StatusPattern, ArrayPaths)> {
    let is_xml = |name: &str| MediaType::parse(name).is_some_and(|media_type| media_type.is_xml());
    if !responses.iter().flat_map(|response| &response.content).any(|content| is_xml(content.media_type)) {
        return Vec::new();
    }
    let paths = responses.iter().map(|response| {
        let content = response.content.iter().find(|content| is_xml(content.media_type));
        (
            response.status,
            content.and_then(|content| content.schema()).map(|schema| arrays(&schema)).unwrap_or_default(),
        )
    });
    paths.collect()
}

fn arrays(root: &Schema<'_>) -> ArrayPaths {
    let mut found = ArrayPaths::default();
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
                let below = join(&path, own);
                if is_array {
                    found.0.insert(below.clone());
                }
                open.push((below, depth + 1, property));
                continue;
            };
            // the name beside `type: array` is that of the wrapping element, and nothing's where there is none
            let item = xml_name(&items).unwrap_or(name);
            let is_wrapped = property.keyword("xml").is_some_and(|xml| xml.flag("wrapped"));
            let below = if is_wrapped { join(&join(&path, own), item) } else { join(&path, item) };
            found.0.insert(below.clone());
            open.push((below, depth + 1, items));
        }
    }
    found
}

fn xml_name<'d>(schema: &Schema<'d>) -> Option<&'d str> {
    schema.keyword("xml")?.text("name")
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}
