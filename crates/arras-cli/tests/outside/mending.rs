//! `arras check` at work: severities by settings and by the document, `--fix`, `--watch`, `arras explain`, no network.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Ran, arras, folder, project, unwrapped, write};

/// A description without a defect, and the APIs it refers to, in a folder of that name; `change` gets its text.
fn shop(name: &str, change: impl FnOnce(String) -> String) -> PathBuf {
    let (here, from) = (folder(name), project().join("tests/cases/check"));
    let read = |file: &str| std::fs::read_to_string(from.join(file)).unwrap();
    for file in ["shop.openapi.yaml", "stock.openapi.yaml", "ledger.arazzo.yaml"] {
        write(&here.join(file), read(file));
    }
    write(&here.join("shop.arazzo.yaml"), change(read("shop.arazzo.yaml")));
    here
}

fn check(here: &Path, options: &[&str]) -> Ran {
    arras(["check", "shop.arazzo.yaml", "--format", "concise"]).args(options).within(here).run()
}

/// With an input that nothing reads.
fn unused(text: String) -> String {
    let with = text
        .replace("        owner: {type: string}\n", "        owner: {type: string}\n        voucher: {type: string}\n");
    assert_ne!(text, with);
    with
}

#[test]
fn severities_are_set_by_option_settings_and_document() {
    let here = shop("severities", unused);
    let told = |options: &[&str]| check(&here, options);
    assert!(told(&[]).expect(0, &["1 warning"]).stdout.contains("warning[unused-input]"));
    told(&["--deny-warnings"]).expect(1, &[]);
    assert_eq!(told(&["--rule", "unused-input=ignore"]).expect(0, &["nothing found"]).stdout, "");
    assert!(told(&["--rule", "unused-input=error"]).expect(1, &["1 error"]).stdout.contains("error[unused-input]"));
    told(&["--rule", "unused-inptu=ignore"])
        .expect(2, &["there is no rule `unused-inptu`", "did you mean `unused-input`"]);
    told(&["--rule", "unused-input=loud"]).expect(2, &["`ignore`, `advice`, `warning` or `error`"]);

    write(&here.join("arras.toml"), "[rule]\nunused-input = \"error\"\n");
    assert!(told(&[]).expect(1, &["1 error"]).stdout.contains("error[unused-input]"));
    // the command line goes before the settings, and the document before both
    told(&["--rule", "unused-input=advice"]).expect(0, &[]);
    let file = here.join("shop.arazzo.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let inner = "  - workflowId: buy\n";
    write(&file, text.replace(inner, "  - workflowId: buy\n    x-arras-rules: {unused-input: ignore}\n"));
    assert_eq!(told(&["--rule", "unused-input=error"]).expect(0, &["nothing found"]).stdout, "");
    write(&file, text.replace(inner, "  - workflowId: buy\n    x-arras-rules: {unused: ignore}\n"));
    let ran = told(&[]);
    assert!(ran.expect(1, &[]).stdout.contains("warning[unknown-rule] there is no rule `unused`"), "{}", ran.stdout);
}

#[test]
fn fixes_change_the_words_they_are_about_and_nothing_else() {
    let mistakes = [
        ("  version: '1'\nsource", "  version: 1.0\nsource"),
        ("$sourceDescriptions.stock.listItems", "$sourceDescriptions.stock.listitems"),
        ("            stepId: cancel", "            stepId: Cancel # the one below"),
        ("            express: true", "            Express: true"),
        ("          total: $response.body#/total", "          total: $response.body.total"),
        ("                wrap: paper", "                wrap:   \"Paper\"   # nice"),
        ("$response.body#/state == 'open'", "$response.body#/state == open"),
    ];
    let here = shop("fixes", |text| {
        mistakes.iter().fold(text, |text, (right, wrong)| {
            assert_eq!(text.matches(right).count(), 1, "{right}");
            text.replace(right, wrong)
        })
    });
    let file = here.join("shop.arazzo.yaml");
    check(&here, &[]).expect(1, &["Failed"]);
    let ran = check(&here, &["--fix"]);
    ran.expect(0, &["Fixed  7 findings", "nothing found"]);
    let mended = std::fs::read_to_string(&file).unwrap();
    let base = std::fs::read_to_string(project().join("tests/cases/check/shop.arazzo.yaml")).unwrap();
    let expected = base
        .replace("  version: '1'\nsource", "  version: '1.0'\nsource")
        .replace("            stepId: cancel", "            stepId: cancel # the one below")
        .replace("                wrap: paper", "                wrap:   \"paper\"   # nice");
    assert_eq!(mended, expected);
    check(&here, &["--fix"]).expect(0, &["Fixed  0 findings"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), mended, "a second time there is nothing to do");
}

/// A name that is merely near is for a person to choose: the help tells it, `--fix` leaves the text alone.
#[test]
fn names_that_are_merely_near_are_not_written() {
    for (right, wrong, told) in [
        ("$sourceDescriptions.stock.listItems", "$sourceDescriptions.stock.listItem", "did you mean `listItems`?"),
        ("            express: true", "            expres: true", "did you mean `express`?"),
        ("                wrap: paper", "                wrap: papper", "did you mean `paper`?"),
        ("$steps.look.outputs.sku", "$steps.look.outputs.skus", "did you mean `sku`?"),
        ("    summary: From", "    sumary: From", "did you mean `summary`?"),
        // what has no `$` is sent as it is written
        (
            "deliver to {$inputs.address#/city}",
            "deliver to {{inputs.address#/city}}",
            "did you mean `{$inputs.address#/city}`?",
        ),
        // another folder's file of that name may be another version
        (
            "        operationId: $sourceDescriptions.shop.getPayment",
            "        operationPath: 'v1/shop.openapi.yaml#/paths/~1payments~1{paymentId}/get'",
            "write `'{$sourceDescriptions.shop.url}#/paths/~1payments~1{paymentId}/get'`",
        ),
    ] {
        let here = shop("near", |text| text.replace(right, wrong));
        let before = std::fs::read_to_string(here.join("shop.arazzo.yaml")).unwrap();
        let ran = arras(["check", "shop.arazzo.yaml", "--fix"]).within(&here).run();
        assert!(ran.stdout.contains(told), "{wrong}: {}", ran.stdout);
        assert_eq!(std::fs::read_to_string(here.join("shop.arazzo.yaml")).unwrap(), before, "{wrong}");
    }
}

/// A change with consequences is taken back, for nobody has looked at what stands under the misspelt field; the others of
/// its round stay.
#[test]
fn changes_that_bring_other_findings_are_taken_back() {
    let right = "        successCriteria:\n          - condition: $statusCode == 204\n";
    let wrong = "        SuccessCriteria:\n          - condition: $statusCode ==\n";
    let others = [
        ("            express: true", "            Express: true"),
        ("            stepId: cancel", "            stepId: Cancel"),
        ("$response.body#/state == 'open'", "$response.body#/state == open"),
    ];
    let here = shop("undone", |text| {
        assert_eq!(text.matches(right).count(), 1, "{right}");
        let text = text.replace(right, wrong);
        others.iter().fold(text, |text, (right, wrong)| text.replace(right, wrong))
    });
    let file = here.join("shop.arazzo.yaml");
    let ran = arras(["check", "shop.arazzo.yaml", "--fix"]).within(&here).run();
    let told = "a change is taken back: rename `SuccessCriteria` to `successCriteria` (unknown-field): \
                with it there is `invalid-condition`";
    assert_eq!(ran.stderr.matches("taken back").count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains(told) && ran.stderr.contains("Fixed  3 findings"), "{}", ran.stderr);
    let base = std::fs::read_to_string(project().join("tests/cases/check/shop.arazzo.yaml")).unwrap();
    assert_eq!(std::fs::read_to_string(file).unwrap(), base.replace(right, wrong));
}

/// What stands where a text is described is quoted as it is written: what it is read as has lost signs and digits.
#[test]
fn a_scalar_that_is_to_be_a_text_keeps_its_characters() {
    for written in ["+15551234567", "0x1F", "1e3"] {
        let note = format!("            note: {written}");
        let here =
            shop("characters", |text| text.replace("            note: deliver to {$inputs.address#/city}", &note));
        check(&here, &["--fix"]).expect(0, &["Fixed  1 finding"]);
        let mended = std::fs::read_to_string(here.join("shop.arazzo.yaml")).unwrap();
        assert!(mended.contains(&format!("            note: '{written}'\n")), "{mended}");
    }
}

/// The search for those that do harm goes on to the end, however many there are, and tells of each once.
#[test]
fn good_changes_are_made_among_many_that_do_harm() {
    let step = |n: usize| {
        format!(
            "{{stepId: s{n}, operationId: $sourceDescriptions.shop.getPayment, SuccessCriteria: [{{condition: '$statusCode =='}}], \
                 OnFailure: [{{name: a, type: end}}]}}"
        )
    };
    let steps: Vec<String> = (0..12).map(step).collect();
    let here = shop("many-harmful", |text| {
        text.replace("workflows:\n", &format!("workflows:\n  - {{workflowId: many, steps: [{}]}}\n", steps.join(", ")))
    });
    let ran = check(&here, &["--fix"]);
    assert_eq!(ran.stderr.matches("taken back").count(), 12, "{}", ran.stderr);
    assert!(ran.stderr.contains("Fixed  12 findings"), "{}", ran.stderr);
}

#[test]
#[cfg(unix)]
fn a_file_under_two_names_is_mended_once() {
    let here = shop("linked", |text| text.replace("            express: true", "            Express: true"));
    for link in ["one.arazzo.yaml", "two.arazzo.yaml"] {
        std::os::unix::fs::symlink("shop.arazzo.yaml", here.join(link)).unwrap();
    }
    let ran =
        arras(["check", "one.arazzo.yaml", "two.arazzo.yaml", "--fix", "--format", "concise"]).within(&here).run();
    ran.expect(0, &["Fixed  1 finding", "nothing found"]);
    assert!(!ran.stderr.contains("left alone"), "{}", ran.stderr);
    // in a folder a link is a document as well
    arras(["check", ".", "--format", "concise"]).within(&here).run().expect(0, &["4 files"]);
}

/// Changes are tried in memory: whoever stops the command finds no file half mended, and a file without any is not touched.
#[cfg(unix)]
#[test]
fn only_what_holds_is_written_and_at_once() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let harmful = (
        "        successCriteria:\n          - condition: $statusCode == 204\n",
        "        SuccessCriteria:\n          - condition: $statusCode ==\n",
    );
    let here = shop("untouched", |text| text.replace(harmful.0, harmful.1));
    let file = here.join("shop.arazzo.yaml");
    let state = || {
        let about = std::fs::metadata(&file).unwrap();
        (about.ino(), about.mtime(), about.mtime_nsec(), about.mode())
    };
    let before = state();
    let ran = arras(["check", "shop.arazzo.yaml", "--fix"]).within(&here).run();
    assert!(
        ran.stderr.contains("a change is taken back") && ran.stderr.contains("Fixed  0 findings"),
        "{}",
        ran.stderr
    );
    assert_eq!(state(), before, "nothing was written");

    let text = std::fs::read_to_string(&file).unwrap();
    write(&file, text.replace("            express: true", "            Express: true"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o664)).unwrap();
    let before = state();
    let ran = arras(["check", "shop.arazzo.yaml", "--fix"]).within(&here).run();
    assert!(ran.stderr.contains("Fixed  1 finding"), "{}", ran.stderr);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    assert!(state().0 != before.0 && state().3 == before.3, "another file of the same permissions stands in its place");
    let names = std::fs::read_dir(&here).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().all(|name| !name.ends_with(".part")));
}

