//! Decides what an Arazzo workflow does next: expressions, criteria, actions, retries, requests, outputs.
//!
//! Nothing here does I/O: a [`effect::Turn`] says what should happen, an [`effect::Input`] what did.

mod charset;
mod check;
pub mod criterion;
pub mod draft;
pub mod effect;
pub mod evaluate;
pub mod event;
pub mod exchange;
pub mod fault;
pub mod file;
pub mod inputs;
pub mod jsonpath;
pub mod payload;
pub mod place;
pub mod plan;
pub mod report;
pub mod request;
pub mod resolve;
pub mod result;
pub mod retry_after;
pub mod run;
pub mod scope;
pub mod secret;
mod sensitive;
mod stand_in;
pub mod template;
pub mod time;
pub mod xml;
pub mod xpath;
#[cfg(feature = "xpath31")]
mod xpath31;
