//! Where a value differs from its schema: the first few differences, at a cost that is bounded whatever the schema is.
//!
//! A schema's engine collects the errors of every alternative, again for each way that leads to a value, before any can be
//! told: a schema that refers to itself in two places makes their number grow with each level of an answer. Here a pair of
//! a schema and a value is looked at once, and only where the engine, which remembers what it has judged, refuses it.

use std::collections::{HashMap, HashSet};

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde_json::{Map, Value, json};

/// How many values may be judged again to find the differences.
const MOST_JUDGED: usize = 500_000;
/// How many parts of schemas may be compiled again for that.
const MOST_COMPILED: usize = 300_000;
/// How many wrong parts of one value are looked at.
const MOST_BELOW: usize = 50;
/// How many members that nothing describes are named.
const MOST_NAMES: usize = 3;
/// The longest message.
const LONGEST_MESSAGE: usize = 300;
/// The longest value that a message shows.
const LONGEST_SHOWN: usize = 60;

/// Keywords that say something of a value without looking into it.
const FLAT: [&str; 18] = [
    "type",
    "enum",
    "const",
    "required",
    "format",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];

/// One difference.
#[derive(Debug)]
pub struct Difference {
    /// A JSON Pointer to the value.
    pub value: String,
    /// A JSON Pointer to the keyword that refuses it, in the converted schema.
    pub keyword: String,
    /// What is wrong.
    pub message: String,
    /// The members of the value that nothing describes, where that is wrong.
    pub names: Vec<String>,
    /// Whether all that is wrong is that more alternatives fit than one.
    pub fits_several: bool,
}

/// The first differences between a value and a schema that refuses it, and whether there are more.
pub fn find(schema: &Value, value: &Value, most: usize) -> (Vec<Difference>, bool) {
    let definitions = schema.get("$defs").and_then(Value::as_object);
    let mut walk = Walk {
        definitions,
        by_place: HashMap::new(),
        flat: HashMap::new(),
        seen: HashSet::new(),
        open: vec![Pair { schema, at: String::new(), value, path: String::new() }],
        found: Vec::new(),
        judged: 0,
        compiled: 0,
    };
    while let Some(pair) = walk.open.pop() {
        if walk.found.len() > most {
            break;
        }
        walk.look_at(pair);
    }
    let more = walk.found.len() > most;
    walk.found.truncate(most);
    (walk.found, more)
}

/// A schema and a value that it refuses.
struct Pair<'a> {
    schema: &'a Value,
    /// A JSON Pointer to the schema.
    at: String,
    value: &'a Value,
    /// A JSON Pointer to the value.
    path: String,
}

struct Walk<'a> {
    definitions: Option<&'a Map<String, Value>>,
    /// By the address of the schema, which stays where it is.
    by_place: HashMap<usize, Option<Validator>>,
    flat: HashMap<usize, Option<Validator>>,
    seen: HashSet<(usize, usize)>,
    open: Vec<Pair<'a>>,
    found: Vec<Difference>,
    judged: usize,
    compiled: usize,
}

impl<'a> Walk<'a> {
    fn look_at(&mut self, pair: Pair<'a>) {
        if !self.seen.insert((address(pair.schema), address(pair.value))) {
            return;
        }
        let Value::Object(keywords) = pair.schema else {
            return self.tell(&pair, "", format!("{} stands where nothing may be", shown(pair.value)));
        };
        let before = self.found.len();
        self.flat(&pair, keywords);
        let mut below = Vec::new();
        self.same_value(&pair, keywords, &mut below);
        self.members(&pair, keywords, &mut below);
        self.items(&pair, keywords, &mut below);
        if below.is_empty() && self.found.len() == before {
            self.remaining(&pair, keywords);
        }
        // the first comes off the stack first
        self.open.extend(below.into_iter().rev());
    }

    fn tell(&mut self, pair: &Pair<'_>, keyword: &str, message: String) {
        let keyword = if keyword.is_empty() { pair.at.clone() } else { format!("{}/{keyword}", pair.at) };
        let message = match message.char_indices().nth(LONGEST_MESSAGE) {
            Some((end, _)) => format!("{}…", &message[..end]),
            None => message,
        };
        let value = pair.path.clone();
        self.found.push(Difference { value, keyword, message, names: Vec::new(), fits_several: false });
    }

