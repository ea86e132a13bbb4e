//! Where references lead: base URIs, documents that are found by their own URI, and those that lie somewhere.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arras::future::BoxFuture;
use arras::load::{LoadError, LoadErrorKind, Loaded, Loader};
use arras::transport::{Answer, Limits, Transport};
use arras::{Engine, Error, Settings, Shelf, Supplied};
use arras_doc::diagnostic::Diagnostic;
use arras_run::exchange::{Request, Response};
use arras_run::fault::Fault;
use arras_run::plan::{PlanOptions, Strictness};

const API: &str = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: /v1}]\n\
                   paths: {/pets: {get: {operationId: listPets, responses: {}}}}\n";

/// A description with these root fields, whose one source `api` lies at `url`.
fn document(fields: &str, url: &str) -> String {
    format!(
        "{fields}arazzo: 1.1.0\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: api, url: '{url}'}}]\n\
         workflows: [{{workflowId: w, steps: [{{stepId: s, operationId: listPets}}]}}]\n"
    )
}

/// A description that calls the workflow `w` of another one at `url`.
fn calling(url: &str) -> String {
    format!(
        "arazzo: 1.1.0\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: other, url: '{url}'}}]\n\
         workflows: [{{workflowId: c, steps: [{{stepId: s, workflowId: $sourceDescriptions.other.w}}]}}]\n"
    )
}

/// Holds texts by location, and keeps which were asked for.
#[derive(Clone, Default)]
struct Memory {
    texts: Arc<BTreeMap<String, String>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Memory {
    fn of<'t>(texts: impl IntoIterator<Item = (&'t str, String)>) -> Memory {
        let texts = texts.into_iter().map(|(location, text)| (location.to_owned(), text)).collect();
        Memory { texts: Arc::new(texts), asked: Arc::default() }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

impl Loader for Memory {
    fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
        self.asked.lock().expect("no panic").push(uri.to_owned());
        let text = self.texts.get(uri).cloned();
        Box::pin(async move {
            match text {
                Some(text) => Ok(Loaded { uri: uri.to_owned(), name: uri.to_owned(), bytes: text.into() }),
                None => Err(LoadError {
                    kind: LoadErrorKind::NotFound,
                    message: format!("there is no `{uri}`"),
                    near: Vec::new(),
                }),
            }
        })
    }
}

async fn load(memory: &Memory, entry: &Supplied, others: &[Supplied]) -> arras::Loaded {
    let engine = Engine::builder().loader(memory.clone()).build().expect("an engine");
    engine.load_all(entry, others).await.expect("readable documents")
}

fn rules(loaded: &arras::Loaded) -> Vec<&'static str> {
    loaded.diagnostics().iter().map(|found| found.rule.id).collect()
}

/// The specification's Appendix B, case by case (ARZ-URI-05, ARZ-URI-06, ARZ-URI-07, ARZ-URI-08, ARZ-URI-09).
#[tokio::test]
async fn base_uris_are_determined_as_in_appendix_b() {
    let own = "$self: https://api.example.com/workflows/purchase.arazzo.yaml\n";
    let relative = "$self: workflows/purchase.arazzo.yaml\n";
    let table = [
        (
            own,
            "file:///Users/dev/purchase.arazzo.yaml",
            "../specs/petstore.yaml",
            "https://api.example.com/specs/petstore.yaml",
        ),
        (own, "https://mirror.example/x/y", "../specs/petstore.yaml", "https://api.example.com/specs/petstore.yaml"),
        (
            "",
            "file:///Users/dev/projects/workflows/purchase.arazzo.yaml",
            "../specs/petstore.yaml",
            "/Users/dev/projects/specs/petstore.yaml",
        ),
        (
            "",
            "https://api.example.com/workflows/purchase.arazzo.json",
            "../specs/petstore.json",
            "https://api.example.com/specs/petstore.json",
        ),
        (
            "",
            "https://workflows.example.com/a7b3c4d5",
            "specs/petstore.yaml",
            "https://workflows.example.com/specs/petstore.yaml",
        ),
        (
            relative,
            "https://api.example.com/v2/api-description.yaml",
            "../specs/petstore.yaml",
            "https://api.example.com/v2/specs/petstore.yaml",
        ),
        (relative, "flows/a.yaml", "../specs/petstore.yaml", "flows/specs/petstore.yaml"),
    ];
    for (fields, retrieved, url, expected) in table {
        let memory = Memory::of([(expected, API.to_owned())]);
        let entry = Supplied::text("entry", Some(retrieved), document(fields, url));
        let loaded = load(&memory, &entry, &[]).await;
        assert_eq!(rules(&loaded), Vec::<&str>::new(), "{retrieved} {:?}", loaded.diagnostics());
        assert_eq!(memory.asked(), [expected], "{retrieved}");
    }
}

