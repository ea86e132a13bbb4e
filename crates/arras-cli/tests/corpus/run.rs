//! One document on the mock.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use arras::clock::{Clock, ManualClock, SystemClock};
use arras::credentials::AwsCredentials;
use arras::environment::Environment;
use arras::{Engine, Loaded, Missing, ServerOverride, SetBy, Settings, Shelf, Supplied};
use arras_doc::diagnostic::{Diagnostic, Severity};
use arras_doc::link::{LinkedSource, StepLinks, Target};
use arras_doc::rule;
use arras_doc::value::Value;
use arras_mock::service::Operation;
use arras_mock::sigv4::Scope;
use arras_mock::{Addresses, Mock, Validation};
use arras_run::event::{EndedBy, Event, EventKind, StepFinished};
use arras_run::fault::{Fault, FaultKind};
use arras_run::result::Verdict;
use arras_run::run::Limits;

use super::documents::Published;
use super::outcome::Outcome;
use super::{made_up, used};

const REGION: &str = "us-east-1";

/// What became of each step that counts, by `workflowId.stepId`.
pub(crate) async fn document(shelf: &Shelf, published: &Published) -> Vec<(String, Outcome)> {
    let counted = counted(published);
    if counted.is_empty() {
        return Vec::new();
    }
    let everything = |outcome: Outcome| counted.iter().map(|(_, name)| (name.clone(), outcome.clone())).collect();
    let location = Supplied::at(published.path.to_string_lossy());
    let loaded = match engine(published, None).load_on(shelf, &location, &[]).await {
        Ok(loaded) => loaded,
        Err(error) => return everything(Outcome::Document(format!("not loaded: {error}"))),
    };
    if loaded.document().is_none() {
        return everything(Outcome::Document(first_error(loaded.diagnostics())));
    }
    let mut seen = match all(shelf, published, &loaded, &counted, Validation::On).await {
        Ok(seen) => seen,
        Err(why) => return everything(Outcome::Document(format!("not served: {why}"))),
    };
    let is_refused = |(workflow, name): &(String, String)| matches!(seen.outcome(workflow, name), Outcome::Refused(_));
    if counted.iter().any(is_refused) {
        let again = all(shelf, published, &loaded, &counted, Validation::Warn).await.unwrap();
        seen.in_spite = Some(Box::new(again));
    }
    counted.iter().map(|(workflow, name)| (name.clone(), seen.outcome(workflow, name))).collect()
}

/// Runs the root workflows, and then those with steps that were not requested by that.
async fn all(
    shelf: &Shelf,
    published: &Published,
    loaded: &Loaded,
    counted: &[(String, String)],
    validation: Validation,
) -> Result<Seen, String> {
    let mock = mock(loaded, validation).await?;
    let engine = engine(published, Some((&mock, loaded)));
    let loaded = engine.load_on(shelf, &Supplied::at(published.path.to_string_lossy()), &[]).await.unwrap();
    let mut seen = Seen { document: published.value.clone(), ..Seen::default() };
    let roots_first = {
        let mut all = loaded.workflows();
        all.sort_by_key(|workflow| !workflow.root);
        all
    };
    for workflow in roots_first {
        let is_open = |(of, name): &(String, String)| *of == workflow.id && !seen.requested.contains(name);
        if workflow.root || counted.iter().any(is_open) {
            one(&loaded, &mock, &workflow.id, &mut seen).await;
        }
    }
    mock.shutdown().await;
    Ok(seen)
}

/// The steps whose operation occurs in the text of a source: the workflow, and the step's full name.
fn counted(published: &Published) -> Vec<(String, String)> {
    let sources = published.sources.iter().flatten();
    let texts: Vec<String> = sources.filter_map(|(_, path)| std::fs::read_to_string(path).ok()).collect();
    let mut found = Vec::new();
    let items = |value: Option<&Value>| value.and_then(Value::as_array).unwrap_or_default().to_vec();
    for workflow in items(published.value.get("workflows")) {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = text(&workflow, "workflowId");
        for step in items(workflow.get("steps")) {
            if names(&step).is_some_and(|name| texts.iter().any(|text| occurs(text, &name))) {
                found.push((id.clone(), format!("{id}.{}", text(&step, "stepId"))));
            }
        }
    }
    found
}

