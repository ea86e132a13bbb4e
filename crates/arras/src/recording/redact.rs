//! A recording without secrets. Only what came from outside is replaced: its own form, and what is of a closed set, stay.

use arras_doc::diagnostic::Diagnostic;
use arras_run::fault::Fault;
use arras_run::result::{Blocked, CriterionResult, EvidenceEntry, MatchedAction, StepResult};

use super::kept::Kept;
use super::placeholders::Placeholders;
use super::{
    Authorized, RecordedAnswer, RecordedCall, RecordedDocument, RecordedExchange, RecordedOption, RecordedRequest,
    RecordedRun,
};

/// The option whose text is a value, and not where something is or what it is called.
const VALUE: &str = "--dep-input=";

impl Placeholders {
    pub(super) fn option(&self, option: &RecordedOption) -> String {
        match option {
            RecordedOption::Fixed(text) => text.clone(),
            RecordedOption::Free { before, text } => {
                let (option, names) = before.split_at(before.find('=').map_or(before.len(), |end| end + 1));
                let is_value = option == VALUE;
                option.to_owned() + &self.name(names) + &if is_value { self.content(text) } else { self.url(text) }
            }
        }
    }

    pub(super) fn document(&self, kept: &Kept) -> RecordedDocument {
        let document = &kept.document;
        let body = match &document.body {
            // most documents need not be read again
            super::Body::Text(text) if self.all.is_empty() => super::Body::Text(text.clone()),
            super::Body::Text(text) => super::Body::Text(kept.replaced(text, |text| self.name(text))),
            body => self.body(body),
        };
        RecordedDocument {
            asked: self.url(&document.asked),
            uri: self.url(&document.uri),
            name: self.name(&document.name),
            body,
        }
    }

    pub(super) fn run(&self, run: &RecordedRun) -> RecordedRun {
        RecordedRun {
            workflow_id: self.name(&run.workflow_id),
            inputs: self.object(&run.inputs),
            clock: run.clock.clone(),
            chances: run.chances.clone(),
            exchanges: run.exchanges.iter().map(|exchange| self.exchange(exchange)).collect(),
            calls: run.calls.iter().map(|call| self.call(call)).collect(),
        }
    }

    pub(super) fn call(&self, call: &RecordedCall) -> RecordedCall {
        RecordedCall { effect: self.name(&call.effect), judged: Box::new(self.judged(&call.judged)) }
    }

    pub(super) fn exchange(&self, exchange: &RecordedExchange) -> RecordedExchange {
        RecordedExchange {
            effect: self.name(&exchange.effect),
            request: self.request(&exchange.request),
            authorized: exchange.authorized.as_ref().map(|authorized| self.authorized(authorized)),
            unsent: exchange.unsent.as_ref().map(|fault| self.fault(fault)),
            answer: exchange.answer.as_ref().map(|answer| self.answer(answer)),
            fault: exchange.fault.as_ref().map(|fault| self.fault(fault)),
            again: exchange.again.clone(),
            judged: exchange.judged.as_ref().map(|judged| Box::new(self.judged(judged))),
        }
    }

    fn request(&self, request: &RecordedRequest) -> RecordedRequest {
        RecordedRequest {
            method: request.method.clone(),
            url: self.url(&request.url),
            headers: self.headers(&request.headers),
            body: self.body(&request.body),
        }
    }

    fn authorized(&self, authorized: &Authorized) -> Authorized {
        let exchange = |(request, answer): &(RecordedRequest, Option<RecordedAnswer>)| {
            (self.request(request), answer.as_ref().map(|answer| self.answer(answer)))
        };
        Authorized {
            url: self.url(&authorized.url),
            headers: self.headers(&authorized.headers),
            exchanges: authorized.exchanges.iter().map(exchange).collect(),
            notes: authorized.notes.iter().map(|note| self.text(note)).collect(),
        }
    }

    fn answer(&self, answer: &RecordedAnswer) -> RecordedAnswer {
        RecordedAnswer {
            status: answer.status,
            headers: self.headers(&answer.headers),
            body: self.body(&answer.body),
            duration_ns: answer.duration_ns,
        }
    }

