//! How conditions are read and outcomes judged where that may be chosen, and what a judged criterion shows.

use serde_json::{Value, json};

use crate::support::{arras, folder, write};
use crate::tolerances::{API, document, server};
use crate::wire::{Answer, Server};

/// A-01 … A-05: `--jsonpath strict` is the letter for JSONPath alone.
#[test]
fn the_letter_may_be_asked_for_jsonpath_alone() {
    let here = folder("tolerance-jsonpath");
    write(&here.join("api.yaml"), API);
    let filter = "{context: $response.body, condition: \"$[?@.Status == 'CREATED']\", type: jsonpath}";
    let bare = "{context: $response.body, condition: $.Status == 'CREATED', type: jsonpath}";
    for (criterion, code) in [(filter, 1), (bare, 3)] {
        let step = format!("operationPath: POST /login, successCriteria: [{criterion}]");
        write(&here.join("flow.yaml"), document("1.0.1", &step));
        let server = server(&json!({"Status": "CREATED"}));
        let run = |more: &[&str]| arras(["run", "flow.yaml", "--server", &server.url()]).args(more).within(&here).run();
        run(&[]).expect(0, &["loose-reference"]);
        run(&["--jsonpath", "strict"]).expect(code, &[]);
    }
}

/// A-07: what counts as success where a step has no criteria.
#[test]
fn success_without_criteria_may_be_chosen() {
    let here = folder("tolerance-success");
    write(&here.join("api.yaml"), API);
    write(&here.join("flow.yaml"), document("1.0.1", "operationId: login"));
    for (status, way, code) in [
        (204, None, 0),
        (302, None, 0),
        (404, None, 1),
        (302, Some("lt400"), 0),
        (404, Some("lt400"), 1),
        (302, Some("2xx"), 1),
        (201, Some("2xx"), 0),
        (404, Some("any"), 0),
        (500, Some("any"), 0),
    ] {
        let server = Server::start(move |_, _| Answer::Json(status, String::new()));
        let mut run = arras(["run", "flow.yaml", "--server", &server.url()]).within(&here);
        if let Some(way) = way {
            run = run.args(["--default-success", way]);
        }
        let ran = run.run();
        assert_eq!(ran.code, Some(code), "{status} {way:?}\n{}", ran.stderr);
    }
}

/// ARZ-CRIT-11, A-02: a judged criterion says what each of its parts was, how a JSONPath was read, and why it failed.
#[test]
fn criteria_show_what_their_parts_were() {
    let here = folder("evidence");
    write(&here.join("api.yaml"), API);
    let shown = |criterion: &str, answer: fn() -> Answer| {
        let step = format!("operationId: login, successCriteria: [{criterion}]");
        write(&here.join("flow.yaml"), document("1.0.1", &step));
        let server = Server::start(move |_, _| answer());
        let run = arras(["run", "flow.yaml", "--output", "report", "--server", &server.url()]).within(&here).run();
        let criterion = run.answer()["workflows"][0]["steps"][0]["criteria"][0].clone();
        assert_eq!(run.code, Some(i32::from(criterion["satisfied"] == false)), "{}", run.stderr);
        criterion
    };
    let json = || Answer::Json(200, r#"{"Status": "CREATED", "n": 62.4, "list": [{"ok": false}]}"#.to_owned());
    let xml = || Answer::Text(200, "application/xml", "<a><b>1</b><b>2</b></a>".to_owned());
    let parts = |criterion: &Value| {
        let evidence = criterion["evidence"].as_array().unwrap().iter();
        evidence.map(|part| format!("{} = {}", part["expression"].as_str().unwrap(), part["value"])).collect::<Vec<_>>()
    };
    let simple = shown("{condition: $response.body#/Status == 'created' && $response.body#/n >= 90}", json);
    assert_eq!(parts(&simple), ["$response.body#/Status = \"CREATED\"", "$response.body#/n = 62.4"]);
    assert_eq!((&simple["type"], &simple["satisfied"]), (&json!("simple"), &json!(false)));
    let regex = shown("{context: $response.body#/Status, condition: '^SUCC', type: regex}", json);
    assert_eq!(parts(&regex), ["context = \"CREATED\""]);
    let bare = shown("{context: $response.body, condition: $.Status == 'CREATED' && $.n > 90, type: jsonpath}", json);
    assert_eq!(parts(&bare), ["$.Status = \"CREATED\"", "$.n = 62.4"]);
    let own = shown("{context: $response.body, condition: \"$[?@.Status == 'SUCCEEDED']\", type: jsonpath}", json);
    assert!(parts(&own).contains(&"@.Status = \"CREATED\"".to_owned()), "{own:#}");
    let nodes = shown("{context: $response.body, condition: '$.list[?@.ok == true]', type: jsonpath}", json);
    assert_eq!(nodes["satisfied"], false);
    assert!(!parts(&nodes).is_empty(), "{nodes:#}");
    let xpath = shown("{context: $response.body, condition: 'count(/a/b) = 3', type: xpath}", xml);
    assert!(parts(&xpath).iter().any(|part| part == "count(/a/b) = 2"), "{xpath:#}");
    let unevaluable = shown("{context: $response.body, condition: //a, type: xpath}", json);
    assert_eq!(unevaluable["satisfied"], false);
    assert!(
        unevaluable["error"].as_str().is_some_and(|why| why.contains("XML") || why.contains("JSON")),
        "{unevaluable:#}"
    );
    // which reading was taken
    assert_eq!([&simple["reading"], &regex["reading"], &xpath["reading"]], [&Value::Null; 3]);
    assert_eq!([&bare["reading"], &nodes["reading"]], ["logical-expr", "query"]);
    assert_eq!(own["reading"], "self-reading", "{own:#}");
    let map = || Answer::Json(200, r#"{"a": {"price": 12}, "b": {"price": 3}}"#.to_owned());
    let members = shown("{context: $response.body, condition: '$[?@.price > 10]', type: jsonpath}", map);
    assert_eq!((&members["reading"], &members["satisfied"]), (&json!("child-iteration"), &json!(true)));
}
