//! One-defect documents (`tests/cases/check/`): each defect is found at its place by its rule, and by no other; the
//! description without it gives nothing, and neither do changes to it that are sound.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arras_doc::arazzo::Document;
use arras_doc::diagnostic::{Diagnostic, Diagnostics};
use arras_doc::link::{LinkedSource, LinkedSources, link};
use arras_doc::lint::{add, lint};
use arras_doc::openapi::{self, Description, Documents};
use arras_doc::read;
use arras_doc::rule::Rule;
use arras_doc::source::{Source, SourceId};
use serde::Deserialize;

/// A row of `defects.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Defect {
    rule: String,
    from: String,
    to: String,
    /// The text that the finding marks.
    marks: String,
    /// The severity, where it is not the rule's own.
    severity: Option<String>,
    /// Other rules that find something.
    #[serde(default)]
    also: BTreeSet<String>,
    /// Whether the finding stands on a line that the change did not touch.
    #[serde(default)]
    elsewhere: bool,
    /// What its help says, among other things.
    #[serde(default)]
    help: String,
}

/// A row of `sound.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sound {
    why: String,
    changes: Vec<(String, String)>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/check")
}

fn text(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).expect(name)
}

/// The other Arazzo description, which is sound.
fn ledger() -> LinkedSource {
    let name = "ledger.arazzo.yaml";
    let id = SourceId(9);
    let (tree, mut found) = read::read(&Source::new(name, format!("file:///{name}"), text(name)), id);
    let (document, read) = Document::read(id, Arc::new(tree.expect(name)));
    found.extend(read);
    assert!(found.is_empty(), "{found:?}");
    LinkedSource::Arazzo(Arc::new(document))
}

/// Everything that is found in a description over the two APIs and the other description.
fn findings(text: &str, apis: &[(&str, Arc<Description>)]) -> Diagnostics {
    let source = Source::new("shop.arazzo.yaml", "file:///shop.arazzo.yaml", text);
    let (tree, mut found) = read::read(&source, SourceId(0));
    let Some(tree) = tree else { return found };
    let (document, read) = Document::read(SourceId(0), Arc::new(tree));
    found.extend(read);
    let sources: LinkedSources = document
        .source_descriptions
        .iter()
        .map(|source| {
            let api = apis.iter().find(|(name, _)| source.url.trim_start_matches("./") == *name);
            match api {
                Some((_, api)) => LinkedSource::OpenApi(api.clone()),
                None if source.url.ends_with("ledger.arazzo.yaml") => ledger(),
                None => LinkedSource::Missing,
            }
        })
        .collect();
    let (links, linked) = link(&document, &sources);
    found.extend(linked);
    let linted = lint(&document, &sources, &links);
    add(&mut found, linted, &[&document]);
    found
}

fn apis() -> Vec<(&'static str, Arc<Description>)> {
    apis_with("", "")
}

/// The two APIs with a change in their text.
fn apis_with(from: &str, to: &str) -> Vec<(&'static str, Arc<Description>)> {
    let names = ["shop.openapi.yaml", "stock.openapi.yaml"];
    let changed = |text: String| if from.is_empty() { text } else { text.replace(from, to) };
    (1..).zip(names).map(|(index, name)| (name, api(index, name, changed(text(name))))).collect()
}

fn api(index: u32, name: &str, text: String) -> Arc<Description> {
    let source = Source::new(name, format!("file:///{name}"), text);
    let (tree, found) = read::read(&source, SourceId(index));
    assert!(found.is_empty(), "{name}: {found:?}");
    let document = openapi::Document::new(SourceId(index), "file:///x", Arc::new(tree.expect(name)));
    let (description, found) = Description::index(Arc::new(document), &Documents::default());
    assert!(found.is_empty(), "{name}: {found:?}");
    Arc::new(description)
}

