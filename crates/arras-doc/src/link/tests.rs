//! Descriptions with their sources: what their names stand for, and what is wrong with them.

use std::sync::Arc;

use super::*;
use crate::arazzo::{Reading, Unbraced};
use crate::diagnostic::Diagnostic;
use crate::node::Tree;
use crate::openapi;
use crate::source::{Source, SourceId, Sources};

fn tree(sources: &mut Sources, text: &str) -> (SourceId, Arc<Tree>) {
    let id = sources.add(Source::new("test.yaml", "file:///test.yaml", text));
    let (tree, found) = crate::read::read(sources.get(id), id);
    assert_eq!(found, [], "{text}");
    (id, Arc::new(tree.expect("a tree")))
}

fn document(sources: &mut Sources, text: &str) -> Document {
    let (id, tree) = tree(sources, text);
    Document::read(id, tree).0
}

fn open_api(sources: &mut Sources, text: &str) -> LinkedSource {
    let (id, tree) = tree(sources, text);
    let entry = Arc::new(openapi::Document::new(id, "file:///api.yaml", tree));
    LinkedSource::OpenApi(Arc::new(openapi::Description::index(entry, &openapi::Documents::default()).0))
}

const PETS: &str = "\
openapi: 3.1.0
info: {title: pets, version: '1'}
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
security: [{key: []}]
paths:
  /pets:
    get: {operationId: listPets, parameters: [{name: limit, in: query}, {name: X-Trace, in: header, required: true}]}
    post: {operationId: createPet}
  /pets/{petId}:
    get: {operationId: getPet}
  /health:
    get: {}
";

const STORE: &str = "\
openapi: 3.0.3
info: {title: store, version: '1'}
paths:
  /orders: {post: {operationId: createOrder}, get: {operationId: listPets}}
";

const EVENTS: &str = "\
asyncapi: 3.0.0
channels: {orders: {address: orders}}
operations: {placeOrder: {action: receive}}
";

const OTHER: &str = "\
arazzo: 1.0.1
info: {title: other, version: '1'}
sourceDescriptions: [{name: pets, url: pets.yaml}]
workflows:
  - workflowId: login
    inputs: {type: object, properties: {user: {}}}
    steps: [{stepId: enter, operationId: createPet}]
    outputs: {token: $steps.enter.outputs.token}
";

/// The sources `pets`, `store`, `events` and `other` of [`with`], as far as they are named.
fn loaded(sources: &mut Sources, names: &[&str]) -> LinkedSources {
    let mut load = |name: &&str| match *name {
        "pets" => open_api(sources, PETS),
        "store" => open_api(sources, STORE),
        "events" => {
            let (id, tree) = tree(sources, EVENTS);
            LinkedSource::AsyncApi(id, tree)
        }
        "other" | "another" => LinkedSource::Arazzo(Arc::new(document(sources, OTHER))),
        "more" => LinkedSource::Arazzo(Arc::new(document(sources, &OTHER.replace("login", "logout")))),
        _ => LinkedSource::Missing,
    };
    names.iter().map(&mut load).collect()
}

/// A description with these sources and workflows.
fn with(version: &str, names: &[&str], workflows: &str) -> String {
    let named: Vec<String> = names.iter().map(|name| format!("{{name: {name}, url: {name}.yaml}}")).collect();
    let list = named.join(", ");
    format!(
        "arazzo: {version}\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{list}]\nworkflows: {workflows}\n"
    )
}

fn linked(text: &str, names: &[&str]) -> (Document, Links, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let document = document(&mut sources, text);
    let (links, found) = link(&document, &loaded(&mut sources, names));
    (document, links, found)
}

/// `rule pointer`, with `~` before a warning.
fn shown(document: &Document, found: &[Diagnostic]) -> Vec<String> {
    let show = |diagnostic: &Diagnostic| {
        let span = diagnostic.primary().expect("a place").span;
        let mark = if diagnostic.is_error() { "" } else { "~" };
        format!("{mark}{} {}", diagnostic.rule.id, document.tree.pointer_at(span))
    };
    found.iter().map(show).collect()
}

#[track_caller]
fn expect(text: &str, names: &[&str], expected: &[&str]) {
    let (document, _, found) = linked(text, names);
    assert_eq!(shown(&document, &found), expected, "{text}\n{found:#?}");
}

/// The target of a step with these fields, its findings, and the help of the first.
fn step(version: &str, names: &[&str], fields: &str) -> (Option<Target>, Vec<String>, Option<String>) {
    let text = with(version, names, &format!("[{{workflowId: w, steps: [{{stepId: s, {fields}}}]}}]"));
    let (document, links, found) = linked(&text, names);
    let shown = shown(&document, &found).iter().map(|line| line.replace("/workflows/0/steps/0", "")).collect();
    let help = found.first().and_then(|first| first.help.clone());
    (links.workflows[0].steps[0].target.clone(), shown, help)
}

fn operation(source: usize, pointer: &str) -> Option<Target> {
    Some(Target::Operation(OperationTarget { source, pointer: pointer.into() }))
}

const CREATE: &str = "/paths/~1pets/post";

