//! What a command of the user prints, within bounds.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long it may take.
const LONGEST: Duration = Duration::from_secs(60);
/// How much it may print.
const LARGEST: u64 = 1 << 20;

/// What the command line prints on standard output, run by the system's shell; what it prints elsewhere is not looked at.
///
/// # Errors
/// One phrase, without anything that it printed.
pub(super) fn output(line: &str) -> Result<String, String> {
    let mut command = shell(line);
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = spawned.map_err(|error| format!("the command can't be started: {error}"))?;
    let Some(stdout) = child.stdout.take() else { return Err("the command has no output".to_owned()) };
    // a reader of its own, so that a full pipe or a silent command keeps nobody waiting for longer than is allowed
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let read = stdout.take(LARGEST).read_to_string(&mut text).map(|_| text);
        drop(sender.send(read));
    });
    let started = Instant::now();
    let Ok(read) = receiver.recv_timeout(LONGEST) else { return Err(stop(&mut child)) };
    let text = read.map_err(|_| "the command's output is no UTF-8 text".to_owned())?;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(text),
            Ok(Some(status)) => return Err(format!("the command failed ({status})")),
            Ok(None) if started.elapsed() > LONGEST => return Err(stop(&mut child)),
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            Err(error) => return Err(format!("the command can't be waited for: {error}")),
        }
    }
}

fn stop(child: &mut Child) -> String {
    drop(child.kill());
    drop(child.wait());
    format!("the command did not end within {LONGEST:?}")
}

#[cfg(not(windows))]
fn shell(line: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(line);
    command
}

#[cfg(windows)]
fn shell(line: &str) -> Command {
    let mut command = Command::new("cmd");
    command.arg("/C").arg(line);
    command
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_command_gives_what_it_prints_and_its_failure_shows_nothing_of_it() {
        assert_eq!(output("printf 'a b'").as_deref(), Ok("a b"));
        let failed = output("echo hush; echo hush >&2; exit 3").unwrap_err();
        assert!(failed.contains('3') && !failed.contains("hush"), "{failed}");
    }
}
