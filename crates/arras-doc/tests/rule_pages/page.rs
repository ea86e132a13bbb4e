//! A page of `docs/rules/`: its title and its examples, found by their fences.

use arras_doc::rule::Rule;

/// A page, cut where it is written anew.
pub(crate) struct Page<'p> {
    lines: Vec<&'p str>,
    /// The examples in their order.
    pub(crate) examples: Vec<Example<'p>>,
}

/// A description with its sources, and the block that says what is found in it.
#[derive(Default)]
pub(crate) struct Example<'p> {
    /// The text of the Arazzo description.
    pub(crate) text: String,
    /// The other texts: kind, name, text.
    pub(crate) others: Vec<(&'p str, &'p str, String)>,
    /// The lines between the fences of the findings.
    found: (usize, usize),
}

/// The first lines of the page of a rule.
pub(crate) fn title(rule: &Rule) -> [String; 3] {
    let origin = match rule.origin {
        [] => String::new(),
        ids => format!(" ({})", ids.join(", ")),
    };
    [format!("# {}", rule.id), String::new(), format!("{}: {}{origin}.", rule.severity.as_str(), rule.summary)]
}

impl<'p> Page<'p> {
    /// Reads a page: fences `yaml arazzo` (or `json arazzo`) begin an example, `yaml openapi=NAME`, `yaml arazzo=NAME`
    /// and `yaml asyncapi=NAME` give its sources, `text` ends it with what is found.
    pub(crate) fn parse(text: &'p str) -> Result<Page<'p>, String> {
        let lines: Vec<&str> = text.lines().collect();
        let mut examples: Vec<Example<'p>> = Vec::new();
        let mut open: Option<Example<'p>> = None;
        let mut at = 0;
        while at < lines.len() {
            let Some(info) = lines[at].strip_prefix("```") else {
                at += 1;
                continue;
            };
            let length = lines[at + 1..].iter().position(|line| *line == "```").ok_or("a fence stays open")?;
            let block = || lines[at + 1..at + 1 + length].iter().map(|line| format!("{line}\n")).collect::<String>();
            match info.split_once(' ').map(|(_, role)| role) {
                Some("arazzo") if open.is_some() => return Err("an example without findings".into()),
                Some("arazzo") => open = Some(Example { text: block(), ..Example::default() }),
                Some(role) => {
                    let (kind, name) = role.split_once('=').ok_or_else(|| format!("a fence of the role `{role}`"))?;
                    open.as_mut().ok_or("a source without an example")?.others.push((kind, name, block()));
                }
                None if info == "text" => {
                    let mut example = open.take().ok_or("findings without an example")?;
                    example.found = (at + 1, at + 1 + length);
                    examples.push(example);
                }
                None => {}
            }
            at += length + 2;
        }
        if open.is_some() {
            return Err("an example without findings".into());
        }
        Ok(Page { lines, examples })
    }

    /// The page with this title and these findings.
    pub(crate) fn with(&self, title: &[String], found: &[String]) -> String {
        let mut lines: Vec<&str> = title.iter().map(String::as_str).collect();
        let mut at = title.len();
        for (example, found) in self.examples.iter().zip(found) {
            lines.extend(&self.lines[at.min(example.found.0)..example.found.0]);
            lines.extend(found.lines());
            at = example.found.1;
        }
        lines.extend(self.lines.iter().skip(at));
        lines.join("\n") + "\n"
    }
}
