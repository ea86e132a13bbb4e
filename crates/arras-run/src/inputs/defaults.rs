//! Defaults that a schema has for inputs, at the top and in depth.

use arras_doc::value::{Object, Value};

use super::{DEEPEST, branches, follow, properties};

/// How many properties may be looked at while defaults are filled in: a schema can refer to itself, defaults and all.
const MOST: usize = 100_000;

/// How many more for each object and array that is given.
const MOST_OF_EACH: usize = 1_000;

/// Whether all defaults are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    Whole,
    /// So many that there may be no end to them.
    PartOfEndless,
}

/// Puts the defaults of a schema where a value has nothing.
pub(super) fn fill(schema: &Value, value: &mut Value) -> Filled {
    let mut filling =
        Filling { root: schema, left: MOST.saturating_add(containers(value).saturating_mul(MOST_OF_EACH)) };
    filling.value(schema, value, 0);
    if filling.left == 0 { Filled::PartOfEndless } else { Filled::Whole }
}

/// How many objects and arrays there are in a value.
fn containers(value: &Value) -> usize {
    let mut found = 0;
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        found += usize::from(matches!(value, Value::Object(_) | Value::Array(_)));
        match value {
            Value::Object(members) => pending.extend(members.values()),
            Value::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    found
}

struct Filling<'s> {
    /// Where references lead into.
    root: &'s Value,
    /// How many properties may still be looked at.
    left: usize,
}

impl<'s> Filling<'s> {
    fn value(&mut self, schema: &'s Value, value: &mut Value, depth: usize) {
        let (Some(schema), true) = (follow(self.root, schema), depth < DEEPEST) else { return };
        match value {
            Value::Object(members) => self.object(schema, members, depth),
            Value::Array(items) => self.array(schema, items, depth),
            _ => {}
        }
    }

    fn object(&mut self, schema: &'s Value, members: &mut Object, depth: usize) {
        for (name, property) in properties(self.root, schema) {
            if !self.goes_on() {
                return;
            }
            let default = property.get("default").or_else(|| follow(self.root, property)?.get("default"));
            if let (Some(default), false) = (default, members.contains_key(name)) {
                members.insert(name.to_owned(), default.clone());
            }
            if let Some(member) = members.get_mut(name) {
                self.value(property, member, depth + 1);
            }
        }
    }

    fn array(&mut self, schema: &'s Value, items: &mut [Value], depth: usize) {
        for branch in branches(self.root, schema) {
            let first = branch.get("prefixItems").and_then(Value::as_array).unwrap_or_default();
            let schemas = first.iter().map(Some).chain(std::iter::repeat(branch.get("items")));
            for (item, schema) in items.iter_mut().zip(schemas) {
                let Some(schema) = schema.filter(|_| matches!(item, Value::Object(_) | Value::Array(_))) else {
                    continue;
                };
                if !self.goes_on() {
                    return;
                }
                self.value(schema, item, depth + 1);
            }
        }
    }

    /// Takes one from what is left; `false` if nothing is.
    fn goes_on(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }
}
