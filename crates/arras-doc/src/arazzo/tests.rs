//! Documents and what is wrong with them: one table for each object of the specification.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Sources};

/// Reads YAML; the findings of the text and of the document.
fn read(text: &str) -> (Document, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let id = sources.add(Source::new("test.yaml", "file:///test.yaml", text));
    let (tree, mut found) = crate::read::read(sources.get(id), id);
    let (document, more) = Document::read(id, Arc::new(tree.expect("a tree")));
    found.extend(more);
    (document, found)
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
fn expect(text: &str, expected: &[&str]) {
    let (document, found) = read(text);
    assert_eq!(shown(&document, &found), expected, "{text}\n{found:#?}");
}

const SOURCES: &str = "[{name: api, url: a.yaml, type: openapi}]";

/// A description whose workflow has these fields beside its id.
fn workflow(version: &str, fields: &str) -> String {
    format!(
        "{{arazzo: {version}, info: {{title: t, version: '1'}}, sourceDescriptions: {SOURCES}, \
         workflows: [{{workflowId: w, {fields}}}]}}"
    )
}

/// Findings about a workflow's fields, pointers from the workflow on.
#[track_caller]
fn expect_workflow(version: &str, fields: &str, expected: &[&str]) {
    let text = workflow(version, fields);
    let (document, found) = read(&text);
    let shown: Vec<String> = shown(&document, &found).iter().map(|line| line.replace("/workflows/0", "")).collect();
    assert_eq!(shown, expected, "{text}\n{found:#?}");
}

/// Findings about a step's fields, pointers from the step on.
#[track_caller]
fn expect_step(version: &str, fields: &str, expected: &[&str]) {
    let text = workflow(version, &format!("steps: [{{stepId: s, {fields}}}]"));
    let (document, found) = read(&text);
    let shown: Vec<String> =
        shown(&document, &found).iter().map(|line| line.replace("/workflows/0/steps/0", "")).collect();
    assert_eq!(shown, expected, "{text}\n{found:#?}");
}

const MINIMAL: &str = "\
arazzo: 1.1.0
info: {title: t, version: '1'}
sourceDescriptions: [{name: api, url: a.yaml}]
workflows: [{workflowId: w, steps: [{stepId: s, operationId: o}]}]
";

/// ARZ-DOC-01, ARZ-DOC-03, ARZ-DOC-04, ARZ-DOC-18, ARZ-ROOT-04, ARZ-ROOT-05, ARZ-ROOT-06, ARZ-ROOT-07,
/// ARZ-ROOT-08
#[test]
fn root() {
    expect(MINIMAL, &[]);
    for (line, expected) in [
        (0, "not-an-arazzo-document /info"),
        (1, "missing-field /arazzo"),
        (2, "missing-field /arazzo"),
        (3, "missing-field /arazzo"),
    ] {
        let kept: Vec<&str> = MINIMAL.lines().enumerate().filter(|(at, _)| *at != line).map(|(_, text)| text).collect();
        expect(&kept.join("\n"), &[expected]);
    }
    expect("[root]", &["not-an-arazzo-document "]);
    expect("text", &["not-an-arazzo-document "]);
    expect("openapi: 3.1.0", &["not-an-arazzo-document /openapi"]);
    expect("swagger: '2.0'", &["not-an-arazzo-document /swagger"]);
    expect("asyncapi: 3.0.0", &["not-an-arazzo-document /asyncapi"]);
    // nothing more is said of what is none
    expect("{}", &["not-an-arazzo-document "]);
    expect("services: {a: b}\ninfo: 3\n", &["not-an-arazzo-document /services"]);
    expect(
        "Workflow: []\n",
        &[
            "not-an-arazzo-document /Workflow",
            "missing-field /Workflow",
            "missing-field /Workflow",
            "missing-field /Workflow",
        ],
    );
    expect(&MINIMAL.replace("workflows:", "Workflows:"), &["missing-field /Workflows"]);
    expect(
        &format!("{MINIMAL}x-any: null\n$schema: http://x\nother: 1\n"),
        &["unknown-field /$schema", "unknown-field /other"],
    );
    let emptied = MINIMAL.replace("[{workflowId: w, steps: [{stepId: s, operationId: o}]}]", "[]");
    expect(&emptied, &["empty-list /workflows"]);
    expect(&MINIMAL.replace("[{name: api, url: a.yaml}]", "{}"), &["wrong-type /sourceDescriptions"]);
}

/// ARZ-DOC-02, ARZ-ROOT-01, A-62
#[test]
fn versions() {
    for (written, version, expected) in [
        ("1.0.0", Version::V1_0, vec![]),
        ("1.0.7", Version::V1_0, vec![]),
        ("1.1.0", Version::V1_1, vec![]),
        ("1.1.3-rc1", Version::V1_1, vec![]),
        ("1.2.0", Version::V1_1, vec!["unsupported-version /arazzo"]),
        ("3.0.0", Version::V1_1, vec!["unsupported-version /arazzo"]),
        ("'1.0'", Version::V1_0, vec!["unsupported-version /arazzo"]),
        ("1.0", Version::V1_0, vec!["unsupported-version /arazzo"]),
        ("2", Version::V1_1, vec!["unsupported-version /arazzo"]),
        ("one", Version::V1_1, vec!["unsupported-version /arazzo"]),
        ("1.1.x", Version::V1_1, vec!["unsupported-version /arazzo"]),
    ] {
        let (document, found) = read(&MINIMAL.replace("1.1.0", written));
        assert_eq!(
            (document.version, shown(&document, &found)),
            (version, expected.iter().map(|one| (*one).to_owned()).collect()),
            "{written}"
        );
    }
}

/// ARZ-ROOT-02, ARZ-ROOT-03
#[test]
fn self_uri() {
    let with = |uri: &str| MINIMAL.replace("info:", &format!("$self: {uri}\ninfo:"));
    expect(&with("https://example.com/a.yaml"), &[]);
    expect(&with("workflows/a.yaml"), &[]);
    expect(&with("https://example.com/a.yaml#/x"), &["invalid-value /$self"]);
    expect(&with("'http://[bad'"), &["invalid-value /$self"]);
    expect(&with("1"), &["wrong-type /$self"]);
    expect(&with("a.yaml").replace("1.1.0", "1.0.1"), &["newer-field /$self"]);
}

/// ARZ-INFO-01, ARZ-INFO-02, ARZ-INFO-03, ARZ-INFO-04, ARZ-INFO-05
#[test]
fn info() {
    let with = |info: &str| MINIMAL.replace("{title: t, version: '1'}", info);
    expect(&with("{title: t, summary: s, description: d, version: '1', x-y: {}}"), &[]);
    expect(&with("{}"), &["missing-field /info", "missing-field /info"]);
    expect(&with("{title: t, version: 1.0}"), &["wrong-type /info/version"]);
    expect(&with("{Title: t, version: '1'}"), &["missing-field /info/Title"]);
    expect(&with("[]"), &["wrong-type /info"]);
    let (_, found) = read(&with("{title: t, version: 1.0}"));
    assert_eq!(found[0].fix.as_ref().map(|fix| fix.edits[0].replacement.as_str()), Some("'1.0'"));
}

/// ARZ-SRC-01, ARZ-SRC-02, ARZ-SRC-03, ARZ-SRC-04, ARZ-SRC-05, ARZ-SRC-07, ARZ-SRC-08, ARZ-URI-01, ARZ-URI-19
#[test]
fn source_descriptions() {
    let with =
        |version: &str, sources: &str| MINIMAL.replace("[{name: api, url: a.yaml}]", sources).replace("1.1.0", version);
    let at = "/sourceDescriptions/0";
    for (version, source, expected) in [
        ("1.0.0", "{name: a, url: ./b%20c.yaml, type: arazzo, x-y: 1}", vec![]),
        ("1.1.0", "{name: a, url: b, type: asyncapi}", vec![]),
        ("1.0.0", "{name: a, url: b, type: asyncapi}", vec!["newer-field /type"]),
        ("1.1.0", "{name: a, url: b, type: openAPI}", vec!["invalid-value /type"]),
        ("1.1.0", "{name: pet store, url: b}", vec!["~invalid-name /name"]),
        ("1.1.0", "{name: a, url: b c}", vec!["~loose-field /url"]),
        ("1.1.0", "{name: a, url: $url}", vec!["invalid-value /url"]),
        ("1.1.0", "{name: a, url: ''}", vec!["invalid-value /url"]),
        ("1.1.0", "{url: b}", vec!["missing-field /url"]),
        ("1.1.0", "{name: a, URL: b}", vec!["missing-field /URL"]),
        ("1.1.0", "a", vec!["wrong-type "]),
    ] {
        let text = with(version, &format!("[{source}]"));
        let (document, found) = read(&text);
        let shown: Vec<String> = shown(&document, &found).iter().map(|line| line.replace(at, "")).collect();
        assert_eq!(shown, expected, "{source}");
    }
    let text = with("1.1.0", "[{name: a, url: b}, {name: A, url: b}, {name: a, url: c}]");
    expect(&text, &["duplicate-name /sourceDescriptions/2/name"]);
    let (document, _) = read(&text);
    assert_eq!(
        (document.source_index("A"), document.source_index("a"), document.source_index("b")),
        (Some(1), Some(0), None)
    );
}

const STEPS: &str = "steps: [{stepId: s, operationId: o}]";

/// ARZ-WF-01, ARZ-WF-03, ARZ-WF-06, ARZ-WF-08, ARZ-WF-13, ARZ-WF-14, ARZ-WF-18, ARZ-STEP-01, ARZ-PARAM-06
#[test]
fn workflows() {
    let twice = MINIMAL.replace("]}]", "]}, {workflowId: w, steps: [{stepId: s, operationId: o}]}]");
    expect(&twice, &["duplicate-name /workflows/1/workflowId"]);
    for (fields, expected) in [
        (format!("summary: a, description: b, x-c: 1, {STEPS}"), vec![]),
        ("summary: a".into(), vec!["missing-field /workflowId"]),
        ("steps: []".into(), vec!["empty-list /steps"]),
        ("steps: null".into(), vec!["empty-list /steps"]),
        ("steps: {}".into(), vec!["wrong-type /steps"]),
        (format!("dependsOn: [a, $sourceDescriptions.x.y, a], {STEPS}"), vec!["duplicate-name /dependsOn/2"]),
        (format!("dependsOn: [$workflows.a], {STEPS}"), vec!["invalid-value /dependsOn/0"]),
        (format!("dependsOn: a, {STEPS}"), vec!["wrong-type /dependsOn"]),
        (format!("description: null, {STEPS}"), vec!["~loose-field /description"]),
        (
            format!("outputs: {{a.b-c_1: $steps.s.outputs.x, 'a b': $inputs.x}}, {STEPS}"),
            vec!["invalid-map-key /outputs/a b"],
        ),
        (format!("outputs: {{a: text}}, {STEPS}"), vec!["invalid-expression /outputs/a"]),
        (format!("outputs: {{a: 1}}, {STEPS}"), vec!["wrong-type /outputs/a"]),
        (format!("outputs: [], {STEPS}"), vec!["wrong-type /outputs"]),
        (
            "steps: [{stepId: s, operationId: o}, {stepId: s, operationId: o}]".into(),
            vec!["duplicate-name /steps/1/stepId"],
        ),
        (
            format!("parameters: [{{name: a, value: 1}}], {STEPS}"),
            vec!["missing-parameter-location /parameters/0/name"],
        ),
        ("parameters: [{name: a, value: 1}], steps: [{stepId: s, workflowId: x}]".into(), vec![]),
    ] {
        expect_workflow("1.1.0", &fields, &expected);
    }
}

#[test]
fn workflows_that_refer_to_the_same_inputs_share_them() {
    let (x, beside) = ("$ref: '#/components/inputs/x'", "properties: {c: {}}");
    let workflows: Vec<String> = [x.to_owned(), x.to_owned(), format!("{x}, {beside}"), format!("{x}, {beside}")]
        .iter()
        .enumerate()
        .map(|(at, inputs)| format!("{{workflowId: w{at}, inputs: {{{inputs}}}, {STEPS}}}"))
        .collect();
    let (document, _) = read(&format!(
        "{{arazzo: 1.0.1, info: {{title: a, version: '1'}}, sourceDescriptions: [{{name: a, url: a.yaml}}], \
         workflows: [{}], components: {{inputs: {{x: {{properties: {{a: {{}}, b: {{}}}}}}}}}}}}",
        workflows.join(", ")
    ));
    let all: Vec<_> = document.workflows.iter().filter_map(|workflow| workflow.inputs.as_deref()).collect();
    let names = |at: usize| all[at].properties.iter().map(|one| one.name.as_str()).collect::<Vec<_>>();
    assert_eq!((names(0), names(1)), (vec!["a", "b"], vec!["a", "b"]));
    assert_eq!((names(2), names(3)), (vec!["c", "a", "b"], vec!["c", "a", "b"]));
    assert!(std::ptr::eq(&*all[0].properties, &*all[1].properties) && all[0].schema != all[1].schema);
}

/// ARZ-WF-04, ARZ-COMP-03, ARZ-URI-12, ARZ-DOC-14
#[test]
fn inputs() {
    let declared = |inputs: &str, components: &str| {
        let text = workflow("1.1.0", &format!("inputs: {inputs}, {STEPS}"));
        let text = format!("{}, components: {{inputs: {components}}}}}", text.strip_suffix('}').expect("an object"));
        let (document, found) = read(&text);
        let inputs = document.workflows[0].inputs.clone();
        let names = inputs.iter().flat_map(|inputs| inputs.properties.iter()).map(|property| {
            let mark = if property.required { "!" } else { "" };
            let format = property.format.as_ref().map(|format| format!(":{format}"));
            let default = property.default.map(|node| format!("={}", document.tree.node(node).source_text()));
            format!("{}{mark}{}{}", property.name.value, format.unwrap_or_default(), default.unwrap_or_default())
        });
        let open = if inputs.as_ref().is_some_and(|inputs| inputs.open) { "…" } else { "" };
        (names.collect::<Vec<_>>().join(" ") + open, shown(&document, &found).join(" "))
    };
    for (inputs, components, names, found) in [
        (
            "{type: object, required: [a], properties: {a: {}, b: {default: 1, format: password}}}",
            "{}",
            "a! b:password=1",
            "",
        ),
        (
            "{$ref: '#/components/inputs/x'}",
            "{x: {properties: {a: {$ref: '#/components/inputs/y'}}}, y: {format: int32}}",
            "a:int32",
            "",
        ),
        ("{$ref: '#page'}", "{x: {$anchor: page, properties: {a: {}}}}", "a", ""),
        (
            "{$ref: '#/components/inputs/a%20b'}",
            "{'a b': {properties: {a: {}}}}",
            "a",
            "invalid-map-key /components/inputs/a b",
        ),
        (
            "{allOf: [{$ref: '#/components/inputs/x'}], properties: {b: {}}}",
            "{x: {required: [b], properties: {a: {}}}}",
            "b! a",
            "",
        ),
        ("{$ref: '#/components/inputs/xx'}", "{x: {}}", "…", "unknown-component /workflows/0/inputs/$ref"),
        ("{$ref: other.yaml}", "{}", "…", ""),
        (
            "{$ref: '#/components/inputs/x'}",
            "{x: {$ref: '#/components/inputs/x'}}",
            "",
            "invalid-schema /components/inputs/x/$ref",
        ),
        // a part of a schema may be of its kind
        ("{$ref: '#/components/inputs/x'}", "{x: {properties: {a: {$ref: '#/components/inputs/x'}}}}", "a", ""),
        ("{properties: {a: {}}, additionalProperties: {type: string}}", "{}", "a…", ""),
        ("{properties: {a: {enum: [{$ref: '#no'}]}}}", "{}", "a", ""),
        ("true", "{}", "", ""),
        ("[]", "{}", "", "wrong-type /workflows/0/inputs"),
    ] {
        assert_eq!(declared(inputs, components), (names.to_owned(), found.to_owned()), "{inputs} {components}");
    }
}

/// ARZ-STEP-01, ARZ-STEP-02, ARZ-STEP-03, ARZ-STEP-04, ARZ-STEP-20, ARZ-STEP-31, ARZ-STEP-32, ARZ-STEP-40,
/// ARZ-ASYNC-05, ARZ-ASYNC-06, ARZ-ASYNC-09
#[test]
fn steps() {
    for (version, fields, expected) in [
        ("1.0.0", "operationId: o, description: d, x-y: 1", vec![]),
        ("1.0.0", "description: d", vec!["missing-field /stepId"]),
        ("1.0.0", "operationId: o, workflowId: w", vec!["conflicting-fields /workflowId"]),
        (
            "1.0.0",
            "operationId: o, operationPath: $sourceDescriptions.api#/paths/~1/get, workflowId: w",
            vec!["conflicting-fields /operationPath", "conflicting-fields /workflowId"],
        ),
        ("1.0.0", "operationId: o, timeout: 1, dependsOn: [a]", vec!["newer-field /timeout", "newer-field /dependsOn"]),
        (
            "1.1.0",
            "operationId: o, timeout: 1, dependsOn: [a, $workflows.w.steps.a, $sourceDescriptions.o.w.steps.a]",
            vec![],
        ),
        ("1.1.0", "operationId: o, timeout: 0", vec!["invalid-value /timeout"]),
        ("1.1.0", "operationId: o, timeout: 1.5", vec!["invalid-value /timeout"]),
        ("1.1.0", "operationId: o, timeout: 5s", vec!["wrong-type /timeout"]),
        ("1.1.0", "operationId: o, dependsOn: []", vec!["empty-list /dependsOn"]),
        ("1.1.0", "operationId: o, dependsOn: [$steps.a]", vec!["invalid-value /dependsOn/0"]),
        ("1.1.0", "operationId: o, dependsOn: [a, a]", vec!["duplicate-name /dependsOn/1"]),
        ("1.1.0", "operationId: o, successCriteria: []", vec!["empty-list /successCriteria"]),
        ("1.0.0", "operationId: o, successCriteria: []", vec!["empty-list /successCriteria"]),
        ("1.1.0", "operationId: o, stepID: x", vec!["unknown-field /stepID"]),
        ("1.1.0", "channelPath: c, action: receive, correlationId: id", vec!["~loose-reference /channelPath"]),
        ("1.1.0", "channelPath: '{$sourceDescriptions.api.url}#/channels/c', action: send", vec![]),
        ("1.1.0", "channelPath: '{$sourceDescriptions.api.url}#/channels/c'", vec!["missing-field /stepId"]),
        ("1.1.0", "operationId: o, action: sent", vec!["invalid-value /action"]),
        ("1.1.0", "operationId: o, action: send, correlationId: x", vec!["conflicting-fields /correlationId"]),
        ("1.1.0", "operationId: o, correlationId: x", vec!["conflicting-fields /correlationId"]),
        ("1.1.0", "operationId: o, action: receive, correlationId: 1", vec!["wrong-type /correlationId"]),
        ("1.1.0", "workflowId: w, action: send", vec!["conflicting-fields /action"]),
        (
            "1.1.0",
            "operationPath: $sourceDescriptions.api#/paths/~1/get, action: send",
            vec!["conflicting-fields /action"],
        ),
        ("1.1.0", "workflowId: w, requestBody: {payload: 1}", vec!["~ignored-field /requestBody"]),
        ("1.1.0", "workflowId: $inputs.w", vec!["invalid-value /workflowId"]),
        ("1.1.0", "operationId: $inputs.o", vec!["invalid-value /operationId"]),
        ("1.1.0", "operationId: 1", vec!["wrong-type /operationId"]),
        ("1.1.0", "operationId: '{$sourceDescriptions.api.o}'", vec!["~loose-reference /operationId"]),
        ("1.1.0", "operationPath: GET /pets", vec!["~loose-reference /operationPath"]),
        ("1.1.0", "operationPath: 'api#/paths/~1pets/get'", vec!["~loose-reference /operationPath"]),
        ("1.1.0", "operationPath: $sourceDescriptions.api.getPets", vec!["~loose-reference /operationPath"]),
        ("1.1.0", "operationPath: nonsense", vec!["invalid-value /operationPath"]),
    ] {
        expect_step(version, fields, &expected);
    }
    expect_workflow("1.1.0", "steps: [{stepId: a b, operationId: o}]", &["~invalid-name /steps/0/stepId"]);
    expect_workflow(
        "1.1.0",
        "steps: [{operationId: o}, 1]",
        &["missing-field /steps/0/operationId", "wrong-type /steps/1"],
    );
}

/// ARZ-PARAM-01, ARZ-PARAM-02, ARZ-PARAM-03, ARZ-PARAM-04, ARZ-PARAM-05, ARZ-PARAM-06, ARZ-PARAM-08,
/// ARZ-PARAM-11, ARZ-PARAM-14, ARZ-PARAM-17, ARZ-STEP-16, ARZ-REUSE-02, ARZ-EXPR-31, A-39
#[test]
fn parameters() {
    for (version, target, parameters, expected) in [
        ("1.0.0", "operationId: o", "{name: a, in: query, value: null}", vec![]),
        ("1.0.0", "operationId: o", "{name: a, in: path, value: 1}, {name: a, in: query, value: 1}", vec![]),
        (
            "1.0.0",
            "operationId: o",
            "{name: a, in: query, value: 1}, {name: a, in: query, value: 2}",
            vec!["duplicate-name /1/name"],
        ),
        (
            "1.0.0",
            "operationId: o",
            "{name: X-A, in: header, value: 1}, {name: x-a, in: header, value: 1}",
            vec!["duplicate-name /1/name"],
        ),
        ("1.0.0", "operationId: o", "{name: A, in: query, value: 1}, {name: a, in: query, value: 1}", vec![]),
        ("1.0.0", "operationId: o", "{name: a, value: 1}", vec!["missing-parameter-location /0/name"]),
        ("1.0.0", "workflowId: w", "{name: a, value: 1}", vec![]),
        ("1.0.0", "workflowId: w", "{name: a, value: 1}, {name: a, value: 2}", vec!["duplicate-name /1/name"]),
        ("1.0.0", "workflowId: w", "{name: a, in: query, value: 1}", vec!["~ignored-field /0/in"]),
        ("1.0.0", "operationId: o", "{name: a, in: body, value: 1}", vec!["invalid-value /0/in"]),
        ("1.0.0", "operationId: o", "{name: a, in: Query, value: 1}", vec!["invalid-value /0/in"]),
        ("1.0.0", "operationId: o", "{name: a, in: querystring, value: b=1}", vec!["newer-field /0/in"]),
        ("1.1.0", "operationId: o", "{name: a, in: querystring, value: b=1}", vec![]),
        (
            "1.1.0",
            "operationId: o",
            "{name: a, in: querystring, value: b=1}, {name: c, in: query, value: 1}",
            vec!["conflicting-fields /0/name"],
        ),
        ("1.1.0", "operationId: o", "{name: a, in: query}", vec!["missing-field /0/name"]),
        ("1.1.0", "operationId: o", "{in: query, value: 1}", vec!["missing-field /0/in"]),
        (
            "1.1.0",
            "operationId: o",
            "{name: a, in: query, value: 1, x-y: 1, required: true}",
            vec!["unknown-field /0/required"],
        ),
        ("1.1.0", "operationId: o", "{$ref: '#/components/parameters/a'}", vec!["invalid-value /0/$ref"]),
        (
            "1.1.0",
            "operationId: o",
            "{name: a, in: query, value: 'x {$inputs.} y'}",
            vec!["invalid-expression /0/value"],
        ),
        ("1.1.0", "operationId: o", "{name: a, in: query, value: $5.00}", vec![]),
    ] {
        let fields = format!("{target}, parameters: [{parameters}]");
        let expected: Vec<String> = expected.iter().map(|one| one.replace(" /", " /parameters/")).collect();
        expect_step(version, &fields, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

/// ARZ-SUCC-01, ARZ-SUCC-02, ARZ-SUCC-05, ARZ-FAIL-07, ARZ-FAIL-10, ARZ-FAIL-12
#[test]
fn actions() {
    for (version, list, action, expected) in [
        ("1.0.0", "onSuccess", "{name: a, type: end}", vec![]),
        ("1.0.0", "onSuccess", "{name: a, type: goto, stepId: s, criteria: [{condition: $statusCode == 200}]}", vec![]),
        ("1.0.0", "onSuccess", "{name: a, type: goto, workflowId: $sourceDescriptions.o.w}", vec![]),
        ("1.0.0", "onSuccess", "{name: a, type: goto}", vec!["conflicting-fields /type"]),
        (
            "1.0.0",
            "onSuccess",
            "{name: a, type: goto, stepId: s, workflowId: w}",
            vec!["conflicting-fields /workflowId"],
        ),
        ("1.0.0", "onSuccess", "{name: a, type: end, stepId: s}", vec!["~ignored-field /stepId"]),
        ("1.0.0", "onSuccess", "{name: a, type: stop}", vec!["invalid-value /type"]),
        ("1.0.0", "onSuccess", "{type: end}", vec!["missing-field /type"]),
        ("1.0.0", "onSuccess", "{name: a}", vec!["missing-field /name"]),
        ("1.0.0", "onSuccess", "{name: a, type: retry, retryAfter: 1}", vec!["~misplaced-retry /type"]),
        ("1.0.0", "onSuccess", "{name: a, type: end, retryAfter: 1}", vec!["~ignored-field /retryAfter"]),
        ("1.0.0", "onSuccess", "{name: a, type: end, criteria: []}", vec!["empty-list /criteria"]),
        (
            "1.0.0",
            "onSuccess",
            "{name: a, type: goto, workflowId: w, parameters: [{name: b, value: 1}]}",
            vec!["newer-field /parameters"],
        ),
        ("1.1.0", "onSuccess", "{name: a, type: goto, workflowId: w, parameters: [{name: b, value: 1}]}", vec![]),
        (
            "1.1.0",
            "onSuccess",
            "{name: a, type: goto, workflowId: w, parameters: [{name: b, in: query, value: 1}]}",
            vec!["conflicting-fields /parameters/0/in"],
        ),
        (
            "1.1.0",
            "onSuccess",
            "{name: a, type: goto, stepId: s, parameters: [{name: b, value: 1}]}",
            vec!["~ignored-field /parameters"],
        ),
        ("1.0.0", "onFailure", "{name: a, type: retry}", vec![]),
        ("1.0.0", "onFailure", "{name: a, type: retry, retryAfter: 0.5, retryLimit: 3, stepId: s}", vec![]),
        ("1.0.0", "onFailure", "{name: a, type: retry, retryAfter: -1}", vec!["invalid-value /retryAfter"]),
        ("1.0.0", "onFailure", "{name: a, type: retry, retryAfter: soon}", vec!["wrong-type /retryAfter"]),
        ("1.0.0", "onFailure", "{name: a, type: retry, retryLimit: 1.5}", vec!["invalid-value /retryLimit"]),
        ("1.0.0", "onFailure", "{name: a, type: retry, retryLimit: -1}", vec!["invalid-value /retryLimit"]),
        ("1.0.0", "onFailure", "{name: a, type: retry, retryLimit: 9999999999}", vec!["invalid-value /retryLimit"]),
        (
            "1.0.0",
            "onFailure",
            "{name: a, type: retry, stepId: s, workflowId: w}",
            vec!["conflicting-fields /workflowId"],
        ),
        ("1.0.0", "onFailure", "{name: a, type: goto, stepId: s, retryLimit: 1}", vec!["~ignored-field /retryLimit"]),
        ("1.0.0", "onFailure", "end", vec!["wrong-type "]),
    ] {
        let expected: Vec<String> = expected.iter().map(|one| one.replacen(' ', &format!(" /{list}/0"), 1)).collect();
        let fields = format!("operationId: o, {list}: [{action}]");
        expect_step(version, &fields, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let twice = "{name: a, type: end}, {name: a, type: end}";
    expect_step("1.0.0", &format!("operationId: o, onFailure: [{twice}]"), &["duplicate-name /onFailure/1/name"]);
    let text = workflow("1.0.0", &format!("successActions: [{twice}], {STEPS}"));
    expect(&text, &["duplicate-name /workflows/0/successActions/1/name"]);
}

/// ARZ-CRIT-01, ARZ-CRIT-02, ARZ-CRIT-03, ARZ-CRIT-04, ARZ-CRIT-05, ARZ-CRIT-06, ARZ-CRIT-07, ARZ-CRIT-10,
/// ARZ-REGEX-02, ARZ-ETYPE-01, ARZ-ETYPE-02, ARZ-ETYPE-03, ARZ-ETYPE-04, ARZ-ETYPE-08, A-29
#[test]
fn criteria() {
    for (version, criterion, expected) in [
        ("1.0.0", "{condition: $statusCode == 200}", vec![]),
        ("1.0.0", "{type: simple, condition: $statusCode == 200, x-y: 1}", vec![]),
        ("1.0.0", "{context: $response.body, condition: $statusCode == 200}", vec!["~ignored-field /context"]),
        ("1.0.0", "{context: $response.body, condition: '$.a', type: jsonpath}", vec![]),
        ("1.0.0", "{context: $statusCode, condition: '^2\\d{2}$', type: regex}", vec![]),
        ("1.0.0", "{context: $response.body, condition: '{$inputs.a}+(', type: regex}", vec![]),
        ("1.0.0", "{context: $response.body, condition: //a, type: xpath}", vec![]),
        ("1.0.0", "{condition: '$.a', type: jsonpath}", vec!["missing-field /condition"]),
        ("1.0.0", "{context: $statusCode}", vec!["missing-field /context"]),
        ("1.0.0", "{condition: true}", vec!["wrong-type /condition"]),
        ("1.0.0", "{condition: ''}", vec!["invalid-value /condition"]),
        ("1.0.0", "{condition: $statusCode === 200}", vec!["invalid-condition /condition"]),
        ("1.0.0", "{context: $response.body, condition: '(', type: regex}", vec!["invalid-condition /condition"]),
        ("1.0.0", "{context: $response.body, condition: '$.[', type: jsonpath}", vec!["invalid-condition /condition"]),
        (
            "1.0.0",
            "{context: $response.body, condition: '$.a == 1', type: jsonpath}",
            vec!["~jsonpath-bare-comparison /condition"],
        ),
        ("1.0.0", "{context: body, condition: '$.a', type: jsonpath}", vec!["invalid-expression /context"]),
        (
            "1.0.0",
            "{context: '{$response.body}', condition: '$.a', type: jsonpath}",
            vec!["~loose-expression /context"],
        ),
        ("1.0.0", "{context: 1, condition: '$.a', type: jsonpath}", vec!["wrong-type /context"]),
        ("1.0.0", "{context: $response.body, condition: a, type: jmespath}", vec!["invalid-value /type"]),
        ("1.1.0", "{context: $response.body, condition: /a, type: jsonpointer}", vec!["invalid-value /type"]),
        (
            "1.1.0",
            "{context: $response.body, condition: /a, type: {type: jsonpointer, version: rfc6901}}",
            vec!["invalid-value /type/type"],
        ),
        ("1.1.0", "{context: $response.body, condition: //a, type: {type: xpath, version: xpath-10}}", vec![]),
        (
            "1.1.0",
            "{context: $response.body, condition: //a, type: {type: xpath, version: rfc9535}}",
            vec!["invalid-value /type/version"],
        ),
        ("1.1.0", "{context: $response.body, condition: //a, type: {type: xpath}}", vec!["~loose-field /type/type"]),
        (
            "1.1.0",
            "{context: $response.body, condition: //a, type: {version: xpath-10}}",
            vec!["missing-field /type/version"],
        ),
        (
            "1.0.0",
            "{context: $response.body, condition: '$.a', type: {type: jsonpath, version: rfc9535}}",
            vec!["~loose-field /type/version"],
        ),
        (
            "1.0.0",
            "{context: $response.body, condition: '$.a', type: {type: jsonpath, version: draft-goessner-dispatch-jsonpath-00}}",
            vec![],
        ),
        ("1.0.0", "{condition: $statusCode == 200, value: 1}", vec!["unknown-field /value"]),
    ] {
        let expected: Vec<String> = expected.iter().map(|one| one.replacen(' ', " /successCriteria/0", 1)).collect();
        let fields = format!("operationId: o, successCriteria: [{criterion}]");
        expect_step(version, &fields, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

/// ARZ-SEL-01, ARZ-SEL-03, ARZ-SEL-06, A-41
#[test]
fn selectors() {
    for (version, output, expected) in [
        ("1.1.0", "{context: $response.body, selector: '$.a', type: jsonpath}", vec![]),
        (
            "1.1.0",
            "{context: $response.body, selector: /a, type: {type: jsonpointer, version: rfc6901}, x-y: 1}",
            vec![],
        ),
        ("1.1.0", "{context: $response.body, selector: '$.a'}", vec!["missing-field /context"]),
        ("1.1.0", "{selector: '$.a', type: jsonpath}", vec!["missing-field /selector"]),
        (
            "1.1.0",
            "{context: $response.body, selector: '$.a == 1', type: jsonpath}",
            vec!["invalid-selector /selector"],
        ),
        ("1.1.0", "{context: $response.body, selector: '$.[', type: jsonpath}", vec!["invalid-selector /selector"]),
        ("1.1.0", "{context: $response.body, selector: '#/a', type: jsonpointer}", vec!["invalid-selector /selector"]),
        ("1.1.0", "{context: $response.body, selector: a, type: jmespath}", vec!["invalid-value /type"]),
        (
            "1.0.0",
            "{context: $response.body, selector: '$.a', type: jsonpath}",
            vec!["newer-field /context", "newer-field /selector", "newer-field /type"],
        ),
        ("1.0.0", "{a: 1}", vec!["wrong-type "]),
    ] {
        let expected: Vec<String> = expected.iter().map(|one| one.replacen(' ', " /outputs/o", 1)).collect();
        let fields = format!("operationId: o, outputs: {{o: {output}}}");
        expect_step(version, &fields, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

/// ARZ-BODY-09, ARZ-REPL-01, ARZ-REPL-02, ARZ-REPL-03, ARZ-REPL-08
#[test]
fn request_bodies() {
    for (version, body, expected) in [
        ("1.0.0", "{contentType: application/json, payload: {a: $inputs.b, c: [1]}, x-y: 1}", vec![]),
        ("1.0.0", "{replacements: [{target: /a, value: 10}, {target: '', value: null}]}", vec![]),
        ("1.0.0", "{replacements: [{target: /a}]}", vec!["missing-field /replacements/0/target"]),
        ("1.0.0", "{replacements: [{value: 1}]}", vec!["missing-field /replacements/0/value"]),
        (
            "1.0.0",
            "{replacements: [{target: /a, value: 1, targetSelectorType: jsonpointer}]}",
            vec!["newer-field /replacements/0/targetSelectorType"],
        ),
        ("1.1.0", "{replacements: [{target: '$.a', value: 1, targetSelectorType: jsonpath}]}", vec![]),
        (
            "1.1.0",
            "{replacements: [{target: '$.a', value: 1, targetSelectorType: jmespath}]}",
            vec!["invalid-value /replacements/0/targetSelectorType"],
        ),
        ("1.1.0", "{replacements: [{target: '$.a', value: 1}]}", vec!["invalid-selector /replacements/0/target"]),
        (
            "1.1.0",
            "{replacements: [{target: a, value: 1, targetSelectorType: jsonpointer}]}",
            vec!["invalid-selector /replacements/0/target"],
        ),
        ("1.1.0", "{replacements: {}}", vec!["wrong-type /replacements"]),
        ("1.1.0", "{contenttype: a}", vec!["unknown-field /contenttype"]),
        ("1.1.0", "text", vec!["wrong-type "]),
    ] {
        let expected: Vec<String> = expected.iter().map(|one| one.replacen(' ', " /requestBody", 1)).collect();
        let fields = format!("operationId: o, requestBody: {body}");
        expect_step(version, &fields, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

/// ARZ-COMP-04, ARZ-COMP-05, ARZ-COMP-06, ARZ-COMP-07, ARZ-COMP-08, ARZ-REUSE-01, ARZ-REUSE-03, ARZ-REUSE-05,
/// ARZ-STEP-27, A-40
#[test]
fn components_and_references() {
    let with = |steps: &str, components: &str| {
        let text = workflow("1.1.0", &format!("steps: [{{stepId: s, operationId: o, {steps}}}]"));
        format!("{}, components: {components}}}", text.strip_suffix('}').expect("an object"))
    };
    let step = "/workflows/0/steps/0";
    for (steps, components, expected) in [
        ("x-a: 1", "{parameters: {my.org.User: {name: a, value: 1}}, x-b: 1}", vec![]),
        ("x-a: 1", "{parameters: {a b: {name: a, value: 1}}}", vec!["invalid-map-key /components/parameters/a b"]),
        (
            "x-a: 1",
            "{parameters: {a: {reference: $components.parameters.b}}}",
            vec!["invalid-value /components/parameters/a/reference"],
        ),
        (
            "x-a: 1",
            "{successActions: {a: {name: a, type: go}}}",
            vec!["invalid-value /components/successActions/a/type"],
        ),
        ("x-a: 1", "{failureActions: {a: {name: a, type: retry}}, other: {}}", vec!["unknown-field /components/other"]),
        ("x-a: 1", "{inputs: {a: 1}}", vec!["wrong-type /components/inputs/a"]),
        (
            "parameters: [{reference: $components.parameters.a, value: 2, other: 1}]",
            "{parameters: {a: {name: a, in: query, value: 1}}}",
            vec!["~ignored-field S/parameters/0/other"],
        ),
        (
            "parameters: [{reference: $components.parameters.a}]",
            "{parameters: {a: {name: a, value: 1}}}",
            vec!["missing-parameter-location S/parameters/0/reference"],
        ),
        (
            "parameters: [{reference: '#/components/parameters/a'}]",
            "{}",
            vec!["invalid-expression S/parameters/0/reference"],
        ),
        ("parameters: [{reference: $inputs.a}]", "{}", vec!["invalid-expression S/parameters/0/reference"]),
        (
            "parameters: [{reference: $components.parameters.a}, {name: b, in: query, value: 1}]",
            "{parameters: {a: {name: b, in: query, value: 1}}}",
            vec!["duplicate-name S/parameters/1/name"],
        ),
        (
            "onSuccess: [{reference: $components.successActions.a, value: 1}]",
            "{successActions: {a: {name: a, type: end}}}",
            vec!["~ignored-field S/onSuccess/0/value"],
        ),
        (
            "onSuccess: [{reference: $components.successActions.a}, {reference: $components.successActions.a}]",
            "{successActions: {a: {name: a, type: end}}}",
            vec!["duplicate-name S/onSuccess/1/reference"],
        ),
    ] {
        let expected: Vec<String> = expected.iter().map(|one| one.replace(" S", &format!(" {step}"))).collect();
        expect(&with(steps, components), &expected.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

/// ARZ-EXT-03, ARZ-EXT-05
#[test]
fn extensions_are_kept() {
    let text = MINIMAL.replace("stepId: s,", "stepId: s, x-none: null, x-some: {a: 1},") + "x-root: [1]\n";
    let (document, found) = read(&text);
    assert_eq!(found, []);
    let names = |extensions: &[Extension]| {
        extensions
            .iter()
            .map(|one| format!("{}={}", one.name.value, document.tree.node(one.value).source_text()))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&document.extensions), ["x-root=[1]"]);
    assert_eq!(names(&document.workflows[0].steps[0].extensions), ["x-none=null", "x-some={a: 1}"]);
}

/// ARZ-STEP-15, ARZ-STEP-26, ARZ-WF-09, ARZ-WF-15, ARZ-REUSE-04, A-08
#[test]
fn a_step_has_what_its_workflow_has() {
    let text = "\
arazzo: 1.1.0
info: {title: t, version: '1'}
sourceDescriptions: [{name: api, url: a.yaml}]
workflows:
  - workflowId: w
    parameters: [{name: a, in: query, value: 1}, {name: X-B, in: header, value: 2}, {name: c, in: query, value: 3}]
    successActions: [{name: one, type: end}, {name: two, type: end}]
    steps:
      - stepId: s
        operationId: o
        parameters: [{name: x-b, in: header, value: 4}, {reference: $components.parameters.c, value: 5}]
        onSuccess: [{name: three, type: end}, {name: one, type: goto, stepId: s}]
        onFailure: [{reference: $components.failureActions.four}, {reference: $components.successActions.five}]
      - stepId: t
        workflowId: w
        parameters: [{name: a, value: 6}]
components:
  parameters: {c: {name: c, in: query, value: 7}}
  failureActions: {four: {name: four, type: retry}}
  successActions: {five: {name: five, type: end}}
";
    let (document, found) = read(text);
    assert_eq!(found, []);
    let workflow = &document.workflows[0];
    let parameters = |step: usize| -> Vec<String> {
        let all = document.parameters(workflow, &workflow.steps[step]);
        let value = |one: &ResolvedParameter<'_>| one.value.map(|value| document.tree.node(value.node).source_text());
        all.iter().map(|one| format!("{}={}", one.parameter.name.value, value(one).unwrap_or_default())).collect()
    };
    assert_eq!(parameters(0), ["x-b=4", "c=5", "a=1"]);
    assert_eq!(parameters(1), ["a=6", "X-B=2", "c=3"]);
    let names = |actions: Vec<&Action>| actions.iter().map(|action| action.name.value.clone()).collect::<Vec<_>>();
    assert_eq!(names(document.success_actions(workflow, &workflow.steps[0])), ["three", "one", "two"]);
    assert_eq!(names(document.success_actions(workflow, &workflow.steps[1])), ["one", "two"]);
    assert_eq!(names(document.failure_actions(workflow, &workflow.steps[0])), ["four"]);
}

/// Findings point inside the string that holds the expression.
#[test]
fn a_finding_points_into_the_string() {
    let text = workflow(
        "1.1.0",
        "steps: [{stepId: s, operationId: o, successCriteria: [{condition: $statusCode == 200 && }]}]",
    );
    let (_, found) = read(&text);
    let span = found[0].primary().expect("a place").span;
    let start = u32::try_from(text.find("$statusCode").expect("the condition")).expect("small");
    assert!(span.start > start && span.len() < 10, "{found:#?}");
}

/// ARZ-ROOT-05, ARZ-CRIT-10
#[test]
fn all_problems_are_found_in_one_pass_in_the_order_of_the_text() {
    let text = "\
arazzo: 1.0.0
info: {title: 1}
sourceDescriptions: []
workflows:
  - workflowId: w
    steps:
      - stepId: s
        operationID: o
        successCriteria: [{condition: ==}]
      - operationId: o
        outputs: {a: x}
";
    expect(
        text,
        &[
            "missing-field /info/title",
            "wrong-type /info/title",
            "empty-list /sourceDescriptions",
            "missing-field /workflows/0/steps/0/operationID",
            "invalid-condition /workflows/0/steps/0/successCriteria/0/condition",
            "missing-field /workflows/0/steps/1/operationId",
            "invalid-expression /workflows/0/steps/1/outputs/a",
        ],
    );
}

/// Some value of an Arazzo document, often of the wrong kind.
fn value() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        Just("1".to_owned()),
        Just("-0.5".to_owned()),
        Just("true".to_owned()),
        Just("''".to_owned()),
        Just("w".to_owned()),
        Just("goto".to_owned()),
        Just("retry".to_owned()),
        Just("jsonpath".to_owned()),
        Just("'$steps.s.outputs.a'".to_owned()),
        Just("'{$inputs.a} {$'".to_owned()),
        Just("'$components.parameters.a'".to_owned()),
        Just("'$sourceDescriptions.a#/paths/~1/get'".to_owned()),
        Just("'#/components/inputs/w'".to_owned()),
        "'[$a-z.#/\\[\\]{}= é]{0,12}'",
    ];
    let key = prop::sample::select(vec![
        "name",
        "in",
        "value",
        "type",
        "version",
        "context",
        "condition",
        "selector",
        "reference",
        "$ref",
        "stepId",
        "workflowId",
        "operationId",
        "operationPath",
        "channelPath",
        "action",
        "correlationId",
        "timeout",
        "dependsOn",
        "parameters",
        "requestBody",
        "payload",
        "replacements",
        "target",
        "targetSelectorType",
        "successCriteria",
        "criteria",
        "onSuccess",
        "onFailure",
        "outputs",
        "retryAfter",
        "retryLimit",
        "inputs",
        "properties",
        "required",
        "allOf",
        "steps",
        "successActions",
        "failureActions",
        "x-a",
        "a",
    ]);
    scalar.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::btree_map(key.clone(), inner, 0..6).prop_map(|entries| {
                let entries: Vec<String> = entries.iter().map(|(key, value)| format!("'{key}': {value}")).collect();
                format!("{{{}}}", entries.join(", "))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever the document, reading and linking end, and every finding lies in the text.
    #[test]
    fn nothing_panics(version in "1\\.[01]\\.0", source in value(), workflow in value(), step in value(), components in value()) {
        let text = format!(
            "{{arazzo: {version}, info: {source}, sourceDescriptions: [{source}, {{name: a, url: b}}], \
             workflows: [{workflow}, {{workflowId: w, steps: [{step}, {{stepId: s, operationId: o, parameters: [{step}], \
             onSuccess: [{step}], outputs: {step}, requestBody: {step}}}]}}], components: {{parameters: {{a: {components}}}, inputs: {{w: {components}}}}}}}"
        );
        let (document, mut found) = read(&text);
        let (links, more) = crate::link::link(&document, &crate::link::LinkedSources::default());
        prop_assert_eq!(links.workflows.len(), document.workflows.len());
        found.extend(more);
        for label in found.iter().flat_map(|diagnostic| &diagnostic.labels) {
            prop_assert!(text.get(label.span.range()).is_some(), "{:?}", label);
        }
    }
}
