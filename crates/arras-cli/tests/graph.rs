//! `arras graph`: the same drawing of the same plan each time, in every format, harmless whatever the names are.
//!
//! What is expected stands beside the documents in `tests/graph/`; with `UPDATE=1` it is written anew.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const FORMATS: [&str; 6] = ["tree", "mermaid", "dot", "svg", "html", "json"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/graph")
}

fn graph(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arras"));
    command.arg("graph").args(arguments).current_dir(folder).env_clear().env("HOME", env!("CARGO_TARGET_TMPDIR"));
    command.stdin(Stdio::null()).output().unwrap()
}

#[track_caller]
fn drawn(folder: &Path, arguments: &[&str]) -> String {
    let output = graph(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn is_well_formed(svg: &str) -> bool {
    roxmltree::Document::parse(svg).is_ok_and(|document| document.root_element().has_tag_name("svg"))
}

#[test]
fn every_format_is_as_expected() {
    for format in FORMATS {
        let found = drawn(&folder(), &["orders.arazzo.yaml", "--format", format]);
        let path = folder().join(format!("orders.{format}"));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &found).unwrap();
        }
        assert_eq!(found, std::fs::read_to_string(&path).unwrap_or_default(), "{format}");
        if format == "svg" {
            assert!(is_well_formed(&found), "{found}");
        }
    }
}

/// Each edge of the document is in the drawing, whatever else is.
#[test]
fn every_way_is_drawn() {
    let graph: Value = serde_json::from_str(&drawn(&folder(), &["orders.arazzo.yaml", "--format", "json"])).unwrap();
    let order = &graph["workflows"][0];
    assert_eq!(
        (&order["name"], &order["asked"], &order["dependsOn"]),
        (&json!("placeOrder"), &json!(true), &json!(["login"]))
    );
    let steps = order["steps"].as_array().unwrap();
    let next: Vec<_> = steps.iter().map(|step| step["next"].as_str()).collect();
    assert_eq!(next, [Some("pay"), Some("poll"), None, None], "`shipped` always ends what `notYet` does not");
    assert_eq!(steps[1]["workflow"], "payment");
    assert_eq!(steps[3]["dependsOn"], json!([{ "workflow": "placeOrder", "stepId": "create" }]));
    let actions: Vec<Value> = steps.iter().flat_map(|step| step["actions"].as_array().unwrap()).cloned().collect();
    let told: Vec<_> = actions
        .iter()
        .map(|action| {
            ["on", "type", "name", "stepId", "workflow"].map(|name| action[name].as_str().unwrap_or_default())
        })
        .collect();
    assert_eq!(
        told,
        [
            ["failure", "retry", "again", "", ""],
            ["failure", "retry", "renew", "", "login"],
            ["failure", "goto", "undo", "cancel", ""],
            ["success", "goto", "notYet", "poll", ""],
            ["success", "end", "shipped", "", ""],
        ]
    );
    assert_eq!((&actions[0]["retryAfterMs"], &actions[0]["retryLimit"]), (&json!(1000), &json!(3)));
    assert_eq!(actions[3]["criteria"], json!(["$[?@.state == 'NEW']"]));
}

