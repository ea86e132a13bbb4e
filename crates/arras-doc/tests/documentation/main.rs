//! The pages on requirements and decisions agree with their data, with the code and with the tests that name them.
//!
//! `UPDATE=1` writes `docs/requirements.md` and `docs/conformance.md` anew.

mod citation;
mod conformance;
mod decisions;
mod project;
mod requirements;
