//! `arras explain`: prints the page of a rule, or lists all rules.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use arras_doc::rule::{self, Rule};
use arras_doc::suggest;

use super::Failure;
use crate::args::ExplainArgs;
use crate::args::resolve::Usage;
use crate::context::{Context, settle};
use crate::exit::Exit;

/// The pages of `docs/rules/` by their rule, as they were when this was built.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rule_pages.rs"));

/// Carries out `arras explain`.
pub(super) fn explain(args: &ExplainArgs, context: &Context) -> Exit {
    let text = match &args.rule {
        None => list(),
        Some(name) => match page(name) {
            Ok(page) => page.to_owned(),
            Err(failure) => return failure.tell(args.common.color, context),
        },
    };
    match settle(io::stdout().lock().write_all(text.as_bytes())) {
        Ok(()) => Exit::Yes,
        Err(error) => {
            context.write_stderr(&format!("error: can't write to stdout: {error}\n"));
            Exit::Environment
        }
    }
}

/// The page of the rule of that name.
fn page(name: &str) -> Result<&'static str, Failure> {
    let name = name.trim();
    if let Some((_, page)) = PAGES.iter().find(|(id, _)| *id == name) {
        return Ok(page);
    }
    let near = suggest::nearest(name, rule::ALL.iter().map(|rule| rule.id), 3);
    let help = suggest::did_you_mean(&near).unwrap_or_else(|| "`arras explain` lists all rules".to_owned());
    Err(Usage::new(format!("there is no rule `{name}`\n  help: {help}")).into())
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
    fn every_rule_has_its_page_in_the_command() {
        for rule in rule::ALL {
            let found = PAGES.iter().find(|(id, _)| *id == rule.id);
            assert!(found.is_some_and(|(_, page)| page.starts_with(&format!("# {}\n", rule.id))), "{}", rule.id);
        }
        assert_eq!(PAGES.len(), rule::ALL.len());
    }
}
