//! Security schemes of OpenAPI, from where a credential is found to what goes over the wire.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod certificates;
mod crossing;
mod lifted;
mod provider;
mod world;

use std::sync::Arc;
use std::time::Duration;

use arras::auth::Credential;
use arras::clock::ManualClock;
use arras::{
    AuthSettings, Builder, CredentialRef, CredentialSetting, Error, Report, ServerOverride, SetBy, Settings, Way,
};
use arras_doc::diagnostic::Diagnostic;
use arras_run::effect::Status;
use arras_run::event::EventKind;
use arras_run::exchange::header;
use arras_run::fault::FaultKind;
use arras_run::time::Timestamp;
use world::{Told, World, engine};

const CLIENT: [(&str, &str); 2] =
    [("ARRAS_AUTH_API_CLIENT_CLIENT_ID", "client-1"), ("ARRAS_AUTH_API_CLIENT_CLIENT_SECRET", "p@ss/wörd")];

async fn run(builder: Builder) -> Result<Report, Error> {
    builder.build()?.load("flow.yaml").await?.workflow("main")?.run().await
}

#[track_caller]
fn succeeded(report: &Report) {
    let steps: Vec<_> =
        report.workflows[0].steps.iter().map(|step| (&step.step_id, step.status_code, &step.fault)).collect();
    assert_eq!(report.status, Status::Succeeded, "{steps:?}");
}

#[tokio::test]
async fn each_kind_of_credential_goes_to_its_place() {
    let variables = [
        ("ARRAS_AUTH_API_HEADERKEY", "key-1"),
        ("ARRAS_AUTH_API_QUERYKEY", "key 1"),
        ("ARRAS_AUTH_API_COOKIEKEY", "key-1"),
        ("ARRAS_AUTH_API_BASIC_USERNAME", "ada"),
        ("ARRAS_AUTH_API_BASIC_PASSWORD", "love+lace"),
        ("ARRAS_AUTH_API_BEARER_TOKEN", "Bearer token-1"),
        ("ARRAS_AUTH_API_DIGEST", "ada:love+lace"),
        CLIENT[0],
        CLIENT[1],
        ("ARRAS_AUTH_API_USER_USERNAME", "ada"),
        ("ARRAS_AUTH_API_USER_PASSWORD", "love+lace"),
        ("ARRAS_AUTH_API_OIDC_CLIENT_ID", "client-1"),
        ("ARRAS_AUTH_API_OIDC_CLIENT_SECRET", "p@ss/wörd"),
    ];
    let operations =
        ["open", "headerKey", "queryKey", "cookieKey", "basic", "bearer", "digest", "digest", "client", "user", "oidc"];
    let world = World::default();
    succeeded(&run(engine(&world, &operations, &variables)).await.unwrap());
    assert_eq!(world.to("api.example").len(), operations.len() + 1, "one challenge for two digest requests");
    let asked = world.to("id.example");
    let bodies: Vec<_> =
        asked.iter().map(|request| String::from_utf8_lossy(&request.body.outline()).into_owned()).collect();
    assert_eq!(bodies[0], "grant_type=client_credentials&scope=read+write");
    assert_eq!(bodies[1], "grant_type=password&username=ada&password=love%2Blace");
    assert_eq!(bodies[2], "");
    assert_eq!(bodies[3], "grant_type=client_credentials&client_id=client-1&client_secret=p%40ss%2Fw%C3%B6rd");
}

#[tokio::test]
async fn the_first_alternative_that_is_whole_is_used() {
    let world = World::default();
    let variables = [
        ("ARRAS_AUTH_API_BEARER", "token-1"),
        ("ARRAS_AUTH_API_HEADERKEY", "key-1"),
        ("ARRAS_AUTH_API_COOKIEKEY", "only-half-of-the-first"),
    ];
    succeeded(&run(engine(&world, &["both"], &variables)).await.unwrap());
    // `{}` comes second and is what is left without a key
    succeeded(&run(engine(&world, &["maybe"], &[])).await.unwrap());
    assert!(header(&world.to("api.example")[1].headers, "x-key").is_none());
}

#[tokio::test]
async fn what_is_missing_is_listed_whole_before_anything_is_sent() {
    let world = World::default();
    let operations = ["open", "both", "both", "client", "undefined", "negotiate"];
    let error = run(engine(&world, &operations, &[("ARRAS_AUTH_API_BEARER", "hush-token")])).await.unwrap_err();
    assert!(error.is_auth());
    let text = error.to_string();
    for part in [
        "step `s1` (and 1 more)",
        "`cookieKey` (apiKey in cookie `sid`): not found; give it as `--auth api.cookieKey=…`, or `ARRAS_AUTH_API_COOKIEKEY`",
        "`ARRAS_AUTH_API_BASIC_USERNAME` with `ARRAS_AUTH_API_BASIC_PASSWORD`",
        "\n    or `bearer` (http bearer): found: `ARRAS_AUTH_API_BEARER`, together with `headerKey`",
        "`ARRAS_AUTH_API_CLIENT_CLIENT_ID` with `ARRAS_AUTH_API_CLIENT_CLIENT_SECRET`",
        "`nowhere` (not defined): the description does not define it",
        "the HTTP scheme `negotiate` is not supported",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("hush"), "{text}");
    assert!(world.state().requests.is_empty());
}

