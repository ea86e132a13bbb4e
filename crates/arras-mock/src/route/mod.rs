//! Which operation a request is for: method and path, then what tells operations of one path apart.

mod key;
mod template;

use arras_doc::diagnostic::{Diagnostic, Diagnostics};
use arras_doc::rule;

use crate::request::Received;
use crate::service::Service;
use key::Condition;
use template::{Literalness, Template};

/// The routes of all services.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    routes: Vec<Route>,
}

/// Names an operation: the service's and the operation's index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct OperationRef {
    pub(crate) service: usize,
    pub(crate) operation: usize,
}

#[derive(Debug)]
struct Route {
    operation: OperationRef,
    method: String,
    template: Template,
    /// All of them must hold.
    required: Vec<Condition>,
    /// These only tell operations of one path apart.
    preferred: Vec<Condition>,
    /// Of the routes that match, those with the greatest one are meant.
    precedence: (Rank, Vec<(Literalness, usize)>),
}

/// A path with its server's prefix comes before the same path without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Rank {
    Bare,
    Prefixed,
}

/// What became of looking for a route.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// An operation, and the values of its path's parameters as sent.
    Operation(OperationRef, Vec<(String, String)>),
    /// The path is known, but for other methods.
    OtherMethods(Vec<String>),
    /// Nothing at that path, or nothing of that target.
    Nothing,
}

impl Routes {
    /// The routes of `services`, and an error for each pair of operations that no request can tell apart.
    ///
    /// `shared` says whether all services listen at one address.
    pub(crate) fn new(services: &[Service], shared: Sharing) -> (Routes, Diagnostics) {
        let mut routes = Vec::new();
        for (service, described) in services.iter().enumerate() {
            for operation in 0..described.operations.len() {
                routes.extend(routes_of(described, OperationRef { service, operation }));
            }
        }
        // the most literal path first; what a request can match of two alike is decided by score
        routes.sort_by(|a: &Route, b| b.precedence.cmp(&a.precedence));
        let problems = ambiguities(&routes, services, shared);
        (Routes { routes }, problems)
    }

    /// The operation that a request is for, among the services that `open` lets through.
    ///
    /// Where nothing is at the path, the one with a slash more or less at its end counts.
    pub(crate) fn find(&self, request: &Received, open: impl Fn(usize) -> bool) -> Found {
        let path = request.path.as_str();
        let toggled = path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned);
        let mut methods: Vec<String> = Vec::new();
        for path in [path, toggled.as_str()] {
            let (matching, others): (Vec<Match<'_>>, Vec<Match<'_>>) =
                self.at(path, request, &open).partition(|(route, _)| route.method == request.method);
            if let Some((route, parameters)) = best(matching, request) {
                return Found::Operation(route.operation, parameters);
            }
            for (route, _) in others {
                if !methods.contains(&route.method) {
                    methods.push(route.method.clone());
                }
            }
        }
        if methods.is_empty() { Found::Nothing } else { Found::OtherMethods(methods) }
    }

    /// The routes of any method whose path and conditions match, the most literal first.
    fn at<'a>(
        &'a self,
        path: &'a str,
        request: &'a Received,
        open: &'a impl Fn(usize) -> bool,
    ) -> impl Iterator<Item = Match<'a>> + 'a {
        self.routes.iter().filter(|route| open(route.operation.service)).filter_map(move |route| {
            let parameters = route.template.matches(path)?;
            route.required.iter().all(|condition| condition.holds(request)).then_some((route, parameters))
        })
    }
}

/// A route, and the values of its path's parameters as sent.
type Match<'a> = (&'a Route, Vec<(String, String)>);

