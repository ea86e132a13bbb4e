//! What an operation declares about parameters.

use std::collections::HashSet;
use std::rc::Rc;

use crate::arazzo::Location;
use crate::diagnostic::Diagnostics;
use crate::openapi::{Operation, SchemeKind};

use super::OperationTarget;
use super::linker::Linker;
use super::parameters::folded;
use super::sources::LinkedSource;

/// What an operation declares about parameters.
#[derive(Debug, Default)]
pub(super) struct Declared {
    pub(super) parameters: Vec<DeclaredParameter>,
    /// The locations and names of these, as they are told apart.
    names: HashSet<(&'static str, String)>,
    /// What security schemes and a query in the path put into the request.
    pub(super) keys: Vec<(&'static str, String)>,
    /// The names that stand in its path as `{name}`.
    placeholders: HashSet<String>,
    /// Whether some of its parameters can't be read, so that others than those known may be declared.
    partial: bool,
}

/// One of the parameters.
#[derive(Clone, Debug)]
pub(super) struct DeclaredParameter {
    pub(super) location: &'static str,
    pub(super) name: String,
    pub(super) required: bool,
}

/// A declared parameter, by its place and name.
pub(super) type Meant = (&'static str, String);

impl DeclaredParameter {
    pub(super) fn place(&self) -> Meant {
        (self.location, self.name.clone())
    }
}

/// What becomes of a parameter that no description knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Sent,
    /// Its path has no place for it.
    LeftOut,
}

impl Fate {
    /// As the end of a message about a parameter of that name.
    pub(super) fn told(self, name: &str) -> String {
        match self {
            Fate::Sent => "it is sent nevertheless".to_owned(),
            Fate::LeftOut => format!("it is not sent, since no `{{{name}}}` stands in the path"),
        }
    }
}

/// Header fields that HTTP itself describes, so that descriptions leave them out.
const COMMON_HEADERS: [&str; 5] = ["accept", "authorization", "content-type", "user-agent", "cookie"];

impl Declared {
    fn of(operation: Operation<'_>) -> Declared {
        // the lints report what is odd about the description
        let mut found = Diagnostics::new();
        let mut parameters: Vec<DeclaredParameter> = operation
            .parameters(&mut found)
            .iter()
            .filter(|parameter| !parameter.is_ignored())
            .map(|parameter| DeclaredParameter {
                location: parameter.location.as_str(),
                name: parameter.name.to_owned(),
                required: parameter.required,
            })
            .collect();
        let partial = !found.is_empty();
        let placeholders: HashSet<String> = operation.path().template_names().map(str::to_owned).collect();
        for name in operation.path().template_names() {
            if !parameters.iter().any(|known| known.name == name && matches!(known.location, "path" | "query")) {
                parameters.push(DeclaredParameter { location: "path", name: name.to_owned(), required: true });
            }
        }
        let schemes = operation.security(&mut found).into_iter().flat_map(|requirement| requirement.schemes);
        let keys = schemes.filter_map(|required| match required.scheme?.kind {
            SchemeKind::ApiKey { name, location } => Some((location.as_str(), name.to_owned())),
            _ => None,
        });
        let fixed = operation.path().fixed_pairs().map(|(name, _)| ("query", name));
        let names = parameters.iter().map(|one| (one.location, folded(one.location, &one.name).into_owned())).collect();
        Declared { parameters, names, keys: keys.chain(fixed).collect(), placeholders, partial }
    }

    /// What becomes of a parameter that is not declared: into a path it goes only where that has a place for it.
    pub(super) fn fate(&self, location: &str, name: &str) -> Fate {
        if location != "path" || self.placeholders.contains(name) { Fate::Sent } else { Fate::LeftOut }
    }

    /// Whether credentials, or the path itself, give the parameter: published descriptions declare such ones, too.
    pub(super) fn is_key(&self, parameter: &DeclaredParameter) -> bool {
        let same = |known: &str| match parameter.location {
            "header" => known.eq_ignore_ascii_case(&parameter.name),
            _ => known == parameter.name,
        };
        self.keys.iter().any(|(location, key)| *location == parameter.location && same(key))
    }

    pub(super) fn is_known(&self, location: Location, name: &str) -> bool {
        let common =
            location == Location::Header && COMMON_HEADERS.iter().any(|known| name.eq_ignore_ascii_case(known));
        let key = |(at, key): &(&str, String)| *at == location.as_str() && key.eq_ignore_ascii_case(name);
        common
            || self.partial
            || self.names.contains(&(location.as_str(), folded(location.as_str(), name).into_owned()))
            || self.keys.iter().any(key)
    }
}

impl Linker<'_> {
    /// What the operation declares, read once.
    pub(super) fn declared(&mut self, target: &OperationTarget) -> Option<Rc<Declared>> {
        let LinkedSource::OpenApi(description) = self.sources.get(target.source) else { return None };
        let key = (target.source, target.pointer.clone());
        if let Some(declared) = self.declared.get(&key) {
            return Some(declared.clone());
        }
        let declared = Rc::new(Declared::of(description.operation_at(&target.pointer).found()?));
        self.declared.insert(key, declared.clone());
        Some(declared)
    }
}
