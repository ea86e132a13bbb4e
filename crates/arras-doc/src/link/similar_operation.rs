//! The operation that was probably meant by an id that no description has.
//!
//! An id that is offered does what the wrong one says: one for another verb, or for something more than is named, would
//! lead astray, and then nothing is offered.

use crate::openapi::Operation;
use crate::suggest::{edits_between, is_same_word, words};

/// Words that change nothing about what an id says.
const FILLERS: [&str; 14] = ["a", "an", "the", "for", "of", "by", "in", "on", "to", "at", "with", "all", "id", "and"];

/// Verbs that mean the same in ids, a line for each kind of thing that operations do.
const VERBS: [&[&str]; 4] = [
    &["get", "list", "read", "fetch", "find", "search", "retrieve", "show", "query", "describe"],
    &["create", "post", "add", "insert", "new"],
    &["update", "put", "patch", "edit", "modify", "replace", "set"],
    &["delete", "remove", "destroy"],
];

/// How well an operation fits a wrong id; less is better, `None` if it doesn't.
pub(super) fn distance(wanted: &str, operation: &Operation<'_>) -> Option<usize> {
    let id = operation.operation_id()?;
    let own = id.rsplit_once('/').map_or(id, |(_, own)| own);
    let plain =
        |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect() };
    if [id, own].iter().any(|id| plain(id) == plain(wanted)) {
        return Some(0);
    }
    let (asked, offered) = (words(wanted), words(own));
    if !same_verb(&asked, &offered) {
        return None;
    }
    let in_order = asked.len() == offered.len();
    let written = edits_between(wanted, own).filter(|_| in_order).map(|edits| 1 + edits);
    written.or_else(|| {
        let has = |all: &[String], word: &String| all.iter().any(|other| is_same_word(word, other));
        let prefix = words(&id[..id.len() - own.len()]);
        let known = |word: &&String| has(&offered, word) || has(&prefix, word) || is_filler(word);
        let more = offered.iter().filter(|word| !has(&asked, word) && !is_filler(word)).count();
        let missing: Vec<&String> = asked.iter().filter(|word| !known(word)).collect();
        match (more, missing.as_slice()) {
            // `postInvoicesInvoice` says more than `postInvoices`, though with the same words
            (0, []) if asked.len() > 1 && count(&offered) <= count(&asked) => {
                Some(20 + offered.len().abs_diff(asked.len()))
            }
            // the summary says what the id leaves out: `repos/merge`, merge a branch
            (0, missing) if !missing.is_empty() && has(&offered, asked.first()?) => {
                let summary = words(operation.place().text("summary").unwrap_or_default());
                missing.iter().all(|word| has(&summary, word)).then_some(40 + summary.len())
            }
            _ => None,
        }
    })
}

fn count(words: &[String]) -> usize {
    words.iter().filter(|word| !is_filler(word)).count()
}

fn is_filler(word: &str) -> bool {
    FILLERS.contains(&word)
}

/// Whether both ids say the same of what is done: the verbs that they begin with are of one kind or nearly the same word,
/// or the verb of one stands at its end, after what the other names too.
fn same_verb(asked: &[String], offered: &[String]) -> bool {
    let kind =
        |word: Option<&String>| VERBS.iter().position(|verbs| word.is_some_and(|word| verbs.contains(&word.as_str())));
    let at_end = |one: &[String], other: &[String]| {
        let named = one.first().is_some_and(|first| other.iter().any(|word| is_same_word(word, first)));
        named && kind(one.last()).is_some_and(|verb| kind(other.first()) == Some(verb))
    };
    match (kind(asked.first()), kind(offered.first())) {
        (Some(one), Some(other)) => one == other,
        (None, Some(_)) if at_end(asked, offered) => true,
        (Some(_), None) if at_end(offered, asked) => true,
        _ => {
            let (Some(one), Some(other)) = (asked.first(), offered.first()) else { return false };
            is_same_word(one, other) || edits_between(one, other).is_some()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_must_agree() {
        for (asked, offered, same) in [
            ("PostAccounts", "GetAccounts", false),
            ("mergeBranch", "renameBranch", false),
            ("scheduleBlogPost", "createBlogPost", false),
            ("createRepository", "listRepositories", false),
            ("getPets", "listPets", true),
            ("petsList", "getPets", true),
            ("creatPet", "createPet", true),
        ] {
            assert_eq!(same_verb(&words(asked), &words(offered)), same, "{asked} {offered}");
        }
    }

    #[test]
    fn what_fits_says_no_more_than_what_was_asked() {
        let text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    post: {operationId: postInvoice Items}\n  \
                    /b:\n    post: {operationId: postInvoicesInvoice}\n  /c:\n    post: {operationId: repos/create-fork}\n  \
                    /d:\n    post: {operationId: repos/merge, summary: Merge a branch}\n    get: {operationId: GetAccounts}\n";
        let mut sources = crate::source::Sources::default();
        let id = sources.add(crate::source::Source::new("api.yaml", "file:///api.yaml", text));
        let tree = std::sync::Arc::new(crate::read::read(sources.get(id), id).0.expect("a tree"));
        let entry = std::sync::Arc::new(crate::openapi::Document::new(id, "file:///api.yaml", tree));
        let (description, _) = crate::openapi::Description::index(entry, &crate::openapi::Documents::default());
        let best = |wanted: &str| {
            let fitting =
                description.operations().filter_map(|one| Some((distance(wanted, &one)?, one.operation_id()?)));
            fitting.min().map(|(_, id)| id.to_owned())
        };
        for (wanted, offered) in [
            ("postInvoices", None),
            ("PostAccounts", None),
            ("createFork", Some("repos/create-fork")),
            ("mergeBranch", Some("repos/merge")),
            ("mergeTag", None),
            ("getAcounts", Some("GetAccounts")),
        ] {
            assert_eq!(best(wanted).as_deref(), offered, "{wanted}");
        }
    }
}
