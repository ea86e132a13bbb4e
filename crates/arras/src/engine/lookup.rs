//! Where credentials are looked for: the program's own, those given for this use, the environment, the user's settings.

use std::collections::{BTreeMap, BTreeSet};

use arras_doc::diagnostic::Diagnostic;
use arras_doc::rule;
use arras_doc::suggest;
use arras_doc::value::Value;
use arras_run::fault::{Fault, FaultKind, Phase};

use super::settings::{CredentialRef, CredentialSetting};
use super::{Engine, command};
use crate::auth::{self, Credential};
use crate::credentials::{self, LookupState, SecretString, survey};
use crate::policy::Private;

/// A part of a credential, as variables of the environment name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Value,
    Username,
    Password,
    ClientId,
    ClientSecret,
    Token,
    RefreshToken,
}

impl Field {
    fn suffix(self) -> &'static str {
        match self {
            Field::Value => "",
            Field::Username => "_USERNAME",
            Field::Password => "_PASSWORD",
            Field::ClientId => "_CLIENT_ID",
            Field::ClientSecret => "_CLIENT_SECRET",
            Field::Token => "_TOKEN",
            Field::RefreshToken => "_REFRESH_TOKEN",
        }
    }

    fn set(self, credential: &mut Credential, text: &str) {
        let open = || Some(text.to_owned());
        let secret = || Some(SecretString::from(text.to_owned()));
        match self {
            Field::Value => credential.value = secret(),
            Field::Username => credential.username = open(),
            Field::Password => credential.password = secret(),
            Field::ClientId => credential.client_id = open(),
            Field::ClientSecret => credential.client_secret = secret(),
            Field::Token => credential.token = secret(),
            Field::RefreshToken => credential.refresh_token = secret(),
        }
    }
}

/// The members of a credential that is written as a JSON object.
const MEMBERS: [(&str, Field); 7] = [
    ("accessToken", Field::Token),
    ("token", Field::Token),
    ("refreshToken", Field::RefreshToken),
    ("clientId", Field::ClientId),
    ("clientSecret", Field::ClientSecret),
    ("username", Field::Username),
    ("password", Field::Password),
];

/// The variable of the environment for a field of a scheme of a source.
pub(super) fn variable(source: &str, scheme: &str, field: Field) -> String {
    auth::variable(source, scheme, field.suffix())
}

/// A credential, and where it was.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) credential: Credential,
    pub(super) from: String,
}

/// What is done about commands that give credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commands {
    /// They are run.
    Run,
    /// They are taken to give what is needed.
    Trusted,
}

/// Looks for the credentials of one plan.
pub(super) struct Lookup<'e> {
    engine: &'e Engine,
    commands: Commands,
    /// Which scheme each variable was read for: one that two could mean is an error.
    read: BTreeMap<String, (String, String)>,
    /// The settings that name a scheme which something asks for.
    used: BTreeSet<usize>,
    /// The schemes that something asks for.
    wanted: BTreeSet<String>,
    /// What was found, by source and scheme: all steps of a plan are the same caller.
    found: BTreeMap<(String, String), Result<Option<Found>, Fault>>,
}

