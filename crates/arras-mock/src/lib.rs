//! Serves the operations of OpenAPI descriptions on loopback, as real HTTP, by scenario, and verifies AWS signatures.
//!
//! ```no_run
//! # async fn run(description: std::sync::Arc<arras_doc::openapi::Description>) -> Result<(), arras_mock::StartError> {
//! use arras_mock::{Mock, sigv4::Scope};
//!
//! let mock = Mock::builder()
//!     .description("rekognitionApi", description, |_| Some(Scope::new("rekognition", "us-east-1")))
//!     .start()
//!     .await?;
//! println!("{} {}", mock.url(), mock.access_key_id());
//! // … send requests …
//! assert!(mock.requests().is_empty());
//! mock.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! The mock shares no code with what signs requests, so that it is an independent judge of them.

mod builder;
mod chaos;
mod contract;
mod describe;
mod fault;
mod handle;
mod media;
mod percent;
mod protocol;
mod record;
mod reply;
mod request;
mod route;
mod scenario;
mod server;
pub mod service;
pub mod sigv4;
mod xml;

pub use builder::{Addresses, MAX_BODY, Mock, MockBuilder, StartError};
pub use chaos::{Chaos, Trouble};
pub use contract::{Contract, Validation, Violation, ViolationKind, ViolationPlace};
pub use fault::Fault;
pub use protocol::Protocol;
pub use record::{Recorded, Verdict};
pub use scenario::{Scenario, ScenarioFile, ScenarioName, UnknownScenario};
