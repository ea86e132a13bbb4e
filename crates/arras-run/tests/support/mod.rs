//! Plans workflows from texts and drives them without a world: a function is the server, a number the time.

#![allow(dead_code, unreachable_pub)] // each test uses its part

pub mod check;
pub mod script;
pub mod seen;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arras_doc::arazzo::{Document, SourceType};
use arras_doc::diagnostic::{Diagnostics, has_errors};
use arras_doc::link::{LinkedSource, LinkedSources, document_cycles, link};
use arras_doc::node::Tree;
use arras_doc::openapi;
use arras_doc::read;
use arras_doc::source::{Source, SourceId, Sources};
use arras_run::effect::{CancelReason, Effect, Input, Outcome, Send, Turn};
use arras_run::event::Event;
use arras_run::exchange::{Exchange, Request, Response};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::plan::{Binding, Bundle, Call, LinkedDocument, Plan, PlanOptions};
use arras_run::run::Run;
use arras_run::time::Timestamp;

/// Finds the text of a document by its URL as written.
pub type Load<'l> = dyn Fn(&str) -> String + 'l;

/// The URL of the document that is planned.
pub const ENTRY: &str = "workflow.arazzo.yaml";

/// A plan with the texts it was made from and what was noted on the way.
pub struct Planned {
    pub plan: Result<Arc<Plan>, Diagnostics>,
    pub notes: Diagnostics,
    pub sources: Sources,
}

/// Reads, links and plans a workflow of the entry document, the first one if none is named.
pub fn plan(load: &Load<'_>, workflow: Option<&str>, options: PlanOptions) -> Planned {
    let mut loader =
        Loader { load, sources: Sources::default(), arazzo: Vec::new(), others: HashMap::new(), found: Vec::new() };
    loader.document(ENTRY);
    let (plan, notes) = match loader.bundle() {
        Ok(bundle) => {
            let document = &bundle.documents[0].document;
            let index = workflow.map_or(0, |id| document.workflow_index(id).expect("a workflow of the entry document"));
            let bind = &mut |_: Call<'_>| Ok(Binding { base: "https://api.example".into(), authorization: None });
            match Plan::build(&bundle, index, options, bind) {
                Ok((plan, notes)) => (Ok(Arc::new(plan)), notes),
                Err(found) => (Err(found), Diagnostics::new()),
            }
        }
        Err(found) => (Err(found), Diagnostics::new()),
    };
    Planned { plan, notes, sources: loader.sources }
}

struct Loader<'l> {
    load: &'l Load<'l>,
    sources: Sources,
    arazzo: Vec<(String, Arc<Document>)>,
    others: HashMap<String, LinkedSource>,
    found: Diagnostics,
}

impl Loader<'_> {
    fn tree(&mut self, url: &str) -> (SourceId, Arc<Tree>) {
        let source = Source::new(url.to_owned(), format!("file:///{url}"), (self.load)(url));
        let id = self.sources.add(source.clone());
        let (tree, found) = read::read(&source, id);
        assert!(!has_errors(&found), "{url}: {found:?}");
        (id, Arc::new(tree.expect("a tree")))
    }

    fn document(&mut self, url: &str) {
        let mut pending = vec![url.to_owned()];
        while let Some(url) = pending.pop() {
            if self.others.contains_key(&url) || self.arazzo.iter().any(|(known, _)| *known == url) {
                continue;
            }
            let (source, root) = self.tree(&url);
            if SourceType::detect(root.root()) == Some(SourceType::Arazzo) {
                let (document, found) = Document::read(source, root);
                self.found.extend(found);
                pending.extend(document.source_descriptions.iter().rev().map(|source| source.url.value.clone()));
                self.arazzo.push((url, Arc::new(document)));
            } else {
                let entry = Arc::new(openapi::Document::new(source, format!("file:///{url}"), root));
                let (description, _) = openapi::Description::index(entry, &openapi::Documents::default());
                self.others.insert(url, LinkedSource::OpenApi(Arc::new(description)));
            }
        }
    }

    fn bundle(&mut self) -> Result<Bundle, Diagnostics> {
        let place = |url: &str| self.arazzo.iter().position(|(known, _)| known == url);
        let mut documents = Vec::new();
        for (_, document) in &self.arazzo {
            let urls = || document.source_descriptions.iter().map(|source| source.url.value.as_str());
            let linked = urls().map(|url| match place(url) {
                Some(at) => LinkedSource::Arazzo(self.arazzo[at].1.clone()),
                None => self.others.get(url).cloned().unwrap_or_default(),
            });
            let sources: LinkedSources = linked.collect();
            let (links, found) = link(document, &sources);
            self.found.extend(found);
            documents.push(LinkedDocument {
                document: document.clone(),
                sources,
                links,
                arazzo: urls().map(place).collect(),
            });
        }
        let linked: Vec<_> =
            documents.iter().map(|linked| (&*linked.document, &linked.sources, &linked.links)).collect();
        self.found.extend(document_cycles(&linked));
        if has_errors(&self.found) { Err(std::mem::take(&mut self.found)) } else { Ok(Bundle { documents }) }
    }
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    Response(Response),
    Fault(Fault),
    /// The user stops the run meanwhile.
    Cancel,
}

