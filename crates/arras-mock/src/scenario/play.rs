//! A scenario being played: how often each answer was given, which keys exist, which tokens were seen.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arras_doc::diagnostic::{Diagnostic, Diagnostics};
use arras_doc::span::Spanned;
use arras_doc::{rule, suggest};
use indexmap::{IndexMap, IndexSet};
use ring::digest;

use super::select::{Answered, Select};
use super::template::Filling;
use super::{Answer, Scenario, Script};
use crate::fault::Fault;
use crate::record::Verdict;
use crate::reply::{Rendering, Reply};
use crate::request::Received;
use crate::route::OperationRef;
use crate::service::{Operation, Service};

/// How many keys, and how many tokens, one operation remembers; the oldest is forgotten first.
const REMEMBERED: usize = 10_000;

/// A scenario bound to the operations of a mock.
#[derive(Debug, Default)]
pub(crate) struct Play {
    seed: u64,
    scripts: HashMap<OperationRef, Script>,
    links: HashMap<OperationRef, Vec<BoundLink>>,
    state: Mutex<State>,
}

/// What an operation's answers do to the keys of another.
#[derive(Debug)]
struct BoundLink {
    of: OperationRef,
    effect: Effect,
    value: Select,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Creates,
    Removes,
}

#[derive(Debug, Default)]
struct State {
    ids: u64,
    operations: HashMap<OperationRef, OperationState>,
}

#[derive(Debug, Default)]
struct OperationState {
    calls: u64,
    /// How often each answer was given, by key.
    given: IndexMap<String, Vec<u32>>,
    created: IndexSet<String>,
    removed: IndexSet<String>,
    tokens: IndexMap<String, Reply>,
}

/// What is to be sent.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) reply: Reply,
    pub(crate) delay: Duration,
    pub(crate) fault: Option<Fault>,
    pub(crate) verdict: Verdict,
}

impl Played {
    fn plain(reply: Reply, verdict: Verdict) -> Played {
        Played { reply, delay: Duration::ZERO, fault: None, verdict }
    }
}

impl Play {
    /// Binds a scenario to operations; an operation that does not exist, or more than once, is an error.
    pub(crate) fn new(scenario: &Scenario, services: &[Service]) -> (Play, Diagnostics) {
        let mut binder = Binder { scenario, services, diagnostics: Vec::new() };
        let mut play = Play { seed: scenario.seed, ..Play::default() };
        for (name, script) in &scenario.scripts {
            let Some(of) = binder.operation(name) else { continue };
            for (link, effect) in [(&script.after, Effect::Creates), (&script.until, Effect::Removes)] {
                let Some(link) = link else { continue };
                if let Some(by) = binder.operation(&link.operation) {
                    play.links.entry(by).or_default().push(BoundLink { of, effect, value: link.value.clone() });
                }
            }
            play.scripts.insert(of, script.clone());
        }
        (play, binder.diagnostics)
    }

    /// The answer to a request, by script, else by the description.
    pub(crate) fn answer(&self, of: OperationRef, operation: &Operation, request: &Received, now: String) -> Played {
        let mut state = self.lock();
        let state = &mut *state;
        let seed = self.seed;
        let ids = &mut state.ids;
        let mut new_id = || {
            *ids += 1;
            made_up_id(seed, *ids)
        };
        let own = state.operations.entry(of).or_default();
        own.calls += 1;
        let filling = Filling { request, call: own.calls, now, new_id: &mut new_id, ids: Vec::new() };
        let played = match self.scripts.get(&of) {
            Some(script) if !script.answers.is_empty() || script.key.is_some() => own.play(script, operation, filling),
            _ => Played::plain(Rendering { operation, request }.example(None, None), Verdict::Example),
        };
        self.follow_links(of, request, &played, state);
        played
    }

