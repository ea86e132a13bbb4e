//! Credentials by the built command: where they are looked for, what is missing, what a wrong one leads to.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Answers 200 to `X-Key: right`, to `Authorization: Bearer right` and to Basic of `ada:right`; else 401. The answer says what was sent.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(answer(stream))));
    address
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let lines = BufReader::new(stream.try_clone()?).lines();
    let head: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let value = |name: &str| {
        let of = |line: &String| {
            line.split_once(": ")
                .filter(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.to_owned())
        };
        head.iter().find_map(of)
    };
    // the last is `ada:right`
    let words = ["Bearer right", "Basic YWRhOnJpZ2h0"];
    let good =
        value("x-key").as_deref() == Some("right") || value("authorization").is_some_and(|it| words.contains(&&*it));
    let (status, body) = if good { ("200 OK", "{\"ok\":true}") } else { ("401 Unauthorized", "{\"ok\":false}") };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

const WORKFLOW: &str = "\
arazzo: 1.0.1
info: {title: t, version: '1'}
sourceDescriptions: [{name: shop, url: api.yaml, type: openapi}]
workflows:
  - workflowId: buy
    steps:
      - {stepId: look, operationId: look, outputs: {ok: $response.body#/ok}}
    outputs: {ok: $steps.look.outputs.ok}
";

/// A folder with an API of two schemes, either of which will do.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("home/.config/arras")).unwrap();
    let api = format!(
        "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\nservers: [{{url: '{}'}}]\nsecurity: [{{key: []}}, {{login: []}}]\n\
         paths: {{/look: {{get: {{operationId: look, responses: {{'200': {{description: fine}}}}}}}}}}\ncomponents:\n  securitySchemes:\n    \
         key: {{type: apiKey, in: header, name: X-Key}}\n    login: {{type: http, scheme: bearer}}\n",
        serve()
    );
    std::fs::write(folder.join("api.yaml"), api).unwrap();
    std::fs::write(folder.join("buy.arazzo.yaml"), WORKFLOW).unwrap();
    folder
}

fn run(folder: &Path, variables: &[(&str, &str)], more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_arras"))
        .args([&["run", "buy.arazzo.yaml"], more].concat())
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder.join("home"))
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_command_line_comes_before_the_environment_and_the_environment_before_the_users_settings() {
    let here = folder("credentials-order");
    let settings = here.join("home/.config/arras/config.toml");
    std::fs::write(here.join("key.txt"), "right\n").unwrap();
    let right = [("ARRAS_AUTH_SHOP_KEY", "right")];
    let wrong = [("ARRAS_AUTH_SHOP_KEY", "wrong")];
    let cases: [(&str, &[(&str, &str)], &[&str], i32); 8] = [
        ("", &right, &[], 0),
        ("", &wrong, &[], 1),
        ("auth = { \"shop.key\" = \"right\" }", &[], &[], 0),
        ("auth = { \"shop.key\" = \"wrong\" }", &right, &[], 0),
        ("auth = { \"shop.key\" = \"right\" }", &wrong, &[], 1),
        ("auth = { \"shop.key\" = \"wrong\" }", &wrong, &["--auth", "key=file:key.txt"], 0),
        ("auth = [\"key=file:wrong.txt\"]", &wrong, &["--auth", "shop.key=cmd:cat key.txt"], 0),
        ("", &[("ARRAS_AUTH", "login=env:TOKEN\nkey=wrong"), ("TOKEN", "right")], &["--auth", "key=right"], 0),
    ];
    for (config, variables, more, code) in cases {
        std::fs::write(&settings, config).unwrap();
        let output = run(&here, variables, more);
        assert_eq!(output.status.code(), Some(code), "{config} {variables:?} {more:?}: {}", text(&output.stderr));
    }
}

#[test]
fn what_is_missing_is_a_matter_of_the_environment_and_says_where_it_was_looked_for() {
    let here = folder("credentials-missing");
    let output = run(&here, &[("ARRAS_AUTH_SHOP_LOGIN", "")], &[]);
    let story = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(4), String::new()), "{story}");
    let refused = run(&here, &[], &["--auth", "shop.kee=right"]);
    let why = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{why}");
    assert!(why.contains("there is no security scheme `kee`: did you mean `key`?"), "{why}");
    let misspelt = text(&run(&here, &[("ARRAS_AUTH", "shop.kee=right")], &[]).stderr);
    assert!(misspelt.contains("asks for the security scheme `shop.kee`: did you mean `key`?"), "{misspelt}");
    for part in [
        "credentials are missing; nothing was sent",
        "step `look`, `look` of `shop`",
        "`key` (apiKey in header `X-Key`): not found; give it as `--auth shop.key=…`, or `ARRAS_AUTH_SHOP_KEY`\n    or `login` (http bearer)",
    ] {
        assert!(story.contains(part), "{part}: {story}");
    }
}

