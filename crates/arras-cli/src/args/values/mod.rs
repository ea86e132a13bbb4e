//! The values of options, a file each kind.

mod check_response;
mod count;
mod credential;
mod duration;
mod host;
mod pair;
mod report_file;
mod rule_level;
mod server;
mod shard;

pub use check_response::{CheckResponse, ResponseCheck, check_response};
pub use count::at_least_one;
pub use credential::{ClientCertificate, Credential, CredentialRef, client_certificate, credential};
pub use duration::duration;
pub use host::{HostPattern, host_pattern};
pub use pair::{
    DependencyInput, FileInput, NamedPath, NamedText, dependency_input, file_input, named_path, named_text,
};
pub use report_file::{ReportFile, ReportKind, report_file};
pub use rule_level::{RuleLevel, levels, rule_level};
pub use server::{Mock, Server, ServerVariable, collector, mock, server, server_variable};
pub use shard::{Shard, shard};