/// What refers to a changed file is looked at again with it: a change that does harm there is taken back, and what is told is
/// what another look finds.
#[test]
fn changes_that_do_harm_in_another_file_are_taken_back() {
    let here = shop("dependent", |text| text.replace("            express: true", "            Express: true"));
    let head = "arazzo: 1.0.1\ninfo: {title: t, version: '1'}\nsourceDescriptions: ";
    let called = format!(
        "{head}[{{name: shop, url: shop.openapi.yaml, type: openapi}}]\nworkflows:\n- workflowId: drop\n  \
         Inputs: {{type: object, required: [cart], properties: {{cart: {{type: string}}}}}}\n  steps:\n  - stepId: drop\n    \
         operationId: deletecart\n    parameters:\n    - {{name: cartId, in: path, value: $inputs.cart}}\n    \
         - {{name: X-Client, in: header, value: a}}\n"
    );
    let caller = format!(
        "{head}[{{name: called, url: called.arazzo.yaml, type: arazzo}}]\nworkflows:\n- workflowId: call\n  steps:\n  \
         - {{stepId: call, workflowId: $sourceDescriptions.called.drop}}\n"
    );
    write(&here.join("called.arazzo.yaml"), &called);
    write(&here.join("caller.arazzo.yaml"), &caller);
    let ran = arras(["check", ".", "--fix", "--format", "concise"]).within(&here).run();
    let told = "a change is taken back: rename `Inputs` to `inputs` (unknown-field): with it there is `missing-input`";
    assert!(ran.stderr.contains(told) && ran.stderr.contains("Fixed  2 findings"), "{}", ran.stderr);
    let mended = std::fs::read_to_string(here.join("called.arazzo.yaml")).unwrap();
    assert_eq!(mended, called.replace("deletecart", "deleteCart"));
    let again = arras(["check", ".", "--format", "concise"]).within(&here).run();
    assert_eq!(again.stdout, ran.stdout);
}

