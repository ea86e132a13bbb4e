//! Requirements of the specification that concern several objects at a time, each shown on small documents.

use std::sync::Arc;

use arras_doc::arazzo::{Document, SourceType};
use arras_doc::link::{LinkedSource, LinkedSources, Links, Target, link};
use arras_doc::openapi;
use arras_doc::source::{Source, Sources};

const API: &str = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  \
    /a: {get: {operationId: a}, post: {operationId: b}}\n  /url: {get: {operationId: url}}\n  \
    /object: {get: {operationId: object, responses: {'200': {content: {application/json: {schema: {type: object}}}}}}}\n  \
    /array: {get: {operationId: array, responses: {'200': {content: {application/json: {schema: {type: array}}}}}}}\n";
const EVENTS: &str = "asyncapi: 3.0.0\nchannels: {orders: {address: orders}}\noperations: {place: {action: receive}}\n";
const OTHER: &str = "arazzo: 1.0.1\ninfo: {title: t, version: '1'}\nsourceDescriptions: [{name: api, url: api.yaml}]\n\
    workflows: [{workflowId: login, steps: [{stepId: s, operationId: a}]}]\n";

/// A source by its name: `api`, `events`, `other` and `second`, which is another `other`.
fn source(sources: &mut Sources, name: &str) -> LinkedSource {
    let text = match name {
        "api" => API,
        "events" => EVENTS,
        "other" | "second" => OTHER,
        _ => return LinkedSource::Missing,
    };
    let id = sources.add(Source::new(name, format!("file:///{name}"), text));
    let tree = Arc::new(arras_doc::read::read(sources.get(id), id).0.expect("a tree"));
    match SourceType::detect(tree.root()) {
        Some(SourceType::OpenApi) => {
            let entry = Arc::new(openapi::Document::new(id, "file:///api", tree));
            LinkedSource::OpenApi(Arc::new(openapi::Description::index(entry, &openapi::Documents::default()).0))
        }
        Some(SourceType::AsyncApi) => LinkedSource::AsyncApi(id, tree),
        _ => LinkedSource::Arazzo(Arc::new(Document::read(id, tree).0)),
    }
}

/// Reads and links a text: what is found, as `rule pointer` with `~` before what is no error.
fn linked(text: &str) -> (Links, Vec<String>, Vec<String>) {
    let mut sources = Sources::default();
    let id = sources.add(Source::new("test.yaml", "file:///test.yaml", text));
    let (tree, mut found) = arras_doc::read::read(sources.get(id), id);
    let Some(tree) = tree else {
        let shown = found.iter().map(|one| one.rule.id.to_owned()).collect();
        return (Links::default(), shown, found.iter().map(|one| format!("{} {:?}", one.message, one.help)).collect());
    };
    let (document, read) = Document::read(id, Arc::new(tree));
    let names = document.source_descriptions.iter().map(|one| source(&mut sources, one.name.as_str()));
    let (links, more) = link(&document, &names.collect::<LinkedSources>());
    found.extend(read);
    found.extend(more);
    let shown = found.iter().map(|one| {
        let mark = if one.is_error() { "" } else { "~" };
        let pointer = one.primary().map(|label| document.tree.pointer_at(label.span)).unwrap_or_default();
        format!("{mark}{} {pointer}", one.rule.id)
    });
    let messages = found.iter().map(|one| format!("{} {:?}", one.message, one.help)).collect();
    (links, shown.collect(), messages)
}

fn with(version: &str, names: &[&str], workflows: &str, rest: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("{{name: {name}, url: {name}.yaml}}")).collect();
    format!(
        "arazzo: {version}\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{}]\nworkflows: {workflows}\n{rest}",
        names.join(", ")
    )
}

#[track_caller]
fn expect(text: &str, expected: &[&str]) {
    let (_, shown, messages) = linked(text);
    assert_eq!(shown, expected, "{text}\n{messages:#?}");
}

/// Findings about a step with these fields, pointers from the step on.
#[track_caller]
fn expect_step(version: &str, names: &[&str], fields: &str, expected: &[&str]) {
    let text = with(version, names, &format!("[{{workflowId: w, steps: [{{stepId: s, {fields}}}]}}]"), "");
    let expected: Vec<String> = expected.iter().map(|one| one.replacen(" /", " /workflows/0/steps/0/", 1)).collect();
    expect(&text, &expected.iter().map(String::as_str).collect::<Vec<_>>());
}

