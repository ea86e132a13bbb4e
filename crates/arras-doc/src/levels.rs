//! How severe a finding is to whom: the table of rules says, unless settings or the document itself say otherwise.

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::node::{NodeRef, Tree};
use crate::rule::{self, Rule};
use crate::source::SourceId;
use crate::span::Span;
use crate::suggest;

/// The extension by which a document says how severe a rule's findings are in the object that has it:
/// `x-arras-rules: {unused-input: ignore}`.
pub const EXTENSION: &str = "x-arras-rules";

/// How severe a rule's findings are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// They are left out.
    Ignore,
    /// They are that severe.
    At(Severity),
}

impl Level {
    /// Reads `ignore`, `advice`, `warning` or `error`.
    ///
    /// ```
    /// use arras_doc::levels::Level;
    /// assert_eq!(Level::parse("ignore"), Some(Level::Ignore));
    /// assert_eq!(Level::parse("loud"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Level> {
        let severities = [Severity::Advice, Severity::Warning, Severity::Error];
        let found = severities.into_iter().find(|severity| severity.as_str() == text);
        found.map(Level::At).or_else(|| (text == "ignore").then_some(Level::Ignore))
    }

    /// `ignore`, `advice`, `warning` or `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Ignore => "ignore",
            Level::At(severity) => severity.as_str(),
        }
    }
}

/// The levels of some rules.
pub type Levels = Vec<(&'static Rule, Level)>;

/// What a document says about levels, and where.
#[derive(Clone, Debug, Default)]
pub struct InlineLevels {
    entries: Vec<(Span, &'static Rule, Level)>,
}

impl InlineLevels {
    /// Finds the extension wherever it stands; what can't be read in it is a warning.
    pub fn read(source: SourceId, tree: &Tree) -> (InlineLevels, Diagnostics) {
        let (mut found, mut diagnostics) = (InlineLevels::default(), Diagnostics::new());
        if memchr::memmem::find(tree.text().as_bytes(), EXTENSION.as_bytes()).is_none() {
            return (found, diagnostics);
        }
        for object in tree.nodes().filter(|node| node.is_mapping()) {
            let Some(levels) = object.get(EXTENSION) else { continue };
            for (key, value) in levels.entries() {
                match entry(key, value) {
                    Ok((rule, level)) => found.entries.push((object.span(), rule, level)),
                    Err((node, message, help)) => {
                        let diagnostic = Diagnostic::new(rule::UNKNOWN_RULE, message).at(source, node.span());
                        diagnostics.push(diagnostic.maybe_help(help));
                    }
                }
            }
        }
        (found, diagnostics)
    }

    /// The level of a rule at a place: that of the innermost object around it which names the rule.
    pub fn level(&self, rule: &'static Rule, span: Span) -> Option<Level> {
        let around = self.entries.iter().filter(|(object, named, _)| *named == rule && object.contains(span));
        around.min_by_key(|(object, ..)| object.len()).map(|(.., level)| *level)
    }
}

type Problem<'t> = (NodeRef<'t>, String, Option<String>);

fn entry<'t>(key: NodeRef<'t>, value: NodeRef<'t>) -> Result<(&'static Rule, Level), Problem<'t>> {
    let name = key.key();
    let Some(rule) = Rule::find(name) else {
        let near = suggest::nearest(name, rule::ALL.iter().map(|rule| rule.id), 1);
        return Err((key, format!("there is no rule `{name}`"), suggest::did_you_mean(&near)));
    };
    match value.as_str().and_then(Level::parse) {
        Some(level) => Ok((rule, level)),
        None => {
            let message = format!("`{}` is no severity", value.source_text());
            Err((value, message, Some("write `ignore`, `advice`, `warning` or `error`".into())))
        }
    }
}

/// Gives findings the levels that `levels` and, before them, the documents say; `inline` knows those of a text.
pub fn apply<'i>(
    diagnostics: &mut Diagnostics,
    levels: &Levels,
    inline: impl Fn(SourceId) -> Option<&'i InlineLevels>,
) {
    apply_to(diagnostics, levels, inline, |_| true);
}

/// [`apply`] for a run: only to findings of rules that a run does not depend on ([`Rule::inert`]).
pub fn apply_inert<'i>(
    diagnostics: &mut Diagnostics,
    levels: &Levels,
    inline: impl Fn(SourceId) -> Option<&'i InlineLevels>,
) {
    apply_to(diagnostics, levels, inline, |rule| rule.inert);
}

fn apply_to<'i>(
    diagnostics: &mut Diagnostics,
    levels: &Levels,
    inline: impl Fn(SourceId) -> Option<&'i InlineLevels>,
    concerns: impl Fn(&Rule) -> bool,
) {
    diagnostics.retain_mut(|diagnostic| {
        let rule = diagnostic.rule;
        if !concerns(rule) {
            return true;
        }
        let own = diagnostic.primary().and_then(|label| inline(label.source)?.level(rule, label.span));
        // the last of several that name a rule is what was said closest
        let level = own.or_else(|| levels.iter().rev().find(|(named, _)| *named == rule).map(|(_, level)| *level));
        match level {
            Some(Level::Ignore) => return false,
            Some(Level::At(severity)) => diagnostic.severity = severity,
            None => {}
        }
        true
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    const TEXT: &str = "\
x-arras-rules: {unused-input: error, unknown-ruel: ignore}
workflows:
  - x-arras-rules: {unused-input: ignore, cycle: loud}
    steps: here
";

    fn read() -> (InlineLevels, Diagnostics) {
        let source = Source::new("a", "file:///a", TEXT);
        let (tree, _) = crate::read::read(&source, SourceId(0));
        InlineLevels::read(SourceId(0), &tree.expect("YAML"))
    }

    #[test]
    fn the_innermost_object_that_names_a_rule_decides() {
        let (inline, _) = read();
        let inner = TEXT.find("here").map(|at| Span::new(at, at + 4)).expect("it is there");
        let outer = Span::new(0, 3);
        assert_eq!(inline.level(rule::UNUSED_INPUT, inner), Some(Level::Ignore));
        assert_eq!(inline.level(rule::UNUSED_INPUT, outer), Some(Level::At(Severity::Error)));
        assert_eq!(inline.level(rule::CYCLE, inner), None);
    }

    #[test]
    fn what_names_no_rule_or_severity_is_told() {
        let (_, found) = read();
        let told: Vec<_> = found.iter().map(|one| (one.message.as_str(), one.help.as_deref().unwrap_or(""))).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.contains(&("there is no rule `unknown-ruel`", "did you mean `unknown-rule`?")), "{told:?}");
        assert!(told.iter().any(|(message, _)| *message == "`loud` is no severity"), "{told:?}");
    }

    #[test]
    fn settings_give_way_to_the_document() {
        let (inline, _) = read();
        let at = |needle: &str| TEXT.find(needle).map(|at| Span::new(at, at + 1)).expect("it is there");
        let one = |rule, span| Diagnostic::new(rule, "x").at(SourceId(0), span);
        let mut found =
            vec![one(rule::UNUSED_INPUT, at("here")), one(rule::CYCLE, at("here")), one(rule::UNUSED_INPUT, at("x-"))];
        let levels =
            vec![(rule::UNUSED_INPUT, Level::At(Severity::Advice)), (rule::CYCLE, Level::At(Severity::Advice))];
        apply(&mut found, &levels, |_| Some(&inline));
        let seen: Vec<_> = found.iter().map(|one| (one.rule.id, one.severity)).collect();
        assert_eq!(seen, [("cycle", Severity::Advice), ("unused-input", Severity::Error)]);
    }
}