/// A description of this one step, whose operation is in an API of this text.
fn step_over(api_text: &str, step: &str) -> (String, Diagnostics) {
    let text = format!(
        "arazzo: 1.0.1\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: api, url: api.yaml, type: openapi}}]\n\
         workflows: [{{workflowId: w, steps: [{{stepId: s, {step}}}]}}]\n"
    );
    let found = findings(&text, &[("api.yaml", api(1, "api.yaml", api_text.to_owned()))]);
    (text, found)
}

/// An action of a workflow is judged in its steps as long as that is not too much; then nothing is said.
#[test]
fn inherited_actions_are_judged_within_bounds() {
    let api = api(
        1,
        "api.yaml",
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: 'https://x.example'}]\n\
         paths: {/a: {get: {operationId: a, responses: {'200': {description: ok}}}}}\n"
            .to_owned(),
    );
    let parts: Vec<String> = (0..2_000).map(|at| format!("$statusCode == {}", 300 + at % 290)).collect();
    for (count, is_told) in [(2, true), (50, false)] {
        let steps: Vec<String> = (0..count).map(|at| format!("{{stepId: s{at}, operationId: a}}")).collect();
        let text = format!(
            "arazzo: 1.0.1\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: api, url: api.yaml, type: openapi}}]\n\
             workflows: [{{workflowId: w, successActions: [{{name: x, type: end, criteria: [{{condition: {}}}]}}], steps: [{}]}}]\n",
            parts.join(" || "),
            steps.join(", ")
        );
        let found = findings(&text, &[("api.yaml", api.clone())]);
        assert_eq!(found.iter().any(|one| one.rule.id == "undescribed-status"), is_told, "{count} steps");
    }
}

/// Who asks for no credentials may declare the header all the same.
#[test]
fn a_header_that_its_operation_declares_is_no_stray_credential() {
    let api = |declared: &str| {
        format!(
            "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\nservers: [{{url: 'https://x.example'}}]\n\
             paths: {{/a: {{get: {{operationId: a, security: [], parameters: [{declared}], responses: {{'200': {{description: ok}}}}}}}}}}\n"
        )
    };
    let step = "operationId: a, parameters: [{name: Authorization, in: header, value: Bearer x}]";
    for (declared, expected) in
        [("", vec!["unusable-credentials"]), ("{name: authorization, in: header, schema: {type: string}}", vec![])]
    {
        let (_, found) = step_over(&api(declared), step);
        assert_eq!(found.iter().map(|one| one.rule.id).collect::<Vec<_>>(), expected, "{found:?}");
    }
}

/// What a server has no value for can't be given by its name where nothing describes it.
#[test]
fn a_variable_that_no_server_describes_is_told_with_what_helps() {
    let swagger = "swagger: '2.0'\ninfo: {title: t, version: '1'}\nhost: x.example\nbasePath: /v1/{tenant}\nschemes: [https]\n\
                   paths: {/a: {get: {operationId: a, responses: {'200': {description: ok}}}}}\n";
    let open_api = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: 'https://x.example/{tenant}'}]\n\
                    paths: {/a: {get: {operationId: a, responses: {'200': {description: ok}}}}}\n";
    for (text, expected) in [(swagger, 1), (open_api, 1), (&swagger.replace("/{tenant}", ""), 0)] {
        let (_, found) = step_over(text, "operationId: a");
        assert_eq!(found.len(), expected, "{found:?}");
        for one in found {
            assert_eq!((one.rule.id, one.severity.as_str()), ("invalid-server", "warning"));
            let help = one.help.unwrap_or_default();
            assert!(help.ends_with("until then a run needs the whole URL by `--server`"), "{help}");
            let marked = one.labels.first().and_then(|label| text.get(label.span.range()));
            assert!(marked.is_some_and(|marked| marked.contains("{tenant}")), "{marked:?}");
        }
    }
}

