//! Settings from outside the command line: `ARRAS_…` variables, the user's own file, the project's `arras.toml`.
//!
//! Precedence, highest first: command line, environment, user's file (or the one that `--config` names), project. A
//! project's file comes with its repository and is not trusted: it may set neither credentials nor network policy, and
//! its paths must stay below its folder.

mod setting;

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use arras_doc::suggest;
use toml::de::{DeTable, DeValue};

pub use setting::{Layer, Location, Origin, Setting, SettingValue};

use crate::context::Context;

/// What the variables that are settings begin with.
pub(crate) const PREFIX: &str = "ARRAS_";
/// The project's file.
const PROJECT_FILE: &str = "arras.toml";
/// Options that only the command line and the environment set.
pub(crate) const NEVER_IN_FILES: &[&str] = &["config", "profile", "show-config", "help", "version"];
/// Options that a project may not set, besides `allow-…` and `insecure-…`.
const NEVER_IN_PROJECTS: &[&str] =
    &["auth", "aws-profile", "ca", "client-cert", "proxy", "reveal", "offline", "untrusted", "otlp"];
/// Options whose values are paths; in a file they are relative to its folder.
const PATHS: &[&str] = &["inputs", "document", "mock", "scenario", "record", "replay", "ca", "allow-path"];
/// Options whose values are `NAME=PATH`.
const NAMED_PATHS: &[&str] = &["source", "file", "report", "client-cert"];

/// A settings file that can't be used, or names something that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(pub String);

/// What the command line says about settings files.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--profile`.
    pub profile: Option<String>,
    /// `--untrusted`: the project's file is not read.
    pub untrusted: bool,
}

/// The variable that sets an option: upper case, other characters as `_`.
pub fn variable(option: &str) -> String {
    let upper = |char: char| if char.is_ascii_alphanumeric() { char.to_ascii_uppercase() } else { '_' };
    format!("{PREFIX}{}", option.chars().map(upper).collect::<String>())
}

/// The variable that sets a workflow's input.
pub fn input_variable(input: &str) -> String {
    variable(&format!("input_{input}"))
}

/// The variables that look like settings and that nothing reads, each with the one that was perhaps meant.
///
/// What begins with `ARRAS_INPUT_` or `ARRAS_AUTH_` is for the workflows and descriptions that it is about.
pub fn unread<'c>(context: &'c Context, known: &[String]) -> Vec<(&'c str, Option<String>)> {
    let read_alone = ["config", "profile"];
    let known = known.iter().map(String::as_str).filter(|option| !NEVER_IN_FILES.contains(option));
    let known: BTreeSet<String> = known.chain(read_alone).map(variable).collect();
    let family = |name: &str| ["ARRAS_INPUT_", "ARRAS_AUTH_"].iter().any(|start| name.starts_with(start));
    let variables = context.variables.keys().map(String::as_str);
    let unread = variables.filter(|name| name.starts_with(PREFIX) && !family(name) && !known.contains(*name));
    let near = |name: &str| {
        let known = known.iter().filter_map(|known| known.strip_prefix(PREFIX));
        let near = suggest::nearest(name.strip_prefix(PREFIX)?, known, 1).first().copied()?;
        Some(format!("{PREFIX}{near}"))
    };
    unread.map(|name| (name, near(name))).collect()
}

/// The environment's, the user's and the project's settings, in that order, and the files that were read for them.
///
/// `known` says which options exist in any command, `here` which of them this command has.
///
/// # Errors
/// If a file can't be read or is no TOML, or sets what does not exist or what it may not.
pub fn layers(
    context: &Context,
    selection: &Selection,
    known: &[String],
    here: &[String],
) -> Result<(Vec<Layer>, Vec<PathBuf>), ConfigError> {
    let environment = environment(context, here);
    let profile = selection.profile.as_deref().or_else(|| context.variable("ARRAS_PROFILE"));
    let user = user_file(context, selection)?;
    let project = if selection.untrusted { None } else { project_file(&context.directory)? };
    let mut profile_found = profile.is_none();
    let (mut layers, mut files) = (vec![environment], Vec::new());
    for file in [user, project].into_iter().flatten() {
        let mut layer = Layer::new();
        profile_found |= file.settings(profile, known, &mut layer)?;
        layer.retain(|setting| here.contains(&setting.option));
        layers.push(layer);
        files.push(file.path);
    }
    match profile {
        Some(name) if !profile_found => Err(ConfigError(format!("no settings file has a `[profile.{name}]`"))),
        _ => Ok((layers, files)),
    }
}