#[test]
fn fixes_stay_within_the_files_that_were_asked_for() {
    let here = shop("asked", |text| text.replace("            express: true", "            Express: true"));
    let other = here.join("other.arazzo.yaml");
    let text = "arazzo: 1.0.1\ninfo: {title: t, version: '1'}\nsourceDescriptions: [{name: shop, url: shop.arazzo.yaml}]\n\
                workflows: [{workflowId: w, steps: [{stepId: s, workflowId: $sourceDescriptions.shop.buy, parameters: [{name: owner, value: x}]}]}]\n";
    write(&other, text);
    let before = std::fs::read_to_string(here.join("shop.arazzo.yaml")).unwrap();
    let ran = arras(["check", "other.arazzo.yaml", "--fix", "--format", "concise"]).within(&here).run();
    assert!(ran.expect(1, &["Fixed  0 findings"]).stdout.contains("undeclared-property"), "{}", ran.stdout);
    assert_eq!(std::fs::read_to_string(here.join("shop.arazzo.yaml")).unwrap(), before);
}

#[test]
fn explain_prints_the_page_of_a_rule() {
    let page = arras(["explain", "unused-input"]).run();
    let file = std::fs::read_to_string(project().join("docs/rules/unused-input.md")).unwrap();
    assert_eq!(page.expect(0, &[]).stdout, file);
    let all = arras(["explain"]).run();
    let lines = all.expect(0, &[]).stdout.lines().count();
    assert_eq!(lines, std::fs::read_dir(project().join("docs/rules")).unwrap().count());
    let unknown = arras(["explain", "unusedinput"]).run();
    unknown.expect(2, &["there is no rule `unusedinput`", "did you mean `unused-input`"]);
    assert_eq!(unknown.stdout, "");
}