#[tokio::test]
async fn what_a_step_sets_itself_wins_and_stands_in() {
    let world = World::default();
    let operations = ["bearer Authorization=Bearer token-1", "headerKey x-key=key-1", "negotiate authorization=Own"];
    let engine = engine(&world, &operations, &[("ARRAS_AUTH_API_BEARER", "another")]).build().unwrap();
    let workflow = engine.load("flow.yaml").await.unwrap().workflow("main").unwrap();
    let notes: Vec<_> = workflow.notes().iter().map(|note| note.rule.id).collect();
    assert_eq!(notes, ["own-credentials"; 3]);
    let report = workflow.run().await.unwrap();
    let codes: Vec<_> = report.workflows[0].steps.iter().map(|step| step.status_code).collect();
    assert_eq!(codes, [Some(200), Some(200), Some(401)]);
    assert_eq!(header(&world.to("api.example")[2].headers, "authorization").as_deref(), Some("Own"));
}

#[tokio::test]
async fn each_step_that_sets_its_own_credentials_is_told_of() {
    let world = World::default();
    let operations = ["headerKey x-key=key-1", "headerKey x-key=key-1", "headerKey x-key=key-2"];
    let engine = engine(&world, &operations, &[("ARRAS_AUTH_API_HEADERKEY", "another")]).build().unwrap();
    let workflow = engine.load("flow.yaml").await.unwrap().workflow("main").unwrap();
    let of = |note: &Diagnostic| (note.rule.id, note.labels.first().map(|label| label.span));
    let notes: Vec<_> = workflow.notes().iter().map(of).collect();
    assert_eq!(notes.iter().map(|note| note.0).collect::<Vec<_>>(), ["own-credentials"; 3]);
    assert!(notes[0].1 < notes[1].1 && notes[1].1 < notes[2].1, "a line of its own for each: {notes:?}");
}

#[tokio::test]
async fn credentials_are_looked_for_in_order() {
    let setting = |source: Option<&str>, scheme: &str, reference| CredentialSetting {
        source: source.map(str::to_owned),
        scheme: scheme.to_owned(),
        reference,
    };
    let set = |credentials| Settings { auth: AuthSettings { credentials, ..Default::default() }, ..Default::default() };
    let literal = |text: &str| CredentialRef::Literal(text.to_owned().into());
    let wrong = [("ARRAS_AUTH_API_HEADERKEY", "wrong"), ("MINE", "key-1")];
    for reference in [
        literal("key-1"),
        CredentialRef::Variable("MINE".to_owned()),
        CredentialRef::File("/secret".to_owned()),
        CredentialRef::Command("echo key-1".to_owned()),
    ] {
        let world = World::default();
        let settings =
            set(vec![setting(None, "headerKey", literal("older")), setting(Some("api"), "headerKey", reference)]);
        succeeded(&run(engine(&world, &["headerKey"], &wrong).settings(settings)).await.unwrap());
    }
    let world = World::default();
    let settings = set(vec![setting(None, "headerKey", literal("wrong"))]);
    let program = engine(&world, &["headerKey"], &wrong).settings(settings);
    succeeded(&run(program.credential(Some("api"), "headerKey", Credential::value("key-1"))).await.unwrap());

    // the environment comes before what the user keeps in their settings, and what is given for this run before both
    let kept = |text: &str, given: Option<&str>| {
        let one = |text: &str| vec![setting(Some("api"), "headerKey", literal(text))];
        let (configured, credentials) = (one(text), given.map(one).unwrap_or_default());
        Settings { auth: AuthSettings { credentials, configured, ..Default::default() }, ..Default::default() }
    };
    for (variables, settings) in [
        (&[][..], kept("key-1", None)),
        (&[("ARRAS_AUTH_API_HEADERKEY", "key-1")][..], kept("wrong", None)),
        (&wrong[..], kept("wrong", Some("key-1"))),
    ] {
        succeeded(&run(engine(&World::default(), &["headerKey"], variables).settings(settings)).await.unwrap());
    }

    let absent = set(vec![setting(None, "headerKey", CredentialRef::Variable("ABSENT".to_owned()))]);
    let error = run(engine(&world, &["headerKey"], &wrong).settings(absent)).await.unwrap_err();
    assert!(error.to_string().contains("the variable `ABSENT` is not set"), "{error}");
    let split = set(vec![setting(None, "headerKey", literal("a\r\nX-Other: b"))]);
    let error = run(engine(&world, &["headerKey"], &wrong).settings(split)).await.unwrap_err();
    assert!(error.to_string().contains("line break"), "{error}");
    let misspelt = set(vec![setting(None, "headerkey", literal("x"))]);
    let engine = engine(&world, &["open"], &[]).settings(misspelt).build().unwrap();
    let workflow = engine.load("flow.yaml").await.unwrap().workflow("main").unwrap();
    assert_eq!(workflow.notes()[0].rule.id, "unused-credential");
}

