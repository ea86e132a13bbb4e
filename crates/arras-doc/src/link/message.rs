//! Operations and channels of AsyncAPI descriptions, and what a step over them needs.

use crate::arazzo::{ChannelPath, SourceType, Step, StepTarget};
use crate::diagnostic::Label;
use crate::node::{NodeRef, Tree};
use crate::pointer;
use crate::rule;
use crate::span::{Span, Spanned};

use super::linker::Linker;
use super::sources::LinkedSource;
use super::{MessageTarget, Target};

/// The operation of that id: a key of `operations` in AsyncAPI 3, an `operationId` of a channel in AsyncAPI 2.
pub(super) fn operation(source: usize, tree: &Tree, id: &str) -> Option<Target> {
    let root = tree.root();
    let pointer = if root.get("operations").and_then(|operations| operations.get(id)).is_some() {
        pointer_of(&["operations", id])
    } else {
        channel_operation(root, id)?
    };
    Some(Target::Message(MessageTarget { source, pointer }))
}

fn channel_operation(root: NodeRef<'_>, id: &str) -> Option<String> {
    let channels = root.get("channels")?.entries();
    channels.flat_map(|(channel, item)| ["publish", "subscribe"].map(|kind| (channel, item, kind))).find_map(
        |(channel, item, kind)| {
            let here = item.get(kind)?.get("operationId")?.as_str() == Some(id);
            here.then(|| pointer_of(&["channels", channel.key(), kind]))
        },
    )
}

/// The ids of all operations.
pub(super) fn operation_ids(tree: &Tree) -> Vec<&str> {
    let root = tree.root();
    let named = root.get("operations").into_iter().flat_map(NodeRef::entries).map(|(key, _)| key.key());
    let channels = root.get("channels").into_iter().flat_map(NodeRef::entries);
    let older = channels.flat_map(|(_, item)| ["publish", "subscribe"].map(|kind| item.get(kind)));
    named.chain(older.flatten().filter_map(|one| one.get("operationId")?.as_str())).collect()
}

fn pointer_of(tokens: &[&str]) -> String {
    let mut text = String::new();
    tokens.iter().for_each(|token| pointer::push(&mut text, token));
    text
}

impl<'d> Linker<'d> {
    /// The channel of a `channelPath` (ARZ-ASYNC-02, ARZ-ASYNC-03).
    pub(super) fn channel_path(&mut self, path: &Spanned<ChannelPath>) -> Option<MessageTarget> {
        match &path.value {
            ChannelPath::Pointer(source, pointer) => {
                let index = self.path_source(source, path.span)?;
                self.channel_at(index, pointer, path.span)
            }
            ChannelPath::Name(name) => self.channel_named(name, path.span),
        }
    }

    fn channel_at(&mut self, source: usize, pointer: &str, span: Span) -> Option<MessageTarget> {
        let name = &self.document.source_descriptions[source].name;
        match (self.sources.get(source), self.source_type(source)) {
            (LinkedSource::AsyncApi(_, tree), _) => {
                if tree.at(pointer).is_some() && pointer.starts_with("/channels/") {
                    return Some(MessageTarget { source, pointer: pointer.to_owned() });
                }
                let message = format!("`{}` has no channel at `{pointer}`", name.value);
                let label = Label {
                    source: self.document.source,
                    span: name.span,
                    text: "looked for in this description".into(),
                };
                let channels = tree.at("/channels").into_iter().flat_map(NodeRef::entries);
                let channels: Vec<String> = channels.map(|(key, _)| pointer_of(&["channels", key.key()])).collect();
                let near = self.nearest(pointer, channels.iter().map(String::as_str)).map(str::to_owned);
                let diagnostic = self.note(rule::UNKNOWN_OPERATION, span, message);
                diagnostic.labels.push(label);
                diagnostic.help = near.map(|near| format!("did you mean `{near}`?"));
            }
            (_, Some(SourceType::AsyncApi) | None) => {}
            (_, Some(other)) => {
                let message = format!("`{}` is an `{}` description; it has no channels", name.value, other.as_str());
                self.note(rule::WRONG_SOURCE_TYPE, span, message);
            }
        }
        None
    }

    fn channel_named(&mut self, name: &str, span: Span) -> Option<MessageTarget> {
        let mut sources = (0..self.document.source_descriptions.len())
            .filter(|index| matches!(self.source_type(*index), Some(SourceType::AsyncApi) | None));
        let (first, second) = (sources.next(), sources.next());
        drop(sources);
        let Some(source) = first.filter(|_| second.is_none()) else {
            let message = match second {
                Some(_) => format!("the channel `{name}` does not say which source description it is in"),
                None => format!("no source description has a channel `{name}`: there is none of the type `asyncapi`"),
            };
            let help = "write `'{$sourceDescriptions.<name>.url}#/channels/<channel>'`";
            self.note(rule::UNKNOWN_SOURCE, span, message).help = Some(help.into());
            return None;
        };
        self.channel_at(source, &pointer_of(&["channels", name]), span)
    }

    /// `action` belongs to AsyncAPI, and is needed there (ARZ-ASYNC-07, ARZ-ASYNC-08, A-18).
    pub(super) fn check_message_action(&mut self, step: &'d Step, target: Option<&Target>) {
        let Some(StepTarget::OperationId(id)) = &step.target else { return };
        let source_type = match target {
            Some(Target::Operation(_)) => Some(SourceType::OpenApi),
            Some(Target::Message(_)) => Some(SourceType::AsyncApi),
            Some(Target::Workflow(_)) => return,
            None => self.likely_type(&id.value),
        };
        match (source_type, &step.action) {
            (Some(SourceType::OpenApi), Some(action)) => {
                let message = "`action` belongs to steps over AsyncAPI, and this operation is of OpenAPI";
                self.note(rule::CONFLICTING_FIELDS, action.span, message).help = Some("remove `action`".into());
            }
            (Some(SourceType::AsyncApi), None) => {
                let message = "a step over AsyncAPI needs the field `action`";
                let help = "add `action: send` or `action: receive`";
                self.note(rule::MISSING_FIELD, id.span, message).help = Some(help.into());
            }
            _ => {}
        }
    }

    /// The type of the source that an operation must be in, though it was not found or not loaded.
    fn likely_type(&self, id: &crate::arazzo::OperationId) -> Option<SourceType> {
        match id {
            crate::arazzo::OperationId::Qualified { source, .. } => {
                self.source_type(self.document.source_index(source)?)
            }
            crate::arazzo::OperationId::Plain(_) => {
                let mut types = self.operation_sources().map(|index| self.source_type(index));
                let first = types.next()??;
                types.all(|other| other == Some(first)).then_some(first)
            }
        }
    }
}
