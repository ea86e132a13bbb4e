//! A run or tests as Markdown for a comment on a pull request: a verdict, a table, and why what failed did.

use std::io::{self, Write};

use super::load::{Load, LoadStep};
use super::outcome::{Outcome, Verdict};
use super::phrase;
use super::verdicts::{Verdicts, Whole};
use crate::display::{count, escape, escape_lines};

/// What forges take as a comment is 65,536 characters; what goes beyond this is left out and said to be.
const LONGEST: usize = 60_000;

/// Writes one comment.
pub(super) fn write(outcomes: &[Outcome], load: Option<&Load>, out: &mut dyn Write) -> io::Result<()> {
    let (head, rows) = match load {
        Some(load) => (load_head(load), load.steps.iter().map(load_row).collect()),
        None => (head(outcomes), rows(outcomes)),
    };
    out.write_all(comment(head, rows, outcomes).as_bytes())
}

/// A head with the head of a table, its rows, and why what failed did, as far as a comment takes them.
fn comment(head: String, rows: Vec<String>, outcomes: &[Outcome]) -> String {
    let mut text = head;
    let blocks = outcomes.iter().flat_map(details);
    let mut left_out = 0;
    for part in rows.into_iter().chain(blocks) {
        if text.len() + part.len() > LONGEST {
            left_out += 1;
        } else {
            text.push_str(&part);
        }
    }
    if left_out > 0 {
        text.push_str(&format!("\n{} left out: a comment takes no more.\n", count(left_out, "part")));
    }
    text
}

fn head(outcomes: &[Outcome]) -> String {
    let mut verdicts = Verdicts::default();
    outcomes.iter().for_each(|outcome| verdicts.add(outcome.verdict, outcome.is_flaky()));
    let mark = match verdicts.whole() {
        Whole::Passed => "✅",
        Whole::Failed => "❌",
        Whole::Unknown => "⚠️",
    };
    let columns = "| | workflow | file | steps | requests | time |\n|---|---|---|--:|--:|--:|";
    format!("### {mark} {}\n\n{columns}\n", verdicts.text())
}

/// What failed comes first: it must not be what is left out.
fn rows(outcomes: &[Outcome]) -> Vec<String> {
    let failed = |outcome: &&Outcome| matches!(outcome.verdict, Verdict::Failed | Verdict::Cancelled);
    let (first, then) = (outcomes.iter().filter(failed), outcomes.iter().filter(|outcome| !failed(outcome)));
    first.chain(then).map(row).collect()
}

fn load_head(load: &Load) -> String {
    let mark = match (load.stopped, load.has_succeeded()) {
        (true, _) => "⚠️ stopped:",
        (false, true) => "✅",
        (false, false) => "❌",
    };
    let names = load.run_ms.columns().map(|(name, _)| format!(" {name} |"));
    format!(
        "### {mark} {}\n\n{}, {}\n\n| | step | requests | errors |{}\n|---|---|--:|--:|--:|--:|--:|--:|\n",
        load.runs(),
        load.users(),
        load.requests(),
        names.concat()
    )
}

fn load_row(step: &LoadStep) -> String {
    let mark = if step.errors == 0 { "✅" } else { "❌" };
    let reasons: Vec<_> = step.reasons().map(|reason| inline(&reason)).collect();
    let errors = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    let times = step.duration_ms.columns().map(|(_, time)| format!(" {time} |"));
    let (name, times) = (inline(&step.step), times.concat());
    format!("| {mark} | {name} | {} | {}{errors} |{times}\n", step.requests, step.errors)
}

fn row(outcome: &Outcome) -> String {
    let mark = match (outcome.verdict, outcome.is_flaky()) {
        (Verdict::Passed, false) => "✅",
        (Verdict::Passed, true) => "⚠️ flaky",
        (Verdict::Failed, _) => "❌",
        (Verdict::Cancelled, _) => "■",
        (Verdict::NotRun, _) => "not run",
    };
    let (name, file) = (inline(&outcome.case.name), inline(&outcome.case.file));
    let took = phrase::duration(outcome.took);
    format!("| {mark} | {name} | {file} | {} | {} | {took} |\n", outcome.steps, outcome.requests.sent())
}

/// Why an outcome is no success, each attempt's reasons in a block that nothing in it can end.
fn details(outcome: &Outcome) -> Vec<String> {
    let mut parts = Vec::new();
    let attempts = outcome.earlier.iter().enumerate().map(|(index, failures)| (index + 1, failures));
    let last = (outcome.attempts(), &outcome.failures);
    for (attempt, failures) in attempts.chain([last]).filter(|(_, failures)| !failures.is_empty()) {
        let again = if outcome.attempts() > 1 { format!(" (attempt {attempt})") } else { String::new() };
        let texts: Vec<_> = failures.iter().map(|failure| escape_lines(&failure.text).into_owned()).collect();
        let text = texts.join("\n");
        let fence = fence(&text);
        let name = inline(&outcome.case.name);
        parts.push(format!(
            "\n<details><summary>{name}{again}</summary>\n\n{fence}text\n{text}\n{fence}\n\n</details>\n"
        ));
    }
    if !outcome.warnings.is_empty() {
        let lines: String = outcome.warnings.iter().map(|warning| format!("- {}\n", inline(warning))).collect();
        parts.push(format!(
            "\n<details><summary>{}: {}</summary>\n\n{lines}\n</details>\n",
            inline(&outcome.case.name),
            count(outcome.warnings.len(), "warning")
        ));
    }
    parts
}

/// Longer than any run of backticks in the text.
fn fence(text: &str) -> String {
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or_default();
    "`".repeat((longest + 1).max(3))
}

/// A text as part of a line: no markup, no HTML, no mention of a person or an issue.
fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in escape(text).chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            '|' => out.push_str("&#124;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '!' | '~' | '$' | ':' => {
                out.push_str(&format!("&#{};", u32::from(char)));
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_of_others_does_nothing() {
        assert_eq!(inline("a|b<img src=x>@you"), "a&#124;b&lt;img src=x&gt;&#64;you");
        assert_eq!(inline("[x](https://a)"), "&#91;x&#93;(https&#58;//a)");
        assert_eq!(fence("a ```` b"), "`````");
        assert_eq!(fence("plain"), "```");
    }
}
