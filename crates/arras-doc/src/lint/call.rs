//! What a step's operation is described to take and to answer, read once for all steps that call it.

use std::rc::Rc;

use crate::diagnostic::Diagnostics;
use crate::link::{LinkedSource, Target};
use crate::openapi::{Operation, Parameter, RequestBody, Responses};

use super::{Lint, Scope};

/// An operation, read.
pub(super) struct Call<'d> {
    pub(super) operation: Operation<'d>,
    pub(super) parameters: Vec<Parameter<'d>>,
    pub(super) body: Option<RequestBody<'d>>,
    pub(super) responses: Responses<'d>,
}

impl<'d> Call<'d> {
    /// The operation in messages.
    pub(super) fn name(&self) -> String {
        format!("`{}`", self.operation.name())
    }
}

impl<'d> Lint<'d> {
    /// The operation that a step calls; `None` if it calls none that is known.
    pub(super) fn call(&mut self, scope: Scope<'d>) -> Option<Rc<Call<'d>>> {
        let Some(Target::Operation(target)) = &scope.links.target else { return None };
        let key = (target.source, target.pointer.as_str());
        if let Some(call) = self.calls.get(&key) {
            return call.clone();
        }
        let call = self.read(target.source, &target.pointer).map(Rc::new);
        self.calls.insert(key, call.clone());
        call
    }

    fn read(&self, source: usize, pointer: &str) -> Option<Call<'d>> {
        let LinkedSource::OpenApi(description) = self.sources.get(source) else { return None };
        let operation = description.operation_at(pointer).found()?;
        // whoever builds the plan reports what is odd about the description
        let mut ignored = Diagnostics::new();
        Some(Call {
            operation,
            parameters: operation.parameters(&mut ignored),
            body: operation.request_body(&mut ignored),
            responses: operation.responses(&mut ignored),
        })
    }
}