/// ARZ-DOC-10, ARZ-DOC-11, ARZ-SUCC-07, ARZ-FAIL-08: a workflow of another document is reached by a source
/// description that names it, in every version; without its source 1.0 finds one of the only such source, with a warning.
#[test]
fn workflows_of_other_documents_are_listed_as_sources() {
    let goto = |list: &str, id: &str| format!("operationId: a, {list}: [{{name: n, type: goto, workflowId: {id}}}]");
    for version in ["1.0.0", "1.0.1", "1.1.0"] {
        for list in ["onSuccess", "onFailure"] {
            let at = format!("/{list}/0/workflowId");
            expect_step(version, &["api", "other"], &goto(list, "$sourceDescriptions.other.login"), &[]);
            expect_step(
                version,
                &["api"],
                &goto(list, "$sourceDescriptions.other.login"),
                &[&format!("unknown-source {at}")],
            );
            let unqualified = if version == "1.1.0" { "unknown-workflow" } else { "~loose-reference" };
            expect_step(version, &["api", "other"], &goto(list, "login"), &[&format!("{unqualified} {at}")]);
            // of several it must be said which is meant
            let names = ["api", "other", "second"];
            expect_step(version, &names, &goto(list, "login"), &[&format!("unknown-workflow {at}")]);
        }
    }
}

/// ARZ-SRC-06, A-35: what a source without `type` is, its text tells.
#[test]
fn the_text_of_a_source_tells_its_type() {
    let target = |name: &str, fields: &str| {
        let text = with("1.1.0", &[name], &format!("[{{workflowId: w, steps: [{{stepId: s, {fields}}}]}}]"), "");
        let (links, shown, messages) = linked(&text);
        assert_eq!(shown, [""; 0], "{messages:#?}");
        links.workflows[0].steps[0].target.clone().expect("a target")
    };
    assert!(matches!(target("api", "operationId: a"), Target::Operation(_)));
    assert!(matches!(target("events", "operationId: place, action: send"), Target::Message(_)));
    assert!(matches!(target("other", "workflowId: $sourceDescriptions.other.login"), Target::Workflow(_)));
    for (text, expected) in [
        ("openapi: 3.2.0", Some(SourceType::OpenApi)),
        ("swagger: '2.0'", Some(SourceType::OpenApi)),
        ("asyncapi: 2.6.0", Some(SourceType::AsyncApi)),
        ("arazzo: 1.0.0", Some(SourceType::Arazzo)),
        ("type: openapi", None),
        ("[openapi]", None),
    ] {
        let source = Source::new("x", "file:///x", text);
        let tree = arras_doc::read::read(&source, arras_doc::source::SourceId(0)).0.expect("a tree");
        assert_eq!(SourceType::detect(tree.root()), expected, "{text}");
    }
}

/// ARZ-WF-10, ARZ-WF-12, ARZ-WF-17, ARZ-REUSE-06: the reusable entries of a workflow lead to components of the kind that
/// their place asks for, in the same document, each once.
#[test]
fn reusable_entries_of_a_workflow_have_the_kind_of_their_place() {
    let components = "components:\n  parameters: {p: {name: n, in: query, value: 1}}\n  \
        successActions: {p: {name: n, type: end}}\n  failureActions: {p: {name: n, type: end}, only: {name: o, type: end}}\n";
    for (list, kind, others) in [
        ("successActions", "successActions", ["failureActions", "parameters"]),
        ("failureActions", "failureActions", ["successActions", "parameters"]),
        ("parameters", "parameters", ["successActions", "failureActions"]),
    ] {
        let text = |entries: &str| {
            with(
                "1.1.0",
                &["api"],
                &format!("[{{workflowId: w, {list}: [{entries}], steps: [{{stepId: s, operationId: a}}]}}]"),
                components,
            )
        };
        let entry = |kind: &str, name: &str| format!("{{reference: $components.{kind}.{name}}}");
        let right = entry(kind, "p");
        let undeclared: &[&str] =
            if list == "parameters" { &["~undeclared-parameter /workflows/0/parameters/0/reference"] } else { &[] };
        expect(&text(&right), undeclared);
        let (_, twice, _) = linked(&text(&format!("{right}, {right}")));
        let duplicate = format!("duplicate-name /workflows/0/{list}/1/reference");
        assert!(twice.contains(&duplicate), "{twice:?}");
        let unknown = format!("unknown-component /workflows/0/{list}/0/reference");
        expect(&text(&entry(kind, "none")), &[&unknown]);
        for other in others {
            expect(&text(&entry(other, "p")), &[&unknown]);
        }
    }
    // the component is there, but in the document that has the other workflow
    let beyond = with(
        "1.1.0",
        &["other"],
        "[{workflowId: w, successActions: [{reference: $components.successActions.p}], \
         steps: [{stepId: s, workflowId: $sourceDescriptions.other.login}]}]",
        "",
    );
    expect(&beyond, &["unknown-component /workflows/0/successActions/0/reference"]);
}

