//! `--otlp`: where spans go, and which trace each run belongs to.

use std::hash::{BuildHasher, Hasher, RandomState};

use arras::trace::TraceContext;

use crate::context::Context;
use crate::reporter::Reporter;
use crate::reporter::otlp::{Collector, Otlp};

/// The reporter that sends to that collector, with the header fields that OpenTelemetry's own variable names.
pub(super) fn reporter(url: &str, context: &Context) -> Box<dyn Reporter> {
    let fields = context.variable("OTEL_EXPORTER_OTLP_HEADERS");
    Box::new(Otlp::new(Collector::new(url, fields)))
}

/// The trace of one run: a part of the one that `TRACEPARENT` names, as CI systems set it, else its own.
pub(super) fn trace(context: &Context) -> TraceContext {
    let random = || RandomState::new().build_hasher().finish();
    let given = context.variable("TRACEPARENT").and_then(TraceContext::parse);
    let own = || TraceContext::new(u128::from(random()) << 64 | u128::from(random()));
    TraceContext { run: random(), ..given.unwrap_or_else(own) }
}
