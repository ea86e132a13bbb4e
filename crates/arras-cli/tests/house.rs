//! The house's rules: which crate knows which, what the two inner ones may not touch, and how every file begins.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Who may depend on whom, tests aside. The mock stands beside the line: only the command uses it.
const DIRECTION: [(&str, &[&str]); 5] = [
    ("arras-doc", &[]),
    ("arras-run", &["arras-doc"]),
    ("arras", &["arras-doc", "arras-run"]),
    ("arras-mock", &["arras-doc"]),
    ("arras-cli", &["arras", "arras-doc", "arras-mock", "arras-run"]),
];

/// What the crates may not depend on, not even by way of others.
const FORBIDDEN: [(&str, &[&str]); 3] = [
    ("arras-doc", INNER),
    ("arras-run", INNER),
    ("arras", &["clap", "miette", "serde_yml", "openssl-sys", "native-tls", "aws-lc-rs"]),
];
const INNER: &[&str] =
    &["tokio", "reqwest", "miette", "clap", "rand", "hyper", "ring", "rustls", "serde_yml", "mio", "socket2"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// What cargo says when it is run with those arguments.
fn cargo(arguments: &[&str]) -> String {
    let ran = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

/// What cargo knows of the workspace on this platform, whose packages alone are sure to be at hand.
fn metadata() -> Value {
    let version = cargo(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let text = cargo(&["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", host]);
    serde_json::from_str(&text).unwrap()
}

/// Who depends on whom when nothing is tested, by package id; and the packages' names.
struct Graph {
    names: BTreeMap<String, String>,
    normal: BTreeMap<String, Vec<String>>,
}

impl Graph {
    fn read() -> Graph {
        let metadata = metadata();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let packages = metadata["packages"].as_array().unwrap();
        let names = packages.iter().map(|package| (text(&package["id"]), text(&package["name"]))).collect();
        let is_normal =
            |dependency: &&Value| dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null());
        let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
        let normal = nodes.iter().map(|node| {
            let dependencies = node["deps"].as_array().unwrap().iter().filter(is_normal);
            (text(&node["id"]), dependencies.map(|dependency| text(&dependency["pkg"])).collect())
        });
        Graph { names, normal: normal.collect() }
    }

    fn id(&self, name: &str) -> &str {
        let ids: Vec<_> = self.names.iter().filter(|(_, known)| *known == name).map(|(id, _)| id).collect();
        assert_eq!(ids.len(), 1, "{name}");
        ids[0]
    }

    /// The names of all that a package needs, itself not among them.
    fn closure(&self, name: &str) -> BTreeSet<&str> {
        let mut pending = vec![self.id(name)];
        let mut found = BTreeSet::new();
        while let Some(id) = pending.pop() {
            for needed in &self.normal[id] {
                if found.insert(needed.as_str()) {
                    pending.push(needed);
                }
            }
        }
        found.into_iter().map(|id| self.names[id].as_str()).collect()
    }
}

#[test]
fn the_crates_stand_in_a_line() {
    let graph = Graph::read();
    let ours: BTreeSet<_> = DIRECTION.iter().map(|(name, _)| *name).collect();
    for (name, expected) in DIRECTION {
        let direct = graph.normal[graph.id(name)].iter().map(|id| graph.names[id].as_str());
        let found: BTreeSet<_> = direct.filter(|name| ours.contains(name)).collect();
        assert_eq!(found, expected.iter().copied().collect(), "{name}");
    }
    let folders: BTreeSet<_> = std::fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(folders.iter().map(String::as_str).eq(ours), "a crate without a place in the line: {folders:?}");
}

#[test]
fn no_crate_reaches_for_what_is_not_its_own() {
    let graph = Graph::read();
    for (name, forbidden) in FORBIDDEN {
        let closure = graph.closure(name);
        let found: Vec<_> = forbidden.iter().filter(|name| closure.contains(*name)).collect();
        assert!(found.is_empty(), "{name} depends on {found:?}");
    }
    let banned: Vec<_> = graph.names.values().filter(|name| ["serde_yml", "libyml"].contains(&name.as_str())).collect();
    assert!(banned.is_empty(), "{banned:?}");
}

/// The Rust files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut pending = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = pending.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.map(Result::unwrap) {
            let path = entry.path();
            let name = entry.file_name().into_string().unwrap();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                pending.push(path);
            } else if name.ends_with(".rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{}", folder.display());
    found
}