/// A reference means the document with that `$self`, wherever it lies; nothing is asked for elsewhere, and the order of
/// documents makes no difference (ARZ-URI-14, ARZ-URI-15, ARZ-DOC-09, ARZ-DOC-15, ARZ-DOC-16).
#[tokio::test]
async fn documents_are_found_by_their_own_uri() {
    let own = "https://flows.example/canonical/purchase.arazzo.yaml";
    // the last key of the document: it is read whole before anything is resolved
    let other = format!("{}$self: {own}\n", document("", "https://flows.example/canonical/api.yaml"));
    let api = Supplied::text("api", Some("https://flows.example/canonical/api.yaml"), API);
    let other = Supplied::text("other", Some("mirrored/copy.yaml"), other);
    for url in [own, "HTTPS://flows.example:443/canonical/./purchase.arazzo.yaml"] {
        for others in [[other.clone(), api.clone()], [api.clone(), other.clone()]] {
            let memory = Memory::default();
            let entry = Supplied::text("entry", Some("entry.arazzo.yaml"), calling(url));
            let loaded = load(&memory, &entry, &others).await;
            assert_eq!(rules(&loaded), Vec::<&str>::new(), "{:?}", loaded.diagnostics());
            assert_eq!(memory.asked(), Vec::<String>::new());
            let names: Vec<_> = loaded
                .bundle()
                .documents
                .iter()
                .map(|one| one.document.workflows[0].workflow_id.value.clone())
                .collect();
            assert_eq!(names, ["c", "w"]);
        }
    }
}

/// Both a relative `$self` and OpenAPI 3.2's own one identify; a reference by place works with a note (ARZ-URI-16).
#[tokio::test]
async fn a_place_is_no_identity() {
    let other = document("$self: https://flows.example/canonical.yaml\n", "api.yaml");
    let api = API.replace("3.1.0", "3.2.0\n$self: https://flows.example/api.yaml");
    let memory = Memory::of([("dir/other.yaml", other)]);
    let entry = Supplied::text("entry", Some("dir/entry.yaml"), calling("other.yaml"));
    let loaded = load(&memory, &entry, &[Supplied::text("api", Some("elsewhere.yaml"), api)]).await;
    assert_eq!(rules(&loaded), ["location-reference"], "{:?}", loaded.diagnostics());
    assert_eq!(memory.asked(), ["dir/other.yaml"]);
}

/// What the file beside the document holds serves where `$self` leads nowhere, with a warning; strictly it is an error.
#[tokio::test]
async fn a_file_beside_the_document_serves_where_its_own_uri_leads_nowhere() {
    let own = document("$self: https://flows.example/canonical.yaml\n", "./api.yaml");
    let memory = Memory::of([("dir/entry.yaml", own), ("dir/api.yaml", API.to_owned())]);
    let loaded = load(&memory, &Supplied::at("dir/entry.yaml"), &[]).await;
    assert_eq!(rules(&loaded), ["loose-base"], "{:?}", loaded.diagnostics());
    assert_eq!(memory.asked(), ["dir/entry.yaml", "https://flows.example/api.yaml", "dir/api.yaml"]);
    let plan = PlanOptions { strictness: Strictness::Strict, ..PlanOptions::default() };
    let settings = Settings { plan, ..Settings::default() };
    let engine = Engine::builder().settings(settings).loader(memory).build().expect("an engine");
    let loaded = engine.load("dir/entry.yaml").await.expect("a readable document");
    assert!(loaded.diagnostics().iter().all(Diagnostic::is_error) && loaded.workflow("w").is_err());
}

