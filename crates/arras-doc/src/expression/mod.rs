//! Runtime expressions: `$inputs.name`, `$response.body#/id`, and strings that embed them.

mod ast;
mod check;
mod mistake;
mod navigate;
mod parse;
mod scan;
mod select;
mod selector;
mod template;
mod text;

pub use ast::{ComponentKind, Expression, Part, Path, Root, Tolerance};
pub(crate) use check::with_pointer;
pub use check::{Grammar, check, unbraced_finding};
pub use select::{select, select_named, select_parameter};
pub use selector::{Selector, SelectorLanguage};
pub use template::Template;
pub(crate) use text::is_mistaken;
pub use text::{Piece, embed_unbraced, pieces, unbraced};
