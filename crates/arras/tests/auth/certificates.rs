//! A client certificate is found for the host that requests go to, however the description names it.

use std::collections::BTreeMap;

use arras::environment::Environment;
use arras::future::BoxFuture;
use arras::load::{LoadError, Loaded, Loader};
use arras::transport::ClientCertificate;
use arras::{AuthSettings, Engine, Settings, Way};

use crate::world::{World, flow};

struct Documents(&'static str);

impl Loader for Documents {
    fn load<'a>(&'a self, uri: &'a str) -> BoxFuture<'a, Result<Loaded, LoadError>> {
        let description = format!(
            "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\n{}\nsecurity: [{{mutual: []}}]\n\
             paths: {{/open: {{get: {{operationId: open, responses: {{'200': {{description: fine}}}}}}}}}}\n\
             components: {{securitySchemes: {{mutual: {{type: mutualTLS}}}}}}\n",
            self.0
        );
        let text = if uri.ends_with("flow.yaml") { flow(&["open"]) } else { description };
        let loaded = Loaded { uri: uri.to_owned(), name: uri.to_owned(), bytes: text.into_bytes().into() };
        Box::pin(async move { Ok(loaded) })
    }
}

#[tokio::test]
async fn a_client_certificate_is_for_the_resolved_server() {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["client".to_owned()]).unwrap().self_signed(&key).unwrap();
    let pem = (certificate.pem() + &key.serialize_pem()).into_bytes();
    for (servers, url) in [
        ("servers: [{url: /v1}]", "https://docs.example/v1/open"),
        ("", "https://docs.example/open"),
        (
            "servers: [{url: 'https://{region}.docs.example', variables: {region: {default: eu}}}]",
            "https://eu.docs.example/open",
        ),
        (
            "servers: [{url: 'https://{host}/v1', variables: {host: {default: api.example}}}]",
            "https://api.example/v1/open",
        ),
    ] {
        let host = url::Url::parse(url).unwrap().host_str().unwrap().to_owned();
        for (hosts, is_for) in [(host.as_str(), true), ("other.example", false)] {
            let certificates = vec![ClientCertificate::new(Some(hosts.parse().unwrap()), pem.clone()).unwrap()];
            let auth = AuthSettings { certificates, ..Default::default() };
            let world = World::default();
            let engine = Engine::builder()
                .environment(Environment::new([], BTreeMap::new()))
                .loader(Documents(servers))
                .transport(world.clone())
                .settings(Settings { auth, ..Default::default() })
                .build()
                .unwrap();
            let loaded = engine.load("https://docs.example/flow.yaml").await.unwrap();
            let needs = loaded.needs().unwrap();
            assert_eq!(matches!(needs.steps[0].alternatives[0][0].way, Way::Found(_)), is_for, "{servers}");
            let planned = loaded.workflow("main");
            assert_eq!(planned.is_ok(), is_for, "{servers}: {:?}", planned.err());
            if let Ok(planned) = planned {
                planned.run().await.unwrap();
                let sent: Vec<_> = world.state().requests.iter().map(|request| request.url.clone()).collect();
                assert_eq!(sent, [url]);
            }
        }
    }
}
