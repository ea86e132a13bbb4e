//! RFC 3986 §5.4, the specification's base URI cases, and paths there and back.

use proptest::prelude::*;

use super::*;

#[test]
fn rfc_3986_examples_resolve() {
    let base = "http://a/b/c/d;p?q";
    for (reference, target) in [
        // §5.4.1 normal
        ("g:h", "g:h"),
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q#s"),
        ("g#s", "http://a/b/c/g#s"),
        ("g?y#s", "http://a/b/c/g?y#s"),
        (";x", "http://a/b/c/;x"),
        ("g;x", "http://a/b/c/g;x"),
        ("g;x?y#s", "http://a/b/c/g;x?y#s"),
        ("", "http://a/b/c/d;p?q"),
        (".", "http://a/b/c/"),
        ("./", "http://a/b/c/"),
        ("..", "http://a/b/"),
        ("../", "http://a/b/"),
        ("../g", "http://a/b/g"),
        ("../..", "http://a/"),
        ("../../", "http://a/"),
        ("../../g", "http://a/g"),
        // §5.4.2 abnormal
        ("../../../g", "http://a/g"),
        ("../../../../g", "http://a/g"),
        ("/./g", "http://a/g"),
        ("/../g", "http://a/g"),
        ("g.", "http://a/b/c/g."),
        (".g", "http://a/b/c/.g"),
        ("g..", "http://a/b/c/g.."),
        ("..g", "http://a/b/c/..g"),
        ("./../g", "http://a/b/g"),
        ("./g/.", "http://a/b/c/g/"),
        ("g/./h", "http://a/b/c/g/h"),
        ("g/../h", "http://a/b/c/h"),
        ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
        ("g;x=1/../y", "http://a/b/c/y"),
        ("g?y/./x", "http://a/b/c/g?y/./x"),
        ("g?y/../x", "http://a/b/c/g?y/../x"),
        ("g#s/./x", "http://a/b/c/g#s/./x"),
        ("g#s/../x", "http://a/b/c/g#s/../x"),
        ("http:g", "http:g"),
    ] {
        assert_eq!(resolve(base, reference), target, "{reference}");
    }
}

/// ARZ-URI-04
#[test]
fn base_uris_of_arazzo_documents() {
    // ARZ-URI-05: an absolute `$self` is the base
    let own = resolve("file:///tmp/x.yaml", "https://api.example.com/workflows/purchase.arazzo.yaml");
    assert_eq!(resolve(&own, "../specs/petstore.yaml"), "https://api.example.com/specs/petstore.yaml");
    // ARZ-URI-06: a relative `$self` is resolved first
    let own = resolve("https://api.example.com/v2/api-description.yaml", "workflows/purchase.arazzo.yaml");
    assert_eq!(own, "https://api.example.com/v2/workflows/purchase.arazzo.yaml");
    assert_eq!(resolve(&own, "../specs/petstore.yaml"), "https://api.example.com/v2/specs/petstore.yaml");
    // ARZ-URI-07: without one, the retrieval URI
    let own = "file:///Users/dev/projects/workflows/purchase.arazzo.yaml";
    assert_eq!(resolve(own, "../specs/petstore.yaml"), "file:///Users/dev/projects/specs/petstore.yaml");
}

#[test]
fn bases_without_a_folder() {
    for (base, reference, target) in [
        ("http://a", "g", "http://a/g"),
        ("http://a?q", "g", "http://a/g"),
        ("urn:x:y", "#f", "urn:x:y#f"),
        ("urn:x:y", "g", "urn:g"),
        ("a/b", "c", "a/c"),
        ("a/b", "../c", "c"),
        ("a/b#f", "", "a/b"),
        ("", "c", "c"),
        ("file:/a/b", "..//c", "file:/.//c"),
        ("http://a/b", "x/../../..//c", "http://a//c"),
    ] {
        assert_eq!(resolve(base, reference), target, "{base} {reference}");
    }
}