fn environment(context: &Context, options: &[String]) -> Layer {
    let setting = |option: &String| {
        let name = variable(option);
        let value = context.variable(&name)?.to_owned();
        let settable = !NEVER_IN_FILES.contains(&option.as_str());
        let value = SettingValue::Text(value);
        settable.then(|| Setting { option: option.clone(), value, origin: Origin::Environment(name) })
    };
    options.iter().filter_map(setting).collect()
}

/// A settings file as read.
struct File {
    path: PathBuf,
    text: String,
    project: bool,
}

fn user_file(context: &Context, selection: &Selection) -> Result<Option<File>, ConfigError> {
    let named = selection.config.clone().or_else(|| context.variable("ARRAS_CONFIG").map(PathBuf::from));
    if let Some(path) = named {
        let path = context.directory.join(path);
        let found = read(path.clone(), false)?;
        return found.map(Some).ok_or_else(|| ConfigError(format!("there is no settings file `{}`", path.display())));
    }
    let folder = [("XDG_CONFIG_HOME", ""), ("APPDATA", ""), ("HOME", ".config")]
        .iter()
        .find_map(|(name, below)| Some(Path::new(context.variable(name)?).join(below)));
    folder.map_or(Ok(None), |folder| read(folder.join("arras").join("config.toml"), false))
}

fn project_file(directory: &Path) -> Result<Option<File>, ConfigError> {
    for folder in directory.ancestors() {
        if let Some(file) = read(folder.join(PROJECT_FILE), true)? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

fn read(path: PathBuf, project: bool) -> Result<Option<File>, ConfigError> {
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(File { path, text, project })),
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(ConfigError(format!("can't read `{}`: {error}", path.display()))),
    }
}

impl File {
    /// Adds the file's settings, those of `profile` in place of the general ones; says whether it has that profile.
    fn settings(&self, profile: Option<&str>, known: &[String], layer: &mut Layer) -> Result<bool, ConfigError> {
        let root = DeTable::parse(&self.text).map_err(|error| {
            let line = error.span().map_or(1, |span| self.line(span.start));
            ConfigError(format!("{}:{line}: {}", self.path.display(), error.message()))
        })?;
        let mut found = false;
        for (key, value) in root.get_ref() {
            if key.get_ref() == "profile" {
                let profiles = value.get_ref().as_table().ok_or_else(|| self.error(value, "`profile` holds tables"))?;
                for (name, settings) in profiles {
                    let Some(table) = settings.get_ref().as_table() else {
                        return Err(self.error(settings, "a profile is a table"));
                    };
                    let applies = profile == Some(name.get_ref().as_ref());
                    found |= applies;
                    self.table(table, Some(name.get_ref()), known, layer, applies)?;
                }
            } else {
                self.entry(key.get_ref(), value, None, known, layer, true)?;
            }
        }
        Ok(found)
    }

    /// Reads a profile; one that does not apply is only checked.
    fn table(
        &self,
        table: &DeTable<'_>,
        profile: Option<&str>,
        known: &[String],
        layer: &mut Layer,
        applies: bool,
    ) -> Result<(), ConfigError> {
        table.iter().try_for_each(|(key, value)| self.entry(key.get_ref(), value, profile, known, layer, applies))
    }

    fn entry(
        &self,
        option: &str,
        value: &toml::Spanned<DeValue<'_>>,
        profile: Option<&str>,
        known: &[String],
        layer: &mut Layer,
        applies: bool,
    ) -> Result<(), ConfigError> {
        self.permit(option, value, known)?;
        let read = self.relate(option, self.value(option, value)?, value)?;
        if !applies {
            return Ok(());
        }
        let line = self.line(value.span().start);
        let location = Location { path: self.path.clone(), line, profile: profile.map(str::to_owned) };
        let origin = if self.project { Origin::Project(location) } else { Origin::User(location) };
        let general = |setting: &Setting| {
            setting.option == option
                && matches!(&setting.origin,
            Origin::User(at) | Origin::Project(at) if at.profile.is_none())
        };
        let setting = Setting { option: option.to_owned(), value: read, origin };
        match layer.iter_mut().find(|setting| setting.option == option) {
            None => layer.push(setting),
            Some(earlier) if profile.is_some() && general(earlier) => *earlier = setting,
            Some(_) => {}
        }
        Ok(())
    }