/// ARZ-STEP-06, ARZ-STEP-07, A-33, A-36
#[test]
fn operation_ids() {
    for (names, id, target, found, help) in [
        (&["pets"][..], "createPet", operation(0, CREATE), &[][..], None),
        (&["pets"], "$sourceDescriptions.pets.createPet", operation(0, CREATE), &[], None),
        (&["pets", "other"], "createPet", operation(0, CREATE), &[], None),
        (
            &["pets", "store"],
            "createPet",
            operation(0, CREATE),
            &["~unqualified-operation /operationId"],
            Some("write `$sourceDescriptions.pets.createPet`"),
        ),
        (
            &["pets", "store"],
            "listPets",
            None,
            &["ambiguous-operation /operationId"],
            Some("write `$sourceDescriptions.<name>.listPets`"),
        ),
        (&["pets", "store"], "$sourceDescriptions.store.createOrder", operation(1, "/paths/~1orders/post"), &[], None),
        (&["pets"], "creatPet", None, &["unknown-operation /operationId"], Some("did you mean `createPet`?")),
        (&["pets"], "CREATEPET", operation(0, CREATE), &["~loose-reference /operationId"], Some("write `createPet`")),
        (
            &["pets"],
            "pets.createPet",
            operation(0, CREATE),
            &["~loose-reference /operationId"],
            Some("write `$sourceDescriptions.pets.createPet`"),
        ),
        (
            &["pets"],
            "w",
            None,
            &["unknown-operation /operationId"],
            Some("there is a workflow of this name: write `workflowId: w`"),
        ),
        (
            &["pets"],
            "$sourceDescriptions.Pets.createPet",
            None,
            &["unknown-source /operationId"],
            Some("did you mean `pets`?"),
        ),
        (&["missing"], "createPet", None, &[], None),
        (&["missing", "pets"], "nowhere", None, &[], None),
        (&["missing", "pets"], "$sourceDescriptions.missing.nowhere", None, &[], None),
        (
            &["other"],
            "$sourceDescriptions.other.login",
            None,
            &["wrong-source-type /operationId"],
            Some("to run a workflow of it, write `workflowId: $sourceDescriptions.other.login`"),
        ),
    ] {
        let (actual, shown, first_help) = step("1.1.0", names, &format!("operationId: {id}"));
        assert_eq!(
            (&actual, shown.as_slice(), first_help.as_deref()),
            (&target, found.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>().as_slice(), help),
            "{names:?} {id}"
        );
    }
}

/// ARZ-STEP-08, ARZ-STEP-10, A-34
#[test]
fn operation_paths() {
    let get = || operation(0, "/paths/~1health/get");
    for (names, path, target, found) in [
        (&["pets"][..], "{$sourceDescriptions.pets.url}#/paths/~1health/get", get(), &[][..]),
        (&["pets"], "$sourceDescriptions.pets#/paths/%7E1health/get", get(), &[]),
        (&["pets"], "pets#/paths/~1health/get", get(), &[]),
        (&["pets"], "pets.yaml#/paths/~1health/get", get(), &[]),
        (&["pets"], "#/paths/~1health/get", get(), &[]),
        (&["pets", "store"], "#/paths/~1health/get", None, &["unknown-source /operationPath"]),
        (&["pets"], "petz#/paths/~1health/get", None, &["unknown-source /operationPath"]),
        (&["pets"], "$sourceDescriptions.pets#/paths/~1health", get(), &["~loose-reference /operationPath"]),
        (&["pets"], "$sourceDescriptions.pets#/paths/~1pets", None, &["ambiguous-operation /operationPath"]),
        (&["pets"], "$sourceDescriptions.pets#/paths/~1pet/get", None, &["unknown-operation /operationPath"]),
        (&["pets"], "GET /health", get(), &[]),
        (&["pets", "store"], "get /health", get(), &[]),
        (&["pets"], "PUT /health", None, &["unknown-operation /operationPath"]),
        (&["pets"], "$sourceDescriptions.pets.createPet", operation(0, CREATE), &[]),
        (&["events"], "$sourceDescriptions.events#/paths/~1x/get", None, &["wrong-source-type /operationPath"]),
        (&["missing"], "$sourceDescriptions.missing#/paths/~1x/get", None, &[]),
    ] {
        let (actual, shown, _) = step("1.1.0", names, &format!("operationPath: '{path}'"));
        assert_eq!(
            (&actual, shown.as_slice()),
            (&target, found.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>().as_slice()),
            "{names:?} {path}"
        );
    }
}

/// ARZ-ASYNC-02, ARZ-ASYNC-03, ARZ-ASYNC-07, ARZ-ASYNC-08, ARZ-SRC-09
#[test]
fn messages() {
    let message = |source, pointer: &str| Some(Target::Message(MessageTarget { source, pointer: pointer.into() }));
    for (names, fields, target, found) in [
        (&["events"][..], "operationId: placeOrder, action: send", message(0, "/operations/placeOrder"), &[][..]),
        (&["events"], "operationId: placeOrder", message(0, "/operations/placeOrder"), &["missing-field /operationId"]),
        (&["pets"], "operationId: createPet, action: send", operation(0, CREATE), &["conflicting-fields /action"]),
        (
            &["events"],
            "channelPath: '{$sourceDescriptions.events.url}#/channels/orders', action: send",
            message(0, "/channels/orders"),
            &[],
        ),
        (&["events"], "channelPath: orders, action: send", message(0, "/channels/orders"), &[]),
        (
            &["events"],
            "channelPath: '{$sourceDescriptions.events.url}#/channels/x', action: send",
            None,
            &["unknown-operation /channelPath"],
        ),
        (
            &["pets"],
            "channelPath: '{$sourceDescriptions.pets.url}#/channels/x', action: send",
            None,
            &["wrong-source-type /channelPath"],
        ),
        (&["pets"], "channelPath: orders, action: send", None, &["unknown-source /channelPath"]),
    ] {
        let (actual, shown, _) = step("1.1.0", names, fields);
        assert_eq!(
            (&actual, shown.as_slice()),
            (&target, found.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>().as_slice()),
            "{names:?} {fields}"
        );
    }
    let text = with("1.1.0", &["pets"], "[{workflowId: w, steps: [{stepId: s, operationId: createPet}]}]");
    let text = text.replace("{name: pets, url: pets.yaml}", "{name: pets, url: pets.yaml, type: arazzo}");
    expect(&text, &["pets"], &["wrong-source-type /sourceDescriptions/0/type"]);
}

