//! The way through a plan that drafts every request once for each call of its workflow.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::LazyLock;

use arras_doc::expression::{Template, select_named};
use arras_doc::openapi::Location;
use arras_doc::span::Spanned;
use arras_doc::value::{Object, Value};

use super::hidden::Hidden;
use super::placeholder::{Before, Known, Named, Placeholders};
use super::{Draft, Reached};
use crate::effect::escaped;
use crate::evaluate;
use crate::fault::{Fault, FaultKind, Phase};
use crate::file::Files;
use crate::inputs::{self, Problem};
use crate::plan::{
    Action, ActionKind, CredentialForm, Dependencies, Destination, Parameter, Plan, Step, StepIndex, Target,
};
use crate::request;
use crate::scope::{Hand, OwnOutputs, Scope};
use crate::secret::{self, Secrets};
use crate::template::{self, Embedding};

/// Headers whose values identify the caller.
const CREDENTIALS: [&str; 5] = ["authorization", "proxy-authorization", "cookie", "x-api-key", "x-amz-security-token"];

/// The requests of a plan's entry workflow as far as they are known, in the order of its steps: workflows that it
/// depends on first, called workflows where they are called, and those to which actions lead at the end.
///
/// `given` are the inputs of workflows that others depend on, `files` what inputs stand for. At most `limit` requests are drafted.
///
/// # Errors
/// What the workflow's schema finds wrong with the inputs.
pub fn drafts(
    plan: &Plan,
    inputs: Object,
    given: &HashMap<usize, Object>,
    files: &Files,
    limit: usize,
) -> Result<Vec<Draft>, Vec<Problem>> {
    let inputs = plan.entry().inputs.prepare(inputs)?;
    // a workflow may say that what another one sends is secret: what must not be shown is known when all are seen
    let mut seen = Walk::new(plan, given, files, limit);
    seen.walk(inputs.clone());
    let mut walk = Walk::new(plan, given, files, limit);
    seen.hidden.sort();
    walk.hidden = seen.hidden;
    walk.shows = true;
    walk.walk(inputs);
    Ok(walk.drafts)
}

/// What stands for a credential that the document gives.
fn unshown(form: CredentialForm) -> &'static str {
    match form {
        CredentialForm::Key => "***",
        CredentialForm::Bearer => "Bearer ***",
        CredentialForm::Basic => "Basic ***",
    }
}

/// A workflow that is still to be walked through.
struct Pending {
    workflow: usize,
    inputs: Object,
    reached: Reached,
}

/// A workflow on the way, and the step it is at.
struct Frame {
    workflow: usize,
    inputs: Object,
    reached: Reached,
    /// The dependencies that are still to be looked at.
    depends_on: Vec<usize>,
    /// Where it is a dependency, the frame for whose sake it runs.
    sake: Option<usize>,
    at: usize,
}

struct Walk<'p> {
    plan: &'p Plan,
    given: &'p HashMap<usize, Object>,
    files: &'p Files,
    limit: usize,
    /// How many steps may still be looked at: calls may double from level to level without a request at their end.
    left: usize,
    placeholders: Placeholders,
    drafts: Vec<Draft>,
    stack: Vec<Frame>,
    depended: HashSet<usize>,
    seen: HashSet<usize>,
    pending: VecDeque<Pending>,
    hidden: Hidden,
    /// Whether what is drafted is to be shown; else this only looks for what is secret.
    shows: bool,
}

