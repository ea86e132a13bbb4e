//! A recording while it goes on: a line for what was loaded, then one for each step's exchanges.

use arras_doc::value::Object;
use serde::{Deserialize, Serialize};

use super::placeholders::Placeholders;
use super::recorder::State;
use super::{RecordedCall, RecordedExchange, RecordedOption, RecordedRun, Recording, version};

/// What is to be written next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Behind what is there.
    More(String),
    /// In place of all that is there: a secret has become known that stood in it.
    Anew(String),
}

/// How far a recording is written: what was written stands in the recorder, and is not kept here again.
#[derive(Default)]
pub(super) struct Journal {
    begun: bool,
    secrets: usize,
    runs: usize,
    /// Of the last run.
    at: Place,
}

/// How far a run is written.
#[derive(Clone, Copy, Default)]
struct Place {
    exchanges: usize,
    readings: usize,
    draws: usize,
    calls: usize,
}

/// A line behind the first: what came to a run.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Line {
    /// The run begins with this line.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<Begun>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    placeholders: Vec<String>,
    clock: Vec<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    chances: Vec<f64>,
    exchanges: Vec<RecordedExchange>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    calls: Vec<RecordedCall>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Begun {
    workflow_id: String,
    inputs: Object,
}

impl Journal {
    /// What is new: nothing before the answer that tells it is judged, since only then all its secrets are known.
    pub(super) fn piece(&mut self, state: &State, options: &[RecordedOption]) -> Option<Piece> {
        let fresh = state.runs.len() > self.runs;
        if state.settled == 0 || !fresh && state.settled == self.at.exchanges {
            return None;
        }
        let fresh = state.secrets.get(self.secrets..).unwrap_or_default();
        let late = self.begun && !fresh.is_empty() && self.holds(fresh, state, options);
        let piece = if self.begun && !late {
            Piece::More(self.lines(state))
        } else {
            *self = Journal { begun: true, ..Journal::default() };
            let head = line(&Recording { unfinished: true, ..state.head(options) });
            Piece::Anew(head + &self.lines(state))
        };
        self.secrets = state.secrets.len();
        Some(piece)
    }

    /// The lines of all that is new.
    fn lines(&mut self, state: &State) -> String {
        let mut text = String::new();
        let from = self.runs.saturating_sub(1);
        let placeholders = &state.placeholders;
        let mut known: Vec<String> = placeholders.all.iter().skip(self.secrets).cloned().collect();
        for (index, run) in state.runs.iter().enumerate().skip(from) {
            let begins = index >= self.runs;
            if begins {
                (self.runs, self.at) = (index + 1, Place::default());
            }
            let is_last = index + 1 == state.runs.len();
            let settled = if is_last { state.settled } else { run.exchanges.len() };
            let begun =
                || Begun { workflow_id: placeholders.name(&run.workflow_id), inputs: placeholders.object(&run.inputs) };
            let exchanges = run.exchanges.get(self.at.exchanges..settled).unwrap_or_default();
            let line = Line {
                run: begins.then(begun),
                placeholders: std::mem::take(&mut known),
                clock: run.clock.get(self.at.readings..).unwrap_or_default().to_vec(),
                chances: run.chances.get(self.at.draws..).unwrap_or_default().to_vec(),
                exchanges: exchanges.iter().map(|exchange| placeholders.exchange(exchange)).collect(),
                calls: run.calls.iter().skip(self.at.calls).map(|call| placeholders.call(call)).collect(),
            };
            let (readings, draws, calls) = (run.clock.len(), run.chances.len(), run.calls.len());
            self.at = Place { exchanges: settled, readings, draws, calls };
            text.push_str(&self::line(&line));
        }
        text
    }

    /// Whether one of the secrets stands in what was written, so that it would be replaced there.
    fn holds(&self, secrets: &[String], state: &State, options: &[RecordedOption]) -> bool {
        let (none, mut fresh) = (Placeholders::default(), Placeholders::default());
        secrets.iter().for_each(|secret| fresh.add(secret));
        let runs = state.runs.iter().take(self.runs).enumerate();
        let mut runs = runs.map(|(index, run)| {
            let is_last = index + 1 == self.runs;
            (run, if is_last { self.at.exchanges } else { run.exchanges.len() })
        });
        options.iter().any(|option| fresh.option(option) != none.option(option))
            || state.documents.iter().any(|kept| fresh.document(kept) != kept.document)
            || runs.any(|(run, written)| {
                fresh.name(&run.workflow_id) != run.workflow_id
                    || fresh.object(&run.inputs) != run.inputs
                    || run.calls.iter().any(|call| fresh.call(call) != *call)
                    || run.exchanges.iter().take(written).any(|exchange| fresh.exchange(exchange) != *exchange)
            })
    }
}