#[tokio::test]
async fn untrusted_documents_get_nothing_from_variables_and_commands() {
    let untrusted = |reference: Option<CredentialRef>| {
        let setting = |reference| CredentialSetting { source: None, scheme: "headerKey".to_owned(), reference };
        let mut settings = Settings::default();
        settings.policy.private = arras::policy::Private::Refused;
        settings.auth.credentials.extend(reference.map(setting));
        settings
    };
    let variables = [("ARRAS_AUTH_API_HEADERKEY", "key-1"), ("MINE", "key-1")];
    for (reference, says) in [
        (None, "not found: the environment is not read for untrusted documents"),
        (Some(CredentialRef::Variable("MINE".to_owned())), "neither variables nor commands are used"),
        (Some(CredentialRef::Command("echo key-1".to_owned())), "neither variables nor commands are used"),
    ] {
        let world = World::default();
        let settings = untrusted(reference);
        let error = run(engine(&world, &["headerKey"], &variables).settings(settings)).await.unwrap_err();
        assert!(error.is_auth() && error.to_string().contains(says), "{error}");
        assert!(world.state().requests.is_empty());
    }
    let file = untrusted(Some(CredentialRef::File("/secret".to_owned())));
    succeeded(&run(engine(&World::default(), &["headerKey"], &variables).settings(file)).await.unwrap());
}

#[tokio::test]
async fn an_object_gives_the_parts_of_a_credential() {
    let world = World::default();
    let object = r#"{"clientId":"client-1","clientSecret":"p@ss/wörd"}"#;
    let reference = CredentialRef::Literal(object.to_owned().into());
    let credentials = vec![CredentialSetting { source: None, scheme: "client".to_owned(), reference }];
    let settings = Settings { auth: AuthSettings { credentials, ..Default::default() }, ..Default::default() };
    succeeded(&run(engine(&world, &["client"], &[]).settings(settings)).await.unwrap());
}

#[tokio::test]
async fn a_broken_object_is_no_token() {
    const BROKEN: &str = r#"{"clientId":"client-1","clientSecret":"hush",}"#;
    let world = World::default();
    let reference = CredentialRef::Literal(BROKEN.to_owned().into());
    let credentials = vec![CredentialSetting { source: None, scheme: "client".to_owned(), reference }];
    let settings = Settings { auth: AuthSettings { credentials, ..Default::default() }, ..Default::default() };
    let set = run(engine(&world, &["client"], &[]).settings(settings)).await.unwrap_err();
    let variable = run(engine(&world, &["client"], &[("ARRAS_AUTH_API_CLIENT", BROKEN)])).await.unwrap_err();
    for (error, says) in [(set, "begins as an object and is no JSON"), (variable, "an object where a token belongs")] {
        let text = error.to_string();
        assert!(error.is_auth() && text.contains(says) && !text.contains("hush"), "{text}");
    }
    assert!(world.state().requests.is_empty());
}

#[tokio::test]
async fn schemes_that_fill_one_place_are_no_way_together() {
    let two = [("ARRAS_AUTH_API_BASIC", "ada:hush"), ("ARRAS_AUTH_API_BEARER", "token-1")];
    let world = World::default();
    let error = run(engine(&world, &["crowd"], &two)).await.unwrap_err().to_string();
    assert!(error.contains("another scheme that goes with it fills the header `Authorization`, too"), "{error}");
    assert!(world.state().requests.is_empty());
    let three = [two[0], two[1], ("ARRAS_AUTH_API_HEADERKEY", "key-1")];
    succeeded(&run(engine(&world, &["crowd"], &three)).await.unwrap());
}

#[tokio::test]
async fn a_digest_answers_for_the_whole_query() {
    let both = [("ARRAS_AUTH_API_DIGEST", "ada:love+lace"), ("ARRAS_AUTH_API_QUERYKEY", "key 1")];
    let world = World::default();
    succeeded(&run(engine(&world, &["digestAndKey", "digestAndKey"], &both)).await.unwrap());
    assert_eq!(world.state().requests.len(), 3);
}

