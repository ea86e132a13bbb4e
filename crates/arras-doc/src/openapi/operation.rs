//! An operation: what it is called, where it stands, and the door to all that describes it.

use crate::diagnostic::Diagnostics;
use crate::openapi::index::{OperationEntry, PathEntry};
use crate::openapi::place::Site;
use crate::openapi::{
    Description, Parameter, PathKey, Place, RequestBody, Responses, SecurityRequirement, SecurityScheme, Server,
};
use crate::openapi::{body, parameter, response, security, server};
use crate::span::Span;

/// One operation of a description; cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'d> {
    description: &'d Description,
    entry: &'d OperationEntry,
    path: &'d PathEntry,
}

impl<'d> Operation<'d> {
    pub(super) fn new(description: &'d Description, index: usize) -> Operation<'d> {
        let entry = &description.operations[index];
        Operation { description, entry, path: &description.paths[entry.path] }
    }

    /// The description it belongs to.
    pub fn description(self) -> &'d Description {
        self.description
    }

    /// Its operationId, if it has one.
    pub fn operation_id(self) -> Option<&'d str> {
        self.place().text("operationId").filter(|id| !id.is_empty())
    }

    /// The method as it is sent: `GET`.
    pub fn method(self) -> &'d str {
        &self.entry.method
    }

    /// The key under `paths`.
    pub fn path(self) -> &'d PathKey {
        &self.path.key
    }

    /// What people call it: the operationId, or `GET /pets`.
    pub fn name(self) -> String {
        self.operation_id().map_or_else(|| format!("{} {}", self.method(), self.path().as_str()), str::to_owned)
    }

    /// The JSON Pointer in the entry document: `/paths/~1pets/get`.
    pub fn pointer(self) -> &'d str {
        &self.entry.pointer
    }

    /// The Operation Object.
    pub fn place(self) -> Place<'d> {
        Place::new(self.description, self.entry.site)
    }

    /// The path's key in the entry document.
    pub fn path_span(self) -> Span {
        self.path.span
    }

    /// The path items that describe it: the one under `paths`, then those it refers to.
    pub fn path_items(self) -> impl ExactSizeIterator<Item = Place<'d>> + use<'d> {
        let description = self.description;
        self.path.items.iter().map(move |site| Place::new(description, *site))
    }

    pub(super) fn entry_items(self) -> &'d [Site] {
        &self.path.items
    }

    /// One line about what it does: the operation's own, else its path item's.
    pub fn summary(self) -> Option<&'d str> {
        self.place().text("summary").or_else(|| self.path_items().find_map(|item| item.text("summary")))
    }

    /// Whether callers should move away from it.
    pub fn is_deprecated(self) -> bool {
        self.place().flag("deprecated")
    }

    /// The value of an extension (`x-…`) or any other field of the Operation Object.
    pub fn extension(self, name: &str) -> Option<Place<'d>> {
        self.place().get(name)
    }

    /// Its parameters and those of its path item, of which it overrides the ones with the same name and location.
    ///
    /// The body of Swagger 2.0 (`in: body`, `in: formData`) is not among them: see [`Operation::request_body`].
    pub fn parameters(self, diagnostics: &mut Diagnostics) -> Vec<Parameter<'d>> {
        parameter::of_operation(self, diagnostics)
    }

    /// What it takes as a body, if it takes one.
    pub fn request_body(self, diagnostics: &mut Diagnostics) -> Option<RequestBody<'d>> {
        body::of_operation(self, diagnostics)
    }

    /// What it answers.
    pub fn responses(self, diagnostics: &mut Diagnostics) -> Responses<'d> {
        response::of_operation(self, diagnostics)
    }

    /// Where it can be reached: its own servers, else its path item's, else the description's, else `/`; never empty.
    pub fn servers(self, diagnostics: &mut Diagnostics) -> Vec<Server<'d>> {
        server::of_operation(self, diagnostics)
    }

    /// What identifies the caller: its own requirements, else the description's. Any one of them suffices; empty if
    /// nothing is asked for.
    pub fn security(self, diagnostics: &mut Diagnostics) -> Vec<SecurityRequirement<'d>> {
        security::of_operation(self, diagnostics)
    }

    /// The security scheme of that name in its description, whether the operation asks for it or not.
    pub fn security_scheme<'n>(self, name: &'n str, diagnostics: &mut Diagnostics) -> Option<SecurityScheme<'n>>
    where
        'd: 'n,
    {
        security::scheme(self.place(), name, diagnostics)
    }
}
