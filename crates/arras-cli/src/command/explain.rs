//! `arras explain`: prints the page of a rule or what a kind of fault means, or lists all rules.

use std::borrow::Cow;
use std::fmt::Write as _;

use arras_doc::rule::{self, Rule};
use arras_doc::suggest;

use super::{Failure, faults};
use crate::args::ExplainArgs;
use crate::args::resolve::Usage;
use crate::context::Context;
use crate::display::{escape, hanging};
use crate::exit::Exit;
use crate::look::{Lines, Look};

/// The pages of `docs/rules/` by their rule, as they were when this was built.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rule_pages.rs"));

/// Carries out `arras explain`.
pub(super) fn explain(args: &ExplainArgs, context: &Context) -> Exit {
    let look = context.look(args.common.color, &context.stdout);
    let text = match &args.rule {
        None => look.fit(&list()).into_owned(),
        Some(name) => match page(name) {
            Ok(page) => fitted(&page, &look),
            Err(failure) => return failure.tell(args.common.color, context),
        },
    };
    context.write_stdout(&text)
}

/// A page with its prose laid out anew where lines must fit; code, tables and headings stay as they are.
fn fitted(page: &str, look: &Look) -> String {
    if look.lines == Lines::Free {
        return page.to_owned();
    }
    let (mut text, mut prose, mut is_code) = (String::new(), String::new(), false);
    let flush = |prose: &mut String, text: &mut String| {
        if !prose.is_empty() {
            text.push_str(&hanging("", &std::mem::take(prose), "", look.width));
            text.push('\n');
        }
    };
    for line in page.lines() {
        let is_fence = line.starts_with("```");
        if is_code || is_fence || line.is_empty() || line.starts_with(['#', '|', '-', ' ']) {
            flush(&mut prose, &mut text);
            is_code ^= is_fence;
            text.push_str(&if is_code { Cow::Borrowed(line) } else { look.fit(line) });
            text.push('\n');
        } else {
            prose.push_str(if prose.is_empty() { "" } else { " " });
            prose.push_str(line);
        }
    }
    flush(&mut prose, &mut text);
    text
}

/// The page of the rule, or what the table of faults says of the kind, of that name.
fn page(name: &str) -> Result<Cow<'static, str>, Failure> {
    let name = name.trim();
    if let Some((_, page)) = PAGES.iter().find(|(id, _)| *id == name) {
        return Ok(Cow::Borrowed(page));
    }
    if let Some(faults::Kind { phases, meaning, advice, .. }) = faults::all().find(|kind| kind.name == name) {
        return Ok(Cow::Owned(format!("# {name}\n\nA kind of fault, in {phases}. {meaning}\n\n{advice}\n")));
    }
    let known = rule::ALL.iter().map(|rule| rule.id).chain(faults::kinds());
    let help = suggest::did_you_mean(&suggest::nearest(name, known, 3));
    let help = help.unwrap_or_else(|| "`arras explain` lists all rules".to_owned());
    Err(Usage::new(format!("there is no rule `{}`\n  help: {help}", escape(name))).into())
}

fn list() -> String {
    let widest = rule::ALL.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    let mut all: Vec<&Rule> = rule::ALL.to_vec();
    all.sort_unstable_by_key(|rule| rule.id);
    all.iter().fold(String::new(), |mut text, rule| {
        // writing to a text never fails
        let _ = writeln!(text, "{:widest$}  {:7}  {}", rule.id, rule.severity.as_str(), rule.summary);
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_laid_out_for_the_terminal() {
        let page = "# rule\n\nOne two three four\nfive six.\n\n```text\na very long line of code, which stays\n```\n";
        let expected =
            "# rule\n\nOne two three four\nfive six.\n\n```text\na very long line of code, which stays\n```\n";
        assert_eq!(fitted(page, &Look::plain(20)), expected);
        assert_eq!(fitted(page, &Look::plain(40)), expected.replace("four\n", "four "));
        assert_eq!(fitted(page, &Look { lines: Lines::Free, ..Look::plain(20) }), page);
    }

    #[test]
    fn every_rule_has_its_page_in_the_command() {
        for rule in rule::ALL {
            let found = PAGES.iter().find(|(id, _)| *id == rule.id);
            assert!(found.is_some_and(|(_, page)| page.starts_with(&format!("# {}\n", rule.id))), "{}", rule.id);
        }
        assert_eq!(PAGES.len(), rule::ALL.len());
    }

    #[test]
    fn a_kind_of_fault_is_explained() {
        let page = page("replay-drift").unwrap_or_default();
        assert!(page.starts_with("# replay-drift\n") && page.contains("not the recorded one"), "{page}");
    }
}
