//! Every answer against its description: the status, the content type, the body by its schema; and what of it is secret.

mod answers;
mod compiled;
mod sensitive;
#[cfg(test)]
mod tests;
mod xml;
#[cfg(test)]
mod xml_tests;

use arras_doc::diagnostic::{Diagnostic, Diagnostics, Severity};
use arras_doc::media_type::MediaType;
use arras_doc::openapi::judge::{self, Difference, Unusable};
use arras_doc::openapi::{self, Content, Place, Response, Responses, StatusPattern, XmlShape};
use arras_doc::rule;
use arras_doc::value::Value;

pub(crate) use self::answers::Answers;
use self::compiled::Compiled;
pub(crate) use self::compiled::Schemas;
use self::xml::Read;
use crate::exchange::Body;
use crate::plan::{Operation, Step};
use crate::run::{CheckLevel, Checks};
use crate::scope::Answer;
use crate::secret::Secrets;
use crate::stand_in;
use crate::xml::XmlError;

/// How many differences between a body and its schema are told one by one.
const MOST_TOLD: usize = 5;
/// How many are looked at where some are to be passed over.
const MOST_LOOKED_AT: usize = 100;
/// What the description of an operation has for its answers.
pub(crate) struct Described<'d> {
    responses: Responses<'d>,
    operation: openapi::Operation<'d>,
}