#[test]
fn untrusted_documents_get_no_variable_no_command_and_no_certificate_for_every_host() {
    let here = folder("credentials-untrusted");
    std::fs::write(here.join("key.txt"), "right\n").unwrap();
    let variables = [("ARRAS_AUTH_SHOP_KEY", "right"), ("KEY", "right")];
    let cases: [(&[&str], i32, &str); 6] = [
        (&[], 4, "the environment is not read for untrusted documents; give it as `--auth shop.key=…`\n"),
        (&["--auth", "key=env:KEY"], 4, "neither variables nor commands"),
        (&["--auth", "key=cmd:cat key.txt"], 4, "neither variables nor commands"),
        (&["--client-cert", "key.txt"], 2, "`--client-cert` needs `HOST=FILE`"),
        (&["--auth", "key=file:key.txt"], 0, "Succeeded"),
        (&["--auth", "key=right"], 0, "Succeeded"),
    ];
    for (more, code, says) in cases {
        let output = run(&here, &variables, &[&["--untrusted", "--allow-host", "127.0.0.1"], more].concat());
        let story = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{more:?}: {story}");
        assert!(story.contains(says), "{more:?}: {story}");
    }
}

#[test]
fn a_refused_credential_is_named_with_its_place_and_not_shown() {
    let here = folder("credentials-wrong");
    let output = run(&here, &[("ARRAS_AUTH_SHOP_KEY", "hush-hush")], &[]);
    let story = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{story}");
    assert!(!story.contains("hush-hush"), "{story}");
    assert!(story.contains("answers 401 to the credential for `shop.key`, from `ARRAS_AUTH_SHOP_KEY`"), "{story}");
}

///
#[test]
fn extensions_of_another_runner_are_heeded_with_a_warning() {
    let here = folder("credentials-foreign");
    let (api, other) = (serve(), serve());
    let flow = |own: &str| {
        format!(
            "arazzo: 1.0.1\ninfo: {{title: t, version: '1'}}\nsourceDescriptions:\n  \
             - {{name: shop, url: api.yaml, type: openapi, x-serverUrl: '{api}'}}\nworkflows:\n  - workflowId: buy\n    \
             inputs: {{type: object, properties: {{word: {{type: string}}, user: {{type: string}}}}}}\n    \
             x-security: [{{scheme: {{type: apiKey, in: header, name: x-key}}, values: {{apiKey: wrong}}}}]\n    steps:\n      \
             - {{stepId: named, operationId: look, x-security: [{{schemeName: key, values: {{apiKey: $inputs.word}}}}]}}\n      \
             - stepId: elsewhere\n        x-operation: {{url: '{other}/a/b?c=d', method: POST}}\n        \
             parameters: [{{name: e, in: query, value: f}}]\n        requestBody: {{payload: {{g: 1}}}}\n        x-security: {own}\n        \
             outputs: {{ok: $response.body#/ok}}\n    outputs: {{ok: $steps.elsewhere.outputs.ok}}\n"
        )
    };
    let unreachable = std::fs::read_to_string(here.join("api.yaml")).unwrap();
    let unreachable = unreachable
        .lines()
        .map(|line| if line.starts_with("servers") { "servers: [{url: 'http://127.0.0.1:1'}]" } else { line });
    std::fs::write(here.join("api.yaml"), unreachable.collect::<Vec<_>>().join("\n")).unwrap();
    let bearer = "[{scheme: {type: http, scheme: bearer}, values: {token: $inputs.word}}]";
    let run = |own: &str, more: &[&str]| {
        std::fs::write(here.join("buy.arazzo.yaml"), flow(own)).unwrap();
        let output = run(&here, &[], &[&["-vv", "-i", "user=ada"], more].concat());
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, answer, story) = run(bearer, &["-i", "word=right"]);
    assert_eq!((code, answer.contains("true")), (Some(0), true), "{story}");
    assert_eq!(story.matches("foreign-extension").count(), 5, "{story}");
    assert!(story.contains(&format!("POST {other}/a/b?c=d&e=f")), "{story}");
    // what it gives is as secret as any credential
    let (code, _, story) = run(bearer, &["-i", "word=hush-hush"]);
    assert_eq!((code, story.contains("hush-hush")), (Some(1), false), "{story}");
    let basic = "[{scheme: {type: http, scheme: basic}, values: {username: $inputs.user, password: $inputs.word}}]";
    let (code, answer, story) = run(basic, &["-i", "word=right"]);
    assert_eq!((code, answer.contains("true")), (Some(0), true), "{story}");
    let (code, drafts, story) = run(basic, &["-i", "word=right", "--dry-run"]);
    assert_eq!((code, drafts.contains("Authorization: Basic ***")), (Some(0), true), "{drafts}");
    assert!(!drafts.contains("right") && !drafts.contains("YWRhO") && !story.contains("right"), "{drafts}{story}");
    for (own, more, expected, says) in [
        (bearer, &["-i", "word=right", "--strict"][..], 3, "foreign-extension"),
        (bearer, &[][..], 1, "`$inputs.word` has no value"),
        (&*basic.replace("basic}", "digest}"), &["-i", "word=right"][..], 3, "can't be carried out for `digest`"),
        ("[{schemeName: absent, values: {token: a}}]", &[][..], 3, "has no security scheme `absent`"),
        ("[{scheme: {type: http, scheme: bearer}, values: {}}]", &[][..], 3, "need `token`"),
    ] {
        let (code, _, story) = run(own, more);
        assert_eq!(code, Some(expected), "{own}: {story}");
        assert!(story.contains(says), "{own}: {story}");
    }
}
