//! Secrets: none is left in a text that was masked, and bytes of any kind are masked without panic.
#![no_main]

use arras_run::secret::{MASK, Secrets, stands_alone};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<&str>, &str, &[u8])| {
    let (all, text, bytes) = input;
    let mut secrets = Secrets::default();
    all.iter().for_each(|secret| secrets.add(secret));
    let masked = secrets.text(text);
    let _ = secrets.bytes(bytes);
    // what a mask is a part of, or what a mask brings together, is none
    for secret in all.iter().filter(|secret| !stands_alone(secret) && !secret.contains(&MASK[..1])) {
        assert!(!masked.contains(secret), "{secret:?} in {masked:?} of {text:?}");
    }
});
