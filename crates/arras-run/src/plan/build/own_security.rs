//! `x-security`: the credentials that a document gives itself, as parameters of its requests.

use arras_doc::arazzo::{self, Document, OwnScheme, OwnSecurity};
use arras_doc::diagnostic::{Diagnostic, Diagnostics};
use arras_doc::expression::{Piece, Template};
use arras_doc::openapi::{Location, Operation, SchemeKind};
use arras_doc::rule;
use arras_doc::span::Spanned;

use super::SetParameter;
use crate::place::Place;
use crate::plan::{CredentialForm, Parameter};

/// What `x-security` of a step, then of its workflow, sets in requests to `operation`, where `set` sets nothing; and what
/// can't be done of it.
pub fn own_security(
    document: &Document,
    workflow: &arazzo::Workflow,
    step: &arazzo::Step,
    operation: Operation<'_>,
    set: &[SetParameter],
) -> (Vec<Parameter>, Diagnostics) {
    let (mut parameters, mut found) = (Vec::new(), Diagnostics::new());
    for entry in step.own_security.iter().chain(&workflow.own_security) {
        let place = Place { source: document.source, span: entry.span };
        match parameter(entry, operation, place) {
            Ok(parameter) if !is_set(&parameter, set, &parameters) => parameters.push(parameter),
            Ok(_) => {}
            Err(problems) => found.extend(problems.into_iter().map(|problem| problem.at(place.source, place.span))),
        }
    }
    (parameters, found)
}

fn is_set(parameter: &Parameter, set: &[SetParameter], own: &[Parameter]) -> bool {
    let same = |location: Option<Location>, name: &str| {
        let header = location == Some(Location::Header);
        let names = if header { name.eq_ignore_ascii_case(&parameter.name) } else { name == parameter.name };
        location == parameter.location && names
    };
    set.iter().any(|set| same(Some(set.location), &set.name)) || own.iter().any(|own| same(own.location, &own.name))
}

/// A scheme as far as it matters here.
enum Scheme<'s> {
    Key(Location, &'s str),
    Http(&'s str),
    Token,
    Other(&'s str),
}

fn parameter(entry: &OwnSecurity, operation: Operation<'_>, place: Place) -> Result<Parameter, Diagnostics> {
    let named;
    let scheme = match &entry.scheme {
        OwnScheme::Named(name) => {
            named = operation.security_scheme(name, &mut Diagnostics::new());
            let Some(scheme) = &named else {
                let message = format!("`{}` has no security scheme `{}`", operation.name(), name.value);
                return Err(vec![Diagnostic::new(rule::INVALID_VALUE, message)]);
            };
            described(&scheme.kind)
        }
        OwnScheme::Inline { kind, scheme, name, location } => match (kind.as_str(), Location::parse(location)) {
            ("apiKey", Some(location)) if !name.is_empty() => Scheme::Key(location, name),
            ("http", _) => Scheme::Http(scheme),
            ("oauth2" | "openIdConnect", _) => Scheme::Token,
            _ => Scheme::Other(kind),
        },
    };
    let made = |location, name: &str, value, form| {
        let (name, location) = (name.to_owned(), Some(location));
        Parameter { name, location, value, scalar: None, credential: Some(form), place }
    };
    let authorization = |value, form| made(Location::Header, "Authorization", value, form);
    match scheme {
        Scheme::Key(location, name) => {
            Ok(made(location, name, value(entry, &["apiKey", "value"])?, CredentialForm::Key))
        }
        Scheme::Http(scheme) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(authorization(value(entry, &["token"])?, CredentialForm::Bearer))
        }
        Scheme::Token => Ok(authorization(value(entry, &["accessToken", "token"])?, CredentialForm::Bearer)),
        Scheme::Http(scheme) if scheme.eq_ignore_ascii_case("basic") => {
            let mut pieces = pieces(value(entry, &["username"])?)?;
            pieces.push(Piece::Text(":".to_owned()));
            pieces.extend(self::pieces(value(entry, &["password"])?)?);
            Ok(authorization(Template::Text(Spanned::new(pieces, entry.span)), CredentialForm::Basic))
        }
        Scheme::Http(kind) | Scheme::Other(kind) => {
            let message = format!("`x-security` can't be carried out for `{kind}`");
            Err(vec![
                Diagnostic::new(rule::UNSUPPORTED_FEATURE, message)
                    .help("give the credential with `--auth SOURCE.SCHEME=REF`"),
            ])
        }
    }
}

fn described<'s>(kind: &SchemeKind<'s>) -> Scheme<'s> {
    match kind {
        SchemeKind::ApiKey { name, location } => Scheme::Key(*location, name),
        SchemeKind::Http { scheme, .. } => Scheme::Http(scheme),
        SchemeKind::OAuth2 { .. } | SchemeKind::OpenIdConnect { .. } => Scheme::Token,
        SchemeKind::MutualTls => Scheme::Other("mutualTLS"),
        SchemeKind::Unknown(kind) => Scheme::Other(kind),
    }
}

/// The first of those parts that is given.
fn value(entry: &OwnSecurity, names: &[&str]) -> Result<Template, Diagnostics> {
    let given = names.iter().find_map(|name| entry.value(name));
    given.map(|field| field.template.clone()).ok_or_else(|| {
        let name = names.first().copied().unwrap_or_default();
        vec![Diagnostic::new(rule::MISSING_FIELD, format!("the `values` of `x-security` need `{name}`"))]
    })
}

/// A value as a part of a text.
fn pieces(template: Template) -> Result<Vec<Piece>, Diagnostics> {
    match template {
        Template::Literal(value) if !value.is_structure() => Ok(vec![Piece::Text(value.to_text().into())]),
        Template::Expression(expression) => Ok(vec![Piece::Expression(expression)]),
        Template::Text(pieces) => Ok(pieces.value),
        _ => Err(vec![Diagnostic::new(rule::WRONG_TYPE, "a value of `x-security` is a text")]),
    }
}
