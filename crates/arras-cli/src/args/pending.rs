//! Options that are settled but can't be carried out yet: refused, never passed over.

/// The options, by their long names, and why they are refused. Carrying one out means deleting its line.
const PENDING: &[(&str, &str)] =
    &[("parallel", "steps run one after the other, which every `dependsOn` allows; leave the option out")];

/// Their long names.
pub fn options() -> impl Iterator<Item = &'static str> {
    PENDING.iter().map(|(option, _)| *option)
}

/// Why the option of that long name is refused; `None` where it is not.
pub fn refusal(long: &str) -> Option<&'static str> {
    PENDING.iter().find(|(option, _)| *option == long).map(|(_, why)| *why)
}
