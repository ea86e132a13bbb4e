//! How a schema's values look as XML: the names of elements, attributes, wrapped lists (OpenAPI's XML Object).

mod write;

use std::collections::HashMap;

use crate::openapi::place::Site;
use crate::openapi::{Place, Schema, SchemaType, Version};
use crate::value::Value;

/// How many parts a shape has at most; what lies beyond is written and read without a schema's help.
const MOST_PARTS: usize = 4_096;

/// The shape of a schema's values in XML, detached from the description. Recursive schemas are circles in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct XmlShape {
    parts: Vec<Part>,
    /// Whether the document element has its name from `xml.name` and not from the component alone.
    is_root_named: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Part {
    /// `xml.name`; for the root, and from OpenAPI 3.2 on for what only refers to a component, also the component's name.
    name: Option<String>,
    prefix: Option<String>,
    namespace: Option<String>,
    form: Form,
    kind: Option<SchemaType>,
    /// All types that the schema allows; none if it does not say.
    types: Vec<SchemaType>,
    /// The values that it allows (`enum`, `const`), where it says so.
    values: Vec<Value>,
    properties: Vec<(String, usize)>,
    required: Vec<String>,
    /// Properties that are not named.
    others: Option<usize>,
    is_open: bool,
    items: Option<usize>,
    /// The items at the beginning that have schemas of their own.
    prefix_items: Vec<usize>,
}

/// What becomes of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    /// An element; of a list, one for each item.
    #[default]
    Element,
    /// An attribute of the element that holds it.
    Attribute,
    /// The text of the element that holds it (OpenAPI 3.2).
    Text,
    /// The same as a CDATA section (OpenAPI 3.2).
    CharacterData,
    /// Nothing of its own: the members of an object stand in its place (OpenAPI 3.2).
    Transparent,
    /// A list in an element of its own.
    Wrapped,
}

impl XmlShape {
    /// The shape of a schema's values.
    pub fn of(schema: &Schema<'_>) -> XmlShape {
        let mut making = Making { parts: Vec::new(), pending: Vec::new(), sites: HashMap::new() };
        making.part(schema.place());
        while let Some((index, place)) = making.pending.pop() {
            making.fill(index, &Schema::at(place));
        }
        let mut parts = making.parts;
        let is_root_named = parts.first().is_some_and(|root| root.name.is_some());
        if let Some(root) = parts.first_mut().filter(|root| root.name.is_none()) {
            root.name = component_name(schema.place());
        }
        XmlShape { parts, is_root_named }
    }

    /// Whether a value can be read back by it: it knows all parts, and no list in it mixes items of different forms.
    pub fn is_readable(&self) -> bool {
        let is_element = |index: &usize| {
            let item = XmlPart { shape: self, index: *index };
            matches!(item.form(), Form::Element | Form::Wrapped) && item.kind() != Some(SchemaType::Array)
        };
        let reads = |part: &Part| part.prefix_items.is_empty() && part.items.as_ref().is_none_or(is_element);
        self.parts.len() < MOST_PARTS && self.parts.iter().all(reads)
    }

    /// Whether the schema itself names the document element; a component's name is one that documents need not have.
    pub fn is_root_named(&self) -> bool {
        self.is_root_named
    }

    /// The name of the document element: `xml.name`, else that of the component that the schema is.
    pub fn root_name(&self) -> Option<&str> {
        self.parts.first()?.name.as_deref()
    }

    /// The document element.
    pub fn root(&self) -> XmlPart<'_> {
        XmlPart { shape: self, index: 0 }
    }
}

/// One part of a shape: what is known of a value. Of a value that no schema describes nothing is known.
#[derive(Clone, Copy, Debug)]
pub struct XmlPart<'s> {
    shape: &'s XmlShape,
    index: usize,
}

impl<'s> XmlPart<'s> {
    /// The value's type, where the schema has one only.
    pub fn kind(self) -> Option<SchemaType> {
        self.part()?.kind
    }

