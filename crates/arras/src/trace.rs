//! W3C Trace Context: which trace a run belongs to, and what its requests say of that.
//!
//! The ids of spans follow from the trace and from what they are of, so that whoever folds a run's events into spans knows
//! the ones that its requests have named.

use std::fmt;

/// The header field that names the trace and the calling span.
pub const FIELD: &str = "traceparent";

/// The trace that a run belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceContext {
    /// The trace; not 0.
    pub trace: u128,
    /// The span that the run is a part of; 0 for none.
    pub parent: u64,
    /// What tells runs of one trace apart.
    pub run: u64,
}

impl TraceContext {
    /// A new trace of that id; 1 stands in for 0, which is none.
    pub fn new(trace: u128) -> TraceContext {
        TraceContext { trace: trace.max(1), parent: 0, run: 0 }
    }

    /// Reads a `traceparent` field.
    ///
    /// ```
    /// use arras::trace::TraceContext;
    ///
    /// let field = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let context = TraceContext::parse(field).unwrap();
    /// assert_eq!(context.parent, 0xb7ad6b7169203331);
    /// assert_eq!(context.field(context.parent), field);
    /// assert_eq!(TraceContext::parse("00-0-0-01"), None);
    /// ```
    pub fn parse(field: &str) -> Option<TraceContext> {
        let mut parts = field.trim().split('-');
        let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let shaped = [(version, 2), (trace, 32), (parent, 16), (flags, 2)];
        let hex =
            |(text, length): &(&str, usize)| text.len() == *length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if version == "ff" || !shaped.iter().all(hex) {
            return None;
        }
        let trace = u128::from_str_radix(trace, 16).ok().filter(|trace| *trace != 0)?;
        let parent = u64::from_str_radix(parent, 16).ok().filter(|parent| *parent != 0)?;
        Some(TraceContext { trace, parent, run: 0 })
    }

    /// The span of something in this trace: of a run (its workflow), of an attempt (its effect), or of the `number`th
    /// request of an attempt, from 1.
    pub fn span(&self, what: &str, number: u32) -> u64 {
        let bytes = self.trace.to_be_bytes().into_iter().chain(self.parent.to_be_bytes()).chain(self.run.to_be_bytes());
        let bytes = bytes.chain(what.bytes()).chain(number.to_be_bytes());
        // FNV-1a: stable, and nobody has a use for a collision
        let hash =
            bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        hash.max(1)
    }

    /// The field that a request of that span carries; the trace counts as sampled.
    pub fn field(&self, span: u64) -> String {
        format!("00-{self}-{span:016x}-01")
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.trace)
    }
}
