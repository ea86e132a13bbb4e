//! What is known of requests before any is sent.

use std::collections::HashMap;
use std::sync::Arc;

use arras_doc::arazzo::Document;
use arras_doc::diagnostic::has_errors;
use arras_doc::link::{LinkedSource, LinkedSources, link};
use arras_doc::openapi;
use arras_doc::read;
use arras_doc::source::{Source, Sources};
use arras_doc::value::{Object, Value};

use super::{Draft, Reached, drafts};
use crate::file::{FileContent, Files};
use crate::payload::StoredFile;
use crate::plan::{Binding, Bundle, Call, LinkedDocument, Plan, PlanOptions};

const API: &str = "\
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /login: {post: {operationId: login, requestBody: {content: {application/json: {}}}, responses: {}}}
  /pets/{id}: {get: {operationId: getPet, responses: {}, parameters: [{name: id, in: path, required: true}]}}
  /pets: {get: {operationId: listPets, responses: {}}}
  /films: {post: {operationId: addFilm, requestBody: {content: {multipart/form-data: {}}}, responses: {}}}
";

fn plan(workflows: &str) -> Plan {
    let text = format!(
        "arazzo: 1.1.0\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: api, url: api.yaml}}]\nworkflows:\n{workflows}"
    );
    let mut sources = Sources::default();
    let mut tree = |text: &str| {
        let id = sources.add(Source::new("t.yaml", "file:///t.yaml", text));
        let (tree, found) = read::read(sources.get(id), id);
        assert_eq!(found, [], "{text}");
        (id, Arc::new(tree.expect("a tree")))
    };
    let (id, api) = tree(API);
    let entry = Arc::new(openapi::Document::new(id, "file:///api.yaml", api));
    let api = LinkedSource::OpenApi(Arc::new(openapi::Description::index(entry, &openapi::Documents::default()).0));
    let (id, root) = tree(&text);
    let (document, mut found) = Document::read(id, root);
    let linked: LinkedSources = [api].into_iter().collect();
    let (links, more) = link(&document, &linked);
    found.extend(more);
    assert!(!has_errors(&found), "{found:#?}");
    let documents = vec![LinkedDocument { document: Arc::new(document), sources: linked, links, arazzo: vec![None] }];
    let bind = &mut |_: Call<'_>| Ok(Binding { base: "https://api.example".into(), authorization: None });
    Plan::build(&Bundle { documents }, 0, PlanOptions::default(), bind).expect("a plan").0
}

fn object(json: &str) -> Object {
    Value::from_json(json).ok().and_then(|value| value.as_object().cloned()).expect("an object")
}

fn drafted(workflows: &str, inputs: &str) -> Vec<Draft> {
    drafts(&plan(workflows), object(inputs), &HashMap::new(), &Files::default(), 100).expect("inputs that fit")
}

/// `METHOD URL headers body`, headers that every request has left out.
fn shown(draft: &Draft) -> String {
    match &draft.request {
        Ok(request) => {
            let own = request.headers.iter().filter(|(name, _)| name != "Accept" && name != "Content-Type");
            let headers: Vec<String> = own.map(|(name, value)| format!("{name}={value}")).collect();
            let body = String::from_utf8_lossy(request.body.in_memory().unwrap_or_default());
            format!("{} {} {} {body}", request.method, request.url, headers.join(",")).trim().to_owned()
        }
        Err(fault) => fault.message.clone(),
    }
}

