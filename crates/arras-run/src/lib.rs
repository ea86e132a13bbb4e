//! Decides what an Arazzo workflow does next: expressions, criteria, actions, retries, requests, outputs.
//!
//! Nothing here does I/O: a [`effect::Turn`] says what should happen, an [`effect::Input`] what did.

pub mod criterion;
pub mod effect;
pub mod event;
pub mod exchange;
pub mod fault;
pub mod jsonpath;
pub mod plan;
pub mod report;
pub mod result;
pub mod time;
