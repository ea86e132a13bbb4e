//! `arras check`: findings where they are, in every format; hostile files; no sockets.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Ran, arras, copied, folder, look_at_shop, names, project, shared, unwrapped, write};
use crate::wire::{Answer, Server};

#[test]
fn our_own_workflows_are_clean() {
    let ran = arras(["check", "workflows/"]).run();
    ran.expect(0, &["Passed", "2 files"]);
    let json = arras(["check", "workflows/", "--format", "json"]).run();
    let found = json.expect(0, &[]).answer();
    assert_eq!(names(&found), ["diagnostics", "files", "schema", "summary"]);
    assert_eq!((&found["schema"], &found["files"], &found["summary"]["errors"]), (&1.into(), &2.into(), &0.into()));
    arras(["check", "workflows/", "--deny-warnings"]).run().expect(i32::from(found["summary"]["warnings"] != 0), &[]);
}

#[test]
fn the_published_family_has_no_errors() {
    let Some(shared) = shared() else { return };
    arras(["check"]).arg(shared.join("aws/flagship/arazzo")).run().expect(0, &["Passed", "11 files"]);
}

/// A mistake: what is written instead of what, the rule that finds it, where it stands.
struct Broken {
    from: &'static str,
    to: &'static str,
    rule: &'static str,
    /// What stands before the mistake, from where it is the first of its kind.
    before: &'static str,
    /// The mistake, which a finding marks from its first to its last letter.
    mistake: &'static str,
    pointer: &'static str,
}

const BROKEN: [Broken; 6] = [
    Broken {
        from: "operationId: getFaceLivenessSessionResults",
        to: "operationId: getFaceLivenessSessionResult",
        rule: "unknown-operation",
        before: "operationId: ",
        mistake: "getFaceLivenessSessionResult\n",
        pointer: "/workflows/0/steps/1/operationId",
    },
    Broken {
        from: "name: stillCreated\n      type: goto\n      stepId: pollResults",
        to: "name: stillCreated\n      type: goto\n      stepId: pollResult",
        rule: "unknown-step",
        before: "stepId: ",
        mistake: "pollResult\n",
        pointer: "/workflows/0/steps/1/onSuccess/0/stepId",
    },
    Broken {
        from: "status: $steps.pollResults.outputs.status",
        to: "status: $steps.pollResults.outputs.state",
        rule: "unknown-output",
        before: "status: ",
        mistake: "$steps.pollResults.outputs.state\n",
        pointer: "/workflows/0/outputs/status",
    },
    Broken {
        from: "  - stepId: createSession\n    description: Ask",
        to: "  - description: Ask",
        rule: "missing-field",
        before: "  - ",
        mistake: "description: Ask for a session",
        pointer: "/workflows/0/steps/0",
    },
    Broken {
        from: "- condition: $statusCode == 200\n    outputs:\n      sessionId",
        to: "- condition: $statusCode == ==\n    outputs:\n      sessionId",
        rule: "invalid-condition",
        before: "condition: $statusCode == ",
        mistake: "==\n",
        pointer: "/workflows/0/steps/0/successCriteria/0/condition",
    },
    Broken {
        from: "url: ../openapi/rekognition-face-liveness.openapi.yaml",
        to: "url: ../openapi/nowhere.yaml",
        rule: "source-not-found",
        before: "url: ",
        mistake: "../openapi/nowhere.yaml\n",
        pointer: "/sourceDescriptions/0/url",
    },
];

impl Broken {
    /// The workflow with the mistake, in a folder of its own; and the mistake's line, column and end, from 1.
    fn write(&self, name: &str) -> (PathBuf, (usize, usize, usize)) {
        let file = copied(&folder(&format!("{name}-{}", self.rule)), |text| text);
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text.matches(self.from).count(), 1, "{}", self.from);
        let text = text.replace(self.from, self.to);
        write(&file, &text);
        let found =
            text.find(&format!("{}{}", self.before, self.mistake)).unwrap_or_else(|| panic!("{}", self.mistake));
        let ahead = &text[..found + self.before.len()];
        let column = ahead.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
        (file, (ahead.lines().count(), column, column + self.mistake.trim_end().chars().count()))
    }
}

/// The one finding of that rule.
#[track_caller]
fn only<'a>(answer: &'a Value, rule: &str) -> &'a Value {
    let found: Vec<_> =
        answer["diagnostics"].as_array().unwrap().iter().filter(|found| found["rule"] == rule).collect();
    assert_eq!(found.len(), 1, "{rule}: {answer:#}");
    found[0]
}

