//! `arras run --dry-run`: every request that can be built, as curl, and none is sent.

mod body;
mod who;

use std::fmt::Write as _;

use arras::auth::Authorization;
use arras::{AuthSettings, DryStep};
use arras_run::draft::Reached;
use arras_run::exchange::Request;

use crate::display::{escape, is_deceptive};

/// The requests of a workflow as a script of comments and commands.
///
/// `auth` says where credentials are that were given for this use; others come from the variables that a run reads.
pub(super) fn script(workflow_id: &str, steps: &[DryStep], auth: &AuthSettings) -> String {
    let mut text = format!("# {}\n", escape(workflow_id));
    for step in steps {
        let draft = &step.draft;
        let name = match draft.workflow_id == workflow_id {
            true => draft.step_id.clone(),
            false => format!("{} of {}", draft.step_id, draft.workflow_id),
        };
        let _ = write!(text, "\n# {}", escape(&name));
        if let Reached::ByAction { action, step_id } = &draft.reached {
            let _ = write!(text, ", where the action {} of {} leads", escape(action), escape(step_id));
        }
        text.push('\n');
        for expression in &draft.unknown {
            let _ = writeln!(text, "# not known yet: {}", escape(expression));
        }
        for expression in &draft.secret {
            let _ = writeln!(text, "# not shown, as it is secret: {}", escape(expression));
        }
        match &draft.request {
            Ok(request) => text.push_str(&curl(request, step.authorization.as_ref(), auth)),
            Err(fault) => {
                let _ = writeln!(text, "# can't be built: {}", escape(&fault.message));
            }
        }
    }
    text
}

/// The summary: how many requests, and how many wait for answers.
pub(super) fn summary(steps: &[DryStep]) -> String {
    let requests = steps.iter().filter(|step| step.draft.request.is_ok()).count();
    let waiting = steps.iter().filter(|step| !step.draft.unknown.is_empty()).count();
    let mut text = crate::display::count(requests, "request");
    if waiting > 0 {
        let _ = write!(text, ", {waiting} with values that answers will tell");
    }
    let failing = steps.len() - requests;
    if failing > 0 {
        let _ = write!(text, ", {failing} that can't be built");
    }
    text
}

/// A command that sends the request; credentials come from where a run finds them.
fn curl(request: &Request, authorization: Option<&Authorization>, auth: &AuthSettings) -> String {
    let mut command = String::from("curl");
    if request.url.contains(['{', '[']) {
        command.push_str(" --globoff");
    }
    match request.method.as_str() {
        "HEAD" if request.body.is_empty() => command.push_str(" --head"),
        // beside a body it is a method like others: the answer ends with its connection, whatever length it names
        "HEAD" => command.push_str(" --request HEAD --http1.0 --ignore-content-length"),
        method => {
            let _ = write!(command, " --request {}", quote(method));
        }
    }
    let _ = write!(command, " {}", quote(&request.url));
    for part in authorization.into_iter().flat_map(Authorization::parts) {
        for option in who::options(request, part, auth) {
            let _ = write!(command, " \\\n  {option}");
        }
    }
    for (name, value) in &request.headers {
        let field = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        let _ = write!(command, " \\\n  --header {}", quote(&field));
    }
    if !request.body.is_empty() {
        let body = body::given(&request.body);
        let _ = write!(command, " \\\n  {}", body.option);
        command.insert_str(0, &body.before);
    } else if ["POST", "PUT", "PATCH"].contains(&request.method.as_str()) {
        command.push_str(" \\\n  --header 'Content-Length: 0'");
    }
    command.push('\n');
    command
}

/// Whether a terminal might obey the character, or a reader miss it.
fn is_unsafe(letter: char) -> bool {
    is_deceptive(letter) && letter != '\n' && letter != '\t'
}