/// ARZ-STEP-05, ARZ-ASYNC-03: one of the four fields, and no two of them.
#[test]
fn a_step_has_one_target() {
    let fields = [
        "operationId: a",
        "operationPath: '{$sourceDescriptions.api.url}#/paths/~1a/get'",
        "workflowId: w2",
        "channelPath: '{$sourceDescriptions.events.url}#/channels/orders'",
    ];
    let shown = |fields: &str| {
        let text = with(
            "1.1.0",
            &["api", "events"],
            &format!(
                "[{{workflowId: w, steps: [{{stepId: s, {fields}}}]}}, {{workflowId: w2, steps: [{{stepId: s, operationId: a}}]}}]"
            ),
            "",
        );
        let (_, shown, _) = linked(&text);
        let about = |one: &String| one.starts_with("conflicting-fields") || one.starts_with("missing-field");
        shown.into_iter().filter(about).collect::<Vec<_>>()
    };
    for (at, one) in fields.iter().enumerate() {
        let action = if one.starts_with("channel") { ", action: send" } else { "" };
        assert_eq!(shown(&format!("{one}{action}")), [""; 0]);
        for other in &fields[at + 1..] {
            let action = if other.starts_with("channel") { ", action: send" } else { "" };
            assert!(!shown(&format!("{one}, {other}{action}")).is_empty(), "{one}, {other}");
        }
    }
    assert_eq!(shown("description: d"), ["missing-field /workflows/0/steps/0/stepId"]);
}

/// ARZ-STEP-36, ARZ-STEP-37: steps run in the order of the list, so an output that is read anywhere in a step must be
/// that of one before it, in the same way as a step in `dependsOn`.
#[test]
fn reading_an_output_is_a_dependency() {
    let output = "$steps.later.outputs.o";
    for (place, fields) in [
        ("/parameters/0/value", format!("parameters: [{{name: n, in: query, value: {output}}}]")),
        ("/parameters/0/value", format!("parameters: [{{name: n, in: query, value: 'x{{{output}}}'}}]")),
        ("/requestBody/payload/a/0", format!("requestBody: {{payload: {{a: [{output}]}}}}")),
        (
            "/requestBody/replacements/0/value",
            format!("requestBody: {{replacements: [{{target: /a, value: {output}}}]}}"),
        ),
        ("/successCriteria/0/condition", format!("successCriteria: [{{condition: {output} == 1}}]")),
        (
            "/successCriteria/0/context",
            format!("successCriteria: [{{context: {output}, condition: '^a', type: regex}}]"),
        ),
        ("/outputs/mine", format!("outputs: {{mine: {output}}}")),
        ("/outputs/mine/context", format!("outputs: {{mine: {{context: {output}, selector: /a, type: jsonpointer}}}}")),
        (
            "/onFailure/0/criteria/0/condition",
            format!("onFailure: [{{name: n, type: end, criteria: [{{condition: {output} == 1}}]}}]"),
        ),
        ("/dependsOn/0", "dependsOn: [later]".to_owned()),
    ] {
        let text = |first: bool| {
            let step = format!("{{stepId: s, operationId: b, {fields}}}");
            let later = "{stepId: later, operationId: b, outputs: {o: $statusCode}}";
            let (one, two) = if first { (step.as_str(), later) } else { (later, step.as_str()) };
            with("1.1.0", &["api"], &format!("[{{workflowId: w, steps: [{one}, {two}]}}]"), "")
        };
        let forward = format!("forward-reference /workflows/0/steps/0{place}");
        let told = |text: &str| linked(text).1.into_iter().filter(|one| one.contains("forward")).collect::<Vec<_>>();
        assert_eq!(told(&text(true)), [forward], "{fields}");
        assert_eq!(told(&text(false)), [""; 0], "{fields}");
    }
    let receive = "{stepId: s, channelPath: '{$sourceDescriptions.events.url}#/channels/orders', action: receive, \
                   correlationId: $steps.later.outputs.o}";
    let text = with(
        "1.1.0",
        &["events", "api"],
        &format!(
            "[{{workflowId: w, steps: [{receive}, {{stepId: later, operationId: $sourceDescriptions.api.b, outputs: {{o: $statusCode}}}}]}}]"
        ),
        "",
    );
    expect(&text, &["forward-reference /workflows/0/steps/0/correlationId"]);
}