/// A reply and how long it takes.
#[derive(Clone, Debug)]
pub struct Answer {
    pub reply: Reply,
    pub after: Duration,
}

/// The server: the number of the request in the run, from 0, and the request.
pub type Server<'s> = dyn Fn(usize, &Send) -> Answer + 's;

/// What is told to a run, and when.
pub type Journal = Vec<(Timestamp, Input)>;

/// What can be seen of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    Event(Box<Event>),
    Request(Timestamp, Box<Request>),
    Reply(Timestamp, String),
}

/// A run on its way: time, and how many requests were sent.
pub struct Driver<'s> {
    pub now: Timestamp,
    pub sent: usize,
    pub server: &'s Server<'s>,
    pub cancel_at: Option<Timestamp>,
}

impl Driver<'_> {
    /// Drives a run to its end, as a real driver does.
    pub fn drive(&mut self, run: &mut Run, journal: &mut Journal, seen: &mut Vec<Seen>) -> Outcome {
        loop {
            let turn = run.turn();
            poll(run, seen);
            let input = match turn {
                Turn::Done(outcome) => return outcome,
                Turn::Wait(Some(until)) => match self.cancel_at.filter(|at| *at < until) {
                    Some(at) => {
                        self.now = at;
                        Input::Cancel(CancelReason::Interrupted)
                    }
                    None => {
                        self.now = until;
                        Input::Tick
                    }
                },
                Turn::Wait(None) => panic!("nothing is in flight"),
                Turn::Perform(Effect::Send(send)) => self.perform(run, &send, seen),
            };
            journal.push((self.now, input.clone()));
            run.tell(self.now, input);
        }
    }

    /// Whatever comes first: the answer, the request's timeout, the deadline of a call or of the run.
    pub fn perform(&mut self, run: &Run, send: &Send, seen: &mut Vec<Seen>) -> Input {
        let answer = (self.server)(self.sent, send);
        self.sent += 1;
        seen.push(Seen::Request(self.now, Box::new(Request::clone(&send.request))));
        let answered = self.now.after(answer.after);
        let timed_out = send.timeout.map(|timeout| self.now.after(timeout)).filter(|at| *at < answered);
        let settled = timed_out.unwrap_or(answered);
        if let Some(deadline) = run.deadline().filter(|deadline| *deadline < settled) {
            self.now = deadline;
            seen.push(Seen::Reply(self.now, "nothing by then".into()));
            return Input::Tick;
        }
        let started = self.now;
        self.now = settled;
        let exchange = match answer.reply {
            _ if timed_out.is_some() => {
                let message = format!("no whole answer within {:?}", send.timeout.unwrap_or_default());
                Err(Fault::new(FaultKind::RequestTimeout, Phase::Headers, message))
            }
            Reply::Cancel => {
                seen.push(Seen::Reply(self.now, "interrupted".into()));
                return Input::Cancel(CancelReason::Interrupted);
            }
            Reply::Fault(fault) => Err(fault),
            Reply::Response(response) => {
                Ok(Exchange { request: send.request.clone(), response, duration: settled.since(started) })
            }
        };
        seen.push(Seen::Reply(self.now, seen::reply(&exchange)));
        let result = run.evaluate(send, self.now, exchange.as_ref().map_err(Clone::clone));
        Input::Settled(send.id.clone(), Box::new(result))
    }
}

/// The events that are there.
pub fn poll(run: &mut Run, seen: &mut Vec<Seen>) {
    seen.extend(std::iter::from_fn(|| run.poll_event()).map(|event| Seen::Event(Box::new(event))));
}

/// The events among what was seen.
pub fn events(seen: &[Seen]) -> Vec<&Event> {
    fn event(seen: &Seen) -> Option<&Event> {
        match seen {
            Seen::Event(event) => Some(event),
            _ => None,
        }
    }
    seen.iter().filter_map(event).collect()
}

/// Crashes after each prefix of the journal; a new run that is told the prefix again, in its serialised form, shows and
/// comes to the same. `driver` is one that has not begun.
pub fn replay_every_prefix(
    start: &dyn Fn() -> Run,
    driver: &Driver<'_>,
    journal: &Journal,
    outcome: &Outcome,
    seen: &[Seen],
) {
    for cut in 0..=journal.len() {
        let stored = serde_json::to_string(&journal[..cut]).expect("a journal");
        let told: Journal = serde_json::from_str(&stored).expect("the same journal");
        let mut run = start();
        let (mut again, mut sent, mut now) = (Vec::new(), 0, driver.now);
        for (at, input) in told {
            sent += usize::from(matches!(run.turn(), Turn::Perform(_)));
            poll(&mut run, &mut again);
            run.tell(at, input);
            now = at;
        }
        let mut driver = Driver { now, sent, ..*driver };
        assert_eq!(driver.drive(&mut run, &mut Journal::new(), &mut again), *outcome);
        assert_eq!(events(&again), events(seen), "after {cut} inputs");
    }
}
