//! Media types and their negotiation.
#![no_main]

use arras_doc::media_type::{MediaType, negotiate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, Vec<&str>)| {
    let (accept, offered) = input;
    if let Some(media_type) = MediaType::parse(accept) {
        assert_eq!(MediaType::parse(media_type.essence()).as_ref().map(MediaType::essence), Some(media_type.essence()));
    }
    let _ = negotiate(accept, offered);
});