impl<'e> Lookup<'e> {
    pub(super) fn new(engine: &'e Engine, commands: Commands) -> Lookup<'e> {
        let (used, wanted, read, found) = Default::default();
        Lookup { engine, commands, read, used, wanted, found }
    }

    /// Whether a client certificate is shown to that host.
    pub(super) fn has_certificate(&self, host: &str, port: Option<u16>) -> bool {
        self.engine.parts.settings.has_client_certificate(host, port)
    }

    /// Whether there may be AWS credentials: what only asking would tell counts as being there.
    pub(super) fn may_sign(&self) -> bool {
        let parts = &self.engine.parts;
        if !parts.by_chain {
            return true;
        }
        // what is wrong with the settings, signing tells
        let settings = super::chain_settings(&parts.environment, &parts.settings, &parts.proxies, &parts.clock);
        let is_missing = |place: &credentials::Lookup| place.state == LookupState::Missing;
        settings.map_or(true, |settings| !survey(&settings).iter().all(is_missing))
    }

    /// Notes that something asks for a scheme.
    pub(super) fn asked(&mut self, source: &str, scheme: &str) {
        self.wanted.insert(scheme.to_owned());
        for (index, setting) in self.engine.parts.settings.auth.credentials.iter().enumerate() {
            if setting.fits(source, scheme) {
                self.used.insert(index);
            }
        }
    }

    /// Settings that nothing asked for: most likely their names are misspelt.
    pub(super) fn unused(&self) -> Vec<Diagnostic> {
        let settings = self.engine.parts.settings.auth.credentials.iter().enumerate();
        let unused = settings.filter(|(index, _)| !self.used.contains(index));
        let note = |(_, setting): (usize, &CredentialSetting)| {
            let near = suggest::nearest(&setting.scheme, self.wanted.iter().map(String::as_str), 2);
            let near = suggest::did_you_mean(&near).map(|near| format!(": {near}")).unwrap_or_default();
            let message =
                format!("no operation of the workflow asks for the security scheme `{}`{near}", setting.name());
            Diagnostic::new(rule::UNUSED_CREDENTIAL, message).help("`arras auth list FILE` shows the names")
        };
        unused.map(note).collect()
    }

    /// That a setting names a scheme which means a signature: nothing but AWS credentials makes one.
    pub(super) fn unused_beside_signature(&self, source: &str, scheme: &str) -> Option<Diagnostic> {
        self.engine.parts.settings.auth.reference(source, scheme)?;
        let message = format!("the credential for `{scheme}` is not used: requests are signed with AWS credentials");
        let note = Diagnostic::new(rule::UNUSED_CREDENTIAL, message);
        Some(note.help("they come from the environment or a profile; `--aws-profile` names one"))
    }

    /// The credential for a scheme, of which `fields` mean something; the first place that has one gives all of it.
    ///
    /// # Errors
    /// `no-credentials` for one that was meant to be there and can't be had or used.
    pub(super) fn find(&mut self, source: &str, scheme: &str, fields: &[Field]) -> Result<Option<Found>, Fault> {
        let key = (source.to_owned(), scheme.to_owned());
        if let Some(known) = self.found.get(&key) {
            return known.clone();
        }
        let found = self.search(source, scheme, fields);
        self.found.insert(key, found.clone());
        found
    }

    fn search(&mut self, source: &str, scheme: &str, fields: &[Field]) -> Result<Option<Found>, Fault> {
        let found = match self.given(source, scheme)? {
            Some(found) => Some(found),
            None => match self.set(source, scheme, fields)? {
                Some(found) => Some(found),
                None => match self.environment(source, scheme, fields)? {
                    Some(found) => Some(found),
                    None => self.configured(source, scheme, fields)?,
                },
            },
        };
        if let Some(found) = &found
            && found.credential.texts().any(|text| text.chars().any(char::is_control))
        {
            let from = &found.from;
            return Err(unusable(format!(
                "the credential from {from} holds a line break or another control character"
            )));
        }
        Ok(found)
    }

    fn untrusted(&self) -> bool {
        self.engine.parts.settings.policy.private == Private::Refused
    }

    /// Of the names of a credential those that are looked at: options alone where the environment is not read.
    pub(super) fn names(&self, mut names: Vec<String>) -> Vec<String> {
        names.retain(|name| !self.untrusted() || name.starts_with("`--"));
        names
    }

    /// Why nothing was found, in one phrase.
    pub(super) fn nothing(&self) -> String {
        let unread = if self.untrusted() { ": the environment is not read for untrusted documents" } else { "" };
        format!("not found{unread}")
    }

    fn given(&self, source: &str, scheme: &str) -> Result<Option<Found>, Fault> {
        for provider in &self.engine.parts.credentials {
            if let Some(credential) = provider.provide(source, scheme)? {
                return Ok(Some(Found { credential, from: "the program".to_owned() }));
            }
        }
        Ok(None)
    }

    /// Of several settings that fit, the last one counts.
    fn set(&self, source: &str, scheme: &str, fields: &[Field]) -> Result<Option<Found>, Fault> {
        let settings = &self.engine.parts.settings.auth.credentials;
        let setting = settings.iter().rev().find(|setting| setting.fits(source, scheme));
        setting.map(|setting| self.from(setting, &format!("`--auth {}`", setting.name()), fields)).transpose()
    }

    fn configured(&self, source: &str, scheme: &str, fields: &[Field]) -> Result<Option<Found>, Fault> {
        let settings = &self.engine.parts.settings.auth.configured;
        let setting = settings.iter().rev().find(|setting| setting.fits(source, scheme));
        setting
            .map(|setting| self.from(setting, &format!("`auth.{}` in your settings", setting.name()), fields))
            .transpose()
    }

    /// The credential that a setting refers to; `place` names the setting for people.
    fn from(&self, setting: &CredentialSetting, place: &str, fields: &[Field]) -> Result<Found, Fault> {
        let text = self.read(setting).map_err(|why| unusable(format!("{place}: {why}")))?;
        let mut credential = Credential::default();
        let object = (fields.len() > 1 && text.starts_with('{')).then(|| Value::from_json(&text)).transpose();
        let object = object.map_err(|_| unusable(format!("{place} begins as an object and is no JSON")))?;
        match object.as_ref().and_then(Value::as_object) {
            None => Field::Value.set(&mut credential, &text),
            Some(members) => {
                for (name, value) in members {
                    let field = MEMBERS.iter().find(|(known, _)| known == name);
                    let (Some((_, field)), Some(text)) = (field, value.as_str()) else {
                        return Err(unusable(format!(
                            "{place} is an object with the member `{name}`, which means nothing"
                        )));
                    };
                    field.set(&mut credential, text);
                }
            }
        }
        Ok(Found { credential, from: format!("{place}{}", setting.reference.whence()) })
    }

    /// The text that a setting refers to; else why there is none, in one phrase.
    fn read(&self, setting: &CredentialSetting) -> Result<String, String> {
        let environment = &self.engine.parts.environment;
        let text = match &setting.reference {
            CredentialRef::Variable(_) | CredentialRef::Command(_) if self.untrusted() => {
                return Err(
                    "neither variables nor commands are used for untrusted documents: keep it in a `file:`".to_owned()
                );
            }
            CredentialRef::Literal(text) => text.expose().clone(),
            CredentialRef::Variable(name) => match environment.variable(name) {
                Some(value) => value.to_owned(),
                None => return Err(format!("the variable `{name}` is not set")),
            },
            CredentialRef::File(path) => match environment.file(&environment.expand(path)) {
                Ok(Some(text)) => text,
                Ok(None) => return Err(format!("there is no file `{path}`")),
                Err(error) => return Err(format!("the file `{path}` can't be read: {error}")),
            },
            // a text that is good for any scheme
            CredentialRef::Command(_) if self.commands == Commands::Trusted => "user:password".to_owned(),
            CredentialRef::Command(line) => self.command(line)?,
        };
        let text = text.trim_end_matches(['\r', '\n']).to_owned();
        if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(text) }
    }