#[test]
fn watching_checks_again_when_a_file_changes() {
    let here = shop("watched", |text| text);
    let (told, file) = (here.join("told.txt"), here.join("shop.openapi.yaml"));
    let log = std::fs::File::create(&told).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_arras"))
        .args(["check", "shop.arazzo.yaml", "--watch", "--format", "concise"])
        .current_dir(&here)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    let seen = |needle: &str| {
        let end = Instant::now() + Duration::from_secs(60);
        while Instant::now() < end {
            if std::fs::read_to_string(&told).unwrap().contains(needle) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    };
    let first = seen("nothing found");
    let text = std::fs::read_to_string(&file).unwrap();
    write(
        &file,
        text.replace("operationId: getCart", "operationId: getCart\n      deprecated: true")
            .replace("operationId: pay\n", "operationId: payNow\n"),
    );
    let second = seen("1 error");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(first && second, "{}", std::fs::read_to_string(&told).unwrap());
}

#[test]
fn checking_needs_no_network_at_all() {
    let isolated = |program: &str, arguments: &[&str]| {
        Command::new("unshare").args(["-rn", program]).args(arguments).current_dir(project()).output()
    };
    if !isolated("true", &[]).is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: a network namespace may not be made here");
        return;
    }
    let ran = isolated(env!("CARGO_BIN_EXE_arras"), &["check", "workflows", "tests/cases/check"]).unwrap();
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success() && told.contains("Passed"), "{told}");
}

