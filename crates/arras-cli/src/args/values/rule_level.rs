//! How severe a rule's findings are.

use std::fmt;

use arras_doc::levels::{Level, Levels};
use arras_doc::rule::{self, Rule};
use arras_doc::suggest;

/// `RULE=SEVERITY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleLevel {
    /// The rule.
    pub rule: &'static Rule,
    /// How severe its findings are.
    pub level: Level,
}

impl fmt::Display for RuleLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.rule.id, self.level.as_str())
    }
}

/// What `--rule` says, several times perhaps.
pub fn levels(given: &[RuleLevel]) -> Levels {
    given.iter().map(|one| (one.rule, one.level)).collect()
}

/// Reads `RULE=SEVERITY`.
///
/// # Errors
/// If there is no such rule or severity.
pub fn rule_level(text: &str) -> Result<RuleLevel, String> {
    let (name, level) = text.split_once('=').ok_or("expected `RULE=SEVERITY`")?;
    let rule = Rule::find(name).ok_or_else(|| {
        let near = suggest::nearest(name, rule::ALL.iter().map(|rule| rule.id), 1);
        let help = suggest::did_you_mean(&near).map(|help| format!("; {help}")).unwrap_or_default();
        format!("there is no rule `{name}`{help}")
    })?;
    let level = Level::parse(level).ok_or("a severity is `ignore`, `advice`, `warning` or `error`")?;
    Ok(RuleLevel { rule, level })
}
