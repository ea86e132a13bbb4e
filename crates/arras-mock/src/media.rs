//! Which of the media types that a description names an answer is written in.

use arras_doc::media_type::{MediaType, negotiate};
use arras_doc::value::Value;

/// The offer to answer with: of those whose media type can carry the value the one that `accept` likes best, else of all
/// of them; where it likes none, the first, again of those that can.
///
/// `describe` has an offer's media type and the value that would be sent.
pub(crate) fn choose<'a, T>(
    accept: &str,
    offers: &'a [T],
    describe: impl Fn(&'a T) -> (&'a str, Option<&'a Value>),
) -> Option<&'a T> {
    let name = |offer: &&'a T| concrete(describe(offer).0);
    let carries = |offer: &&'a T| describe(offer).1.is_none_or(|value| !value.is_structure() || holds(name(offer)));
    let all: Vec<&T> = offers.iter().collect();
    let able: Vec<&T> = offers.iter().filter(carries).collect();
    let liked = |offers: &[&'a T]| {
        let best = negotiate(accept, offers.iter().map(name))?;
        offers.iter().copied().find(|offer| name(offer) == best)
    };
    liked(&able).or_else(|| liked(&all)).or(able.first().copied()).or(all.first().copied())
}

/// A range such as `*/*` is no type to answer with.
pub(crate) fn concrete(media_type: &str) -> &str {
    if media_type.contains('*') { "application/json" } else { media_type }
}

/// Whether it is made for objects and arrays; others show them as JSON.
fn holds(media_type: &str) -> bool {
    MediaType::parse(media_type).is_none_or(|it| it.is_json() || it.is_xml())
}
