//! Parses AWS's shared config and credentials files.

use std::collections::BTreeMap;
use std::fmt;

/// What a profile file holds. Names of properties are in lower case.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProfileFile {
    /// The profiles by name.
    pub profiles: BTreeMap<String, BTreeMap<String, String>>,
    /// The `sso-session` sections by name.
    pub sso_sessions: BTreeMap<String, BTreeMap<String, String>>,
}

impl fmt::Debug for ProfileFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.profiles.keys().collect();
        f.debug_struct("ProfileFile").field("profiles", &names).finish_non_exhaustive()
    }
}

/// Which of the two files a text is: they name profiles differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `~/.aws/config`: `[profile NAME]`, `[default]`, `[sso-session NAME]`.
    Config,
    /// `~/.aws/credentials`: `[NAME]`.
    Credentials,
}

/// What is wrong with a profile file. It repeats nothing of the file's text, which holds secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileError {
    line: usize,
    message: &'static str,
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ProfileError {}

impl ProfileFile {
    /// Parses a file's text. Sections and properties whose names are not valid are passed over, as AWS's tools do.
    ///
    /// # Errors
    /// [`ProfileError`] for a line that is none of section, property, continuation, comment and blank.
    pub fn parse(text: &str, kind: Kind) -> Result<ProfileFile, ProfileError> {
        let mut parser = Parser { kind, ..Parser::new() };
        for (index, line) in text.lines().enumerate() {
            parser.line(line).map_err(|message| ProfileError { line: index + 1, message })?;
        }
        Ok(parser.finish())
    }

    /// Takes in another file's sections; its properties go before those that are there.
    pub fn merge(&mut self, other: ProfileFile) {
        let halves = [(&mut self.profiles, other.profiles), (&mut self.sso_sessions, other.sso_sessions)];
        for (into, from) in halves {
            for (name, properties) in from {
                into.entry(name).or_default().extend(properties);
            }
        }
    }
}

/// A section's heading.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Section {
    Profile(String),
    /// `[default]` in the config file: counts only where there is no `[profile default]`.
    BareDefault,
    SsoSession(String),
    Ignored,
}

/// The property that a continuation would belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Property {
    None,
    /// Its value is on its own line.
    Plain(String),
    /// It has no value on its line: what follows are sub-properties.
    Nested(String),
    Ignored,
}

struct Parser {
    kind: Kind,
    file: ProfileFile,
    bare_default: Option<BTreeMap<String, String>>,
    section: Option<Section>,
    property: Property,
}

impl Parser {
    fn new() -> Parser {
        Parser {
            kind: Kind::Config,
            file: ProfileFile::default(),
            bare_default: None,
            section: None,
            property: Property::None,
        }
    }

