//! Why the library could not do its job.

use std::fmt;

use arras_doc::diagnostic::{Diagnostic, Diagnostics};
use arras_run::fault::Fault;

/// Why the library could not do its job: opaque, with predicates for what callers decide by.
///
/// A workflow that fails is no error: its [`crate::Report`] says so.
pub struct Error(Box<Cause>);

enum Cause {
    Unreadable { message: String, not_found: bool },
    Refused(Diagnostics),
    InvalidInputs(Diagnostics),
    Usage { message: String, help: Option<String> },
    Fault(Fault),
    Message(String),
}

impl Error {
    pub(crate) fn unreadable(message: impl Into<String>, not_found: bool) -> Error {
        Error(Box::new(Cause::Unreadable { message: message.into(), not_found }))
    }

    pub(crate) fn refused(diagnostics: Diagnostics) -> Error {
        Error(Box::new(Cause::Refused(diagnostics)))
    }

    pub(crate) fn invalid_inputs(diagnostics: Diagnostics) -> Error {
        Error(Box::new(Cause::InvalidInputs(diagnostics)))
    }

    pub(crate) fn usage(message: impl Into<String>, help: Option<String>) -> Error {
        Error(Box::new(Cause::Usage { message: message.into(), help }))
    }

    pub(crate) fn fault(fault: Fault) -> Error {
        Error(Box::new(Cause::Fault(fault)))
    }

    pub(crate) fn message(message: impl fmt::Display) -> Error {
        Error(Box::new(Cause::Message(message.to_string())))
    }

    /// Whether the document that was asked for is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(*self.0, Cause::Unreadable { not_found: true, .. })
    }

    /// Whether the document that was asked for can't be read at all.
    pub fn is_unreadable(&self) -> bool {
        matches!(*self.0, Cause::Unreadable { .. })
    }

    /// Whether a document is invalid or a source is missing: [`Error::diagnostics`] says what.
    pub fn is_refused(&self) -> bool {
        matches!(*self.0, Cause::Refused(_))
    }

    /// Whether the inputs are not what the workflow's schema asks for.
    pub fn is_invalid_input(&self) -> bool {
        matches!(*self.0, Cause::InvalidInputs(_))
    }

    /// Whether the caller asked for something that is not there, such as a workflow of another name.
    pub fn is_usage(&self) -> bool {
        matches!(*self.0, Cause::Usage { .. })
    }

    /// Whether credentials or a region are missing.
    pub fn is_auth(&self) -> bool {
        matches!(&*self.0, Cause::Fault(fault) if fault.is_environment())
    }

    /// The fault, if a step could not even be planned for one.
    pub fn as_fault(&self) -> Option<&Fault> {
        match &*self.0 {
            Cause::Fault(fault) => Some(fault),
            _ => None,
        }
    }

    /// What is wrong, with places, where the error is about documents or inputs.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match &*self.0 {
            Cause::Refused(diagnostics) | Cause::InvalidInputs(diagnostics) => diagnostics,
            _ => &[],
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        match &*self.0 {
            Cause::Usage { help, .. } => help.as_deref(),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Cause::Unreadable { message, .. } | Cause::Usage { message, .. } | Cause::Message(message) => {
                f.write_str(message)
            }
            Cause::Fault(fault) => f.write_str(&fault.message),
            Cause::Refused(diagnostics) | Cause::InvalidInputs(diagnostics) => {
                let mut errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
                let Some(first) = errors.next() else { return f.write_str("refused") };
                f.write_str(&first.message)?;
                match errors.count() {
                    0 => Ok(()),
                    more => write!(f, " (and {more} more)"),
                }
            }
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl std::error::Error for Error {}