/// Whether a name stands in a text, not as a part of a longer one.
fn occurs(text: &str, name: &str) -> bool {
    let continues = |next: Option<char>| next.is_some_and(|next| next.is_alphanumeric() || "_-/{".contains(next));
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + name.len()..].chars().next());
        !continues(before) && !continues(after)
    })
}

/// The `operationId`, or the path of an `operationPath`, as a description has it.
fn names(step: &Value) -> Option<String> {
    let text = |key: &str| step.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(id) = text("operationId") {
        let qualified = id.strip_prefix("$sourceDescriptions.").and_then(|rest| rest.split_once('.'));
        return Some(qualified.map_or(id, |(_, id)| id).to_owned());
    }
    let (_, pointer) = text("operationPath")?.split_once("/paths/")?;
    let key = pointer.split('/').next()?;
    let key = arras_doc::uri::percent_decode(key).unwrap_or_else(|| key.to_owned());
    Some(key.replace("~1", "/").replace("~0", "~"))
}

async fn mock(loaded: &Loaded, validation: Validation) -> Result<Mock, String> {
    let builder = || {
        let empty = Mock::builder().addresses(Addresses::PerService).validation(validation);
        loaded.descriptions().into_iter().fold(empty, |builder, (name, description)| {
            builder.description(name.clone(), Arc::clone(&description), |operation| {
                let scope = loaded.signing_scope(&name, *operation, REGION)?;
                Some(Scope::new(scope.service, scope.region))
            })
        })
    };
    match builder().start().await {
        Ok(mock) => Ok(mock),
        Err(error) => {
            // as `run --mock`: what can't be told apart is no matter where it is not called
            let called = called(loaded);
            let is_called = |source: &str, operation: &Operation| {
                called.contains(&(source.to_owned(), operation.method.clone(), operation.path.clone()))
            };
            builder().only(is_called).start().await.map_err(|_| error.to_string())
        }
    }
}

fn called(loaded: &Loaded) -> BTreeSet<(String, String, String)> {
    let linked = &loaded.bundle().documents[0];
    let steps = linked.links.workflows.iter().flat_map(|workflow| &workflow.steps);
    let operation = |step: &StepLinks| {
        let Some(Target::Operation(target)) = &step.target else { return None };
        let LinkedSource::OpenApi(description) = linked.sources.get(target.source) else { return None };
        let operation = description.operation_at(&target.pointer).found()?;
        let source = linked.document.source_descriptions[target.source].name.value.clone();
        Some((source, operation.method().to_owned(), operation.path().as_str().to_owned()))
    };
    steps.filter_map(operation).collect()
}

fn engine(published: &Published, mock: Option<(&Mock, &Loaded)>) -> Engine {
    let limits = Limits { poll_interval: Duration::ZERO, max_steps: 60, ..Limits::default() };
    let sources = published.sources.iter().flatten();
    let sources = sources.map(|(name, path)| (name.clone(), path.to_string_lossy().into_owned())).collect();
    let mut settings = Settings { limits, sources, ..Settings::default() };
    settings.aws.region = Some(REGION.to_owned());
    settings.auth.missing = Missing::MadeUp;
    let clock = ManualClock::skipping(SystemClock.now());
    let mut builder = Engine::builder().clock(clock).environment(Environment::new([("PATH", "")], BTreeMap::new()));
    if let Some((mock, loaded)) = mock {
        for (name, _) in loaded.descriptions() {
            let url = mock.url_of(&name).unwrap();
            settings.servers.push(ServerOverride { source: Some(name), url, set_by: SetBy::User });
        }
        builder = builder.aws_credentials(AwsCredentials::new(mock.access_key_id(), mock.secret_access_key(), None));
    }
    builder.settings(settings).build().unwrap()
}