    /// What a command prints; each is run once for an engine.
    fn command(&self, line: &str) -> Result<String, String> {
        let mut known = self.engine.parts.commands.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let outcome = known.entry(line.to_owned()).or_insert_with(|| command::output(line).map(SecretString::from));
        outcome.as_ref().map(|text| text.expose().clone()).map_err(Clone::clone)
    }

    fn environment(&mut self, source: &str, scheme: &str, fields: &[Field]) -> Result<Option<Found>, Fault> {
        // the documents choose the names of the variables: an untrusted one could ask for what is not meant for it
        if self.untrusted() {
            return Ok(None);
        }
        let mut credential = Credential::default();
        let mut names = Vec::new();
        for field in fields {
            let name = variable(source, scheme, *field);
            let Some(text) = self.engine.parts.environment.variable(&name) else { continue };
            let reader = (source.to_owned(), scheme.to_owned());
            let known = self.read.entry(name.clone()).or_insert_with(|| reader.clone());
            if *known != reader {
                let (other_source, other) = known;
                return Err(unusable(format!(
                    "the variable `{name}` could mean `{source}.{scheme}` and `{other_source}.{other}`: give one of them by `--auth`"
                )));
            }
            field.set(&mut credential, text);
            names.push(format!("`{name}`"));
        }
        Ok((!names.is_empty()).then(|| Found { credential, from: names.join(", ") }))
    }
}

fn unusable(message: String) -> Fault {
    Fault::new(FaultKind::NoCredentials, Phase::Auth, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_named_after_source_and_scheme() {
        let table = [
            ("pets", "api_key", Field::Value, "ARRAS_AUTH_PETS_API_KEY"),
            ("pet-store", "oauth.2", Field::ClientSecret, "ARRAS_AUTH_PET_STORE_OAUTH_2_CLIENT_SECRET"),
        ];
        for (source, scheme, field, name) in table {
            assert_eq!(variable(source, scheme, field), name);
        }
    }
}