#[tokio::test]
async fn a_mock_runs_without_credentials_and_without_a_token_server() {
    let auth = AuthSettings { missing: arras::Missing::MadeUp, ..Default::default() };
    let settings = Settings { auth, ..Default::default() };
    // real ones are there, and stay there
    let variables =
        [("ARRAS_AUTH_API_HEADERKEY", "key-1"), ("ARRAS_AUTH_API_OIDC_TOKEN", "real"), CLIENT[0], CLIENT[1]];
    for operation in ["headerKey", "both", "client", "undefined", "negotiate", "digest", "oidc"] {
        let world = World::default();
        let report = run(engine(&world, &[operation], &variables).settings(settings.clone())).await.unwrap();
        assert_eq!(report.workflows[0].steps[0].status_code, Some(401), "{operation}");
        let sent = if operation == "digest" { 2 } else { 1 };
        assert_eq!((world.to("api.example").len(), world.to("id.example").len()), (sent, 0), "{operation}");
    }
}

/// The steps' requests to the API, by the token that they carried.
fn tokens(world: &World) -> Vec<String> {
    let token = |request| header(&arras_run::exchange::Request::clone(request).headers, "authorization");
    world.to("api.example").iter().filter_map(token).map(|token| token.replace("Bearer access-token-", "")).collect()
}

#[tokio::test]
async fn a_token_is_kept_until_shortly_before_it_expires() {
    for (expires_in, expected) in [
        (Some("60"), ["1", "1", "2"]),
        (Some("\"60\""), ["1", "1", "2"]),
        (Some("3600"), ["1", "1", "1"]),
        (None, ["1", "1", "1"]),
        (Some("29"), ["1", "2", "3"]),
        (Some("-5"), ["1", "2", "3"]),
        (Some("\"soon\""), ["1", "1", "1"]),
        (Some("1e308"), ["1", "1", "1"]),
    ] {
        let world = World::default();
        world.state().expires_in = expires_in;
        let clock = Arc::new(ManualClock::skipping(Timestamp(0)));
        let engine = engine(&world, &["client"], &CLIENT).clock(Told(clock.clone())).build().unwrap();
        for seconds in [0, 29, 2] {
            clock.advance(Duration::from_secs(seconds));
            let workflow = engine.load("flow.yaml").await.unwrap().workflow("main").unwrap();
            succeeded(&workflow.run().await.unwrap());
        }
        assert_eq!(tokens(&world), expected, "{expires_in:?}");
    }
}

#[tokio::test]
async fn a_token_that_is_no_longer_taken_is_replaced_once_and_that_is_seen() {
    let world = World::default();
    let engine = engine(&world, &["client", "client"], &CLIENT).build().unwrap();
    let workflow = engine.load("flow.yaml").await.unwrap().workflow("main").unwrap();
    let revoking = world.clone();
    let (mut sent, mut notes) = (Vec::new(), Vec::new());
    let outcome = workflow.observe(|event| match &event.kind {
        EventKind::RequestSent(request) => sent.push(request.url.clone()),
        EventKind::StepFinished(step) => {
            notes.extend(step.diagnostics.iter().map(|note| (step.step_id.clone(), note.rule.id)));
            revoking.state().good.clear();
        }
        _ => {}
    });
    assert_eq!(outcome.await.unwrap().status, Status::Succeeded);
    let [token, client] = ["https://id.example/token", "https://api.example/v1/client"];
    assert_eq!(sent, [token, client, client, token, client]);
    assert_eq!(notes, [("s1".to_owned(), "request-repeated")]);

    // a token that was fetched for this very request is not fetched again
    let world = World::default();
    world.state().takes_no_token = true;
    let report = run(world::engine(&world, &["client"], &CLIENT)).await.unwrap();
    assert_eq!(report.workflows[0].steps[0].status_code, Some(401));
    assert_eq!((world.to("id.example").len(), world.to("api.example").len()), (1, 1));
}

#[tokio::test]
async fn a_server_that_takes_secrets_in_bodies_alone_is_found_out() {
    let world = World::default();
    world.state().takes_secrets_in_bodies_alone = true;
    world.state().expires_in = Some("1");
    succeeded(&run(engine(&world, &["client", "client"], &CLIENT)).await.unwrap());
    assert_eq!(world.to("id.example").len(), 3, "the second time it is known");

    // once it knows the client, its true reason counts
    let world = World::default();
    world.state().takes_secrets_in_bodies_alone = true;
    world.state().refuses_grants = vec![("client_credentials", 400, "invalid_scope")];
    let report = run(engine(&world, &["client"], &CLIENT)).await.unwrap();
    let fault = report.workflows[0].steps[0].fault.clone().unwrap();
    assert!(fault.message.contains("`invalid_scope`"), "{}", fault.message);
}

