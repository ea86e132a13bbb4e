//! Security requirements and schemes.

use arras_doc::openapi::{Description, Documents, Location, OAuthFlowKind, SchemeKind};

use crate::support::{URI, V2_0, V3_0, V3_2, document, index, messages, operation, sound};

#[test]
fn requirements_are_alternatives_of_conjunctions() {
    let library = sound(V2_0);
    let any = operation(&library, "listBooks").security(&mut Vec::new());
    let names: Vec<Vec<_>> = any.iter().map(|all| all.schemes.iter().map(|it| it.name).collect()).collect();
    assert_eq!(names, [vec!["key", "login"], vec![]]);
    assert!(any[1].is_anonymous());
    assert_eq!(any[0].schemes[1].scopes, ["read"]);
    assert!(operation(&library, "putCover").security(&mut Vec::new()).is_empty(), "an empty list asks for nothing");
    let inherited = operation(&library, "addBook").security(&mut Vec::new());
    let kind = inherited[0].schemes[0].scheme.as_ref().map(|scheme| scheme.kind.clone());
    assert!(matches!(kind, Some(SchemeKind::Http { scheme: "basic", bearer_format: None })));
}

#[test]
fn schemes_of_swagger_are_those_of_openapi() {
    let library = sound(V2_0);
    let any = operation(&library, "listBooks").security(&mut Vec::new());
    let [key, login] = any[0].schemes.as_slice() else { panic!("two schemes") };
    let kind = key.scheme.as_ref().map(|scheme| scheme.kind.clone());
    assert!(matches!(kind, Some(SchemeKind::ApiKey { name: "api_key", location: Location::Query })));
    let Some(SchemeKind::OAuth2 { flows, .. }) = login.scheme.as_ref().map(|scheme| scheme.kind.clone()) else {
        panic!("OAuth 2.0")
    };
    assert_eq!(flows[0].kind, OAuthFlowKind::AuthorizationCode);
    assert_eq!(
        (flows[0].token_url, flows[0].scopes.as_slice()),
        (Some("https://a.example.com/t"), [("read", "to read")].as_slice())
    );
}

#[test]
fn bearer_tokens_are_http() {
    let shop = sound(V3_0);
    let any = operation(&shop, "getOrder").security(&mut Vec::new());
    let kind = any[0].schemes[0].scheme.as_ref().map(|scheme| scheme.kind.clone());
    assert!(matches!(kind, Some(SchemeKind::Http { scheme: "bearer", bearer_format: Some("JWT") })));
}

#[test]
fn a_requirement_may_refer_to_a_scheme() {
    let schemes = "
openapi: 3.2.0
components:
  securitySchemes:
    device:
      type: oauth2
      oauth2MetadataUrl: https://a.example.com/m
      flows: {deviceAuthorization: {deviceAuthorizationUrl: https://a.example.com/d, tokenUrl: https://a.example.com/t, scopes: {}}}
";
    let mut others = Documents::default();
    others.add(document("https://apis.example.com/schemes.yaml", schemes));
    let (search, _) = Description::index(document(URI, V3_2), &others);
    let mut diagnostics = Vec::new();
    let any = operation(&search, "copyDoc").security(&mut diagnostics);
    assert_eq!(messages(&diagnostics), Vec::<&str>::new());
    let Some(SchemeKind::OAuth2 { flows, metadata_url }) = any[0].schemes[0].scheme.as_ref().map(|it| it.kind.clone())
    else {
        panic!("OAuth 2.0")
    };
    assert_eq!((flows[0].kind.as_str(), metadata_url), ("deviceAuthorization", Some("https://a.example.com/m")));
}

#[test]
fn an_unknown_scheme_is_kept_and_said() {
    let (description, _) = index(
        "
openapi: 3.0.0
paths: {/a: {get: {operationId: a, security: [{tokn: []}, {odd: []}]}}}
components:
  securitySchemes:
    token: {type: apiKey, in: header, name: Authorization, x-amazon-apigateway-authtype: awsSigv4}
    odd: {type: apiKey, in: body, name: x}
",
    );
    let mut diagnostics = Vec::new();
    let any = operation(&description, "a").security(&mut diagnostics);
    assert_eq!(
        messages(&diagnostics),
        ["the security scheme `tokn` is not defined", "the security scheme `odd` is of the unknown type `apiKey`"]
    );
    assert_eq!(diagnostics[0].help.as_deref(), Some("did you mean `token`?"));
    assert!(!any[0].is_anonymous() && any[0].schemes[0].scheme.is_none());
    assert!(matches!(any[1].schemes[0].scheme.as_ref().map(|it| &it.kind), Some(SchemeKind::Unknown("apiKey"))));
}

#[test]
fn what_is_no_requirement_never_asks_for_nothing() {
    for (security, names, count) in [
        ("[token]", vec!["token"], 1),
        ("{token: []}", vec!["token"], 1),
        ("token", vec!["token"], 2),
        ("[[]]", vec![""], 2),
        ("null", vec!["other"], 0),
    ] {
        let (description, _) = index(&format!(
            "{{openapi: 3.0.0, security: [other: []], paths: {{/a: {{get: {{operationId: a, security: {security}}}}}}}, \
             components: {{securitySchemes: {{token: {{type: mutualTLS}}, other: {{type: mutualTLS}}}}}}}}"
        ));
        let mut diagnostics = Vec::new();
        let any = operation(&description, "a").security(&mut diagnostics);
        let found: Vec<_> = any.iter().flat_map(|all| &all.schemes).map(|it| it.name).collect();
        assert_eq!((found, diagnostics.len()), (names, count), "{security}");
    }
}

#[test]
fn a_gateway_asks_for_a_signature_where_nothing_else_is_asked_for() {
    let iam = "x-amazon-apigateway-auth: {type: AWS_IAM}";
    for (root, own, name) in [
        ("", iam, Some("x-amazon-apigateway-auth")),
        ("security: [], ", iam, Some("x-amazon-apigateway-auth")),
        ("", "security: null, x-amazon-apigateway-auth: {type: aws_iam}", Some("x-amazon-apigateway-auth")),
        ("", "security: [], x-amazon-apigateway-auth: {type: AWS_IAM}", None),
        ("", "security: [{}], x-amazon-apigateway-auth: {type: AWS_IAM}", None),
        ("security: [other: []], ", iam, Some("other")),
        ("", "x-amazon-apigateway-auth: {type: NONE}", None),
        ("", "x-amazon-apigateway-auth: AWS_IAM", None),
    ] {
        let (description, _) = index(&format!(
            "{{openapi: 3.0.0, {root}paths: {{/a: {{get: {{operationId: a, {own}}}}}}}, \
             components: {{securitySchemes: {{other: {{type: mutualTLS}}}}}}}}"
        ));
        let any = operation(&description, "a").security(&mut Vec::new());
        let found: Vec<_> = any.iter().flat_map(|all| &all.schemes).map(|it| it.name).collect();
        assert_eq!(found, name.into_iter().collect::<Vec<_>>(), "{root}{own}");
    }
}