/// ARZ-ASYNC-01, ARZ-ASYNC-16, ARZ-ASYNC-18, ARZ-EXPR-21: steps over AsyncAPI are read and linked: an operation by its id,
/// a channel by its path; their parameters need a place; `$message` is read in their criteria and outputs.
#[test]
fn steps_over_asyncapi_are_read() {
    let channel = "channelPath: '{$sourceDescriptions.events.url}#/channels/orders'";
    expect_step("1.1.0", &["events"], "operationId: $sourceDescriptions.events.place, action: send", &[]);
    expect_step(
        "1.1.0",
        &["events"],
        &format!(
            "{channel}, action: receive, timeout: 500, correlationId: $self, successCriteria: \
             [{{condition: $message.payload#/ok == true && $message.header.trace-id != null}}, \
              {{context: $message.payload, condition: '$[?@.ok]', type: jsonpath}}], \
             outputs: {{id: $message.payload#/id, trace: $message.header.trace-id, whole: $message.payload}}"
        ),
        &[],
    );
    expect_step(
        "1.1.0",
        &["events"],
        &format!("{channel}, action: send, parameters: [{{name: trace, value: 1}}]"),
        &["missing-parameter-location /parameters/0/name"],
    );
    expect_step("1.1.0", &["events"], "operationId: plase, action: send", &["unknown-operation /operationId"]);
}

/// ARZ-EXT-01, ARZ-EXT-04, ARZ-SUCC-11, ARZ-FAIL-17, ARZ-ETYPE-07, ARZ-REPL-09: fields whose names begin with `x-` stand
/// wherever the specification allows them, and only those.
#[test]
fn extensions_stand_where_they_are_allowed() {
    let document = |name: &str, reusable: &str| {
        let any = format!("{name}: {{any: [1]}}");
        let action = format!("name: n, type: end, {any}, criteria: [{{condition: $statusCode == 200, {any}}}]");
        let criterion = format!(
            "{{context: $response.body, condition: //a, type: {{type: xpath, version: xpath-10, {any}}}, {any}}}"
        );
        format!(
            "arazzo: 1.1.0\n{any}\ninfo: {{title: t, version: '1', {any}}}\nsourceDescriptions: [{{name: api, url: api.yaml, {any}}}]\n\
             workflows: [{{workflowId: w, {any}, steps: [{{stepId: s, operationId: b, {any}, parameters: [{{name: n, in: query, value: 1, {any}}}, \
             {{reference: $components.parameters.p{reusable}}}], \
             requestBody: {{{any}, replacements: [{{target: /a, value: 1, {any}}}]}}, successCriteria: [{criterion}], \
             onSuccess: [{{{action}}}], onFailure: [{{{action}}}], \
             outputs: {{o: {{context: $response.body, selector: /a, type: jsonpointer, {any}}}}}}}]}}]\n\
             components: {{parameters: {{p: {{name: m, in: query, value: 1, {any}}}}}, {any}}}\n"
        )
    };
    let told = |text: &str| {
        let (_, shown, _) = linked(text);
        shown.into_iter().filter(|one| !one.contains("undeclared-parameter")).collect::<Vec<_>>()
    };
    assert_eq!(told(&document("x-any", "")), [""; 0]);
    assert_eq!(told(&document("x-any", ", x-any: 1")), ["~ignored-field /workflows/0/steps/0/parameters/1"]);
    for other in ["X-any", "ext", "xany"] {
        let text = document(other, "");
        let shown = told(&text);
        let unknown = shown.iter().filter(|one| one.ends_with(&format!("/{other}"))).count();
        // each of the places above, some of them twice
        assert_eq!(unknown, text.matches(&format!("{other}: {{any")).count(), "{shown:#?}");
    }
}

/// a root filter is told where the description says that the answer is an object.
#[test]
fn root_filters_of_objects_are_told() {
    let fields = |id: &str, context: &str, condition: &str| {
        format!(
            "operationId: {id}, successCriteria: [{{context: {context}, condition: \"{condition}\", type: jsonpath}}]"
        )
    };
    let filter = "$[?@.status == 'x']";
    let told = &["~jsonpath-root-filter /successCriteria/0/condition"][..];
    for (id, context, condition, expected) in [
        ("object", "$response.body", filter, told),
        ("array", "$response.body", filter, &[]),
        ("a", "$response.body", filter, &[]),
        ("object", "$response.body#/list", filter, &[]),
        ("object", "$response.body", "$.list[?@.status == 'x']", &[]),
    ] {
        expect_step("1.1.0", &["api"], &fields(id, context, condition), expected);
    }
    let action = format!(
        "operationId: object, onSuccess: [{{name: n, type: end, criteria: [{{context: $response.body, condition: \"{filter}\", type: jsonpath}}]}}]"
    );
    expect_step("1.1.0", &["api"], &action, &["~jsonpath-root-filter /onSuccess/0/criteria/0/condition"]);
}

