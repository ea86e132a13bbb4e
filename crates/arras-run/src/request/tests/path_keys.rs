//! URLs out of path keys as AWS's descriptions write them.

use super::*;

/// An operation at a path, with nothing declared.
fn at(path: &str, fixed_query: Option<&str>) -> Operation {
    let described = operation("openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {/: {put: {responses: {}}}}\n");
    Operation {
        base: "https://s3.eu-west-1.amazonaws.com".into(),
        path: path.into(),
        fixed_query: fixed_query.map(str::to_owned),
        ..described
    }
}

fn url(operation: &Operation, path: &[(&str, &str)], query: &[(&str, &str)]) -> Result<String, String> {
    let mut parts = Parts::default();
    for (name, value) in path {
        let parameter = parameter(name, Location::Path, literal(Value::from(*value)));
        let added = parts.add(operation, &parameter, &Input(None), context(&Files::default()));
        added.map_err(|fault| fault.message)?;
    }
    for (name, value) in query {
        let parameter = parameter(name, Location::Query, literal(Value::from(*value)));
        let added = parts.add(operation, &parameter, &Input(None), context(&Files::default()));
        added.map_err(|fault| fault.message)?;
    }
    parts.url(operation).map_err(|fault| fault.message)
}

#[test]
fn a_greedy_parameter_keeps_its_slashes() {
    let object = at("/{Bucket}/{Key+}", None);
    let path = |name, key| url(&object, &[("Bucket", "b"), (name, key)], &[]);
    let expected = Ok("https://s3.eu-west-1.amazonaws.com/b/a%20b//c%2Bd%3F/e".to_owned());
    assert_eq!(path("Key+", "a b//c+d?/e"), expected);
    assert_eq!(path("Key", "a b//c+d?/e"), expected);
    assert!(path("Key+", "a/../b").is_err() && path("Key+", "").is_err());
    let plain = at("/{Bucket}/{Key}", None);
    assert_eq!(
        url(&plain, &[("Bucket", "b"), ("Key", "a/b")], &[]).unwrap_or_default().rsplit('/').next(),
        Some("a%2Fb")
    );
}

#[test]
fn the_fixed_query_takes_parameters() {
    let rows: [(&str, &[(&str, &str)], &str); 6] = [
        ("list-type=2", &[("prefix", "a")], "list-type=2&prefix=a"),
        ("list-type=2", &[("list-type", "2"), ("prefix", "a")], "list-type=2&prefix=a"),
        ("acl", &[], "acl"),
        (
            "partNumber={partNumber}&uploadId={uploadId}",
            &[("uploadId", "x/y"), ("partNumber", "1")],
            "uploadId=x%2Fy&partNumber=1",
        ),
        ("Action=RunInstances", &[("Version", "1")], "Action=RunInstances&Version=1"),
        ("a={b}", &[("a", "1")], "a=1"),
    ];
    for (fixed, query, expected) in rows {
        let found = url(&at("/", Some(fixed)), &[], query);
        assert_eq!(found, Ok(format!("https://s3.eu-west-1.amazonaws.com/?{expected}")), "{fixed}");
    }
    let missing = url(&at("/", Some("uploadId={uploadId}")), &[], &[]);
    assert_eq!(missing.unwrap_err(), "required query parameter `uploadId` has no value");
    let of_path = url(&at("/{id}", Some("of={id}")), &[("id", "7 8")], &[]);
    assert_eq!(of_path.unwrap_or_default(), "https://s3.eu-west-1.amazonaws.com/7%208?of=7%208");
}