#[test]
fn what_answers_tell_is_named_in_its_place() {
    let found = drafted(
        r#"
  - workflowId: w
    inputs: {type: object, properties: {user: {type: string}, password: {type: string, format: password}, n: {type: integer, default: 7}}}
    steps:
      - stepId: login
        operationId: login
        requestBody: {payload: {user: $inputs.user, password: $inputs.password, n: $inputs.n}}
        outputs: {token: $response.body#/token, id: $response.body#/id}
      - stepId: get
        operationId: getPet
        parameters:
          - {name: id, in: path, value: $steps.login.outputs.id}
          - {name: Authorization, in: header, value: 'Bearer {$steps.login.outputs.token}'}
          - {name: q, in: query, value: 'a b'}
      - stepId: again
        operationId: login
        parameters: [{name: Authorization, in: header, value: 'Basic {$inputs.user}'}, {name: session, in: cookie, value: $inputs.user}]
        requestBody:
          contentType: application/json
          payload: '{"id": "{$steps.login.outputs.id}", "n": {$inputs.n}}'
          replacements: [{target: /deep, value: {context: $steps.login.outputs.token, selector: /a, type: jsonpointer}}]
"#,
        r#"{"user": "ann", "password": "sesame"}"#,
    );
    let requests: Vec<String> = found.iter().map(shown).collect();
    assert_eq!(
        requests,
        [
            r#"POST https://api.example/login  {"user":"{$inputs.user}","password":"{$inputs.password}","n":7}"#,
            "GET https://api.example/pets/{$steps.login.outputs.id}?q=a%20b \
             Authorization=Bearer {$steps.login.outputs.token}",
            "POST https://api.example/login Authorization=Basic {$inputs.user},Cookie=session={$inputs.user} \
             {\"id\":\"{$steps.login.outputs.id}\",\"n\":7,\"deep\":\"{$steps.login.outputs.token → /a}\"}",
        ]
    );
    let unknown: Vec<&[String]> = found.iter().map(|draft| draft.unknown.as_slice()).collect();
    assert_eq!(unknown[0], [""; 0]);
    assert_eq!(found[0].secret, ["$inputs.user", "$inputs.password"], "what is sent as a credential is one");
    assert_eq!(unknown[1], ["$steps.login.outputs.id", "$steps.login.outputs.token"]);
    assert_eq!(unknown[2], ["$steps.login.outputs.id", "$steps.login.outputs.token → /a"]);
}

/// Whatever a run masks is named in a draft: within longer texts, as names of members, in other spellings, and in requests
/// of workflows whose own schema does not say that it is secret.
#[test]
fn what_is_secret_is_named_wherever_it_stands() {
    let found = drafted(
        r"
  - workflowId: w
    inputs: {properties: {pw: {format: password}, url: {}, m: {}, key: {}}}
    steps:
      - stepId: first
        operationId: login
        parameters:
          - {name: at, in: query, value: $inputs.url}
          - {name: Authorization, in: header, value: Bearer literal-token}
          - {name: X-Key, in: header, value: 'k {$inputs.key}'}
          - {name: X-Other, in: header, value: cGEgc3M=}
          - {name: session, in: cookie, value: fixed-session}
          - {name: theme, in: cookie, value: dark}
        requestBody: {payload: {m: $inputs.m, pin: 1234567}}
      - stepId: call
        workflowId: child
        parameters: [{name: secret, value: $inputs.key}, {name: pin, value: 1234567}]
  - workflowId: child
    inputs: {properties: {secret: {format: password}, pin: {format: password}}}
    steps:
      - {stepId: last, operationId: login, requestBody: {payload: {s: $inputs.secret, p: $inputs.pin}}}
",
        r#"{"pw": "pa ss", "url": "db://u:pa ss@h/", "m": {"pa ss": ["x pa ss"]}, "key": "hush-hush"}"#,
    );
    let requests: Vec<String> = found.iter().map(shown).collect();
    assert_eq!(
        requests,
        [
            "POST https://api.example/login?at=db%3A%2F%2Fu%3A{$inputs.pw}%40h%2F Authorization=Bearer {the value of Authorization},\
             X-Key=k {$inputs.key},X-Other={$inputs.pw},Cookie=session={the value of session}; theme=dark \
             {\"m\":{\"{$inputs.pw}\":[\"x {$inputs.pw}\"]},\"pin\":{$inputs.pin}}",
            "POST https://api.example/login  {\"s\":\"{$inputs.key}\",\"p\":\"{$inputs.pin}\"}",
        ]
    );
    let named = ["$inputs.pw", "the value of Authorization", "$inputs.key", "the value of session", "$inputs.pin"];
    assert_eq!(found[0].secret, named);
}

/// A-59: a dependency gets the inputs of the workflow for whose sake it runs, whichever other one waits for it, too.
#[test]
fn dependencies_are_drafted_with_the_inputs_of_the_first_workflow() {
    for order in ["through, base", "base, through", "through"] {
        let found = drafted(
            &format!(
                r"
  - workflowId: w
    dependsOn: [{order}]
    inputs: {{type: object, properties: {{id: {{type: string}}}}}}
    steps: [{{stepId: last, operationId: listPets}}]
  - workflowId: through
    dependsOn: [base]
    steps: [{{stepId: first, operationId: login}}]
  - workflowId: base
    inputs: {{type: object, properties: {{id: {{type: string, default: no one}}}}}}
    steps: [{{stepId: pet, operationId: getPet, parameters: [{{name: id, in: path, value: $inputs.id}}]}}]
"
            ),
            r#"{"id": "7"}"#,
        );
        let pet = found.iter().find(|draft| draft.step_id == "pet").expect("the dependency");
        assert!(shown(pet).contains("https://api.example/pets/7"), "{order}: {}", shown(pet));
    }
}

/// A-59: dependencies come first; called workflows stand where they are called; those that actions lead to at the end.
#[test]
fn workflows_are_drafted_on_the_way_to_them() {
    let found = drafted(
        r"
  - workflowId: w
    dependsOn: [before]
    steps:
      - {stepId: call, workflowId: get, parameters: [{name: id, value: 5}], outputs: {x: $outputs.x}}
      - stepId: list
        operationId: listPets
        onFailure: [{name: mend, type: goto, workflowId: mend}]
      - {stepId: call2, workflowId: get, parameters: [{name: id, value: $steps.call.outputs.x}]}
      - {stepId: call3, workflowId: get, parameters: [{name: id, value: true}]}
  - workflowId: before
    steps: [{stepId: first, operationId: login}]
  - workflowId: get
    inputs: {type: object, properties: {id: {type: integer}}}
    steps:
      - {stepId: pet, operationId: getPet, parameters: [{name: id, in: path, value: $inputs.id}], outputs: {x: $response.body#/x}}
    outputs: {x: $steps.pet.outputs.x}
  - workflowId: mend
    steps: [{stepId: last, operationId: listPets, onFailure: [{name: back, type: goto, workflowId: w}]}]
",
        "{}",
    );
    let requests: Vec<String> = found.iter().map(|draft| format!("{} {}", draft.step_id, shown(draft))).collect();
    assert_eq!(
        requests,
        [
            "first POST https://api.example/login",
            "pet GET https://api.example/pets/5",
            "list GET https://api.example/pets",
            "pet GET https://api.example/pets/{$steps.call.outputs.x}",
            "call3 the inputs of workflow `get` are refused by its schema: input `id`: true is not of type \"integer\"",
            "last GET https://api.example/pets",
        ]
    );
    let by_action = Reached::ByAction { action: "mend".into(), step_id: "list".into() };
    assert_eq!((&found[4].reached, &found[5].reached), (&Reached::InOrder, &by_action));
}

#[test]
fn the_way_is_bounded_and_bad_inputs_are_refused() {
    let doubling: String = (0..40)
        .map(|n| {
            let call = format!("{{stepId: a, workflowId: w{}}}, {{stepId: b, workflowId: w{}}}", n + 1, n + 1);
            format!("  - {{workflowId: w{n}, steps: [{call}]}}\n")
        })
        .collect();
    let text = format!("{doubling}  - {{workflowId: w40, steps: [{{stepId: s, operationId: listPets}}]}}\n");
    assert_eq!(
        drafts(&plan(&text), Object::default(), &HashMap::new(), &Files::default(), 50).map(|found| found.len()),
        Ok(50)
    );
    // calls double from level to level, and no request stands at their end
    let first = "steps: [{stepId: z, operationId: login, onSuccess: [{name: e, type: end, criteria: [{condition: $statusCode == 1}]}]}, ";
    let back = text.replace("operationId: listPets", "workflowId: w0").replacen("steps: [", first, 1);
    assert_eq!(
        drafts(&plan(&back), Object::default(), &HashMap::new(), &Files::default(), 50).map(|found| found.len()),
        Ok(1)
    );
    let missing = "  - {workflowId: w, inputs: {required: [id]}, steps: [{stepId: s, operationId: listPets}]}\n";
    assert!(drafts(&plan(missing), Object::default(), &HashMap::new(), &Files::default(), 50).is_err());
    let needs = "  - {workflowId: w, steps: [{stepId: s, operationId: getPet, parameters: [{name: id, in: path, value: $inputs.id}]}]}\n";
    assert_eq!(shown(&drafted(needs, "{}")[0]), "required path parameter `id` has no value");
}

#[test]
fn what_stands_beside_a_file_is_named_too() {
    let plan = plan(
        "
  - workflowId: w
    steps:
      - {stepId: login, operationId: login, outputs: {token: $response.body#/token}}
      - stepId: add
        operationId: addFilm
        requestBody: {payload: {by: $steps.login.outputs.token, film: $inputs.film, end: 'of {$steps.login.outputs.token}'}}
",
    );
    let film = StoredFile {
        name: "film.mp4".into(),
        path: "film.mp4".into(),
        length: 5 << 20,
        digest: "0123".repeat(16),
        read: |_, _| Err("nothing is read for a draft".to_owned()),
    };
    let mut files = Files::default();
    let inputs: Object = [("film".into(), files.add(FileContent::stored(film.clone())))].into_iter().collect();
    let found = drafts(&plan, inputs, &HashMap::new(), &files, 100).expect("inputs that fit");
    let body = &found[1].request.as_ref().expect("a request").body;
    let told = String::from_utf8(body.outline().into_owned()).expect("text");
    assert_eq!(body.files().map(|file| &**file).collect::<Vec<_>>(), [&film]);
    assert!(told.contains("\r\n{$steps.login.outputs.token}\r\n") && told.contains(&film.marker()), "{told}");
    assert!(told.contains("of {$steps.login.outputs.token}\r\n") && !told.contains("zqJ7"), "{told}");
    assert_eq!(found[1].unknown, ["$steps.login.outputs.token"]);
}

/// Wherever a part of a body begins, and whatever stands beside a placeholder.
#[test]
fn what_is_not_known_is_named_in_every_encoding() {
    for (kind, decode) in
        [("utf-16le", u16::from_le_bytes as fn([u8; 2]) -> u16), ("utf-16be", u16::from_be_bytes as fn([u8; 2]) -> u16)]
    {
        for before in ["", "ab", "ü", "漢"] {
            for after in ["", "ab", "ü", "漢"] {
                let workflow = format!(
                    "
  - workflowId: w
    steps:
      - {{stepId: login, operationId: login, outputs: {{token: $response.body#/token}}}}
      - stepId: sign
        operationId: login
        requestBody:
          contentType: text/plain; charset={kind}
          payload: '{before}{{$steps.login.outputs.token}}{after}'
"
                );
                let found = drafted(&workflow, "{}");
                let body = found[1].request.as_ref().expect("a request").body.in_memory().expect("bytes");
                let units: Vec<u16> = body.chunks(2).map(|unit| decode([unit[0], unit[1]])).collect();
                let expected = format!("{before}{{$steps.login.outputs.token}}{after}");
                assert_eq!(String::from_utf16(&units).ok().as_deref(), Some(expected.as_str()), "{kind}");
                assert_eq!(found[1].unknown, ["$steps.login.outputs.token"]);
            }
        }
    }
}
