//! Which workflows a finding concerns: those that it keeps from being run if it is an error.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use arras_doc::arazzo::{Document, Entry, Workflow};
use arras_doc::diagnostic::Diagnostic;
use arras_doc::expression::ComponentKind;
use arras_doc::node::NodeRef;
use arras_doc::{pointer, uri};
use arras_run::plan::{Bundle, LinkedDocument};

/// The users of a document's components: by map and name the places of the workflows.
type Users<'b> = HashMap<(&'static str, &'b str), BTreeSet<usize>>;

/// Says of findings which workflows they concern, those of components being looked up once.
pub(super) struct Concern<'b> {
    bundle: &'b Bundle,
    users: Vec<OnceCell<Users<'b>>>,
}

impl<'b> Concern<'b> {
    pub(super) fn new(bundle: &'b Bundle) -> Concern<'b> {
        Concern { bundle, users: bundle.documents.iter().map(|_| OnceCell::new()).collect() }
    }

    /// The ids of the workflows that a finding is about, each with its document's place in the bundle; `None` if it may be
    /// about all of them. A component is its users' alone (ARZ-COMP-01).
    pub(super) fn workflows(&self, finding: &Diagnostic) -> Option<Vec<(usize, &'b str)>> {
        let label = finding.primary()?;
        let at = self.bundle.documents.iter().position(|linked| linked.document.source == label.source)?;
        let linked = &self.bundle.documents[at];
        let ids = |workflows: &mut dyn Iterator<Item = usize>| {
            let found = workflows.filter_map(|index| linked.document.workflows.get(index));
            found.map(|workflow| (at, workflow.workflow_id.as_str())).collect()
        };
        if let Some(concerned) = &finding.concerns {
            return Some(ids(&mut concerned.iter().copied()));
        }
        let pointer = linked.document.tree.pointer_at(label.span);
        let tokens = pointer::tokens(&pointer)?;
        match tokens.iter().map(AsRef::as_ref).collect::<Vec<&str>>().as_slice() {
            ["workflows", index, ..] => {
                let workflow = linked.document.tree.root().get("workflows")?.child(index)?;
                Some(vec![(at, workflow.get("workflowId")?.as_str()?)])
            }
            ["components", "inputs", name, ..] => Some(ids(&mut users_of_schema(&linked.document, name).into_iter())),
            ["components", kind, name, ..] if ACTIONS_AND_PARAMETERS.contains(kind) => {
                let users = self.users[at].get_or_init(|| users(linked));
                let users = users.iter().find(|((one, other), _)| one == kind && other == name);
                Some(ids(&mut users.into_iter().flat_map(|(_, users)| users.iter().copied())))
            }
            _ => None,
        }
    }
}

const ACTIONS_AND_PARAMETERS: [&str; 3] = ["parameters", "successActions", "failureActions"];

fn users(linked: &LinkedDocument) -> Users<'_> {
    let document = &*linked.document;
    let mut users = Users::new();
    for (at, workflow) in document.workflows.iter().enumerate() {
        let steps = || workflow.steps.iter();
        let success = steps().flat_map(|step| &step.on_success).chain(&workflow.success_actions);
        let failure = steps().flat_map(|step| &step.on_failure).chain(&workflow.failure_actions);
        let own = steps().flat_map(|step| &step.parameters).chain(&workflow.parameters);
        let success = success.map(|entry| (refers(entry), document.success_action(entry)));
        let failure = failure.map(|entry| (refers(entry), document.failure_action(entry)));
        let mut used: Vec<(&'static str, &str)> = own.filter_map(refers).collect();
        for (reference, action) in success.chain(failure) {
            used.extend(reference);
            used.extend(action.into_iter().flat_map(|action| &action.parameters).filter_map(refers));
        }
        for component in used {
            users.entry(component).or_default().insert(at);
        }
    }
    users
}

/// The map and the name of the component that an entry refers to.
fn refers<T>(entry: &Entry<T>) -> Option<(&'static str, &str)> {
    let Entry::Reference(reusable) = entry else { return None };
    let (kind, name) = reusable.component.as_ref()?;
    let map = match kind {
        ComponentKind::Parameters => "parameters",
        ComponentKind::SuccessActions => "successActions",
        ComponentKind::FailureActions => "failureActions",
    };
    Some((map, name))
}

/// The workflows whose inputs refer to a schema among the components, or to one that does; those that refer to what has no
/// pointer here may.
fn users_of_schema(document: &Document, name: &str) -> Vec<usize> {
    let components = document.tree.at("/components/inputs");
    let mut referring: HashMap<String, Vec<&str>> = HashMap::new();
    for (key, schema) in components.into_iter().flat_map(NodeRef::entries) {
        references(schema).into_iter().for_each(|name| referring.entry(name).or_default().push(key.key()));
    }
    let mut wanted: HashSet<String> = HashSet::new();
    let mut open = vec![name.to_owned(), ELSEWHERE.to_owned()];
    while let Some(name) = open.pop() {
        if !wanted.contains(&name) {
            open.extend(referring.get(&name).into_iter().flatten().map(|name| (*name).to_owned()));
            wanted.insert(name);
        }
    }
    let uses = |workflow: &Workflow| {
        let schema = workflow.inputs.as_ref().map(|inputs| document.tree.node(inputs.schema));
        schema.is_some_and(|schema| references(schema).iter().any(|name| wanted.contains(name)))
    };
    let workflows = document.workflows.iter().enumerate();
    workflows.filter(|(_, workflow)| uses(workflow)).map(|(at, _)| at).collect()
}

/// What stands for a reference to what is no component by its pointer; no name is empty.
const ELSEWHERE: &str = "";

/// The names of the components that a schema refers to.
fn references(schema: NodeRef<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![schema];
    while let Some(node) = open.pop() {
        open.extend(node.items());
        open.extend(node.entries().map(|(_, value)| value));
        let Some(reference) = node.get("$ref").and_then(NodeRef::as_str) else { continue };
        let fragment = reference.strip_prefix('#').and_then(uri::percent_decode);
        match fragment.as_deref().map(|fragment| fragment.strip_prefix("/components/inputs/").ok_or(fragment)) {
            Some(Ok(rest)) => {
                let token = rest.split('/').next().unwrap_or_default();
                found.push(token.replace("~1", "/").replace("~0", "~"));
            }
            // within the schema itself
            Some(Err(fragment)) if fragment.is_empty() || fragment.starts_with('/') => {}
            _ => found.push(ELSEWHERE.to_owned()),
        }
    }
    found
}