    /// The types that the schema allows; none if it does not say.
    pub fn types(self) -> &'s [SchemaType] {
        self.part().map(|part| part.types.as_slice()).unwrap_or_default()
    }

    /// The values that the schema lists (`enum`, `const`); none if it lists none.
    pub fn values(self) -> &'s [Value] {
        self.part().map(|part| part.values.as_slice()).unwrap_or_default()
    }

    /// Whether an object must have the property.
    pub fn requires(self, name: &str) -> bool {
        self.part().is_some_and(|part| part.required.iter().any(|required| required == name))
    }

    /// The properties that the schema does not name, where it describes them.
    pub fn others(self) -> Option<XmlPart<'s>> {
        self.part()?.others.map(|index| self.with(index))
    }

    /// Whether there may be properties that are not among those of the shape.
    pub fn is_open(self) -> bool {
        self.part().is_none_or(|part| part.is_open)
    }

    /// The namespace of the element or attribute, where the schema says so.
    pub fn namespace(self) -> Option<&'s str> {
        self.part()?.namespace.as_deref()
    }

    /// The properties of an object, in the schema's order.
    pub fn properties(self) -> impl Iterator<Item = (&'s str, XmlPart<'s>)> {
        let properties = self.part().map(|part| part.properties.as_slice()).unwrap_or_default();
        properties.iter().map(move |(name, index)| (name.as_str(), self.with(*index)))
    }

    /// A property by its name in the schema.
    pub fn property(self, name: &str) -> Option<XmlPart<'s>> {
        self.properties().find(|(known, _)| *known == name).map(|(_, part)| part)
    }

    /// The items of an array.
    pub fn items(self) -> Option<XmlPart<'s>> {
        self.part()?.items.map(|index| self.with(index))
    }

    /// The schema of the item at an index.
    fn item(self, at: usize) -> XmlPart<'s> {
        let prefixed = self.part().and_then(|part| part.prefix_items.get(at));
        let index = match prefixed {
            Some(index) => *index,
            // where the schema knows no array, one repeats what the schema describes
            None if self.kind() != Some(SchemaType::Array) => self.index,
            None => self.part().and_then(|part| part.items).unwrap_or(usize::MAX),
        };
        self.with(index)
    }

    /// The name of the element or attribute for the property `name`; for a list that is not wrapped, that of each item.
    pub fn element_name<'n>(self, name: &'n str) -> &'n str
    where
        's: 'n,
    {
        let own = self.part().and_then(|part| part.name.as_deref());
        if self.kind() == Some(SchemaType::Array) && !self.is_wrapped() {
            return self.items().and_then(XmlPart::own_name).or(own).unwrap_or(name);
        }
        own.unwrap_or(name)
    }

    /// The name of the elements within a wrapped list for the property `name`.
    pub fn item_name<'n>(self, name: &'n str) -> &'n str
    where
        's: 'n,
    {
        self.items().and_then(XmlPart::own_name).or(self.own_name()).unwrap_or(name)
    }

    /// Whether it is an attribute.
    pub fn is_attribute(self) -> bool {
        self.form() == Form::Attribute
    }

    /// Whether it is the text of the element that holds it.
    pub fn is_text(self) -> bool {
        matches!(self.form(), Form::Text | Form::CharacterData)
    }

    /// Whether the members of an object stand in the element that holds it.
    pub fn is_transparent(self) -> bool {
        self.form() == Form::Transparent
    }

    /// Whether it is a list within an element of its own.
    pub fn is_wrapped(self) -> bool {
        self.form() == Form::Wrapped
    }

    fn form(self) -> Form {
        self.part().map(|part| part.form).unwrap_or_default()
    }

    /// The name that its schema gives it.
    pub fn own_name(self) -> Option<&'s str> {
        self.part()?.name.as_deref()
    }

    fn part(self) -> Option<&'s Part> {
        self.shape.parts.get(self.index)
    }

    fn with(self, index: usize) -> XmlPart<'s> {
        XmlPart { shape: self.shape, index }
    }
}

struct Making<'d> {
    parts: Vec<Part>,
    pending: Vec<(usize, Place<'d>)>,
    /// The parts by where their schemas stand.
    sites: HashMap<Site, usize>,
}

