//! Regions from around the user: environment variables and the profile.

use arras_run::fault::Fault;

use super::Profiles;
use crate::auth::RegionSources;
use crate::environment::Environment;

/// The regions that are set around the user, each where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Region {
    /// `AWS_REGION`, else `AWS_DEFAULT_REGION`.
    pub environment: Option<String>,
    /// The profile's `region`.
    pub profile: Option<String>,
}

impl Region {
    /// The same for detection.
    pub fn sources(&self) -> RegionSources<'_> {
        RegionSources { environment: self.environment.as_deref(), profile: self.profile.as_deref() }
    }
}

/// Reads the regions; the profile is looked into only where the variables name none.
///
/// # Errors
/// `no-credentials` if the profile's files can't be read or the named profile is not there.
pub fn region(environment: &Environment, profile: Option<&str>) -> Result<Region, Fault> {
    let variable = ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| environment.variable(name));
    if let Some(region) = variable {
        return Ok(Region { environment: Some(region.to_owned()), profile: None });
    }
    let profiles = Profiles::load(environment)?;
    let chosen = profiles.chosen(environment, profile)?;
    let region = chosen.and_then(|(_, profile)| profile.get("region")).filter(|region| !region.is_empty());
    Ok(Region { environment: None, profile: region.cloned() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn variables_come_before_the_profile() {
        let text = "[default]\nregion = eu-west-1\n[profile work]\nregion=eu-west-2\n[profile bare]\n";
        let environment = |variables: &[(&'static str, &'static str)]| {
            let files = BTreeMap::from([("/h/.aws/config".to_owned(), text.to_owned())]);
            Environment::new([("HOME", "/h")].into_iter().chain(variables.iter().copied()), files)
        };
        type Row = (&'static [(&'static str, &'static str)], Option<&'static str>, [Option<&'static str>; 2]);
        let table: [Row; 6] = [
            (&[], None, [None, Some("eu-west-1")]),
            (&[], Some("work"), [None, Some("eu-west-2")]),
            (&[("AWS_PROFILE", "work")], None, [None, Some("eu-west-2")]),
            (&[], Some("bare"), [None, None]),
            (&[("AWS_DEFAULT_REGION", "us-east-1")], Some("work"), [Some("us-east-1"), None]),
            (&[("AWS_DEFAULT_REGION", "us-east-1"), ("AWS_REGION", "us-east-2")], None, [Some("us-east-2"), None]),
        ];
        for (variables, profile, [from_environment, from_profile]) in table {
            let found = region(&environment(variables), profile).unwrap();
            assert_eq!(found.sources().environment, from_environment, "{variables:?}");
            assert_eq!(found.sources().profile, from_profile, "{variables:?} {profile:?}");
        }
        assert!(region(&environment(&[]), Some("absent")).is_err());
    }
}