    /// What is wrong with the value itself.
    fn flat(&mut self, pair: &Pair<'a>, keywords: &Map<String, Value>) {
        let validator = self.flat.entry(address(pair.schema)).or_insert_with(|| {
            let schema = flat_schema(keywords);
            (!schema.is_empty()).then(|| super::compile(&Value::Object(schema)).ok())?
        });
        let errors: Vec<(String, String)> = match validator {
            Some(validator) => {
                let errors = validator.iter_errors(pair.value);
                errors.map(|error| (error.schema_path().to_string(), explain(&error))).collect()
            }
            None => return,
        };
        for (keyword, message) in errors {
            self.tell(pair, keyword.trim_start_matches('/'), message);
        }
    }

    /// Keywords that apply schemas to the value itself.
    fn same_value(&mut self, pair: &Pair<'a>, keywords: &'a Map<String, Value>, below: &mut Vec<Pair<'a>>) {
        let same = |schema: &'a Value, at: String| Pair { schema, at, value: pair.value, path: pair.path.clone() };
        if let Some(Value::String(reference)) = keywords.get("$ref")
            && let Some(target) = self.target(reference)
            && (keywords.keys().all(|name| name == "$ref" || name == "$defs") || self.refuses(target, pair.value))
        {
            below.push(same(target, reference.trim_start_matches('#').to_owned()));
        }
        for (at, part) in list(keywords, "allOf") {
            if self.refuses(part, pair.value) {
                below.push(same(part, format!("{}/allOf/{at}", pair.at)));
            }
        }
        for name in ["anyOf", "oneOf"] {
            let parts: Vec<(usize, &'a Value)> = list(keywords, name).collect();
            let fitting = parts.iter().filter(|(_, part)| !self.refuses(part, pair.value)).count();
            let others: Vec<_> = parts.iter().filter(|(_, part)| !is_null_type(part)).collect();
            match (fitting, others.as_slice()) {
                _ if parts.is_empty() || self.is_spent() => {}
                // what may be absent is told as if it had to be there
                (0, [(at, part)]) => below.push(same(part, format!("{}/{name}/{at}", pair.at))),
                (0, _) => {
                    self.tell(pair, name, format!("{} fits none of the alternatives of `{name}`", shown(pair.value)));
                }
                (2.., _) if name == "oneOf" => {
                    let message = format!("{} fits {fitting} alternatives of `oneOf`, not one", shown(pair.value));
                    self.tell(pair, name, message);
                    self.found.last_mut().into_iter().for_each(|told| told.fits_several = true);
                }
                _ => {}
            }
        }
        if let Some(not) = keywords.get("not")
            && !self.refuses(not, pair.value)
            && !self.is_spent()
        {
            self.tell(pair, "not", format!("{} is what `not` excludes", shown(pair.value)));
        }
        if let Some(condition) = keywords.get("if") {
            let branch = if self.refuses(condition, pair.value) { "else" } else { "then" };
            if let Some(part) = keywords.get(branch)
                && self.refuses(part, pair.value)
            {
                below.push(same(part, format!("{}/{branch}", pair.at)));
            }
        }
        if let (Some(Value::Object(schemas)), Value::Object(members)) = (keywords.get("dependentSchemas"), pair.value) {
            for (name, part) in schemas.iter().filter(|(name, _)| members.contains_key(*name)) {
                if self.refuses(part, pair.value) {
                    below.push(same(part, join(&format!("{}/dependentSchemas", pair.at), name)));
                }
            }
        }
    }

    fn members(&mut self, pair: &Pair<'a>, keywords: &'a Map<String, Value>, below: &mut Vec<Pair<'a>>) {
        let Value::Object(members) = pair.value else { return };
        let map = |name: &str| keywords.get(name).and_then(Value::as_object);
        let (named, patterns) = (map("properties"), map("patternProperties"));
        let patterns: Vec<(&String, &'a Value, Option<Validator>)> = patterns
            .into_iter()
            .flatten()
            .map(|(pattern, part)| (pattern, part, super::compile(&json!({ "pattern": pattern })).ok()))
            .collect();
        let others = keywords.get("additionalProperties");
        let mut strange: Vec<&str> = Vec::new();
        for (name, value) in members {
            let mut parts: Vec<(&'a Value, String)> = Vec::new();
            if let Some(part) = named.and_then(|named| named.get(name)) {
                parts.push((part, join(&format!("{}/properties", pair.at), name)));
            }
            for (pattern, part, validator) in &patterns {
                if validator.as_ref().is_some_and(|validator| validator.is_valid(&json!(name))) {
                    parts.push((part, join(&format!("{}/patternProperties", pair.at), pattern)));
                }
            }
            match others {
                Some(Value::Bool(false)) if parts.is_empty() => strange.push(name),
                Some(part) if parts.is_empty() => parts.push((part, format!("{}/additionalProperties", pair.at))),
                _ => {}
            }
            for (schema, at) in parts {
                if self.refuses(schema, value) {
                    below.push(Pair { schema, at, value, path: join(&pair.path, name) });
                }
            }
            if let Some(names) = keywords.get("propertyNames")
                && self.refuses(names, &json!(name))
            {
                self.tell(pair, "propertyNames", format!("the name {} is not allowed", shown(&json!(name))));
            }
            if below.len() > MOST_BELOW {
                break;
            }
        }
        self.strange(pair, "additionalProperties", &strange);
    }

    /// Members that a keyword does not allow.
    fn strange(&mut self, pair: &Pair<'_>, keyword: &str, strange: &[&str]) {
        let names: Vec<String> = strange.iter().take(MOST_NAMES).map(|name| format!("`{name}`")).collect();
        let message = match strange.len() {
            0 => return,
            1 => format!("the member {} is not described", names[0]),
            count => {
                let dots = if count > MOST_NAMES { ", …" } else { "" };
                format!("{count} members are not described: {}{dots}", names.join(", "))
            }
        };
        self.tell(pair, keyword, message);
        if let Some(told) = self.found.last_mut() {
            told.names = strange.iter().map(|name| (*name).to_owned()).collect();
        }
    }

    fn items(&mut self, pair: &Pair<'a>, keywords: &'a Map<String, Value>, below: &mut Vec<Pair<'a>>) {
        let Value::Array(items) = pair.value else { return };
        let first: Vec<&'a Value> = list(keywords, "prefixItems").map(|(_, part)| part).collect();
        let others = keywords.get("items").filter(|others| others.is_object());
        for (at, value) in items.iter().enumerate() {
            let part = first.get(at).map(|part| (*part, format!("{}/prefixItems/{at}", pair.at)));
            let Some((schema, place)) = part.or_else(|| Some((others?, format!("{}/items", pair.at)))) else { break };
            if self.refuses(schema, value) {
                below.push(Pair { schema, at: place, value, path: format!("{}/{at}", pair.path) });
                // a few are enough, and there may be a million
                if below.len() > MOST_BELOW {
                    break;
                }
            }
        }
    }

    /// A keyword that refuses the value without any part of it being wrong, or one that it would take too long to find.
    fn remaining(&mut self, pair: &Pair<'a>, keywords: &Map<String, Value>) {
        const OTHERS: [&str; 3] = ["contains", "unevaluatedProperties", "unevaluatedItems"];
        let before = self.found.len();
        if keywords.contains_key("unevaluatedProperties")
            && let Some(validator) = self.compile(pair.schema)
        {
            for error in validator.iter_errors(pair.value) {
                if let ValidationErrorKind::UnevaluatedProperties { unexpected } = error.kind() {
                    let names: Vec<&str> = unexpected.iter().map(String::as_str).collect();
                    self.strange(pair, "unevaluatedProperties", &names);
                }
            }
            if self.found.len() > before {
                return;
            }
        }
        match OTHERS.into_iter().find(|name| keywords.contains_key(*name)) {
            Some(name) if !self.is_spent() => {
                self.tell(pair, name, format!("{} is not what `{name}` allows", shown(pair.value)));
            }
            _ => self.tell(pair, "", format!("{} is refused somewhere within", shown(pair.value))),
        }
    }

    fn is_spent(&self) -> bool {
        self.judged > MOST_JUDGED || self.compiled > MOST_COMPILED
    }

    /// Whether a part of the schema refuses a value; no once too much was judged.
    fn refuses(&mut self, schema: &'a Value, value: &Value) -> bool {
        match schema {
            Value::Bool(all) => return !all,
            Value::Object(keywords) if keywords.is_empty() => return false,
            _ => {}
        }
        self.judged = self.judged.saturating_add(size(value, MOST_JUDGED));
        if self.is_spent() {
            return false;
        }
        if !self.by_place.contains_key(&address(schema)) {
            let validator = self.compile(schema);
            self.by_place.insert(address(schema), validator);
        }
        let validator = self.by_place.get(&address(schema)).and_then(Option::as_ref);
        validator.is_some_and(|validator| !validator.is_valid(value))
    }

    /// Compiles a part of the schema with all that it refers to.
    fn compile(&mut self, schema: &'a Value) -> Option<Validator> {
        let mut needed = Map::new();
        let mut open = vec![schema];
        while let Some(next) = open.pop() {
            self.compiled += 1;
            match next {
                Value::Object(members) => {
                    if let Some(Value::String(reference)) = members.get("$ref")
                        && let Some(name) = reference.strip_prefix("#/$defs/")
                        && let Some(target) = self.definitions.and_then(|all| all.get(name))
                        && !needed.contains_key(name)
                    {
                        needed.insert(name.to_owned(), target.clone());
                        open.push(target);
                    }
                    open.extend(members.iter().filter(|(name, _)| *name != "$defs").map(|(_, member)| member));
                }
                Value::Array(items) => open.extend(items),
                _ => {}
            }
            if self.is_spent() {
                return None;
            }
        }
        let mut whole = schema.as_object()?.clone();
        whole.insert("$defs".into(), Value::Object(needed));
        super::compile(&Value::Object(whole)).ok()
    }

    fn target(&self, reference: &str) -> Option<&'a Value> {
        self.definitions?.get(reference.strip_prefix("#/$defs/")?)
    }
}

fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

/// How many values a value holds, itself among them, as far as `most`.
fn size(value: &Value, most: usize) -> usize {
    let mut open = vec![value];
    let mut size = 0;
    while let Some(value) = open.pop() {
        size += 1;
        if size > most {
            break;
        }
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            _ => {}
        }
    }
    size
}

/// What a schema says of a value without looking into it; of items only how many there may be.
fn flat_schema(keywords: &Map<String, Value>) -> Map<String, Value> {
    let named = |name: &&str| Some(((*name).to_owned(), keywords.get(*name)?.clone()));
    let mut flat: Map<String, Value> = FLAT.iter().chain(&["dependentRequired"]).filter_map(named).collect();
    if keywords.get("items") == Some(&Value::Bool(false)) {
        if let Some(Value::Array(first)) = keywords.get("prefixItems") {
            flat.insert("prefixItems".into(), first.iter().map(|_| Value::Bool(true)).collect());
        }
        flat.insert("items".into(), Value::Bool(false));
    }
    flat
}

fn list<'a>(keywords: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = (usize, &'a Value)> {
    keywords.get(name).and_then(Value::as_array).into_iter().flatten().enumerate()
}

fn is_null_type(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

fn join(pointer: &str, token: &str) -> String {
    let mut joined = pointer.to_owned();
    crate::pointer::push(&mut joined, token);
    joined
}

/// A value as a message names it: itself only where it is short.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::Object(_) | Value::Array(_) => String::new(),
        scalar => scalar.to_string(),
    };
    if text.is_empty() || text.len() > LONGEST_SHOWN { kind(value).to_owned() } else { text }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "an object",
        Value::Array(_) => "an array",
        Value::String(_) => "a text",
        Value::Number(_) => "a number",
        _ => "the value",
    }
}

/// What the engine says, with the value itself only where it is short.
fn explain(error: &jsonschema::ValidationError<'_>) -> String {
    let instance = error.instance();
    let short = !(instance.is_object() || instance.is_array()) && instance.to_string().len() <= LONGEST_SHOWN;
    if short { error.to_string() } else { error.masked_with(kind(instance)).to_string() }
}