fn line(part: &impl Serialize) -> String {
    // what can be recorded can be written as JSON
    serde_json::to_string(part).map(|text| text + "\n").unwrap_or_default()
}

/// Reads what a journal wrote; `None` where the text is none. A last line that is not whole is passed over: whoever wrote
/// it was killed meanwhile.
pub(super) fn read(text: &str) -> Option<Result<Recording, String>> {
    let (head, lines) = text.split_once('\n')?;
    let probe: serde_json::Value = serde_json::from_str(head).ok()?;
    if probe.get("recording").is_none() || probe.get("unfinished") != Some(&true.into()) {
        return None;
    }
    Some(version(&probe).and_then(|()| {
        let refuse = |error| format!("it is no recording: {error}");
        let mut recording: Recording = serde_json::from_str(head).map_err(refuse)?;
        for line in lines.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            take(&mut recording, serde_json::from_str(line).map_err(refuse)?)?;
        }
        Ok(recording)
    }))
}

fn take(recording: &mut Recording, line: Line) -> Result<(), String> {
    recording.placeholders.extend(line.placeholders);
    if let Some(Begun { workflow_id, inputs }) = line.run {
        recording.runs.push(RecordedRun { workflow_id, inputs, ..RecordedRun::default() });
    }
    let run = recording.runs.last_mut().ok_or("it is no recording: an exchange of no run")?;
    run.clock.extend(line.clock);
    run.chances.extend(line.chances);
    run.exchanges.extend(line.exchanges);
    run.calls.extend(line.calls);
    Ok(())
}

#[cfg(test)]
mod tests {
    use arras_run::criterion::Reading;
    use arras_run::effect::EffectId;
    use arras_run::result::{CriterionResult, EvidenceEntry, StepResult};
    use arras_run::secret::Secrets;

    use arras_doc::value::Value;

    use super::super::{Body, RecordedRequest, Recorder};
    use super::*;

    fn sends(recorder: &Recorder, effect: &str, body: impl AsRef<[u8]>) {
        recorder.begin(&EffectId(effect.into()), &Secrets::default());
        let request = RecordedRequest { body: Body::of(body.as_ref()), ..RecordedRequest::default() };
        recorder.keep(RecordedExchange { effect: effect.to_owned(), request, ..RecordedExchange::default() });
    }

    fn settles(recorder: &Recorder, secrets: &[&str]) {
        let mut known = Secrets::default();
        secrets.iter().for_each(|secret| known.add(secret));
        recorder.settle(&StepResult::default(), &known);
    }

    /// A judgement by a criterion that read that value.
    fn looked_at(value: &str) -> StepResult {
        let evidence = EvidenceEntry { expression: "context".to_owned(), value: Some(Value::from(value)) };
        let criterion = CriterionResult {
            condition: "^h".to_owned(),
            kind: "regex".to_owned(),
            reading: Reading::Plain,
            satisfied: true,
            error: None,
            evidence: vec![evidence],
        };
        StepResult { criteria: vec![criterion], ..StepResult::default() }
    }

    /// Writes a piece as a file would hold it.
    fn write(file: &mut String, recorder: &Recorder) -> bool {
        match recorder.journal(&[RecordedOption::Fixed("w.yaml".to_owned())]) {
            Some(Piece::More(text)) => {
                file.push_str(&text);
                false
            }
            Some(Piece::Anew(text)) => {
                *file = text;
                true
            }
            None => panic!("nothing new"),
        }
    }

