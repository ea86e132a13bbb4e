//! Endings that no action handles, and the report's shape.

use serde_json::Value;

use crate::support::{arras, flagships, folder, names, report};
use crate::wire::Server;

const FAILED: &[&str] = &["CREATED", "FAILED"];
const EXPIRED: &[&str] = &["CREATED", "CREATED", "EXPIRED"];

#[test]
fn a_status_that_no_action_matches_ends_the_run_with_a_warning() {
    let here = folder("endings");
    for file in flagships() {
        for (statuses, last) in [(FAILED, "FAILED"), (EXPIRED, "EXPIRED")] {
            let server = Server::session(statuses);
            let path = here.join("report.json");
            let json = format!("json={}", path.display());
            let ran = arras(["run"])
                .arg(&file)
                .args(["--server", &server.url(), "--poll-interval", "0", "--report", &json])
                .aws()
                .run();
            ran.expect(0, &["no-action-matched", &format!("$.Status is \"{last}\""), "Succeeded"]);
            assert_eq!(ran.answer()["status"], last);
            assert_eq!(names(&ran.answer()), ["sessionId", "status"], "an absent confidence is left out");
            let report = report(&path);
            let step = report["workflows"][0]["steps"].as_array().unwrap().last().unwrap();
            let warnings: Vec<_> = step["diagnostics"].as_array().unwrap().iter().collect();
            let found = warnings.iter().find(|diagnostic| diagnostic["rule"] == "no-action-matched").unwrap();
            assert_eq!(found["severity"], "warning");
            assert_eq!(
                (&report["status"], &report["workflows"][0]["endedBy"]),
                (&"succeeded".into(), &"last-step".into())
            );
        }
    }
}

/// The keys of every object of a report by the contract's page; objects whose keys are the document's own are left out.
fn assert_shape(report: &Value) {
    assert_eq!(names(report), ["diagnostics", "schema", "status", "workflows"]);
    assert_eq!(report["schema"], 1);
    for workflow in report["workflows"].as_array().unwrap() {
        assert_eq!(names(workflow), ["endedBy", "inputs", "outputs", "status", "steps", "workflowId"]);
        for step in workflow["steps"].as_array().unwrap() {
            let expected = [
                "action",
                "attempt",
                "criteria",
                "diagnostics",
                "durationMs",
                "fault",
                "operation",
                "outputs",
                "status",
                "statusCode",
                "stepId",
                "visit",
                "workflow",
            ];
            assert_eq!(names(step), expected);
            for key in ["source", "operationId", "method", "url"] {
                assert!(step["operation"][key].is_string(), "{step}");
            }
            for criterion in step["criteria"].as_array().unwrap() {
                assert_eq!(names(criterion), ["condition", "error", "evidence", "satisfied", "type"]);
                for entry in criterion["evidence"].as_array().unwrap() {
                    assert_eq!(names(entry), ["expression", "value"]);
                }
            }
            if !step["action"].is_null() {
                for key in ["type", "name", "target"] {
                    assert!(step["action"].get(key).is_some(), "{step}");
                }
            }
        }
    }
}

#[test]
fn the_report_tells_every_visit_with_its_evidence() {
    let here = folder("report");
    for file in flagships() {
        let server = Server::session(&["CREATED", "IN_PROGRESS", "SUCCEEDED"]);
        let path = here.join("report.json");
        let json = format!("json={}", path.display());
        let options = ["--server", &server.url(), "--poll-interval", "0", "--report", &json, "--output", "report"];
        let ran = arras(["run"]).arg(&file).args(options).args(["-i", "clientRequestToken=abc"]).aws().run();
        ran.expect(0, &[]);
        let report = report(&path);
        assert_eq!(ran.answer(), report, "both are the same report");
        assert_shape(&report);
        let workflow = &report["workflows"][0];
        assert_eq!((&workflow["status"], &workflow["endedBy"]), (&"succeeded".into(), &"end".into()));
        assert_eq!(workflow["inputs"]["clientRequestToken"], "abc");
        assert_eq!(workflow["outputs"]["status"], "SUCCEEDED");
        let steps = workflow["steps"].as_array().unwrap();
        let told: Vec<_> = steps
            .iter()
            .map(|step| {
                (step["stepId"].as_str().unwrap(), step["visit"].as_u64().unwrap(), step["action"]["name"].as_str())
            })
            .collect();
        assert_eq!(
            told,
            [
                ("createSession", 1, None),
                ("pollResults", 1, Some("stillCreated")),
                ("pollResults", 2, Some("stillRunning")),
                ("pollResults", 3, Some("terminal")),
            ]
        );
        for step in steps {
            assert_eq!(
                (&step["status"], &step["statusCode"], &step["attempt"]),
                (&"succeeded".into(), &200.into(), &1.into())
            );
            assert_eq!(step["criteria"][0]["condition"], "$statusCode == 200");
            assert_eq!(step["criteria"][0]["evidence"][0]["value"], 200);
            assert!(step["durationMs"].as_f64().unwrap() > 0.0);
        }
        assert_eq!(steps[1]["action"]["target"], "pollResults");
    }
}

#[test]
fn a_report_is_its_owner_s_alone() {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = folder("private").join("report.json");
        let json = format!("json={}", path.display());
        let options = ["--mock", "--poll-interval", "0", "--report", &json];
        arras(["run", "workflows/face-liveness.arazzo.yaml"]).args(options).run().expect(0, &[]);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
    }
}