#[tokio::test]
async fn documents_that_clash_or_serve_nothing_are_told() {
    let same = "$self: https://flows.example/one.yaml\n";
    let entry = Supplied::text("entry", Some("entry.yaml"), calling("https://flows.example/one.yaml"));
    let memory = Memory::of([("api.yaml", API.to_owned())]);
    let other = |name: &str| Supplied::text(name, Some(name), document(same, "file:api.yaml"));
    let loaded = load(&memory, &entry, &[other("a.yaml"), other("b.yaml")]).await;
    assert!(rules(&loaded).contains(&"duplicate-self"), "{:?}", loaded.diagnostics());
    let stray = Supplied::text("stray", Some("stray.yaml"), API);
    let entry = Supplied::text("entry", Some("entry.yaml"), document("", "api.yaml"));
    assert_eq!(rules(&load(&memory, &entry, &[stray]).await), ["unused-document"]);
}

/// A document from nowhere has no base: what is relative in it is a clear error, what is absolute is not (ARZ-URI-09).
#[tokio::test]
async fn without_a_place_relative_references_are_refused() {
    let memory = Memory::of([("https://flows.example/api.yaml", API.to_owned())]);
    let loaded = load(&memory, &Supplied::text("-", None, document("", "api.yaml")), &[]).await;
    assert_eq!(rules(&loaded), ["source-unreadable"]);
    assert!(
        loaded.diagnostics()[0].message.contains("nobody says where the document lies"),
        "{:?}",
        loaded.diagnostics()
    );
    for entry in [
        document("", "https://flows.example/api.yaml"),
        document("$self: https://flows.example/entry.yaml\n", "api.yaml"),
    ] {
        assert_eq!(rules(&load(&memory, &Supplied::text("-", None, entry), &[]).await), Vec::<&str>::new());
    }
}

/// A document from the web may not reach files, nor speak for another server, whatever it calls itself (ARZ-SEC-03).
#[tokio::test]
async fn a_document_from_the_web_is_no_file_and_nobody_else() {
    let from_web = |fields: &str, url: &str| {
        Supplied::text("entry", Some("https://flows.example/entry.yaml"), document(fields, url))
    };
    let memory = Memory::of([("/etc/api.yaml", API.to_owned())]);
    for entry in [from_web("$self: file:///etc/x.yaml\n", "api.yaml"), from_web("", "file:///etc/api.yaml")] {
        let loaded = load(&memory, &entry, &[]).await;
        assert!(loaded.diagnostics().iter().any(Diagnostic::is_error), "{:?}", loaded.diagnostics());
        assert!(!memory.asked().contains(&"/etc/api.yaml".to_owned()));
    }
    let impostor = API.replace("3.1.0", "3.2.0\n$self: https://bank.example/api.yaml");
    let memory = Memory::of([("https://evil.example/api.yaml", impostor)]);
    let text = document("", "https://evil.example/api.yaml")
        .replace("sourceDescriptions: [", "sourceDescriptions: [{name: bank, url: 'https://bank.example/api.yaml'}, ");
    let loaded = load(&memory, &Supplied::text("entry", Some("entry.yaml"), text), &[]).await;
    assert!(rules(&loaded).contains(&"source-not-found"), "{:?}", loaded.diagnostics());
}

/// Endpoints come from the API description, wherever it was found, never from the Arazzo document's URI
/// (ARZ-URI-03, ARZ-URI-18).
#[tokio::test]
async fn servers_resolve_against_the_api_description() -> Result<(), Error> {
    let entry = document("$self: https://flows.example/entry.yaml\n", "https://apis.example/pets/api.yaml");
    let memory = Memory::of([("https://apis.example/pets/api.yaml", API.to_owned())]);
    let loaded = load(&memory, &Supplied::text("entry", Some("entry.yaml"), entry), &[]).await;
    assert_eq!(loaded.workflow("w")?.servers(), [("api", "https://apis.example/v1")]);
    Ok(())
}

/// Answers every request with one text of one media type.
struct Served(&'static str, String);

impl Transport for Served {
    fn send<'a>(&'a self, _: &'a Request, _: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        let headers = vec![("Content-Type".to_owned(), self.0.to_owned())];
        let response = Response { status: 200, headers, body: self.1.clone().into() };
        Box::pin(async { Ok(Answer { response, duration: Duration::ZERO }) })
    }
}

