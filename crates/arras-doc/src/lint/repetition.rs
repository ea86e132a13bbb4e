//! Retries that may do harm: of what must not be done twice, and many of them without a pause.

use crate::arazzo::{Action, ActionType, ConditionKind, Criterion};
use crate::condition::{Node, NodeKind, OperandKind, Operator};
use crate::expression::Root;
use crate::rule;
use crate::span::Span;

use super::comparison::literal_of;
use super::{Lint, Scope};

/// More retries than this without a pause are many.
const MANY: u32 = 2;

/// Words that operations begin with which only read, whatever their method.
const READS: &[&str] = &[
    "get",
    "list",
    "describe",
    "find",
    "search",
    "query",
    "read",
    "fetch",
    "check",
    "batchget",
    "scan",
    "count",
    "lookup",
    "retrieve",
    "validate",
    "calculate",
    "preview",
    "head",
];

/// What a parameter or property is called by which a service knows a request again.
const KEYS: &[&str] = &["idempotency", "clienttoken", "clientrequesttoken", "requesttoken", "client-token"];

impl<'d> Lint<'d> {
    /// What a step's own retries repeat, and how fast (ARZ-FAIL-10, ARZ-FAIL-13).
    pub(super) fn check_repetition(&mut self, scope: Scope<'d>) {
        for (action, scope) in self.scoped_actions(scope) {
            if action.action_type.as_ref().is_none_or(|one| one.value != ActionType::Retry) {
                continue;
            }
            self.check_pause(action);
            self.check_idempotent(scope, action);
        }
    }

    fn check_pause(&mut self, action: &'d Action) {
        let Some(limit) = action.retry_limit.as_ref().filter(|limit| limit.value > MANY) else { return };
        // with these statuses a service says how long to wait
        if action.criteria.iter().any(did_nothing) {
            return;
        }
        let pause = match &action.retry_after {
            Some(pause) => !pause.value.is_zero(),
            // one that can't be read is a finding of its own
            None => self.has_beside(limit.span, "retryAfter"),
        };
        if !pause {
            let message = format!("{} retries without a pause of their own", limit.value);
            let diagnostic = self.note(rule::UNPACED_RETRY, limit.span, message);
            diagnostic.help = Some("add `retryAfter` with the seconds to wait".into());
        }
    }

    /// Whether the object in which the value at `span` stands has a field of that name, whatever is in it.
    fn has_beside(&self, span: Span, name: &str) -> bool {
        let tree = &self.document.tree;
        let pointer = tree.pointer_at(span);
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        tree.at(&format!("{parent}/{name}")).is_some_and(|node| !node.is_null())
    }

    fn check_idempotent(&mut self, scope: Scope<'d>, action: &'d Action) {
        // without criteria of its own a step fails by statuses from 400 on
        let refused = scope.step.success_criteria.is_empty() && scope.failed;
        if are_refusals(&action.criteria, refused) {
            return;
        }
        let Some(call) = self.call(scope) else { return };
        let method = call.operation.method();
        if !matches!(method, "POST" | "PATCH") {
            return;
        }
        let id = call.operation.operation_id().unwrap_or_default();
        let last = id.rsplit(['/', '.', '_']).find(|part| !part.is_empty()).unwrap_or_default();
        let keyed = |text: &str| KEYS.iter().any(|key| text.to_ascii_lowercase().contains(key));
        let given = self.document.parameters(scope.workflow, scope.step);
        let has_key = given.iter().any(|one| keyed(&one.parameter.name))
            || scope
                .step
                .request_body
                .as_ref()
                .and_then(|body| body.payload.as_ref())
                .is_some_and(|payload| keyed(self.document.tree.node(payload.node).source_text()));
        if has_key || only_reads(id) || only_reads(last) {
            return;
        }
        let message = format!("{} is retried, though a {method} request may have been carried out", call.name());
        let span = action.name_span();
        let diagnostic = self.note(rule::UNSAFE_RETRY, span, message);
        let help = "send a key by which the service knows the request again, such as the header `Idempotency-Key`, or retry \
                    refusals alone: `$statusCode == 429 || $statusCode == 503`";
        diagnostic.help = Some(help.into());
    }
}

/// Whether a name begins with a word for what only reads, and not with a longer one: `checkStock`, but not `checkout`.
fn only_reads(name: &str) -> bool {
    READS.iter().any(|word| {
        let begins = name.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
        let next = || name[word.len()..].chars().next();
        begins && next().is_none_or(|next| next.is_uppercase() || next.is_numeric() || matches!(next, '_' | '-'))
    })
}