    fn finish(mut self) -> ProfileFile {
        if let Some(bare) = self.bare_default {
            self.file.profiles.entry("default".to_owned()).or_insert(bare);
        }
        self.file
    }

    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        if line.trim().is_empty() || line.starts_with(['#', ';']) {
            return Ok(());
        }
        if line.starts_with(char::is_whitespace) {
            return self.continuation(line.trim());
        }
        match line.strip_prefix('[') {
            Some(rest) => self.heading(rest),
            None => self.property(line),
        }
    }

    fn heading(&mut self, rest: &str) -> Result<(), &'static str> {
        let (inside, _) = rest.split_once(']').ok_or("profile definition must end with ']'")?;
        let section = section(inside.trim(), self.kind);
        match &section {
            Section::Profile(name) => _ = self.file.profiles.entry(name.clone()).or_default(),
            Section::SsoSession(name) => _ = self.file.sso_sessions.entry(name.clone()).or_default(),
            Section::BareDefault => _ = self.bare_default.get_or_insert_default(),
            Section::Ignored => {}
        }
        self.section = Some(section);
        self.property = Property::None;
        Ok(())
    }

    fn property(&mut self, line: &str) -> Result<(), &'static str> {
        if self.section.is_none() {
            return Err("expected a profile definition");
        }
        let line = without_comment(line);
        let (name, value) = line.split_once('=').ok_or("expected an '=' sign defining a property")?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        if name.is_empty() {
            return Err("property did not have a name");
        }
        self.property = match self.properties() {
            Some(properties) if is_valid_name(&name) => {
                properties.insert(name.clone(), value.to_owned());
                if value.is_empty() { Property::Nested(name) } else { Property::Plain(name) }
            }
            _ => Property::Ignored,
        };
        Ok(())
    }

    fn continuation(&mut self, text: &str) -> Result<(), &'static str> {
        if self.section.is_none() {
            return Err("expected a profile definition");
        }
        let name = match &self.property {
            Property::None => return Err("expected a property definition, found continuation"),
            Property::Ignored => return Ok(()),
            Property::Plain(name) => name.clone(),
            Property::Nested(name) => {
                let (sub, _) = text.split_once('=').ok_or("expected an '=' sign defining a sub-property")?;
                if sub.trim().is_empty() {
                    return Err("sub-property did not have a name");
                }
                name.clone()
            }
        };
        if let Some(value) = self.properties().and_then(|properties| properties.get_mut(&name)) {
            value.push('\n');
            value.push_str(text);
        }
        Ok(())
    }

    /// Where the current section's properties go; `None` for a section that is passed over.
    fn properties(&mut self) -> Option<&mut BTreeMap<String, String>> {
        match self.section.as_ref()? {
            Section::Profile(name) => self.file.profiles.get_mut(name),
            Section::SsoSession(name) => self.file.sso_sessions.get_mut(name),
            Section::BareDefault => self.bare_default.as_mut(),
            Section::Ignored => None,
        }
    }
}

fn section(heading: &str, kind: Kind) -> Section {
    let named = |prefix: &str| {
        let rest = heading.strip_prefix(prefix)?;
        rest.starts_with(char::is_whitespace).then(|| rest.trim().to_owned()).filter(|name| is_valid_name(name))
    };
    match kind {
        Kind::Credentials if is_valid_name(heading) => Section::Profile(heading.to_owned()),
        Kind::Credentials => Section::Ignored,
        Kind::Config if heading == "default" => Section::BareDefault,
        Kind::Config => named("profile")
            .map(Section::Profile)
            .or_else(|| named("sso-session").map(Section::SsoSession))
            .unwrap_or(Section::Ignored),
    }
}

fn is_valid_name(name: &str) -> bool {
    let valid = |letter: char| letter.is_ascii_alphanumeric() || "-/.%@_:+".contains(letter);
    !name.is_empty() && name.chars().all(valid)
}

/// A property's line without its comment, which begins with `#` or `;` after white space.
fn without_comment(line: &str) -> &str {
    let begins = |(at, letter): (usize, char)| {
        let after_space = line.get(..at).is_some_and(|before| before.ends_with([' ', '\t']));
        (matches!(letter, '#' | ';') && after_space).then_some(at)
    };
    let end = line.char_indices().find_map(begins).unwrap_or(line.len());
    line.get(..end).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_line_and_repeats_nothing() {
        let error = ProfileFile::parse("[default]\n\nhush-hush\n", Kind::Credentials).unwrap_err().to_string();
        assert!(error.starts_with("line 3:") && !error.contains("hush"), "{error}");
    }

    #[test]
    fn a_debugged_file_hides_its_values() {
        let file = ProfileFile::parse("[default]\naws_secret_access_key = hush\n", Kind::Credentials).unwrap();
        assert!(!format!("{file:?}").contains("hush"));
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(128))]
        #[test]
        fn no_text_makes_it_panic(text in "(\\[[a-z ]{0,9}\\]?|[ \\ta-z=#;é]{0,9}|\n){0,40}", credentials: bool) {
            let kind = if credentials { Kind::Credentials } else { Kind::Config };
            let _ = ProfileFile::parse(&text, kind);
        }
    }
}