/// ARZ-MIME-01, ARZ-MIME-02: what is fetched is known by its text; every media type that servers give such documents will do.
#[tokio::test]
async fn documents_are_fetched_whatever_their_media_type() {
    let yaml = calling("other.yaml");
    let json = r#"{"arazzo": "1.1.0", "info": {"title": "t", "version": "1"}, "sourceDescriptions": [], "workflows":
        [{"workflowId": "c", "steps": []}]}"#;
    for (media_type, text) in [
        ("application/vnd.oai.workflows+json", json),
        ("application/vnd.oai.workflows+json;version=1.0.1", json),
        ("application/vnd.oai.workflows+yaml;version=1.1.0", &yaml),
        ("application/vnd.oai.workflows;version=1.1.0", &yaml),
        ("application/vnd.oai.arazzo+json", json),
        ("application/json", json),
        ("application/yaml", &yaml),
        ("text/plain; charset=utf-8", &yaml),
        ("application/octet-stream", &yaml),
    ] {
        let engine = Engine::builder().transport(Served(media_type, text.to_owned())).build().expect("an engine");
        let loaded = engine.load("https://flows.example/entry").await.expect("a document");
        let ids: Vec<String> = loaded.workflows().into_iter().map(|workflow| workflow.id).collect();
        assert_eq!(ids, ["c"], "{media_type}: {:?}", loaded.diagnostics());
    }
}

/// What an editor holds and has not written is what the loads that come see, in a document and in what it refers to.
#[tokio::test]
async fn an_edited_file_is_loaded_as_if_it_were_written() {
    let texts = [("flow.yaml", document("", "api.yaml")), ("api.yaml", API.to_owned())];
    let engine = Engine::builder().loader(Memory::of(texts)).build().expect("an engine");
    let shelf = Shelf::default();
    let load = || async { engine.load_on(&shelf, &Supplied::at("flow.yaml"), &[]).await.expect("it is there") };
    let rules = |loaded: &arras::Loaded| -> Vec<&str> { loaded.diagnostics().iter().map(|one| one.rule.id).collect() };
    let first = load().await;
    assert_eq!(rules(&first), [""; 0]);
    shelf.edit("api.yaml", API.replace("listPets", "allPets"));
    assert_eq!(rules(&load().await), ["unknown-operation"]);
    shelf.edit("flow.yaml", document("", "api.yaml").replace("operationId: listPets", "operationId: allPets"));
    let edited = load().await;
    assert_eq!(rules(&edited), [""; 0]);
    assert_eq!(rules(&first), [""; 0], "what was loaded before stays as it was");
    let texts = |loaded: &arras::Loaded| loaded.texts().collect::<std::collections::BTreeSet<_>>();
    assert!(texts(&first).is_disjoint(&texts(&edited)));
    texts(&first).into_iter().for_each(|text| shelf.revert(text));
    assert_eq!(texts(&load().await), texts(&first), "the very texts of before");
}

/// What is wrong with a component is told where it stands; a workflow that does not use it runs all the same.
#[tokio::test]
async fn a_wrong_component_keeps_its_users_from_running() {
    let api = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: 'https://a.example'}]\n\
               paths: {/pets: {get: {operationId: listPets, responses: {}}}, '/pets/{id}': {get: {operationId: getPet, responses: {}}}}\n";
    let step = |id: &str| {
        format!("{{stepId: {id}, operationId: getPet, parameters: [{{reference: $components.parameters.pet}}]}}")
    };
    let text = format!(
        "arazzo: 1.1.0\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: api, url: api.yaml}}]\n\
         workflows:\n- {{workflowId: plain, steps: [{{stepId: s, operationId: listPets}}]}}\n\
         - {{workflowId: user, steps: [{}, {}]}}\n\
         components: {{parameters: {{pet: {{name: id, in: query, value: 1}}}}}}\n",
        step("a"),
        step("b"),
    );
    let memory = Memory::of([("api.yaml", api.to_owned()), ("w.yaml", text)]);
    let loaded = load(&memory, &Supplied::at("w.yaml"), &[]).await;
    assert_eq!(rules(&loaded), ["missing-parameter"], "{:?}", loaded.diagnostics());
    assert!(loaded.workflow("plain").is_ok());
    assert!(loaded.workflow("user").expect_err("it uses the component").is_refused());
}