#[tokio::test]
async fn whatever_a_refresh_token_is_refused_for_the_grant_itself_does() {
    let user = [("ARRAS_AUTH_API_USER_USERNAME", "ada"), ("ARRAS_AUTH_API_USER_PASSWORD", "love+lace")];
    for (status, code) in [(400, "unsupported_grant_type"), (400, "unauthorized_client"), (400, ""), (503, "")] {
        let world = World::default();
        world.state().rotates = true;
        world.state().expires_in = Some("1");
        world.state().refuses_grants = vec![("refresh_token", status, code)];
        succeeded(&run(engine(&world, &["user", "user"], &user)).await.unwrap());
        let asked = world.to("id.example");
        let grants: Vec<_> =
            asked.iter().map(|it| String::from_utf8_lossy(&it.body.outline())[11..16].to_owned()).collect();
        assert_eq!(grants, ["passw", "refre", "passw"], "{status} {code}");
    }
    // one that comes with a client's own credentials is not used at all
    let world = World::default();
    world.state().rotates = true;
    world.state().expires_in = Some("1");
    succeeded(&run(engine(&world, &["client", "client"], &CLIENT)).await.unwrap());
    assert!(world.to("id.example").iter().all(|request| request.body.outline().starts_with(b"grant_type=client")));
}

#[tokio::test]
async fn a_refusal_is_told_in_the_servers_own_words() {
    for (status, code, says) in [
        (400, "invalid_client", "refused `api.client` with `invalid_client`: said the server"),
        (400, "invalid_scope", "`invalid_scope`"),
        (500, "server_error", "`server_error`"),
    ] {
        let world = World::default();
        world.state().refuses = Some((status, code));
        let report = run(engine(&world, &["client"], &CLIENT)).await.unwrap();
        let fault = report.workflows[0].steps[0].fault.clone().unwrap();
        assert_eq!(fault.kind, FaultKind::TokenRefused);
        assert!(fault.message.contains(says), "{}", fault.message);
        assert!(world.to("api.example").is_empty());
    }
}

#[tokio::test]
async fn refresh_tokens_are_used_followed_and_given_up() {
    // the interactive flow: the user gives the refresh token, the server replaces it each time
    let world = World::default();
    world.state().rotates = true;
    world.state().expires_in = Some("1");
    world.state().refresh_tokens.push("given".to_owned());
    let given = [("ARRAS_AUTH_API_CODE_REFRESH_TOKEN", "given"), ("ARRAS_AUTH_API_CODE_CLIENT_ID", "client-1")];
    let report = run(engine(&world, &["code", "code"], &given)).await.unwrap();
    succeeded(&report);
    let notes: Vec<_> = report.workflows[0].steps[0].diagnostics.iter().map(|note| note.message.clone()).collect();
    assert!(notes.iter().any(|note| note.contains("has replaced the refresh token")), "{notes:?}");
    assert_eq!(world.state().refresh_tokens, ["refresh-token-2"]);

    // the password flow: a refresh token that is not known any more makes the password do
    let world = World::default();
    world.state().rotates = true;
    world.state().expires_in = Some("1");
    let user = [("ARRAS_AUTH_API_USER_USERNAME", "ada"), ("ARRAS_AUTH_API_USER_PASSWORD", "love+lace")];
    let workflow = engine(&world, &["user", "user", "user"], &user).build().unwrap();
    let workflow = workflow.load("flow.yaml").await.unwrap().workflow("main").unwrap();
    let forgetting = world.clone();
    let mut finished = 0;
    let outcome = workflow.observe(|event| {
        if matches!(event.kind, EventKind::StepFinished(_)) {
            finished += 1;
            if finished == 2 {
                forgetting.state().refresh_tokens.clear();
            }
        }
    });
    assert_eq!(outcome.await.unwrap().status, Status::Succeeded);
    let grants: Vec<_> = world
        .to("id.example")
        .iter()
        .map(|request| String::from_utf8_lossy(&request.body.outline())[11..16].to_owned())
        .collect();
    assert_eq!(grants, ["passw", "refre", "refre", "passw"]);
}

#[tokio::test]
async fn a_refresh_token_of_an_earlier_run_is_masked_in_the_next() {
    let world = World::default();
    world.state().rotates = true;
    let user = [("ARRAS_AUTH_API_USER_USERNAME", "ada"), ("ARRAS_AUTH_API_USER_PASSWORD", "love+lace")];
    let engine = engine(&world, &["user"], &user).build().unwrap();
    let loaded = engine.load("flow.yaml").await.unwrap();
    succeeded(&loaded.workflow("main").unwrap().run().await.unwrap());
    // the second run of the engine finds its token refused, and the server answers the refresh token without a new one
    world.state().good.clear();
    world.state().rotates = false;
    let mut told = String::new();
    let workflow = loaded.workflow("main").unwrap();
    let second = workflow.observe(|event| told.push_str(&format!("{event:?}\n")));
    assert_eq!(second.await.unwrap().status, Status::Succeeded);
    let sent = String::from_utf8(world.to("id.example")[1].body.outline().into_owned()).unwrap();
    assert_eq!(sent, "grant_type=refresh_token&refresh_token=refresh-token-1");
    assert!(told.contains("refresh_token=***") && !told.contains("refresh-token-1"), "{told}");
}

