//! `--record` and `--replay`: exchanges kept, or taken from what was kept.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use arras::recording::{Piece, RecordedOption, Recorder, Recording, Replay};
use arras::{Builder, ServerOverride, SetBy, Settings, WorkflowRun};
use arras_doc::value::Object;
use arras_run::run::CheckLevel;

use super::drifted::Drifted;
use crate::args::RunArgs;
use crate::args::resolve::Usage;
use crate::args::run::{DefaultSuccess, Jsonpath};
use crate::args::values::{self, FileInput, ResponseCheck};
use crate::command::Failure;
use crate::context::Context;
use crate::display::{count, escape, json};
use crate::exit::Exit;
use crate::look::Tone;
use crate::output_file::Whole;

/// Whether exchanges are kept, or were.
pub(in crate::command) enum Taping {
    None,
    Record(Recorder),
    Replay(Replay),
}

impl Taping {
    /// What the options ask for.
    ///
    /// # Errors
    /// If the recording can't be read.
    pub(super) fn of(args: &RunArgs) -> Result<Taping, Failure> {
        if args.results.record.is_some() && args.file.as_os_str() == "-" {
            let why = "a document on standard input can't be recorded: `--record` needs a file";
            return Err(Usage::new(why).into());
        }
        match (&args.results.record, &args.results.replay) {
            (Some(_), _) => Ok(Taping::Record(Recorder::default())),
            (None, Some(path)) => Ok(Taping::Replay(Replay::new(read(path)?))),
            (None, None) => Ok(Taping::None),
        }
    }

    /// Whether the documents are read, and not those of a recording.
    pub(super) fn reads_documents(&self) -> bool {
        !matches!(self, Taping::Replay(replay) if replay.has_documents())
    }

    pub(super) fn attach(&self, builder: Builder) -> Builder {
        match self {
            Taping::None => builder,
            Taping::Record(recorder) => builder.record(recorder.clone()),
            Taping::Replay(replay) => builder.replay(replay.clone()),
        }
    }

    /// Takes over where the recorded requests went, unless the user says otherwise.
    pub(super) fn adopt(&self, settings: &mut Settings) {
        let Taping::Replay(replay) = self else { return };
        let recorded = |name: &str| {
            let prefix = format!("--{name}=");
            let options = replay.recording().options.iter();
            options.filter_map(move |option| option.strip_prefix(&prefix)).map(str::to_owned).collect::<Vec<_>>()
        };
        let servers = recorded("server").into_iter().filter_map(|text| values::server(&text).ok());
        let servers =
            servers.map(|server| ServerOverride { source: server.source, url: server.url, set_by: SetBy::User });
        // of several that fit the last one counts: the user's own
        settings.servers.splice(0..0, servers);
        if settings.aws.region.is_none() {
            settings.aws.region = recorded("aws-region").into_iter().next();
        }
    }

    /// The inputs of a run: the given ones, laid over the recorded ones where documents are not the recorded ones.
    ///
    /// # Errors
    /// If the given ones can't be understood.
    pub(super) fn inputs(&self, run: usize, given: impl FnOnce() -> Result<Object, Usage>) -> Result<Object, Usage> {
        let Taping::Replay(replay) = self else { return given() };
        let recorded = replay.recording().runs.get(run).map(|run| run.inputs.clone()).unwrap_or_default();
        if replay.has_documents() {
            return Ok(recorded);
        }
        let mut inputs = recorded;
        inputs.extend(given()?);
        Ok(inputs)
    }

    /// The files that recorded inputs stand for, where `inputs` still hold these and documents are not the recorded ones:
    /// a file stays where it is, and of it a recording holds nothing but what stands for it.
    pub(super) fn files(&self, run: usize, inputs: &Object, args: &RunArgs) -> Vec<FileInput> {
        let Taping::Replay(replay) = self else { return Vec::new() };
        let recorded = replay.recording().runs.get(run).map(|run| &run.inputs);
        let is_recorded = |name: &str| recorded.is_some_and(|recorded| recorded.get(name) == inputs.get(name));
        let is_given = |name: &str| args.setup.inputs.input_file.iter().any(|given| given.name == name);
        let options = replay.recording().options.iter();
        let files = options.filter_map(|option| values::file_input(option.strip_prefix("--file=")?).ok());
        files.filter(|file| !replay.has_documents() && is_recorded(&file.name) && !is_given(&file.name)).collect()
    }

