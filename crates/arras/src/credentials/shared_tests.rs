//! Holds the profile files against AWS's own cases.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{ProfileFile, ProfileFileKind, Profiles};
use crate::environment::{Environment, Platform};

fn cases(name: &str) -> Option<Vec<Value>> {
    let named = std::env::var_os("ARRAS_SHARED").map(PathBuf::from);
    let beside =
        || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared")).find(|it| it.is_dir());
    let Some(shared) = named.or_else(beside).filter(|folder| folder.is_dir()) else {
        eprintln!("skipped: the shared data is not at hand");
        return None;
    };
    let text = std::fs::read_to_string(shared.join("aws/smithy-rs").join(name)).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    Some(file["tests"].as_array().unwrap().clone())
}

fn parse(input: &Value) -> Result<ProfileFile, String> {
    let mut file = ProfileFile::default();
    for (key, kind) in [("configFile", ProfileFileKind::Config), ("credentialsFile", ProfileFileKind::Credentials)] {
        let text = input[key].as_str().unwrap_or_default();
        file.merge(ProfileFile::parse(text, kind).map_err(|error| error.to_string())?);
    }
    Ok(file)
}

#[test]
fn the_profile_cases_of_aws_come_out_as_published() {
    let Some(cases) = cases("profile-parser-tests.json") else { return };
    assert!(cases.len() > 50);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let parsed = parse(&case["input"]);
        let output = &case["output"];
        if let Some(error) = output["errorContaining"].as_str() {
            let message = parsed.unwrap_err();
            assert!(message.to_lowercase().contains(&error.to_lowercase()), "{name}: {message}");
            continue;
        }
        let parsed = parsed.unwrap_or_else(|error| panic!("{name}: {error}"));
        let sections = |key: &str| -> BTreeMap<String, BTreeMap<String, String>> {
            output["config"].get(key).map_or_else(BTreeMap::new, |value| serde_json::from_value(value.clone()).unwrap())
        };
        assert_eq!(parsed.profiles, sections("profiles"), "{name}");
        assert_eq!(parsed.sso_sessions, sections("sso_sessions"), "{name}");
    }
}

#[test]
fn the_location_cases_of_aws_come_out_as_published() {
    let Some(cases) = cases("file-location-tests.json") else { return };
    assert!(!cases.is_empty());
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let variables = case["environment"].as_object().unwrap();
        let variables = variables.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
        let platform = if case["platform"] == "windows" { Platform::Windows } else { Platform::Unix };
        let environment = Environment::new(variables, BTreeMap::new()).on(platform);
        assert_eq!(Profiles::config_path(&environment).as_deref(), case["configLocation"].as_str(), "{name}");
        assert_eq!(Profiles::credentials_path(&environment).as_deref(), case["credentialsLocation"].as_str(), "{name}");
        if let Some(profile) = case["profile"].as_str() {
            assert_eq!(Profiles::default_name(&environment), profile, "{name}");
        }
    }
}