#[test]
fn the_hook_and_the_action_call_the_command_as_it_is() {
    let read = |name: &str| {
        let text = std::fs::read_to_string(project().join(name)).unwrap();
        let source = arras_doc::source::Source::new(name, "", text);
        let (tree, found) = arras_doc::read::read(&source, arras_doc::source::SourceId(0));
        assert!(found.iter().all(|one| !one.is_error()), "{name}: {found:?}");
        tree.unwrap()
    };
    let hooks = read(".pre-commit-hooks.yaml");
    let hook = hooks.at("/0").unwrap();
    let text = |key: &str| hook.get(key).unwrap().as_str().unwrap();
    let mut words = text("entry").split(' ');
    assert_eq!(words.next(), Some("arras"));
    let here = shop("hooked", |text| text);
    let ran = arras(words).arg("shop.arazzo.yaml").within(&here).run();
    ran.expect(0, &["Passed  1 file"]);
    let pattern = matcher(text("files"));
    for (name, yes) in [
        ("flows/orders.arazzo.yaml", true),
        ("arazzo.json", true),
        ("a/arazzo.yml", true),
        ("my-arazzo.yaml", true),
        ("orders.openapi.yaml", false),
        ("arazzo.md", false),
    ] {
        assert_eq!(pattern(name), yes, "{name}");
    }

    let action = read("action.yml");
    let steps: Vec<_> = action.at("/runs/steps").unwrap().items().collect();
    let run = |index: usize| steps[index].get("run").and_then(|run| run.as_str()).unwrap().to_owned();
    assert!(run(0).contains("crates/arras-cli"), "it installs the command that lies beside it");
    let check = run(1);
    assert!(check.contains("arras check") && check.contains("--format github"), "{check}");
    assert!(!check.contains("${{"), "values reach the shell by variables, not by its text: {check}");
    let help = unwrapped(&arras(["check", "--help"]).run().expect(0, &[]).stdout);
    for option in ["--format", "--deny-warnings", "--fix", "--watch", "--rule"] {
        assert!(help.contains(option), "{option}: {help}");
    }
}

/// The hook's pattern as pre-commit applies it: a search in the path.
fn matcher(pattern: &str) -> impl Fn(&str) -> bool {
    let (parsed, _) = arras_doc::pattern::Pattern::parse(pattern).unwrap();
    move |path: &str| parsed.is_match(path).unwrap()
}
