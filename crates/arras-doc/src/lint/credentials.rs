//! Credentials that a step writes out though no security scheme of its operation takes them.

use crate::arazzo::{Location, ResolvedParameter};
use crate::diagnostic::Label;
use crate::expression::{Piece, Template};
use crate::openapi::{RequiredScheme, SchemeKind, SecurityRequirement};
use crate::rule;

use super::call::Call;
use super::{Lint, Scope};

/// The kinds of `x-amazon-apigateway-authtype` by which requests are signed.
const SIGNED: [&str; 2] = ["awsSigv4", "awsS3"];

/// How many of the schemes that an operation asks for are shown.
const SHOWN: usize = 8;

/// The header fields that a signature is made of.
const OF_SIGNATURE: [&str; 4] = ["Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"];

impl<'d> Lint<'d> {
    /// An `Authorization` field that a step gives is one that a scheme asks for.
    pub(super) fn check_credentials(&mut self, scope: Scope<'d>, call: &Call<'d>) {
        let document = self.document;
        let given = document.parameters(scope.workflow, scope.step);
        let authorization = |one: &&ResolvedParameter<'_>| {
            let header = one.parameter.location.as_ref().is_some_and(|location| location.value == Location::Header);
            header && one.parameter.name.eq_ignore_ascii_case("authorization")
        };
        let requirements = &call.security;
        self.check_signed(&given, call, requirements);
        let Some(given) = given.iter().find(authorization) else { return };
        let kinds: Vec<SchemeKind<'d>> = requirements
            .iter()
            .flat_map(|requirement| &requirement.schemes)
            .filter_map(|required| Some(required.scheme.as_ref()?.kind.clone()))
            .collect();
        let own = scope.step.parameters.iter().filter_map(|entry| document.parameter(entry));
        let nothing = call
            .operation
            .place()
            .get("security")
            .filter(|list| list.node().is_sequence() && list.items().next().is_none());
        let is_declared = call
            .parameters
            .iter()
            .any(|one| one.location.as_str() == "header" && one.name.eq_ignore_ascii_case("authorization"));
        if let Some(place) = nothing.filter(|_| !is_declared)
            && own.clone().any(|one| std::ptr::eq(one.parameter, given.parameter))
        {
            let message = format!("{} takes no credentials: it asks for none", call.name());
            let diagnostic = self.note(rule::UNUSABLE_CREDENTIALS, given.span, message);
            diagnostic.help = Some("remove the parameter, or describe what the operation asks for".into());
            let text = "anyone may call it".to_owned();
            diagnostic.labels.push(Label { source: place.source(), span: place.span(), text });
            return;
        }
        // without a scheme the description may just not say
        if kinds.is_empty() || kinds.iter().any(|kind| takes(kind, word_of(given).as_deref())) {
            return;
        }
        let mut wanted: Vec<String> = kinds.iter().take(SHOWN).map(name).collect();
        if let Some(more) = kinds.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            wanted.push(format!("{more} more"));
        }
        let message = format!("no security scheme of {} takes these credentials", call.name());
        let place = requirements.first().map(|requirement| requirement.place);
        let diagnostic = self.note(rule::UNUSABLE_CREDENTIALS, given.span, message);
        diagnostic.help = Some(format!("it asks for {}", wanted.join(" or ")));
        diagnostic.labels.extend(place.map(|place| Label {
            source: place.source(),
            span: place.span(),
            text: "what is asked for".into(),
        }));
    }
}

impl<'d> Lint<'d> {
    /// A field that belongs to the signature of the request is no step's own.
    fn check_signed(
        &mut self,
        given: &[ResolvedParameter<'d>],
        call: &Call<'d>,
        requirements: &[SecurityRequirement<'d>],
    ) {
        let signs = |required: &RequiredScheme<'d>| {
            let kind = required.scheme.as_ref().and_then(|scheme| scheme.extension("x-amazon-apigateway-authtype"));
            kind.and_then(|kind| kind.as_text())
                .is_some_and(|kind| SIGNED.iter().any(|one| kind.eq_ignore_ascii_case(one)))
        };
        // a caller that has the choice may do without the signature
        if requirements.is_empty() || !requirements.iter().all(|one| one.schemes.iter().any(signs)) {
            return;
        }
        for one in given {
            let header = one.parameter.location.as_ref().is_some_and(|location| location.value == Location::Header);
            let name = one.parameter.name.as_str();
            if header && OF_SIGNATURE.iter().any(|owned| owned.eq_ignore_ascii_case(name)) {
                let message = format!("the header `{name}` belongs to the signature of the request");
                let place = requirements[0].place;
                let diagnostic = self.note(rule::SIGNED_HEADER, one.span, message);
                diagnostic.help =
                    Some(format!("remove the parameter: requests to {} are signed with AWS credentials", call.name()));
                let text = "what is asked for".to_owned();
                diagnostic.labels.push(Label { source: place.source(), span: place.span(), text });
            }
        }
    }
}

/// The scheme that a value begins with: `Bearer`, `Basic`; `None` if that is known later.
fn word_of(given: &ResolvedParameter<'_>) -> Option<String> {
    let text = match &given.value?.template {
        Template::Literal(literal) => literal.value.as_str()?.to_owned(),
        Template::Text(pieces) => match pieces.value.first()? {
            Piece::Text(text) => text.clone(),
            Piece::Expression(_) => return None,
        },
        _ => return None,
    };
    let (word, _) = text.split_once(' ')?;
    Some(word.to_ascii_lowercase())
}

fn takes(kind: &SchemeKind<'_>, word: Option<&str>) -> bool {
    match kind {
        SchemeKind::Http { scheme, .. } => word.is_none_or(|word| scheme.eq_ignore_ascii_case(word)),
        SchemeKind::OAuth2 { .. } | SchemeKind::OpenIdConnect { .. } => word.is_none_or(|word| word == "bearer"),
        SchemeKind::ApiKey { name, location } => {
            *location == crate::openapi::Location::Header && name.eq_ignore_ascii_case("authorization")
        }
        SchemeKind::MutualTls => false,
        SchemeKind::Unknown(_) => true,
    }
}

fn name(kind: &SchemeKind<'_>) -> String {
    match kind {
        SchemeKind::Http { scheme, .. } => format!("`{scheme}`"),
        SchemeKind::OAuth2 { .. } => "an OAuth 2.0 token (`bearer`)".to_owned(),
        SchemeKind::OpenIdConnect { .. } => "an OpenID Connect token (`bearer`)".to_owned(),
        SchemeKind::ApiKey { name, location } => format!("`{name}` in the {}", location.as_str()),
        SchemeKind::MutualTls => "a client certificate".to_owned(),
        SchemeKind::Unknown(kind) => format!("`{kind}`"),
    }
}