/// A crate's own code: its `src` without tests, comments gone.
fn code(name: &str) -> Vec<(PathBuf, String)> {
    let all = files(&root().join("crates").join(name).join("src"));
    let is_test = |path: &Path| {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        stem == "tests" || stem.ends_with("_tests") || path.components().any(|part| part.as_os_str() == "tests")
    };
    let own = all.into_iter().filter(|path| !is_test(path));
    own.map(|path| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path, without_tests(&text))
    })
    .collect()
}

/// The text up to the tests at its end, without comments.
fn without_tests(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let lines = text[..end].lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.fold(String::new(), |text, line| text + line + "\n")
}

/// Whether the code names that module of `std`, alone or among others in braces.
fn names_module(code: &str, module: &str) -> bool {
    let is_end = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
    let alone = format!("std::{module}");
    if code.match_indices(&alone).any(|(at, found)| is_end(&code[at + found.len()..])) {
        return true;
    }
    code.split("std::{").skip(1).filter_map(|rest| rest.split(';').next()).any(|list| {
        list.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
            .any(|item| item == module || item.starts_with(&format!("{module}::")))
    })
}

#[test]
fn the_scan_finds_what_it_looks_for() {
    for yes in ["use std::fs;", "std::fs::read(x)", "use std::{collections::BTreeMap, fs};", "use std::{fs::File, io};"]
    {
        assert!(names_module(yes, "fs"), "{yes}");
    }
    for no in ["use std::fsck;", "use std::fmt;", "use std::{fmt, io};", "my_fs::x", "use core::time::Duration;"] {
        assert!(!names_module(no, "fs") && !names_module(no, "time"), "{no}");
    }
    let text = "fn a() {}\n// std::fs\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
    assert_eq!(without_tests(text), "fn a() {}\n");
}

#[test]
fn the_two_inner_crates_touch_nothing_outside() {
    for name in ["arras-doc", "arras-run"] {
        for (path, code) in code(name) {
            for module in ["fs", "net", "env", "time", "process", "thread"] {
                assert!(!names_module(&code, module), "{} names `std::{module}`", path.display());
            }
        }
    }
}

#[test]
fn the_environment_is_read_in_two_files() {
    let readers = [root().join("crates/arras-cli/src/context.rs"), root().join("crates/arras/src/environment.rs")];
    let mut found = Vec::new();
    for (name, _) in DIRECTION {
        for (path, code) in code(name) {
            let reads = ["env::var", "env::args", "env::home_dir", "env::temp_dir", "std::env::*"];
            if reads.iter().any(|read| code.contains(read)) {
                found.push(path);
            }
        }
    }
    found.sort();
    let mut expected = readers.to_vec();
    expected.sort();
    assert_eq!(found, expected);
}

/// The lines of a section of a manifest.
fn section<'a>(manifest: &'a str, name: &str) -> Vec<&'a str> {
    let head = format!("[{name}]");
    let lines = manifest.lines().skip_while(|line| *line != head).skip(1);
    lines.take_while(|line| !line.starts_with('[')).collect()
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    assert!(section(&read("Cargo.toml"), "workspace.lints.rust").contains(&"unsafe_code = \"forbid\""));
    for (name, _) in DIRECTION {
        let manifest = read(&format!("crates/{name}/Cargo.toml"));
        assert!(
            section(&manifest, "lints").contains(&"workspace = true"),
            "{name} does not take the workspace's lints"
        );
        for (path, code) in code(name) {
            assert!(!code.contains("allow(unsafe_code)"), "{}", path.display());
        }
    }
}

#[test]
fn every_file_says_first_what_lives_in_it() {
    for folder in ["crates", "examples"] {
        if !root().join(folder).is_dir() {
            continue;
        }
        for path in files(&root().join(folder)) {
            let text = std::fs::read_to_string(&path).unwrap();
            let first = text.lines().next().unwrap_or_default();
            assert!(first.starts_with("//! ") && first.len() > 8, "{}: {first}", path.display());
        }
    }
}
