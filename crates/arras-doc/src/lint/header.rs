//! Header fields of answers that no answer is described to have.

use crate::diagnostic::Label;
use crate::expression::{Part, Root};
use crate::rule;

use super::call::Call;
use super::{Lint, Scope};

/// Fields that HTTP and its intermediaries add, so that descriptions leave them out.
const COMMON: &[&str] = &[
    "accept-ranges",
    "age",
    "allow",
    "cache-control",
    "connection",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-range",
    "content-type",
    "date",
    "etag",
    "expires",
    "last-modified",
    "link",
    "location",
    "proxy-authenticate",
    "retry-after",
    "server",
    "set-cookie",
    "trailer",
    "transfer-encoding",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    "x-request-id",
    "x-correlation-id",
    "x-amzn-requestid",
    "traceparent",
];

impl<'d> Lint<'d> {
    /// `$response.header.NAME` names a field that the operation is described to answer (ARZ-EXPR-09).
    pub(super) fn check_headers(&mut self, scope: Scope<'d>, call: &Call<'d>) {
        let answers: Vec<_> = call.responses.iter().collect();
        if answers.is_empty() {
            return;
        }
        for used in self.expressions(scope) {
            let Root::Response(Part::Header(name)) = &used.expression.root else { continue };
            let known = |declared: &str| declared.eq_ignore_ascii_case(name);
            let declared: Vec<&str> = answers.iter().flat_map(|one| &one.headers).map(|header| header.name).collect();
            if COMMON.iter().any(|common| known(common)) || declared.iter().any(|one| known(one)) {
                continue;
            }
            let near = self.nearest(name, declared.iter().copied().chain(COMMON.iter().copied()));
            let message = format!("{} is not described to answer the header field `{name}`", call.name());
            let help = match (near, declared.as_slice()) {
                (Some(near), _) => Some(format!("did you mean `{near}`?")),
                (None, []) => None,
                (None, declared) => {
                    Some(super::comparison::listed(&declared.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>()))
                }
            };
            let place = answers[0].place;
            let diagnostic = self.note(rule::UNDECLARED_HEADER, used.span, message);
            diagnostic.help = help;
            diagnostic.labels.push(Label { source: place.source(), span: place.span(), text: "the answer".into() });
        }
    }
}
