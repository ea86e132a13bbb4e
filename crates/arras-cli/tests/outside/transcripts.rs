//! The transcripts of the README and the guides are what the command prints: each is run again and compared.
//!
//! A transcript is a block whose first line is `$ arras …` (or `$ cargo run --release -- …`) with what was printed below
//! it. Times, rates and ports may differ, and how lines are broken. With `UPDATE=1` the blocks are written anew.

use std::path::PathBuf;

use crate::support::{arras, project};

/// A block of a page: where its text stands, and the lines.
struct Transcript {
    page: PathBuf,
    start: usize,
    end: usize,
    command: String,
    told: String,
}

fn pages() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(project().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> = folder.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect();
    pages.push(project().join("README.md"));
    pages.sort();
    pages
}

/// The transcripts of a page; a block of commands alone is none.
fn transcripts(page: PathBuf) -> Vec<Transcript> {
    let text = std::fs::read_to_string(&page).unwrap();
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(start) = text[at..].find("```\n$ ").map(|start| at + start + 4) {
        let end = start + text[start..].find("\n```").unwrap() + 1;
        at = end;
        let (first, told) = text[start..end].split_once('\n').unwrap();
        let command = first.trim_start_matches("$ ").trim_start_matches("cargo run --release -- ");
        let is_ours = command.starts_with("arras ") || first.contains("cargo run");
        if is_ours && !told.is_empty() && !told.starts_with("$ ") {
            let command = command.trim_start_matches("arras ").to_owned();
            found.push(Transcript {
                page: page.clone(),
                start: start + first.len() + 1,
                end,
                command,
                told: told.to_owned(),
            });
        }
    }
    found
}

/// The words of a command line, as a shell has them where nothing but quotes is special.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for char in line.chars() {
        match char {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

/// Words alone: numbers before a unit, behind a port's colon, and in a load all numbers, are left open.
fn normal(text: &str, load: bool) -> String {
    let is_number = |word: &str| word.trim_end_matches(',').parse::<f64>().is_ok();
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut out: Vec<String> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let next = words.get(index + 1).map_or("", |next| next.trim_end_matches([',', ':', ';']));
        let timed = ["ms", "s", "min", "h"].contains(&next) && is_number(word);
        // a wait of seconds may be told in milliseconds
        let unit = ["ms", "s"].contains(&word.trim_end_matches([',', ':', ';']));
        out.push(match word.split_once("127.0.0.1:") {
            _ if timed || load && is_number(word) => "N".to_owned(),
            _ if unit && out.last().is_some_and(|last| last == "N") => "t".to_owned(),
            Some((before, _)) => format!("{before}127.0.0.1:PORT"),
            None => (*word).to_owned(),
        });
    }
    out.join(" ")
}

#[test]
fn every_transcript_is_what_the_command_prints() {
    let mut tried = 0;
    for page in pages() {
        // from the end, so that a block that grows moves none that is still to come
        for transcript in transcripts(page).into_iter().rev() {
            let Transcript { page, start, end, command, told } = transcript;
            tried += 1;
            let ran = arras(words(&command)).run();
            let printed = format!("{}{}", ran.stderr, ran.stdout);
            let load = command.contains("--virtual-users");
            if normal(&printed, load) == normal(&told, load) {
                continue;
            }
            let update = std::env::var_os("UPDATE").is_some();
            assert!(update, "{}: `arras {command}` prints\n{printed}\nand the page says\n{told}", page.display());
            let mut text = std::fs::read_to_string(&page).unwrap();
            text.replace_range(start..end, &printed);
            std::fs::write(&page, text).unwrap();
        }
    }
    assert!(tried >= 8, "{tried}");
}
