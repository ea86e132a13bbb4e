//! What runs exchanged with the world, kept: secrets replaced by placeholders, enough to run again without a network.
//!
//! A [`Recorder`] listens while an engine runs; its [`Recording`] is a file. A [`Replay`] of it answers in place of the
//! world, tells the recorded time, and refuses a request that is not the recorded one. HTTP Archives are replayed, too.
//!
//! ```no_run
//! # async fn example() -> Result<(), arras::Error> {
//! use arras::Engine;
//! use arras::recording::{Recorder, Recording, Replay};
//!
//! let recorder = Recorder::default();
//! let engine = Engine::builder().record(recorder.clone()).build()?;
//! engine.load("orders.arazzo.yaml").await?.workflow("placeOrder")?.run().await?;
//! let text = recorder.recording(&[]).to_json();
//!
//! let replay = Replay::new(Recording::parse(&text).expect("a recording")).with_documents();
//! let engine = Engine::builder().replay(replay.clone()).build()?;
//! engine.load("orders.arazzo.yaml").await?.workflow("placeOrder")?.run().await?;
//! assert!(replay.drifts().is_empty());
//! # Ok(())
//! # }
//! ```

mod body;
mod compare;
mod har;
mod journal;
mod json;
mod kept;
mod masks;
mod placeholders;
mod recorder;
mod redact;
mod replay;
mod url;

use arras_doc::value::Object;
use arras_run::fault::Fault;
use arras_run::result::StepResult;
use serde::{Deserialize, Serialize};

pub use self::body::Body;
pub use self::journal::Piece;
pub use self::recorder::Recorder;
pub use self::replay::Replay;

/// The version of the form; a change that a reader must know of raises it.
pub const VERSION: u32 = 1;

/// Everything that runs exchanged with the world. No secret stands in it: each is replaced by a placeholder, the same
/// wherever it stood.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recording {
    /// [`VERSION`].
    pub recording: u32,
    /// Whether what was recorded was not over: it was stopped, or killed, and the last run ends where the recording does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
    /// What whoever recorded wants to know again; the command keeps its options here.
    #[serde(default)]
    pub options: Vec<String>,
    /// The placeholders that stand for secrets.
    #[serde(default)]
    pub placeholders: Vec<String>,
    /// The documents that were loaded.
    #[serde(default)]
    pub documents: Vec<RecordedDocument>,
    /// The runs, one after the other.
    pub runs: Vec<RecordedRun>,
    /// Whether requests are known by method and URL alone: an archive that someone else made.
    #[serde(skip)]
    pub(crate) loose: bool,
    /// Whether masks stand in it for what was secret: an archive that a report of runs is.
    #[serde(skip)]
    pub(crate) is_masked: bool,
}

/// An option of whoever records, as the recording keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordedOption {
    /// A word or a number that is none of the user's: it stays as it is.
    Fixed(String),
    /// A text of the user's: secrets in it are replaced.
    Free {
        /// What stands before it, up to the first `=` as it is, then names.
        before: String,
        /// The text.
        text: String,
    },
}

/// A document as it was loaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedDocument {
    /// The path or URL that was asked for.
    pub asked: String,
    /// Where it was found.
    pub uri: String,
    /// How messages call it.
    pub name: String,
    /// Its bytes.
    pub body: Body,
}

/// One run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedRun {
    /// The workflow.
    pub workflow_id: String,
    /// Its inputs.
    pub inputs: Object,
    /// Each time that the clock was read, in milliseconds since 1970-01-01T00:00:00Z.
    pub clock: Vec<u64>,
    /// Each number that was drawn, for the pauses between tries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chances: Vec<f64>,
    /// Each request with its answer, in order.
    pub exchanges: Vec<RecordedExchange>,
    /// The steps that called workflows and read secrets of what these came to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<RecordedCall>,
}

/// A step that called a workflow, where a criterion read a secret: with the placeholder it can't be judged anew.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedCall {
    /// The attempt of the step.
    pub effect: String,
    /// What it was judged to be.
    pub judged: Box<StepResult>,
}

/// A request with what came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedExchange {
    /// The attempt of the step: `pollResults#2.1`.
    pub effect: String,
    /// The request before it was authorised.
    pub request: RecordedRequest,
    /// What authorising changed; absent where it changed nothing or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorized: Option<Authorized>,
    /// Why the request was never sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsent: Option<Fault>,
    /// The answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<RecordedAnswer>,
    /// Why there is no answer. With neither the recording breaks off here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// Why the request was sent once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<String>,
    /// What the answer was judged to be, where a criterion read a secret: with the placeholder it can't be judged anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<Box<StepResult>>,
}

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The header fields in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(default, skip_serializing_if = "Body::is_empty")]
    pub body: Body,
}

/// What authorising changed in a request, and what it took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorized {
    /// The URL.
    pub url: String,
    /// The header fields.
    pub headers: Vec<(String, String)>,
    /// Requests that were sent meanwhile, for tokens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<(RecordedRequest, Option<RecordedAnswer>)>,
    /// What the user was told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// An answer, its body decompressed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedAnswer {
    /// The status code.
    pub status: u16,
    /// The header fields in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(default, skip_serializing_if = "Body::is_empty")]
    pub body: Body,
    /// From the first byte sent to the last byte read, in nanoseconds.
    pub duration_ns: u64,
}

impl Recording {
    /// Reads a recording, one that a killed process left line by line ([`Recorder::journal`]), or an HTTP Archive.
    ///
    /// # Errors
    /// One phrase, if the text is neither, or of a later version.
    pub fn parse(text: &str) -> Result<Recording, String> {
        let text = text.trim_start_matches('\u{feff}');
        if let Some(recording) = journal::read(text) {
            return recording;
        }
        let probe: serde_json::Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
        if probe.get("log").is_some() {
            return har::read(&probe);
        }
        version(&probe)?;
        serde_json::from_str(text).map_err(|error| format!("it is no recording: {error}"))
    }

    /// The recording as JSON, indented.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        let value = arras_doc::value::Value::from_json(&text);
        value.map(|value| value.to_json_pretty() + "\n").unwrap_or(text)
    }
}

/// Checks that a text is a recording of the version that is read here.
fn version(probe: &serde_json::Value) -> Result<(), String> {
    match probe.get("recording").and_then(serde_json::Value::as_u64) {
        Some(version) if version == u64::from(VERSION) => Ok(()),
        Some(version) => Err(format!("it is of version {version}; this is version {VERSION}")),
        None => Err("it is neither a recording nor an HTTP Archive".to_owned()),
    }
}