/// ARZ-DOC-02, ARZ-STEP-11, ARZ-STEP-12: without its source a workflow of the only Arazzo source is found in 1.0, one of
/// several never.
#[test]
fn workflows_without_their_source() {
    for version in ["1.0.0", "1.0.1", "1.1.0"] {
        let loose = if version == "1.1.0" { "unknown-workflow /workflowId" } else { "~loose-reference /workflowId" };
        assert_eq!(step(version, &["other"], "workflowId: login").1, [loose], "{version}");
        let (target, found, help) = step(version, &["other", "more"], "workflowId: login");
        assert_eq!((target, found), (None, vec!["unknown-workflow /workflowId".to_owned()]), "{version}");
        assert_eq!(help.as_deref(), Some("write `$sourceDescriptions.other.login`"));
    }
}

/// ARZ-STEP-11, ARZ-STEP-12, ARZ-WF-06, ARZ-WF-07
#[test]
fn workflow_references() {
    let target = |source, workflow| Some(Target::Workflow(WorkflowTarget { source, workflow }));
    for (version, id, expected, found) in [
        ("1.1.0", "v", target(None, 1), &[][..]),
        ("1.1.0", "$sourceDescriptions.other.login", target(Some(0), 0), &[]),
        ("1.1.0", "V", None, &["unknown-workflow /workflowId"]),
        ("1.1.0", "login", None, &["unknown-workflow /workflowId"]),
        ("1.0.1", "login", target(Some(0), 0), &["~loose-reference /workflowId"]),
        ("1.1.0", "$sourceDescriptions.other.logout", None, &["unknown-workflow /workflowId"]),
        ("1.1.0", "$sourceDescriptions.others.login", None, &["unknown-source /workflowId"]),
        ("1.1.0", "$sourceDescriptions.pets.login", None, &["wrong-source-type /workflowId"]),
        ("1.1.0", "$sourceDescriptions.missing.login", None, &[]),
    ] {
        let names = ["other", "pets", "missing"];
        let workflows = format!(
            "[{{workflowId: w, steps: [{{stepId: s, workflowId: {id}}}]}}, \
             {{workflowId: v, steps: [{{stepId: s, operationId: createPet}}]}}]"
        );
        let (document, links, findings) = linked(&with(version, &names, &workflows), &names);
        let findings = findings.into_iter().filter(|one| one.rule != rule::UNQUALIFIED_OPERATION).collect::<Vec<_>>();
        let shown: Vec<String> =
            shown(&document, &findings).iter().map(|line| line.replace("/workflows/0/steps/0", "")).collect();
        assert_eq!(
            (&links.workflows[0].steps[0].target, shown),
            (&expected, found.iter().map(|one| (*one).to_owned()).collect()),
            "{id}"
        );
    }
    let text = with(
        "1.1.0",
        &["pets"],
        "[{workflowId: w, dependsOn: [v, x], steps: [{stepId: s, operationId: createPet}]}, {workflowId: v, steps: [{stepId: s, operationId: createPet}]}]",
    );
    let (document, links, found) = linked(&text, &["pets"]);
    assert_eq!(shown(&document, &found), ["unknown-workflow /workflows/0/dependsOn/1"]);
    assert_eq!(links.workflows[0].depends_on, [Some(WorkflowTarget { source: None, workflow: 1 }), None]);
}

use crate::rule;

