//! From a received request to what is sent: route, signature, answer, record.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::chaos::{Chaos, Trouble};
use crate::contract::{Validation, Violation};
use crate::fault::Fault;
use crate::protocol::{ErrorReply, Protocol};
use crate::record::{Recorded, Records, Verdict};
use crate::reply::{Rendering, Reply};
use crate::request::Received;
use crate::route::{Found, OperationRef, Routes};
use crate::scenario::{Play, Played};
use crate::service::{Operation, Service};
use crate::sigv4::{self, Credentials};

/// Told of each request once its answer is decided.
pub(crate) type Observer = dyn Fn(&Recorded) + Send + Sync;

/// All that the connections share.
pub(crate) struct Shared {
    pub(crate) services: Vec<Service>,
    pub(crate) routes: Routes,
    pub(crate) play: Play,
    pub(crate) credentials: Credentials,
    pub(crate) records: Records,
    pub(crate) observer: Option<Arc<Observer>>,
    /// How far the mock's clock is ahead of the machine's, in seconds.
    pub(crate) clock_offset: i64,
    pub(crate) max_body: usize,
    pub(crate) validation: Validation,
    pub(crate) chaos: Option<Chaos>,
    /// How many requests chaos has drawn for.
    pub(crate) drawn: AtomicU64,
}

/// What is remembered beside the answer.
#[derive(Default)]
struct Findings {
    refusal: Option<String>,
    violations: Vec<Violation>,
}

/// What to send, and when.
pub(crate) struct Decision {
    pub(crate) reply: Reply,
    pub(crate) delay: Duration,
    pub(crate) fault: Option<Fault>,
}

