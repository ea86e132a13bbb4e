//! What a step's operation is described to take and to answer, read once for all steps that call it.

use std::rc::Rc;

use crate::diagnostic::Diagnostics;
use crate::link::{LinkedSource, Target};
use crate::openapi::{Content, Operation, Parameter, RequestBody, Responses};

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

    fn read(&mut self, source: usize, pointer: &str) -> Option<Call<'d>> {
        let LinkedSource::OpenApi(description) = self.sources.get(source) else { return None };
        let operation = description.operation_at(pointer).found()?;
        let mut found = Diagnostics::new();
        let call = Call {
            operation,
            parameters: operation.parameters(&mut found),
            body: operation.request_body(&mut found),
            responses: operation.responses(&mut found),
        };
        let contents = call.body.iter().flat_map(|body| &body.content);
        let contents = contents.chain(call.responses.iter().flat_map(|response| &response.content));
        for schema in contents.filter_map(Content::schema) {
            found.extend(schema.unresolved().iter().map(|(place, why)| why.diagnostic(*place)));
        }
        // what operations share is read with each of them, and told once
        let told = &mut self.told;
        found.retain(|one| told.insert((one.rule.id, one.primary().map(|label| (label.source, label.span)))));
        self.diagnostics.extend(found);
        Some(call)
    }
}