/// where a step's list and the workflow's are read together here and otherwise elsewhere.
#[test]
fn actions_that_stay_in_force_are_told() {
    let document = |shared: &str, own: &str| {
        let step = format!("{{stepId: s, operationId: a, onFailure: [{own}]}}");
        with("1.1.0", &["api"], &format!("[{{workflowId: w, failureActions: [{shared}], steps: [{step}]}}]"), "")
    };
    let (again, end) = ("{name: again, type: retry}", "{name: over, type: end}");
    expect(&document(again, end), &["~merged-actions /workflows/0/steps/0/onFailure/0/name"]);
    expect(&document(again, &format!("{again}, {end}")), &[]);
    expect(&document(again, ""), &[]);
    expect(&document("", end), &[]);
}

/// an exchange that a step which calls a workflow reads is told; the outputs of the workflow are better.
#[test]
fn exchanges_of_called_workflows_are_told() {
    let workflows = |condition: &str| {
        format!(
            "[{{workflowId: w, steps: [{{stepId: s, workflowId: v, successCriteria: [{{condition: {condition}}}]}}]}}, \
             {{workflowId: v, steps: [{{stepId: s, operationId: a, outputs: {{n: $statusCode}}}}], outputs: {{n: $steps.s.outputs.n}}}}]"
        )
    };
    let place = "~doubtful-expression /workflows/0/steps/0/successCriteria/0/condition";
    expect(&with("1.1.0", &["api"], &workflows("$statusCode == 200"), ""), &[place]);
    expect(&with("1.1.0", &["api"], &workflows("$outputs.n == 200"), ""), &[]);
}

/// ARZ-FAIL-01, ARZ-FAIL-08, ARZ-SEL-02
#[test]
fn required_texts_are_required() {
    for (fields, expected) in [
        ("operationId: a, onFailure: [{name: a, type: end}, {name: A, type: end}]", &[][..]),
        ("operationId: a, onFailure: [{type: end}]", &["missing-field /onFailure/0/type"]),
        ("operationId: a, onFailure: [{name: 1, type: end}]", &["wrong-type /onFailure/0/name"]),
        (
            "operationId: a, outputs: {o: {context: $response.body, type: jsonpath}}",
            &["missing-field /outputs/o/context"],
        ),
        (
            "operationId: a, outputs: {o: {context: $response.body, selector: 1, type: jsonpath}}",
            &["wrong-type /outputs/o/selector"],
        ),
        (
            "operationId: a, outputs: {o: {context: $response.body, selector: '$..', type: jsonpath}}",
            &["invalid-selector /outputs/o/selector"],
        ),
    ] {
        expect_step("1.1.0", &["api"], fields, expected);
    }
}

/// ARZ-CRIT-13: a condition that YAML takes for something else than a text is found, and quotes are what helps.
#[test]
fn conditions_that_yaml_takes_for_something_else() {
    for (condition, rule) in [
        ("{$statusCode} == 200", "invalid-syntax"),
        ("{$response.body#/ok}", "wrong-type"),
        ("[$statusCode]", "wrong-type"),
        ("'it''s' == $inputs.a", "invalid-syntax"),
        ("*", "invalid-syntax"),
        ("!$inputs.a", "unsupported-tag"),
    ] {
        let text = with(
            "1.1.0",
            &["api"],
            &format!(
                "\n- workflowId: w\n  steps:\n  - stepId: s\n    operationId: a\n    successCriteria:\n    - condition: {condition}\n"
            ),
            "",
        );
        let (_, shown, messages) = linked(&text);
        assert!(shown.iter().any(|one| one.starts_with(rule)), "{condition}: {shown:?}");
        assert!(messages.iter().any(|one| one.contains("quot")), "{condition}: {messages:?}");
    }
}

/// ARZ-EXPR-18: the name of an operation comes before the name of a field of the source description; where only a value
/// can stand, it is the field.
#[test]
fn operations_come_before_fields() {
    let text = with(
        "1.1.0",
        &["api"],
        "[{workflowId: w, steps: [{stepId: s, operationId: $sourceDescriptions.api.url, outputs: {at: $sourceDescriptions.api.url}}]}]",
        "",
    );
    let (links, shown, messages) = linked(&text);
    assert_eq!(shown, [""; 0], "{messages:#?}");
    let Some(Target::Operation(operation)) = &links.workflows[0].steps[0].target else { panic!("an operation") };
    assert_eq!(operation.pointer, "/paths/~1url/get");
}