impl<'p> Walk<'p> {
    fn new(plan: &'p Plan, given: &'p HashMap<usize, Object>, files: &'p Files, limit: usize) -> Walk<'p> {
        Walk {
            plan,
            given,
            files,
            limit,
            left: limit.saturating_mul(10),
            placeholders: Placeholders::default(),
            drafts: Vec::new(),
            stack: Vec::new(),
            depended: HashSet::new(),
            seen: HashSet::new(),
            pending: VecDeque::new(),
            hidden: Hidden::default(),
            shows: false,
        }
    }

    /// The whole way, from the entry workflow with these inputs on.
    fn walk(&mut self, inputs: Object) {
        self.pending.push_back(Pending { workflow: self.plan.entry, inputs, reached: Reached::InOrder });
        while let Some(next) = self.pending.pop_front() {
            if !matches!(next.reached, Reached::InOrder) && self.seen.contains(&next.workflow) {
                continue;
            }
            self.push(next, None);
            while self.go_on() {}
        }
    }

    fn push(&mut self, next: Pending, sake: Option<usize>) {
        self.seen.insert(next.workflow);
        let workflow = &self.plan.workflows[next.workflow];
        let runs = self.plan.dependencies == Dependencies::Run;
        let depends_on = if runs { workflow.depends_on.iter().rev().copied().collect() } else { Vec::new() };
        let Pending { workflow, inputs, reached } = next;
        let inputs = self.without_secrets(workflow, inputs);
        self.stack.push(Frame { workflow, inputs, reached, depends_on, sake, at: 0 });
    }

    /// Takes one step of the way; `false` at its end.
    fn go_on(&mut self) -> bool {
        let Some(frame) = self.stack.last_mut() else { return false };
        if let Some(dependency) = frame.depends_on.pop() {
            self.depend_on(dependency);
            return true;
        }
        let (workflow, at) = (frame.workflow, frame.at);
        frame.at += 1;
        let plan = self.plan;
        match plan.workflows[workflow].steps.get(at) {
            Some(step) if self.drafts.len() < self.limit && self.left > 0 => {
                self.left -= 1;
                self.step(StepIndex { workflow, step: at }, step);
            }
            _ => drop(self.stack.pop()),
        }
        true
    }

    fn depend_on(&mut self, dependency: usize) {
        if !self.depended.insert(dependency) || self.is_under_way(dependency) {
            return;
        }
        let given = self.given.get(&dependency).cloned().unwrap_or_default();
        let sake = self.stack.last().and_then(|frame| frame.sake).or(self.stack.len().checked_sub(1));
        let inputs = self.declared(sake.and_then(|at| self.stack.get(at)), dependency, given);
        self.push(Pending { workflow: dependency, inputs, reached: Reached::InOrder }, sake);
    }

    fn step(&mut self, index: StepIndex, step: &Step) {
        for action in step.on_success.iter().chain(&step.on_failure) {
            self.follow(step, action);
        }
        match &step.target {
            Target::Workflow(workflow) => {
                let inputs = self.values(&step.parameters);
                self.note_secrets(*workflow, &inputs);
                match self.prepared(*workflow, inputs) {
                    // a workflow that calls itself goes on until an answer ends it
                    Ok(_) if self.is_under_way(*workflow) => {}
                    Ok(inputs) => {
                        let reached = self.top().reached.clone();
                        self.push(Pending { workflow: *workflow, inputs, reached }, None);
                    }
                    Err(fault) => self.add(index, step, Err(fault)),
                }
            }
            Target::Operation(operation) => {
                let before = self.before();
                let mut shown = step.clone();
                for parameter in &mut shown.parameters {
                    let credential = match (parameter.location, &parameter.value) {
                        (Some(Location::Header), _) => {
                            CREDENTIALS.iter().any(|name| parameter.name.eq_ignore_ascii_case(name))
                        }
                        // many cookies identify nobody
                        (Some(Location::Cookie), Template::Literal(literal)) => {
                            secret::cookie(&format!("{}={}", parameter.name, literal.value.to_text())).is_some()
                        }
                        (Some(Location::Cookie), _) => true,
                        _ => false,
                    };
                    let value = &parameter.value;
                    if let Some(form) = parameter.credential.take() {
                        parameter.value = Template::Literal(Spanned::new(unshown(form).into(), parameter.place.span));
                        continue;
                    }
                    parameter.value = match credential {
                        true => before.hidden(value, &format!("the value of {}", parameter.name)),
                        false => before.without_selectors(value),
                    };
                }
                if let Some(body) = &mut shown.body {
                    body.payload = body.payload.as_ref().map(|payload| before.without_selectors(payload));
                    for replacement in &mut body.replacements {
                        replacement.value = before.without_selectors(&replacement.value);
                    }
                }
                let effect = self.effect(step);
                let context = request::Context { files: self.files, effect: &effect };
                let built = request::build(operation, &shown, &before, context).map(|built| built.request);
                self.add(index, step, built);
            }
        }
    }

    /// How a run names the first attempt of a step, which is seen where a body has parts.
    fn effect(&self, step: &Step) -> String {
        let mut path = String::new();
        for caller in self.stack.split_last().map_or(&[][..], |(_, callers)| callers) {
            let steps = &self.plan.workflows[caller.workflow].steps;
            // a workflow that still looks at its dependencies has begun none of its steps
            if let Some(calling) = caller.at.checked_sub(1).and_then(|at| steps.get(at)) {
                path.push_str(&escaped(&calling.id));
                path.push_str("#1.1/");
            }
        }
        format!("{path}{}#1.1", escaped(&step.id))
    }

    /// An action may lead to a workflow, which is then drafted at the end.
    fn follow(&mut self, step: &Step, action: &Action) {
        let destination = match &action.kind {
            ActionKind::Goto(destination) | ActionKind::Retry { reference: Some(destination), .. } => *destination,
            ActionKind::End | ActionKind::Retry { reference: None, .. } => return,
        };
        if let Destination::Workflow(workflow) = destination {
            let inputs = self.declared(self.stack.last(), workflow, self.values(&action.parameters));
            let reached = Reached::ByAction { action: action.name.clone(), step_id: step.id.clone() };
            self.pending.push_back(Pending { workflow, inputs, reached });
        }
    }

    fn add(&mut self, index: StepIndex, step: &Step, built: Result<crate::exchange::Request, Fault>) {
        let (request, named) = match built {
            Ok(request) => {
                let (request, named) = self.placeholders.revealed(request, &self.hidden);
                (Ok(request), named)
            }
            Err(mut fault) => {
                fault.message = self.placeholders.revealed_text(&fault.message, &self.hidden);
                (Err(fault), Named::default())
            }
        };
        let Named { unknown, secret } = named;
        let workflow_id = self.plan.workflows[index.workflow].id.clone();
        let reached = self.top().reached.clone();
        let step_id = step.id.clone();
        self.drafts.push(Draft { step: index, workflow_id, step_id, reached, request, unknown, secret });
    }

    fn is_under_way(&self, workflow: usize) -> bool {
        self.stack.iter().any(|frame| frame.workflow == workflow)
    }

    fn top(&self) -> &Frame {
        self.stack.last().expect("a step is drafted while its workflow is on the stack")
    }

    fn before(&self) -> Before<'_> {
        static NOTHING: LazyLock<Object> = LazyLock::new(Object::default);
        let frame = self.top();
        let scope = Scope {
            workflow: &self.plan.workflows[frame.workflow],
            index: frame.workflow,
            inputs: &frame.inputs,
            steps: &[],
            workflows: &[],
            hand: Hand::Nothing,
            current: None,
            outputs: OwnOutputs::Before(&NOTHING),
        };
        Before { scope, placeholders: &self.placeholders }
    }

