//! Answers out of the spanned tree.

use std::time::Duration;

use arras_doc::node::NodeRef;

use super::{ANSWER, ERROR, Reader};
use crate::fault::Fault;
use crate::scenario::condition::Condition;
use crate::scenario::template::Text;
use crate::scenario::{Answer, Body, ErrorSpec};

impl Reader {
    pub(super) fn answers(&mut self, list: NodeRef<'_>) -> Vec<Answer> {
        if list.is_empty() {
            self.push(list.span(), "an empty list of answers".into(), None);
        }
        let mut answers: Vec<Answer> = list.items().map(|node| self.answer(node)).collect();
        let counted: Vec<bool> = list.items().map(|node| node.get("times").or(node.get("once")).is_some()).collect();
        let last_plain = answers.iter().rposition(|answer| answer.when.is_empty());
        for (index, answer) in answers.iter_mut().enumerate() {
            let plain_step = answer.when.is_empty() && Some(index) != last_plain;
            if plain_step && counted.get(index) == Some(&false) {
                answer.times = Some(1);
            }
        }
        let endless = answers.iter().position(|answer| answer.when.is_empty() && answer.times.is_none());
        for answer in endless.map_or(&[][..], |at| answers.get(at + 1..).unwrap_or_default()) {
            let help = "move it up, or give the answer before it `times`";
            self.push(answer.span, "this answer is never given: the one before it repeats".into(), Some(help.into()));
        }
        answers
    }

    pub(super) fn answer(&mut self, node: NodeRef<'_>) -> Answer {
        let mut answer = Answer {
            span: node.span(),
            when: Vec::new(),
            times: None,
            delay: Duration::ZERO,
            status: None,
            headers: Vec::new(),
            content_type: None,
            body: Body::Example(None),
            fault: None,
        };
        if !self.mapping(node, ANSWER, "an answer") {
            return answer;
        }
        answer.when = node.get("when").map(|when| self.conditions(when)).unwrap_or_default();
        answer.times = self.times(node);
        answer.delay = node.get("delay").and_then(|delay| self.duration(delay)).unwrap_or_default();
        answer.status = node.get("status").and_then(|status| self.status(status));
        answer.headers = node.get("headers").map(|headers| self.headers(headers)).unwrap_or_default();
        answer.content_type = node.get("contentType").and_then(|node| self.header_text(node));
        answer.fault = node.get("fault").and_then(|fault| self.fault(fault));
        self.body(node, &mut answer);
        answer
    }

    fn body(&mut self, node: NodeRef<'_>, answer: &mut Answer) {
        let given: Vec<_> = ["body", "text", "error", "example"].iter().filter_map(|name| node.entry(name)).collect();
        if let [(first, _), (second, _), ..] = given.as_slice() {
            let message = format!("`{}` and `{}` exclude each other", first.key(), second.key());
            self.push(second.span(), message, None);
        }
        let Some((name, value)) = given.first() else { return };
        match name.key() {
            "body" => answer.body = Body::Value(self.template(*value)),
            "text" => {
                if let Some(text) = self.text_template(*value) {
                    answer.body = Body::Text(text);
                }
            }
            "example" => answer.body = Body::Example(self.text(*value)),
            _ => self.error(*value, answer),
        }
    }

    fn error(&mut self, node: NodeRef<'_>, answer: &mut Answer) {
        if let Some(code) = node.as_str() {
            answer.body = Body::Error(ErrorSpec { code: code.to_owned(), message: Text::default() });
            return;
        }
        if !self.mapping(node, ERROR, "an error") {
            return;
        }
        let Some(code) = node.get("type").and_then(|code| self.text(code)) else {
            self.push(node.span(), "an error needs a `type`".into(), None);
            return;
        };
        let message = node.get("message").and_then(|message| self.text_template(message)).unwrap_or_default();
        let status = node.get("status").and_then(|status| self.status(status));
        answer.status = answer.status.or(status);
        answer.body = Body::Error(ErrorSpec { code, message });
    }

    fn conditions(&mut self, node: NodeRef<'_>) -> Vec<Condition> {
        let nodes: Vec<NodeRef<'_>> = if node.is_sequence() { node.items().collect() } else { vec![node] };
        let mut conditions = Vec::new();
        for node in nodes {
            match self.text(node).map(|text| Condition::parse(&text)) {
                Some(Ok(condition)) => conditions.push(condition),
                Some(Err(message)) => {
                    let help = "write it like `$request.body#/Name == 'value'`";
                    self.push(node.span(), message, Some(help.into()));
                }
                None => {}
            }
        }
        conditions
    }

    fn times(&mut self, node: NodeRef<'_>) -> Option<u32> {
        if let Some(once) = node.get("once") {
            if let Some((name, _)) = node.entry("times") {
                self.push(name.span(), "`once` and `times` exclude each other".into(), None);
            }
            return match once.as_bool() {
                Some(true) => Some(1),
                Some(false) => None,
                None => {
                    self.wrong_type(once, "a boolean");
                    None
                }
            };
        }
        let times = self.integer(node.get("times")?, 1..=i64::from(u32::MAX))?;
        u32::try_from(times).ok()
    }

    fn status(&mut self, node: NodeRef<'_>) -> Option<u16> {
        u16::try_from(self.integer(node, 200..=999)?).ok()
    }

    fn fault(&mut self, node: NodeRef<'_>) -> Option<Fault> {
        let name = self.text(node)?;
        let fault = Fault::parse(&name);
        if fault.is_none() {
            let names = Fault::ALL.map(|fault| format!("`{}`", fault.as_str())).join(", ");
            self.push(node.span(), format!("`{name}` is no fault"), Some(format!("there are {names}")));
        }
        fault
    }

    fn headers(&mut self, node: NodeRef<'_>) -> Vec<(String, Text)> {
        let mut headers = Vec::new();
        for (name, value) in self.entries(node) {
            if hyper::header::HeaderName::try_from(name.key()).is_err() {
                self.push(name.span(), format!("`{}` is no name of a header field", name.key()), None);
            } else if ["content-length", "transfer-encoding", "connection"]
                .iter()
                .any(|own| name.key().eq_ignore_ascii_case(own))
            {
                self.push(
                    name.span(),
                    format!("`{}` is the server's own", name.key()),
                    Some("to break an answer off, use `fault`".into()),
                );
            } else if self.header_text(value).is_some()
                && let Some(text) = self.text_template(value)
            {
                headers.push((name.key().to_owned(), text));
            }
        }
        headers
    }

    /// A scalar's text that may stand in a header field.
    fn header_text(&mut self, node: NodeRef<'_>) -> Option<String> {
        let text = self.text(node)?;
        if hyper::header::HeaderValue::try_from(&text).is_ok() {
            return Some(text);
        }
        self.push(node.span(), "text with characters that a header field can't hold".into(), None);
        None
    }
}