fn first_error(found: &[Diagnostic]) -> String {
    let first = found.iter().find(|finding| finding.severity == Severity::Error);
    first.map_or_else(String::new, |finding| format!("{}: {}", finding.rule.id, finding.message))
}

/// What was seen of all runs of a document.
#[derive(Default)]
struct Seen {
    /// By `workflowId.stepId`.
    requested: BTreeSet<String>,
    /// Why the steps of a workflow that were not requested were not, by the last run of it.
    why: HashMap<String, Outcome>,
    /// Steps that could not be carried out themselves.
    faults: HashMap<String, Outcome>,
    /// What was seen when the mock let pass what it would refuse.
    in_spite: Option<Box<Seen>>,
    document: Value,
}

impl Seen {
    fn outcome(&self, workflow: &str, step: &str) -> Outcome {
        if self.requested.contains(step) {
            return Outcome::Requested;
        }
        let why = self.faults.get(step).or_else(|| self.why.get(workflow));
        let why = why.cloned().unwrap_or_else(|| Outcome::Unknown("its workflow was not started".into()));
        match (&why, &self.in_spite) {
            (Outcome::Refused(detail), Some(again)) => match again.outcome(workflow, step) {
                Outcome::Requested => Outcome::RequestedInSpite(detail.clone()),
                other => other,
            },
            _ => why,
        }
    }

    /// Why a request could not be built: what the step leaves out, or what an earlier answer lacks.
    fn fault(&self, name: &str, step: &str, fault: &Fault) -> Outcome {
        let detail = format!("{step}: {}", fault.message);
        let told = fault.message.split('`').nth(1).unwrap_or_default();
        let is_value = matches!(fault.kind, FaultKind::MissingParameter | FaultKind::MissingValue)
            || fault.message.ends_with("is empty");
        // a step that says two things of its body contradicts itself
        let is_contradiction = fault.message.contains("by its `contentType` and");
        match self.given(name, told) {
            _ if is_contradiction => Outcome::Incomplete(detail),
            _ if !is_value => Outcome::Fault(format!("{}: {detail}", fault.kind.as_str())),
            None => Outcome::Incomplete(detail),
            Some(given) if given.contains("$steps.") || given.contains("$outputs") => Outcome::WithoutValue(detail),
            Some(given) => Outcome::Fault(format!("{}: {detail} of {given}", fault.kind.as_str())),
        }
    }

    /// What a step has for a parameter, or for its body.
    fn given(&self, name: &str, parameter: &str) -> Option<String> {
        let workflows = self.document.get("workflows")?.as_array()?;
        let (workflow, step) = name.rsplit_once('.')?;
        let id = |value: &Value, key: &str, id: &str| value.get(key).and_then(Value::as_str) == Some(id);
        let workflow = workflows.iter().find(|it| id(it, "workflowId", workflow))?;
        let step = workflow.get("steps")?.as_array()?.iter().find(|it| id(it, "stepId", step))?;
        let own = step.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let shared = workflow.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let mut all = own.chain(shared);
        if parameter.is_empty() {
            return Some(step.get("requestBody")?.to_json());
        }
        Some(all.find(|it| id(it, "name", parameter))?.get("value")?.to_json())
    }
}

/// Runs a workflow, and keeps what is seen.
async fn one(loaded: &Loaded, mock: &Mock, id: &str, seen: &mut Seen) {
    let workflow = match loaded.workflow(id) {
        Ok(workflow) => workflow,
        Err(error) => {
            let why = if error.diagnostics().is_empty() { error.to_string() } else { first_error(error.diagnostics()) };
            let is_incomplete =
                why.starts_with(rule::MISSING_PARAMETER.id) || why.starts_with(rule::INEXPRESSIBLE_PAYLOAD.id);
            let why = if is_incomplete { Outcome::Incomplete(why) } else { Outcome::Document(why) };
            seen.why.insert(id.to_owned(), why);
            return;
        }
    };
    let index = loaded.document().unwrap().workflow_index(id).unwrap();
    let used = used::values(loaded, &seen.document, index);
    let inputs = made_up::inputs(workflow.plan().entry().inputs.schema(), &used);
    let mut watch = Watch { mock, workflows: HashMap::new(), steps: HashMap::new(), last: HashMap::new() };
    let outcome = workflow.inputs(inputs).observe(|event| watch.event(event, seen)).await;
    if let Err(error) = outcome {
        let why = if error.diagnostics().is_empty() { error.to_string() } else { first_error(error.diagnostics()) };
        seen.why.insert(id.to_owned(), Outcome::Inputs(why));
    }
}