#[test]
fn one_workflow_is_drawn_with_what_it_leads_to() {
    let names = |arguments: &[&str]| {
        let text = drawn(&folder(), &[&["orders.arazzo.yaml", "--format", "json"], arguments].concat());
        let graph: Value = serde_json::from_str(&text).unwrap();
        let workflows = graph["workflows"].as_array().unwrap();
        workflows.iter().map(|workflow| workflow["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&[]), ["placeOrder", "login", "payment"]);
    assert_eq!(names(&["payment"]), ["payment"]);
    assert_eq!(names(&["payment", "placeOrder"]), ["payment", "placeOrder", "login"]);
}

/// Whatever a document calls its parts: nothing of it is markup, ends a text, or moves a cursor.
#[test]
fn names_and_conditions_do_no_harm() {
    let here = Path::new(env!("CARGO_TARGET_TMPDIR")).join("graph-hostile");
    let _ = std::fs::remove_dir_all(&here);
    std::fs::create_dir_all(&here).unwrap();
    let hostile = r#"<script>alert(1)</script>\"]-->w0;click|`end`%%{x}&lt;"#;
    let text = std::fs::read_to_string(folder().join("orders.arazzo.yaml")).unwrap();
    let name = format!("\"{}\\e[31m\\u202e\"", hostile.replace('\\', "\\\\").replace('"', "\\\""));
    let text = text.replace("{name: undo,", &format!("{{name: {name},"));
    let text = text.replace("$statusCode == 503", "$response.body#/a == '</svg><script>\"' ");
    assert!(text.contains("script"), "{text}");
    std::fs::write(here.join("orders.arazzo.yaml"), text).unwrap();
    std::fs::copy(folder().join("orders.openapi.yaml"), here.join("orders.openapi.yaml")).unwrap();
    for format in FORMATS {
        let found = drawn(&here, &["orders.arazzo.yaml", "--format", format]);
        assert!(!found.contains(['\u{1b}', '\u{202e}']), "{format}: {found:?}");
        match format {
            "json" => drop(serde_json::from_str::<Value>(&found).unwrap()),
            "tree" => {}
            "svg" => assert!(is_well_formed(&found) && !found.contains("<script"), "{found}"),
            "html" => {
                assert!(!found.contains("<script") && found.contains("default-src 'none'"), "{found}");
                let svg = &found[found.find("<svg").unwrap()..found.find("</svg>").unwrap() + 6];
                assert!(is_well_formed(svg), "{svg}");
            }
            _ => {
                // quotation marks come in pairs, so that nothing stands outside of them
                for line in found.lines() {
                    let quotes = line.replace("\\\\", "").replace("\\\"", "").matches('"').count();
                    assert_eq!(quotes % 2, 0, "{format}: {line}");
                }
            }
        }
        if format == "mermaid" {
            assert!(!found.contains("<script") && !found.contains('`') && !found.contains("%%"), "{found}");
        }
    }
}

/// Criteria all have to hold, whatever `||` one of them has.
#[test]
fn compound_criteria_stand_in_brackets_beside_others() {
    let here = Path::new(env!("CARGO_TARGET_TMPDIR")).join("graph-compound");
    let _ = std::fs::remove_dir_all(&here);
    std::fs::create_dir_all(&here).unwrap();
    let text = std::fs::read_to_string(folder().join("orders.arazzo.yaml")).unwrap();
    let either = "$response.body#/state == 2 || $response.body#/state == 3";
    let text = text.replace("$statusCode == 503", &format!("$statusCode == 503}}, {{condition: {either}"));
    let text = text.replace("$statusCode == 401", either);
    std::fs::write(here.join("orders.arazzo.yaml"), text).unwrap();
    std::fs::copy(folder().join("orders.openapi.yaml"), here.join("orders.openapi.yaml")).unwrap();
    for format in ["tree", "mermaid", "dot", "svg", "html"] {
        let found = drawn(&here, &["orders.arazzo.yaml", "--format", format]);
        assert!(found.contains("503 and ("), "{format}: {found}");
    }
    let tree = drawn(&here, &["orders.arazzo.yaml", "--format", "tree"]);
    let words = tree.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&format!("$statusCode == 503 and ({either})")), "{tree}");
    assert_eq!(words.matches(&format!("({either})")).count(), 1, "one alone needs no brackets: {tree}");
    assert_eq!(words.matches(either).count(), 2, "{tree}");
}

#[test]
fn what_can_t_be_planned_is_refused() {
    let here = Path::new(env!("CARGO_TARGET_TMPDIR")).join("graph-refused");
    let _ = std::fs::remove_dir_all(&here);
    std::fs::create_dir_all(&here).unwrap();
    std::fs::write(here.join("broken.yaml"), "arazzo: 1.0.1\ninfo: {title: T, version: '1'}\nworkflows: 7\n").unwrap();
    let broken = here.join("broken.yaml");
    let cases: [(&[&str], i32, &str); 4] = [
        (
            &["orders.arazzo.yaml", "plaecOrder"],
            2,
            "there is no workflow `plaecOrder`; there are `login`, `placeOrder`, `payment`",
        ),
        (&["none.yaml"], 4, "none.yaml"),
        (&[broken.to_str().unwrap()], 3, "Refused"),
        (&["orders.arazzo.yaml", "--format", "png"], 2, "possible values: tree, mermaid, dot, svg, html, json"),
    ];
    for (arguments, code, told) in cases {
        let output = graph(&folder(), arguments);
        let story = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0), "{arguments:?}: {story}");
        assert!(story.contains(told), "{arguments:?}: {story}");
    }
}
