//! The kinds of faults, by the table of docs/faults.md as it was when this was built.

/// The page.
const PAGE: &str = include_str!("../../../../docs/faults.md");

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) phases: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) advice: &'static str,
}

/// Every kind, in the order of the table.
pub(crate) fn all() -> impl Iterator<Item = Kind> + Clone {
    PAGE.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.strip_suffix(" |")?.split(" | ");
        let name = cells.next()?.strip_suffix('`')?;
        Some(Kind { name, phases: cells.next()?, meaning: cells.next()?, advice: cells.next()? })
    })
}

/// Their names.
pub(crate) fn kinds() -> impl Iterator<Item = &'static str> + Clone {
    all().map(|kind| kind.name)
}

#[cfg(test)]
mod tests {
    use arras_run::fault::FaultKind;

    use super::*;

    #[test]
    fn every_row_is_a_kind() {
        let names: Vec<_> = kinds().collect();
        assert!(names.len() > 20 && names.contains(&"replay-drift") && names.contains(&"run-timeout"), "{names:?}");
        for name in names {
            assert!(serde_json::from_value::<FaultKind>(name.into()).is_ok(), "{name}");
        }
        assert!(
            all().all(|kind| kind.phases.starts_with('`') && kind.meaning.ends_with('.') && kind.advice.ends_with('.'))
        );
    }
}