#[tokio::test]
async fn runs_at_one_time_share_one_request_for_a_token_and_its_failure() {
    for refuses in [None, Some((400, "invalid_scope"))] {
        let world = World::default();
        world.state().slow = true;
        world.state().refuses = refuses;
        let engine = engine(&world, &["client"], &CLIENT).build().unwrap();
        let loaded = engine.load("flow.yaml").await.unwrap();
        let runs: Vec<_> = (0..20).map(|_| tokio::spawn(loaded.workflow("main").unwrap().run())).collect();
        for run in runs {
            let report = run.await.unwrap().unwrap();
            assert_eq!(report.status == Status::Succeeded, refuses.is_none());
        }
        assert_eq!(world.to("id.example").len(), 1);
    }
}

#[tokio::test]
async fn a_run_that_gives_up_leaves_the_token_to_the_next() {
    let world = World::default();
    world.state().slow = true;
    let engine = engine(&world, &["client"], &CLIENT).build().unwrap();
    let loaded = engine.load("flow.yaml").await.unwrap();
    let first = tokio::spawn(loaded.workflow("main").unwrap().run());
    tokio::task::yield_now().await;
    first.abort();
    succeeded(&loaded.workflow("main").unwrap().run().await.unwrap());
}

#[tokio::test]
async fn a_run_that_gives_up_loses_no_refresh_token() {
    let world = World::default();
    world.state().slow = true;
    world.state().rotates = true;
    world.state().refresh_tokens.push("given".to_owned());
    let given = [("ARRAS_AUTH_API_CODE_REFRESH_TOKEN", "given"), ("ARRAS_AUTH_API_CODE_CLIENT_ID", "client-1")];
    let engine = engine(&world, &["code"], &given).build().unwrap();
    let loaded = engine.load("flow.yaml").await.unwrap();
    let first = tokio::spawn(loaded.workflow("main").unwrap().run());
    while world.state().issued == 0 {
        tokio::task::yield_now().await;
    }
    // the given one is void by now, and the answer that has the next is still under way
    assert!(!world.state().refresh_tokens.contains(&"given".to_owned()));
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    succeeded(&loaded.workflow("main").unwrap().run().await.unwrap());
    assert_eq!(world.to("id.example").len(), 1);
}

#[tokio::test]
async fn a_token_url_is_a_host_that_a_document_names() {
    let plain = [("ARRAS_AUTH_API_PLAIN_CLIENT_ID", "client-1"), ("ARRAS_AUTH_API_PLAIN_CLIENT_SECRET", "p@ss/wörd")];
    let world = World::default();
    let report = run(engine(&world, &["plain"], &plain)).await.unwrap();
    let fault = report.workflows[0].steps[0].fault.clone().unwrap();
    assert_eq!(fault.kind, FaultKind::PolicyRefused);
    assert!(fault.message.contains("--allow-host"), "{}", fault.message);
    assert!(world.state().requests.is_empty());
    // private addresses are refused to untrusted documents, metadata addresses to all, unless the user names them
    let client = || Credential::client("client-1", "p@ss/wörd");
    for (operation, private, allowed) in [
        ("inner", arras::policy::Private::Refused, false),
        ("inner", arras::policy::Private::Allowed, true),
        ("metadata", arras::policy::Private::Allowed, false),
    ] {
        for named in [false, true] {
            let world = World::default();
            let mut settings = Settings::default();
            settings.policy.private = private;
            for host in ["10.0.0.5", "169.254.169.254"].into_iter().filter(|_| named) {
                settings.policy.named.push(host.parse().unwrap());
            }
            let engine = engine(&world, &[operation], &[]).settings(settings).credential(None, operation, client());
            let report = run(engine).await.unwrap();
            let fault = report.workflows[0].steps[0].fault.clone();
            let refused = fault.is_some_and(|fault| fault.kind == FaultKind::PolicyRefused);
            assert_eq!(
                (refused, world.state().requests.is_empty()),
                (!(allowed || named), !(allowed || named)),
                "{operation}"
            );
        }
    }
    let mut offline = Settings::default();
    offline.policy.network = arras::policy::Network::Offline;
    let report = run(engine(&world, &["client"], &CLIENT).settings(offline)).await.unwrap();
    assert_eq!(report.workflows[0].steps[0].fault.as_ref().unwrap().kind, FaultKind::PolicyRefused);
    assert!(world.state().requests.is_empty());
}