    fn values(&self, parameters: &[Parameter]) -> Object {
        let before = self.before();
        let value = |parameter: &Parameter| {
            let template = before.without_selectors(&parameter.value);
            Some((parameter.name.clone(), template::evaluate(&template, &before, Embedding::Text).value?))
        };
        parameters.iter().filter_map(value).collect()
    }

    /// The inputs of a frame that a workflow declares, overlaid by those given.
    fn declared(&self, of: Option<&Frame>, workflow: usize, given: Object) -> Object {
        let schema = &self.plan.workflows[workflow].inputs;
        let own = of.map(|frame| &frame.inputs).into_iter().flatten();
        let mut all: Object =
            own.filter(|(name, _)| schema.declares(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
        all.extend(given);
        schema.complete(all)
    }

    /// Inputs that a workflow takes; those that await answers are not judged yet.
    fn prepared(&self, workflow: usize, given: Object) -> Result<Object, Fault> {
        let schema = &self.plan.workflows[workflow].inputs;
        if given.values().any(Placeholders::within) {
            return Ok(schema.complete(given));
        }
        schema.prepare(given).map_err(|problems| {
            let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
            let id = &self.plan.workflows[workflow].id;
            let message = format!("the inputs of workflow `{id}` are refused by its schema: {}", all.join("; "));
            Fault::new(FaultKind::InvalidInputs, Phase::Build, message)
        })
    }

    /// Notes what must not be shown (ARZ-DOC-14): what the schema says is secret, and what a request carries as a
    /// credential.
    fn note_secrets(&mut self, workflow: usize, inputs: &Object) {
        if self.shows {
            return;
        }
        let workflow = &self.plan.workflows[workflow];
        let mut secrets = Secrets::default();
        inputs::secret_values(workflow.inputs.schema(), inputs).into_iter().for_each(|value| secrets.add_value(value));
        for sent in workflow.credentials.iter().filter_map(|sent| select_named(inputs, &sent.path)) {
            secrets.add_value(&sent);
            evaluate::credential(&sent).iter().for_each(|secret| secrets.add(secret));
        }
        self.hidden.add_inputs(&secrets, inputs);
    }

    /// The inputs with placeholders for what must not be shown.
    fn without_secrets(&mut self, workflow: usize, inputs: Object) -> Object {
        self.note_secrets(workflow, &inputs);
        if !self.shows {
            return inputs;
        }
        let mark = |expression: &str| self.placeholders.marker(expression, Known::Secret);
        let hide = |(name, value): (String, Value)| {
            let value = self.hidden.value(value, &format!("$inputs.{name}"), &mark);
            (name, value)
        };
        inputs.into_iter().map(hide).collect()
    }
}