    /// What is said of where answers come from, if not from where requests go.
    pub(super) fn answers(&self, mocked: bool) -> &'static str {
        match self {
            Taping::Replay(_) => " (replayed)",
            _ if mocked => " (mock)",
            _ => "",
        }
    }

    /// The file that keeps what is recorded of runs by that command line.
    ///
    /// # Errors
    /// If it can't be written: better said before anything is sent.
    pub(super) fn tape(&self, args: &RunArgs, options: Vec<RecordedOption>) -> Result<Option<Tape>, Failure> {
        let (Taping::Record(recorder), Some(path)) = (self, &args.results.record) else { return Ok(None) };
        if is_file(path) {
            Whole::begin(path).map_err(|error| Failure::Environment(unwritable(path, &error)))?;
        }
        let (recorder, path) = (recorder.clone(), path.clone());
        Ok(Some(Tape { recorder, path, options, file: None, broken: None }))
    }

    /// What the ends of so many runs are to tell of the recording.
    pub(super) fn drifted(&self, runs: usize) -> Drifted {
        let Taping::Replay(replay) = self else { return Drifted::default() };
        replay.expect_runs(runs);
        Drifted::new(replay.clone())
    }

    /// Tells how what was asked differs from what was recorded, but for what the runs themselves told.
    pub(super) fn told(&self, args: &RunArgs, drifted: &Drifted, context: &Context) -> Exit {
        match self {
            Taping::None | Taping::Record(_) => Exit::Yes,
            Taping::Replay(replay) => told(args, replay, drifted, context),
        }
    }
}

/// A recording under way, written as it goes: what is killed leaves all exchanges up to the last.
pub(super) struct Tape {
    recorder: Recorder,
    path: PathBuf,
    options: Vec<RecordedOption>,
    /// What further lines go to, once there were some.
    file: Option<File>,
    broken: Option<io::Error>,
}

impl Tape {
    /// Writes what is new. What can't be written is told in the end.
    pub(super) fn keep(&mut self) {
        // what is no file gets the recording when it is whole
        if self.broken.is_some() || !is_file(&self.path) {
            return;
        }
        let written = match self.recorder.journal(&self.options) {
            None => Ok(()),
            Some(Piece::More(lines)) => match &mut self.file {
                Some(file) => file.write_all(json(&lines).as_bytes()),
                None => Err(io::Error::other("its beginning was never written")),
            },
            Some(Piece::Anew(lines)) => replace(&self.path, &lines).map(|file| self.file = Some(file)),
        };
        self.broken = written.err();
    }

    /// Writes the whole recording in place of what was written so far; `unfinished`: its last run was stopped.
    pub(super) fn finish(self, unfinished: bool, context: &Context) -> Exit {
        let mut recording = self.recorder.recording(&self.options);
        recording.unfinished = unfinished;
        let written = self.broken.map_or(Ok(()), Err).and_then(|()| replace(&self.path, &recording.to_json()));
        match written {
            Ok(_) => Exit::Yes,
            Err(error) => {
                context.write_stderr(&format!("error: {}\n", unwritable(&self.path, &error)));
                Exit::Environment
            }
        }
    }
}

/// Whether a file is there, or nothing.
fn is_file(path: &Path) -> bool {
    std::fs::metadata(path).map_or(true, |found| found.is_file())
}

fn unwritable(path: &Path, error: &io::Error) -> String {
    format!("can't write the recording `{}`: {error}", escape(&path.to_string_lossy()))
}

/// Writes JSON in place of what was there, and gives the file for more.
fn replace(path: &Path, text: &str) -> io::Result<File> {
    let (mut file, whole) = Whole::begin(path)?;
    file.write_all(json(text).as_bytes())?;
    whole.commit()?;
    Ok(file)
}

/// Reads a recording or an HTTP Archive.
///
/// # Errors
/// If it is neither, or can't be read.
pub(in crate::command) fn read(path: &Path) -> Result<Recording, Failure> {
    let shown = escape(&path.to_string_lossy()).into_owned();
    let unreadable = |error| Failure::Environment(format!("the recording `{shown}` can't be read: {error}"));
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let refuse = |why: String| Failure::Invalid(format!("the recording `{shown}` can't be used: {why}"));
    let text = String::from_utf8(bytes).map_err(|_| refuse("it is no text".to_owned()))?;
    Recording::parse(&text).map_err(refuse)
}

/// Tells what no step has told: requests that nobody made, verdicts that were taken over. A summary line stands last.
fn told(args: &RunArgs, replay: &Replay, drifted: &Drifted, context: &Context) -> Exit {
    let (drifts, mut untold, notes, ended) = (replay.drifts(), replay.untold(), replay.notes(), replay.ended());
    untold.retain(|line| !drifted.told.contains(line));
    let look = context.look(args.common.color, &context.stderr);
    let mut text = String::new();
    if !args.volume.quiet {
        untold.iter().for_each(|line| text.push_str(&format!(" {} {}\n", look.paint(Tone::Bad, "✗"), escape(line))));
        notes.iter().for_each(|line| text.push_str(&format!(" {} {}\n", look.paint(Tone::Caution, "!"), escape(line))));
    }
    if let Some(ended) = &ended {
        let word = look.paint(Tone::Caution, "Unfinished");
        text.push_str(&format!("{word}  {}\n", escape(ended)));
    }
    if !drifts.is_empty() {
        let found = count(drifts.len(), "difference");
        // where nothing else is told, the first one is told here
        let first = drifts.first().filter(|_| args.volume.quiet).and_then(|first| first.lines().next());
        let first = first.map(|first| format!(": {}", escape(first))).unwrap_or_default();
        text.push_str(&format!("{}  {found} from the recording{first}\n", look.paint(Tone::Bad, "Drifted")));
    } else if !notes.is_empty() && ended.is_none() {
        text.push_str(&format!("{}  as recorded\n", look.paint(Tone::Good, "Replayed")));
    }
    context.write_stderr(&look.spell(text));
    if drifts.is_empty() && ended.is_none() { Exit::Yes } else { Exit::No }
}

