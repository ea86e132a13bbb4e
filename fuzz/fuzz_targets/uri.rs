//! URI references: resolved, percent-decoded; an absolute one stays what it is.
#![no_main]

use arras_doc::uri;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (base, reference) = input;
    let _ = uri::resolve(base, reference);
    let _ = uri::percent_decode(reference);
    let _ = uri::split_fragment(reference);
});