/// ARZ-SUCC-06, ARZ-FAIL-07, ARZ-STEP-31, ARZ-STEP-32, ARZ-STEP-38, ARZ-STEP-39, A-60
#[test]
fn step_references_and_their_order() {
    let create = "operationId: createPet, outputs: {id: $response.body#/id}";
    for (steps, expected) in [
        (
            format!(
                "{{stepId: a, {create}, onSuccess: [{{name: x, type: goto, stepId: b}}]}}, {{stepId: b, {create}}}"
            ),
            vec![],
        ),
        (
            format!("{{stepId: a, {create}, onFailure: [{{name: x, type: retry, stepId: c}}]}}"),
            vec!["unknown-step /0/onFailure/0/stepId"],
        ),
        (format!("{{stepId: a, {create}}}, {{stepId: b, {create}, dependsOn: [a, $workflows.w.steps.a]}}"), vec![]),
        (
            format!("{{stepId: a, {create}, dependsOn: [b]}}, {{stepId: b, {create}}}"),
            vec!["forward-reference /0/dependsOn/0"],
        ),
        (format!("{{stepId: a, {create}, dependsOn: [c]}}"), vec!["unknown-step /0/dependsOn/0"]),
        (format!("{{stepId: a, {create}, dependsOn: [a]}}"), vec!["cycle /0/dependsOn/0"]),
        (
            format!("{{stepId: a, {create}, dependsOn: [b]}}, {{stepId: b, {create}, dependsOn: [a]}}"),
            vec!["cycle /0/dependsOn/0"],
        ),
        (
            format!("{{stepId: a, {create}, requestBody: {{payload: $steps.b.outputs.id}}}}, {{stepId: b, {create}}}"),
            vec!["forward-reference /0/requestBody/payload"],
        ),
        (
            format!(
                "{{stepId: a, {create}, requestBody: {{payload: $steps.b.outputs.id}}}}, {{stepId: b, {create}, onSuccess: [{{name: x, type: goto, stepId: a}}]}}"
            ),
            vec!["~forward-reference /0/requestBody/payload"],
        ),
        (
            format!(
                "{{stepId: a, {create}, requestBody: {{payload: $steps.b.outputs.id}}, onFailure: [{{name: x, type: retry, stepId: b}}]}}, {{stepId: b, {create}}}"
            ),
            vec!["~forward-reference /0/requestBody/payload"],
        ),
        (
            format!(
                "{{stepId: a, {create}, requestBody: {{payload: {{x: [of $steps.b.outputs.id]}}}}}}, {{stepId: b, {create}}}"
            ),
            vec!["forward-reference /0/requestBody/payload/x/0"],
        ),
        (
            format!(
                "{{stepId: a, {create}, requestBody: {{payload: of $steps.b.outputs.id}}}}, {{stepId: b, {create}, onSuccess: [{{name: x, type: goto, stepId: a}}]}}"
            ),
            vec!["~forward-reference /0/requestBody/payload"],
        ),
        (
            format!(
                "{{stepId: a, {create}, requestBody: {{payload: of $steps.b.outputs.id $steps.b.outputs.no}}}}, {{stepId: b, {create}}}"
            ),
            vec![],
        ),
        (format!("{{stepId: a, {create}, requestBody: {{payload: $steps.a.outputs.id}}}}"), vec![]),
        (
            format!("{{stepId: a, {create}, successCriteria: [{{condition: $steps.a.outputs.id == 1}}]}}"),
            vec!["~forward-reference /0/successCriteria/0/condition"],
        ),
        (
            format!("{{stepId: a, {create}}}, {{stepId: b, {create}, requestBody: {{payload: $steps.A.outputs.id}}}}"),
            vec!["unknown-step /1/requestBody/payload"],
        ),
        (
            format!(
                "{{stepId: a, {create}}}, {{stepId: b, {create}, requestBody: {{payload: {{x: '{{$steps.a.outputs.ID}}'}}}}}}"
            ),
            vec!["unknown-output /1/requestBody/payload/x"],
        ),
    ] {
        let text = with("1.1.0", &["pets"], &format!("[{{workflowId: w, steps: [{steps}]}}]"));
        let expected: Vec<String> = expected.iter().map(|one| one.replace(" /", " /workflows/0/steps/")).collect();
        expect(&text, &["pets"], &expected.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

///
#[test]
fn what_is_sent_as_it_is_written_reads_no_step() {
    let create = "operationId: createPet, outputs: {id: $response.body#/id}";
    let payload = "of $steps.b.outputs.id";
    let steps = format!("[{{stepId: a, {create}, requestBody: {{payload: {payload}}}}}, {{stepId: b, {create}}}]");
    let text = with("1.1.0", &["pets"], &format!("[{{workflowId: w, steps: {steps}}}]"));
    for (unbraced, expected) in [(Unbraced::Embed, 1), (Unbraced::Leave, 0)] {
        let mut sources = Sources::default();
        let (id, tree) = tree(&mut sources, &text);
        let reading = Reading { unbraced, ..Reading::default() };
        let (document, _) = Document::read_as(id, tree, reading);
        let (_, found) = link(&document, &loaded(&mut sources, &["pets"]));
        assert_eq!(found.len(), expected, "{unbraced:?}: {found:?}");
    }
}

/// ARZ-EXPR-12, ARZ-EXPR-13, ARZ-EXPR-14, ARZ-EXPR-15, ARZ-EXPR-16, ARZ-EXPR-17, ARZ-EXPR-19, ARZ-EXPR-32, A-20, A-21, A-22,
///
#[test]
fn names_in_expressions() {
    for (version, value, expected) in [
        ("1.1.0", "$inputs.user", vec![]),
        ("1.1.0", "$inputs.user.name", vec![]),
        ("1.1.0", "$inputs.a.b", vec![]),
        ("1.1.0", "$inputs.a", vec!["~unknown-input"]),
        ("1.1.0", "$inputs.usr", vec!["~unknown-input"]),
        ("1.1.0", "Bearer {$inputs.usr}", vec!["~unknown-input"]),
        ("1.1.0", "$steps.first.outputs.id", vec![]),
        ("1.1.0", "$steps.first.outputs.id#/x", vec![]),
        ("1.1.0", "$steps.first.outputs.list[0].id", vec![]),
        ("1.1.0", "$steps.first.outputs.ids", vec!["unknown-output"]),
        ("1.1.0", "$steps.frist.outputs.id", vec!["unknown-step"]),
        ("1.0.1", "$steps.first.id", vec![]),
        ("1.0.1", "$steps.first.response.body", vec![]),
        ("1.0.1", "$steps.first.nothing", vec!["unknown-output"]),
        ("1.1.0", "$workflows.v.outputs.token", vec![]),
        ("1.1.0", "$workflows.v.outputs.tokens", vec!["unknown-output"]),
        ("1.1.0", "$workflows.v.inputs.x", vec!["~unknown-input"]),
        ("1.1.0", "$workflows.x.outputs.token", vec!["unknown-workflow"]),
        ("1.1.0", "$workflows.login.outputs.token", vec![]),
        ("1.1.0", "$workflows.v.steps.s.outputs.id", vec![]),
        ("1.1.0", "$workflows.v.steps.t.outputs.id", vec!["unknown-step"]),
        ("1.1.0", "$workflows.v.steps.s.outputs.x", vec!["unknown-output"]),
        ("1.1.0", "$sourceDescriptions.pets.url", vec![]),
        ("1.1.0", "$sourceDescriptions.pet.url", vec!["unknown-source"]),
        ("1.1.0", "$components.parameters.p", vec!["unknown-component"]),
        ("1.1.0", "$outputs.result", vec![]),
        ("1.1.0", "$outputs.results", vec!["~unknown-output"]),
    ] {
        let text = with(
            version,
            &["pets", "other"],
            &format!(
                "
  - workflowId: w
    inputs: {{type: object, properties: {{user: {{}}, a.b: {{}}}}}}
    outputs: {{result: $statusCode}}
    steps:
      - {{stepId: first, operationId: createPet, outputs: {{id: $statusCode, list: $statusCode}}}}
      - {{stepId: called, workflowId: $sourceDescriptions.other.login}}
      - {{stepId: last, operationId: createPet, requestBody: {{payload: {{v: '{value}'}}}}}}
  - {{workflowId: v, steps: [{{stepId: s, operationId: createPet, outputs: {{id: $statusCode}}}}], outputs: {{token: $steps.s.outputs.id}}}}"
            ),
        );
        let expected: Vec<String> =
            expected.iter().map(|rule| format!("{rule} /workflows/0/steps/2/requestBody/payload/v")).collect();
        expect(&text, &["pets", "other"], &expected.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

/// `$outputs` in a step that calls a workflow are those of the called one.
#[test]
fn outputs_of_the_called_workflow() {
    for (output, found) in
        [("token", vec![]), ("result", vec![]), ("tokn", vec!["unknown-output /workflows/0/steps/0/outputs/a"])]
    {
        let workflows = format!(
            "[{{workflowId: w, outputs: {{result: $steps.s.outputs.a}}, steps: [{{stepId: s, workflowId: $sourceDescriptions.other.login, outputs: {{a: $outputs.{output}}}}}]}}]"
        );
        expect(&with("1.1.0", &["other"], &workflows), &["other"], &found);
    }
}

/// A workflow that goes on to another gives that one's outputs, as far as it is known which that is.
#[test]
fn outputs_of_workflows_that_go_on() {
    let goes = |to: &str| format!("onSuccess: [{{name: g, type: goto, workflowId: {to}}}]");
    for (to, output, expected) in [
        ("g", "$outputs.token", vec![]),
        ("g", "$outputs.own", vec![]),
        ("g", "$outputs.last", vec![]),
        ("g", "$workflows.f.outputs.last", vec![]),
        ("g", "$outputs.tokn", vec!["unknown-output"]),
        ("g", "$workflows.f.outputs.tokn", vec!["unknown-output"]),
        ("g", "$workflows.g.outputs.own", vec!["unknown-output"]),
        ("$sourceDescriptions.other.login", "$outputs.token", vec![]),
        ("$sourceDescriptions.other.login", "$outputs.last", vec!["unknown-output"]),
        ("$sourceDescriptions.lost.login", "$outputs.anything", vec![]),
    ] {
        let workflows = format!(
            "
  - {{workflowId: w, steps: [{{stepId: s, workflowId: f, outputs: {{a: {output}}}}}]}}
  - {{workflowId: f, steps: [{{stepId: s, operationId: $sourceDescriptions.pets.createPet, {}}}], outputs: {{own: $statusCode}}}}
  - {{workflowId: g, steps: [{{stepId: s, operationId: $sourceDescriptions.pets.createPet, {}}}], outputs: {{token: $statusCode}}}}
  - {{workflowId: h, steps: [{{stepId: s, operationId: $sourceDescriptions.pets.createPet}}], outputs: {{last: $statusCode}}}}",
            goes(to),
            goes("h")
        );
        let names = ["pets", "other", "lost"];
        let text = with("1.1.0", &names, &workflows);
        let (document, _, found) = linked(&text, &names);
        let expected: Vec<String> =
            expected.iter().map(|rule| format!("{rule} /workflows/0/steps/0/outputs/a")).collect();
        assert_eq!(shown(&document, &found), expected, "{to} {output}");
    }
}

/// `$workflows.ID` of another description's workflow: one that is called, depended on, or gone to.
#[test]
fn workflows_of_other_descriptions_by_their_ids() {
    let login = "$sourceDescriptions.other.login";
    for (workflow, step, expected) in [
        (String::new(), String::new(), vec!["unknown-workflow"]),
        (format!("dependsOn: [{login}], "), String::new(), vec![]),
        (String::new(), format!(", onFailure: [{{name: r, type: retry, workflowId: {login}}}]"), vec![]),
        (format!("failureActions: [{{name: r, type: retry, workflowId: {login}}}], "), String::new(), vec![]),
        (
            format!("dependsOn: [{login}, $sourceDescriptions.another.login], "),
            String::new(),
            vec!["~doubtful-expression"],
        ),
        ("dependsOn: [$sourceDescriptions.other.logn], ".to_owned(), String::new(), vec!["unknown-workflow D"]),
    ] {
        let names = ["pets", "other", "another"];
        let workflows = format!(
            "[{{workflowId: w, {workflow}steps: [{{stepId: s, operationId: $sourceDescriptions.pets.createPet{step}}}], outputs: {{a: $workflows.login.outputs.token}}}}]"
        );
        let expected: Vec<String> = expected
            .iter()
            .map(|one| match one.strip_suffix(" D") {
                Some(rule) => format!("{rule} /workflows/0/dependsOn/0"),
                None => format!("{one} /workflows/0/outputs/a"),
            })
            .collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        expect(&with("1.1.0", &names, &workflows), &names, &expected);
    }
}

/// ARZ-REUSE-06
#[test]
fn component_references() {
    for (step, expected) in [
        ("parameters: [{reference: $components.parameters.p}]", vec![]),
        ("parameters: [{reference: $components.parameters.q}]", vec!["unknown-component /parameters/0/reference"]),
        ("parameters: [{reference: $components.failureActions.f}]", vec!["unknown-component /parameters/0/reference"]),
        ("onFailure: [{reference: $components.failureActions.f}]", vec!["unknown-step F"]),
        ("onSuccess: [{reference: $components.failureActions.f}]", vec!["unknown-component /onSuccess/0/reference"]),
        ("onSuccess: [{reference: $components.successActions.f}]", vec!["unknown-component /onSuccess/0/reference"]),
    ] {
        let text = with(
            "1.1.0",
            &["pets"],
            &format!("[{{workflowId: w, steps: [{{stepId: s, operationId: createPet, {step}}}]}}]"),
        );
        let text = format!(
            "{text}components: {{parameters: {{p: {{name: X-Key, in: header, value: 1}}}}, failureActions: {{f: {{name: f, type: goto, stepId: t}}}}}}\n"
        );
        let expected: Vec<String> = expected
            .iter()
            .map(|one| {
                one.replace(" /", " /workflows/0/steps/0/").replace(" F", " /components/failureActions/f/stepId")
            })
            .collect();
        expect(&text, &["pets"], &expected.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

/// A component that is wrong in the same way for all its users is told once, where it stands.
#[test]
fn a_wrong_component_is_told_once() {
    let text = |component: &str, other: &str| {
        let step = |id: &str, entry: &str| format!("{{stepId: {id}, operationId: getPet, parameters: [{entry}]}}");
        let entry = "{reference: $components.parameters.p}";
        let workflows = format!("[{{workflowId: w, steps: [{}, {}]}}]\n", step("a", entry), step("b", other));
        with("1.1.0", &["pets"], &format!("{workflows}components: {{parameters: {{p: {component}}}}}"))
    };
    let entry = "{reference: $components.parameters.p}";
    let misplaced = "{name: petId, in: query, value: 1}";
    expect(&text(misplaced, entry), &["pets"], &["missing-parameter /components/parameters/p/in"]);
    expect(
        &text("{name: petID, in: path, value: 1}", entry),
        &["pets"],
        &["missing-parameter /components/parameters/p/name"],
    );
    // one user may have got it right: then the other one is wrong
    let listed = "{stepId: c, operationId: listPets, parameters: [{name: x-trace, in: header, value: 1}, {reference: $components.parameters.p}]}";
    let both = text("{name: limit, in: query, value: 1}", "{name: petId, in: path, value: 1}")
        .replace("}]}]\n", &format!("}}, {listed}]}}]\n"));
    expect(
        &both,
        &["pets"],
        &[
            "missing-parameter /workflows/0/steps/0/stepId",
            "~undeclared-parameter /workflows/0/steps/0/parameters/0/reference",
        ],
    );
}

/// ARZ-PARAM-09, ARZ-PARAM-16, ARZ-PARAM-18, A-37
#[test]
fn parameters_of_the_operation() {
    let step = |id: &str, parameters: &str| {
        with(
            "1.1.0",
            &["pets"],
            &format!("[{{workflowId: w, steps: [{{stepId: s, operationId: {id}, parameters: [{parameters}]}}]}}]"),
        )
    };
    let trace = "{name: x-trace, in: header, value: 1}";
    for (id, parameters, expected) in [
        ("listPets", format!("{trace}, {{name: limit, in: query, value: 1}}"), vec![]),
        (
            "listPets",
            format!("{trace}, {{name: limits, in: query, value: 1}}"),
            vec!["~undeclared-parameter /parameters/1/name"],
        ),
        (
            "listPets",
            format!("{trace}, {{name: limit, in: header, value: 1}}"),
            vec!["~undeclared-parameter /parameters/1/name"],
        ),
        (
            "listPets",
            format!("{trace}, {{name: Authorization, in: header, value: 1}}, {{name: x-key, in: header, value: 1}}"),
            vec![],
        ),
        ("listPets", String::new(), vec!["missing-parameter /stepId"]),
        ("getPet", String::new(), vec!["missing-parameter /stepId"]),
        ("getPet", "{name: petId, in: path, value: 1}".into(), vec![]),
        ("getPet", "{name: pet_id, in: path, value: 1}".into(), vec!["missing-parameter /parameters/0/name"]),
    ] {
        let expected: Vec<String> = expected.iter().map(|one| one.replace(" /", " /workflows/0/steps/0/")).collect();
        expect(&step(id, &parameters), &["pets"], &expected.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let shared = |name: &str| {
        with(
            "1.1.0",
            &["pets"],
            &format!(
                "[{{workflowId: w, parameters: [{{name: {name}, in: path, value: 1}}], steps: [{{stepId: s, operationId: getPet}}, {{stepId: t, operationId: createPet}}]}}]"
            ),
        )
    };
    expect(&shared("petId"), &["pets"], &[]);
    expect(
        &shared("pet"),
        &["pets"],
        &["~undeclared-parameter /workflows/0/parameters/0/name", "missing-parameter /workflows/0/steps/0/stepId"],
    );
}

/// what the path has no place for is not sent.
#[test]
fn what_becomes_of_undeclared_parameters_is_told() {
    let list = |own: &str, shared: &str| {
        let steps = format!("[{{stepId: s, operationId: createOrder, parameters: [{own}]}}]");
        with("1.1.0", &["store"], &format!("[{{workflowId: w, parameters: [{shared}], steps: {steps}}}]"))
    };
    let parameter = |location: &str| format!("{{name: zz, in: {location}, value: 1}}");
    for (text, message) in [
        (
            list(&parameter("path"), ""),
            "the operation declares no path parameter `zz`; it is not sent, since no `{zz}` stands in the path",
        ),
        (list(&parameter("query"), ""), "the operation declares no query parameter `zz`; it is sent nevertheless"),
        (
            list("", &parameter("path")),
            "no step's operation declares the path parameter `zz`; it is not sent, since no `{zz}` stands in the path",
        ),
        (
            list("", &parameter("header")),
            "no step's operation declares the header parameter `zz`; it is sent nevertheless",
        ),
    ] {
        let (_, _, found) = linked(&text, &["store"]);
        let messages: Vec<&str> = found.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(messages, [message]);
    }
}

/// ARZ-EXPR-08, A-50: what is read of a request is declared, described by HTTP itself, or part of the path.
#[test]
fn what_is_read_of_a_request_is_declared() {
    for (id, expression, expected) in [
        ("listPets", "$request.query.limit", &[][..]),
        ("listPets", "$request.header.x-trace", &[]),
        ("listPets", "$request.header.Content-Type", &[]),
        ("listPets", "$request.header.X-KEY", &[]),
        ("getPet", "$request.path.petId", &[]),
        ("createPet", "$request.body#/x", &[]),
        ("listPets", "$request.query.limit[0]", &["~loose-expression /outputs/o"]),
        ("listPets", "$request.query.limits[0]", &["~loose-expression /outputs/o"]),
        ("listPets", "$request.query.Limit", &["~loose-expression /outputs/o"]),
        ("listPets", "$request.header.X-Other", &["~loose-expression /outputs/o"]),
        ("getPet", "$request.path.id", &["~loose-expression /outputs/o"]),
    ] {
        let given = "{name: X-Trace, in: header, value: 1}, {name: petId, in: path, value: 1}";
        let fields = format!("operationId: {id}, parameters: [{given}], outputs: {{o: '{expression}'}}");
        let (_, shown, _) = step("1.1.0", &["pets"], &fields);
        let shown: Vec<String> = shown.into_iter().filter(|one| !one.contains("undeclared-parameter")).collect();
        assert_eq!(shown, expected, "{id} {expression}");
    }
    // conditions may navigate
    let fields = "operationId: listPets, parameters: [{name: X-Trace, in: header, value: 1}], successCriteria: [{condition: '$request.query.limit[0] == 1'}]";
    let (_, shown, _) = step("1.1.0", &["pets"], fields);
    assert_eq!(shown, [""; 0]);
}

/// ARZ-WF-06, A-16
#[test]
fn workflows_that_wait_for_or_call_each_other() {
    let end = "onSuccess: [{name: e, type: end, criteria: [{condition: $statusCode == 200}]}]";
    for (workflows, expected) in [
        ("{workflowId: a, dependsOn: [b], S}, {workflowId: b, dependsOn: [a], S}".to_owned(), vec!["cycle /workflows/0/dependsOn/0"]),
        ("{workflowId: a, dependsOn: [a], S}".into(), vec!["cycle /workflows/0/dependsOn/0"]),
        ("{workflowId: a, dependsOn: [b, c], S}, {workflowId: b, dependsOn: [c], S}, {workflowId: c, S}".into(), vec![]),
        ("{workflowId: a, steps: [{stepId: s, workflowId: b}]}, {workflowId: b, steps: [{stepId: s, workflowId: a}]}".into(), vec!["cycle /workflows/0/steps/0/stepId"]),
        (format!("{{workflowId: a, steps: [{{stepId: r, operationId: createPet, {end}}}, {{stepId: s, workflowId: a}}]}}"), vec!["~cycle /workflows/0/steps/1/stepId"]),
        (format!("{{workflowId: a, steps: [{{stepId: s, workflowId: a}}, {{stepId: r, operationId: createPet, {end}}}]}}"), vec!["cycle /workflows/0/steps/0/stepId"]),
        ("{workflowId: a, steps: [{stepId: s, operationId: createPet, onSuccess: [{name: g, type: goto, workflowId: a}]}]}".into(), vec![]),
        // a cycle that is certain beside one that is not
        (format!("{{workflowId: a, dependsOn: [b], steps: [{{stepId: r, operationId: createPet, {end}}}, {{stepId: s, workflowId: a}}]}}, {{workflowId: b, steps: [{{stepId: s, workflowId: a}}]}}"), vec!["cycle /workflows/0/dependsOn/0", "~cycle /workflows/0/steps/1/stepId"]),
        (format!("{{workflowId: a, steps: [{{stepId: s, workflowId: b}}, {{stepId: r, operationId: createPet, {end}}}, {{stepId: t, workflowId: c}}]}}, {{workflowId: b, steps: [{{stepId: s, workflowId: a}}]}}, {{workflowId: c, steps: [{{stepId: s, workflowId: a}}]}}"), vec!["cycle /workflows/0/steps/0/stepId"]),
        (format!("{{workflowId: a, steps: [{{stepId: r, operationId: createPet, {end}}}, {{stepId: s, workflowId: b}}, {{stepId: t, workflowId: c}}]}}, {{workflowId: b, steps: [{{stepId: s, workflowId: a}}]}}, {{workflowId: c, steps: [{{stepId: s, workflowId: b}}, {{stepId: t, workflowId: c}}]}}"), vec!["~cycle /workflows/0/steps/1/stepId", "cycle /workflows/2/steps/1/stepId"]),
        // a dependency of one of several that call each other
        (format!("{{workflowId: a, steps: [{{stepId: r, operationId: createPet, {end}}}, {{stepId: s, workflowId: b}}]}}, {{workflowId: b, steps: [{{stepId: r, operationId: createPet, {end}}}, {{stepId: s, workflowId: a}}, {{stepId: t, workflowId: c}}]}}, {{workflowId: c, dependsOn: [b], S}}"), vec!["~cycle /workflows/0/steps/1/stepId", "~cycle /workflows/2/dependsOn/0"]),
    ] {
        let workflows = workflows.replace(", S}", ", steps: [{stepId: s, operationId: createPet}]}");
        expect(&with("1.1.0", &["pets"], &format!("[{workflows}]")), &["pets"], &expected);
    }
}

/// Two descriptions whose workflows call each other.
#[test]
fn cycles_across_documents() {
    let mut sources = Sources::default();
    let text = |call: &str| {
        with("1.1.0", &["there"], &format!("[{{workflowId: w, steps: [{{stepId: s, workflowId: {call}}}]}}]"))
    };
    let call = "$sourceDescriptions.there.w";
    let (one, two) = (document(&mut sources, &text(call)), document(&mut sources, &text(call)));
    let sources_of = |document: &Document| LinkedSources::from_iter([LinkedSource::Arazzo(Arc::new(document.clone()))]);
    let (to_two, to_one) = (sources_of(&two), sources_of(&one));
    let (links_one, found_one) = link(&one, &to_two);
    let (links_two, found_two) = link(&two, &to_one);
    assert_eq!((found_one, found_two), (vec![], vec![]));
    let found = document_cycles(&[(&one, &to_two, &links_one), (&two, &to_one, &links_two)]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].labels.iter().map(|label| label.source).collect::<Vec<_>>(), [one.source, two.source]);
}

/// A cycle through two descriptions is found where a workflow of one of them leads to itself, too.
#[test]
fn cycles_across_documents_beside_others() {
    let mut sources = Sources::default();
    let end = "onSuccess: [{name: e, type: end, criteria: [{condition: $statusCode == 200}]}]";
    let there = "$sourceDescriptions.there";
    let one = format!(
        "[{{workflowId: a, steps: [{{stepId: s, workflowId: b}}]}}, {{workflowId: b, dependsOn: [{there}.w], steps: [{{stepId: s, workflowId: a}}]}}]"
    );
    let two = format!(
        "[{{workflowId: w, steps: [{{stepId: r, operationId: o, {end}}}, {{stepId: t, workflowId: {there}.b}}]}}]"
    );
    let (one, two) = (
        document(&mut sources, &with("1.1.0", &["there"], &one)),
        document(&mut sources, &with("1.1.0", &["there"], &two)),
    );
    let sources_of = |document: &Document| LinkedSources::from_iter([LinkedSource::Arazzo(Arc::new(document.clone()))]);
    let (to_two, to_one) = (sources_of(&two), sources_of(&one));
    let (links_one, found_one) = link(&one, &to_two);
    let (links_two, _) = link(&two, &to_one);
    assert_eq!(shown(&one, &found_one), ["cycle /workflows/0/steps/0/stepId"]);
    let found = document_cycles(&[(&one, &to_two, &links_one), (&two, &to_one, &links_two)]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].message, "the workflow `b` waits for `w`, which calls `b`");
}

/// Every unknown name says where the nearest one is, and where it was looked for.
#[test]
fn findings_point_to_where_the_name_is() {
    let workflows = "[{workflowId: w, steps: [{stepId: s, operationId: $sourceDescriptions.pets.creatPet}]}]";
    let (document, _, found) = linked(&with("1.1.0", &["pets"], workflows), &["pets"]);
    let labels: Vec<(u32, &str)> = found[0].labels.iter().map(|label| (label.source.0, label.text.as_str())).collect();
    assert_eq!(labels, [(0, ""), (0, "looked for in this description"), (1, "`createPet` is declared here")]);
    let text = document.tree.text();
    let marked = found[0].primary().and_then(|label| text.get(label.span.range()));
    assert!(marked.is_some_and(|marked| marked.ends_with("creatPet")), "{marked:?}");
    assert!(found[0].fix.is_none(), "a name that is merely near is not written");
    let workflows = "[{workflowId: w, steps: [{stepId: first, operationId: createPet, onSuccess: [{name: g, type: goto, stepId: frist}]}]}]";
    let (_, _, found) = linked(&with("1.1.0", &["pets"], workflows), &["pets"]);
    assert_eq!(found[0].labels[1].text, "`first` is declared here");
}

/// Names that exist nowhere, and chains of dependencies, in numbers.
#[test]
fn twenty_thousand_workflows_are_linked_without_recursion() {
    let count = 20_000;
    let workflows: String = (0..count)
        .map(|at| format!("\n  - {{workflowId: w{at}, dependsOn: [w{}], steps: [{{stepId: s, operationId: unknown{at}}}, {{stepId: t, workflowId: x{at}}}]}}", at + 1))
        .collect();
    let text = with("1.1.0", &["pets"], &workflows);
    let (_, links, found) = linked(&text, &["pets"]);
    assert_eq!(links.workflows.len(), count);
    // each unknown operation and workflow, and the last dependency
    assert_eq!(found.len(), 2 * count + 1);
}
