//! What follows where an answer is not as described.

use arras_run::run::CheckLevel;

/// `[CHECK=]LEVEL`: what follows where an answer is not as its description says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckResponse {
    /// What of the answer; `None` for everything.
    pub what: Option<ResponseCheck>,
    /// What follows.
    pub level: CheckLevel,
}

/// What of an answer is compared with its description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseCheck {
    /// Its status.
    Status,
    /// Its content type.
    ContentType,
    /// Its body.
    Body,
}

/// Reads `[CHECK=]LEVEL`.
///
/// # Errors
/// If one of the two is not known.
pub fn check_response(text: &str) -> Result<CheckResponse, String> {
    let (what, level) = match text.split_once('=') {
        None => (None, text),
        Some(("status", level)) => (Some(ResponseCheck::Status), level),
        Some(("content-type", level)) => (Some(ResponseCheck::ContentType), level),
        Some(("body", level)) => (Some(ResponseCheck::Body), level),
        Some(_) => return Err("the checks are `status`, `content-type` and `body`".to_owned()),
    };
    let level = match level {
        "off" => CheckLevel::Off,
        "warn" => CheckLevel::Warn,
        "error" => CheckLevel::Error,
        _ => return Err("the levels are `off`, `warn` and `error`".to_owned()),
    };
    Ok(CheckResponse { what, level })
}