#[test]
fn references_come_apart() {
    let parts = Parts::of("https://u@h:1/p/q?a=b?c#d#e");
    assert_eq!((parts.scheme, parts.authority, parts.path), (Some("https"), Some("u@h:1"), "/p/q"));
    assert_eq!((parts.query, parts.fragment), (Some("a=b?c"), Some("d#e")));
    assert_eq!(Parts::of("a/b:c").scheme, None);
    assert_eq!(Parts::of("1a:c").scheme, None);
    assert_eq!((Parts::of("//h?q").authority, Parts::of("//h?q").path), (Some("h"), ""));
    assert_eq!(split_fragment("a.yaml#/b"), ("a.yaml", Some("/b")));
    assert_eq!((is_absolute("urn:a"), is_absolute("./a:b")), (true, false));
}

#[test]
fn percent_escapes_decode() {
    for (text, decoded) in [
        ("a%20b", Some("a b")),
        ("%7E1%C3%bc", Some("~1ü")),
        ("%2525", Some("%25")),
        ("100%", None),
        ("%zz", None),
        ("%+1", None),
        ("%ff", None),
        ("ü", Some("ü")),
    ] {
        assert_eq!(percent_decode(text).as_deref(), decoded, "{text}");
    }
}

#[test]
fn paths_become_file_uris() {
    use PathStyle::{Posix, Windows};
    for (path, style, uri) in [
        ("/a/b.yaml", Posix, Some("file:///a/b.yaml")),
        ("/a b/ü%#?.yaml", Posix, Some("file:///a%20b/%C3%BC%25%23%3F.yaml")),
        ("/a\\b", Posix, Some("file:///a%5Cb")),
        ("a/b", Posix, None),
        ("C:\\a b\\c.yaml", Windows, Some("file:///C:/a%20b/c.yaml")),
        ("c:/a", Windows, Some("file:///c:/a")),
        ("\\\\server\\share\\a", Windows, Some("file://server/share/a")),
        ("\\\\?\\C:\\a", Windows, Some("file:///C:/a")),
        ("\\\\?\\UNC\\server\\share\\a", Windows, Some("file://server/share/a")),
        ("a\\b", Windows, None),
        ("C:a", Windows, None),
    ] {
        assert_eq!(file_uri(path, style).as_deref(), uri, "{path}");
    }
}

#[test]
fn file_uris_become_paths() {
    use PathStyle::{Posix, Windows};
    for (uri, style, path) in [
        ("file:///a/b%20c.yaml#/x", Posix, Some("/a/b c.yaml")),
        ("file:/a", Posix, Some("/a")),
        ("FILE://localhost/a", Posix, Some("/a")),
        ("file:///a b", Posix, Some("/a b")),
        ("file://server/a", Posix, None),
        ("https://a/b", Posix, None),
        ("a/b", Posix, None),
        ("file:a", Posix, None),
        ("file:///a%2Fb", Posix, None),
        ("file:///a%00", Posix, None),
        ("file:///a%", Posix, None),
        ("file:///C:/a%20b", Windows, Some("C:\\a b")),
        ("file://server/share/a", Windows, Some("\\\\server\\share\\a")),
        ("file:///a", Windows, None),
        ("file:///C:/a%5Cb", Windows, None),
    ] {
        assert_eq!(file_path(uri, style).as_deref(), path, "{uri}");
    }
}

proptest! {
    #[test]
    fn parts_join_to_the_same_text(text in "[a-z:/?#@.%]{0,20}") {
        prop_assert_eq!(Parts::of(&text).to_string(), text);
    }

    #[test]
    fn a_resolved_reference_is_absolute_and_without_dots(reference in "[ab./?#:]{0,20}") {
        let target = resolve("http://h/x/y", &reference);
        prop_assert!(is_absolute(&target), "{}", target);
        prop_assert!(!Parts::of(&target).path.split('/').any(|segment| segment == "." || segment == ".."));
    }

    #[test]
    fn a_path_comes_back(path in "/\\PC{0,20}") {
        let uri = file_uri(&path, PathStyle::Posix).expect("absolute");
        prop_assert_eq!(file_path(&uri, PathStyle::Posix), Some(path));
    }
}
