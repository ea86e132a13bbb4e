//! Which inputs are read anywhere in a document, by its text: once for all workflows.

use std::collections::{HashMap, HashSet};

use crate::arazzo::Document;

/// The longest id of a workflow and the longest name that are looked for; longer ones pass for read.
const LONGEST: usize = 256;

/// What the document reads of inputs, beside what each workflow reads of its own.
pub(super) struct ReadInputs<'d> {
    pub(super) in_components: Read<'d>,
    /// As `$workflows.ID.inputs`, by id.
    of_workflows: HashMap<&'d str, Read<'d>>,
}

/// What stands after a root such as `$inputs` wherever a text has it.
#[derive(Default)]
pub(super) struct Read<'t> {
    /// The names after a dot, whole and up to each of their dots.
    names: HashSet<&'t str>,
    /// The texts after that dot, in order.
    rests: Vec<&'t str>,
    /// Whether all are read.
    pub(super) all: bool,
}

impl<'d> ReadInputs<'d> {
    pub(super) fn of(document: &'d Document) -> ReadInputs<'d> {
        let components = document.tree.at("/components").map_or("", |node| node.source_text());
        let ids = document.workflows.iter().map(|workflow| workflow.workflow_id.value.as_str());
        let mut of_workflows: HashMap<&str, Read<'d>> = ids.map(|id| (id, Read::default())).collect();
        let longest = of_workflows.keys().map(|id| id.len()).max().unwrap_or(0);
        for after in after(document.tree.text(), "$workflows.") {
            let near = start(after, longest.min(LONGEST) + INPUTS.len());
            for (at, _) in near.match_indices(INPUTS) {
                if let Some(read) = of_workflows.get_mut(&after[..at]) {
                    read.add(&after[at + INPUTS.len()..]);
                }
            }
        }
        for (id, read) in &mut of_workflows {
            read.all |= id.len() > LONGEST;
            read.rests.sort_unstable();
        }
        ReadInputs { in_components: Read::after("$inputs", components), of_workflows }
    }

    /// What is read of the inputs of a workflow by its id.
    pub(super) fn of_workflow(&self, id: &str) -> Option<&Read<'d>> {
        self.of_workflows.get(id)
    }
}

const INPUTS: &str = ".inputs";

impl<'t> Read<'t> {
    /// What stands after a root in a text.
    pub(super) fn after(root: &str, text: &'t str) -> Read<'t> {
        let mut read = Read::default();
        after(text, root).for_each(|after| read.add(after));
        read.rests.sort_unstable();
        read
    }

    /// Adds what follows a root: names after a dot, another name that begins like it, or the end of the whole map.
    fn add(&mut self, after: &'t str) {
        let Some(names) = after.strip_prefix('.') else {
            self.all |= !after.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '_' | '-'));
            return;
        };
        let name = &names[..names.find(|char| !is_part(char)).unwrap_or(names.len())];
        self.all |= name.is_empty();
        self.names.insert(name);
        self.names.extend(start(name, LONGEST).match_indices(['.', ':', '/']).map(|(at, _)| &name[..at]));
        self.rests.push(start(names, LONGEST));
    }

    /// Whether an input of that name is read.
    pub(super) fn has(&self, name: &str) -> bool {
        // a name with characters that end one in a text is looked for as a whole
        let is_whole = || {
            let first = self.rests.partition_point(|rest| *rest < name);
            self.rests.get(first).is_some_and(|rest| rest.starts_with(name))
        };
        self.all || name.len() > LONGEST || self.names.contains(name) || !name.chars().all(is_part) && is_whole()
    }
}

/// What follows each occurrence of a root.
fn after<'t>(text: &'t str, root: &str) -> impl Iterator<Item = &'t str> {
    text.match_indices(root).map(|(at, root)| &text[at + root.len()..])
}

/// So many bytes of a text, or some less.
fn start(text: &str, length: usize) -> &str {
    &text[..text.floor_char_boundary(length)]
}

fn is_part(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | ':' | '/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_wherever_they_stand() {
        let text = "{$inputs.a.b} $inputs.c#/x '$inputs.d-e' $inputsX $inputs.f[0] $inputs.g h";
        let read = Read::after("$inputs", text);
        let mut names: Vec<_> = read.names.iter().copied().collect();
        names.sort_unstable();
        assert_eq!(names, ["a", "a.b", "c", "d-e", "f", "g"]);
        assert!(read.has("g h") && read.has("c#/x") && !read.has("c#/y") && !read.has("b") && !read.has("X"));
        assert!(!read.all && Read::after("$inputs", "payload: $inputs").has("any"));
    }
}