    fn headers(&self, headers: &[(String, String)]) -> Vec<(String, String)> {
        /// Those that say how to read or when to ask, and not what.
        const OWN: [&str; 5] = ["content-type", "content-length", "retry-after", "date", "accept"];
        let value = |name: &str, value: &str| match OWN.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            true => self.name(value),
            false if name.eq_ignore_ascii_case("location") => self.url(value),
            false => self.text(value),
        };
        headers.iter().map(|(name, text)| (self.name(name), value(name, text))).collect()
    }

    fn fault(&self, fault: &Fault) -> Fault {
        Fault { message: self.text(&fault.message), ..fault.clone() }
    }

    fn judged(&self, judged: &StepResult) -> StepResult {
        let action = |action: &MatchedAction| MatchedAction {
            index: action.index,
            inputs: self.object(&action.inputs),
            criteria: action.criteria.iter().map(|criterion| self.criterion(criterion)).collect(),
        };
        let blocked = |blocked: &Blocked| Blocked {
            fault: self.fault(&blocked.fault),
            diagnostic: self.diagnostic(&blocked.diagnostic),
        };
        StepResult {
            verdict: judged.verdict,
            status_code: judged.status_code,
            url: judged.url.as_deref().map(|url| self.url(url)),
            duration_ms: judged.duration_ms,
            criteria: judged.criteria.iter().map(|criterion| self.criterion(criterion)).collect(),
            outputs: self.object(&judged.outputs),
            actions: judged.actions.iter().map(action).collect(),
            missed: judged.missed.iter().map(|criterion| self.criterion(criterion)).collect(),
            blocked: judged.blocked.as_deref().map(|one| Box::new(blocked(one))),
            retry_after: judged.retry_after,
            fault: judged.fault.as_ref().map(|fault| self.fault(fault)),
            diagnostics: judged.diagnostics.iter().map(|found| self.diagnostic(found)).collect(),
            retained: self.object(&judged.retained),
            secrets: judged.secrets.iter().map(|secret| self.text(secret)).collect(),
        }
    }

    fn criterion(&self, criterion: &CriterionResult) -> CriterionResult {
        let entry = |entry: &EvidenceEntry| EvidenceEntry {
            expression: self.name(&entry.expression),
            value: entry.value.as_ref().map(|value| self.value(value)),
        };
        CriterionResult {
            condition: self.name(&criterion.condition),
            error: criterion.error.as_deref().map(|error| self.text(error)),
            evidence: criterion.evidence.iter().map(entry).collect(),
            ..criterion.clone()
        }
    }

    fn diagnostic(&self, found: &Diagnostic) -> Diagnostic {
        let mut found = found.clone();
        found.message = self.text(&found.message);
        found.help = found.help.map(|help| self.text(&help));
        for label in &mut found.labels {
            label.text = self.text(&label.text);
        }
        found.fix = found.fix.map(|mut fix| {
            fix.title = self.text(&fix.title);
            fix
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However YAML spells a text, it is the same.
    #[test]
    fn documents_hold_no_secret_in_any_spelling() {
        let mut placeholders = Placeholders::default();
        ["it's hush", "hush\nhush\n", "hush tilt hush"].iter().for_each(|secret| placeholders.add(secret));
        for (text, expected) in [
            ("a: it's hush\nb: c", "a: arras-secret-1\nb: c"),
            ("{a: 'so it''s hush', b: [c]}", "{a: \"so arras-secret-1\", b: [c]}"),
            ("a: \"it\\x27s\\ hush\"\n", "a: \"arras-secret-1\"\n"),
            ("a:\n  b: |\n    hush\n    hush\n  c: d\n", "a:\n  b: \"arras-secret-2\"\n  c: d\n"),
            ("a: >-\n  so hush\n  tilt hush\nb: c\n", "a: \"so arras-secret-3\"\nb: c\n"),
            ("a: hush\n  tilt\n  hush\nb: >\n  c\n  d\n", "a: \"arras-secret-3\"\nb: >\n  c\n  d\n"),
            ("'it''s hush': &x it's hush\nb: *x\n", "\"arras-secret-1\": &x arras-secret-1\nb: *x\n"),
            ("a: [it's hush", "a: [arras-secret-1"),
        ] {
            let (name, body) = ("a.yaml".to_owned(), super::super::Body::of(text.as_bytes()));
            let document = RecordedDocument { asked: name.clone(), uri: name.clone(), name, body };
            let redacted = placeholders.document(&Kept::new(document));
            assert_eq!(redacted.body, super::super::Body::of(expected.as_bytes()), "{text}");
        }
    }

    #[test]
    fn options_hold_no_secret_value() {
        let mut placeholders = Placeholders::default();
        ["password", "8080", "hush hush"].iter().for_each(|secret| placeholders.add(secret));
        for (before, text, expected) in [
            ("--dep-input=w:pw=", "password", "--dep-input=w:pw=arras-secret-1"),
            ("--dep-input=w:password=", "hush hush", "--dep-input=w:password=arras-secret-3"),
            ("--dep-input=w:n=", "8080", "--dep-input=w:n=739051826400002"),
            (
                "--dep-input=w:o=",
                r#"{"password":"password","ok":true}"#,
                r#"--dep-input=w:o={"password":"arras-secret-1","ok":true}"#,
            ),
            ("--server=", "http://h:8080/password", "--server=http://h:8080/password"),
            ("", "password.yaml", "password.yaml"),
        ] {
            let option = RecordedOption::Free { before: before.to_owned(), text: text.to_owned() };
            assert_eq!(placeholders.option(&option), expected);
        }
    }
}