    fn permit(&self, option: &str, value: &toml::Spanned<DeValue<'_>>, known: &[String]) -> Result<(), ConfigError> {
        if !known.iter().any(|name| name == option) {
            return Err(self.error(value, &format!("there is no option `{option}`")));
        }
        if NEVER_IN_FILES.contains(&option) {
            return Err(self.error(value, &format!("`{option}` can't be set in a file")));
        }
        let guarded = NEVER_IN_PROJECTS.contains(&option)
            || option.starts_with("allow-host")
            || option.starts_with("allow-path")
            || option.starts_with("insecure-");
        if self.project && guarded {
            let message = format!(
                "a project's settings may not set `{option}`; set it in your own settings or on the command line"
            );
            return Err(self.error(value, &message));
        }
        Ok(())
    }

    fn value(&self, option: &str, value: &toml::Spanned<DeValue<'_>>) -> Result<SettingValue, ConfigError> {
        match value.get_ref() {
            DeValue::Boolean(on) => Ok(SettingValue::Flag(*on)),
            DeValue::Array(items) => {
                let text = |item: &toml::Spanned<DeValue<'_>>| match item.get_ref() {
                    DeValue::Array(_) | DeValue::Table(_) => {
                        Err(self.error(item, &format!("`{option}` holds texts, not {}s", item.get_ref().type_str())))
                    }
                    scalar => Ok(text(scalar)),
                };
                items.iter().map(text).collect::<Result<_, _>>().map(SettingValue::List)
            }
            DeValue::Table(entries) => Ok(SettingValue::Table(
                entries.iter().map(|(name, value)| (name.get_ref().to_string(), text(value.get_ref()))).collect(),
            )),
            scalar => Ok(SettingValue::Text(text(scalar))),
        }
    }

    /// Makes paths relative to the file's folder; a project's may not lead out of it.
    fn relate(
        &self,
        option: &str,
        value: SettingValue,
        at: &toml::Spanned<DeValue<'_>>,
    ) -> Result<SettingValue, ConfigError> {
        let named = NAMED_PATHS.contains(&option);
        if !named && !PATHS.contains(&option) {
            return Ok(value);
        }
        let path = |path: String| self.path(path, at);
        let pair = |text: String| match text.split_once('=') {
            Some((name, target)) if named => path(target.to_owned()).map(|path| format!("{name}={path}")),
            _ if named && option != "client-cert" => Ok(text),
            _ => path(text),
        };
        Ok(match value {
            SettingValue::Text(text) => SettingValue::Text(pair(text)?),
            SettingValue::List(texts) => SettingValue::List(texts.into_iter().map(pair).collect::<Result<_, _>>()?),
            SettingValue::Table(entries) => {
                let entry = |(name, target)| Ok((name, path(target)?));
                SettingValue::Table(entries.into_iter().map(entry).collect::<Result<_, _>>()?)
            }
            flag => flag,
        })
    }

    fn path(&self, text: String, at: &toml::Spanned<DeValue<'_>>) -> Result<String, ConfigError> {
        if text.contains("://") || text == "-" {
            return Ok(text);
        }
        let path = Path::new(&text);
        let below = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if self.project && !below {
            return Err(self
                .error(at, &format!("`{text}` leads out of the project; its settings may only name paths below it")));
        }
        let folder = self.path.parent().unwrap_or(Path::new(""));
        Ok(folder.join(path).to_string_lossy().into_owned())
    }

    fn error(&self, at: &toml::Spanned<DeValue<'_>>, message: &str) -> ConfigError {
        ConfigError(format!("{}:{}: {message}", self.path.display(), self.line(at.span().start)))
    }

    fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }
}

/// A string as it is, anything else as JSON.
fn text(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        other => json(other).to_string(),
    }
}

fn json(value: &DeValue<'_>) -> serde_json::Value {
    match value {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| number.as_str().into(), serde_json::Value::from),
        DeValue::Float(number) => number.as_str().parse::<f64>().map_or_else(|_| number.as_str().into(), Into::into),
        DeValue::Boolean(on) => (*on).into(),
        DeValue::Datetime(time) => time.to_string().into(),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Table(entries) => serde_json::Value::Object(
            entries.iter().map(|(name, value)| (name.get_ref().to_string(), json(value.get_ref()))).collect(),
        ),
    }
}
