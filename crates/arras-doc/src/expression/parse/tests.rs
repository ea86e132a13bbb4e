//! What is an expression, what is tolerated, and what is said of the rest.

use proptest::prelude::*;

use super::*;

fn parsed(text: &str) -> Expression {
    Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

/// ARZ-EXPR-16, ARZ-EXPR-19, ARZ-SEL-07
#[test]
fn roots_and_paths() {
    let path = |name: &str, pointer: Option<&str>| Path { name: name.into(), pointer: pointer.map(str::to_owned) };
    let step = |id: &str| Root::StepOutputs(id.into());
    for (text, root, path) in [
        ("$url", Root::Url, path("", None)),
        ("$self", Root::SelfUri, path("", None)),
        ("$request.header.X-Amz-Target", Root::Request(Part::Header("X-Amz-Target".into())), path("", None)),
        ("$request.query.a b", Root::Request(Part::Query("a b".into())), path("", None)),
        ("$request.path.id", Root::Request(Part::Path("id".into())), path("", None)),
        ("$response.body#", Root::Response(Part::Body), path("", Some(""))),
        ("$response.body#/a~1b", Root::Response(Part::Body), path("", Some("/a~1b"))),
        ("$response.body.a[0].b#/c", Root::Response(Part::Body), path(".a[0].b", Some("/c"))),
        ("$response.body['a.b'][\"c d\"]", Root::Response(Part::Body), path("['a.b'][\"c d\"]", None)),
        ("$message.payload.x", Root::Message(Part::Payload), path(".x", None)),
        ("$inputs.user.name", Root::Inputs, path("user.name", None)),
        ("$inputs#/a", Root::Inputs, path("", Some("/a"))),
        ("$outputs.a#/0", Root::Outputs, path("a", Some("/0"))),
        ("$steps.a.outputs.b.c", step("a"), path("b.c", None)),
        ("$steps.a.outputs", step("a"), path("", None)),
        ("$steps.a.b.outputs.c", step("a.b"), path("c", None)),
        ("$steps.outputs.outputs.outputs", step("outputs"), path("outputs", None)),
        ("$steps.a.outputs.outputs.b", step("a"), path("outputs.b", None)),
        ("$steps.a.b", Root::Step("a".into()), path("b", None)),
        ("$steps.a.response.body.outputs.x", Root::Step("a".into()), path("response.body.outputs.x", None)),
        ("$steps.a.response.body#/x", Root::Step("a".into()), path("response.body", Some("/x"))),
        ("$workflows.w.inputs.x", Root::WorkflowInputs("w".into()), path("x", None)),
        ("$workflows.w.outputs.x#/n", Root::WorkflowOutputs("w".into()), path("x", Some("/n"))),
        (
            "$workflows.w.steps.s.outputs.z",
            Root::WorkflowStep { workflow: "w".into(), step: "s".into() },
            path("outputs.z", None),
        ),
        ("$sourceDescriptions.a.wf.steps.s", Root::SourceDescription("a".into()), path("wf.steps.s", None)),
        ("$sourceDescriptions.a.url#/x", Root::SourceDescription("a".into()), path("url#/x", None)),
        ("$components.failureActions.a.b", Root::Component(ComponentKind::FailureActions), path("a.b", None)),
    ] {
        let expression = parsed(text);
        assert_eq!((&expression.root, &expression.path), (&root, &path), "{text}");
        assert_eq!(expression.to_string(), text);
    }
}

/// ARZ-EXPR-11, ARZ-EXPR-29
#[test]
fn tolerances() {
    for (text, tolerance) in [
        ("$response.body.count", Some(Tolerance::Navigation)),
        ("$steps.a.outputs.b[0].id", Some(Tolerance::Navigation)),
        ("$inputs.filter[name]", Some(Tolerance::Navigation)),
        ("$steps.a.b", Some(Tolerance::StepWithoutOutputs)),
        ("$steps.a b.outputs.x", None),
        ("$steps.ä.outputs.x", Some(Tolerance::Name)),
        ("$inputs.größe", Some(Tolerance::Name)),
        ("$inputs.a:b", Some(Tolerance::Name)),
        ("$workflows.w.steps.s", Some(Tolerance::WorkflowStep)),
        ("$inputs", Some(Tolerance::Whole)),
        ("$response.query.x", Some(Tolerance::Meaningless)),
        ("$response.body#/a[0]", Some(Tolerance::PointerNavigation)),
        ("$request.query.a\\b", None),
        ("$request.query.a\\q", Some(Tolerance::Name)),
    ] {
        let found = Expression::parse(text).ok().and_then(|expression| expression.tolerance);
        assert_eq!(found, tolerance, "{text}");
    }
    assert!(parsed("$response.query.x").is_strict() && !parsed("$inputs").is_strict());
}

/// ARZ-EXPR-28
#[test]
fn mistakes_are_pointed_at_and_explained() {
    for (text, at, help) in [
        ("$response.headers.x", "headers", "did you mean `$response.header.x`?"),
        ("$body.x.y", "$body", "did you mean `$response.body#/x/y`?"),
        ("$body", "$body", "did you mean `$response.body`?"),
        ("$status", "$status", "did you mean `$statusCode`?"),
        ("$statuscode", "$statuscode", "did you mean `$statusCode`?"),
        ("$step.a.outputs.b", "$step", "did you mean `$steps.a.outputs.b`?"),
        ("$input.a", "$input", "did you mean `$inputs.a`?"),
        ("$response.status", "status", "did you mean `$statusCode`?"),
        ("$response.data.id", "data", "did you mean `$response.body.id`?"),
        ("$response.id", "id", "a field of the body is `$response.body#/id`"),
        ("$response.body#x", "x", "did you mean `$response.body#/x`?"),
        ("$response.body/x", "/x", "`$response.body#/x`"),
        ("$response.body#/a~b", "~", "write `~0`"),
        ("$response.body[*].id", "[*]", "`type: jsonpath`"),
        ("$response.body[?(@.a=='b')]", "[?(@.a=='b')]", "`type: jsonpath`"),
        ("$steps.a.output.b", "output", "did you mean `$steps.a.outputs.b`?"),
        ("$steps.a", "$steps.a", "write `$steps.a.outputs.NAME`"),
        ("$steps.a.response.headers.x", "headers", "did you mean `$response.header.x`?"),
        ("$workflows.w.x", ".x", "write `$workflows.w.outputs.NAME`"),
        ("$components.inputs.x", "inputs", "`$ref: '#/components/inputs/NAME'`"),
        ("$inputs.a b", " b", "wrap it in braces"),
        ("inputs.a", "inputs.a", "did you mean `$inputs.a`?"),
        ("$response.body#/a}b", "}", "braces stand around"),
    ] {
        let error = Expression::parse(text).expect_err(text);
        assert_eq!(&text[error.start..error.end], at, "{text}");
        assert!(error.help.as_deref().is_some_and(|found| found.contains(help)), "{text}: {:?}", error.help);
    }
    for text in
        ["$inputs.", "$", "$.a", "$5.00", "$faker.name", "", "$inputs.a[b", "$response.header.", "$statusCode.x"]
    {
        assert!(Expression::parse(text).is_err(), "{text}");
    }
    assert!(Expression::parse(&format!("$inputs.{}", "a.".repeat(4000))).is_err());
}

#[test]
fn a_failed_attempt_is_told_from_other_text() {
    for (text, attempted) in [
        ("$inputs.", true),
        ("$response.headers.x", true),
        ("$statusCode.x", true),
        ("$method", true),
        ("$inputs", false),
        ("$urlencode", false),
        ("$.items[*]", false),
        ("$faker.name", false),
        ("inputs.a", false),
    ] {
        assert_eq!(Expression::is_attempted(text), attempted, "{text}");
    }
}

#[test]
fn the_exchange_of_a_step_is_an_expression_of_its_own() {
    let within = |text: &str| parsed(text).within_step().map(|inner| inner.to_string());
    assert_eq!(within("$steps.a.response.body.x#/y").as_deref(), Some("$response.body.x#/y"));
    assert_eq!(within("$steps.a.statusCode").as_deref(), Some("$statusCode"));
    assert_eq!((within("$steps.a.b"), within("$steps.a.inputs"), within("$inputs.a")), (None, None, None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_parses_shows_itself_and_errors_point_into_the_text(
        text in "\\$(inputs|outputs|steps|workflows|response|request|message|components|sourceDescriptions|url)\
                 ([.\\[\\]#/'\" ~{}a-cé0*?@]|\\.outputs|\\.body|\\.header|\\.query|\\.steps|\\.parameters){0,6}"
    ) {
        match Expression::parse(&text) {
            Ok(expression) => prop_assert_eq!(expression.to_string(), text),
            Err(error) => prop_assert!(text.get(error.start..error.end).is_some(), "{}: {:?}", text, error),
        }
    }

    /// ARZ-EXPR-29
    #[test]
    fn names_of_the_grammar_are_strict(step in "[A-Za-z0-9_-]{1,6}", name in "[A-Za-z0-9._-]{1,6}", pointer in "(#(/[a-z ~1]{0,3}){0,2})?") {
        let text = format!("$steps.{step}.outputs.{name}{pointer}");
        if let Ok(expression) = Expression::parse(&text) {
            prop_assert!(expression.is_strict());
            prop_assert_eq!(expression.root, Root::StepOutputs(step));
            prop_assert_eq!(expression.path.name, name);
        } else {
            prop_assert!(pointer.contains('~'));
        }
    }
}