    #[test]
    fn each_exchange_is_written_when_it_is_judged_and_read_again() {
        let recorder = Recorder::default();
        assert_eq!(recorder.journal(&[]), None);
        recorder.run("w", &Object::from_iter([("pin".to_owned(), Value::from("hush-hush"))]));
        sends(&recorder, "a#1.1", "it is hush-hush");
        assert_eq!(recorder.journal(&[]), None, "whether something in it is secret is not known yet");
        settles(&recorder, &["hush-hush"]);
        let mut known = Secrets::default();
        known.add("hush-hush");
        for (effect, value) in [("calls#1.1", "hush-hush"), ("calls#2.1", "nothing")] {
            recorder.called(&EffectId(effect.into()), looked_at(value), &known);
        }
        let mut file = String::new();
        assert!(write(&mut file, &recorder));
        assert_eq!(recorder.journal(&[]), None);
        sends(&recorder, "b#1.1", "and more");
        settles(&recorder, &["hush-hush"]);
        assert!(!write(&mut file, &recorder));
        recorder.run("v", &Object::default());
        sends(&recorder, "c#1.1", "the last");
        settles(&recorder, &[]);
        assert!(!write(&mut file, &recorder));
        let read = Recording::parse(&file).expect("a recording");
        assert!(read.unfinished && !file.contains("hush"), "{file}");
        assert_eq!(read.runs[0].calls.iter().map(|call| call.effect.as_str()).collect::<Vec<_>>(), ["calls#1.1"]);
        let whole = Recording { unfinished: true, ..recorder.recording(&[RecordedOption::Fixed("w.yaml".to_owned())]) };
        assert_eq!(read, whole);
        // as a process that was killed within a line leaves it
        let torn = &file[..file.len() - 10];
        let read = Recording::parse(torn).expect("a recording");
        assert_eq!((read.runs.len(), read.runs[0].exchanges.len()), (1, 2));
    }

    #[test]
    fn a_secret_that_becomes_known_later_is_taken_out_of_what_was_written() {
        let recorder = Recorder::default();
        recorder.run("w", &Object::default());
        let mut file = String::new();
        sends(&recorder, "a#1.1", r#"{"token":"\u0073e\"same"}"#);
        settles(&recorder, &[]);
        write(&mut file, &recorder);
        sends(&recorder, "b#1.1", "nothing");
        settles(&recorder, &["unrelated"]);
        assert!(!write(&mut file, &recorder), "what does not stand there needs no new file");
        sends(&recorder, "c#1.1", "nothing");
        settles(&recorder, &["se\"same"]);
        assert!(write(&mut file, &recorder));
        assert!(!file.contains("same"), "{file}");
        let read = Recording::parse(&file).expect("a recording");
        assert_eq!((read.runs[0].exchanges.len(), read.placeholders.len()), (3, 2));
    }

    #[test]
    fn bytes_are_looked_into_and_nothing_is_written_anew_for_what_is_not_there() {
        let recorder = Recorder::default();
        recorder.run("w", &Object::default());
        let mut file = String::new();
        sends(&recorder, "a#1.1", b"\xffkept within\xff");
        settles(&recorder, &[]);
        write(&mut file, &recorder);
        for (effect, secret) in [("b#1.1", "unrelated"), ("c#1.1", "elsewhere")] {
            sends(&recorder, effect, "nothing");
            settles(&recorder, &[secret]);
            assert!(!write(&mut file, &recorder), "{secret}");
        }
        sends(&recorder, "d#1.1", "nothing");
        settles(&recorder, &["kept within"]);
        assert!(write(&mut file, &recorder));
        let read = Recording::parse(&file).expect("a recording");
        let bytes = read.runs[0].exchanges[0].request.body.bytes();
        assert_eq!(&bytes[..], b"\xffarras-secret-3\xff");
    }

    #[test]
    fn what_would_be_replaced_is_taken_out_wherever_it_is_written() {
        let recorder = Recorder::default();
        recorder.run("w", &Object::default());
        let mut file = String::new();
        let headers = [("x-key", "q7"), ("x-other", "kept-within")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        recorder.begin(&EffectId("my-flow/a#1.1".into()), &Secrets::default());
        let request = RecordedRequest { headers, ..RecordedRequest::default() };
        let effect = "my-flow/a#1.1".to_owned();
        recorder.keep(RecordedExchange { effect, request, ..RecordedExchange::default() });
        settles(&recorder, &[]);
        write(&mut file, &recorder);
        // one in a name, one that is short and a whole value, and one that is a word
        for (effect, secret, anew) in [("b#1.1", "my-flow", true), ("c#1.1", "q7", true), ("d#1.1", "post", false)] {
            sends(&recorder, effect, "nothing");
            settles(&recorder, &[secret]);
            assert_eq!(write(&mut file, &recorder), anew, "{secret}");
            assert_eq!(Recording::parse(&file).map(|read| read.runs), Ok(recorder.recording(&[]).runs), "{secret}");
        }
        assert!(!file.contains("my-flow") && !file.contains("q7"), "{file}");
    }
}