/// The text as one word of a shell. Characters that a terminal might obey, or a reader miss, are spelled out.
fn quote(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@%+,".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    if !text.chars().any(is_unsafe) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    // a command's answer loses the line breaks at its end
    let kept = text.trim_end_matches('\n');
    let breaks = &text[kept.len()..];
    let word = format!("\"$(printf %b '{}')\"", body::escaped(kept).replace('\'', r"\0047"));
    if breaks.is_empty() { word } else { format!("{word}'{breaks}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        let table = [
            ("POST", "POST"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$(rm -rf ~)`x`", "'$(rm -rf ~)`x`'"),
            ("{\n  \"a\": 1\n}", "'{\n  \"a\": 1\n}'"),
            ("a\u{1b}]0;x\u{7}\\'", r#""$(printf %b 'a\0033]0;x\0007\\\0047')""#),
            ("\u{9b}31m", r#""$(printf %b '\0302\023331m')""#),
            ("a\u{202e}b\n\n", "\"$(printf %b 'a\\0342\\0200\\0256b')\"'\n\n'"),
        ];
        for (text, expected) in table {
            assert_eq!(quote(text), expected, "{text:?}");
        }
    }

    /// What any shell makes of the word is the text again, and nothing else comes of it.
    #[test]
    #[cfg(unix)]
    fn a_shell_reads_the_words_as_they_were() {
        let texts = ["it's", "a\u{1b}b'\\c\n\t\u{7f}", "\u{9b}é\"$HOME\"", "-n", "*"];
        let hostile = ["a\u{202e}'; echo PWNED #", "\u{202e}\\'$(echo PWNED)`echo PWNED`\n\n", "\u{202e}\\c7\r8%s\\07"];
        for text in texts.iter().chain(&hostile) {
            let script = format!("printf %s {}", quote(text));
            for shell in ["sh", "dash", "bash", "zsh", "busybox"] {
                let arguments: &[&str] = if shell == "busybox" { &["sh", "-c", &script] } else { &["-c", &script] };
                // not every system has all of them
                let Ok(output) = std::process::Command::new(shell).args(arguments).output() else { continue };
                assert_eq!(String::from_utf8_lossy(&output.stdout), *text, "{shell}: {script}");
                assert!(output.stderr.is_empty(), "{shell}: {script}");
            }
        }
    }

    #[test]
    fn a_request_is_a_command() {
        let auth = AuthSettings::default();
        let request = Request {
            method: "POST".into(),
            url: "https://a.example/{$steps.s.outputs.id}".into(),
            headers: vec![("X-A".into(), "it's".into()), ("X-Empty".into(), String::new())],
            body: "@file".into(),
            path: Vec::new(),
            query: Vec::new(),
        };
        let scope = arras::auth::Scope { region: "eu-west-1".into(), service: "rekognition".into() };
        let origin = arras::origin::Origin::parse("https://a.example").expect("an origin");
        let signed = Authorization::SigV4(arras::auth::SigV4 { scope, origin });
        let expected = "curl --globoff --request POST 'https://a.example/{$steps.s.outputs.id}' \\\n  \
            --aws-sigv4 aws:amz:eu-west-1:rekognition --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" \\\n  \
            ${AWS_SESSION_TOKEN:+--header} ${AWS_SESSION_TOKEN:+\"X-Amz-Security-Token: $AWS_SESSION_TOKEN\"} \\\n  \
            --header 'X-A: it'\\''s' \\\n  --header 'X-Empty;' \\\n  --data-raw @file\n";
        assert_eq!(curl(&request, Some(&signed), &auth), expected);
        let head = Request { method: "HEAD".into(), url: "https://a.example/".into(), headers: Vec::new(), ..request };
        let expected =
            "curl --request HEAD --http1.0 --ignore-content-length https://a.example/ \\\n  --data-raw @file\n";
        assert_eq!(curl(&head, None, &auth), expected);
        let head = Request { body: "".into(), ..head };
        assert_eq!(curl(&head, None, &auth), "curl --head https://a.example/\n");
        let post = Request { method: "POST".into(), ..head };
        let expected = "curl --request POST https://a.example/ \\\n  --header 'Content-Length: 0'\n";
        assert_eq!(curl(&post, None, &auth), expected);
    }
}
