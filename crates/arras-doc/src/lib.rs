//! Reads Arazzo and OpenAPI text into spanned, typed documents, links them and finds what is wrong.
//!
//! Nothing here does I/O: texts come in, values and [`diagnostic::Diagnostic`]s go out.

pub mod arazzo;
pub mod condition;
pub mod diagnostic;
pub mod expression;
pub mod json;
pub mod jsonpath;
pub mod levels;
pub mod link;
pub mod lint;
pub mod media_type;
pub mod node;
pub mod openapi;
pub mod pattern;
pub mod pointer;
pub mod read;
pub mod rule;
pub mod schema;
pub mod source;
pub mod source_map;
pub mod span;
pub mod suggest;
pub mod syntax;
pub mod uri;
pub mod value;
pub mod xpath;
pub mod yaml;