#[test]
fn findings_are_where_the_mistake_is_in_every_format() {
    for broken in BROKEN {
        let (file, (line, column, end)) = broken.write("broken");
        let Broken { rule, pointer, .. } = broken;
        let here = file.parent().unwrap();
        let check = |format: &str| arras(["check", "face-liveness.arazzo.yaml", "--format", format]).within(here).run();
        let json = check("json");
        let answer = json.expect(1, &[]).answer();
        let found = only(&answer, rule);
        assert_eq!(found["severity"], "error");
        assert!(answer["summary"]["errors"].as_u64() >= Some(1));
        let place = (&found["file"], &found["line"], &found["column"], &found["pointer"]);
        assert_eq!(
            place,
            (&"face-liveness.arazzo.yaml".into(), &line.into(), &column.into(), &pointer.into()),
            "{found:#}"
        );
        if rule != "missing-field" {
            assert_eq!((&found["endLine"], &found["endColumn"]), (&line.into(), &end.into()), "{found:#}");
        }
        let message = found["message"].as_str().unwrap();

        let concise = check("concise").expect(1, &[]).stdout.clone();
        let start = format!("face-liveness.arazzo.yaml:{line}:{column}: error[{rule}] {message}");
        assert!(concise.lines().any(|line| line == start), "{start} is not in {concise}");

        let human = check("human").expect(1, &["Failed"]).stdout.clone();
        assert!(human.contains(&format!("face-liveness.arazzo.yaml:{line}:{column}]")), "{human}");
        assert!(human.contains(rule) && human.contains(message.split('`').next().unwrap()), "{human}");

        let github = check("github").expect(1, &[]).stdout.clone();
        let start = format!("::error file=face-liveness.arazzo.yaml,line={line},");
        assert!(github.lines().any(|line| line.starts_with(&start) && line.contains(rule)), "{github}");

        let sarif = check("sarif");
        let sarif = sarif.expect(1, &[]).answer();
        assert_eq!(sarif["version"], "2.1.0");
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        let result = results.iter().find(|result| result["ruleId"] == rule).unwrap();
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert_eq!((&region["startLine"], &region["startColumn"]), (&line.into(), &column.into()), "{result:#}");
        assert_eq!(result["level"], "error");

        let junit = check("junit").expect(1, &[]).stdout.clone();
        assert!(junit.starts_with("<?xml") && junit.contains("<failure") && junit.contains(rule), "{junit}");
    }
}

#[test]
fn a_broken_document_does_not_run() {
    for broken in BROKEN {
        let (file, _) = broken.write("refused");
        let ran = arras(["run"]).arg(&file).arg("--mock").run();
        ran.expect(3, &[broken.rule]);
        assert_eq!(ran.stdout, "");
        assert!(ran.last_line().starts_with("Refused"), "{}", ran.stderr);
        let printed = ran.stderr.lines().filter(|line| *line == broken.rule).count();
        assert_eq!(printed, 1, "each failure is printed once: {}", ran.stderr);
    }
}