/// An action that several steps share never runs only where it runs after none of them.
#[test]
fn a_shared_action_is_judged_by_all_steps_that_have_it() {
    let api_text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: 'https://x.example'}]\npaths:\n  \
                    /a: {get: {operationId: a, responses: {'200': {description: ok}, '201': {description: made}}}}\n  \
                    /b: {get: {operationId: b, responses: {'200': {description: ok}, '201': {description: made}}}}\n";
    let text = |status: u16| {
        format!(
            "arazzo: 1.0.1\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: api, url: api.yaml, type: openapi}}]\n\
             workflows:\n  - workflowId: w\n    steps:\n      \
             - {{stepId: s, operationId: a, successCriteria: [{{condition: $statusCode == 200}}], onSuccess: &both \
             [{{reference: $components.successActions.made}}, {{reference: $components.successActions.ok}}]}}\n      \
             - {{stepId: t, operationId: b, successCriteria: [{{condition: $statusCode == {status}}}], onSuccess: *both}}\n\
             components:\n  successActions:\n    \
             made: {{name: made, type: end, criteria: [{{condition: $statusCode == 201}}]}}\n    \
             ok: {{name: ok, type: goto, stepId: t, criteria: [{{condition: $statusCode == 200}}]}}\n"
        )
    };
    for (status, expected) in [(201, vec![]), (200, vec!["$statusCode == 201"])] {
        let text = text(status);
        let found = findings(&text, &[("api.yaml", api(1, "api.yaml", api_text.to_owned()))]);
        let found: Vec<_> = found.into_iter().filter(|one| one.rule.id == "contradictory-criteria").collect();
        let marked = found.iter().filter_map(|one| text.get(one.primary()?.span.range()));
        assert_eq!(marked.collect::<Vec<_>>(), expected, "{}", shown(&found, &text));
    }
}

/// A POST request that only reads, by the first word of its operation's name, may be repeated.
#[test]
fn the_first_word_of_an_operation_says_whether_it_reads() {
    let read = [
        "checkStock",
        "check",
        "list2",
        "search_items",
        "read-all",
        "BatchGetItem",
        "POST_DescribeItems",
        "v1.getItem",
    ];
    let done = ["checkout", "countersign", "readyOrder", "headless", "listing", "orders.checkout", "settle"];
    for (id, expected) in read.iter().map(|id| (id, 0)).chain(done.iter().map(|id| (id, 1))) {
        let api = format!(
            "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\nservers: [{{url: 'https://x.example'}}]\n\
             paths: {{/a: {{post: {{operationId: {id}, responses: {{'200': {{description: ok}}}}}}}}}}\n"
        );
        let retry = "onFailure: [{name: again, type: retry, retryAfter: 1, retryLimit: 2}]";
        let (text, found) = step_over(&api, &format!("operationId: {id}, {retry}"));
        let count = found.iter().filter(|one| one.rule.id == "unsafe-retry").count();
        assert_eq!(count, expected, "{id}: {}", shown(&found, &text));
    }
}

/// An action of a workflow that is too large to be judged in each step leaves the others to be judged.
#[test]
fn an_action_that_is_too_large_hides_no_other() {
    let steps: String = (0..100).map(|at| format!("      - {{stepId: s{at}, operationId: a}}\n")).collect();
    let large = vec!["$statusCode == 500"; 600].join(" || ");
    let text = format!(
        "arazzo: 1.0.1\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: api, url: api.yaml, type: openapi}}]\n\
         workflows:\n  - workflowId: w\n    failureActions:\n      \
         - {{name: large, type: end, criteria: [{{condition: {large}}}]}}\n      \
         - {{name: fast, type: retry, retryLimit: 9}}\n    steps:\n{steps}"
    );
    let api_text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: 'https://x.example'}]\n\
                    paths: {/a: {get: {operationId: a, responses: {'200': {description: ok}}}}}\n";
    let found = findings(&text, &[("api.yaml", api(1, "api.yaml", api_text.to_owned()))]);
    assert_eq!(found.iter().filter(|one| one.rule.id == "unpaced-retry").count(), 1, "{}", shown(&found, ""));
}

fn shown(found: &[Diagnostic], text: &str) -> String {
    let line = |one: &Diagnostic| {
        let marked = one.primary().and_then(|label| text.get(label.span.range())).unwrap_or("?");
        let help = one.help.as_ref().map(|help| format!("\n        help: {help}")).unwrap_or_default();
        format!("\n    {}[{}] `{marked}`: {}{help}", one.severity.as_str(), one.rule.id, one.message)
    };
    found.iter().map(line).collect()
}

