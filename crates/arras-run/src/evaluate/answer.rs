//! What can be read off an answer beside what expressions ask for.

use std::borrow::Cow;

use arras_doc::expression::{Expression, Part, Root};
use arras_doc::value::Value;

use crate::exchange::Body;
use crate::plan::{Criterion, Step};
use crate::resolve::Resolve;
use crate::scope::{Answer, Scope};
use crate::secret::{excerpt, in_headers};

/// Whether the expression reads the answer's body or a part of it.
pub(super) fn is_of_body(expression: &Expression) -> bool {
    matches!(expression.root, Root::Response(Part::Body | Part::Payload))
}

/// Why the answer's body can't be queried as JSON can, if it can't; XML has a projection.
pub(super) fn no_json(answer: &Answer<'_>) -> Option<String> {
    if let Some(problem) = &answer.body().problem {
        return Some(problem.clone());
    }
    let kind = match &answer.body().body {
        Body::Json(_) | Body::Empty | Body::Xml(_) => return None,
        Body::Text(_) => "text",
        Body::Binary(_) => "bytes",
    };
    Some(format!("the body is {kind}, not JSON ({})", label(answer)))
}

/// What the answer says that its body is.
pub(super) fn label(answer: &Answer<'_>) -> String {
    let named = answer.content_type.as_deref().map(|name| format!("is labelled `{name}`"));
    named.unwrap_or_else(|| "has no content type".to_owned())
}

/// One phrase with the error that the service itself names, if the answer holds one.
pub(super) fn service_error(answer: &Answer<'_>) -> Option<String> {
    match &answer.body().body {
        Body::Json(value) => json_error(value),
        Body::Xml(text) => xml_error(text),
        Body::Text(text) => Some(text).filter(|text| !text.trim().is_empty()).map(|text| excerpt::answer(text)),
        Body::Empty | Body::Binary(_) => None,
    }
}

fn json_error(value: &Value) -> Option<String> {
    let inner = ["error", "Error"].iter().find_map(|name| value.get(name)).filter(|inner| inner.is_structure());
    let value = inner.unwrap_or(value);
    let text = |names: &[&str]| {
        let found = names.iter().find_map(|name| value.get(name)?.as_str());
        found.filter(|text| !text.trim().is_empty())
    };
    // AWS writes the namespace before the name
    let shape = text(&["__type"]).map(|name| name.rsplit('#').next().unwrap_or_default());
    let kind = shape.or_else(|| text(&["code", "Code", "error", "title", "type"])).map(excerpt::answer);
    let message = text(&["message", "Message", "error_description", "detail", "description"]).map(excerpt::answer);
    match (kind, message) {
        (Some(kind), Some(message)) => Some(format!("{kind}: {message}")),
        (kind, message) => kind.or(message),
    }
}

fn xml_error(text: &str) -> Option<String> {
    let element = |name: &str| {
        let start = text.find(&format!("<{name}>"))? + name.len() + 2;
        let end = start + text.get(start..)?.find(&format!("</{name}>"))?;
        text.get(start..end).map(excerpt::answer)
    };
    match (element("Code"), element("Message")) {
        (Some(code), Some(message)) => Some(format!("{code}: {message}")),
        (code, message) => code.or(message),
    }
}

/// That only the first of several `Set-Cookie` fields was read, if the step reads that field.
pub(super) fn other_cookies(step: &Step, answer: &Answer<'_>) -> Option<String> {
    let is_cookie = |name: &str| name.eq_ignore_ascii_case("set-cookie");
    let count = answer.exchange.response.headers.iter().filter(|(name, _)| is_cookie(name)).count();
    let reads =
        |expression: &Expression| matches!(&expression.root, Root::Response(Part::Header(name)) if is_cookie(name));
    let in_outputs =
        || step.outputs.iter().flat_map(|output| output.value.expressions()).any(|used| reads(&used.value));
    let in_criterion =
        |one: &Criterion| one.context.as_deref().is_some_and(reads) || one.test.expressions().into_iter().any(reads);
    let actions = || step.on_success.iter().chain(&step.on_failure).flat_map(|action| &action.criteria);
    let read = count > 1 && (in_outputs() || step.criteria.iter().chain(actions()).any(in_criterion));
    read.then(|| format!("the answer has {count} fields `Set-Cookie`, which can't be joined: the first is read"))
}

/// Members that hold credentials, whoever names them so. `token` alone is none: that is what pages go on from, too.
fn is_secret(name: &str, status: u16) -> bool {
    match name {
        "access_token" | "refresh_token" | "id_token" | "client_secret" | "accessToken" | "refreshToken"
        | "idToken" | "clientSecret" | "sessionToken" | "jwt" | "apiKey" | "api_key" => true,
        // an answer that refuses a request says there what is wrong with it
        "password" => status < 400,
        _ => false,
    }
}

/// Tokens and passwords in a JSON answer, at any depth: what must be masked from now on.
pub(super) fn tokens(answer: &Answer<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut pending: Vec<&Value> = Vec::new();
    let mut next = match &answer.body().body {
        Body::Json(value) => Some(value),
        _ => None,
    };
    while let Some(value) = next {
        match value {
            Value::Array(items) => pending.extend(items.iter().filter(|item| item.is_structure())),
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(text) if is_secret(name, answer.exchange.response.status) => {
                            found.push(text.clone());
                        }
                        member if member.is_structure() => pending.push(member),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        next = pending.pop();
    }
    found.retain(|secret| !secret.is_empty());
    found
}

/// The cookies of an answer and what else its header fields carry as credentials, which must be masked, too.
pub(super) fn of_headers(answer: &Answer<'_>) -> impl Iterator<Item = String> {
    in_headers(&answer.exchange.response.headers)
}

/// The secret in a value that is sent as a credential: without the word before it that names its kind.
pub(super) fn credential(value: &Value) -> Option<String> {
    const KINDS: [&str; 5] = ["bearer", "basic", "token", "apikey", "dpop"];
    let text = match value {
        Value::String(text) => text.as_str(),
        Value::Number(number) => return Some(number.to_string()),
        _ => return None,
    };
    let secret = match text.split_once(' ') {
        Some((kind, secret)) if KINDS.iter().any(|known| kind.eq_ignore_ascii_case(known)) => secret.trim(),
        _ => text,
    };
    Some(secret.to_owned()).filter(|secret| !secret.is_empty())
}

/// The value of an expression that is pinned: of `$steps.x.response.…` the `$response.…` part of the step itself.
pub(super) fn retain(expression: &Expression, scope: &Scope<'_>) -> Option<Value> {
    let own = match &expression.root {
        Root::Step(_) => expression.within_step()?,
        _ => expression.clone(),
    };
    scope.resolve(&own).map(Cow::into_owned)
}
