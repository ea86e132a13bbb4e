//! What authorising a request brought about beside the request itself.

use arras_run::exchange::Request;

use crate::credentials::SecretString;
use crate::transport::Answer;

/// What authorising a request brought about beside the request: for the story, and for what must be masked in it.
#[derive(Debug, Default)]
pub struct Trail {
    /// The secrets that were used, which nothing that people see shows from then on: a far end may send them back, as AWS
    /// does with the session token of a request whose signature is wrong.
    pub secrets: Vec<SecretString>,
    /// Requests that were sent meanwhile, for tokens say, in order; `None` for one without an answer.
    pub exchanges: Vec<(Request, Option<Answer>)>,
    /// What the user should know, one phrase each.
    pub notes: Vec<String>,
    /// Whether a token was fetched for this very request, so that another would fare no better.
    pub(super) fresh: bool,
    /// Whether this very request answers a challenge of ours, not by a field of the step's own.
    pub(super) answered: bool,
}