#[test]
fn the_description_without_a_defect_gives_nothing() {
    let text = text("shop.arazzo.yaml");
    let found = findings(&text, &apis());
    assert!(found.is_empty(), "{}", shown(&found, &text));
}

/// ARZ-URI-13: what an operation in use refers to and is not there is told, once; that a parameter is undeclared is not
/// said where some of those declared can't be read.
#[test]
fn what_is_wrong_in_an_operation_in_use_is_told_once() {
    let text = text("shop.arazzo.yaml");
    for (from, to) in [
        (
            "        - {name: currency, in: query, schema: {type: string, enum: [EUR, CHF, SEK]}}",
            "        - $ref: '#/components/parameters/currency'",
        ),
        (
            "        '422':\n          description: refused\n",
            "        '422':\n          $ref: '#/components/responses/refused'\n          description: refused\n",
        ),
        (
            "            x-cart-expires: {schema: {type: string}}",
            "            x-cart-expires: {schema: {type: string}}\n            x-other: {$ref: '#/components/headers/other'}",
        ),
        (
            "            schema: {$ref: '#/components/schemas/NewCart'}",
            "            schema: {$ref: '#/components/schemas/Basket'}",
        ),
        ("\n    Problem:\n", "\n    Trouble:\n"),
        (
            "              wrap: {type: string, enum: [paper, box]}",
            "              wrap: {$ref: '#/components/schemas/Wrap'}",
        ),
        (
            "              sku: {type: string}\n              quantity: {type: integer}",
            "              sku: {anyOf: [{type: string}, {$ref: '#/components/schemas/Sku'}]}",
        ),
    ] {
        let found = findings(&text, &apis_with(from, to));
        let told: Vec<_> = found.iter().map(|one| one.rule.id).collect();
        assert_eq!(told, ["unresolved-reference"], "{to}: {found:?}");
        assert_eq!(found[0].severity.as_str(), "warning", "{to}: {found:?}");
    }
}

#[test]
fn a_reference_that_leads_nowhere_names_what_is_like_it() {
    for (from, to, meant) in [
        ("schemas/NewCart'}", "schemas/NewCrt'}", "#/components/schemas/NewCart"),
        (
            "              schema: {$ref: '#/components/schemas/Problem'}",
            "              schema: {type: object, properties: {a: {$ref: '#/components/schemas/Problm'}}}",
            "#/components/schemas/Problem",
        ),
    ] {
        let found = findings(&text("shop.arazzo.yaml"), &apis_with(from, to));
        let helps: Vec<_> = found.iter().map(|one| one.help.clone().unwrap_or_default()).collect();
        assert_eq!(helps, [format!("did you mean `{meant}`?")], "{to}: {found:?}");
    }
}

/// That a good answer is described by the `default` alone, beside others, is one mistake in the criterion, and not one in
/// each expression that reads the answer.
#[test]
fn a_success_that_only_the_default_describes_is_told_once() {
    let other = "        default:\n          description: other\n          content: {application/json: {schema: \
                 {$ref: '#/components/schemas/Problem'}}}\n        '422':\n          description: refused\n";
    let text = text("shop.arazzo.yaml");
    let apis = apis_with("        '422':\n          description: refused\n", other);
    assert_eq!(findings(&text, &apis), [], "a default describes what fails otherwise");
    let found = findings(&text.replace("$statusCode == 201", "$statusCode == 202"), &apis);
    let told: Vec<_> = found.iter().map(|one| one.rule.id).collect();
    assert_eq!(told, ["undescribed-status"], "{found:?}");
}

