//! The findings of one text, at most so many of a rule.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::rule::Rule;
use crate::source::SourceId;

/// How many findings of one rule are given one by one; the rest are counted.
const MAX_PER_RULE: usize = 20;

/// Collects what is wrong with one text.
#[derive(Debug)]
pub(crate) struct Findings {
    source: SourceId,
    kept: Diagnostics,
    /// Each rule that was broken, how often, and the first finding beyond the cap.
    counts: Vec<(&'static Rule, usize, Option<Diagnostic>)>,
}

impl Findings {
    pub(crate) fn new(source: SourceId) -> Findings {
        Findings { source, kept: Vec::new(), counts: Vec::new() }
    }

    /// The text that all of this is about.
    pub(crate) fn source(&self) -> SourceId {
        self.source
    }

    pub(crate) fn push(&mut self, finding: Diagnostic) {
        let known = self.counts.iter().position(|(rule, ..)| *rule == finding.rule);
        let index = known.unwrap_or_else(|| {
            self.counts.push((finding.rule, 0, None));
            self.counts.len() - 1
        });
        let Some((_, count, beyond)) = self.counts.get_mut(index) else { return };
        *count += 1;
        if *count <= MAX_PER_RULE {
            self.kept.push(finding);
        } else if beyond.is_none() {
            *beyond = Some(finding);
        }
    }

    /// All of them, with one for the rest of each rule that went beyond the cap.
    pub(crate) fn finish(self) -> Diagnostics {
        let mut all = self.kept;
        for (_, count, beyond) in self.counts {
            if let Some(mut first) = beyond {
                let more = count - MAX_PER_RULE - 1;
                if more > 0 {
                    first.message = format!("{} (and {more} more of this kind)", first.message);
                }
                all.push(first);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule;
    use crate::span::Span;

    #[test]
    fn beyond_the_cap_they_are_counted() {
        let count_and_last = |pushed: usize| {
            let mut findings = Findings::new(SourceId(0));
            for at in 0..pushed {
                findings.push(Diagnostic::new(rule::LOOSE_SCALAR, "m").at(SourceId(0), Span::new(at, at + 1)));
            }
            let all = findings.finish();
            (all.len(), all.last().map(|last| last.message.clone()).unwrap_or_default())
        };
        assert_eq!(count_and_last(20), (20, "m".into()));
        assert_eq!(count_and_last(21), (21, "m".into()));
        assert_eq!(count_and_last(121), (21, "m (and 100 more of this kind)".into()));
    }
}
