//! Whose schema a place is, in words: of an answer, a request body, a parameter, or one with a name.

use crate::openapi::Place;
use crate::pointer;

/// What to call the schema at a place.
pub(super) fn whose(place: Place<'_>) -> String {
    let tree = place.document().tree();
    let pointer = tree.pointer_at(place.span());
    let Some(tokens) = pointer::tokens(&pointer) else { return "the schema".into() };
    let tokens: Vec<&str> = tokens.iter().map(|token| &**token).collect();
    match tokens.as_slice() {
        ["components", "schemas", name, within @ ..] | ["definitions", name, within @ ..] => {
            part(format!("the schema `{name}`"), within)
        }
        ["components", "responses", name, within @ ..] => part(format!("the answer `{name}`"), behind_schema(within)),
        ["components", "requestBodies", name, within @ ..] => {
            part(format!("the request body `{name}`"), behind_schema(within))
        }
        ["paths", path, method, rest @ ..] => {
            let operation = ["paths", path, method].iter().try_fold(tree.root(), |node, token| node.get(token));
            let id = operation.and_then(|node| node.get("operationId")?.as_str());
            let operation = id.map_or_else(|| format!("{} {path}", method.to_uppercase()), str::to_owned);
            match rest {
                ["responses", status, within @ ..] => {
                    let answer = match *status {
                        "default" => "the default answer".to_owned(),
                        status => format!("the answer of status {status}"),
                    };
                    part(format!("{answer} of `{operation}`"), behind_schema(within))
                }
                ["requestBody", within @ ..] => {
                    part(format!("the request body of `{operation}`"), behind_schema(within))
                }
                _ => "the schema".into(),
            }
        }
        ["workflows", _, "inputs", within @ ..] | ["components", "inputs", _, within @ ..] => {
            part("the schema of the inputs".into(), within)
        }
        _ => "the schema".into(),
    }
}

/// What follows the word `schema`.
fn behind_schema<'t, 's>(tokens: &'t [&'s str]) -> &'t [&'s str] {
    tokens.iter().position(|token| *token == "schema").map_or(&[], |at| &tokens[at + 1..])
}

/// A part of a schema, by the names on the way to it.
fn part(whole: String, within: &[&str]) -> String {
    let mut names: Vec<&str> = Vec::new();
    let mut rest = within;
    loop {
        rest = match rest {
            ["properties", name, rest @ ..] => {
                names.push(name);
                rest
            }
            ["items", rest @ ..] => rest,
            ["allOf" | "anyOf" | "oneOf", _, rest @ ..] => rest,
            _ => break,
        };
    }
    if names.is_empty() { whole } else { format!("`{}` in {whole}", names.join("/")) }
}