/// Who is kept from running by what is wrong with a component: those whom it concerns, told or not, and nobody where nobody
/// uses it (ARZ-COMP-01).
#[tokio::test]
async fn a_wrong_component_concerns_those_for_whom_it_is_wrong() {
    let api = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: 'https://a.example'}]\n\
               paths: {/pets: {get: {operationId: listPets, responses: {}}}, '/pets/{petId}': {get: {operationId: getPet, responses: {}}}}\n";
    let list = |id: &str, rest: &str| {
        format!(
            "- {{workflowId: {id}, steps: [{{stepId: s, operationId: listPets{rest}}}, {{stepId: t, operationId: listPets}}]}}\n"
        )
    };
    let get = |id: &str, parameters: &str| {
        let step = format!("operationId: getPet, parameters: [{{reference: $components.parameters.p}}{parameters}]");
        format!("- {{workflowId: {id}, steps: [{{stepId: s, {step}}}, {{stepId: t, {step}}}]}}\n")
    };
    let plain = list("plain", "");
    let fails = ", onFailure: [{reference: $components.failureActions.f}]";
    let cleanup = |id: &str, step: &str| list(id, fails).replace("stepId: t", &format!("stepId: {step}"));
    let wrong_name = "parameters: {p: {name: petID, in: path, value: '1'}}";
    let many: String = (0..20).map(|at| get(&format!("user{at}"), "")).collect();
    let inputs = |id: &str, name: &str| {
        list(id, "").replace(", steps", &format!(", inputs: {{$ref: '#/components/inputs/{name}'}}, steps"))
    };
    for (workflows, components, rule, runs, refused) in [
        (
            cleanup("good", "cleanup") + &cleanup("bad", "t") + &plain,
            "failureActions: {f: {name: f, type: goto, stepId: cleanup}}",
            "unknown-step",
            vec!["good", "plain"],
            vec!["bad"],
        ),
        (
            list("user", fails) + &list("other", fails) + &plain,
            "failureActions: {f: {name: f, type: goto, workflowId: nowhere}}",
            "unknown-workflow",
            vec!["plain"],
            vec!["user", "other"],
        ),
        (
            list("user", fails) + &plain,
            "failureActions: {f: {name: f, type: end, criteria: [{condition: $statusCode ==}]}}",
            "invalid-condition",
            vec!["plain"],
            vec!["user"],
        ),
        (
            plain.clone(),
            "successActions: {f: {name: f, type: end, criteria: [{condition: $statusCode ==}]}}",
            "invalid-condition",
            vec!["plain"],
            vec![],
        ),
        (
            get("sound", ", {name: petId, in: path, value: '7'}") + &get("broken", "") + &plain,
            wrong_name,
            "missing-parameter",
            vec!["sound", "plain"],
            vec!["broken"],
        ),
        (many + &plain, wrong_name, "missing-parameter", vec!["plain"], vec!["user0", "user19"]),
        (
            inputs("user", "far") + &inputs("other", "near") + &plain,
            "inputs: {near: {type: object}, far: {allOf: [{$ref: '#/components/inputs/round'}]}, round: {$ref: '#/components/inputs/round'}}",
            "invalid-schema",
            vec!["other", "plain"],
            vec!["user"],
        ),
    ] {
        let text = format!(
            "arazzo: 1.1.0\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: api, url: api.yaml}}]\n\
             workflows:\n{workflows}components: {{{components}}}\n"
        );
        let memory = Memory::of([("api.yaml", api.to_owned()), ("w.yaml", text)]);
        let loaded = load(&memory, &Supplied::at("w.yaml"), &[]).await;
        assert!(rules(&loaded).contains(&rule), "{components}: {:?}", loaded.diagnostics());
        for id in runs {
            assert!(loaded.workflow(id).is_ok(), "{id} of {components}: {:?}", loaded.diagnostics());
            assert!(loaded.tolerated(&[id.to_owned()]).is_ok(), "{id} of {components}");
        }
        if refused.is_empty() {
            let run = loaded.workflow("plain").expect("nothing concerns it");
            let told: Vec<&str> = run.findings().iter().map(|found| found.message.as_str()).collect();
            assert!(told.iter().any(|message| message.ends_with(", in what no workflow uses")), "{told:?}");
        }
        for id in refused {
            assert!(loaded.workflow(id).is_err_and(|error| error.is_refused()), "{id} of {components}");
        }
    }
}
