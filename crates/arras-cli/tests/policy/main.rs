//! The policy for documents and servers that nobody vouches for, point by point, as the built command keeps it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod addresses;
mod collector;
mod documents;
mod people;
mod redirects;
mod requests;
mod support;
mod tls;