/// A run as its events tell it.
struct Watch<'m> {
    mock: &'m Mock,
    /// The workflow of each invocation.
    workflows: HashMap<String, String>,
    /// The full name of the step that each effect is for.
    steps: HashMap<String, String>,
    /// The last step of each invocation.
    last: HashMap<String, (Box<StepFinished>, String)>,
}

impl Watch<'_> {
    fn event(&mut self, event: &Event, seen: &mut Seen) {
        match &event.kind {
            EventKind::WorkflowStarted { path, workflow_id, .. } => {
                self.workflows.insert(path.clone(), workflow_id.clone());
                self.last.remove(path);
            }
            EventKind::StepStarted(step) => {
                let workflow = self.workflows.get(&step.path).cloned().unwrap_or_default();
                self.steps.insert(step.effect.to_string(), format!("{workflow}.{}", step.step_id));
            }
            EventKind::RequestSent(sent) => {
                seen.requested.extend(self.steps.get(&sent.effect.to_string()).cloned());
            }
            EventKind::StepFinished(step) => {
                if let (Some(fault), Some(name)) = (&step.fault, self.steps.get(&step.effect.to_string())) {
                    let why = seen.fault(name, &step.step_id, fault);
                    seen.faults.insert(name.clone(), why);
                }
                let refused = self.mock.requests().last().map(|last| {
                    let violations: Vec<String> = last.violations.iter().map(ToString::to_string).collect();
                    last.refusal.clone().unwrap_or_else(|| violations.join("; "))
                });
                self.last.insert(step.path.clone(), (step.clone(), refused.unwrap_or_default()));
            }
            EventKind::WorkflowFinished { path, workflow_id, ended_by, .. } => {
                seen.why.insert(workflow_id.clone(), self.why(seen, path, *ended_by));
            }
            EventKind::WorkflowTransferred { from, .. } => {
                seen.why.insert(from.clone(), Outcome::ByAction("the workflow was left".into()));
            }
            _ => {}
        }
    }

    /// Why steps behind the last one were not reached.
    fn why(&self, seen: &Seen, path: &str, ended_by: EndedBy) -> Outcome {
        let Some((last, refused)) = self.last.get(path) else {
            return Outcome::Unknown(format!("ended by {ended_by:?} without a step"));
        };
        if ended_by == EndedBy::Budget {
            return Outcome::Loop;
        }
        let step = &last.step_id;
        if let Some(fault) = &last.fault {
            let name = self.steps.get(&last.effect.to_string()).map(String::as_str).unwrap_or_default();
            return seen.fault(name, step, fault);
        }
        match (last.verdict, &last.action, last.status_code) {
            (Verdict::Failed, _, Some(status @ 400..)) => Outcome::Refused(format!("{step} {status} {refused}")),
            (_, Some(action), _) => Outcome::ByAction(format!("{step}: {}", action.name)),
            (Verdict::Failed, None, _) => {
                let failed = last.criteria.iter().find(|criterion| !criterion.satisfied);
                match failed {
                    Some(criterion) => Outcome::ByMadeUpAnswer(format!("{step}: {}", criterion.condition)),
                    None => Outcome::Fault(format!("called workflow: {step} failed")),
                }
            }
            (Verdict::Succeeded, None, _) => Outcome::ByAction(format!("a goto led around, to {step}")),
        }
    }
}
