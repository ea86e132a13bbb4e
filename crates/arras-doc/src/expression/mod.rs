//! Runtime expressions: `$inputs.name`, `$response.body#/id`, and strings that embed them.

mod ast;

pub use ast::{ComponentKind, Expression, Part, Path, Root, Tolerance};
