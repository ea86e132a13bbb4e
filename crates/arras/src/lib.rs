//! Runs Arazzo workflows: loads documents, sends requests, signs them, keeps time.
//!
//! Everything that touches the world is behind a small object-safe trait with a default: [`load::Loader`],
//! [`transport::Transport`], [`auth::Authorizer`], [`credentials::ProvideAwsCredentials`], [`clock::Clock`],
//! [`chance::Chance`].

pub mod auth;
pub mod chance;
pub mod clock;
pub mod credentials;
mod driver;
mod engine;
pub mod environment;
mod file;
pub mod future;
pub mod load;
pub mod origin;
pub mod policy;
pub mod recording;
pub mod trace;
pub mod transport;

pub use arras_doc;
pub use arras_run;

pub use arras_run::report::Report;
pub use engine::{
    AuthSettings, AwsSettings, Builder, Cookies, CredentialRef, CredentialSetting, DryStep, Engine, Error, Events,
    Handle, Loaded, Missing, Need, Needs, NetworkSettings, Redirects, SchemeNeed, ServerOverride, ServerVariable,
    SetBy, Settings, Shelf, SigV4Need, Supplied, TransportRetry, Way, WorkflowRun, WorkflowSummary,
};