/// Of the most literal matches the one with the highest score, and of those the first.
fn best<'a>(matches: Vec<Match<'a>>, request: &Received) -> Option<Match<'a>> {
    let precedence = &matches.first()?.0.precedence;
    let alike = matches.iter().take_while(|(route, _)| route.precedence == *precedence);
    let scores = alike.enumerate().map(|(index, (route, _))| (route.score(request), std::cmp::Reverse(index)));
    let (_, std::cmp::Reverse(index)) = scores.max()?;
    matches.into_iter().nth(index)
}

/// Whether services share an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// All of them at one address.
    One,
    /// Each at its own.
    Each,
}

impl Route {
    fn score(&self, request: &Received) -> usize {
        let preferred = self.preferred.iter().filter(|condition| condition.holds(request)).count();
        2 * (self.required.len() + preferred) + usize::from(preferred == self.preferred.len())
    }

    /// What two routes must have in common for no request to tell them apart.
    fn identity(&self) -> (Rank, &str, String, Vec<&Condition>) {
        let mut conditions: Vec<&Condition> = self.required.iter().chain(&self.preferred).collect();
        conditions.sort_unstable();
        conditions.dedup();
        (self.precedence.0, &self.method, self.template.shape(), conditions)
    }
}

fn routes_of(service: &Service, reference: OperationRef) -> Vec<Route> {
    let Some(operation) = service.operations.get(reference.operation) else { return Vec::new() };
    let key = key::read(operation);
    let route = |prefix: &str, rank| {
        let template = Template::parse(&format!("{prefix}{}", key.path));
        Route {
            operation: reference,
            method: operation.method.clone(),
            precedence: (rank, template.precedence()),
            template,
            required: key.required.clone(),
            preferred: key.preferred.clone(),
        }
    };
    let mut prefixes: Vec<&str> = operation.base_paths.iter().map(|prefix| prefix.trim_end_matches('/')).collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    // where a server has no path of its own, the bare path is the real one
    let bare = if prefixes.is_empty() || prefixes.contains(&"") { Rank::Prefixed } else { Rank::Bare };
    let prefixed = prefixes.iter().filter(|prefix| !prefix.is_empty()).map(|prefix| route(prefix, Rank::Prefixed));
    prefixed.chain([route("", bare)]).collect()
}

fn ambiguities(routes: &[Route], services: &[Service], sharing: Sharing) -> Diagnostics {
    let mut seen = std::collections::HashMap::new();
    let mut problems = Vec::new();
    for route in routes.iter().filter(|route| route.precedence.0 == Rank::Prefixed) {
        let apart = (sharing == Sharing::Each).then_some(route.operation.service);
        if let Some(other) = seen.insert((apart, route.identity()), route.operation)
            && other != route.operation
        {
            problems.push(ambiguity(services, other, route.operation));
        }
    }
    problems
}

fn ambiguity(services: &[Service], first: OperationRef, second: OperationRef) -> Diagnostic {
    let describe = |reference: OperationRef| {
        let service = services.get(reference.service)?;
        Some((service, service.operations.get(reference.operation)?))
    };
    let (Some((one_service, one)), Some((other_service, other))) = (describe(first), describe(second)) else {
        return Diagnostic::new(rule::AMBIGUOUS_ROUTE, "two operations can't be told apart");
    };
    let name = |service: &Service, id: &str| {
        if first.service == second.service { format!("`{id}`") } else { format!("`{}.{id}`", service.name) }
    };
    let message = format!(
        "no request can tell {} from {}: both are `{} {}`",
        name(one_service, &one.id),
        name(other_service, &other.id),
        other.method,
        other.path
    );
    let mut diagnostic = Diagnostic::new(rule::AMBIGUOUS_ROUTE, message);
    for (source, span) in [other.place, one.place].into_iter().flatten() {
        diagnostic = diagnostic.at(source, span);
    }
    diagnostic.help(if first.service == second.service {
        "tell them apart by an `X-Amz-Target`, an `Action` or a query in the path key"
    } else {
        "serve the two descriptions apart, each at its own address"
    })
}

#[cfg(test)]
mod shared_tests;
#[cfg(test)]
mod tests;
