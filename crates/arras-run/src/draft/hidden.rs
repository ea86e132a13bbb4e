//! The secrets of all workflows on the way, each by the expression that it is the value of.

use arras_doc::value::{Object, Value};

use crate::secret::Secrets;

/// What a draft shows nowhere.
#[derive(Debug, Default)]
pub(super) struct Hidden {
    all: Secrets,
    each: Vec<One>,
}

#[derive(Debug)]
struct One {
    text: String,
    secret: Secrets,
    expression: String,
}

impl Hidden {
    /// Adds a secret; the first expression for it stands.
    pub(super) fn add(&mut self, text: &str, expression: &str) {
        if text.is_empty() || self.is(text) {
            return;
        }
        let mut secret = Secrets::default();
        secret.add(text);
        self.all.add(text);
        self.each.push(One { text: text.to_owned(), secret, expression: expression.to_owned() });
    }

    /// Adds each scalar within the inputs that is one of these secrets, and what of them is no whole scalar.
    pub(super) fn add_inputs(&mut self, secrets: &Secrets, inputs: &Object) {
        for (name, value) in inputs {
            self.add_within(secrets, value, &format!("$inputs.{name}"));
        }
        let mut others: Vec<&str> = secrets.iter().filter(|text| !self.is(text)).collect();
        others.sort_unstable();
        for text in others {
            let holder = inputs.iter().find(|(_, value)| value.to_json().contains(text));
            self.add(text, &holder.map_or_else(|| "$inputs".to_owned(), |(name, _)| format!("$inputs.{name}")));
        }
    }

    fn add_within(&mut self, secrets: &Secrets, value: &Value, expression: &str) {
        if let Some(text) = scalar(value) {
            if secrets.is(&text) {
                self.add(&text, expression);
            }
            return;
        }
        for (token, part) in parts(value) {
            self.add_within(secrets, part, &below(expression, &token));
        }
    }

    /// To be called when all are added: those that hold others come before them.
    pub(super) fn sort(&mut self) {
        self.each.sort_by_key(|one| std::cmp::Reverse(one.text.len()));
    }

    fn is(&self, text: &str) -> bool {
        self.all.is(text)
    }

    /// The text with what `mark` makes of its expression in place of each secret, in whatever spelling.
    pub(super) fn text(&self, text: &str, mark: &dyn Fn(&str) -> String) -> String {
        if self.all.is_empty() || self.all.text(text) == text {
            return text.to_owned();
        }
        let mask = |text: String, one: &One| one.secret.text_as(&text, &mark(&one.expression));
        self.each.iter().fold(text.to_owned(), mask)
    }

    /// The value with each secret in it replaced so; one that is a whole scalar by what is made of its own `expression`.
    pub(super) fn value(&self, value: Value, expression: &str, mark: &dyn Fn(&str) -> String) -> Value {
        if scalar(&value).is_some_and(|text| self.is(&text)) {
            return Value::from(mark(expression).as_str());
        }
        match value {
            Value::String(text) => Value::String(self.text(&text, mark)),
            Value::Array(items) => {
                let items = items.into_iter().enumerate();
                let hide = |(at, item)| self.value(item, &below(expression, &format!("{at}")), mark);
                Value::Array(items.map(hide).collect())
            }
            Value::Object(members) => {
                let hide = |(name, member): (String, Value)| {
                    let member = self.value(member, &below(expression, &name), mark);
                    (self.text(&name, mark), member)
                };
                Value::Object(members.into_iter().map(hide).collect())
            }
            other => other,
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn parts(value: &Value) -> Vec<(String, &Value)> {
    match value {
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect(),
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), member)).collect(),
        _ => Vec::new(),
    }
}

/// The expression of a part.
fn below(expression: &str, token: &str) -> String {
    let token = token.replace('~', "~0").replace('/', "~1");
    let pointer = if expression.contains('#') { "" } else { "#" };
    format!("{expression}{pointer}/{token}")
}