impl<'d> Described<'d> {
    /// `None` for a description that says nothing of answers.
    pub(crate) fn of(operation: &'d Operation) -> Option<Described<'d>> {
        let described = operation.described.operation().filter(|_| operation.described.has_answers())?;
        Some(Described { responses: described.responses(&mut Diagnostics::new()), operation: described })
    }

    fn response(&self, answer: &Answer<'_>) -> Option<&Response<'d>> {
        self.responses.for_status(answer.exchange.response.status)
    }
}

fn media_type(answer: &Answer<'_>) -> Option<MediaType> {
    MediaType::parse(answer.content_type.as_deref()?)
}

/// Whether it is known that the description calls nothing in such an answer secret.
pub(crate) fn is_open(operation: &Operation, answer: &Answer<'_>) -> bool {
    let is_structured = matches!(answer.body().body, Body::Json(_) | Body::Xml(_));
    !is_structured
        || operation.described.answers().are_open(answer.exchange.response.status, answer.content_type.as_deref())
}

/// The differences between an answer and its description, at the severities that `checks` ask for.
pub(crate) fn check(
    step: &Step,
    operation: &Operation,
    described: &Described<'_>,
    answer: &Answer<'_>,
    checks: Checks,
    stand_ins: &Secrets,
) -> Diagnostics {
    let found = find(step, operation, described, answer, checks, stand_ins);
    let weighed = found.into_iter().filter_map(|finding| match checks.level(finding.rule) {
        CheckLevel::Off => None,
        // keywords that were passed over are the description's fault, not the answer's
        _ if finding.rule == rule::MALFORMED_DESCRIPTION => Some(finding),
        CheckLevel::Warn => Some(finding.severity(Severity::Warning)),
        CheckLevel::Error => Some(finding.severity(Severity::Error)),
    });
    weighed.collect()
}

fn find(
    step: &Step,
    operation: &Operation,
    described: &Described<'_>,
    answer: &Answer<'_>,
    checks: Checks,
    stand_ins: &Secrets,
) -> Diagnostics {
    let status = answer.exchange.response.status;
    let Some(response) = described.response(answer) else {
        if is_aws_error(&described.responses, answer) {
            return Diagnostics::new();
        }
        let message = format!("step `{}`: the status {status} of the answer is not described", step.id);
        let finding =
            Diagnostic::new(rule::RESPONSE_STATUS_UNDESCRIBED, message).at(step.place.source, step.place.span);
        let known: Vec<String> = described.responses.iter().map(|response| response.status.to_string()).collect();
        let text = format!("describes {}", known.join(", "));
        return vec![label(finding, described.operation.place(), "responses", text)];
    };
    if answer.exchange.response.body.is_empty() || response.content.is_empty() {
        return Diagnostics::new();
    }
    let sent = media_type(answer);
    let Some((media_type, content)) = sent.as_ref().and_then(|sent| Some((sent, content_for(response, sent)?))) else {
        let named = answer.content_type.as_deref();
        return vec![undescribed_content(step, response, sent.as_ref(), named, status)];
    };
    match (&answer.body().body, content.schema()) {
        (Body::Json(value), Some(_)) if checks.body != CheckLevel::Off => {
            check_body(step, operation, value, content, media_type, (checks.body, stand_ins))
        }
        (Body::Xml(text), Some(schema)) if checks.body != CheckLevel::Off => {
            let compiled = operation.described.schemas().of(schema.place(), media_type);
            match read_xml(text, compiled.shape(&schema)) {
                Ok(None) => Diagnostics::new(),
                Ok(Some(Read { value, wrong })) => {
                    let wrong = wrong.into_iter().map(|(value, message)| form(step, &compiled, value, message));
                    let mut found: Diagnostics = wrong.take(MOST_TOLD).collect();
                    found.extend(check_body(step, operation, &value, content, media_type, (checks.body, stand_ins)));
                    found
                }
                Err(error) => vec![form(step, &compiled, String::new(), format!("it can't be read as XML: {error}"))],
            }
        }
        _ => Diagnostics::new(),
    }
}

/// The content of that media type. Published descriptions of AWS say `application/json` for AWS's own JSON types.
fn content_for<'r, 'd>(response: &'r Response<'d>, sent: &MediaType) -> Option<&'r Content<'d>> {
    let plain = || MediaType::parse("application/json").filter(|_| is_aws_json(sent));
    response.content_for(sent).or_else(|| response.content_for(&plain()?))
}

fn is_aws_json(media_type: &MediaType) -> bool {
    media_type.essence().starts_with("application/x-amz-json-")
}

/// Published descriptions of AWS number its errors from 480 on, one for each, where the service says 400 or 500.
fn is_aws_error(responses: &Responses<'_>, answer: &Answer<'_>) -> bool {
    let response = &answer.exchange.response;
    let is_aws = response.headers.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with("x-amz"));
    let numbered = responses.iter().any(|described| matches!(described.status, StatusPattern::Code(480)));
    is_aws && numbered && response.status >= 400
}

fn undescribed_content(
    step: &Step,
    response: &Response<'_>,
    sent: Option<&MediaType>,
    named: Option<&str>,
    status: u16,
) -> Diagnostic {
    let what = match (sent, named) {
        (Some(sent), _) => format!("the content type `{}` of the answer is not described", sent.essence()),
        (None, Some(named)) => format!("the content type `{named}` of the answer is none and so not described"),
        (None, None) => "the answer has a body without a content type".to_owned(),
    };
    let message = format!("step `{}`: {what} for status {status}", step.id);
    let finding = Diagnostic::new(rule::RESPONSE_TYPE_UNDESCRIBED, message).at(step.place.source, step.place.span);
    let known: Vec<&str> = response.content.iter().map(|content| content.media_type).collect();
    label(finding, response.place, "content", format!("describes {}", known.join(", ")))
}

/// Adds a label at a key of a description's object, or at the object if it has no such key.
fn label(finding: Diagnostic, place: Place<'_>, key: &str, text: String) -> Diagnostic {
    let span = place.node().entry(key).map_or(place.span(), |(key, _)| key.span());
    finding.label(place.source(), span, text)
}

fn check_body(
    step: &Step,
    operation: &Operation,
    value: &Value,
    content: &Content<'_>,
    media_type: &MediaType,
    (level, stand_ins): (CheckLevel, &Secrets),
) -> Diagnostics {
    let Some(schema) = content.schema() else { return Diagnostics::new() };
    let compiled = operation.described.schemas().of(schema.place(), media_type);
    let validator = match compiled.validator() {
        Ok(validator) => validator,
        Err(error) => {
            let message =
                format!("step `{}`: the answer can't be checked, for its schema can't be used: {error}", step.id);
            let finding = Diagnostic::new(rule::MALFORMED_DESCRIPTION, message);
            // who wants an error for a wrong answer wants to know of one that nothing was compared with
            let severity = if level == CheckLevel::Error { Severity::Error } else { Severity::Warning };
            return vec![finding.severity(severity).at(schema.place().source(), schema.place().span())];
        }
    };
    let mut found: Diagnostics = compiled.converted.unusable.iter().map(|it| passed_over(step, it)).collect();
    let instance = serde_json::Value::from(value);
    if validator.is_valid(&instance) {
        return found;
    }
    let most = if stand_ins.is_empty() { MOST_TOLD } else { MOST_LOOKED_AT };
    let (mut told, more) = judge::find(&compiled.converted.schema, &instance, most);
    told.retain(|found| !stand_in::hides(stand_ins, value.at(&found.value), stand_in::keyword(&found.keyword)));
    let more = more || told.len() > MOST_TOLD;
    told.truncate(MOST_TOLD);
    found.extend(told.iter().map(|difference| mismatch(step, &compiled, difference)));
    if let (Some(last), true) = (found.last_mut(), more) {
        last.help = Some("there are more differences than these".to_owned());
    }
    found
}

/// An XML body as its schema describes it; `None` if the schema's lists have forms that can't be read back.
fn read_xml(text: &str, shape: &XmlShape) -> Result<Option<Read>, XmlError> {
    let document = crate::xml::parse(text)?;
    Ok(shape.is_readable().then(|| xml::read(&document, shape)))
}

/// A difference in the form of a body, which no keyword of JSON Schema tells.
fn form(step: &Step, compiled: &Compiled, value: String, message: String) -> Diagnostic {
    mismatch(
        step,
        compiled,
        &Difference { value, keyword: "/$defs/0".to_owned(), message, names: Vec::new(), fits_several: false },
    )
}

fn passed_over(step: &Step, unusable: &Unusable) -> Diagnostic {
    let Unusable { rule, keyword, why, source, span } = unusable;
    let message = format!("step `{}`: answers are not checked by a `{keyword}` of their schema: {why}", step.id);
    Diagnostic::new(rule, message).severity(Severity::Warning).at(*source, *span)
}

fn mismatch(step: &Step, compiled: &Compiled, difference: &Difference) -> Diagnostic {
    let at = match difference.value.as_str() {
        "" => "the whole body".to_owned(),
        pointer => format!("`{pointer}`"),
    };
    let message = format!("step `{}`: the answer is not as described: {at}: {}", step.id, difference.message);
    let finding = Diagnostic::new(rule::RESPONSE_SCHEMA_MISMATCH, message).at(step.place.source, step.place.span);
    match compiled.converted.origin(&difference.keyword) {
        Some((source, span, path)) if path.is_empty() => finding.label(source, span, "by this schema"),
        Some((source, span, path)) => finding.label(source, span, format!("by `{path}` of this schema")),
        None => finding,
    }
}

/// The texts of an answer that its description says are secret: `format: password`, `writeOnly`, or marked so.
pub(crate) fn secrets(operation: &Operation, described: &Described<'_>, answer: &Answer<'_>) -> Vec<String> {
    if is_open(operation, answer) {
        return Vec::new();
    }
    let sensitive = || {
        let media_type = media_type(answer)?;
        let schema = content_for(described.response(answer)?, &media_type)?.schema()?;
        let compiled = operation.described.schemas().of(schema.place(), &media_type);
        compiled.converted.is_sensitive.then_some(schema)
    };
    let Some(schema) = sensitive() else {
        let status = answer.exchange.response.status;
        operation.described.answers().know_open(status, answer.content_type.as_deref());
        return Vec::new();
    };
    match (&answer.body().body, answer.structure()) {
        (Body::Json(value), _) => sensitive::values(value, &schema),
        (_, Ok(Some(projection))) => sensitive::xml_values(projection, &schema),
        _ => Vec::new(),
    }
}