#[tokio::test]
async fn a_server_that_the_project_sets_is_no_host_that_the_user_names() {
    for (set_by, allowed) in [(SetBy::User, true), (SetBy::Project, false)] {
        let settings = |source: Option<&str>, url: &str| {
            let (source, url) = (source.map(str::to_owned), url.to_owned());
            let mut settings = Settings { servers: vec![ServerOverride { source, url, set_by }], ..Default::default() };
            (settings.aws.region, settings.aws.service) =
                (Some("eu-west-1".to_owned()), Some("execute-api".to_owned()));
            settings
        };
        // a signature for a host that is none of AWS
        let world = World::default();
        let credentials = arras::credentials::AwsCredentials::new("AKID", "hush", None);
        let engine_ = engine(&world, &["signed"], &[]).aws_credentials(credentials);
        let report = run(engine_.settings(settings(None, "https://elsewhere.example"))).await.unwrap();
        let fault = report.workflows[0].steps[0].fault.as_ref().map(|fault| fault.kind);
        assert_eq!(fault, (!allowed).then_some(FaultKind::PolicyRefused));
        assert_eq!(world.to("elsewhere.example").len(), usize::from(allowed));
        // tokens in clear, and from a metadata address
        for (operation, url) in [("plain", "http://id.example"), ("metadata", "https://169.254.169.254")] {
            let world = World::default();
            let client = Credential::client("client-1", "p@ss/wörd");
            let engine = engine(&world, &[operation], &[]).credential(None, operation, client);
            run(engine.settings(settings(Some("other"), url))).await.unwrap();
            assert_eq!(world.state().requests.is_empty(), !allowed, "{operation}");
        }
    }
}

#[tokio::test]
async fn a_wrong_digest_password_is_sent_once_and_a_stale_nonce_is_replaced() {
    let world = World::default();
    let right = [("ARRAS_AUTH_API_DIGEST", "ada:love+lace")];
    let engine_ = engine(&world, &["digest"], &right).build().unwrap();
    let loaded = engine_.load("flow.yaml").await.unwrap();
    succeeded(&loaded.workflow("main").unwrap().run().await.unwrap());
    world.state().nonce += 10;
    succeeded(&loaded.workflow("main").unwrap().run().await.unwrap());
    assert_eq!(world.state().requests.len(), 4);
    let world = World::default();
    let report = run(engine(&world, &["digest"], &[("ARRAS_AUTH_API_DIGEST", "ada:wrong")])).await.unwrap();
    assert_eq!((report.workflows[0].steps[0].status_code, world.state().requests.len()), (Some(401), 2));

    // whatever is known by then, a wrong password goes out once a step
    let world = World::default();
    let engine_ = engine(&world, &["digest"], &[("ARRAS_AUTH_API_DIGEST", "ada:wrong")]).build().unwrap();
    for steps in 1..=3 {
        let report = engine_.load("flow.yaml").await.unwrap().workflow("main").unwrap().run().await.unwrap();
        assert_eq!(report.workflows[0].steps[0].status_code, Some(401));
        let sent = world.to("api.example");
        let answers = sent.iter().filter(|request| header(&request.headers, "authorization").is_some()).count();
        assert_eq!(answers, steps);
    }

    // of a password that was taken before it is the nonce that is wrong, whether the server says so or not
    let world = World::default();
    world.state().never_stale = true;
    let engine_ = engine(&world, &["digest"], &right).build().unwrap();
    for _ in 0..3 {
        succeeded(&engine_.load("flow.yaml").await.unwrap().workflow("main").unwrap().run().await.unwrap());
        world.state().nonce += 10;
    }
    assert_eq!(world.state().requests.len(), 6);
}

#[tokio::test]
async fn what_a_step_needs_can_be_listed_without_values() {
    let world = World::default();
    let operations = ["open", "both", "basic Authorization=x"];
    let engine = engine(&world, &operations, &[("ARRAS_AUTH_API_BEARER", "hush")]).build().unwrap();
    let needs = engine.load("flow.yaml").await.unwrap().needs().unwrap();
    assert!(needs.steps[0].alternatives.is_empty());
    let [first, second] = needs.steps[1].alternatives.as_slice() else { panic!("{needs:?}") };
    assert!(matches!(&first[0].way, Way::Missing { names, .. } if names.len() == 2), "{first:?}");
    assert_eq!(second[0].way, Way::Found("`ARRAS_AUTH_API_BEARER`".to_owned()));
    assert_eq!(needs.steps[2].alternatives[0][0].way, Way::SetByStep);
    assert!(!format!("{needs:?}").contains("hush"));
}