impl Shared {
    /// The mock's time in Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX).saturating_add(self.clock_offset)
    }

    /// Decides, records and tells the observer; `only` is the one service of this address, if it is not all.
    pub(crate) fn decide(&self, mut request: Received, only: Option<usize>) -> Decision {
        let found = self.routes.find(&request, |service| only.is_none_or(|only| only == service));
        let (of, mut findings) = (operation_of(&found), Findings::default());
        let played = match found {
            Found::Operation(of, parameters) => {
                request.path_parameters = parameters;
                self.answer(of, &mut request, &mut findings)
            }
            Found::OtherMethods(methods) => self.other_methods(&request, &methods),
            Found::Nothing => no_operation(self.unknown_operation(&request, only)),
        };
        let fault = played.fault;
        self.record(request, of, &played, findings);
        Decision { reply: played.reply, delay: played.delay, fault }
    }

    /// The answer to a request whose body is too large to read.
    pub(crate) fn too_large(&self, request: Received) -> Decision {
        let message = format!("the mock takes bodies of up to {} bytes", self.max_body);
        let error = ErrorReply { status: 413, code: "Content Too Large", message: &message };
        let played = Played { verdict: Verdict::TooLarge, ..no_operation(Protocol::Problem.error(error, "")) };
        self.record(request, None, &played, Findings::default());
        Decision { reply: played.reply, delay: played.delay, fault: None }
    }

    fn answer(&self, of: OperationRef, request: &mut Received, findings: &mut Findings) -> Played {
        let operation = self.services.get(of.service).and_then(|service| service.operations.get(of.operation));
        let Some(operation) = operation else { return no_operation(Reply::default()) };
        if let Some(scope) = &operation.signing
            && let Err(rejection) = sigv4::verify(&request.signed(), scope, &self.credentials, self.now())
        {
            findings.refusal = rejection.message.lines().next().map(str::to_owned);
            let reply = Rendering { operation, request }.rejected(&rejection);
            return Played { verdict: Verdict::Rejected(rejection.kind), ..no_operation(reply) };
        }
        if let Some(contract) = &operation.contract {
            if let Some(value) = contract.xml_value(request) {
                request.set_value(value);
            }
            if self.validation != Validation::Off {
                findings.violations = contract.violations(Protocol::of(operation), request);
            }
        }
        if self.validation == Validation::On && !findings.violations.is_empty() {
            let reply = Rendering { operation, request }.invalid(&findings.violations);
            return Played { verdict: Verdict::Invalid, ..no_operation(reply) };
        }
        self.with_trouble(of, operation, request)
    }

    /// The scenario's answer, unless chaos has another.
    fn with_trouble(&self, of: OperationRef, operation: &Operation, request: &Received) -> Played {
        let play = || self.play.answer(of, operation, request, sigv4::iso8601(self.now()));
        let Some(chaos) = &self.chaos else { return play() };
        let (trouble, latency) = chaos.draw(self.drawn.fetch_add(1, Ordering::Relaxed) + 1);
        let rendering = Rendering { operation, request };
        let mut played = match trouble {
            None => play(),
            Some(Trouble::Reset) => Played { fault: Some(Fault::Reset), ..play() },
            Some(Trouble::Throttle) => no_operation(rendering.throttled()),
            Some(Trouble::Error) => no_operation(rendering.failed()),
        };
        if let Some(trouble @ (Trouble::Throttle | Trouble::Error)) = trouble {
            played.verdict = Verdict::Chaos(trouble);
        }
        played.delay += latency;
        played
    }

    fn other_methods(&self, request: &Received, methods: &[String]) -> Played {
        let message = format!("`{}` is there for {}", request.path, methods.join(", "));
        let error = ErrorReply { status: 405, code: "Method Not Allowed", message: &message };
        no_operation(Protocol::Problem.error(error, "").with_header("allow", &methods.join(", ")))
    }

    /// In AWS's shape where the request or the only service speaks AWS, else a problem.
    fn unknown_operation(&self, request: &Received, only: Option<usize>) -> Reply {
        let services = self.services.iter().enumerate().filter(|(index, _)| only.is_none_or(|only| only == *index));
        let mut protocols = services.flat_map(|(_, service)| service.operations.iter().map(Protocol::of));
        let first = protocols.next().unwrap_or(Protocol::Problem);
        let protocol = match (request.target(), request.action()) {
            (Some(_), _) => Protocol::AwsJson,
            (None, Some(_)) if first == Protocol::Ec2 => Protocol::Ec2,
            (None, Some(_)) => Protocol::Query,
            (None, None) if protocols.all(|other| other == first) => first,
            (None, None) => Protocol::Problem,
        };
        let (status, code) = protocol.unknown_operation();
        let message = match (request.target(), request.action()) {
            (Some(target), _) => format!("no operation is called `{target}`"),
            (None, Some(action)) => format!("The action {action} is not valid for this web service."),
            (None, None) => format!("no operation is at `{} {}`", request.method, request.path),
        };
        protocol.error(ErrorReply { status, code, message: &message }, "mock")
    }

    fn record(&self, request: Received, of: Option<OperationRef>, played: &Played, findings: Findings) {
        let service = of.and_then(|of| self.services.get(of.service));
        let operation = service.and_then(|service| service.operations.get(of?.operation));
        let silent = matches!(played.fault, Some(Fault::Reset | Fault::Close | Fault::Hang | Fault::Garbage));
        let recorded = Recorded {
            service: service.map(|service| service.name.clone()),
            operation: operation.map(|operation| operation.id.clone()),
            method: request.method,
            path: request.path,
            query: request.query,
            secret_query: operation.map(|operation| operation.secret_query.clone()).unwrap_or_default(),
            headers: request.headers,
            body: request.body,
            status: (!silent).then_some(played.reply.status),
            fault: played.fault,
            verdict: played.verdict.clone(),
            refusal: findings.refusal,
            violations: findings.violations,
        };
        if let Some(observer) = &self.observer {
            observer(&recorded);
        }
        self.records.add(recorded);
    }
}

fn operation_of(found: &Found) -> Option<OperationRef> {
    match found {
        Found::Operation(of, _) => Some(*of),
        Found::OtherMethods(_) | Found::Nothing => None,
    }
}

fn no_operation(reply: Reply) -> Played {
    Played { reply, delay: Duration::ZERO, fault: None, verdict: Verdict::NoOperation }
}
