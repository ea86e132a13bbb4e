//! What stands for secrets in a replayed run, which no schema was made for.

use arras_doc::value::Value;

use crate::secret::Secrets;

/// Keywords that ask for what a stand-in leaves as it was: the type of a value, its members and how many there are.
const OF_FORM: [&str; 9] = [
    "type",
    "required",
    "dependentRequired",
    "minProperties",
    "maxProperties",
    "minItems",
    "maxItems",
    "additionalProperties",
    "unevaluatedProperties",
];

/// Whether it can't be known if a value meets that keyword of a schema: something stands for a secret, there or within it.
pub(crate) fn hides(stand_ins: &Secrets, value: Option<&Value>, keyword: &str) -> bool {
    !OF_FORM.contains(&keyword) && value.is_some_and(|value| stand_ins.taints(value))
}

/// The last part of a pointer to a keyword.
pub(crate) fn keyword(pointer: &str) -> &str {
    pointer.rsplit('/').next().unwrap_or_default()
}