impl<'d> Making<'d> {
    /// The part of the schema at a place, made when it is met first.
    fn part(&mut self, place: Place<'d>) -> usize {
        if let Some(known) = self.sites.get(&place.site()) {
            return *known;
        }
        let index = self.parts.len();
        if index >= MOST_PARTS {
            return usize::MAX;
        }
        self.sites.insert(place.site(), index);
        self.parts.push(Part::default());
        self.pending.push((index, place));
        index
    }

    fn fill(&mut self, index: usize, schema: &Schema<'d>) {
        let mut described = schema.properties();
        for (name, property) in schema.alternatives().iter().flat_map(Schema::properties) {
            if !described.iter().any(|(known, _)| *known == name) {
                described.push((name, property));
            }
        }
        let properties = described.into_iter();
        let properties = properties.map(|(name, property)| (name.to_owned(), self.part(property.place()))).collect();
        let items = schema.items().map(|items| self.part(items.place()));
        let prefix_items = schema.keyword("prefixItems").into_iter().flat_map(Place::items);
        let prefix_items = prefix_items.map(|place| self.part(place)).collect();
        let own = |field: &str| schema.keyword("xml").and_then(|xml| xml.text(field)).map(str::to_owned);
        let kind = schema.single_type().or_else(|| {
            let has = |keyword| schema.keyword(keyword).is_some();
            if has("items") || has("prefixItems") {
                Some(SchemaType::Array)
            } else {
                has("properties").then_some(SchemaType::Object)
            }
        });
        let form = form(schema, kind);
        let others = schema.additional_properties().map(|others| self.part(others.place()));
        let required = schema.required().into_iter().map(str::to_owned).collect();
        let values = schema.values().into_iter().map(|value| value.node().to_value()).collect();
        if let Some(part) = self.parts.get_mut(index) {
            *part = Part {
                name: own("name").or_else(|| component_of(schema)),
                prefix: own("prefix"),
                namespace: own("namespace"),
                form,
                kind,
                types: schema.types(),
                values,
                properties,
                required,
                others,
                is_open: is_open(schema),
                items,
                prefix_items,
            };
        }
    }
}

/// Whether an object may have members that neither it nor one of its alternatives names.
fn is_open(schema: &Schema<'_>) -> bool {
    let more = |schema: &Schema<'_>| {
        let others = schema.keyword("additionalProperties");
        schema.is_beyond() || others.is_some_and(|others| others.node().as_bool() != Some(false))
    };
    let is_object = |schema: &Schema<'_>| {
        let types = schema.types();
        types.is_empty() || types.contains(&SchemaType::Object)
    };
    more(schema)
        || schema
            .alternatives()
            .iter()
            .any(|one| more(one) || !one.choices().is_empty() || (is_object(one) && one.property_names().is_empty()))
}

fn form(schema: &Schema<'_>, kind: Option<SchemaType>) -> Form {
    let Some(xml) = schema.keyword("xml") else { return Form::Element };
    let is_list = kind == Some(SchemaType::Array);
    match xml.text("nodeType") {
        Some("attribute") => return Form::Attribute,
        Some("text") => return Form::Text,
        Some("cdata") => return Form::CharacterData,
        Some("none") if !is_list => return Form::Transparent,
        Some("element") if is_list => return Form::Wrapped,
        Some(_) => return Form::Element,
        None => {}
    }
    match (xml.flag("attribute"), is_list && xml.flag("wrapped")) {
        (true, _) => Form::Attribute,
        (_, true) => Form::Wrapped,
        _ => Form::Element,
    }
}

/// From OpenAPI 3.2 on, what only refers to a component has the component's element, none of its own.
fn component_of(schema: &Schema<'_>) -> Option<String> {
    let place = schema.place();
    let only_refers = place.description().version() >= Version::V3_2 && place.get("xml").is_none();
    component_name(place).filter(|_| only_refers && schema.single_type() != Some(SchemaType::Array))
}

/// The last name of a reference to a component: `Pet` of `#/components/schemas/Pet`.
fn component_name(place: Place<'_>) -> Option<String> {
    let (_, fragment) = place.reference()?.split_once('#')?;
    let name = fragment.strip_prefix("/components/schemas/").or_else(|| fragment.strip_prefix("/definitions/"))?;
    write::is_name(name).then(|| name.to_owned())
}

#[cfg(test)]
mod tests;
