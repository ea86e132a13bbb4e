//! The built command from outside: processes, sockets, files, signals; nothing of its insides.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod checking;
mod endings;
mod examples;
mod fault_times;
mod first_steps;
mod flagship;
mod judge;
mod killed;
mod large;
mod mending;
mod mocked;
mod readings;
mod recorded;
mod secrets;
mod sent_tokens;
mod signatures;
mod stops;
mod streams;
mod support;
mod tested;
mod tolerances;
mod traced;
mod transcripts;
mod uploads;
mod wire;
