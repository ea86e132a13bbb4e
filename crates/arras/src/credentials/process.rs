//! Credentials that a program prints: `credential_process`.

use std::process::{Output, Stdio};
use std::time::Duration;

use arras_doc::value::Value;
use arras_run::fault::Fault;
use tokio::process::Command;

use super::{AwsCredentials, answer, unusable};

/// How long a program may take: it may have to ask a person.
const LIMIT: Duration = Duration::from_secs(60);
/// How much of what a program complains is shown.
const COMPLAINT: usize = 200;

/// Runs the command, without a shell, and reads what it prints.
///
/// # Errors
/// `no-credentials` with the profile and the last line of the program's complaint, never what it printed.
pub(super) async fn credentials(profile: &str, command: &str) -> Result<AwsCredentials, Fault> {
    let source = format!("the `credential_process` of the profile `{profile}`");
    let words = words(command).ok_or_else(|| unusable(format!("{source} has a quote that does not end")))?;
    let output = run(&source, &words).await?;
    if !output.status.success() {
        let complaint = complaint(&output.stderr);
        return Err(unusable(format!("{source} failed ({}){complaint}", output.status)));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let version = Value::from_json(&text).ok().and_then(|value| value.get("Version").map(Value::to_json));
    match version.as_deref() {
        Some("1") | None => answer::object(&source, &text, "SessionToken"),
        Some(_) => Err(unusable(format!("{source} gave an answer whose `Version` is not 1"))),
    }
}

async fn run(source: &str, words: &[String]) -> Result<Output, Fault> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(unusable(format!("{source} is empty")));
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    match tokio::time::timeout(LIMIT, command.output()).await {
        Ok(Ok(output)) => Ok(output),
        Ok(Err(error)) => Err(unusable(format!("{source} can't be run: `{program}`: {error}"))),
        Err(_) => Err(unusable(format!("{source} did not end within {LIMIT:?}"))),
    }
}

fn complaint(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    match text.lines().map(str::trim).rfind(|line| !line.is_empty()) {
        Some(line) => format!(": {}", line.chars().take(COMPLAINT).collect::<String>().escape_debug()),
        None => String::new(),
    }
}

/// A command's words, split as a shell splits them, nothing replaced; `None` for a quote without an end.
///
/// On Windows a backslash is a letter of paths, and only double quotes quote.
fn words(command: &str) -> Option<Vec<String>> {
    words_on(command, cfg!(windows))
}

fn words_on(command: &str, windows: bool) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match letter {
            letter if letter.is_whitespace() => words.extend(word.take()),
            '\'' if !windows => quoted(&mut letters, word.get_or_insert_default(), '\'', false)?,
            '"' => quoted(&mut letters, word.get_or_insert_default(), '"', !windows)?,
            '\\' if !windows => word.get_or_insert_default().extend(letters.next()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    Some(words)
}

/// Takes in letters up to the closing quote; a backslash before a quote or a backslash stands for it, if it escapes.
fn quoted(letters: &mut std::str::Chars<'_>, word: &mut String, end: char, escapes: bool) -> Option<()> {
    loop {
        match letters.next()? {
            letter if letter == end => return Some(()),
            '\\' if escapes => match letters.next()? {
                letter @ ('"' | '\\') => word.push(letter),
                letter => word.extend(['\\', letter]),
            },
            letter => word.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_come_apart_into_words() {
        let table: [(&str, bool, Option<&[&str]>); 8] = [
            ("/bin/x  a\tb", false, Some(&["/bin/x", "a", "b"])),
            (r#""/my tools/x" 'a "b"' c\ d"#, false, Some(&["/my tools/x", "a \"b\"", "c d"])),
            (r#"x "a\"b\\c\d" ''"#, false, Some(&["x", "a\"b\\c\\d", ""])),
            (r#""C:\my tools\x.exe" C:\a 'b'"#, true, Some(&["C:\\my tools\\x.exe", "C:\\a", "'b'"])),
            ("$HOME `x` ; y", false, Some(&["$HOME", "`x`", ";", "y"])),
            ("", false, Some(&[])),
            ("'x", false, None),
            ("\"x\\\"", false, None),
        ];
        for (command, windows, expected) in table {
            let expected = expected.map(|words| words.iter().map(ToString::to_string).collect::<Vec<_>>());
            assert_eq!(words_on(command, windows), expected, "{command}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_program_gives_credentials_or_a_reason_without_secrets() {
        let good = r#"sh -c 'echo "{\"Version\":1,\"AccessKeyId\":\"AKIDCMD\",\"SecretAccessKey\":\"c\",\"SessionToken\":\"t\"}"'"#;
        let found = credentials("p", good).await.unwrap();
        assert_eq!((found.access_key_id.as_str(), found.session_token.is_some()), ("AKIDCMD", true));
        let bad = [
            (r#"sh -c 'echo hush; echo warming up >&2; echo no ticket >&2; exit 3'"#, "no ticket"),
            (r#"sh -c 'echo hush'"#, "no JSON"),
            (r#"sh -c 'echo "{\"Version\":2,\"AccessKeyId\":\"hush\"}"'"#, "`Version`"),
            ("/no/such/program hush", "/no/such/program"),
            ("'", "quote"),
            (" ", "empty"),
        ];
        for (command, says) in bad {
            let fault = credentials("p", command).await.unwrap_err();
            assert!(fault.message.contains(says) && fault.message.contains("`p`"), "{}", fault.message);
            assert!(!fault.message.contains("hush"), "{}", fault.message);
        }
    }
}
