//! `--otlp`: where spans go, and which trace each run belongs to.

use std::hash::{BuildHasher, Hasher, RandomState};

use arras::trace::TraceContext;

use super::run::settings::own_requests;
use crate::args::resolve::Usage;
use crate::args::run::NetworkArgs;
use crate::context::Context;
use crate::reporter::Reporter;
use crate::reporter::otlp::{Collector, Otlp, pairs};

/// The reporter that sends to the collector of `--otlp`, if there is one, the way that all requests go, with the header fields
/// that OpenTelemetry's own variable names.
///
/// # Errors
/// If an option of the network can't be understood.
pub(super) fn reporter(
    url: Option<&String>,
    network: &NetworkArgs,
    context: &Context,
) -> Result<Option<Box<dyn Reporter>>, Usage> {
    let Some(url) = url else { return Ok(None) };
    let fields = context.variable("OTEL_EXPORTER_OTLP_HEADERS");
    // what it says is not shown: it may hold a secret
    if pairs(fields.unwrap_or_default()).any(|pair| pair.is_err()) {
        let what = "what is no `name=value` in `OTEL_EXPORTER_OTLP_HEADERS` is left out";
        context.write_stderr(&format!("warning: {what}\n"));
    }
    let collector = Collector::new(url, fields, own_requests(network, context)?);
    Ok(Some(Box::new(Otlp::new(collector))))
}

/// The trace of one run: a part of the one that `TRACEPARENT` names, as CI systems set it, else its own.
pub(super) fn trace(context: &Context) -> TraceContext {
    let random = || RandomState::new().build_hasher().finish();
    let given = context.variable("TRACEPARENT").and_then(TraceContext::parse);
    let own = || TraceContext::new(u128::from(random()) << 64 | u128::from(random()));
    TraceContext { run: random(), ..given.unwrap_or_else(own) }
}