    /// A successful answer may create or remove keys of other operations, whether it arrives or not.
    fn follow_links(&self, by: OperationRef, request: &Received, played: &Played, state: &mut State) {
        if played.reply.status >= 400 || played.verdict == Verdict::Repeated {
            return;
        }
        let answered =
            Answered { status: played.reply.status, headers: &played.reply.headers, body: played.reply.value.as_ref() };
        for link in self.links.get(&by).into_iter().flatten() {
            let Some(value) = link.value.read(request, Some(answered)) else { continue };
            let key = value.to_text().into_owned();
            let target = state.operations.entry(link.of).or_default();
            match link.effect {
                Effect::Creates => target.create(key),
                Effect::Removes => target.remove(key),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OperationState {
    fn play(&mut self, script: &Script, operation: &Operation, mut filling: Filling<'_>) -> Played {
        let request = filling.request;
        let rendering = Rendering { operation, request };
        let read =
            |select: &Option<Select>| select.as_ref()?.read(request, None).map(|value| value.to_text().into_owned());
        let token = read(&script.token);
        if let Some(reply) = token.as_ref().and_then(|token| self.tokens.get(token)) {
            return Played::plain(reply.clone(), Verdict::Repeated);
        }
        let key = read(&script.key);
        if !self.exists(script, key.as_deref()) {
            let reply = match &script.unknown {
                Some(answer) => rendering.answer(answer, &mut filling),
                None => rendering.not_found(key.as_deref()),
            };
            let (delay, fault) = script.unknown.as_ref().map_or((Duration::ZERO, None), |it| (it.delay, it.fault));
            return Played { reply, delay, fault, verdict: Verdict::UnknownKey };
        }
        let Some((index, answer)) = self.next(script, key.unwrap_or_default(), request) else {
            return Played::plain(rendering.exhausted(self.calls), Verdict::Exhausted);
        };
        let reply = rendering.answer(answer, &mut filling);
        if let Some(token) = token.filter(|_| reply.status < 400) {
            bound(&mut self.tokens);
            self.tokens.insert(token, reply.clone());
        }
        Played { reply, delay: answer.delay, fault: answer.fault, verdict: Verdict::Scenario(index) }
    }

    /// Where neither `after` nor `unknown` is given, any key exists, also none.
    fn exists(&self, script: &Script, key: Option<&str>) -> bool {
        let Some(key) = key else { return script.after.is_none() && script.unknown.is_none() };
        let created = script.after.is_none() || self.created.contains(key);
        created && !self.removed.contains(key)
    }

    /// The first answer whose conditions hold and that is not used up.
    fn next<'s>(&mut self, script: &'s Script, key: String, request: &Received) -> Option<(usize, &'s Answer)> {
        bound(&mut self.given);
        let given = self.given.entry(key).or_default();
        given.resize(script.answers.len(), 0);
        for (index, (answer, given)) in script.answers.iter().zip(given).enumerate() {
            let left = answer.times.is_none_or(|times| *given < times);
            if left && answer.when.iter().all(|condition| condition.holds(request)) {
                *given = given.saturating_add(1);
                return Some((index, answer));
            }
        }
        None
    }

    fn create(&mut self, key: String) {
        self.removed.shift_remove(&key);
        self.given.shift_remove(&key);
        if self.created.len() >= REMEMBERED {
            self.created.shift_remove_index(0);
        }
        self.created.insert(key);
    }

    fn remove(&mut self, key: String) {
        self.created.shift_remove(&key);
        if self.removed.len() >= REMEMBERED {
            self.removed.shift_remove_index(0);
        }
        self.removed.insert(key);
    }
}

fn bound<V>(map: &mut IndexMap<String, V>) {
    if map.len() >= REMEMBERED {
        map.shift_remove_index(0);
    }
}

/// An id in the form of a random UUID, always the same for the same seed and count.
fn made_up_id(seed: u64, count: u64) -> String {
    let hash = digest::digest(&digest::SHA256, format!("arras mock id {seed} {count}").as_bytes());
    let hex: Vec<String> = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |range: std::ops::Range<usize>| hex.get(range).map(<[String]>::concat).unwrap_or_default();
    let (third, fourth) = (part(6..8), part(8..10));
    format!(
        "{}-{}-4{}-a{}-{}",
        part(0..4),
        part(4..6),
        third.get(1..).unwrap_or_default(),
        fourth.get(1..).unwrap_or_default(),
        part(10..16)
    )
}

struct Binder<'a> {
    scenario: &'a Scenario,
    services: &'a [Service],
    diagnostics: Diagnostics,
}

impl Binder<'_> {
    /// The operation of that id, or of `SOURCE.ID`.
    fn operation(&mut self, name: &Spanned<String>) -> Option<OperationRef> {
        let found: Vec<OperationRef> =
            self.all().filter(|(_, service, id)| names(&name.value, service, id)).map(|(of, ..)| of).collect();
        if let [of] = found.as_slice() {
            return Some(*of);
        }
        let diagnostic = if found.is_empty() {
            let near = suggest::nearest(&name.value, self.all().map(|(_, _, id)| id), 1);
            Diagnostic::new(rule::UNKNOWN_OPERATION, format!("no description has an operation `{}`", name.value))
                .maybe_help(suggest::did_you_mean(&near))
        } else {
            let services = found.iter().filter_map(|of| self.services.get(of.service));
            let services = services.map(|service| format!("`{}.{}`", service.name, name.value)).collect::<Vec<_>>();
            Diagnostic::new(rule::AMBIGUOUS_OPERATION, format!("several operations are called `{}`", name.value))
                .help(format!("write {}", services.join(" or ")))
        };
        self.diagnostics.push(match self.scenario.source {
            Some(source) => diagnostic.at(source, name.span),
            None => diagnostic,
        });
        None
    }

    fn all(&self) -> impl Iterator<Item = (OperationRef, &str, &str)> {
        self.services.iter().enumerate().flat_map(|(service, described)| {
            described.operations.iter().enumerate().map(move |(operation, it)| {
                (OperationRef { service, operation }, described.name.as_str(), it.id.as_str())
            })
        })
    }
}

fn names(name: &str, service: &str, id: &str) -> bool {
    name == id || name.strip_prefix(service).and_then(|rest| rest.strip_prefix('.')) == Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_ids_are_stable_uuids() {
        let id = made_up_id(0, 1);
        assert_eq!(id, made_up_id(0, 1));
        assert_ne!(id, made_up_id(0, 2));
        assert_ne!(id, made_up_id(1, 1));
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{id}");
    }
}
