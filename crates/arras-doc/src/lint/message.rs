//! The payloads of messages that a step over AsyncAPI gets (ARZ-ASYNC-18).

use std::sync::Arc;

use crate::arazzo::Document;
use crate::expression::Path;
use crate::link::{LinkedSource, LinkedSources, Target};
use crate::openapi::{self, Description, Place, Schema};

use super::provenance::{Source, tokens_of};
use super::shape::{Shape, union};
use super::{Lint, Scope};

/// How many steps lead from an operation to its messages: itself, its channel, a way of that.
const STEPS: usize = 3;

/// The descriptions of messages, by source, as far as their schemas go.
pub(super) fn descriptions(document: &Document, sources: &LinkedSources) -> Vec<Option<Description>> {
    let read = |index| match sources.get(index) {
        LinkedSource::AsyncApi(source, tree) => {
            let text = openapi::Document::new(*source, "", Arc::clone(tree));
            Some(Description::of_schemas(Arc::new(text)))
        }
        _ => None,
    };
    (0..document.source_descriptions.len()).map(read).collect()
}

impl<'d> Lint<'d> {
    /// The payload of the messages of a step, and the way down in it.
    pub(super) fn message_source(&self, step: Scope<'d>, path: &Path) -> Source<'d> {
        match (self.payload(step), tokens_of(&path.name, path.pointer.as_deref())) {
            (Some(whole), Some(tokens)) => Source { whole, tokens },
            _ => Source::open(),
        }
    }

    /// What the messages carry; `None` if that is not told of each.
    fn payload(&self, step: Scope<'d>) -> Option<Shape<'d>> {
        let Some(Target::Message(target)) = &step.links.target else { return None };
        let description = self.messages.get(target.source)?.as_ref()?;
        let LinkedSource::AsyncApi(_, tree) = self.sources.get(target.source) else { return None };
        let place = description.place(tree.at(&target.pointer)?.id()).resolve().ok()?;
        // what is answered to a message is another one
        if place.get("reply").is_some() {
            return None;
        }
        let messages = messages(place, STEPS)?;
        let payloads: Option<Vec<Shape<'d>>> = messages.into_iter().map(payload).collect();
        payloads.filter(|all| !all.is_empty()).map(union)
    }
}

/// The messages of an operation or a channel, of AsyncAPI 2 and 3; `None` if one can't be read, or no message is reached in
/// so many steps.
fn messages(place: Place<'_>, steps: usize) -> Option<Vec<Place<'_>>> {
    let steps = steps.checked_sub(1)?;
    if let Some(message) = place.get("message") {
        let several = message.get("oneOf");
        let all: Vec<Place<'_>> = several.map_or_else(|| vec![message], |several| several.items().collect());
        return all.into_iter().map(|message| message.resolve().ok()).collect();
    }
    let ways: Vec<Place<'_>> = ["publish", "subscribe"].into_iter().filter_map(|way| place.get(way)).collect();
    if !ways.is_empty() {
        let all: Option<Vec<_>> = ways.into_iter().map(|way| messages(way, steps)).collect();
        return all.map(|all| all.concat());
    }
    let listed = place.get("messages").map(|all| all.items().collect::<Vec<_>>()).filter(|all| !all.is_empty());
    let all = match (listed, place.get("channel")) {
        (Some(listed), _) => listed,
        (None, Some(channel)) => return messages(channel.resolve().ok()?, steps),
        (None, None) => place.get("messages")?.entries().map(|(_, message)| message).collect(),
    };
    all.into_iter().map(|message| message.resolve().ok()).collect()
}

/// What a message carries, where a JSON Schema says so.
fn payload(message: Place<'_>) -> Option<Shape<'_>> {
    let payload = message.get("payload")?;
    let format = message.text("schemaFormat").or_else(|| payload.text("schemaFormat"));
    let is_json = |format: &str| format.contains("asyncapi") || format.contains("schema+json");
    if !format.is_none_or(is_json) || message.get("traits").is_some() {
        return None;
    }
    let schema = payload.get("schema").filter(|_| payload.get("schemaFormat").is_some()).unwrap_or(payload);
    Some(Shape::Of(vec![Schema::at(schema)]))
}
