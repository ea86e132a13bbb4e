//! Help at any width, and what shells learn to complete.

use std::process::Command;

use crate::support::{arras, folder, write};

const COMMANDS: [&str; 11] =
    ["run", "check", "test", "replay", "mock", "auth", "graph", "explain", "schema", "completions", "man"];

#[test]
fn help_is_read_at_any_width() {
    for command in COMMANDS {
        for width in [40, 60, 80, 100] {
            let help = arras([command, "--help"]).env("COLUMNS", &width.to_string()).run();
            let text = help.expect(0, &[]).stdout.clone();
            assert!(text.contains("Examples:"), "{command}: {text}");
            for line in text.lines() {
                // names and paths are not broken
                let is_whole = line.trim_start().starts_with('-') || line.starts_with("Usage:");
                let is_whole = is_whole || !line.trim().contains(' ');
                assert!(line.chars().count() <= width || is_whole, "{command} at {width}: {line}");
            }
            let squeezed = |line: &&str| line.starts_with(&" ".repeat(width / 2)) && line.trim().chars().count() < 16;
            let worst = text.lines().filter(squeezed).count();
            assert!(worst < 4, "{command} at {width}: {text}");
        }
        let wide = arras([command, "--help"]).env("COLUMNS", "400").run();
        assert_eq!(wide.stdout, arras([command, "--help"]).env("COLUMNS", "0").run().stdout);
    }
}

#[test]
fn help_is_a_command_too() {
    let page = |words: &[&str]| arras(words).run().expect(0, &[]).stdout.clone();
    assert_eq!(page(&["help", "run"]), page(&["run", "--help"]));
    assert_eq!(page(&["help"]), page(&["--help"]));
    arras(["help", "chek"]).run().expect(2, &["unrecognized subcommand 'chek'", "'check'"]);
    arras(["run", "x", "--max-steps", "0"]).run().expect(2, &["'0'", "expected a whole number from 1 on"]);
}

#[test]
fn the_manual_page_has_its_usual_sections() {
    let page = arras(["man"]).run().expect(0, &[]).stdout.clone();
    let (_, end) = page.split_once(".SH \"EXIT STATUS\"\n.TP\n\\fB0\\fR\n").unwrap();
    assert!(end.contains(".SH EXAMPLES\n.nf\narras run orders.arazzo.yaml \\-i orderId=42\n"), "{end}");
    assert!(!page.contains(".SH EXTRA"), "{page}");
}

#[test]
#[cfg(unix)]
fn a_shell_completes_rules_and_reports() {
    let here = folder("completed");
    let script = arras(["completions", "bash"]).run().expect(0, &[]).stdout.clone();
    write(&here.join("arras.bash"), script);
    let asked = "compopt() { echo \"compopt $*\"; }\nsource ./arras.bash\n\
        try() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($#-1)); COMPREPLY=(); \
        _arras arras \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD-1]}\"; echo \"${COMPREPLY[*]}\"; }\n";
    let table: [(&[&str], &str); 12] = [
        (&["explain", "replay-d"], "replay-drift"),
        (&["explain", "unused-in"], "unused-input"),
        (&["run", "f", "--report", "j"], "compopt -o nospace\njson= junit="),
        (&["test", "--report", "m"], "compopt -o nospace\nmarkdown="),
        (&["replay", "f", "--report", "nd"], "compopt -o nospace\nndjson="),
        (&["check", "--rule", "unused-in"], "compopt -o nospace\nunused-input="),
        (&["run", "f", "--rule", "unk"], "compopt -o nospace\nunknown-field="),
        (&["test", "--rule", "inv"], "compopt -o nospace\ninvalid-map-key="),
        (&["mock", "f", "--rule", "unk"], "compopt -o nospace\nunknown-field="),
        (&["graph", "f", "--rule", "inv"], "compopt -o nospace\ninvalid-map-key="),
        (&["auth", "list", "f", "--rule", "unk"], "compopt -o nospace\nunknown-field="),
        (&["graph", "f", "--format", "s"], "svg"),
    ];
    for (words, expected) in table {
        let line = format!("{asked}try arras {}\n", words.join(" "));
        let Ok(output) = Command::new("bash").args(["-c", &line]).current_dir(&here).output() else {
            return eprintln!("skipped: there is no `bash` here");
        };
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected, "{words:?}");
    }
    for shell in ["zsh", "fish"] {
        let script = arras(["completions", shell]).run().stdout;
        assert!(script.contains("unused-input") && script.contains("ndjson="), "{shell}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = arras(["completions", shell]).run().stdout;
        assert!(!script.contains("parallel") && script.contains("transport-retry"), "{shell}");
    }
    let fish = arras(["completions", "fish"]).run().stdout;
    for (command, value) in [("schema", "test-file\\t'A test file'"), ("auth", "list"), ("explain", "unused-input\\t")]
    {
        let condition = format!("__fish_arras_using_subcommand {command}\"");
        let (_, values) = fish.rsplit_once(&condition).unwrap();
        assert!(values.contains(value), "{command}: {values}");
    }
    // what is wrong is explained as before
    arras(["explain", "unused-inpt"])
        .run()
        .expect(2, &["there is no rule `unused-inpt`", "did you mean `unused-input`?"]);
    arras(["run", "f", "--report", "jsn=r"]).run().expect(2, &["there is no report `jsn`; there are `json`"]);
}