/// Files that nobody writes by mistake alone.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let deep = 100_000;
    let utf16: Vec<u8> = "\u{feff}arazzo: 1.0.1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let nested = (0..6_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<String>();
    let bomb = (1..30).fold("arazzo: 1.0.1\nx0: &x0 [a, a]\n".to_owned(), |text, level| {
        let before = format!("*x{}", level - 1);
        text + &format!("x{level}: &x{level} [{}]\n", [before.as_str(); 10].join(", "))
    });
    vec![
        ("empty", Vec::new()),
        ("blank", b"\n\n   \n".to_vec()),
        ("nul", vec![0; 4096]),
        ("binary", (0..65_536u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect()),
        ("utf16", utf16),
        ("latin1", b"arazzo: 1.0.1\ninfo: {title: caf\xe9, version: 1}\n".to_vec()),
        ("flow", ["arazzo: ", &"[".repeat(deep)].concat().into_bytes()),
        ("huge", [b"arazzo: ".to_vec(), vec![b'a'; 40 << 20]].concat()),
        ("closed", ["arazzo: ", &"[".repeat(deep), &"]".repeat(deep)].concat().into_bytes()),
        ("maps", ["arazzo: ", &"{a: ".repeat(deep)].concat().into_bytes()),
        (
            "json",
            [r#"{"arazzo":"1.0.1","workflows":"#, &"[".repeat(deep), &"]".repeat(deep), "}"].concat().into_bytes(),
        ),
        ("blocks", [String::from("arazzo: 1.0.1\n"), nested].concat().into_bytes()),
        ("dashes", ["arazzo: 1.0.1\nx:\n", &"- ".repeat(deep), "a\n"].concat().into_bytes()),
        ("bomb", bomb.into_bytes()),
        ("condition", condition(&["(".repeat(deep), "$statusCode == 200".into(), ")".repeat(deep)].concat())),
        ("nots", condition(&["!".repeat(deep), "$statusCode".into()].concat())),
        ("expression", condition(&format!("$response.body#{} == 1", "/a".repeat(deep)))),
        ("long", condition(&["a".repeat(1 << 20), " == 1".into()].concat())),
        ("scalar", b"just a text\n".to_vec()),
        ("list", b"- arazzo: 1.0.1\n".to_vec()),
        ("marked", b"\xef\xbb\xbfarazzo: 1.0.1\n".to_vec()),
        ("several", b"arazzo: 1.0.1\n---\narazzo: 1.0.1\n".to_vec()),
        ("twice", b"arazzo: 1.0.1\narazzo: 1.0.1\n".to_vec()),
        ("bidi", "arazzo: 1.0.1\nworkflows: [{workflowId: \"a\u{202e}b\", steps: []}]\n".as_bytes().to_vec()),
    ]
}

/// The same, so large that once each is enough.
fn large() -> Vec<(&'static str, Vec<u8>)> {
    let steps = |count: usize| {
        let step = |at: usize| {
            format!(
                "  - {{stepId: s{at}, operationId: o, onSuccess: [{{name: a, type: goto, stepId: s{}}}]}}\n",
                at / 2
            )
        };
        let head = String::from_utf8(condition("$statusCode == 200")).unwrap();
        (0..count).fold(head, |text, at| text + &step(at))
    };
    vec![
        ("steps", steps(8_000).into()),
        (
            "wide",
            (0..100_000)
                .fold(String::from("arazzo: 1.0.1\n"), |text, key| text + &format!("k{key}: &a{key} v\n"))
                .into(),
        ),
        ("thirty", [b"arazzo: 1.0.1\nx: \"".to_vec(), vec![b'a'; 30 << 20], b"\"\n".to_vec()].concat()),
    ]
}

/// A document whose only criterion is that condition.
fn condition(text: &str) -> Vec<u8> {
    let head =
        "arazzo: 1.0.1\ninfo: {title: t, version: '1'}\nsourceDescriptions: [{name: a, url: a.yaml, type: openapi}]\n";
    let steps = "workflows:\n- workflowId: w\n  steps:\n  - stepId: s\n    operationId: o\n    successCriteria:\n    - condition: ";
    format!("{head}{steps}'{text}'\n").into_bytes()
}

#[test]
fn hostile_files_are_told_about_and_survived() {
    let here = folder("hostile");
    for (name, bytes) in hostile() {
        let file = here.join(format!("{name}.arazzo.yaml"));
        write(&file, bytes);
        for format in ["concise", "human", "json"] {
            let ran: Ran = arras(["check"]).arg(&file).args(["--format", format]).run();
            assert!(matches!(ran.code, Some(1 | 4)), "{name}: {:?}\n{}", ran.code, tail(&ran.stderr));
            assert!(!ran.stdout.is_empty(), "{name}");
            assert!(!ran.stdout.contains('\0') && !ran.stdout.contains('\u{1b}'), "{name}: control characters");
            assert!(ran.stdout.len() < 4 << 20, "{name}: {} bytes of findings in {format}", ran.stdout.len());
        }
        let ran = arras(["run"]).arg(&file).arg("--mock").run();
        assert!(matches!(ran.code, Some(2..=4)) && ran.stdout.is_empty(), "{name}: {:?}", ran.code);
    }
    // all at once, as a folder
    let folder = arras(["check"]).arg(&here).args(["--format", "concise"]).run();
    assert!(matches!(folder.code, Some(1 | 4)), "{:?}", folder.code);
}

/// Each is told about with its line and column, in little memory: what a shell lets a process have (ARZ-SEC-02).
#[test]
fn hostile_files_cost_little_and_have_a_place() {
    let here = folder("hostile-place");
    for (name, bytes) in hostile().into_iter().chain(large()) {
        // what is larger than any document is not read at all
        if bytes.len() > 32 << 20 {
            continue;
        }
        let file = here.join(format!("{name}.arazzo.yaml"));
        write(&file, bytes);
        let limited = "ulimit -v 400000 && exec timeout 60 \"$0\" check \"$1\" --format concise";
        let ran = std::process::Command::new("sh")
            .args(["-c", limited, env!("CARGO_BIN_EXE_arras")])
            .arg(&file)
            .output()
            .unwrap();
        let told = String::from_utf8(ran.stdout).unwrap();
        let first = told.lines().next().unwrap_or_default();
        let place = first.split_once(".arazzo.yaml:").map(|(_, rest)| rest.split(':').take(2).collect::<Vec<_>>());
        let numbers =
            place.is_some_and(|place| place.len() == 2 && place.iter().all(|one| one.parse::<usize>().is_ok()));
        let stderr = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(ran.status.code() == Some(1) && numbers, "{name}: {:?} {first:?}\n{}", ran.status, tail(&stderr));
    }
}

fn tail(text: &str) -> &str {
    text.get(text.len().saturating_sub(2000)..).unwrap_or(text)
}

/// As many findings are shown as people read, whether a check or a run tells them; all of them count.
#[test]
fn of_many_findings_some_are_shown() {
    let here = folder("many");
    let steps: String = (0..150).map(|at| format!("  - {{stepId: s{at}, operationId: o, onSuccess: []}}\n")).collect();
    let text = String::from_utf8(condition("$statusCode == 200")).unwrap() + &steps;
    write(&here.join("flow.arazzo.yaml"), text);
    write(&here.join("a.yaml"), "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n");
    let check = |options: &[&str]| arras(["check", "flow.arazzo.yaml"]).within(&here).args(options).run();
    let concise = check(&["--format", "concise"]);
    concise.expect(1, &["151 errors"]);
    let of = |text: &str, rule: &str| text.lines().filter(|line| line.contains(rule)).count();
    assert_eq!(of(&concise.stdout, "error[unknown-operation]"), 100, "{}", concise.stdout);
    assert_eq!(of(&concise.stdout, "and 51 more of `unknown-operation` in flow.arazzo.yaml"), 1, "{}", concise.stdout);
    assert_eq!(check(&["--format", "json"]).answer()["summary"]["errors"], 151);
    let run = arras(["run", "flow.arazzo.yaml"]).within(&here).run();
    run.expect(3, &["151 errors", "and 51 more of `unknown-operation` in flow.arazzo.yaml"]);
}

#[test]
fn checking_opens_no_socket() {
    let here = folder("offline");
    let server = Server::start(|_, _| Answer::Json(200, r#"{"openapi":"3.1.0"}"#.into()));
    let file = copied(&here, |text| text);
    let text = std::fs::read_to_string(&file).unwrap();
    let there = format!("url: {}/rekognition.yaml", server.url());
    write(&file, text.replace("url: ../openapi/rekognition-face-liveness.openapi.yaml", &there));
    let check = |options: &[&str]| {
        let proxies = ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
        let run = arras(["check"]).arg(&file).args(options);
        proxies.iter().fold(run, |run, name| run.env(name, &server.url())).run()
    };
    let ran = check(&[]);
    ran.expect(0, &[]);
    assert!(ran.stdout.contains("source-not-fetched"), "{}", ran.stdout);
    assert!(unwrapped(&ran.stdout).contains("`--online --allow-host 127.0.0.1`"), "{}", ran.stdout);
    check(&["--allow-host", "127.0.0.1"]).expect(0, &[]);
    check(&["--online"]).expect(1, &[]);
    assert_eq!(server.received().len(), 0);
    check(&["--online", "--allow-host", "127.0.0.1"]).expect(1, &[]);
    assert_eq!(server.received().len(), 1, "asked to, it fetches");
}

#[test]
fn checking_makes_no_system_call_for_a_socket() {
    let trace = folder("traced").join("trace.txt");
    let file = project().join("workflows");
    let traced = std::process::Command::new("strace")
        .args(["-f", "-e", "trace=network", "-o"])
        .arg(&trace)
        .arg(env!("CARGO_BIN_EXE_arras"))
        .arg("check")
        .arg(&file)
        .output();
    let Some(_) = traced.ok().filter(|output| output.status.success()) else {
        eprintln!("skipped: there is no `strace`, or it may not trace");
        return;
    };
    let calls = std::fs::read_to_string(Path::new(&trace)).unwrap();
    assert!(!calls.lines().any(|line| line.contains("AF_INET") || line.contains("connect(")), "{calls}");
}

/// The letter of the text and that of the official schema differ: the schema wants a text where the specification takes
/// any value, and knows nothing of conditions, operations or files.
#[test]
fn the_official_schema_may_judge_alone() {
    let text = "arazzo: 1.0.1\ninfo: {title: t, version: '1'}\nsourceDescriptions: [{name: a, url: none.yaml}]\nworkflows:\n\
        - workflowId: w\n  steps:\n  - stepId: s\n    operationId: o\n    requestBody: {replacements: [{target: /a, value: 1}]}\n\
        \x20   successCriteria: [{condition: '== =='}]\n";
    let here = folder("schema-only");
    write(&here.join("flow.yaml"), text);
    let plain = arras(["check", "flow.yaml", "--format", "concise"]).within(&here).run();
    plain.expect(1, &[]);
    assert!(
        plain.stdout.contains("source-not-found") && plain.stdout.contains("invalid-condition"),
        "{}",
        plain.stdout
    );
    assert!(!plain.stdout.contains("schema-violation"), "{}", plain.stdout);
    let judged = arras(["check", "flow.yaml", "--schema-only", "--format", "concise"]).within(&here).run();
    judged.expect(1, &[]);
    assert_eq!(judged.stdout, "flow.yaml:9:54: error[schema-violation] this is a number, not string\n");
    write(&here.join("flow.yaml"), text.replace("value: 1", "value: '1'"));
    arras(["check", "flow.yaml", "--schema-only"]).within(&here).run().expect(0, &["Passed", "1 file"]);
    arras(["check", "flow.yaml", "--schema-only", "--strict"]).within(&here).run().expect(2, &["--strict"]);
}

/// The verdict of the command on every document that comes with the official schemas.
#[test]
fn the_official_documents_have_the_expected_verdict() {
    let Some(shared) = shared() else { return };
    for version in ["1.0", "1.1"] {
        let folder = shared.join("spec/schema-tests").join(version);
        arras(["check", "--schema-only"]).arg(folder.join("pass")).run().expect(0, &["Passed"]);
        let refused = arras(["check", "--schema-only", "--format", "json"]).arg(folder.join("fail")).run();
        let answer = refused.expect(1, &[]).answer();
        let found: std::collections::BTreeSet<&str> =
            answer["diagnostics"].as_array().unwrap().iter().map(|one| one["file"].as_str().unwrap()).collect();
        assert_eq!(Some(found.len() as u64), answer["files"].as_u64());
    }
}

#[test]
fn a_file_that_is_an_arazzo_file_by_its_name_is_never_passed_over() {
    let here = folder("checking-by-name");
    let utf16: Vec<u8> = "arazzo: 1.0.1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bodies: [(&str, &[u8]); 4] = [
        ("none.arazzo.yaml", b"info: {title: x, version: '1'}\n"),
        ("misspelt.arazzo.yml", b"arazo: 1.0.1\n"),
        ("empty.arazzo.json", b""),
        ("wide.arazzo.yaml", &utf16),
    ];
    for (name, body) in bodies {
        write(&here.join("files").join(name), body);
    }
    write(&here.join("other/data.yaml"), "info: {}\n");
    let checked = arras(["check", "files"]).within(&here).run();
    checked.expect(1, &["Failed 4 files"]);
    let tested = arras(["test", "files"]).within(&here).run();
    tested.expect(3, &["Failed 4 of 4 tests"]);
    for (name, _) in bodies {
        assert!(checked.stdout.contains(name) && tested.stderr.contains(name), "{name}: {}", checked.stdout);
    }
    for command in ["check", "test"] {
        arras([command, "other"]).within(&here).run().expect(2, &["Arazzo file"]);
    }
}

#[test]
fn a_check_that_denies_warnings_says_so() {
    let here = folder("checking-denied");
    look_at_shop(
        &here,
        "workflows: [{workflowId: w, inputs: {type: object, properties: {idle: {type: string}}}, \
         steps: [{stepId: s, operationId: look}]}]\n",
    );
    let check = |more: &[&str]| arras(["check", "f.arazzo.yaml"]).args(more).within(&here).run();
    let passed = check(&[]);
    passed.expect(0, &["warning"]);
    assert!(passed.last_line().starts_with("Passed"), "{}", passed.stderr);
    let denied = check(&["--deny-warnings"]);
    denied.expect(1, &["warnings are denied"]);
    assert!(denied.last_line().starts_with("Failed"), "{}", denied.stderr);
    assert!(check(&["--format", "junit"]).stdout.contains(r#"failures="0""#));
    let junit = check(&["--format", "junit", "--deny-warnings"]).stdout;
    assert!(!junit.contains(r#"failures="0""#) && junit.contains("<failure "), "{junit}");
}