/// ARZ-URI-13, ARZ-URI-18: a circle of references, and a server that can't be called as it is described.
#[test]
fn what_an_operation_in_use_can_not_do_without_is_told_once() {
    let text = text("shop.arazzo.yaml");
    for (from, to, rule) in [
        ("[{url: https://shop.example/v1}]", "[{url: 'https://{tenant}.example/v1'}]", "invalid-server"),
        (
            "    Problem:\n      type: object\n      properties:\n        code: {type: string}\n",
            "    Problem: {$ref: '#/components/schemas/Trouble'}\n    Trouble: {$ref: '#/components/schemas/Trouble'}\n",
            "unresolved-reference",
        ),
        (
            "    Problem:\n      type: object\n      properties:\n        code: {type: string}\n",
            "    Problem: {$ref: '#/components/schemas/Trouble'}\n    Trouble: {$ref: '#/components/schemas/Problem'}\n",
            "unresolved-reference",
        ),
    ] {
        let found = findings(&text, &apis_with(from, to));
        let told: Vec<_> = found.iter().map(|one| (one.rule.id, one.severity.as_str())).collect();
        assert_eq!(told, [(rule, "warning")], "{to}: {found:?}");
    }
    let variables = "[{url: 'https://{tenant}.example/v1', variables: {tenant: {default: a}}}]";
    let found = findings(&text, &apis_with("[{url: https://shop.example/v1}]", variables));
    assert!(found.is_empty(), "{found:?}");
    let parts = "    Problem:\n      type: object\n      properties:\n        code: {type: string}\n        \
                 cause: {$ref: '#/components/schemas/Problem'}\n";
    let plain = "    Problem:\n      type: object\n      properties:\n        code: {type: string}\n";
    assert!(findings(&text, &apis_with(plain, parts)).is_empty(), "a part may be of the kind of the whole");
}

/// an output's declared name wins, whatever the grammar says of it; of one that no step declares the grammar
/// decides. That the key is no valid one is a finding of its own.
#[test]
fn declared_names_of_outputs_come_before_the_grammar() {
    let base = text("shop.arazzo.yaml");
    for name in ["list[0].status", "status (of the payment: pending, settled)", "status[]"] {
        let declared = base.replace(
            "          status: $response.body#/status",
            &format!("          '{name}': $response.body#/status"),
        );
        let read = format!("      status: '$steps.wait.outputs.{name}'");
        let text = declared.replace("      status: $steps.wait.outputs.status", &read);
        assert_ne!(text, base, "{name}");
        let found = findings(&text, &apis());
        let rules: Vec<_> = found.iter().map(|one| one.rule.id).collect();
        assert_eq!(rules, ["invalid-map-key"], "{name}: {}", shown(&found, &text));
        let other = text.replace(&format!("outputs.{name}"), &format!("outputs.x{name}"));
        assert!(findings(&other, &apis()).iter().any(Diagnostic::is_error), "x{name} is declared nowhere");
        // wherever it stands: alone or in a text, deep in a payload, as an output of a workflow
        let declared = declared
            .replace("          sku: $response.body#/0/sku", &format!("          '{name}': $response.body#/0/sku"));
        let read = format!("$steps.look.outputs.{name}");
        let text = declared
            .replace("value: $steps.look.outputs.sku", &format!("value: '{read}'"))
            .replace("sku: $steps.look.outputs.sku", &format!("sku: '{read}'"))
            .replace(
                "note: deliver to {$inputs.address#/city}",
                &format!("note: 'for {{{read}}} in {{$inputs.address#/city}}'"),
            )
            .replace(
                "      status: $steps.wait.outputs.status",
                &format!("      '{name}': '$steps.wait.outputs.{name}'"),
            );
        let found = findings(&text, &apis());
        let rules: BTreeSet<_> = found.iter().map(|one| one.rule.id).collect();
        assert_eq!(rules, BTreeSet::from(["invalid-map-key"]), "{name}: {}", shown(&found, &text));
        let used = text
            .replace("            value: 10\n", &format!("            value: '$workflows.settle.outputs.{name}'\n"));
        let found = findings(&used, &apis());
        assert!(
            !found.iter().any(|one| one.rule.id == "invalid-expression" || one.rule.id == "unknown-output"),
            "{name}: {}",
            shown(&found, &used)
        );
    }
}

