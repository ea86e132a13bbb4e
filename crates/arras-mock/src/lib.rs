//! A mock server.

mod percent;
pub mod sigv4;
