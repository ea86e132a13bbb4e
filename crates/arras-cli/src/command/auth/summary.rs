//! What a listing comes to: how many schemes have credentials, and whether that is enough.

use std::collections::BTreeMap;

use arras::{Need, Needs, SchemeNeed, Way};
use serde::Serialize;

use crate::display::count;
use crate::look::{Look, Tone};

/// The figures of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    /// The schemes that steps need, each of a source once.
    schemes: usize,
    /// Those that have credentials wherever they are needed.
    found: usize,
    steps: usize,
    /// The steps for which no alternative has all that it needs.
    steps_without: usize,
}

impl Summary {
    pub(super) fn of(needs: &Needs) -> Summary {
        let aws = ["found", "configured"].contains(&super::verdict(&needs.aws));
        let mut schemes: BTreeMap<(&str, &str), bool> = BTreeMap::new();
        for step in &needs.steps {
            for need in step.alternatives.iter().flatten() {
                *schemes.entry((&step.source, &need.scheme)).or_insert(true) &= is_there(need, aws);
            }
        }
        Summary {
            schemes: schemes.len(),
            found: schemes.values().filter(|found| **found).count(),
            steps: needs.steps.len(),
            steps_without: needs.steps.iter().filter(|step| !is_known(step, aws)).count(),
        }
    }

    /// The last line.
    pub(super) fn line(&self, look: &Look) -> String {
        let Summary { schemes, found, steps, steps_without } = *self;
        let which = match schemes {
            0 => "no step needs credentials".to_owned(),
            1 => format!("{found} of 1 scheme has credentials"),
            schemes => format!("{found} of {schemes} schemes have credentials"),
        };
        let (word, tone, enough) = match (steps_without, schemes) {
            (0, 0) => ("Complete", Tone::Good, String::new()),
            (0, _) => ("Complete", Tone::Good, "   enough for every step".to_owned()),
            (without, _) => {
                ("Incomplete", Tone::Caution, format!("   too few for {without} of {}", count(steps, "step")))
            }
        };
        look.spell(format!("{}  {which}{enough}\n", look.paint(tone, word))).into_owned()
    }
}

/// Whether the step's requests can say who they are from, or need not.
fn is_known(step: &Need, aws: bool) -> bool {
    let alternatives = &step.alternatives;
    alternatives.is_empty() || alternatives.iter().any(|needs| needs.iter().all(|need| is_there(need, aws)))
}

fn is_there(need: &SchemeNeed, aws: bool) -> bool {
    match &need.way {
        Way::SigV4(signed) => aws && signed.problem.is_none(),
        Way::SetByStep | Way::Found(_) => true,
        Way::Missing { .. } => false,
    }
}