#[test]
fn every_defect_is_found_at_its_place() {
    let (base, apis) = (text("shop.arazzo.yaml"), apis());
    let defects: Vec<Defect> = serde_yaml::from_str(&text("defects.yaml")).expect("the table");
    assert!(defects.len() >= 120, "{} defects", defects.len());
    let mut wrong = Vec::new();
    for (number, defect) in (1..).zip(&defects) {
        let name = format!("{number}: {} for {:?}", defect.rule, defect.to);
        assert_eq!(base.matches(&defect.from).count(), 1, "{name}: {:?} is not there once", defect.from);
        let text = base.replace(&defect.from, &defect.to);
        let found = findings(&text, &apis);
        let rule = Rule::find(&defect.rule).expect(&name);
        let severity = defect.severity.as_deref().unwrap_or(rule.severity.as_str());
        let changed = base.find(&defect.from).expect("it is there");
        let first = text[..changed].rfind('\n').map_or(0, |at| at + 1);
        let end = changed + defect.to.len();
        let last = text[end..].find('\n').map_or(text.len(), |at| end + at);
        let is_it = |one: &Diagnostic| {
            let span = one.primary().map(|label| label.span).unwrap_or_default();
            one.rule == rule
                && one.severity.as_str() == severity
                && text.get(span.range()) == Some(defect.marks.as_str())
                && one.help.as_deref().unwrap_or_default().contains(&defect.help)
                && (defect.elsewhere || (first..=last).contains(&(span.start as usize)))
        };
        let rules: BTreeSet<String> = found.iter().map(|one| one.rule.id.to_owned()).collect();
        let mut expected = defect.also.clone();
        expected.insert(defect.rule.clone());
        if !found.iter().any(is_it) || rules != expected {
            wrong.push(format!("\n{name}: {severity} at `{}`, found{}", defect.marks, shown(&found, &text)));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:{}", wrong.len(), defects.len(), wrong.concat());
}

#[test]
fn what_is_sound_gives_nothing() {
    let (base, apis) = (text("shop.arazzo.yaml"), apis());
    let rows: Vec<Sound> = serde_yaml::from_str(&text("sound.yaml")).expect("the table");
    let mut wrong = Vec::new();
    for Sound { why, changes } in &rows {
        let changed = changes.iter().fold(base.clone(), |text, (from, to)| {
            assert_eq!(text.matches(from).count(), 1, "{why}: {from:?} is not there once");
            text.replace(from, to)
        });
        let found = findings(&changed, &apis);
        if !found.is_empty() {
            wrong.push(format!("\n{why}: {changes:?}, found{}", shown(&found, &changed)));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:{}", wrong.len(), rows.len(), wrong.concat());
}

/// A change that a finding offers takes the finding away, leaves the text readable, and is not offered again.
#[test]
fn every_change_mends_what_it_is_about() {
    let (base, apis) = (text("shop.arazzo.yaml"), apis());
    let defects: Vec<Defect> = serde_yaml::from_str(&text("defects.yaml")).expect("the table");
    let mut offered = 0;
    for defect in &defects {
        let mut text = base.replace(&defect.from, &defect.to);
        let before = findings(&text, &apis);
        let found = before.iter().find(|one| one.rule.id == defect.rule && one.fix.is_some());
        let Some(fix) = found.and_then(|one| one.fix.clone()) else { continue };
        offered += 1;
        let mut edits = fix.edits;
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
        for edit in edits {
            text.replace_range(edit.span.range(), &edit.replacement);
        }
        let after = findings(&text, &apis);
        let count = |found: &[Diagnostic]| found.iter().filter(|one| one.rule.id == defect.rule).count();
        assert!(count(&after) < count(&before), "{:?}\n{text}{}", defect.to, shown(&after, &text));
        assert!(after.len() <= before.len(), "{:?}{}", defect.to, shown(&after, &text));
    }
    assert!(offered >= 9, "{offered} changes were offered");
}