/// A command line in the making.
#[derive(Default)]
struct Options(Vec<RecordedOption>);

impl Options {
    /// An option with a word or a number.
    fn set(&mut self, name: &str, value: String) {
        self.0.push(RecordedOption::Fixed(format!("--{name}={value}")));
    }

    /// An option with a text of the user's, of what `of` names.
    fn give(&mut self, name: &str, of: String, text: String) {
        self.free(format!("--{name}={of}"), text);
    }

    fn free(&mut self, before: String, text: String) {
        self.0.push(RecordedOption::Free { before, text });
    }
}

/// The command line that leads to the same runs: what it says of credentials, reports and display left out.
pub(super) fn options(args: &RunArgs, settings: &Settings, runs: &[(String, WorkflowRun)]) -> Vec<RecordedOption> {
    let mut all = Options::default();
    all.free(String::new(), args.file.to_string_lossy().into_owned());
    runs.iter().for_each(|(id, _)| all.free(String::new(), id.clone()));
    let budgets = &args.setup.budgets;
    all.set("timeout", duration(budgets.timeout));
    all.set("step-timeout", duration(budgets.step_timeout));
    all.set("max-steps", budgets.max_steps.to_string());
    all.set("max-depth", budgets.max_depth.to_string());
    all.set("max-retry-after", duration(budgets.max_retry_after));
    all.set("poll-interval", duration(budgets.poll_interval));
    if let Some(most) = budgets.max_visits {
        all.set("max-visits", most.to_string());
    }
    settings.sources.iter().for_each(|(name, location)| all.give("source", format!("{name}="), location.clone()));
    for server in &settings.servers {
        let source = server.source.as_ref().map(|source| format!("{source}=")).unwrap_or_default();
        all.give("server", source, server.url.clone());
    }
    for variable in &settings.server_variables {
        let source = variable.source.as_ref().map(|source| format!("{source}.")).unwrap_or_default();
        all.give("server-var", format!("{source}{}=", variable.name), variable.value.clone());
    }
    args.setup
        .sources
        .document
        .iter()
        .for_each(|document| all.give("document", String::new(), document.to_string_lossy().into_owned()));
    for input in &args.setup.inputs.dep_input {
        all.give("dep-input", format!("{}:{}=", input.workflow, input.name), input.value.to_string());
    }
    let signed = runs.iter().flat_map(|(_, run)| run.signing()).next().map(|scope| scope.region.clone());
    if let Some(region) = settings.aws.region.clone().or(signed) {
        all.give("aws-region", String::new(), region);
    }
    if let Some(service) = &settings.aws.service {
        all.give("aws-service", String::new(), service.clone());
    }
    let reading = &args.setup.reading;
    if let Some(how) = reading.jsonpath {
        all.set("jsonpath", if how == Jsonpath::Strict { "strict" } else { "tolerant" }.to_owned());
    }
    if let Some(what) = reading.default_success {
        let name = match what {
            DefaultSuccess::Any => "any",
            DefaultSuccess::TwoHundreds => "2xx",
            DefaultSuccess::Lt400 => "lt400",
        };
        all.set("default-success", name.to_owned());
    }
    for check in &reading.check_response {
        let what = check.what.map(|what| match what {
            ResponseCheck::Status => "status=",
            ResponseCheck::ContentType => "content-type=",
            ResponseCheck::Body => "body=",
        });
        let level = match check.level {
            CheckLevel::Off => "off",
            CheckLevel::Warn => "warn",
            CheckLevel::Error => "error",
        };
        all.set("check-response", format!("{}{level}", what.unwrap_or_default()));
    }
    args.setup
        .inputs
        .input_file
        .iter()
        .for_each(|file| all.give("file", format!("{}=", file.name), file.path.to_string_lossy().into_owned()));
    reading.rule.iter().filter(|one| one.rule.inert).for_each(|one| all.set("rule", one.to_string()));
    let network = &args.setup.network;
    let switches = [
        ("strict", reading.strict),
        ("allow-newer", reading.allow_newer),
        ("no-deps", reading.no_deps),
        ("follow-redirects", network.follow_redirects),
        ("transport-retry", network.transport_retry),
        ("cookie-jar", network.cookie_jar),
    ];
    let switches = switches.iter().filter(|(_, on)| *on);
    all.0.extend(switches.map(|(name, _)| RecordedOption::Fixed(format!("--{name}"))));
    all.0
}

fn duration(duration: Duration) -> String {
    if duration.is_zero() { "0".to_owned() } else { format!("{}ms", duration.as_millis()) }
}
