//! The listing for people.

use arras::credentials::{Lookup, LookupState};
use arras::{Need, Needs, SchemeNeed, Way};

use crate::display::{escape, pad, width};
use crate::look::{Look, Tone};

/// The widest column of step names.
const WIDEST: usize = 32;

pub(super) fn listing(needs: &Needs, look: &Look) -> String {
    let mut out = String::new();
    let names = needs.steps.iter().map(|need| width(&escape(&need.step_id))).max().unwrap_or(0).min(WIDEST);
    let mut workflow = None;
    for need in &needs.steps {
        if workflow != Some(&need.workflow_id) {
            out.push_str(&format!("{}\n", look.paint(Tone::Strong, escape(&need.workflow_id))));
            workflow = Some(&need.workflow_id);
        }
        step(&mut out, need, names, look);
    }
    if super::uses_aws(needs) {
        aws(&mut out, &needs.aws, look);
    }
    out
}

fn step(out: &mut String, need: &Need, names: usize, look: &Look) {
    let operation = look.paint(Tone::Dim, format!("{} of {}", escape(&need.operation), escape(&need.source)));
    let name = escape(&need.step_id);
    let name = if width(&name) > names { name.into_owned() } else { pad(&name, names) };
    out.push_str(&format!("  {name}   {operation}\n"));
    if need.alternatives.is_empty() {
        out.push_str("    needs no credentials\n");
    }
    for (index, schemes) in need.alternatives.iter().enumerate() {
        let or = if index == 0 { "" } else { "or " };
        if schemes.is_empty() {
            out.push_str(&format!("    {or}no credentials\n"));
        }
        for (index, scheme) in schemes.iter().enumerate() {
            let joined = if index == 0 { or } else { "and " };
            out.push_str(&format!("    {joined}{}\n", phrase(scheme, look)));
        }
    }
}

fn phrase(need: &SchemeNeed, look: &Look) -> String {
    let name = look.paint(Tone::Accent, escape(&need.scheme)).into_owned();
    let kind = if need.kind.is_empty() { String::new() } else { format!(" ({})", escape(&need.kind)) };
    let scopes =
        if need.scopes.is_empty() { String::new() } else { format!(", scopes {}", escape(&need.scopes.join(" "))) };
    match &need.way {
        Way::SigV4(signed) => {
            let part = |value: &Option<String>, unknown: &str| {
                value.as_deref().map_or_else(
                    || look.paint(Tone::Bad, unknown.to_owned()).into_owned(),
                    |value| escape(value).into_owned(),
                )
            };
            let scope = format!("{}/{}", part(&signed.service, "no service"), part(&signed.region, "no region"));
            let mut text = format!("{name} AWS Signature Version 4 for {scope}: {}", signed.rule.explain());
            if let Some(server) = &signed.server {
                text.push_str(&format!("\n      requests go to {}", escape(server)));
            }
            if let Some(problem) = &signed.problem {
                text.push_str(&format!("\n      {} {}", look.paint(Tone::Bad, "✗"), escape(problem)));
            }
            text
        }
        Way::SetByStep => format!("{name}{kind}{scopes}: the step sets it itself"),
        Way::Found(from) => {
            format!("{name}{kind}{scopes}: {} in {}", look.paint(Tone::Good, "found"), escape(from))
        }
        Way::Missing { why, names } => {
            let mut text = format!("{name}{kind}{scopes}: {}", look.paint(Tone::Bad, "missing"));
            if why != "not found" {
                text.push_str(&format!(", {}", escape(why)));
            }
            if !names.is_empty() {
                text.push_str(&format!("\n      looked for in {}", escape(&names.join(", "))));
            }
            text
        }
    }
}

fn aws(out: &mut String, lookups: &[Lookup], look: &Look) {
    let deciding = super::deciding(lookups);
    let place = deciding.map_or("", |lookup| lookup.place);
    let verdict = match deciding.map(|lookup| lookup.state) {
        Some(LookupState::Found) => look.paint(Tone::Good, format!("found ({place})")),
        Some(LookupState::Configured) => look.paint(Tone::Good, format!("asked for when a workflow runs ({place})")),
        Some(LookupState::Broken) => look.paint(Tone::Bad, format!("can't be used ({place})")),
        Some(LookupState::NotAsked) => look.paint(Tone::Caution, "missing, unless this is an EC2 instance"),
        Some(LookupState::Missing) | None => look.paint(Tone::Bad, "missing"),
    };
    out.push_str(&format!("\n{}: {verdict}\n", look.paint(Tone::Strong, "AWS credentials")));
    for lookup in lookups {
        let mark = match lookup.state {
            LookupState::Found | LookupState::Configured => look.paint(Tone::Good, "✓"),
            LookupState::Broken => look.paint(Tone::Bad, "✗"),
            LookupState::Missing | LookupState::NotAsked => look.paint(Tone::Dim, "·"),
        };
        out.push_str(&format!("  {mark} {}{}\n", pad(lookup.place, 14), names(lookup)));
        if let Some(detail) = &lookup.detail {
            out.push_str(&format!("    {:14}{}\n", "", escape(detail)));
        }
    }
}

fn names(lookup: &Lookup) -> String {
    let names = lookup.names.iter().map(|name| {
        let found = match (name.set, name.name.contains(['/', '\\'])) {
            (true, true) => "there",
            (true, false) => "set",
            (false, true) => "not there",
            (false, false) => "not set",
        };
        format!("{} {found}", escape(&name.name))
    });
    names.collect::<Vec<_>>().join(" · ")
}
