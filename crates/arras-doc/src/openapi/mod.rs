//! OpenAPI descriptions (Swagger 2.0, OpenAPI 3.0, 3.1, 3.2) as one lazy model over the spanned tree.
//!
//! [`Description::index`] finds the operations and nothing else; everything about an operation is read when it is
//! asked for. Nothing is refused for being imperfect: what can't be read becomes a warning and is left out.
//! What a reader meets while it reads goes into the `&mut Diagnostics` that it is given.

mod body;
mod description;
mod document;
mod example;
mod identifiers;
mod index;
pub mod judge;
mod lookup;
mod method;
mod operation;
mod parameter;
mod path_key;
mod place;
mod reference;
mod response;
mod schema;
mod security;
mod server;
mod style;
mod synthesis;
mod version;
mod walk;
mod xml;

pub use body::{Content, Encoding, RequestBody};
pub use description::Description;
pub use document::{Document, Documents, ExternalReference};
pub use example::{Example, ExampleValue};
pub use lookup::Lookup;
pub use operation::Operation;
pub use parameter::{Location, Parameter};
pub use path_key::PathKey;
pub use place::Place;
pub use reference::Unresolved;
pub use response::{Response, Responses, StatusPattern};
pub use schema::{SENSITIVE_MARKS, Schema, SchemaType};
pub use security::{OAuthFlow, OAuthFlowKind, RequiredScheme, SchemeKind, SecurityRequirement, SecurityScheme};
pub use server::{Server, ServerVariable, UndefinedVariable};
pub use style::Style;
pub use synthesis::{Direction, example_value};
pub use version::Version;
pub use xml::{XmlPart, XmlShape};
