//! Points 9 and 11: what people see.

use crate::support::{Server, answer, documents, run};

#[test]
fn point_11_control_characters_and_overrides_reach_no_terminal() {
    let hostile = "\u{1b}[31m\u{1b}]0;title\u{7}\u{202e}\u{2066}\u{9b}x";
    let body = serde_json::json!({ "a": hostile }).to_string();
    let text = hostile.to_owned();
    let server = Server::start(move |_| {
        answer("200 OK", &format!("Content-Type: text/plain\nX-A: \u{202e}{}", "\u{9b}x"), &format!("{text}{body}"))
    });
    let step = "operationId: get\n        outputs: {a: $response.body, b: $response.header.X-A}\n        successCriteria: [{condition: $response.body == 'x'}]";
    let here = documents("terminal", &server.url(), step);
    let file = here.join("flow.arazzo.yaml");
    let flow = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, flow.replace("info: {title: t,", "info: {title: \"\\u202e\\e[2J\",")).unwrap();
    for arguments in [&["-vv"][..], &["-v"], &[], &["--color", "always", "-vv"], &["--strict", "-vv"]] {
        let ran = run(&here, arguments);
        let bare: String = ran.stderr.replace("\u{1b}[0m", "");
        for bad in ["\u{1b}]", "\u{1b}[31mx", "\u{7}", "\u{202e}", "\u{2066}", "\u{9b}", "\u{1b}[2J"] {
            assert!(!bare.contains(bad), "{bad:?} in {bare}");
        }
        if !arguments.contains(&"always") {
            assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
        }
    }
}

#[test]
fn point_9_a_secret_input_is_masked_in_all_that_the_command_writes() {
    let server = Server::start(|request| {
        answer(
            "200 OK",
            "Content-Type: application/json",
            &serde_json::json!({ "echo": request, "token": "free" }).to_string(),
        )
    });
    let step = "operationId: post
        parameters: [{name: X-Secret, in: header, value: $inputs.secret}]
        requestBody: {payload: {deep: [{secret: $inputs.secret}]}}
        outputs: {echo: $response.body#/echo, secret: $inputs.secret}
        successCriteria: [{condition: $response.body#/token == $inputs.secret}]";
    let here = documents("masked", &server.url(), step);
    let secret = "canary \"q\" + /é& 7";
    let encoded: [String; 6] = [
        secret.to_owned(),
        serde_json::to_string(secret).unwrap().trim_matches('"').to_owned(),
        "canary%20%22q%22%20%2B%20%2F%C3%A9%26%207".to_owned(),
        "canary+%22q%22+%2B+%2F%C3%A9%26+7".to_owned(),
        "Y2FuYXJ5ICJxIiArIC/DqSYgNw".to_owned(),
        "Y2FuYXJ5ICJxIiArIC_DqSYgNw".to_owned(),
    ];
    for arguments in [
        &["-vv"][..],
        &["-q"],
        &["--dry-run"],
        &["--report", "json=a.json", "--report", "ndjson=b.ndjson"],
        &["--report", "junit=c.xml", "--report", "har=d.har", "--report", "markdown=e.md", "--report", "html=f.html"],
        &["--record", "g.recording"],
    ] {
        let ran = run(&here, &[&["-i", &format!("secret={secret}")], arguments].concat());
        let mut sinks = vec![ran.stdout, ran.stderr];
        let files = ["a.json", "b.ndjson", "c.xml", "d.har", "e.md", "f.html", "g.recording"];
        sinks.extend(files.iter().filter_map(|file| std::fs::read_to_string(here.join(file)).ok()));
        for (sink, text) in sinks.iter().enumerate() {
            for spelling in &encoded {
                assert!(!text.contains(spelling), "{arguments:?} sink {sink} shows {spelling}: {text}");
            }
        }
    }
}