#[tokio::test]
async fn a_client_certificate_is_for_the_hosts_that_it_was_given_for() {
    let missing = run(engine(&World::default(), &["mutual"], &[])).await.unwrap_err();
    assert!(missing.is_auth(), "{missing}");
    assert!(missing.to_string().contains("give it as `--client-cert [HOST=]FILE`"), "{missing}");
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["client".to_owned()]).unwrap().self_signed(&key).unwrap();
    let pem = (certificate.pem() + &key.serialize_pem()).into_bytes();
    for (hosts, is_for) in
        [(None, true), (Some("api.example"), true), (Some("*.example"), true), (Some("id.example"), false)]
    {
        let world = World::default();
        let hosts = hosts.map(|hosts: &str| hosts.parse().unwrap());
        let certificates = vec![arras::transport::ClientCertificate::new(hosts, pem.clone()).unwrap()];
        let settings = Settings { auth: AuthSettings { certificates, ..Default::default() }, ..Default::default() };
        let outcome = run(engine(&world, &["mutual"], &[]).settings(settings)).await;
        assert_eq!((outcome.is_ok(), world.state().requests.len()), (is_for, usize::from(is_for)));
    }
}

#[tokio::test]
async fn a_signature_without_aws_credentials_gives_way_to_another_scheme() {
    const NOWHERE: (&str, &str) = ("AWS_EC2_METADATA_DISABLED", "true");
    const KEY: (&str, &str) = ("ARRAS_AUTH_API_HEADERKEY", "key-1");
    let aws = [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "hush")];
    for (variables, signed) in
        [(&[NOWHERE, KEY][..], false), (&[NOWHERE, KEY, aws[0], aws[1]], true), (&[KEY], true), (&[NOWHERE], true)]
    {
        let mut settings = Settings::default();
        (settings.aws.region, settings.aws.service) = (Some("eu-west-1".to_owned()), Some("execute-api".to_owned()));
        let engine = engine(&World::default(), &["signedOrKey"], variables).settings(settings).build().unwrap();
        let planned = engine.load("flow.yaml").await.unwrap().workflow("main").unwrap();
        assert_eq!(planned.signing().is_empty(), !signed, "{variables:?}");
        if !signed {
            succeeded(&planned.run().await.unwrap());
        }
    }
}

#[tokio::test]
async fn a_step_sets_nothing_that_belongs_to_a_signature() {
    for (header, allowed) in
        [("X-Mine=a", true), ("authorization=a", false), ("X-Amz-Date=a", false), ("x-amz-security-token=a", false)]
    {
        let world = World::default();
        let mut settings = Settings::default();
        (settings.aws.region, settings.aws.service) = (Some("eu-west-1".to_owned()), Some("execute-api".to_owned()));
        settings.policy.named.push("api.example".parse().unwrap());
        let credentials = arras::credentials::AwsCredentials::new("AKID", "hush", None);
        let engine =
            engine(&world, &[&format!("signed {header}")], &[]).settings(settings).aws_credentials(credentials);
        match run(engine).await {
            Ok(_) => {
                let signed = arras_run::exchange::header(&world.to("api.example")[0].headers, "authorization").unwrap();
                assert!(allowed && signed.starts_with("AWS4-HMAC-SHA256 "), "{header}: {signed}");
            }
            Err(error) => {
                let errors = error.diagnostics().iter().filter(|found| found.is_error()).map(|found| found.rule.id);
                assert!(!allowed && errors.eq(["signed-header"]), "{header}: {error}");
                assert!(world.state().requests.is_empty());
            }
        }
    }
}

#[tokio::test]
async fn a_credential_for_a_scheme_that_is_a_signature_is_told_to_be_unused() {
    for (scheme, expected) in [("signed", &["unused-credential"][..]), ("headerKey", &["unused-credential"]), ("", &[])]
    {
        let mut settings = Settings::default();
        (settings.aws.region, settings.aws.service) = (Some("eu-west-1".to_owned()), Some("execute-api".to_owned()));
        let reference = CredentialRef::Literal("hush".to_owned().into());
        let given = CredentialSetting { source: None, scheme: scheme.to_owned(), reference };
        settings.auth.credentials.extend(Some(given).filter(|_| !scheme.is_empty()));
        let engine = engine(&World::default(), &["signed", "signed"], &[]).settings(settings).build().unwrap();
        let planned = engine.load("flow.yaml").await.unwrap().workflow("main").unwrap();
        let notes: Vec<_> = planned.notes().iter().map(|note| note.rule.id).collect();
        assert_eq!(notes, expected, "{scheme}");
    }
}

#[tokio::test]
async fn a_ready_access_token_does_for_any_flow() {
    for (variable, operation) in [
        ("ARRAS_AUTH_API_CODE_TOKEN", "code"),
        ("ARRAS_AUTH_API_CODE", "code"),
        ("ARRAS_AUTH_API_OIDC_TOKEN", "oidc"),
        ("ARRAS_AUTH_API_CLIENT_TOKEN", "client"),
    ] {
        let world = World::default();
        world.state().good.push("ready-made".to_owned());
        succeeded(&run(engine(&world, &[operation], &[(variable, "ready-made")])).await.unwrap());
        assert_eq!(world.state().requests.len(), 1, "no token is fetched");
    }
}
