//! Finding operations by the names that Arazzo documents use.

use crate::openapi::path_key::shape;
use crate::openapi::{Description, Operation};
use crate::{pointer, suggest, uri};

/// How many names [`Description::nearest`] offers.
const SUGGESTIONS: usize = 3;

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Lookup<'d> {
    /// One operation.
    Found(Operation<'d>),
    /// More than one, in source order.
    Several(Vec<Operation<'d>>),
    /// None.
    Missing,
}

impl<'d> Lookup<'d> {
    /// The operation, if there is exactly one.
    pub fn found(self) -> Option<Operation<'d>> {
        match self {
            Lookup::Found(operation) => Some(operation),
            Lookup::Several(_) | Lookup::Missing => None,
        }
    }

    /// Whether there is none.
    pub fn is_missing(&self) -> bool {
        matches!(self, Lookup::Missing)
    }

    fn or_else(self, other: impl FnOnce() -> Lookup<'d>) -> Lookup<'d> {
        if self.is_missing() { other() } else { self }
    }
}

impl<'d> FromIterator<Operation<'d>> for Lookup<'d> {
    fn from_iter<I: IntoIterator<Item = Operation<'d>>>(operations: I) -> Lookup<'d> {
        let mut all: Vec<Operation<'d>> = operations.into_iter().collect();
        match (all.len(), all.pop()) {
            (_, None) => Lookup::Missing,
            (1, Some(operation)) => Lookup::Found(operation),
            (_, Some(last)) => {
                all.push(last);
                Lookup::Several(all)
            }
        }
    }
}

impl Description {
    /// The operation with this operationId, case and all (ARZ-STEP-06).
    pub fn operation(&self, operation_id: &str) -> Lookup<'_> {
        let known = self.by_id.get(operation_id).map(Vec::as_slice).unwrap_or_default();
        known.iter().map(|index| Operation::new(self, *index)).collect()
    }

    /// The operations whose operationId differs from this at most in case.
    pub fn operation_ignoring_case(&self, operation_id: &str) -> Lookup<'_> {
        let wanted = operation_id.to_lowercase();
        self.operations().filter(|known| known.operation_id().is_some_and(|id| id.to_lowercase() == wanted)).collect()
    }

    /// The operation at a JSON Pointer into this description: `/paths/~1pets/get` (ARZ-STEP-08).
    ///
    /// A pointer to a path item stands for its operations (A-34: the one, if there is just one). The pointer may be
    /// percent-encoded, as URI fragments are, and may point to where a reference leads.
    pub fn operation_at(&self, pointer: &str) -> Lookup<'_> {
        let exact = self.operation_at_exactly(pointer);
        exact.or_else(|| match uri::percent_decode(pointer) {
            Some(decoded) if decoded != pointer => self.operation_at_exactly(&decoded),
            _ => Lookup::Missing,
        })
    }

    fn operation_at_exactly(&self, pointer: &str) -> Lookup<'_> {
        let of = |index: &usize| Operation::new(self, *index);
        let first = self.by_pointer.partition_point(|index| of(index).pointer() < pointer);
        let direct = self.by_pointer[first..].iter().map(of);
        let direct: Lookup<'_> = direct.take_while(|operation| operation.pointer() == pointer).collect();
        direct.or_else(|| self.operations_of_path_item(pointer)).or_else(|| self.operations_through(pointer))
    }

    fn operations_of_path_item(&self, pointer: &str) -> Lookup<'_> {
        let tokens = pointer::tokens(pointer).unwrap_or_default();
        match tokens.as_slice() {
            [paths, key] if paths == "paths" => {
                self.operations().filter(|operation| operation.path().as_str() == key).collect()
            }
            _ => Lookup::Missing,
        }
    }

    /// Operations that stand, after references, at the place that the pointer leads to.
    fn operations_through(&self, pointer: &str) -> Lookup<'_> {
        let Some(place) = self.root().at(pointer).and_then(|place| place.resolve().ok()) else {
            return Lookup::Missing;
        };
        let site = place.site();
        let itself: Lookup<'_> = self.operations().filter(|operation| operation.place().site() == site).collect();
        itself.or_else(|| self.operations().filter(|operation| operation.entry_items().contains(&site)).collect())
    }

    /// The operation with this method (in any case) and path.
    ///
    /// The path is compared as written, then by what is sent of it, then with the names in braces left out.
    pub fn operation_by_path(&self, method: &str, path: &str) -> Lookup<'_> {
        let with = |same: &dyn Fn(&Operation<'_>) -> bool| -> Lookup<'_> {
            self.operations().filter(|known| known.method().eq_ignore_ascii_case(method) && same(known)).collect()
        };
        with(&|known| known.path().as_str() == path)
            .or_else(|| with(&|known| known.path().wire_path() == path))
            .or_else(|| with(&|known| known.path().shape() == shape(path)))
    }

    /// The operationIds nearest to one that does not exist, nearest first, at most three: by typing errors, else by the words
    /// that they are made of.
    pub fn nearest(&self, operation_id: &str) -> Vec<&str> {
        let ids = || self.operations().filter_map(Operation::operation_id);
        let near = suggest::nearest(operation_id, ids(), SUGGESTIONS);
        if near.is_empty() { suggest::by_words(operation_id, ids(), SUGGESTIONS) } else { near }
    }
}