/// Whether criteria hold for answers alone by which a service says that it did not do what it was asked; `refused` if
/// nothing but a status from 400 on leads to them.
fn are_refusals(criteria: &[Criterion], refused: bool) -> bool {
    let simple = criteria.iter().filter_map(|criterion| match criterion.parsed.as_ref().map(|parsed| &parsed.kind) {
        Some(ConditionKind::Simple(condition)) => Some(&condition.root),
        _ => None,
    });
    let other = |criterion: &&Criterion| {
        !matches!(criterion.parsed.as_ref().map(|parsed| &parsed.kind), Some(ConditionKind::Simple(_)))
    };
    // what is asked of a status in another language is taken at its word
    all_refuse(&simple.collect::<Vec<_>>(), refused) || criteria.iter().filter(other).any(did_nothing)
}

/// Whether conditions that hold together hold for refusals alone.
fn all_refuse(nodes: &[&Node], refused: bool) -> bool {
    let parts = || {
        nodes.iter().flat_map(|node| match &node.kind {
            NodeKind::And(parts) => parts.as_slice(),
            _ => std::slice::from_ref(*node),
        })
    };
    let refused = refused || parts().any(|part| is_from(part, 400));
    parts().any(|part| refuses(part, refused) || refused && is_below(part, 500))
}

fn refuses(node: &Node, refused: bool) -> bool {
    match &node.kind {
        NodeKind::Or(nodes) => nodes.iter().all(|node| all_refuse(&[node], refused)),
        NodeKind::Comparison { left, operator: Operator::Equal, right } => {
            let status = match (&left.kind, &right.kind) {
                (OperandKind::Expression(expression), other) | (other, OperandKind::Expression(expression))
                    if expression.root == Root::StatusCode =>
                {
                    other
                }
                _ => return false,
            };
            match status {
                OperandKind::StatusClass(class) => *class == 4,
                other => literal_of(other)
                    .and_then(|value| value.to_text().parse::<u16>().ok())
                    .is_some_and(|status| matches!(status, 400..=499 | 503)),
            }
        }
        _ => false,
    }
}

/// Whether a comparison holds for statuses below a bound alone.
fn is_below(node: &Node, bound: u16) -> bool {
    match status_bound(node) {
        Some((Operator::Less, limit)) => limit <= bound,
        Some((Operator::LessOrEqual, limit)) => limit < bound,
        _ => false,
    }
}

/// Whether a comparison holds for statuses from a bound on alone.
fn is_from(node: &Node, bound: u16) -> bool {
    match status_bound(node) {
        Some((Operator::Greater, limit)) => limit >= bound - 1,
        Some((Operator::GreaterOrEqual, limit)) => limit >= bound,
        _ => false,
    }
}

/// What the status is compared with, as if it stood on the left.
fn status_bound(node: &Node) -> Option<(Operator, u16)> {
    let NodeKind::Comparison { left, operator, right } = &node.kind else { return None };
    let is_status = |kind: &OperandKind| matches!(kind, OperandKind::Expression(one) if one.root == Root::StatusCode);
    let (operator, limit) = match (is_status(&left.kind), is_status(&right.kind)) {
        (true, false) => (*operator, right),
        (false, true) => (operator.mirrored(), left),
        _ => return None,
    };
    Some((operator, literal_of(&limit.kind)?.to_text().parse().ok()?))
}

/// Whether a criterion asks for statuses of failures, and for nothing else.
pub(super) fn is_failed_status(criterion: &Criterion) -> bool {
    fn asks(node: &Node) -> bool {
        match &node.kind {
            NodeKind::Or(nodes) => nodes.iter().all(asks),
            NodeKind::And(nodes) => nodes.iter().any(asks) && nodes.iter().all(|node| status_bound(node).is_some()),
            _ => refuses(node, true) || is_from(node, 400) || is_failed(node),
        }
    }
    matches!(criterion.parsed.as_ref().map(|parsed| &parsed.kind), Some(ConditionKind::Simple(one)) if asks(&one.root))
}

/// Whether a comparison asks for one status of a server's failure, or for all of them.
fn is_failed(node: &Node) -> bool {
    let NodeKind::Comparison { left, operator: Operator::Equal, right } = &node.kind else { return false };
    let ((OperandKind::Expression(expression), other) | (other, OperandKind::Expression(expression))) =
        (&left.kind, &right.kind)
    else {
        return false;
    };
    let status = || literal_of(other).and_then(|value| value.to_text().parse::<u16>().ok());
    expression.root == Root::StatusCode
        && (matches!(other, OperandKind::StatusClass(5)) || status().is_some_and(|status| status >= 500))
}

/// Whether a criterion asks for a status by which a service says that it did nothing.
fn did_nothing(criterion: &Criterion) -> bool {
    const STATUSES: [&str; 6] = ["401", "408", "423", "425", "429", "503"];
    let condition = &criterion.condition.value;
    condition.contains("$statusCode") && STATUSES.iter().any(|status| condition.contains(status))
}
