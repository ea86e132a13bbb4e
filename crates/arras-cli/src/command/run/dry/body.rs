//! A body as a shell gives it to curl: on the command line where it is a short text, else through a pipe.

use std::fmt::Write as _;

use arras_run::payload::{Payload, Segment};
use arras_run::secret::base64;

use super::{is_unsafe, quote};

/// The longest text, in bytes, that stands on a command line; systems take some more.
const LONGEST: usize = 100 << 10;

/// How a body reaches curl.
pub(super) struct Given {
    /// What stands before `curl`: a pipe, or nothing.
    pub(super) before: String,
    /// curl's own option.
    pub(super) option: String,
}

/// A body that is not empty.
pub(super) fn given(body: &Payload) -> Given {
    if let [Segment::File(file)] = body.segments() {
        let option = format!("--data-binary {}", quote(&format!("@{}", file.path.display())));
        return Given { before: String::new(), option };
    }
    let text = body.in_memory().and_then(|bytes| std::str::from_utf8(bytes).ok());
    match text.filter(|text| text.len() <= LONGEST && !text.chars().any(is_unsafe)) {
        Some(text) => Given { before: String::new(), option: format!("--data-raw {}", quote(text)) },
        None => Given { before: format!("{} |\n", pipe(body)), option: "--data-binary @-".to_owned() },
    }
}

/// Commands that print the body.
fn pipe(body: &Payload) -> String {
    let parts: Vec<String> = body.segments().iter().map(part).collect();
    match parts.as_slice() {
        [part] => part.clone(),
        parts => format!("{{\n  {}\n}}", parts.join("\n  ")),
    }
}

fn part(segment: &Segment) -> String {
    match segment {
        Segment::File(file) => format!("cat -- {}", quote(&file.path.to_string_lossy())),
        Segment::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => format!("printf %b {}", quote(&escaped(text))),
            Err(_) if is_mostly_text(bytes) => format!("printf %b {}", quote(&escaped_bytes(bytes))),
            Err(_) => format!("printf %s {} | base64 -d", quote(&base64(bytes))),
        },
    }
}

/// The text as `printf %b` has it: no character that a terminal might obey or a reader miss, and no backslash stands for itself.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str(r"\\"),
            '\r' => out.push_str(r"\r"),
            letter if is_unsafe(letter) => letter.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| {
                let _ = write!(out, r"\0{byte:03o}");
            }),
            letter => out.push(letter),
        }
    }
    out
}

/// Whether a person could read the bytes and put a value in, as those of a text in Latin-1.
fn is_mostly_text(bytes: &[u8]) -> bool {
    let text = |byte: &&u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t' | b'\r');
    bytes.len() <= LONGEST && bytes.iter().filter(text).count() * 4 >= bytes.len() * 3
}

/// Bytes as `printf %b` has them.
fn escaped_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        match byte {
            b' '..=b'~' | b'\n' | b'\t' | b'\r' => out.push_str(&escaped(char::from(*byte).encode_utf8(&mut [0; 4]))),
            byte => {
                let _ = write!(out, r"\0{byte:03o}");
            }
        }
    }
    out
}
